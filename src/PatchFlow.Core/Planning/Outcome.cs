namespace PatchFlow.Core.Planning;

/// <summary>What happened when a step was performed on a host.</summary>
public abstract record Outcome
{
    private Outcome()
    {
    }

    /// <summary>All planned files are there, and every planned package has the version before or after.</summary>
    public sealed record Delivered : Outcome;

    /// <summary>The host is not as the plan needs it, and nothing was changed.</summary>
    /// <param name="Detail">What differs.</param>
    public sealed record Drifted(string Detail) : Outcome;

    /// <summary>The host has the ticket: it began now, or had begun before.</summary>
    public sealed record Started : Outcome;

    /// <summary>How the ticket stands.</summary>
    /// <param name="Standing">The state.</param>
    /// <param name="Exit">Its exit status where it has exited.</param>
    /// <param name="Cursor">The next log byte to ask for.</param>
    /// <param name="Said">The last thing it said, in words; null where it said nothing of note.</param>
    public sealed record Told(TicketStanding Standing, int? Exit, long Cursor, string? Said) : Outcome;

    /// <summary>The host keeps a tombstone for the ticket.</summary>
    /// <param name="Ticket">The ticket.</param>
    public sealed record Completed(string Ticket) : Outcome;

    /// <summary>The step was not performed, or nobody knows.</summary>
    /// <param name="Kind">Whether asking again may help.</param>
    /// <param name="Message">What went wrong, with the remedy.</param>
    public sealed record Failed(FailureKind Kind, string Message) : Outcome;
}

/// <summary>Whether asking again may help.</summary>
public enum FailureKind
{
    /// <summary>No answer, or not now: whether the step had an effect is unknown.</summary>
    Transient,

    /// <summary>The host refused: the step had no effect, and will be refused again.</summary>
    Permanent,

    /// <summary>It must not be tried again without a person having looked.</summary>
    Alarming,
}

/// <summary>The states of a ticket on its host (docs/formats.md, "Ticket and host protocol").</summary>
public enum TicketStanding
{
    /// <summary>The host does not know it.</summary>
    Absent,

    /// <summary>Claimed, not launched yet.</summary>
    Pending,

    /// <summary>At work.</summary>
    Running,

    /// <summary>Over, with an exit status.</summary>
    Exited,

    /// <summary>Launched, its process is dead, no exit status.</summary>
    Interrupted,

    /// <summary>Never launched, and it never will be.</summary>
    Lost,

    /// <summary>Completed before: a tombstone.</summary>
    Done,
}
