using PatchFlow.Core.Changes;
using PatchFlow.Core.Rollouts;

namespace PatchFlow.Core.Tests.Changes;

public sealed class TransitionsTests
{
    private static readonly ChangeStatus[] Ends =
    [
        ChangeStatus.Unresolvable, ChangeStatus.TestFailed, ChangeStatus.Rejected, ChangeStatus.Expired, ChangeStatus.Superseded,
        ChangeStatus.Cancelled, ChangeStatus.RolledBack,
    ];

    private static readonly HostTaskStatus[] HostEnds = [HostTaskStatus.RolledBack, HostTaskStatus.Drifted];

    [Fact]
    public void EveryStateOfAChangeCanBeReached() =>
        Assert.Equal(Enum.GetValues<ChangeStatus>(), Reach(ChangeStatus.Proposed, Transitions.From).Order());

    [Fact]
    public void EveryStateOfAHostTaskCanBeReached() =>
        Assert.Equal(Enum.GetValues<HostTaskStatus>(), Reach(HostTaskStatus.Pending, Transitions.From).Order());

    [Fact]
    public void OnlyEndsOfAChangeCanNotBeLeft() =>
        Assert.Equal(Ends.Order(), Enum.GetValues<ChangeStatus>().Where(s => Transitions.From(s).IsEmpty));

    [Fact]
    public void OnlyEndsOfAHostTaskCanNotBeLeft() =>
        Assert.Equal(HostEnds.Order(), Enum.GetValues<HostTaskStatus>().Where(s => Transitions.From(s).IsEmpty).Order());

    [Fact]
    public void NoStateGoesToItselfOrTwiceToAnother() => Assert.All(Enum.GetValues<ChangeStatus>(), s =>
    {
        Assert.DoesNotContain(s, Transitions.From(s));
        Assert.Equal(Transitions.From(s).Length, Transitions.From(s).Distinct().Count());
    });

    [Fact]
    public void OnlyBeforeTheRolloutAChangeCanBeSupersededOrCancelled() => Assert.All(Enum.GetValues<ChangeStatus>(), s =>
    {
        Assert.Equal(s.IsBeforeRollout(), Transitions.From(s).Contains(ChangeStatus.Superseded));
        Assert.Equal(s.IsBeforeRollout(), Transitions.From(s).Contains(ChangeStatus.Cancelled));
    });

    [Fact]
    public void OnlyAnApprovedChangeOrOneThatWasStoppedRollsOut() => Assert.Equal(
        [ChangeStatus.Approved, ChangeStatus.Paused, ChangeStatus.Halted],
        Enum.GetValues<ChangeStatus>().Where(s => Transitions.From(s).Contains(ChangeStatus.RollingOut)));

    [Fact]
    public void OnlyAHostWhoseInstallNobodyMayBeginOrThatWasAwayGoesBackToStaging() => Assert.Equal(
        [HostTaskStatus.Pending, HostTaskStatus.Running, HostTaskStatus.Unknown, HostTaskStatus.NeedsAttention, HostTaskStatus.Offline],
        Enum.GetValues<HostTaskStatus>().Where(s => Transitions.From(s).Contains(HostTaskStatus.Staging)));

    [Fact]
    public void ARollbackWithExceptionsIsOverAndCanStillBeGoneOnWith()
    {
        Assert.True(ChangeStatus.RolledBackWithExceptions.IsOver());
        Assert.Equal([ChangeStatus.RollingBack], Transitions.From(ChangeStatus.RolledBackWithExceptions));
    }

    [Fact]
    public void AStepThatIsNotInTheTableThrows()
    {
        Assert.Throws<InvalidOperationException>(() => Transitions.Require(ChangeStatus.AwaitingApproval, ChangeStatus.RollingOut));
        Assert.Throws<InvalidOperationException>(() => Transitions.Require(HostTaskStatus.Pending, HostTaskStatus.Running));
    }

    private static HashSet<T> Reach<T>(T start, Func<T, System.Collections.Immutable.ImmutableArray<T>> next)
    {
        var reached = new HashSet<T> { start };
        var todo = new Queue<T>(reached);
        while (todo.TryDequeue(out var state))
        {
            next(state).Where(reached.Add).ToList().ForEach(todo.Enqueue);
        }

        return reached;
    }
}
