namespace PatchFlow.Client;

/// <summary>Where a change stands.</summary>
public enum ChangeState
{
    /// <summary>Patches apply to its hosts.</summary>
    Proposed,

    /// <summary>The exact files are being found.</summary>
    Resolving,

    /// <summary>It can't be installed as the pipeline demands.</summary>
    Unresolvable,

    /// <summary>The sealed plan is on its replicas.</summary>
    Testing,

    /// <summary>The sandbox showed that the patch breaks something, or came to no result.</summary>
    TestFailed,

    /// <summary>The board decides.</summary>
    AwaitingApproval,

    /// <summary>The quorum is there.</summary>
    Approved,

    /// <summary>A member of the board said no.</summary>
    Rejected,

    /// <summary>Nobody decided in time.</summary>
    Expired,

    /// <summary>A newer change takes its place.</summary>
    Superseded,

    /// <summary>A person withdrew it.</summary>
    Cancelled,

    /// <summary>Waves are running.</summary>
    RollingOut,

    /// <summary>An operator paused it.</summary>
    Paused,

    /// <summary>It stopped by itself.</summary>
    Halted,

    /// <summary>An operator ended it.</summary>
    Aborted,

    /// <summary>Hosts go back.</summary>
    RollingBack,

    /// <summary>All touched hosts are back.</summary>
    RolledBack,

    /// <summary>Some host did not get back.</summary>
    RolledBackWithExceptions,

    /// <summary>Every host has it, verified.</summary>
    Completed,

    /// <summary>Finished; some hosts failed within the limit, drifted, were offline or skipped.</summary>
    CompletedWithExceptions,
}

/// <summary>Standard, normal or emergency (ITIL 4).</summary>
public enum ChangeSort
{
    /// <summary>Pre-authorised.</summary>
    Standard,

    /// <summary>Decided by the board.</summary>
    Normal,

    /// <summary>Decided quickly by few.</summary>
    Emergency,
}

/// <summary>A change, a line of a list.</summary>
/// <param name="Id"><c>CHG-42</c>.</param>
/// <param name="Title">Packages and group.</param>
/// <param name="Group">The host group.</param>
/// <param name="Kind">Standard, normal or emergency.</param>
/// <param name="Pipeline">The policy's id.</param>
/// <param name="Status">Where it stands.</param>
/// <param name="Since">Since when.</param>
/// <param name="Reason">Why, where somebody or something stopped it.</param>
/// <param name="Hosts">How many hosts.</param>
/// <param name="Packages">How many packages are to be upgraded.</param>
/// <param name="Cves">How many CVEs the upgrades mend; 0 until it is resolved.</param>
/// <param name="Plan">The sealed plan's digest.</param>
/// <param name="Wave">The wave being worked on; -1 before the first.</param>
/// <param name="Waves">How many waves the plan has; 0 before it is sealed.</param>
/// <param name="Waiting">What it waits for.</param>
/// <param name="ProposedAt">When it was proposed.</param>
public sealed record ChangeSummary(
    string Id,
    string Title,
    string Group,
    ChangeSort Kind,
    string Pipeline,
    ChangeState Status,
    DateTimeOffset Since,
    string? Reason,
    int Hosts,
    int Packages,
    int Cves,
    string? Plan,
    int Wave,
    int Waves,
    WaitingFor? Waiting,
    DateTimeOffset ProposedAt);

/// <summary>A change to propose.</summary>
/// <param name="Group">The host group.</param>
/// <param name="Hosts">A part of its hosts; all to which something applies where it is left out.</param>
public sealed record ChangeProposal(string Group, IReadOnlyList<string>? Hosts = null);

/// <summary>A change as the board reads it: what, why, risk, tested, not tested, will happen, decided, waits for.</summary>
/// <param name="Summary">The line of the list.</param>
/// <param name="ProposedBy"><c>system</c> or <c>user:ID</c>.</param>
/// <param name="TriggeredBy"><c>system</c> or <c>user:ID</c>.</param>
/// <param name="Hosts">The hosts.</param>
/// <param name="Upgrades">Packages with old and new versions.</param>
/// <param name="Installs">New dependencies, once resolved.</param>
/// <param name="Irreversible">Packages whose old file can't be had: there is no way back.</param>
/// <param name="Restarts">Units that are restarted.</param>
/// <param name="Reboot">Whether a reboot belongs to it.</param>
/// <param name="Cves">CVE ids that the upgrades mend.</param>
/// <param name="Plan">The sealed plan; null before.</param>
/// <param name="Tested">The last sandbox run on the plan; null before.</param>
/// <param name="NotTested">What the replica could not show: the fidelity list over all profiles.</param>
/// <param name="Board">How the board stands; null before there is evidence.</param>
/// <param name="Rollout">How the rollout stands; null before there is one.</param>
/// <param name="Rank">The most urgent of its CVEs on one of its hosts; null where feeds say nothing of them.</param>
public sealed record ChangeView(
    ChangeSummary Summary,
    string ProposedBy,
    string TriggeredBy,
    IReadOnlyList<string> Hosts,
    IReadOnlyList<UpgradeView> Upgrades,
    IReadOnlyList<PackageView> Installs,
    IReadOnlyList<PackageView> Irreversible,
    IReadOnlyList<string> Restarts,
    bool Reboot,
    IReadOnlyList<string> Cves,
    PlanView? Plan,
    SandboxRunView? Tested,
    IReadOnlyList<string> NotTested,
    BoardView? Board,
    RolloutView? Rollout,
    RankView? Rank = null);

/// <summary>How urgent a vulnerability is on a host.</summary>
/// <param name="Priority">The class.</param>
/// <param name="Vulnerability">The CVE.</param>
/// <param name="Host">The host.</param>
/// <param name="Reasons">Why, in words: what decided first.</param>
public sealed record RankView(ExposurePriority Priority, string Vulnerability, string Host, IReadOnlyList<string> Reasons);

/// <summary>An upgrade of an installed package.</summary>
public sealed record UpgradeView(string Name, string Arch, string From, string To);

/// <summary>A package at a version.</summary>
public sealed record PackageView(string Name, string Arch, string Version);

/// <summary>The sealed plan, summarised. The document itself is at <c>/changes/{id}/plan</c>.</summary>
/// <param name="Digest">The SHA-256 of the document.</param>
/// <param name="Sequence">Rises over all plans of the installation.</param>
/// <param name="Policy">The digest of the pipeline under which it was sealed.</param>
/// <param name="NotAfter">No host starts after this.</param>
/// <param name="Contents">Profile and digest of each content part.</param>
/// <param name="Snapshots">The feed snapshots used.</param>
/// <param name="Waves">What will happen, in order.</param>
public sealed record PlanView(
    string Digest,
    long Sequence,
    string Policy,
    DateTimeOffset NotAfter,
    IReadOnlyList<PlanContentView> Contents,
    IReadOnlyList<PlanSnapshotView> Snapshots,
    IReadOnlyList<PlanWaveView> Waves);

/// <summary>A content part by profile.</summary>
public sealed record PlanContentView(string Profile, string Digest);

/// <summary>A feed snapshot that the plan uses.</summary>
public sealed record PlanSnapshotView(string Feed, DateTimeOffset Time, string Digest);

/// <summary>A wave as planned.</summary>
/// <param name="Number">From 0, the canary.</param>
/// <param name="Hosts">How many hosts.</param>
/// <param name="Errors">Errors tolerated.</param>
/// <param name="Soak">How long to wait after it, ISO 8601.</param>
/// <param name="Concurrency">Hosts at work at once.</param>
public sealed record PlanWaveView(int Number, int Hosts, int Errors, string Soak, int Concurrency);

/// <summary>What to do with a change, by an operator.</summary>
public enum CommandKind
{
    /// <summary>Begin the rollout of an approved change.</summary>
    Start,

    /// <summary>Let running hosts finish, start none.</summary>
    Pause,

    /// <summary>Go on after a pause.</summary>
    Resume,

    /// <summary>End the rollout: running hosts finish.</summary>
    Abort,

    /// <summary>Bring touched hosts back to the versions before.</summary>
    Rollback,

    /// <summary>Withdraw the change before its rollout.</summary>
    Cancel,

    /// <summary>Run the sandbox again before deciding.</summary>
    Test,

    /// <summary>Try a failed host again.</summary>
    Retry,

    /// <summary>Leave a host out.</summary>
    Skip,
}

/// <summary>A command. It is recorded, and carried out or refused within seconds.</summary>
/// <param name="Action">What.</param>
/// <param name="Host">The host, for retry and skip.</param>
/// <param name="Reason">Why; required for abort and rollback.</param>
public sealed record CommandRequest(CommandKind Action, string? Host = null, string? Reason = null);

/// <summary>A command and its answer.</summary>
/// <param name="Id">Its place in the order.</param>
/// <param name="Action">What.</param>
/// <param name="Host">The host, for retry and skip.</param>
/// <param name="Subject">Who, <c>user:ID</c>.</param>
/// <param name="Reason">Why.</param>
/// <param name="At">When it was given.</param>
/// <param name="AppliedAt">When it was answered; null while it is not.</param>
/// <param name="Accepted">Whether it was carried out; null while it is not answered.</param>
/// <param name="Answer">The answer in words.</param>
public sealed record CommandView(
    long Id, CommandKind Action, string? Host, string Subject, string? Reason, DateTimeOffset At, DateTimeOffset? AppliedAt, bool? Accepted, string? Answer);

/// <summary>One line of a change's history, from the audit log.</summary>
/// <param name="Sequence">The audit entry.</param>
/// <param name="At">When.</param>
/// <param name="Actor">Who: <c>system</c> or <c>user:ID</c>.</param>
/// <param name="Action">What.</param>
/// <param name="Object">On what.</param>
/// <param name="Details">More, in words.</param>
public sealed record TimelineEntry(long Sequence, DateTimeOffset At, string Actor, string Action, string Object, IReadOnlyList<string> Details);
