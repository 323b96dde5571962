using System.Collections.Immutable;
using PatchFlow.Core.Documents;

namespace PatchFlow.Core.Rollouts;

/// <summary>The targets of one wave: a bare list of leaves, sorted (docs/formats.md).</summary>
public sealed partial record Targets
{
    /// <summary>The leaves, sorted bytewise by their line.</summary>
    public required ImmutableArray<Target> Hosts { get; init; }
}

/// <summary>A leaf: <c>host HOST PROFILE CONTENT-DIGEST</c>.</summary>
public sealed partial record Target(string Host, string Profile, Digest Content);
