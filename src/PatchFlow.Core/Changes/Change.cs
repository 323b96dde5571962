using System.Collections.Immutable;
using System.Text.Json.Serialization;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Planning;

namespace PatchFlow.Core.Changes;

/// <summary>The unit that a board decides. Only the reconciler writes it.</summary>
public sealed record Change
{
    /// <summary>Rises by one; people see <c>CHG-{Id}</c>.</summary>
    public required long Id { get; init; }

    /// <summary>The revision that a save must still find (compare-and-swap).</summary>
    [JsonIgnore]
    public long Revision { get; init; }

    /// <summary>Where it stands.</summary>
    public required ChangeStatus Status { get; init; }

    /// <summary>Since when it stands there.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>One line for people: packages and group.</summary>
    public required string Title { get; init; }

    /// <summary>The host group that it bundles.</summary>
    public required string Group { get; init; }

    /// <summary>Standard, normal or emergency.</summary>
    public required ChangeKind Kind { get; init; }

    /// <summary>The pipeline's id.</summary>
    public required string Pipeline { get; init; }

    /// <summary><c>system</c> or <c>user:ID</c>.</summary>
    public required string ProposedBy { get; init; }

    /// <summary><c>system</c> or <c>user:ID</c>.</summary>
    public required string TriggeredBy { get; init; }

    /// <summary>When it was proposed.</summary>
    public required DateTimeOffset ProposedAt { get; init; }

    /// <summary>The hosts it is for, sorted.</summary>
    public required ImmutableArray<string> Hosts { get; init; }

    /// <summary>What applied when it was proposed, over all hosts, sorted.</summary>
    public ImmutableArray<PackageUpgrade> Patches { get; init; } = [];

    /// <summary>The feeds that list its patches.</summary>
    public ImmutableArray<string> Feeds { get; init; } = [];

    /// <summary>The digest over hosts and patches as proposed: the same is not proposed again by itself.</summary>
    public Digest? Applies { get; init; }

    /// <summary>CVE ids that the upgrades mend, from the packages' changelogs.</summary>
    public ImmutableArray<string> Cves { get; init; } = [];

    /// <summary>The document with changelog entries between old and new versions (JSON), once resolved.</summary>
    public Digest? Notes { get; init; }

    /// <summary>The sealed plan's digest.</summary>
    public Digest? Plan { get; init; }

    /// <summary>The digests of the plan's targets parts, one per wave.</summary>
    public ImmutableArray<Digest> Targets { get; init; } = [];

    /// <summary>The sealed plan's sequence.</summary>
    public long? Sequence { get; init; }

    /// <summary>The digest of the pipeline under which the plan was sealed.</summary>
    public Digest? Policy { get; init; }

    /// <summary>The digest of the evidence of the last finished sandbox run on this plan.</summary>
    public Digest? Evidence { get; init; }

    /// <summary>When that evidence was made.</summary>
    public DateTimeOffset? EvidenceAt { get; init; }

    /// <summary>Resolving runs begun (lost ones included).</summary>
    public int ResolveRuns { get; init; }

    /// <summary>Sandbox runs begun on this plan (lost ones included).</summary>
    public int SandboxRuns { get; init; }

    /// <summary>The last sandbox run whose result was taken: a later one is needed when the change is tested again.</summary>
    public long TakenRun { get; init; }

    /// <summary>Sandbox runs on this plan that were inconclusive.</summary>
    public int InconclusiveRuns { get; init; }

    /// <summary>The wave that is being worked on; -1 before the first.</summary>
    public int Wave { get; init; } = -1;

    /// <summary>When the last host of the current wave finished: the start of its soak.</summary>
    public DateTimeOffset? WaveDoneAt { get; init; }

    /// <summary>When the gate check after the current wave's soak began.</summary>
    public DateTimeOffset? GateAt { get; init; }

    /// <summary>When the first host was allowed to start.</summary>
    public DateTimeOffset? RolloutAt { get; init; }

    /// <summary>The approvals, by digest, that did not count when the rollout started, since their makers could not approve any more (ADR 8).</summary>
    public ImmutableArray<Digest> Uncounted { get; init; } = [];

    /// <summary>Why it stands where it stands, in words, where somebody or something stopped it.</summary>
    public string? Reason { get; init; }

    /// <summary>Whether the last host of an aborted change has ended, so that nothing is left to do.</summary>
    public bool IsSettled { get; init; }

    /// <summary>What it waits for; null when it waits for nothing. Kept beside the revision: what is shown is no decision.</summary>
    [JsonIgnore]
    public Waiting? Waiting { get; init; }

    /// <summary>What people call it.</summary>
    [JsonIgnore]
    public string Name => $"CHG-{Id}";

    /// <summary>Whether something is still to happen in it by itself.</summary>
    [JsonIgnore]
    public bool IsOpen => !Status.IsOver() && !(Status == ChangeStatus.Aborted && IsSettled);

    /// <summary>Whether it holds its hosts, so that other changes on them wait.</summary>
    [JsonIgnore]
    public bool IsInFlight => IsOpen && Status != ChangeStatus.Proposed;

    /// <summary>The same change in another state. Only what <see cref="Transitions"/> has is possible.</summary>
    /// <exception cref="InvalidOperationException">The table does not have it: a bug.</exception>
    public Change To(ChangeStatus status, DateTimeOffset now, string? reason = null)
    {
        Transitions.Require(Status, status);
        return this with { Status = status, Since = now, Reason = reason };
    }
}
