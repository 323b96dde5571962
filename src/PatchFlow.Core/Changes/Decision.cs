using PatchFlow.Core.Documents;

namespace PatchFlow.Core.Changes;

/// <summary>A named statement on plan, evidence and policy digests: <c>decision.txt</c> of docs/formats.md.</summary>
public sealed partial record Decision
{
    /// <summary>The change.</summary>
    public required long Change { get; init; }

    /// <summary>The plan decided on.</summary>
    public required Digest Plan { get; init; }

    /// <summary>The evidence decided on.</summary>
    public required Digest Evidence { get; init; }

    /// <summary>The policy (pipeline digest) decided under.</summary>
    public required Digest Policy { get; init; }

    /// <summary><c>user:ID</c>.</summary>
    public required string Subject { get; init; }

    /// <summary>The gate, for example <c>change-board</c>.</summary>
    public required string Gate { get; init; }

    /// <summary>What was decided.</summary>
    public required Vote Vote { get; init; }

    /// <summary>When, UTC to the second.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>From when on it no longer counts.</summary>
    public required DateTimeOffset Expires { get; init; }

    /// <summary>128 random bits in 32 hex digits.</summary>
    public required string Nonce { get; init; }

    /// <summary>Free text; required for a rejection. Null where none was given.</summary>
    public string? Reason { get; init; }
}

/// <summary>Approve, reject or abstain.</summary>
public enum Vote
{
    /// <summary>Approve.</summary>
    Approve,

    /// <summary>Reject: one ends it.</summary>
    Reject,

    /// <summary>Abstain.</summary>
    Abstain,
}
