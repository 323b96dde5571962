using System.Collections.Immutable;
using PatchFlow.Core.Advisories;

namespace PatchFlow.Core.Matching;

/// <summary>What is known of a host for matching.</summary>
public sealed record HostPackages
{
    /// <summary>
    /// The platforms whose advisories it follows, as <see cref="AffectedPackage.Platform"/> has them, the most specific first: <c>Ubuntu:Pro:16.04</c>,
    /// <c>Ubuntu:16.04</c>. What the more specific one says of a vulnerability counts before what the others say of it.
    /// </summary>
    public required ImmutableArray<string> Platforms { get; init; }

    /// <summary>How its packages' versions are ordered.</summary>
    public required VersionScheme Scheme { get; init; }

    /// <summary>The installed packages.</summary>
    public required ImmutableArray<HostPackage> Packages { get; init; }

    /// <summary>The enabled module streams, <c>name:stream</c>.</summary>
    public ImmutableArray<string> Modules { get; init; } = [];

    /// <summary>The installed updates of products that are mended by updates with numbers, <c>KB5034122</c>.</summary>
    public ImmutableArray<string> Updates { get; init; } = [];

    /// <summary>Names of packages on hold, <c>name</c> or <c>name:arch</c>.</summary>
    public ImmutableArray<string> Holds { get; init; } = [];

    /// <summary>The running kernel's release; empty where it is not known.</summary>
    public string Kernel { get; init; } = "";
}
