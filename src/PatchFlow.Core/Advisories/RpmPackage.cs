using System.Collections.Immutable;

namespace PatchFlow.Core.Advisories;

/// <summary>A package file that a repository of rpm lists; the signature of its index covers it through checksums.</summary>
public sealed record RpmPackage
{
    /// <summary>The package's name.</summary>
    public required string Name { get; init; }

    /// <summary>Epoch, version and release as rpm compares them; epoch 0 is not written.</summary>
    public required string Version { get; init; }

    /// <summary>Its architecture, <c>noarch</c>, or <c>src</c>.</summary>
    public required string Arch { get; init; }

    /// <summary>The file's checksum.</summary>
    public required FileSum Checksum { get; init; }

    /// <summary>The file's path below the repository's address.</summary>
    public required string Location { get; init; }

    /// <summary>The file's size.</summary>
    public required long SizeBytes { get; init; }

    /// <summary>What it takes when installed; null where not stated.</summary>
    public long? InstalledBytes { get; init; }

    /// <summary>When it was built; null where not stated.</summary>
    public DateTimeOffset? Built { get; init; }

    /// <summary>The source package's file, <c>xz-5.2.5-8.el9_0.src.rpm</c>; null for a source package.</summary>
    public string? SourceFile { get; init; }

    /// <summary>Who built it; null where not stated.</summary>
    public string? Vendor { get; init; }

    /// <summary>What it provides besides the files that it has.</summary>
    public ImmutableArray<RpmRelation> Provides { get; init; } = [];

    /// <summary>What it needs.</summary>
    public ImmutableArray<RpmRelation> Requires { get; init; } = [];

    /// <summary>What it replaces.</summary>
    public ImmutableArray<RpmRelation> Obsoletes { get; init; } = [];

    /// <summary>What it can't be installed with.</summary>
    public ImmutableArray<RpmRelation> Conflicts { get; init; } = [];

    /// <summary>Files that the index lists for it, since others may need them by path.</summary>
    public ImmutableArray<string> Files { get; init; } = [];
}

/// <summary>How the version of a relation compares.</summary>
public enum RpmComparison
{
    /// <summary>Every version.</summary>
    Any,

    /// <summary>Older than it.</summary>
    Less,

    /// <summary>It or older.</summary>
    LessOrEqual,

    /// <summary>Exactly it.</summary>
    Equal,

    /// <summary>It or newer.</summary>
    GreaterOrEqual,

    /// <summary>Newer than it.</summary>
    Greater,
}

/// <summary>Something that a package provides, needs, replaces or conflicts with.</summary>
/// <param name="Name">A package, a capability such as <c>libc.so.6(GLIBC_2.34)(64bit)</c>, a path, or a condition in brackets.</param>
/// <param name="Comparison">How <paramref name="Version"/> compares.</param>
/// <param name="Version">Epoch, version and, where it is written, release; null where every version is meant.</param>
public sealed record RpmRelation(string Name, RpmComparison Comparison, string? Version);
