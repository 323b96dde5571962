using PatchFlow.Core.Changes;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Hosts;
using PatchFlow.Core.Planning;
using PatchFlow.Core.Rollouts;
using PatchFlow.Server.Auditing;
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
    public async Task WhileAHostHasSeenMoreThanThisServerNothingBeginsAndHealthSaysSo()
    {
        await ApprovedAsync();
        _ground.Fleet.Hosts["web-1"].Sequence = 99;
        await _server.RunAsync(c => c.Status == ChangeStatus.Halted);
        await _server.TickAsync();
        Assert.Contains("web-1 has seen epoch 0 and plan sequence 99", Assert.Single(_server.Reconciler.Troubles, t => t.Key == "restored").Message, StringComparison.Ordinal);
        var retry = await _server.CommandAsync(CommandAction.Retry, "web-1");
        await _server.TickAsync();
        Assert.StartsWith("refused: web-1 has seen epoch 0", _server.Inbox.AnswerTo(retry), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnInventoryThatKnowsMoreThanThisServerStopsEverythingAtOnceAndPlansOfTheOldCopyDoNotEndIt()
    {
        await _server.EnrolAsync();
        _ground.Fleet.Hosts["web-2"].Sequence = 1;
        await InventoryAsync("web-2");
        await _server.TickAsync();
        Assert.Contains("web-2 has seen epoch 0 and plan sequence 1", Assert.Single(_server.Reconciler.Troubles, t => t.Key == "restored").Message, StringComparison.Ordinal);

        // The old copy's own plan gets the same number, and is no newer for it.
        await _server.Proposer.LookAsync(CancellationToken.None);
        await _server.RunAsync(c => c.Waiting?.For == "approval");
        Assert.Equal(1, _server.Database.Read(Installation.Sequence));
        await _server.DecideAsync("user:ann");
        await _server.DecideAsync("user:bob");
        for (var i = 0; i < 5; i++)
        {
            await _server.TickAsync();
        }

        Assert.All(_ground.Fleet.Hosts.Values, h => Assert.Empty(h.Calls));
        Assert.StartsWith("web-2 has seen epoch 0", _server.Change.Waiting?.Sentence, StringComparison.Ordinal);
        Assert.Contains("'patchflow hosts overtake'", _server.Change.Waiting?.Sentence, StringComparison.Ordinal);

        // What became of it since is not known here, so it does not go on by itself.
        var audit = new Audit("user:ada", "127.0.0.1", "installation.overtake", "installation", null, ["reason no backup"]);
        var refused = await Assert.ThrowsAsync<ArgumentException>(() => _server.Hosts.OvertakeAsync(audit));
        Assert.StartsWith("CHG-1 (RollingOut) would go on as this old copy knows", refused.Message, StringComparison.Ordinal);
        await _server.CommandAsync(CommandAction.Abort);
        await _server.RunAsync(c => c.Status == ChangeStatus.Aborted);
        Assert.NotNull(await _server.Hosts.OvertakeAsync(audit));
    }

    [Fact]
    public async Task AServerThatOvertookGoesOnWithAHigherEpochThanAnyHostHasSeen()
    {
        await _server.EnrolAsync();
        var audit = new Audit("user:ada", "127.0.0.1", "installation.overtake", "installation", null, ["reason no backup"]);
        Assert.Null(await _server.Hosts.OvertakeAsync(audit));
        (_ground.Fleet.Hosts["web-1"].Epoch, _ground.Fleet.Hosts["web-2"].Sequence) = (4, 7);
        await InventoryAsync("web-1");
        await InventoryAsync("web-2");
        var overtaken = (await _server.Hosts.OvertakeAsync(audit))!;
        Assert.Equal((5, 7), (overtaken.Epoch, overtaken.Sequence));
        Assert.Equal(["web-1", "web-2"], overtaken.Hosts.Select(h => h.Host));
        var entry = Assert.Single(_server.Audit(), e => e.Action == "installation.overtake");
        Assert.Equal(["reason no backup", "epoch 5 sequence 7", "host web-1 had epoch 4 sequence 0", "host web-2 had epoch 0 sequence 7"], entry.Details);

        await _server.Proposer.LookAsync(CancellationToken.None);
        await _server.RunAsync(c => c.Waiting?.For == "approval");
        await _server.DecideAsync("user:ann");
        await _server.DecideAsync("user:bob");
        await _server.RunAsync(c => !c.IsOpen);
        Assert.Equal(ChangeStatus.Completed, _server.Change.Status);
        Assert.All(_ground.Fleet.Hosts.Values, h => Assert.Equal((5, 8), (h.Epoch, h.Sequence)));

        // One that comes back and knows more still is an alarm again.
        _ground.Fleet.Hosts["web-3"].Sequence = 99;
        await InventoryAsync("web-3");
        Assert.NotNull(_server.Store.WhyBehind());
    }

    private Task<Digest> InventoryAsync(string host)
    {
        var inventory = _ground.Fleet.Hosts[host].Inventory();
        return _server.Hosts.InventoryAsync(host, inventory.ToBytes(), inventory.Epoch, inventory.Sequence);
    }

    [Fact]
    public async Task AfterAnAbortAHostThatNeverHeardOfItsInstallGetsNoTicket()
    {
        await ApprovedAsync();
        await _server.RunAsync(_ => _server.Task("web-1").IsDelivered);
        _ground.Fleet.Hosts["web-1"].IsReachable = false;
        await _server.RunAsync(_ => _server.Task("web-1").Unreachable > 2);
        Assert.Equal((HostTaskStatus.Unknown, false), (_server.Task("web-1").Status, _server.Task("web-1").IsStarted));
        await _server.CommandAsync(CommandAction.Abort);
        await _server.TickAsync();
        _ground.Fleet.Hosts["web-1"].IsReachable = true;
        await _server.RunAsync(c => !c.IsOpen);
        Assert.Equal((ChangeStatus.Aborted, HostTaskStatus.Skipped), (_server.Change.Status, _server.Task("web-1").Status));
        Assert.Empty(_ground.Fleet.Hosts["web-1"].Tickets);
        Assert.Empty(_ground.Fleet.Hosts["web-1"].DpkgLog);
    }

    [Fact]
    public async Task AStartPlannedBeforeAnApprovalExpiredIsNotSent()
    {
        var planned = await StartIsPlannedAsync();
        _ground.Time.Advance(TimeSpan.FromDays(7) + TimeSpan.FromMinutes(1));
        Assert.Null(await _server.Effects.StartAsync(_server.Task("web-1"), planned, CancellationToken.None));
        Assert.Empty(_ground.Fleet.Hosts["web-1"].Tickets);
    }

    [Fact]
    public async Task AStartPlannedBeforeTheChangeMovedIsNotSent()
    {
        var planned = await StartIsPlannedAsync();
        await _server.DecideAsync("user:cid", Vote.Reject);
        Assert.Null(await _server.Effects.StartAsync(_server.Task("web-1"), planned, CancellationToken.None));
        Assert.Empty(_ground.Fleet.Hosts["web-1"].Tickets);
    }

    private async Task<Loaded> StartIsPlannedAsync()
    {
        await ApprovedAsync();
        await _server.RunAsync(_ => _server.Task("web-1").IsDelivered);
        _ground.Fleet.Hosts["web-1"].IsReachable = false;
        await _server.RunAsync(_ => _server.Task("web-1").Status == HostTaskStatus.Unknown);
        _ground.Fleet.Hosts["web-1"].IsReachable = true;
        return _server.Store.Load(1)!;
    }

    [Fact]
    public async Task AFaultOfTheServersOwnDoesNotCountAgainstTheHost()
    {
        await ApprovedAsync();
        var files = _ground.Files;
        _ground.Files = _ => "/nowhere/to/be/found";
        await _server.RunAsync(_ => !_server.Reconciler.Troubles.IsEmpty);
        Assert.Equal((HostTaskStatus.Staging, 0), (_server.Task("web-1").Status, _server.Task("web-1").Unreachable));
        _ground.Files = files;
        await _server.RunAsync(c => !c.IsOpen);
        Assert.Equal(ChangeStatus.Completed, _server.Change.Status);
        Assert.Empty(_server.Reconciler.Troubles);
    }

    [Fact]
    public async Task AChangeThatCanNotBeReadDoesNotHoldUpTheOthers()
    {
        await ApprovedAsync();
        var other = await _server.Inbox.ProposeAsync(new Proposal("other", "db", ["db-1"], [], [], Digest.Of("x"u8)), "normal", ChangeKind.Normal, new Sender("user:pam", "127.0.0.1"), CancellationToken.None);
        await _server.Database.WriteAsync((c, t) => Dapper.SqlMapper.Execute(c, "UPDATE changes SET body = '{' WHERE id = @other", new { other }, t));
        await _server.RunAsync(c => !c.IsOpen);
        Assert.Equal(ChangeStatus.Completed, _server.Change.Status);
        Assert.Single(_server.Reconciler.Troubles, t => t.Key == $"load:{other}");
    }

    [Fact]
    public async Task AChangeWhosePlanWasAlteredDoesNotHoldUpTheOthersAndGoesNoFurther()
    {
        await ApprovedAsync();
        var other = await _server.Inbox.ProposeAsync(new Proposal("other", "db", ["db-1"], [], [], Digest.Of("x"u8)), "normal", ChangeKind.Normal, new Sender("user:pam", "127.0.0.1"), CancellationToken.None);
        await _server.Database.WriteAsync((c, t) => Dapper.SqlMapper.Execute(c, "UPDATE documents SET bytes = x'00' WHERE digest = @plan", new { plan = _server.Change.Plan!.Value.Hex }, t));
        for (var i = 0; i < 5; i++)
        {
            await _server.TickAsync();
            _ground.Time.Advance(TimeSpan.FromMinutes(2));
        }

        Assert.Single(_server.Reconciler.Troubles, t => t.Key == "load:1");
        Assert.NotEqual(ChangeStatus.Proposed, _server.Store.Find(other)!.Status);
        Assert.Empty(_ground.Fleet.Hosts["web-1"].Tickets);
    }

    [Fact]
    public async Task ChecksThatAreGoneFromAHostAreDeliveredBeforeTheirTicket()
    {
        await ApprovedAsync();
        await _server.RunAsync(_ => _ground.Fleet.Hosts["web-1"].Tickets.Any());
        var before = _ground.Fleet.Hosts["web-1"].Files.ToHashSet();
        await _server.RunAsync(_ => _server.Task("web-1").Status == HostTaskStatus.Verifying);
        _ground.Fleet.Hosts["web-1"].Files.Clear();
        await _server.RunAsync(c => !c.IsOpen);
        Assert.Single(_ground.Fleet.Hosts["web-1"].Files, before.Contains);
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
