using System.Collections.Immutable;
using System.Text.Json.Serialization;
using PatchFlow.Core.Documents;

namespace PatchFlow.Core.Changes;

/// <summary>Resolving, or a sandbox run.</summary>
public enum WorkKind
{
    /// <summary>Finds the exact files in a replica.</summary>
    Resolve,

    /// <summary>Tests the sealed plan.</summary>
    Sandbox,
}

/// <summary>Where a piece of long work stands.</summary>
public enum WorkStatus
{
    /// <summary>A worker has it; without a living worker it is lost.</summary>
    Running,

    /// <summary>It came to its end and its result is kept.</summary>
    Done,

    /// <summary>It failed in a way that trying again may mend.</summary>
    Failed,

    /// <summary>The change can't be resolved as its pipeline demands: trying again does not help.</summary>
    Refused,

    /// <summary>Its worker is gone (the server stopped): nothing of it counts.</summary>
    Lost,
}

/// <summary>Long work inside the server: nothing of it is trusted unless the row says <see cref="WorkStatus.Done"/>.</summary>
public sealed record WorkRun
{
    /// <summary>The run's id.</summary>
    public required long Id { get; init; }

    /// <summary>The revision that a save must still find.</summary>
    [JsonIgnore]
    public long Revision { get; init; }

    /// <summary>The change.</summary>
    public required long Change { get; init; }

    /// <summary>Resolve or sandbox.</summary>
    public required WorkKind Kind { get; init; }

    /// <summary>Counted from 1 per change and kind.</summary>
    public required int Number { get; init; }

    /// <summary>The plan under test; null while resolving.</summary>
    public Digest? Plan { get; init; }

    /// <summary>Where it stands.</summary>
    public required WorkStatus Status { get; init; }

    /// <summary>When it began.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Progress by profile.</summary>
    public ImmutableArray<ProfileProgress> Profiles { get; init; } = [];

    /// <summary>The document with what resolving found (JSON), once done.</summary>
    public Digest? Found { get; init; }

    /// <summary>Results by profile (sandbox).</summary>
    public ImmutableArray<EvidenceRun> Results { get; init; } = [];

    /// <summary>What went wrong, in words, with the remedy.</summary>
    public string? Message { get; init; }
}

/// <summary>One profile's progress through its stages.</summary>
public sealed record ProfileProgress(string Profile, ImmutableArray<StageProgress> Stages);

/// <summary>A stage: <c>replica</c>, <c>before</c>, <c>patch</c>, <c>after</c>, <c>back-out</c>, <c>rehearsed</c> (sandbox) or <c>files</c>, <c>replica</c>, <c>simulate</c> (resolving).</summary>
/// <param name="Name">The stage.</param>
/// <param name="State"><c>pending</c>, <c>running</c>, <c>pass</c>, <c>fail</c>, <c>inconclusive</c>.</param>
/// <param name="Seconds">How long it has taken; 0 while pending.</param>
/// <param name="Detail">One line, or null.</param>
public sealed record StageProgress(string Name, string State, double Seconds, string? Detail);
