using PatchFlow.Cli.Watch;
using PatchFlow.Client;
using static PatchFlow.Server.Tests.Cli.SnapshotMaker;

namespace PatchFlow.Server.Tests.Cli;

public sealed class EventLinesTests
{
    [Fact]
    public void NothingNewIsNoLine()
    {
        var snapshot = Of([Change("CHG-1", ChangeState.Testing)]);
        Assert.NotEmpty(EventLines.Between(null, snapshot));
        Assert.Empty(EventLines.Between(snapshot, snapshot));
    }

    [Fact]
    public void AHostThatMovesIsALineWithWaveHostAndAttempt()
    {
        var before = Of([Change("CHG-1", ChangeState.RollingOut, wave: 0)], Rollout(ChangeState.RollingOut), [Task("web-1", 0, HostTaskState.Running)]);
        var after = Of([Change("CHG-1", ChangeState.RollingOut, wave: 0)], Rollout(ChangeState.RollingOut), [Task("web-1", 0, HostTaskState.Failed, "postinst exit 1")]);
        Assert.Equal(["2026-11-23T18:00:00Z CHG-1 wave=0 host=web-1 Failed attempt=1 \"postinst exit 1\""], EventLines.Between(before, after));
    }

    [Fact]
    public void AStageThatEndsIsALineWithItsSeconds()
    {
        var before = Of([Change("CHG-1", ChangeState.Testing)], null, null, SandboxRun(new StageView("patch", "running", 2, null)));
        var after = Of([Change("CHG-1", ChangeState.Testing)], null, null, SandboxRun(new StageView("patch", "pass", 24, null)));
        Assert.Equal(["2026-11-23T18:00:00Z CHG-1 profile=web-debian-12-amd64-5d1c77e0 patch=pass seconds=24"], EventLines.Between(before, after));
    }

    [Fact]
    public void TheHeartbeatSaysWhatIsWaitedForAndLeavesOutWhatHasEnded()
    {
        var lines = EventLines.Heartbeat(Of([Change("CHG-1", ChangeState.Completed), Change("CHG-2", ChangeState.AwaitingApproval, sentence: "approval: 0 of 2")]));
        Assert.Equal(["2026-11-23T18:00:00Z CHG-2 AwaitingApproval waits for: approval: 0 of 2"], lines);
    }
}
