using PatchFlow.Core.Changes;
using PatchFlow.Core.Planning;
using PatchFlow.Core.Rollouts;

namespace PatchFlow.Server.Reconcile;

/// <summary>
/// Performs steps and chooses nothing: all choices are in the agenda and in the sealed plan. A step on a host was saved, with its audit
/// entry, before it is performed here; what came of it is saved after.
/// </summary>
internal sealed class Executor(ChangeStore store, Sealing sealing, WorkRuns work, HostEffects effects, TimeProvider time, ILogger<Executor> log)
{
    /// <summary>Performs a step.</summary>
    /// <returns>Whether anything was saved, so that there may be more to plan.</returns>
    public Task<bool> PerformAsync(Step step, Loaded from, CancellationToken cancel) => step switch
    {
        SaveChange save => SaidAsync(store.SaveAsync(save, from, cancel), save.Next, null, save.Note),
        AnswerCommand answer => SaidAsync(store.SaveAsync(answer, cancel), from.Change, answer.Task, answer.Note),
        SaveTask save => SaidAsync(store.SaveAsync(save, from, cancel), from.Change, save.Next, save.Note),
        BeginWork begin => work.BeginAsync(begin, cancel),
        LoseWork lose => work.LoseAsync(lose, cancel),
        SealPlan seal => sealing.SealAsync(seal, cancel),
        Deliver deliver => OnHostAsync(deliver.Task, async () => await effects.DeliverAsync(deliver.Task, from, cancel), cancel),
        StartTicket start => OnHostAsync(start.Task, () => effects.StartAsync(start.Task, from, cancel), cancel),
        AskTicket ask => OnHostAsync(ask.Task, async () => await effects.AskAsync(ask.Task, cancel), cancel),
        CompleteTicket complete => OnHostAsync(complete.Task, async () => await effects.CompleteAsync(complete, cancel), cancel),
        _ => throw new InvalidOperationException($"nobody performs {step.GetType().Name}"),
    };

    private async Task<bool> SaidAsync(Task<bool> saving, Change change, HostTask? task, Note note)
    {
        var isSaved = await saving;
        if (isSaved)
        {
            log.LogInformation(
                "CHG-{Change} wave={Wave} host={Host} {Action} ticket={Ticket} {Details}",
                change.Id, task?.Wave ?? change.Wave, task?.Host ?? "-", note.Action, task?.Ticket ?? "-", string.Join("; ", note.Details));
        }

        return isSaved;
    }

    private async Task<bool> OnHostAsync(HostTask task, Func<Task<HostOutcome?>> effect, CancellationToken cancel)
    {
        if (!store.IsCurrent(task))
        {
            return false;
        }

        if (await TryAsync(effect, cancel) is not var (outcome, words))
        {
            return false;
        }

        var next = task.After(outcome, time.GetUtcNow());
        if (next == task && words is null)
        {
            return false;
        }

        Log(task, next, outcome);
        return await store.SaveOutcomeAsync(next, NoteOf(task, next), words, cancel) && IsProgress(task, next);
    }

    // The one place where what went wrong with an effect becomes an outcome. What went wrong with this server itself is no outcome of the
    // host's: the step failed, is shown in health, and is tried again.
    private async Task<HostOutcome?> TryAsync(Func<Task<HostOutcome?>> effect, CancellationToken cancel)
    {
        try
        {
            return await effect();
        }
        catch (Exception e) when (!(e is OperationCanceledException && cancel.IsCancellationRequested) && !HostFailures.IsOurs(e))
        {
            var failed = HostFailures.Judge(e);
            if (failed.Kind == FailureKind.Alarming)
            {
                log.LogError(e, "a step on a host failed in a way that a person must look at");
            }

            return new HostOutcome(failed, null);
        }
    }

    private static Note? NoteOf(HostTask before, HostTask next)
    {
        if (before.Status == next.Status && before.Ticket == next.Ticket && before.IsDead == next.IsDead)
        {
            return null;
        }

        var details = new List<string>();
        if (before.Ticket is { } ended && (before.Ticket != next.Ticket || before.Status != next.Status))
        {
            details.Add($"after ticket {ended}");
        }

        if (next.Ticket is { } issued && issued != before.Ticket)
        {
            details.Add($"ticket {issued}");
        }

        if (next.Detail is { } detail)
        {
            details.Add(detail);
        }

        return new Note(Planner.ActionOf("host", next.Status.ToString()), [.. details], next.Plan);
    }

    // A poll that only moved a cursor is no reason to plan again at once.
    private static bool IsProgress(HostTask before, HostTask next) =>
        next with { LogCursor = before.LogCursor } != before && next.NotBefore is null;

    private void Log(HostTask before, HostTask next, Outcome outcome)
    {
        if (before.Status != next.Status)
        {
            log.LogInformation(
                "CHG-{Change} wave={Wave} host={Host} {From} -> {To} ticket={Ticket} {Detail}",
                next.Change, next.Wave, next.Host, before.Status, next.Status, before.Ticket, next.Detail);
        }
        else if (outcome is Outcome.Failed failed)
        {
            log.LogWarning(
                "CHG-{Change} wave={Wave} host={Host} {Status} ticket={Ticket} {Message}", next.Change, next.Wave, next.Host, next.Status, next.Ticket, failed.Message);
        }
    }
}

/// <summary>What happened on a host, and the log bytes that came with it.</summary>
internal sealed record HostOutcome(Outcome Outcome, TicketWords? Words);
