using PatchFlow.Cli;
using PatchFlow.Cli.Watch;
using PatchFlow.Client;
using PatchFlow.Server.Tests.Api;
using static PatchFlow.Server.Tests.Cli.SnapshotMaker;

namespace PatchFlow.Server.Tests.Cli;

public sealed class JudgeTests
{
    [Theory]
    [InlineData(ChangeState.Completed, Exit.Ok)]
    [InlineData(ChangeState.Superseded, Exit.WentWrong)]
    [InlineData(ChangeState.Rejected, Exit.WentWrong)]
    [InlineData(ChangeState.Halted, Exit.WentWrong)]
    [InlineData(ChangeState.Paused, Exit.NeedsPerson)]
    public void AChangeThatIsWatchedAloneEndsTheWatcher(ChangeState status, int exit) =>
        Assert.Equal((true, exit), new Judge(Order("CHG-1")).Of(Of([Change("CHG-1", status)])));

    [Fact]
    public void AHostThatNeedsAttentionEndsTheWatcherWithFive()
    {
        var change = Change("CHG-1", ChangeState.RollingOut, wave: 0) with { Waiting = new("person", "web-1 needs attention", null, true) };
        Assert.Equal((true, Exit.NeedsPerson), new Judge(Order("CHG-1")).Of(Of([change])));
    }

    [Fact]
    public void TheBoardIsWaitedFor() =>
        Assert.Equal((false, Exit.TimedOut), new Judge(Order("CHG-1")).Of(Of([Change("CHG-1", ChangeState.AwaitingApproval, sentence: "approval")])));

    [Fact]
    public void WhatHadEndedBeforeIsNotHeldAgainstTheOthers()
    {
        var judge = new Judge(Order(null));
        Assert.Equal((false, Exit.TimedOut), judge.Of(Of([Change("CHG-1", ChangeState.Rejected), Change("CHG-2", ChangeState.RollingOut)])));
        Assert.Equal((true, Exit.Ok), judge.Of(Of([Change("CHG-1", ChangeState.Rejected), Change("CHG-2", ChangeState.Completed)])));
        Assert.Equal((true, Exit.WentWrong), judge.Of(Of([Change("CHG-1", ChangeState.Rejected), Change("CHG-2", ChangeState.Completed), Change("CHG-3", ChangeState.TestFailed)])));
    }

    [Fact]
    public async Task AServerThatIsAwayForAMomentEndsNoWatcher()
    {
        var server = await ApiServer.StartAsync();
        using var cli = new CliRun(server.Address);
        await cli.PersonAsync(server, "ada", Role.Viewer);
        var session = new Session(server.Address, Path.Combine(cli.Folder, "ada"), new Terminal("never", TextWriter.Null, TextWriter.Null), false);
        var watcher = new Watcher(session, Order(null));
        var seen = await watcher.ReadAsync(TestContext.Current.CancellationToken);
        await server.DisposeAsync();
        Assert.Same(seen, await watcher.ReadAsync(TestContext.Current.CancellationToken));
        await Assert.ThrowsAnyAsync<Exception>(() => new Watcher(session, Order(null)).ReadAsync(TestContext.Current.CancellationToken));
    }

    private static WatchOrder Order(string? only) => new("PatchFlow", only, WatchGoal.Done, 1, TimeSpan.FromHours(1));
}
