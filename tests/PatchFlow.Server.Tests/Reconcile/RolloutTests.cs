using PatchFlow.Core.Changes;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Hosts;
using PatchFlow.Core.Planning;
using PatchFlow.Core.Rollouts;
using PatchFlow.Server.Reconcile;

namespace PatchFlow.Server.Tests.Reconcile;

public sealed class RolloutTests : IAsyncLifetime
{
    private readonly Ground _ground = new(3);
    private TestServer _server = null!;

    public ValueTask InitializeAsync()
    {
        _server = new TestServer(_ground);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _ground.Dispose();
    }

    [Fact]
    public async Task APatchGoesFromTheFeedToEveryHost()
    {
        await ApprovedAsync();
        await _server.RunAsync(c => !c.IsOpen);
        Assert.Equal(ChangeStatus.Completed, _server.Change.Status);
        Assert.All(_ground.Fleet.Hosts.Values, h => Assert.Equal(["3.0.2", "1.1", "3.0.2"], h.Packages.Values));
        Assert.Equal("begun\ndone\n", System.Text.Encoding.UTF8.GetString(TicketWords.Read(_server.Database, $"{_server.Change.Plan!.Value.Short}.install.web-1.a1")!));
    }

    [Fact]
    public async Task AfterItEndedNothingIsProposedAgain()
    {
        await ApprovedAsync();
        await _server.RunAsync(c => !c.IsOpen);
        await _server.Proposer.LookAsync(CancellationToken.None);
        Assert.Single(_server.Store.All());
    }

    [Fact]
    public async Task WhenTheCanaryBreaksNoOtherHostIsTouched()
    {
        _ground.Fleet.Hosts["web-1"].Exits = t => t.Kind == TicketKind.Install ? 20 : null;
        await ApprovedAsync();
        await _server.RunAsync(c => c.Status == ChangeStatus.Halted);
        Assert.Equal("it was told to fail", _server.Task("web-1").Detail);
        Assert.All(["web-2", "web-3"], h => Assert.Empty(_ground.Fleet.Hosts[h].Calls));
    }

    [Fact]
    public async Task ACheckThatFailsInTheSandboxTouchesNoHost()
    {
        _ground.Verdict = Verdict.Fail;
        await _server.ProposeAndWaitForBoardAsync();
        Assert.Equal(ChangeStatus.TestFailed, _server.Change.Status);
        Assert.All(_ground.Fleet.Hosts.Values, h => Assert.Empty(h.Calls));
    }

    [Fact]
    public async Task AKilledPackageManagerIsMendedByTheNextAttempt()
    {
        await ApprovedAsync();
        await _server.RunAsync(_ => _ground.Fleet.Hosts["web-1"].HalfInstalled.Count > 0);
        _ground.Fleet.Hosts["web-1"].Kill();
        await _server.RunAsync(c => !c.IsOpen);
        Assert.Equal((ChangeStatus.Completed, 2), (_server.Change.Status, _server.Task("web-1").InstallAttempt));
        Assert.Equal(["3.0.2", "1.1", "3.0.2"], _ground.Fleet.Hosts["web-1"].Packages.Values);
        Assert.Empty(_ground.Fleet.Hosts["web-1"].HalfInstalled);
    }

    [Fact]
    public async Task AHostThatIsSilentForAWhileIsAskedUntilItAnswers()
    {
        await ApprovedAsync();
        await _server.RunAsync(_ => _server.Task("web-1").Status == HostTaskStatus.Running && _server.Task("web-1").IsStarted);
        _ground.Fleet.Hosts["web-1"].IsReachable = false;
        await _server.RunAsync(_ => _server.Task("web-1").Unreachable > 3);
        Assert.Equal(HostTaskStatus.Unknown, _server.Task("web-1").Status);
        _ground.Fleet.Hosts["web-1"].IsReachable = true;
        await _server.RunAsync(c => !c.IsOpen);
        Assert.Equal((ChangeStatus.Completed, 1), (_server.Change.Status, _server.Task("web-1").InstallAttempt));
    }

    [Fact]
    public async Task ADriftedHostIsLeftAlone()
    {
        await ApprovedAsync();
        _ground.Fleet.Hosts["web-2"].Packages["nginx"] = "0.9";
        await _server.RunAsync(c => !c.IsOpen);
        Assert.Equal(ChangeStatus.CompletedWithExceptions, _server.Change.Status);
        Assert.Equal("nginx:amd64 is 0.9, the plan goes from 1.0 to 1.1", _server.Task("web-2").Detail);
        Assert.DoesNotContain(_ground.Fleet.Hosts["web-2"].Calls, c => c.StartsWith("st", StringComparison.Ordinal));
    }

    [Fact]
    public async Task AHeldPackageIsLeftAlone()
    {
        await ApprovedAsync();
        _ground.Fleet.Hosts["web-2"].Holds.Add("nginx");
        await _server.RunAsync(c => !c.IsOpen);
        Assert.Equal(HostTaskStatus.Drifted, _server.Task("web-2").Status);
    }

    [Fact]
    public async Task AHostThatHasSeenMoreThanThisServerIsNotTouched()
    {
        await ApprovedAsync();
        _ground.Fleet.Hosts["web-1"].Sequence = 99;
        await _server.RunAsync(c => c.Status == ChangeStatus.Halted);
        Assert.Equal(HostTaskStatus.NeedsAttention, _server.Task("web-1").Status);
        Assert.Equal(["inventory"], _ground.Fleet.Hosts["web-1"].Calls);
    }

    [Fact]
    public async Task ARollbackBringsTheOldVersionsBack()
    {
        await ApprovedAsync();
        await _server.RunAsync(c => c.Waiting?.For == "soak");
        await _server.CommandAsync(CommandAction.Pause);
        await _server.TickAsync();
        var command = await _server.CommandAsync(CommandAction.Rollback);
        await _server.RunAsync(c => !c.IsOpen);
        Assert.Equal((ChangeStatus.RolledBack, "done: CHG-1 is RollingBack"), (_server.Change.Status, _server.Inbox.AnswerTo(command)));
        Assert.Equal(["3.0.1", "1.0", "3.0.1"], _ground.Fleet.Hosts["web-1"].Packages.Values);
        Assert.Empty(_ground.Fleet.Hosts["web-2"].Calls);
    }

    [Fact]
    public async Task WhatIsPausedGoesOnWhenResumed()
    {
        await ApprovedAsync();
        await _server.RunAsync(c => c.Status == ChangeStatus.RollingOut);
        await _server.CommandAsync(CommandAction.Pause);
        await _server.RunAsync(c => c.Status == ChangeStatus.Paused);
        await _server.CommandAsync(CommandAction.Resume);
        await _server.RunAsync(c => !c.IsOpen);
        Assert.Equal(ChangeStatus.Completed, _server.Change.Status);
    }

    [Fact]
    public async Task TwoServersOnOneDatabaseDoEverythingOnce()
    {
        await ApprovedAsync();
        await using var other = new TestServer(_ground);
        for (var i = 0; i < 400 && _server.Change.IsOpen; i++)
        {
            await Task.WhenAll(_server.TickAsync(), other.TickAsync());
            _ground.Fleet.Work();
            _ground.Time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(ChangeStatus.Completed, _server.Change.Status);
        Assert.All(_ground.Fleet.Hosts.Values, h => Assert.Equal(3, h.DpkgLog.Count));
        Assert.All(_ground.Fleet.Hosts.Values, h => Assert.Single(h.Tickets, t => t.Id.Kind == TicketKind.Install));
    }

    [Fact]
    public async Task ALongLogIsReadToItsEndBeforeItsExitCounts()
    {
        _ground.Fleet.Hosts["web-1"].Chatter = string.Concat(Enumerable.Repeat("Unpacking something or other …\n", 15_000));
        _ground.Fleet.Hosts["web-1"].Exits = t => t.Kind == TicketKind.Install ? 20 : null;
        await ApprovedAsync();
        await _server.RunAsync(c => c.Status == ChangeStatus.Halted);
        Assert.Equal("it was told to fail", _server.Task("web-1").Detail);
        var ticket = _ground.Fleet.Hosts["web-1"].Tickets.Single();
        Assert.Equal(ticket.Log, System.Text.Encoding.UTF8.GetString(TicketWords.Read(_server.Database, ticket.Id.ToString())!));
    }

    [Fact]
    public async Task ATicketsWordsAreKeptOnceEach()
    {
        await ApprovedAsync();
        await _server.RunAsync(c => !c.IsOpen);
        foreach (var ticket in TicketWords.TicketsOf(_server.Database, 1, "web-1"))
        {
            var sent = _ground.Fleet.Hosts["web-1"].Tickets.Single(t => t.Id.ToString() == ticket).Log;
            Assert.Equal(sent, System.Text.Encoding.UTF8.GetString(TicketWords.Read(_server.Database, ticket)!));
        }
    }

    private async Task ApprovedAsync()
    {
        await _server.ProposeAndWaitForBoardAsync();
        await _server.DecideAsync("user:ann");
        await _server.DecideAsync("user:bob");
    }
}
