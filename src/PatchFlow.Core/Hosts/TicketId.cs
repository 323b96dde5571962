using PatchFlow.Core.Documents;

namespace PatchFlow.Core.Hosts;

/// <summary>The kinds of work that a host can be asked for (docs/formats.md, "Ticket and host protocol").</summary>
public enum TicketKind
{
    /// <summary>Deliver files.</summary>
    Stage,

    /// <summary>Functional checks before the patch.</summary>
    CheckBefore,

    /// <summary>Install the plan's content, restart the planned units.</summary>
    Install,

    /// <summary>Verification and functional checks after the patch.</summary>
    CheckAfter,

    /// <summary>Back to the plan's FROM versions.</summary>
    Rollback,

    /// <summary>Functional checks after the rehearsed rollback.</summary>
    CheckRehearsed,

    /// <summary>Restart the planned units.</summary>
    Restart,

    /// <summary>Reboot.</summary>
    Reboot,

    /// <summary>A hook.</summary>
    Hook,
}

/// <summary>The idempotency key of one kind of work and one attempt on one host: <c>{plan:12}.{kind}.{host}.a{attempt}</c>.</summary>
/// <param name="Plan">The first 12 hex digits of the plan's digest.</param>
/// <param name="Kind">The kind of work.</param>
/// <param name="Host">The host's id; <c>replica</c> in a sandbox.</param>
/// <param name="Attempt">Counted from 1 per plan, kind and host.</param>
public sealed partial record TicketId(string Plan, TicketKind Kind, string Host, int Attempt)
{
    /// <summary>The ticket of a plan.</summary>
    public static TicketId Of(Digest plan, TicketKind kind, string host, int attempt) => new(plan.Short, kind, host, attempt);
}
