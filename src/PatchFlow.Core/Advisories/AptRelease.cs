using System.Collections.Immutable;
using PatchFlow.Core.Documents;

namespace PatchFlow.Core.Advisories;

/// <summary>A file that a release lists: path below the suite's folder, size in bytes, SHA-256.</summary>
public sealed record AptReleaseFile(string Path, long SizeBytes, Digest Sha256);

/// <summary>The signed head of an apt suite: <c>Release</c>, or what is inside a verified <c>InRelease</c>.</summary>
public sealed record AptRelease
{
    /// <summary>Who publishes it; empty where absent, as with the other texts.</summary>
    public string Origin { get; init; } = "";

    /// <summary>The archive's label.</summary>
    public string Label { get; init; } = "";

    /// <summary>The suite, for example <c>stable-security</c>: it moves at a release.</summary>
    public string Suite { get; init; } = "";

    /// <summary>The code name, which never moves.</summary>
    public string Codename { get; init; } = "";

    /// <summary>When it was made.</summary>
    public required DateTimeOffset Date { get; init; }

    /// <summary>Until when it may be used; null where the vendor sets no limit.</summary>
    public DateTimeOffset? ValidUntil { get; init; }

    /// <summary>The architectures.</summary>
    public ImmutableArray<string> Architectures { get; init; } = [];

    /// <summary>The components as published, which may carry a prefix that index paths lack (<c>updates/main</c>).</summary>
    public ImmutableArray<string> Components { get; init; } = [];

    /// <summary>Whether indices can be had by their hash, so that a publication in the middle of a fetch does no harm.</summary>
    public bool AcquireByHash { get; init; }

    /// <summary>Whether <c>all</c> packages are repeated in each architecture's index, so that there is none of their own to read.</summary>
    public bool HasNoIndexForAll { get; init; }

    /// <summary>Whether packages of it are only installed when asked for by name (backports, experimental).</summary>
    public bool NotAutomatic { get; init; }

    /// <summary>The listed files by path.</summary>
    public required ImmutableSortedDictionary<string, AptReleaseFile> Files { get; init; }
}
