using PatchFlow.Core.Hosts;
using PatchFlow.Core.Rollouts;

namespace PatchFlow.Core.Planning;

/// <summary>What is next on one host. Work that has begun on the host goes on whatever happens to the change; only beginning needs leave.</summary>
internal static class HostSteps
{
    /// <summary>The next step, or null where the host is waited for.</summary>
    /// <param name="task">The host's task.</param>
    /// <param name="attempts">Attempts of one kind of ticket, the first included, before the host counts as failed.</param>
    /// <param name="mayBegin">Whether the host may begin: the change rolls out, the quorum stands, the plan is not too old.</param>
    /// <param name="now">The moment.</param>
    public static Step? Next(HostTask task, int attempts, bool mayBegin, DateTimeOffset now)
    {
        if (task.NotBefore > now)
        {
            return null;
        }

        return task.Status switch
        {
            HostTaskStatus.Staging when !mayBegin => null,
            HostTaskStatus.Staging when !task.IsDelivered => new Deliver(task),
            HostTaskStatus.Staging => Issue(task.To(HostTaskStatus.Running, now, null).With(TicketKind.Install), begins: true),
            HostTaskStatus.Running or HostTaskStatus.Unknown or HostTaskStatus.Verifying or HostTaskStatus.RollingBack =>
                task.IsDead ? Again(task, attempts, mayBegin, now)
                // Nobody knows whether the start arrived: the host says so, and is given nothing that it may not begin.
                : task.IsStarted || !(mayBegin || GoesOnAnyway(task)) ? new AskTicket(task)
                : new StartTicket(task),
            _ => task.Uncompleted is [var ticket, ..] ? new CompleteTicket(task, ticket) : null,
        };
    }

    /// <summary>A ticket is given out: the audit entry names it before the host hears of it.</summary>
    public static SaveTask Issue(HostTask next, bool begins, params string[] details)
    {
        var ticket = next.TicketId!;
        return new SaveTask(next, new Note($"host.{ticket.KindWord}", [$"ticket {ticket}", .. details], next.Plan), begins);
    }

    /// <summary>The host's turn in its wave has come.</summary>
    public static SaveTask Begin(HostTask task, DateTimeOffset now) => new(
        task.To(HostTaskStatus.Staging, now, null),
        new Note("host.stage", [$"wave {task.Wave}", $"content {task.Content}"], task.Plan),
        Begins: true);

    /// <summary>The host is left out, and nothing was begun on it.</summary>
    public static SaveTask Skip(HostTask task, DateTimeOffset now, string why) => new(
        task.To(HostTaskStatus.Skipped, now, why), new Note("host.skip", [why], task.Plan), Begins: false);

    // Only a first install begins anything. What mends an install, undoes it or looks at it belongs to work that was begun.
    private static bool GoesOnAnyway(HostTask task) => task.TicketId!.Kind != TicketKind.Install || task.IsMending;

    // The attempt is proven dead, so the same step may be issued again: running an install twice mends what the first left half done.
    private static SaveTask Again(HostTask task, int attempts, bool mayBegin, DateTimeOffset now)
    {
        var kind = task.TicketId!.Kind;
        if (task.Repeats + 1 < attempts)
        {
            if (!mayBegin && !GoesOnAnyway(task))
            {
                return new SaveTask(task.Back(now, task.Detail), new Note("host.staging", [$"{task.Ticket} changed nothing, and none may begin now"], task.Plan), Begins: false);
            }

            var next = task.Status == HostTaskStatus.Unknown ? task.To(HostTaskStatus.Running, now, task.Detail) : task;
            return Issue(next.With(kind) with { Repeats = task.Repeats + 1 }, begins: !GoesOnAnyway(task), $"again, since {task.Detail}");
        }

        var isFailure = task.LastExit is not null && task.Status != HostTaskStatus.RollingBack;
        var status = isFailure ? HostTaskStatus.Failed : HostTaskStatus.NeedsAttention;
        var why = $"{attempts} attempts, the last: {task.Detail}";
        return new SaveTask(task.To(status, now, why), new Note(isFailure ? "host.failed" : "host.needs-attention", [why], task.Plan), Begins: false);
    }
}
