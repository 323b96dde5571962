using System.Collections.Immutable;
using PatchFlow.Core.Changes;
using PatchFlow.Core.Planning;
using PatchFlow.Server.Sandbox;

namespace PatchFlow.Server.Tests.Reconcile;

public sealed class WorkRunsTests : IAsyncLifetime
{
    private readonly Ground _ground = new();
    private TestServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = new TestServer(_ground);
        await _server.EnrolAsync();
        await _server.Proposer.LookAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _ground.Dispose();
    }

    [Fact]
    public async Task AFailedRunSaysWhyAndRunsAgain()
    {
        _ground.Resolve = (_, _, _) => throw new SandboxException("no Docker Engine answers at unix:///var/run/docker.sock: start it");
        await _server.RunAsync(c => c.Waiting?.Sentence.Contains("no Docker Engine answers", StringComparison.Ordinal) ?? false);
        _ground.Resolve = (request, _, _) => Patches.ResolveAsync(request);
        await _server.RunAsync(c => c.Status == ChangeStatus.AwaitingApproval);
    }

    [Fact]
    public async Task AnEngineThatGoesAwayWhileTestingIsWaitedForAndNeverCountsAsAResult()
    {
        var runs = 0;
        _ground.Sandbox = (_, _, _) => { runs++; throw new EngineUnavailableException("no container engine answers: start it"); };
        await _server.RunAsync(_ => runs == 5);
        await _server.TickAsync();
        Assert.Equal((ChangeStatus.Testing, 0), (_server.Change.Status, _server.Change.InconclusiveRuns));
        Assert.Contains("no container engine answers: start it", _server.Change.Waiting?.Sentence, StringComparison.Ordinal);
        _ground.Sandbox = (request, _, _) => Patches.TestAsync(request, Verdict.Pass);
        await _server.RunAsync(c => c.Status == ChangeStatus.AwaitingApproval);
    }

    [Fact]
    public async Task AHostThatCanNotBeResolvedIsLeftOutWithItsReasonAndTheOthersGoOn()
    {
        _ground.Resolve = async (request, _, _) =>
        {
            if (request.Hosts.Length == 1)
            {
                throw new UnresolvableException("nginx is held");
            }

            var resolved = await Patches.ResolveAsync(request with { Hosts = [request.Hosts[0]] });
            return resolved with { LeftOut = [new LeftOut([request.Hosts[1].Host], "nginx is held")] };
        };
        await _server.RunAsync(c => c.Status == ChangeStatus.AwaitingApproval);
        var leftOut = _ground.Fleet.Hosts.Keys.Order(StringComparer.Ordinal).Last();
        Assert.DoesNotContain(leftOut, _server.Change.Hosts);
        Assert.Contains(_server.Audit(), e => e.Action == "change.sealed" && e.Details.Any(d => d.Contains($"{leftOut}, because nginx is held", StringComparison.Ordinal)));

        // It stays in sight: as a change of its own that says why.
        await _server.Proposer.LookAsync(CancellationToken.None);
        await _server.RunAsync(_ => _server.Store.Find(2) is { IsOpen: false });
        Assert.Equal((ChangeStatus.Unresolvable, "nginx is held"), (_server.Store.Find(2)!.Status, _server.Store.Find(2)!.Reason));
        Assert.Equal([leftOut], _server.Store.Find(2)!.Hosts);
    }

    [Fact]
    public async Task AFeedThatCanNotBeReadDoesNotLookLikeNothingToDo()
    {
        (_ground.Feeds, _ground.StaleFeeds) = ([], [new StaleFeed("debian-security", "its index was altered")]);
        await _server.Proposer.LookAsync(CancellationToken.None);
        await _server.RunAsync(c => c.Waiting is not null);
        Assert.Equal((ChangeStatus.Proposed, "its index was altered"), (_server.Change.Status, _server.Change.Waiting?.Sentence));
    }

    [Fact]
    public async Task AFeedThatCanNotBeReadHoldsUpNoChangeOfOthers()
    {
        (_ground.Feeds, _ground.StaleFeeds) = ([], [new StaleFeed("another", "its index was altered")]);
        await _server.Proposer.LookAsync(CancellationToken.None);
        Assert.Equal(ChangeStatus.Cancelled, _server.Change.Status);
    }

    [Fact]
    public async Task AFeedThatCanBeReadAgainIsLookedAtAgain()
    {
        using var ground = new Ground();
        await using var server = new TestServer(ground);
        await server.EnrolAsync();
        var feeds = ground.Feeds;
        (ground.Feeds, ground.StaleFeeds) = ([], [new StaleFeed("debian-security", "its index was altered")]);
        await server.Proposer.LookWhenAtRestAsync(CancellationToken.None);
        Assert.Null(server.Store.Find(1));
        (ground.Feeds, ground.StaleFeeds) = (feeds, []);
        await server.Proposer.LookWhenAtRestAsync(CancellationToken.None);
        Assert.NotNull(server.Store.Find(1));
    }

    [Fact]
    public async Task WhatCanNotBeResolvedEndsWithItsReason()
    {
        _ground.Resolve = (_, _, _) => throw new UnresolvableException("nginx would be removed");
        await _server.RunAsync(c => !c.IsOpen);
        Assert.Equal((ChangeStatus.Unresolvable, "nginx would be removed"), (_server.Change.Status, _server.Change.Reason));
    }

    [Fact]
    public async Task WhatDoesNotApplyAnyMoreIsUnresolvable()
    {
        _ground.Feeds = [];
        await _server.RunAsync(c => !c.IsOpen);
        Assert.Equal((ChangeStatus.Unresolvable, "nothing applies to any of its hosts any more"), (_server.Change.Status, _server.Change.Reason));
    }

    [Fact]
    public async Task ARunOfACancelledChangeIsStopped()
    {
        var stopped = new TaskCompletionSource();
        _ground.Resolve = async (_, _, cancel) =>
        {
            await using var registration = cancel.Register(() => stopped.TrySetResult());
            await Task.Delay(Timeout.Infinite, cancel);
            throw new InvalidOperationException("it was not stopped");
        };
        await BeginAsync();
        await _server.CommandAsync(CommandAction.Cancel);
        for (var i = 0; i < 3; i++)
        {
            await TickAsync();
        }

        await stopped.Task.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(ChangeStatus.Cancelled, _server.Change.Status);
    }

    [Fact]
    public async Task ARunOfAServerThatIsGoneIsLostAndRunAgain()
    {
        _ground.Resolve = async (_, _, cancel) =>
        {
            await Task.Delay(Timeout.Infinite, cancel);
            throw new InvalidOperationException("it was not stopped");
        };
        await BeginAsync();
        await _server.DisposeAsync();
        _ground.Resolve = (request, _, _) => Patches.ResolveAsync(request);
        _server = new TestServer(_ground);
        await _server.RunAsync(c => c.Status == ChangeStatus.AwaitingApproval);
        Assert.Equal([WorkStatus.Lost, WorkStatus.Done], _server.Store.Runs(1).Where(r => r.Kind == WorkKind.Resolve).Select(r => r.Status));
    }

    [Fact]
    public async Task AChangeSealedAgainIsNotJudgedByTheRunOnItsOldPlan()
    {
        var release = new TaskCompletionSource<ImmutableArray<ProfileResult>>();
        _ground.Sandbox = (_, _, cancel) => release.Task.WaitAsync(cancel);
        for (var i = 0; i < 20 && _server.Work.Living.Count == 0 | _server.Change.Status != ChangeStatus.Testing; i++)
        {
            await TickAsync();
        }

        var before = _server.Change.Plan;
        _ground.WritePipeline(Ground.Pipeline.Replace("P30D", "P29D", StringComparison.Ordinal));
        _ground.Sandbox = (request, _, _) => Patches.TestAsync(request, Verdict.Pass);
        for (var i = 0; i < 20 && _server.Change.Status != ChangeStatus.AwaitingApproval; i++)
        {
            await TickAsync();
        }

        var runs = _server.Store.Runs(1).Where(r => r.Kind == WorkKind.Sandbox).ToList();
        Assert.Equal([(before, WorkStatus.Lost), (_server.Change.Plan, WorkStatus.Done)], runs.Select(r => (r.Plan, r.Status)));
    }

    [Fact]
    public async Task ProgressIsKeptWithTheResult()
    {
        _ground.Resolve = (request, progress, _) =>
        {
            progress.Report(new ProfileProgress("web", [new StageProgress("replica", "pass", 1.5, null)]));
            return Patches.ResolveAsync(request);
        };
        await _server.RunAsync(c => c.Status == ChangeStatus.AwaitingApproval);
        Assert.Equal("replica", Assert.Single(Assert.Single(_server.Store.Runs(1)[0].Profiles).Stages).Name);
    }

    private async Task BeginAsync()
    {
        for (var i = 0; i < 20 && _server.Work.Living.Count == 0; i++)
        {
            await TickAsync();
        }
    }

    // Without waiting for workers, of which some never end by themselves.
    private async Task TickAsync()
    {
        await _server.Reconciler.TickAsync(CancellationToken.None);
        await _server.Reconciler.DrainAsync();
        await Task.Delay(20);
    }
}
