namespace PatchFlow.Client;

/// <summary>Where a host in a rollout stands.</summary>
public enum HostTaskState
{
    /// <summary>It waits for its turn.</summary>
    Pending,

    /// <summary>Files are being delivered.</summary>
    Staging,

    /// <summary>The install is at work, or may be.</summary>
    Running,

    /// <summary>It must be asked what it did.</summary>
    Unknown,

    /// <summary>Verification and health checks run.</summary>
    Verifying,

    /// <summary>Installed and verified.</summary>
    Succeeded,

    /// <summary>Install, verification or health checks failed.</summary>
    Failed,

    /// <summary>It goes back.</summary>
    RollingBack,

    /// <summary>It is back, verified.</summary>
    RolledBack,

    /// <summary>A person must look.</summary>
    NeedsAttention,

    /// <summary>An operator left it out.</summary>
    Skipped,

    /// <summary>It has neither old nor new versions.</summary>
    Drifted,

    /// <summary>It could not be reached before anything began.</summary>
    Offline,
}

/// <summary>Where a wave stands.</summary>
public enum WaveState
{
    /// <summary>It has not begun.</summary>
    Pending,

    /// <summary>Hosts are at work.</summary>
    Running,

    /// <summary>All its hosts have ended; it soaks, or its gate is being checked.</summary>
    Soaking,

    /// <summary>Its gate is passed.</summary>
    Passed,

    /// <summary>It is where the rollout was stopped.</summary>
    Stopped,
}

/// <summary>A rollout.</summary>
/// <param name="Change">The change.</param>
/// <param name="Status">Where the change stands.</param>
/// <param name="Wave">The wave being worked on; -1 before the first.</param>
/// <param name="StartedAt">When the first host was allowed to start.</param>
/// <param name="Waves">In order.</param>
/// <param name="Hosts">How many hosts are in each state.</param>
/// <param name="Exceptions">Hosts that somebody should look at.</param>
/// <param name="Waiting">What the change waits for.</param>
public sealed record RolloutView(
    string Change,
    ChangeState Status,
    int Wave,
    DateTimeOffset? StartedAt,
    IReadOnlyList<WaveView> Waves,
    IReadOnlyDictionary<HostTaskState, int> Hosts,
    IReadOnlyList<HostTaskView> Exceptions,
    WaitingFor? Waiting);

/// <summary>A wave.</summary>
/// <param name="Number">From 0.</param>
/// <param name="Name">The pipeline's name for it, for example <c>canary</c>.</param>
/// <param name="Hosts">How many hosts.</param>
/// <param name="Succeeded">How many are installed and verified.</param>
/// <param name="Ended">How many are done, however they ended.</param>
/// <param name="Errors">Hosts that count as an error.</param>
/// <param name="ErrorsTolerated">One more halts the rollout.</param>
/// <param name="Soak">How long it soaks, ISO 8601.</param>
/// <param name="SoakUntil">Until when, while it soaks.</param>
/// <param name="Concurrency">Hosts at work at once.</param>
/// <param name="State">Where it stands.</param>
/// <param name="States">How many of its hosts are in each state.</param>
public sealed record WaveView(
    int Number,
    string Name,
    int Hosts,
    int Succeeded,
    int Ended,
    int Errors,
    int ErrorsTolerated,
    string Soak,
    DateTimeOffset? SoakUntil,
    int Concurrency,
    WaveState State,
    IReadOnlyDictionary<HostTaskState, int> States);

/// <summary>A host in a rollout.</summary>
/// <param name="Change">The change.</param>
/// <param name="Host">The host.</param>
/// <param name="Wave">Its wave.</param>
/// <param name="Profile">Its profile.</param>
/// <param name="Status">Where it stands.</param>
/// <param name="Since">Since when.</param>
/// <param name="Attempt">Install attempts begun.</param>
/// <param name="Ticket">The ticket it works on, or worked on last.</param>
/// <param name="Detail">Why it stands where it stands, in words.</param>
/// <param name="NoContact">It has not answered since its last answer.</param>
/// <param name="VerifiedAt">When it was last verified healthy.</param>
public sealed record HostTaskView(
    string Change,
    string Host,
    int Wave,
    string Profile,
    HostTaskState Status,
    DateTimeOffset Since,
    int Attempt,
    string? Ticket,
    string? Detail,
    bool NoContact,
    DateTimeOffset? VerifiedAt);
