using PatchFlow.Core.Changes;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Hosts;
using PatchFlow.Core.Rollouts;

namespace PatchFlow.Server.Tests.Reconcile;

/// <summary>Rollouts that take so long that a plan's last moment passes, or that a host has forgotten what it was given.</summary>
public sealed class LongRolloutTests : IAsyncLifetime
{
    private readonly Ground _ground = new(3);
    private TestServer _server = null!;

    public ValueTask InitializeAsync()
    {
        _ground.WritePipeline(Ground.Pipeline.Replace("plan-lifetime: P30D", "plan-lifetime: PT2H", StringComparison.Ordinal));
        _server = new TestServer(_ground);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _ground.Dispose();
    }

    [Fact]
    public async Task WhatAnInterruptedAttemptBeganIsFinishedAfterThePlansLastMomentAndNothingElseBegins()
    {
        var canary = _ground.Fleet.Hosts["web-1"];
        await ApprovedAsync();
        await _server.RunAsync(_ => canary.HalfInstalled.Count > 0);
        canary.Kill();
        _ground.Time.Advance(TimeSpan.FromHours(3));
        await _server.RunAsync(c => !c.IsOpen);
        Assert.Equal((HostTaskStatus.Succeeded, 2), (_server.Task("web-1").Status, _server.Task("web-1").InstallAttempt));
        Assert.Equal(Patches.All.Select(p => p.To), canary.Packages.Values);
        Assert.Equal(Patches.All.Select(p => $"upgrade {p.Name}:{p.Arch} {p.From} {p.To}").Order(), canary.DpkgLog.Order());
        Assert.All(["web-2", "web-3"], IsLeftOut);
        Assert.Equal(ChangeStatus.CompletedWithExceptions, _server.Change.Status);
    }

    [Fact]
    public async Task AnAttemptThatChangedNothingIsNotTriedAgainAfterThePlansLastMoment()
    {
        _ground.Fleet.Hosts["web-1"].Begins = _ => "lost";
        await ApprovedAsync();
        await _server.RunAsync(_ => _ground.Fleet.Hosts["web-1"].Tickets.Any());
        _ground.Time.Advance(TimeSpan.FromHours(3));
        await _server.RunAsync(c => c.Status == ChangeStatus.Halted || !c.IsOpen);
        Assert.Single(_ground.Fleet.Hosts["web-1"].Tickets);
        Assert.Equal(HostTaskStatus.Skipped, _server.Task("web-1").Status);
        Assert.Contains("the plan's last moment", _server.Task("web-1").Detail, StringComparison.Ordinal);
        Assert.All(_ground.Fleet.Hosts.Values, h => Assert.Empty(h.DpkgLog));
        Assert.All(["web-2", "web-3"], h => Assert.Empty(_ground.Fleet.Hosts[h].Tickets));
    }

    [Fact]
    public async Task ACheckThatAHostHasForgottenSinceTheFirstCheckAfterIsDeliveredBeforeTheSecond()
    {
        var canary = _ground.Fleet.Hosts["web-1"];
        await ApprovedAsync();
        await _server.RunAsync(c => c.Waiting?.For == "soak");
        Assert.Single(canary.Tickets, t => t.Id.Kind == TicketKind.CheckAfter);
        var given = canary.Files.ToHashSet();
        canary.Files.Clear();
        var atStart = new List<Digest>();
        _ground.Fleet.Witness = (host, call) =>
        {
            if (host == "web-1" && call.Words[0] == "start")
            {
                atStart.AddRange(canary.Files);
            }
        };
        await _server.RunAsync(c => !c.IsOpen);
        Assert.Equal([1, 2], canary.Tickets.Where(t => t.Id.Kind == TicketKind.CheckAfter).Select(t => t.Id.Attempt).Order());
        Assert.Contains(Assert.Single(atStart), given);
        Assert.Equal(ChangeStatus.Completed, _server.Change.Status);
    }

    private void IsLeftOut(string host)
    {
        Assert.Equal(HostTaskStatus.Skipped, _server.Task(host).Status);
        Assert.Contains("the plan's last moment", _server.Task(host).Detail, StringComparison.Ordinal);
        Assert.Empty(_ground.Fleet.Hosts[host].Tickets);
        Assert.Empty(_ground.Fleet.Hosts[host].DpkgLog);
    }

    private async Task ApprovedAsync()
    {
        await _server.ProposeAndWaitForBoardAsync();
        await _server.DecideAsync("user:ann");
        await _server.DecideAsync("user:bob");
    }
}
