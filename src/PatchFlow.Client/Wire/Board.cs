namespace PatchFlow.Client;

/// <summary>Approve, reject or abstain.</summary>
public enum VoteKind
{
    /// <summary>Approve.</summary>
    Approve,

    /// <summary>Reject: one ends it.</summary>
    Reject,

    /// <summary>Abstain.</summary>
    Abstain,
}

/// <summary>How the board stands on a change.</summary>
/// <param name="Gate">The gate's name.</param>
/// <param name="Needed">Different members who must approve.</param>
/// <param name="Approvals">Approvals that count now.</param>
/// <param name="Plan">The digest to decide on.</param>
/// <param name="Evidence">The digest to decide on.</param>
/// <param name="Policy">The digest to decide on.</param>
/// <param name="Until">Until when the board can decide; null where it does not decide now.</param>
/// <param name="YouMay">Whether who asks may decide now.</param>
/// <param name="WhyNot">Why not.</param>
/// <param name="Decisions">All decisions, newest last.</param>
public sealed record BoardView(
    string Gate,
    int Needed,
    int Approvals,
    string Plan,
    string Evidence,
    string Policy,
    DateTimeOffset? Until,
    bool YouMay,
    string? WhyNot,
    IReadOnlyList<DecisionView> Decisions);

/// <summary>A decision to record. The digests are those that the person saw: if one has changed meanwhile, nothing is recorded.</summary>
/// <param name="Vote">What.</param>
/// <param name="Plan">The plan's digest.</param>
/// <param name="Evidence">The evidence's digest.</param>
/// <param name="Policy">The policy's digest.</param>
/// <param name="Reason">Why; required to reject.</param>
public sealed record DecisionRequest(VoteKind Vote, string Plan, string Evidence, string Policy, string? Reason = null);

/// <summary>A recorded decision.</summary>
/// <param name="Digest">The SHA-256 of the decision document.</param>
/// <param name="Subject">Who, <c>user:ID</c>.</param>
/// <param name="Vote">What.</param>
/// <param name="At">When.</param>
/// <param name="Expires">From when on it does not count.</param>
/// <param name="Plan">The plan decided on.</param>
/// <param name="Evidence">The evidence decided on.</param>
/// <param name="Policy">The policy decided under.</param>
/// <param name="Reason">Why.</param>
/// <param name="Token">The token that was used.</param>
/// <param name="Counts">Whether it counts now.</param>
/// <param name="WhyNot">Why it does not.</param>
public sealed record DecisionView(
    string Digest,
    string Subject,
    VoteKind Vote,
    DateTimeOffset At,
    DateTimeOffset Expires,
    string Plan,
    string Evidence,
    string Policy,
    string? Reason,
    string? Token,
    bool Counts,
    string? WhyNot);

/// <summary>What recording a decision led to.</summary>
/// <param name="Decision">The decision.</param>
/// <param name="Entry">The audit entry's sequence.</param>
/// <param name="Approvals">Approvals that count now.</param>
/// <param name="Needed">Approvals needed.</param>
public sealed record DecisionRecorded(DecisionView Decision, long Entry, int Approvals, int Needed);

/// <summary>What a sandbox run says.</summary>
public enum SandboxVerdict
{
    /// <summary>Everything that must hold, held.</summary>
    Pass,

    /// <summary>The patch broke something.</summary>
    Fail,

    /// <summary>The run says nothing about the patch.</summary>
    Inconclusive,
}

/// <summary>Where a piece of long work stands.</summary>
public enum RunState
{
    /// <summary>At work.</summary>
    Running,

    /// <summary>At its end, with a result.</summary>
    Done,

    /// <summary>Failed in a way that trying again may mend.</summary>
    Failed,

    /// <summary>It can't be done as the pipeline demands.</summary>
    Refused,

    /// <summary>Its worker is gone: nothing of it counts.</summary>
    Lost,
}

/// <summary>A sandbox run (or the resolving before it).</summary>
/// <param name="Number">From 1, per change.</param>
/// <param name="Status">Where it stands.</param>
/// <param name="Plan">The plan under test; null while resolving.</param>
/// <param name="StartedAt">When it began.</param>
/// <param name="EndedAt">When it ended.</param>
/// <param name="Message">What went wrong, with the remedy.</param>
/// <param name="Profiles">By profile.</param>
public sealed record SandboxRunView(
    int Number, RunState Status, string? Plan, DateTimeOffset StartedAt, DateTimeOffset? EndedAt, string? Message, IReadOnlyList<ProfileRunView> Profiles);

/// <summary>One profile of hosts in a run.</summary>
/// <param name="Profile">The profile.</param>
/// <param name="Stages">Its stages with their progress.</param>
/// <param name="Verdict">What the run says; null while it has no result.</param>
/// <param name="Bundle">The digest of everything that was done and said; the document is at <c>…/bundles/{profile}</c>.</param>
public sealed record ProfileRunView(string Profile, IReadOnlyList<StageView> Stages, SandboxVerdict? Verdict, string? Bundle);

/// <summary>A stage of a run.</summary>
/// <param name="Name">For example <c>before</c>, <c>patch</c>, <c>after</c>, <c>back-out</c>.</param>
/// <param name="State"><c>pending</c>, <c>running</c>, <c>pass</c>, <c>fail</c>, <c>inconclusive</c>.</param>
/// <param name="Seconds">How long it has taken.</param>
/// <param name="Detail">One line.</param>
public sealed record StageView(string Name, string State, double Seconds, string? Detail);
