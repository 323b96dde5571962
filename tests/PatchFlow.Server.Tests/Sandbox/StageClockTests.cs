using PatchFlow.Core.Changes;
using PatchFlow.Server.Sandbox;

namespace PatchFlow.Server.Tests.Sandbox;

public sealed class StageClockTests
{
    [Fact]
    public void WhoeverWatchesSeesEveryStageFromPendingToItsEnd()
    {
        var told = new Told();
        var clock = new StageClock("p", told, TimeProvider.System, "replica", "before");
        clock.Begin("replica");
        clock.End("pass", "kept image");
        clock.Begin("before");
        clock.End("inconclusive", "a check fails");
        Assert.Equal(["pending pending", "running pending", "pass pending", "pass running", "pass inconclusive"], told.States);
        Assert.False(clock.IsAtWork);
    }

    [Fact]
    public void AStageOutOfItsOrderIsABug()
    {
        var clock = new StageClock("p", new Told(), TimeProvider.System, "replica", "before");
        Assert.Throws<InvalidOperationException>(() => clock.Begin("before"));
    }

    private sealed class Told : IProgress<ProfileProgress>
    {
        public List<string> States { get; } = [];

        public void Report(ProfileProgress value) => States.Add(string.Join(' ', value.Stages.Select(s => s.State)));
    }
}
