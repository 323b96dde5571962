using PatchFlow.Core.Hosts;
using PatchFlow.Core.Planning;

namespace PatchFlow.Core.Rollouts;

public sealed partial record HostTask
{
    // Exit statuses of the helper's tickets that have a meaning here (docs/host-protocol.md).
    private const int ExitDrifted = 10;
    private const int ExitFilesMissing = 11;
    private const int ExitLocked = 22;
    private const int ExitDamaged = 70;

    /// <summary>What follows from what happened. Nothing is guessed: what the host did not say is unknown, and is asked again.</summary>
    public HostTask After(Outcome outcome, DateTimeOffset now) => outcome switch
    {
        Outcome.Delivered => Answered() with { IsDelivered = true },
        Outcome.Drifted drifted => To(HostTaskStatus.Drifted, now, drifted.Detail),
        Outcome.Started => Known(now).Confirmed(now),
        Outcome.Told told => AfterTold(told, now),
        Outcome.Completed completed => Answered() with { Uncompleted = Uncompleted.Remove(completed.Ticket) },
        Outcome.Failed { Kind: FailureKind.Transient } failed => AfterNoAnswer(failed.Message, now),
        Outcome.Failed failed => AfterRefusal(failed, now),
        _ => throw new InvalidOperationException($"unknown outcome {outcome}"),
    };

    private HostTask Answered() => this with { Unreachable = 0, NotBefore = null };

    // An answer ends the doubt about a host that is at work.
    private HostTask Known(DateTimeOffset now) => Status == HostTaskStatus.Unknown ? To(HostTaskStatus.Running, now, Detail) : Answered();

    private HostTask AfterNoAnswer(string message, DateTimeOffset now)
    {
        var next = Status == HostTaskStatus.Running ? To(HostTaskStatus.Unknown, now, message) : this;
        next = next with { Unreachable = Unreachable + 1, NotBefore = now + Limits.BackOff(Unreachable + 1), Detail = message };
        return next.Status switch
        {
            HostTaskStatus.Staging when next.Unreachable >= Limits.OfflineAfter => To(HostTaskStatus.Offline, now, message),
            HostTaskStatus.Unknown or HostTaskStatus.Verifying or HostTaskStatus.RollingBack when next.Unreachable >= Limits.AttentionAfter =>
                next.To(HostTaskStatus.NeedsAttention, now, message),
            HostTaskStatus.Staging or HostTaskStatus.Unknown or HostTaskStatus.Verifying or HostTaskStatus.RollingBack => next,
            // Only tombstones are owed. They save space on the host; nothing depends on them.
            _ when next.Unreachable >= Limits.CompleteAfter => Answered() with { Uncompleted = [] },
            _ => next with { Detail = Detail },
        };
    }

    private HostTask AfterRefusal(Outcome.Failed failed, DateTimeOffset now) => Status switch
    {
        HostTaskStatus.Staging when failed.Kind == FailureKind.Permanent => To(HostTaskStatus.Failed, now, failed.Message),
        // A start that is refused before the host ever had the ticket changed nothing there.
        HostTaskStatus.Running or HostTaskStatus.Unknown or HostTaskStatus.Verifying when failed.Kind == FailureKind.Permanent && !IsStarted =>
            To(HostTaskStatus.Failed, now, failed.Message),
        HostTaskStatus.Staging or HostTaskStatus.Running or HostTaskStatus.Unknown or HostTaskStatus.Verifying or HostTaskStatus.RollingBack =>
            To(HostTaskStatus.NeedsAttention, now, failed.Message),
        _ => Answered() with { Uncompleted = [] },
    };

    private HostTask AfterTold(Outcome.Told told, DateTimeOffset now)
    {
        // A start of which nobody knew whether it arrived has arrived where the host knows the ticket.
        var next = (told.Standing == TicketStanding.Absent ? this : Confirmed(now)) with { LogCursor = told.Cursor };
        return told.Standing switch
        {
            TicketStanding.Absent when !IsStarted && TicketId!.Kind == TicketKind.Install => Back(now, $"{Ticket} never reached the host, and none may begin now"),
            TicketStanding.Absent => next.To(
                HostTaskStatus.NeedsAttention, now, $"the host has no ticket {Ticket} any more, which it was given: was it reinstalled, or restored from a backup?"),
            TicketStanding.Pending or TicketStanding.Running => next.AtWork(now),
            TicketStanding.Interrupted => next.Died(now, $"{Ticket} was interrupted: its process is dead and left no exit status"),
            TicketStanding.Lost => next.Died(now, $"{Ticket} was lost: it was never launched", isUnchanged: true),
            TicketStanding.Done => next.AfterTombstone(now),
            _ => next.Ended().AfterExit(told.Exit ?? ExitDamaged, told.Said, now),
        };
    }

    // Everything has a limit. The package manager is never signalled, so all that is left is that a person looks.
    private HostTask AtWork(DateTimeOffset now)
    {
        var kind = TicketId!.Kind;
        var limit = kind is TicketKind.Install or TicketKind.Rollback ? Limits.PackageWork : Limits.Checks;
        return now - (StartedAt ?? Since) < limit
            ? Known(now)
            : To(HostTaskStatus.NeedsAttention, now, string.Create(
                System.Globalization.CultureInfo.InvariantCulture,
                $"{Ticket} has run for {limit.TotalMinutes} minutes, and was not stopped: look on the host at what it waits for (its log, 'ps -ef --forest', dpkg's lock, a question of a maintainer script)"));
    }

    private HostTask Ended() => this with { Uncompleted = Ticket is null || Uncompleted.Contains(Ticket) ? Uncompleted : Uncompleted.Add(Ticket) };

    // The same ticket kind may be tried again, since the ticket is proven dead; what is on the host then is for the next attempt to mend.
    private HostTask Died(DateTimeOffset now, string detail, int? exit = null, bool isUnchanged = false)
    {
        var next = Status == HostTaskStatus.Running ? To(HostTaskStatus.Unknown, now, detail) : Answered();
        return next.Ended() with
        {
            IsDead = true,
            LastExit = exit,
            Detail = detail,
            IsMending = IsMending || (!isUnchanged && TicketId!.Kind == TicketKind.Install),
        };
    }

    // Somebody else completed it, so its exit status is gone: the package database decides.
    private HostTask AfterTombstone(DateTimeOffset now) => TicketId!.Kind is TicketKind.Install or TicketKind.Rollback
        ? AfterSuccess(now)
        : Died(now, $"{Ticket} was completed by another server, its result is not known here");

    private HostTask AfterExit(int exit, string? said, DateTimeOffset now)
    {
        var words = said ?? $"{Ticket} ended with exit status {exit}";
        return (TicketId!.Kind, exit) switch
        {
            (_, 0) => AfterSuccess(now),
            (TicketKind.Install, ExitDrifted) when InstallAttempt == 1 => To(HostTaskStatus.Drifted, now, words),
            (_, ExitFilesMissing) => Died(now, words, exit, isUnchanged: true) with { IsDelivered = false },
            (_, ExitLocked) => Died(now, words, exit, isUnchanged: true) with { NotBefore = now + Limits.BackOff(Repeats + 4) },
            (TicketKind.Rollback or TicketKind.CheckRehearsed, _) or (_, ExitDamaged) => To(HostTaskStatus.NeedsAttention, now, words),
            _ => To(HostTaskStatus.Failed, now, words),
        };
    }

    private HostTask AfterSuccess(DateTimeOffset now) => TicketId!.Kind switch
    {
        TicketKind.Install => To(HostTaskStatus.Verifying, now, null).With(TicketKind.CheckAfter) with { Repeats = 0, IsMending = false },
        TicketKind.CheckAfter => To(HostTaskStatus.Succeeded, now, null) with { Repeats = 0 },
        TicketKind.Rollback => (Answered() with { Since = now, Detail = null }).With(TicketKind.CheckRehearsed) with { Repeats = 0 },
        _ => To(HostTaskStatus.RolledBack, now, null) with { Repeats = 0 },
    };
}
