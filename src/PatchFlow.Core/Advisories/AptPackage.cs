using PatchFlow.Core.Documents;

namespace PatchFlow.Core.Advisories;

/// <summary>One stanza of a <c>Packages</c> index: a package file that the vendor's signature covers.</summary>
public sealed record AptPackage
{
    /// <summary>The binary package's name.</summary>
    public required string Name { get; init; }

    /// <summary>Its version, in dpkg's grammar.</summary>
    public required string Version { get; init; }

    /// <summary>Its architecture, for example <c>amd64</c> or <c>all</c>.</summary>
    public required string Arch { get; init; }

    /// <summary>The source package; the package's own name where the field is absent.</summary>
    public required string Source { get; init; }

    /// <summary>The source package's version, which is the changelog's; the package's own where none is given.</summary>
    public required string SourceVersion { get; init; }

    /// <summary>The path of the file below the archive's base address: relative, without <c>..</c> and scheme.</summary>
    public required string Filename { get; init; }

    /// <summary>The file's size in bytes.</summary>
    public required long SizeBytes { get; init; }

    /// <summary>The file's SHA-256.</summary>
    public required Digest Sha256 { get; init; }

    /// <summary>The <c>Depends</c> field as written; null where absent.</summary>
    public string? Depends { get; init; }

    /// <summary>The <c>Pre-Depends</c> field as written; null where absent.</summary>
    public string? PreDepends { get; init; }

    /// <summary>The <c>Provides</c> field as written; null where absent.</summary>
    public string? Provides { get; init; }

    /// <summary>Ubuntu's <c>Phased-Update-Percentage</c>: to how many of a hundred machines the vendor has released it so far; null where it is for all.</summary>
    public int? PhasedPercent { get; init; }
}

/// <summary>A stanza that was refused while the rest went in.</summary>
/// <param name="Stanza">Its number in the index, from 1.</param>
/// <param name="Line">The line that is wrong, or on which the stanza begins, from 1.</param>
/// <param name="Reason">What is wrong.</param>
public sealed record RefusedStanza(int Stanza, int Line, string Reason);

/// <summary>What a <c>Packages</c> index holds.</summary>
/// <param name="Packages">The stanzas that are whole.</param>
/// <param name="Refused">The refused ones: the first 1,000.</param>
/// <param name="RefusedCount">How many were refused.</param>
public sealed record AptPackageList(IReadOnlyList<AptPackage> Packages, IReadOnlyList<RefusedStanza> Refused, int RefusedCount);
