using System.Collections.Immutable;
using PatchFlow.Core.Documents;

namespace PatchFlow.Core.Changes;

/// <summary>The head of a sealed plan: <c>plan.txt</c> of docs/formats.md. The plan's digest is the SHA-256 of these bytes.</summary>
public sealed partial record SealedPlan
{
    /// <summary>The change.</summary>
    public required long Change { get; init; }

    /// <summary>Rises over all plans of the installation.</summary>
    public required long Sequence { get; init; }

    /// <summary>Standard, normal or emergency.</summary>
    public required ChangeKind Kind { get; init; }

    /// <summary>The pipeline's id.</summary>
    public required string Pipeline { get; init; }

    /// <summary>The digest of the pipeline file's raw bytes: the policy digest.</summary>
    public required Digest PipelineDigest { get; init; }

    /// <summary><c>system</c> or <c>user:ID</c>.</summary>
    public required string ProposedBy { get; init; }

    /// <summary><c>system</c> or <c>user:ID</c>.</summary>
    public required string TriggeredBy { get; init; }

    /// <summary>Each feed snapshot used.</summary>
    public required ImmutableArray<PlanSnapshot> Snapshots { get; init; }

    /// <summary>Profile to content part.</summary>
    public required ImmutableArray<PlanContent> Contents { get; init; }

    /// <summary>The checks part.</summary>
    public required Digest Checks { get; init; }

    /// <summary>Waves in order; wave 0 is the canary.</summary>
    public required ImmutableArray<PlanWave> Waves { get; init; }

    /// <summary>Budgets by service.</summary>
    public ImmutableArray<PlanBudget> Budgets { get; init; } = [];

    /// <summary>Maintenance windows, as the canonical words after <c>window</c>.</summary>
    public ImmutableArray<string> Windows { get; init; } = [];

    /// <summary>No host starts after this.</summary>
    public required DateTimeOffset NotAfter { get; init; }
}

/// <summary>Standard, normal or emergency (ITIL 4).</summary>
public enum ChangeKind
{
    /// <summary>Pre-authorised.</summary>
    Standard,

    /// <summary>Decided by the board.</summary>
    Normal,

    /// <summary>Decided quickly by few.</summary>
    Emergency,
}

/// <summary>A feed snapshot used: its name, the index's own date, the digest of the raw signed index.</summary>
public sealed record PlanSnapshot(string Feed, DateTimeOffset Time, Digest Index);

/// <summary>A content part by profile.</summary>
public sealed record PlanContent(string Profile, Digest Content);

/// <summary>A wave: number, hosts, Merkle root of its targets, tolerated errors, soak, hosts at once.</summary>
public sealed record PlanWave(int Number, int Hosts, Digest Root, int Errors, TimeSpan Soak, int Concurrency);

/// <summary>How many members of a service may be down at once.</summary>
public sealed record PlanBudget(string Service, int Limit);
