using PatchFlow.Client;
using PatchFlow.Core.Changes;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Rollouts;

namespace PatchFlow.Server.Api.Reads;

/// <summary>A rollout as people watch it: waves and exceptions first.</summary>
internal static class RolloutReads
{
    private const int MostExceptions = 100;

    /// <summary>The rollout; null before the plan is sealed.</summary>
    public static RolloutView? Of(ChangeFile file) => file.Plan is null ? null : new(
        ChangeId.Text(file.Change.Id),
        Wire.Same<ChangeState>(file.Change.Status),
        file.Change.Wave,
        file.Change.RolloutAt,
        [.. file.Plan.Waves.Select(wave => Of(file, wave))],
        Counts(file.Tasks),
        [.. file.Tasks.Where(t => IsException(t.Status)).Take(MostExceptions).Select(Wire.Of)],
        Wire.Of(file.Change.Waiting));

    private static WaveView Of(ChangeFile file, PlanWave wave)
    {
        var tasks = file.Tasks.Where(t => t.Wave == wave.Number).ToList();
        var state = StateOf(file.Change, wave.Number, tasks);
        return new(
            wave.Number,
            file.Policy is { } policy && wave.Number < policy.Waves.Length ? policy.Waves[wave.Number].Name : $"wave {wave.Number}",
            wave.Hosts,
            tasks.Count(t => t.Status == HostTaskStatus.Succeeded),
            tasks.Count(t => t.Status.IsOver()),
            tasks.Count(t => t.IsError),
            wave.Errors,
            CanonicalDuration.Format(wave.Soak),
            state == WaveState.Soaking ? file.Change.WaveDoneAt + wave.Soak : null,
            wave.Concurrency,
            state,
            Counts(tasks));
    }

    private static WaveState StateOf(Change change, int wave, List<HostTask> tasks)
    {
        if (change.RolloutAt is null || wave > change.Wave)
        {
            return WaveState.Pending;
        }

        return change.Status switch
        {
            ChangeStatus.Completed or ChangeStatus.CompletedWithExceptions => WaveState.Passed,
            _ when wave < change.Wave => WaveState.Passed,
            ChangeStatus.RollingOut or ChangeStatus.Paused => tasks.TrueForAll(t => t.Status.IsOver()) ? WaveState.Soaking : WaveState.Running,
            _ => WaveState.Stopped,
        };
    }

    private static Dictionary<HostTaskState, int> Counts(IEnumerable<HostTask> tasks) =>
        tasks.GroupBy(t => t.Status).OrderBy(g => g.Key).ToDictionary(g => Wire.Same<HostTaskState>(g.Key), g => g.Count());

    private static bool IsException(HostTaskStatus status) =>
        status is HostTaskStatus.Failed or HostTaskStatus.NeedsAttention or HostTaskStatus.Unknown or HostTaskStatus.Drifted or HostTaskStatus.Offline;
}
