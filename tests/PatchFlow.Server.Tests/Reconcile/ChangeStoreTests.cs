using PatchFlow.Core.Changes;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Hosts;
using PatchFlow.Core.Planning;
using PatchFlow.Core.Rollouts;
using PatchFlow.Server.Reconcile;

namespace PatchFlow.Server.Tests.Reconcile;

public sealed class ChangeStoreTests : IAsyncLifetime
{
    private static readonly Note Note = new("test.note", ["a detail"]);
    private readonly Ground _ground = new();
    private TestServer _server = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = new TestServer(_ground);
        await _server.ProposeAndWaitForBoardAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _ground.Dispose();
    }

    [Fact]
    public async Task AnInventoryThatCanNotBeReadKeepsNoOtherGroupFromItsFixes()
    {
        using var ground = new Ground();
        await using var server = new TestServer(ground);
        await server.EnrolAsync();
        await server.Hosts.AddAsync(
            new Server.Hosts.HostRow { Id = "aaa-1", Address = "127.0.10.9", Group = "aaa", State = Server.Hosts.HostState.Enrolled },
            new Server.Auditing.Audit("system", "console", "host.add", "host:aaa-1"));
        await server.Hosts.InventoryAsync("aaa-1", "altered"u8.ToArray(), 0, 0);
        var refused = await Assert.ThrowsAsync<InvalidDataException>(() => server.Proposer.LookAsync(CancellationToken.None));
        Assert.Contains("nothing is proposed for group aaa: ", refused.Message, StringComparison.Ordinal);
        Assert.Equal("web", Assert.Single(server.Store.All()).Group);
    }

    [Fact]
    public async Task ASaveFromAnOldRevisionWritesNothingAndLeavesNoEntry()
    {
        var old = _server.Change;
        Assert.True(await _server.Store.SaveAsync(new SaveChange(old with { Title = "first" }, Note), Cancel));
        var entries = _server.Audit().Count;
        Assert.False(await _server.Store.SaveAsync(new SaveChange(old with { Title = "second" }, Note) { Documents = [new("notes", [1])] }, Cancel));
        Assert.Equal(("first", entries), (_server.Change.Title, _server.Audit().Count));
    }

    [Fact]
    public async Task OneStaleTaskUndoesTheWholeSave()
    {
        var task = _server.Task("web-1");
        var stale = _server.Task("web-2") with { Revision = 7 };
        Assert.False(await _server.Store.SaveAsync(new SaveChange(_server.Change with { Title = "new" }, Note) { Tasks = [task with { Detail = "x" }, stale] }, Cancel));
        Assert.Null(_server.Task("web-1").Detail);
        Assert.NotEqual("new", _server.Change.Title);
    }

    [Fact]
    public async Task ABeginningPlannedBeforeAPauseIsNotSaved()
    {
        var loaded = _server.Store.Load(1)!;
        await _server.Store.SaveAsync(new SaveChange(loaded.Change with { Reason = "paused meanwhile" }, Note), Cancel);
        Assert.False(await _server.Store.SaveAsync(Begin(loaded), loaded, Cancel));
        Assert.Equal(HostTaskStatus.Pending, _server.Task("web-1").Status);
    }

    [Fact]
    public async Task ABeginningPlannedBeforeADecisionCameInIsNotSaved()
    {
        var loaded = _server.Store.Load(1)!;
        await _server.DecideAsync("user:ann", Vote.Reject);
        Assert.False(await _server.Store.SaveAsync(Begin(loaded), loaded, Cancel));
    }

    [Fact]
    public async Task ARetryPlannedBeforeADecisionCameInIsNotSaved()
    {
        var loaded = _server.Store.Load(1)!;
        var retry = new SaveChange(loaded.Change, Note) { Tasks = [loaded.Facts.Tasks[0]], Begins = true };
        await _server.DecideAsync("user:ann", Vote.Reject);
        Assert.False(await _server.Store.SaveAsync(retry, loaded, Cancel));
        Assert.True(await _server.Store.SaveAsync(retry, _server.Store.Load(1)!, Cancel));
    }

    [Fact]
    public async Task ABeginningOnWhatStillStandsIsSaved()
    {
        var loaded = _server.Store.Load(1)!;
        Assert.True(await _server.Store.SaveAsync(Begin(loaded), loaded, Cancel));
        Assert.Equal("host.stage", _server.Audit()[^1].Action);
    }

    [Fact]
    public async Task NoSecondChangeComesInFlightOnAHost()
    {
        var proposal = new Proposal("again", "web", ["web-2"], [], [], Digest.Of("x"u8));
        var id = await _server.Inbox.ProposeAsync(proposal, "normal", ChangeKind.Normal, new Sender("user:pam", "127.0.0.1"), Cancel);
        var second = _server.Store.Find(id)!;
        Assert.False(await _server.Store.SaveAsync(new SaveChange(second.To(ChangeStatus.Resolving, _ground.Time.GetUtcNow()), Note), Cancel));
        await _server.TickAsync();
        Assert.Equal("CHG-1, which is in flight on web-2", _server.Store.Find(id)!.Waiting?.Sentence);
    }

    [Fact]
    public async Task ADecidedChangeIsNotSuperseded()
    {
        var superseded = Planner.Enter(_server.Change.To(ChangeStatus.Superseded, _ground.Time.GetUtcNow()));
        await _server.DecideAsync("user:ann");
        Assert.False(await _server.Store.SaveUndecidedAsync(superseded, Cancel));
    }

    [Fact]
    public async Task ACommandIsAnsweredOnce()
    {
        var number = await _server.CommandAsync(CommandAction.Resume);
        var loaded = _server.Store.Load(1)!;
        var step = new AnswerCommand(1, new CommandAnswer(number, false, "no"), Note);
        Assert.True(await _server.Store.SaveAsync(step, Cancel));
        Assert.False(await _server.Store.SaveAsync(step, Cancel));
        Assert.Equal(("refused: no", number), (_server.Inbox.AnswerTo(number), Assert.Single(loaded.Facts.Commands).Id));
    }

    [Fact]
    public void WhatIsWrittenReadsBackAsItWas()
    {
        var task = _server.Task("web-1") with { Seen = _server.Task("web-1").Seen.Add(TicketKind.CheckAfter, 3), Uncompleted = ["a", "b"], LastExit = 22, NotBefore = Patches.Start };
        Assert.Equal(StateJson.Write(task), StateJson.Write(StateJson.Read<HostTask>(StateJson.Write(task))));
        Assert.Equal(StateJson.Write(_server.Change), StateJson.Write(StateJson.Read<Change>(StateJson.Write(_server.Change))));
    }

    private static SaveTask Begin(Loaded loaded)
    {
        var task = loaded.Facts.Tasks.Single(t => t.Host == "web-1");
        return new SaveTask(task.To(HostTaskStatus.Staging, Patches.Start, null), new Note("host.stage", []), Begins: true);
    }
}
