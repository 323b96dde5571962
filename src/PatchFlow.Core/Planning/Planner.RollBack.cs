using System.Collections.Immutable;
using PatchFlow.Core.Changes;
using PatchFlow.Core.Hosts;
using PatchFlow.Core.Rollouts;

namespace PatchFlow.Core.Planning;

public static partial class Planner
{
    // Only hosts that were touched go back. One that is at work finishes first: two tickets never run at once.
    private static Agenda RollingBack(Change change, Facts facts, Pipeline pipeline, DateTimeOffset now)
    {
        var concurrency = facts.Plan!.Waves[Math.Max(0, change.Wave)].Concurrency;
        var busy = facts.Tasks.Count(t => t.Status.IsActive());
        var awaiting = facts.Behind is null ? facts.Tasks.Where(AwaitsRollback) : [];
        var turns = awaiting.Take(Math.Max(0, concurrency - busy)).Select(t => BeginRollback(t, now)).ToList();
        var chosen = turns.Select(s => s.Key).ToHashSet();
        ImmutableArray<Step> steps =
        [
            .. turns,
            .. WorkOn(facts, pipeline, _ => false, now).Where(s => !chosen.Contains(s.Key)),
            .. Unbegun(facts.Tasks).Select(t => HostSteps.Skip(t, now, "the rollout was rolled back before its turn")),
        ];
        var open = facts.Tasks.Where(t => AwaitsRollback(t) || t.Status.IsActive()).ToList();
        if (open.Count > 0 || !steps.IsEmpty || OweTombstones(facts))
        {
            return new Agenda(steps, facts.Behind is { } behind ? new("person", behind) : new("hosts", $"rollback: {Count(open.Count, "host")} to go back to the versions before"));
        }

        var left = facts.Tasks.Where(t => t.Status == HostTaskStatus.NeedsAttention).ToList();
        return Agenda.Do(left.Count == 0
            ? Enter(change.To(ChangeStatus.RolledBack, now))
            : Enter(change.To(ChangeStatus.RolledBackWithExceptions, now, string.Join("; ", left.Take(20).Select(t => $"{t.Host}: {t.Detail}")) + More(left.Count))));
    }

    private static bool AwaitsRollback(HostTask task) => task.IsTouched && task.Status switch
    {
        HostTaskStatus.Succeeded or HostTaskStatus.Failed or HostTaskStatus.Skipped => true,
        HostTaskStatus.NeedsAttention => task.TicketId?.Kind is not (TicketKind.Rollback or TicketKind.CheckRehearsed),
        _ => false,
    };

    private static SaveTask BeginRollback(HostTask task, DateTimeOffset now) =>
        HostSteps.Issue(task.Anew().To(HostTaskStatus.RollingBack, now, null).With(TicketKind.Rollback), begins: true);
}
