using System.Collections.Immutable;
using System.Text.Json.Serialization;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Hosts;

namespace PatchFlow.Core.Rollouts;

/// <summary>One host in one rollout (docs/architecture.md, "State").</summary>
public enum HostTaskStatus
{
    /// <summary>Its wave has not begun, or it waits for its turn.</summary>
    Pending,

    /// <summary>Files are being delivered; nothing on the host changes.</summary>
    Staging,

    /// <summary>The install ticket is at work, or may be.</summary>
    Running,

    /// <summary>The host may or may not have done what it was asked for: it must be asked.</summary>
    Unknown,

    /// <summary>Verification and health checks run.</summary>
    Verifying,

    /// <summary>Installed and verified.</summary>
    Succeeded,

    /// <summary>Install, verification or health checks failed.</summary>
    Failed,

    /// <summary>The rollback ticket is at work.</summary>
    RollingBack,

    /// <summary>Back at the FROM versions, verified.</summary>
    RolledBack,

    /// <summary>A person must look.</summary>
    NeedsAttention,

    /// <summary>An operator left it out.</summary>
    Skipped,

    /// <summary>It has neither FROM nor TO: a follow-up change takes it.</summary>
    Drifted,

    /// <summary>It could not be reached before anything began.</summary>
    Offline,
}

/// <summary>A host's task in a rollout. Only the reconciler writes it.</summary>
public sealed partial record HostTask
{
    /// <summary>The change.</summary>
    public required long Change { get; init; }

    /// <summary>The host's id.</summary>
    public required string Host { get; init; }

    /// <summary>The wave, from 0.</summary>
    public required int Wave { get; init; }

    /// <summary>Its place among the wave's targets, from 0.</summary>
    public required int Leaf { get; init; }

    /// <summary>Its profile.</summary>
    public required string Profile { get; init; }

    /// <summary>The digest of its content part.</summary>
    public required Digest Content { get; init; }

    /// <summary>The plan: its digest names the tickets.</summary>
    public required Digest Plan { get; init; }

    /// <summary>The revision that a save must still find.</summary>
    [JsonIgnore]
    public long Revision { get; init; }

    /// <summary>Where it stands.</summary>
    public required HostTaskStatus Status { get; init; }

    /// <summary>Since when.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>Install tickets begun.</summary>
    public int InstallAttempt { get; init; }

    /// <summary>Check-after tickets begun.</summary>
    public int CheckAttempt { get; init; }

    /// <summary>Rollback tickets begun.</summary>
    public int RollbackAttempt { get; init; }

    /// <summary>Check-rehearsed tickets begun (after a rollback in production).</summary>
    public int RehearsedAttempt { get; init; }

    /// <summary>Times in a row that the host did not answer since the last answer.</summary>
    public int Unreachable { get; init; }

    /// <summary>Not asked again before this.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>When it was last verified healthy.</summary>
    public DateTimeOffset? HealthyAt { get; init; }

    /// <summary>All planned files are on the host.</summary>
    public bool IsDelivered { get; init; }

    /// <summary>The ticket it works on, or worked on last.</summary>
    public string? Ticket { get; init; }

    /// <summary>The highest attempt of each kind that the host said it has. The next attempt is the one after it.</summary>
    public ImmutableSortedDictionary<TicketKind, int> Seen { get; init; } = ImmutableSortedDictionary<TicketKind, int>.Empty;

    /// <summary>Whether the host said that it has this ticket. Before that nothing is known of it.</summary>
    public bool IsStarted { get; init; }

    /// <summary>When the host first said that it has this ticket: the start of its time limit.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>
    /// Whether an attempt that may have changed the host ended halfway, so that the next one mends it: work that was begun on the host.
    /// </summary>
    public bool IsMending { get; init; }

    /// <summary>Whether this ticket is over without a result, so that the next attempt may begin.</summary>
    public bool IsDead { get; init; }

    /// <summary>The ticket's exit status where it is over with one that a further attempt may mend.</summary>
    public int? LastExit { get; init; }

    /// <summary>Further attempts begun by themselves in a row.</summary>
    public int Repeats { get; init; }

    /// <summary>Tickets whose outcome is kept here, and for which the host has no tombstone yet.</summary>
    public ImmutableArray<string> Uncompleted { get; init; } = [];

    /// <summary>Whether it failed and was not brought to success since: it counts as an error, also when it is left out.</summary>
    public bool IsError { get; init; }

    /// <summary>The next log byte to ask for.</summary>
    public long LogCursor { get; init; }

    /// <summary>Why it stands where it stands: the last thing that the host said, in words.</summary>
    public string? Detail { get; init; }
}
