using System.Collections.Immutable;
using PatchFlow.Core.Documents;

namespace PatchFlow.Core.Auditing;

/// <summary>One line of the audit log: <c>entry.txt</c> of docs/formats.md. Kept as bytes, append-only.</summary>
public sealed partial record AuditEntry
{
    /// <summary>Rises by one from 1.</summary>
    public required long Sequence { get; init; }

    /// <summary>UTC, milliseconds.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary><c>system</c> or <c>user:ID</c>.</summary>
    public required string Actor { get; init; }

    /// <summary>Where it came from: an address, or <c>reconciler</c>, <c>console</c>, …</summary>
    public required string Origin { get; init; }

    /// <summary>What was done, for example <c>change.approve</c>.</summary>
    public required string Action { get; init; }

    /// <summary>On what, for example <c>change:42</c>.</summary>
    public required string Object { get; init; }

    /// <summary>The digest of what it is about; null where there is none.</summary>
    public Digest? Digest { get; init; }

    /// <summary>Free text lines, in the order given.</summary>
    public ImmutableArray<string> Details { get; init; } = [];
}
