using PatchFlow.Core.Changes;
using PatchFlow.Core.Hosts;
using PatchFlow.Core.Rollouts;
using static PatchFlow.Core.Changes.ChangeStatus;

namespace PatchFlow.Core.Planning;

/// <summary>What operators ask for: carried out where the state allows it, else refused with the reason. Each command gets its answer once.</summary>
internal static class Operators
{
    public static Step Apply(Change change, Facts facts, Pipeline pipeline, OperatorCommand command, DateTimeOffset now) => command.Action switch
    {
        CommandAction.Start => Start(change, facts, pipeline, command, now),
        CommandAction.Pause => Move(change, command, Paused, [RollingOut], now),
        CommandAction.Resume => Move(change, command, RollingOut, [Paused], now),
        CommandAction.Abort => Move(change, command, Aborted, [RollingOut, Paused, Halted], now),
        CommandAction.Rollback => Rollback(change, facts, command, now),
        CommandAction.Cancel => Cancel(change, command, now),
        CommandAction.Test => Test(change, command, now),
        CommandAction.Retry => Retry(change, facts, pipeline, command, now),
        CommandAction.Skip => Skip(change, facts, command, now),
        _ => Refuse(change, command, $"nobody knows the command {command.Action}"),
    };

    public static Step Cancel(Change change, OperatorCommand command, DateTimeOffset now) =>
        Move(change, command, Cancelled, [Proposed, Resolving, Testing, AwaitingApproval, Approved], now);

    public static AnswerCommand Refuse(Change change, OperatorCommand command, string why) => new(
        change.Id, new CommandAnswer(command.Id, false, why), new Note("command.refused", [Words(command), why], change.Plan, command.Subject));

    private static Step Move(Change change, OperatorCommand command, ChangeStatus to, ChangeStatus[] from, DateTimeOffset now) => from.Contains(change.Status)
        ? Accept(change.To(to, now, command.Reason is null ? $"by {command.Subject}" : $"by {command.Subject}: {command.Reason}"), command)
        : Refuse(change, command, $"{change.Name} is {change.Status}; {Words(command)} is possible in {string.Join(", ", from)}");

    private static SaveChange Accept(Change next, OperatorCommand command) =>
        new(next, new Note(Planner.ActionOf(next.Status), [Words(command), next.Reason ?? "done"], next.Plan, command.Subject))
        {
            Answer = new CommandAnswer(command.Id, true, $"{next.Name} is {next.Status}"),
        };

    private static Step Start(Change change, Facts facts, Pipeline pipeline, OperatorCommand command, DateTimeOffset now)
    {
        if (change.Status != ChangeStatus.Approved)
        {
            return Refuse(change, command, $"{change.Name} is {change.Status}; only an approved change can be started");
        }

        var why = change.Policy != facts.Policy
            ? "the pipeline was edited since the plan was sealed: it is sealed and tested again"
            : facts.WhyStale(change) ?? WhyNotBegin(change, facts, pipeline, now);
        if (why is not null)
        {
            return Refuse(change, command, why);
        }

        var start = Planner.Start(change, facts, now);
        return new SaveChange(start.Next, start.Note with { Actor = command.Subject })
        {
            Begins = start.Begins,
            Answer = new CommandAnswer(command.Id, true, $"{change.Name} is {RollingOut}"),
        };
    }

    private static Step Rollback(Change change, Facts facts, OperatorCommand command, DateTimeOffset now) => WhyNotAlone(change, facts) is { } why
        ? Refuse(change, command, why)
        : Move(change, command, RollingBack, [Paused, Halted, Aborted, Completed, CompletedWithExceptions], now);

    // What was approved was approved on the evidence of before: a new run is new evidence, and needs new decisions.
    private static Step Test(Change change, OperatorCommand command, DateTimeOffset now) => change.Status is AwaitingApproval or ChangeStatus.Approved
        ? Accept(change.To(Testing, now, $"asked for by {command.Subject}") with { Evidence = null, EvidenceAt = null, InconclusiveRuns = 0, SandboxRuns = 0 }, command)
        : Refuse(change, command, $"{change.Name} is {change.Status}; it can be tested again while the board decides");

    private static Step Retry(Change change, Facts facts, Pipeline pipeline, OperatorCommand command, DateTimeOffset now)
    {
        if (change.Status is RollingBack or RolledBackWithExceptions)
        {
            return RetryRollback(change, facts, command, now);
        }

        var (task, why) = Find(change, facts, command, [HostTaskStatus.Failed, HostTaskStatus.NeedsAttention, HostTaskStatus.Offline], [RollingOut, Halted, RollingBack, RolledBackWithExceptions]);
        why ??= WhyNotBegin(change, facts, pipeline, now) ?? (task is null ? "there is no such host" : WhyBusy(facts, task));
        if (task is null || why is not null)
        {
            return Refuse(change, command, why ?? "there is no such host");
        }

        // A wave that works again has not ended, so it soaks and is checked again.
        var next = change.Wave == task.Wave ? change with { WaveDoneAt = null, GateAt = null } : change;
        return Again(next, command, task.Status switch
        {
            HostTaskStatus.Failed => task.Anew().To(HostTaskStatus.Running, now, null).With(TicketKind.Install),
            // Nothing had begun on it: its turn comes anew.
            _ when !task.IsTouched => task.Anew().To(HostTaskStatus.Staging, now, null),
            _ => task.Anew().To(HostTaskStatus.Verifying, now, null).With(TicketKind.CheckAfter),
        });
    }

    // A rollback needs no quorum: it is a part of the plan that was approved. A host that did not get back is tried again.
    private static Step RetryRollback(Change change, Facts facts, OperatorCommand command, DateTimeOffset now)
    {
        var (task, why) = Find(change, facts, command, [HostTaskStatus.NeedsAttention], [RollingBack, RolledBackWithExceptions]);
        why ??= facts.Behind ?? WhyNotAlone(change, facts) ?? (task is null ? "there is no such host" : WhyBusy(facts, task));
        return task is null || why is not null
            ? Refuse(change, command, why ?? "there is no such host")
            : Again(
                change.Status == RollingBack ? change : change.To(RollingBack, now, $"{Words(command)} by {command.Subject}"),
                command,
                task.Anew().To(HostTaskStatus.RollingBack, now, null).With(TicketKind.Rollback));
    }

    private static SaveChange Again(Change next, OperatorCommand command, HostTask task) =>
        new(next, new Note("host.retry", [Words(command), task.Ticket is { } ticket ? $"ticket {ticket}" : "nothing had begun on it"], next.Plan, command.Subject))
        {
            Tasks = [task],
            Answer = new CommandAnswer(command.Id, true, $"{task.Host} is {task.Status}"),
            Begins = true,
        };

    // What the board approved has a limit of hosts at work at once. A host that needs attention may be down, so it counts; but it does not
    // keep another from being looked at, or two of them would wait for each other for ever.
    private static string? WhyBusy(Facts facts, HostTask task)
    {
        var concurrency = facts.Plan!.Waves[task.Wave].Concurrency;
        var busy = facts.Tasks
            .Where(t => t.Host != task.Host && (t.Status.IsActive() || (t.Status == HostTaskStatus.NeedsAttention && task.Status == HostTaskStatus.Failed)))
            .ToList();
        return busy.Count < concurrency ? null
            : $"the plan lets {concurrency} hosts of wave {task.Wave} be at work at once, and {busy[0].Host} is {busy[0].Status}: wait for it, or see to it first";
    }

    private static string? WhyNotAlone(Change change, Facts facts) =>
        !change.IsInFlight && facts.Others.FirstOrDefault(o => o.IsInFlight && o.Hosts.Intersect(change.Hosts).Any()) is { } other
            ? $"CHG-{other.Id} is in flight on the same hosts: cancel it, or wait for it"
            : null;

    private static AnswerCommand Skip(Change change, Facts facts, OperatorCommand command, DateTimeOffset now)
    {
        var (task, why) = Find(change, facts, command, [HostTaskStatus.Pending, HostTaskStatus.Staging, HostTaskStatus.NeedsAttention], [RollingOut, Paused, Halted]);
        return task is null
            ? Refuse(change, command, why ?? "there is no such host")
            : Answer(change, command, task.To(HostTaskStatus.Skipped, now, $"left out by {command.Subject}{(command.Reason is null ? "" : $": {command.Reason}")}"), "left out");
    }

    private static AnswerCommand Answer(Change change, OperatorCommand command, HostTask next, string text) => new(
        change.Id,
        new CommandAnswer(command.Id, true, $"{next.Host} is {next.Status}"),
        new Note($"host.{command.Action.ToString().ToLowerInvariant()}", [Words(command), text], change.Plan, command.Subject))
    {
        Task = next,
    };

    private static (HostTask? Task, string? Why) Find(Change change, Facts facts, OperatorCommand command, HostTaskStatus[] of, ChangeStatus[] states)
    {
        if (!states.Contains(change.Status))
        {
            return (null, $"{change.Name} is {change.Status}; {Words(command)} is possible in {string.Join(", ", states)}");
        }

        var task = facts.Tasks.FirstOrDefault(t => t.Host == command.Host);
        return task is null ? (null, $"{change.Name} has no host '{command.Host}'")
            : of.Contains(task.Status) ? (task, null)
            : (null, $"{task.Host} is {task.Status}; {Words(command)} is possible in {string.Join(", ", of)}");
    }

    // Quorum and last moment are checked at each start, a retry's too.
    private static string? WhyNotBegin(Change change, Facts facts, Pipeline pipeline, DateTimeOffset now)
    {
        var quorum = Approvals.Count(change, pipeline, facts.Decisions, now);
        return facts.Behind is { } behind ? behind
            : !quorum.IsReached ? Approvals.Sentence(change, pipeline, quorum, facts.Plan!.NotAfter)
            : now > facts.Plan!.NotAfter ? $"the plan's last moment, {Moment.Text(facts.Plan.NotAfter)}, has passed"
            : null;
    }

    private static string Words(OperatorCommand command)
    {
        var action = command.Action.ToString().ToLowerInvariant();
        return command.Host is null ? action : $"{action} {command.Host}";
    }
}
