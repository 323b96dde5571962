using PatchFlow.Client;

namespace PatchFlow.Cli.Watch;

/// <summary>What a watcher sees at one moment.</summary>
internal sealed record Snapshot(
    DateTimeOffset Now,
    ServerStatus Status,
    IReadOnlyList<ChangeSummary> Changes,
    IReadOnlyDictionary<string, RolloutView> Rollouts,
    IReadOnlyDictionary<string, IReadOnlyList<HostTaskView>> Tasks)
{
    /// <summary>The resolving or sandbox run of a change that is at work, if there is one.</summary>
    public RunningWork? RunOf(string change) => Status.Runs.FirstOrDefault(r => r.Change == change);
}

/// <summary>Reads snapshots. Rollouts that have ended are read once.</summary>
internal sealed class SnapshotReader(IPatchFlowApi api, string? only)
{
    private readonly Dictionary<string, (ChangeState Status, RolloutView Rollout, IReadOnlyList<HostTaskView> Tasks)> _ended = [];

    public async Task<Snapshot> ReadAsync(CancellationToken cancel)
    {
        var status = await api.StatusAsync(cancel);
        var changes = only is null
            ? (await Pages.AllAsync(next => api.ChangesAsync(limit: Pages.MostItems, cursor: next, cancel: cancel))).Items.Reverse().ToList()
            : [(await api.ChangeAsync(only, cancel)).Summary];
        var rollouts = new Dictionary<string, RolloutView>();
        var tasks = new Dictionary<string, IReadOnlyList<HostTaskView>>();
        foreach (var change in changes.Where(c => c.Wave >= 0 || Lives.IsRollout(c.Status)))
        {
            var (rollout, hosts) = await RolloutAsync(change, cancel);
            rollouts[change.Id] = rollout;
            tasks[change.Id] = hosts;
        }

        return new(status.Now, status, changes, rollouts, tasks);
    }

    private async Task<(RolloutView Rollout, IReadOnlyList<HostTaskView> Tasks)> RolloutAsync(ChangeSummary change, CancellationToken cancel)
    {
        if (_ended.TryGetValue(change.Id, out var kept) && kept.Status == change.Status)
        {
            return (kept.Rollout, kept.Tasks);
        }

        var rollout = await api.RolloutAsync(change.Id, cancel);
        var tasks = (await Pages.AllAsync(next => api.HostTasksAsync(change.Id, limit: Pages.MostItems, cursor: next, cancel: cancel))).Items;
        if (Lives.HasEnded(rollout.Status))
        {
            _ended[change.Id] = (rollout.Status, rollout, tasks);
        }

        return (rollout, tasks);
    }
}

/// <summary>What a status means for a watcher.</summary>
internal static class Lives
{
    /// <summary>The change is on production hosts, or was.</summary>
    public static bool IsRollout(ChangeState status) => status is ChangeState.RollingOut or ChangeState.Paused or ChangeState.Halted
        or ChangeState.RollingBack or ChangeState.Completed or ChangeState.CompletedWithExceptions or ChangeState.RolledBack
        or ChangeState.RolledBackWithExceptions or ChangeState.Aborted;

    /// <summary>Nothing more happens by itself, now or after a person's word.</summary>
    public static bool HasEnded(ChangeState status) => status is ChangeState.Completed or ChangeState.CompletedWithExceptions
        or ChangeState.RolledBack or ChangeState.RolledBackWithExceptions or ChangeState.Aborted or ChangeState.Rejected
        or ChangeState.Expired or ChangeState.Superseded or ChangeState.Cancelled or ChangeState.TestFailed or ChangeState.Unresolvable;

    /// <summary>It ended, or stopped, in a way that somebody should look at.</summary>
    public static bool WentWrong(ChangeState status) => status is ChangeState.Halted or ChangeState.TestFailed or ChangeState.Unresolvable
        or ChangeState.Aborted or ChangeState.RolledBack or ChangeState.RolledBackWithExceptions or ChangeState.CompletedWithExceptions
        or ChangeState.Rejected or ChangeState.Expired or ChangeState.Cancelled;

    /// <summary>The board can decide, or has; or it ended before.</summary>
    public static bool IsPastTesting(ChangeState status) => status is ChangeState.AwaitingApproval or ChangeState.Approved || IsRollout(status) || HasEnded(status);
}
