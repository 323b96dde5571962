using PatchFlow.Client;

namespace PatchFlow.Cli.Watch;

/// <summary>
/// Says when a watcher's goal is reached, and with which exit code. What had ended before the watcher came is history: it is shown, and
/// neither waited for nor held against the others.
/// </summary>
internal sealed class Judge(WatchOrder order)
{
    private HashSet<string>? _history;

    /// <summary>What a snapshot means. The first one that is shown decides what is history.</summary>
    public (bool IsReached, int ExitCode) Of(Snapshot snapshot)
    {
        _history ??= order.Only is null ? [.. snapshot.Changes.Where(c => Lives.HasEnded(c.Status)).Select(c => c.Id)] : [];
        var judged = snapshot.Changes.Where(c => !_history.Contains(c.Id)).ToList();
        var isReached = IsReached(snapshot.Changes.Count, judged);
        return (isReached, ExitCode(judged, isReached));
    }

    private bool IsReached(int all, List<ChangeSummary> judged) => all >= order.AtLeast && order.Goal switch
    {
        WatchGoal.Approval => judged.All(c => Lives.IsPastTesting(c.Status)),
        WatchGoal.Done => judged.All(c => Lives.HasEnded(c.Status) || NeedsPerson(c)),
        _ => false,
    };

    private int ExitCode(List<ChangeSummary> judged, bool isReached)
    {
        // A change that is watched alone was wanted; that another took its place is nothing to pass over.
        if (judged.Any(c => Lives.WentWrong(c.Status) || (order.Only is not null && c.Status == ChangeState.Superseded)))
        {
            return Exit.WentWrong;
        }

        if (!isReached)
        {
            return order.Goal == WatchGoal.Forever ? Exit.Ok : Exit.TimedOut;
        }

        return order.Goal == WatchGoal.Done && judged.Any(NeedsPerson) ? Exit.NeedsPerson : Exit.Ok;
    }

    // Halted, paused, or a host needs attention: it does not go on by itself. The board's decision and the start are waited for.
    private static bool NeedsPerson(ChangeSummary change) =>
        change.Status is ChangeState.Halted or ChangeState.Paused || (!Lives.HasEnded(change.Status) && change.Waiting?.For == "person");
}
