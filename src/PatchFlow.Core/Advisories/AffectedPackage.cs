using System.Collections.Immutable;

namespace PatchFlow.Core.Advisories;

/// <summary>What the vendor says will be done, where a package is affected.</summary>
public enum FixState
{
    /// <summary>A fixed version is published, or the ranges say which versions are not affected.</summary>
    Fixed,

    /// <summary>Affected, and no fixed version is known yet.</summary>
    NoFixYet,

    /// <summary>Affected, and the vendor will not mend it, or only with the next release (no-dsa, ignored, no_fix_planned).</summary>
    WillNotFix,

    /// <summary>Affected or not is no longer looked at: support has ended.</summary>
    SupportEnded,

    /// <summary>The vendor does not know yet whether it is affected.</summary>
    UnderInvestigation,

    /// <summary>Stated not to be affected.</summary>
    NotAffected,
}

/// <summary>How versions of a package are written and ordered.</summary>
public enum VersionScheme
{
    /// <summary>No order is known: only an exact version can be compared.</summary>
    Unknown,

    /// <summary>deb-version(7).</summary>
    Deb,

    /// <summary>rpm's epoch, version and release.</summary>
    Rpm,

    /// <summary>Alpine's.</summary>
    Apk,

    /// <summary>Semantic Versioning 2.0.0.</summary>
    SemVer,
}

/// <summary>What the vendor suggests to do after the update of a package.</summary>
[Flags]
public enum SuggestedActions
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>A reboot.</summary>
    Reboot = 1,

    /// <summary>Starting the package manager anew, before it goes on with other updates.</summary>
    Restart = 2,

    /// <summary>Logging in again.</summary>
    Relogin = 4,
}

/// <summary>What an advisory says of one package on one platform.</summary>
public sealed record AffectedPackage
{
    /// <summary>
    /// The platform as OSV writes ecosystems, reduced to what a host knows of itself: <c>Debian:12</c>, <c>Ubuntu:22.04</c>,
    /// <c>Ubuntu:Pro:16.04</c>, <c>Alpine:3.16</c>, <c>AlmaLinux:9</c>, <c>Rocky Linux:8</c>, <c>Windows:Server 2012 R2</c>. Empty where the document does not say:
    /// then it is that of the feed.
    /// </summary>
    public required string Platform { get; init; }

    /// <summary>The package's name.</summary>
    public required string Name { get; init; }

    /// <summary>Whether the name is that of a source package: then every binary package built from it is meant.</summary>
    public bool IsSource { get; init; }

    /// <summary>The architecture; null where all are meant. <c>src</c> is not a host's architecture and is read as null with <see cref="IsSource"/>.</summary>
    public string? Arch { get; init; }

    /// <summary>
    /// The module stream that it holds in, <c>name:stream</c>, without version, context and architecture: a host enables a stream, not one of its
    /// builds. Null where it is not modular. Who asks whether a host is concerned asks <see cref="Patches.ModuleStream.Concerns"/> too.
    /// </summary>
    public string? Module { get; init; }

    /// <summary>How its versions are ordered.</summary>
    public VersionScheme Scheme { get; init; }

    /// <summary>What is or will be done.</summary>
    public FixState State { get; init; }

    /// <summary>The affected versions as ranges; a union with <see cref="Versions"/>. Empty where the document gives none.</summary>
    public ImmutableArray<VersionRange> Ranges { get; init; } = [];

    /// <summary>Affected versions listed one by one.</summary>
    public ImmutableArray<string> Versions { get; init; } = [];

    /// <summary>The vendor's reason in words (no-dsa reason, justification, remediation text); null where none is given.</summary>
    public string? Note { get; init; }

    /// <summary>The CVEs that this is about, where the advisory has several and says so; empty where it is about all.</summary>
    public ImmutableArray<string> Cves { get; init; } = [];

    /// <summary>
    /// The product's name or id as published, where the format has products (CSAF, CVRF); of a modular package of a repository its module's build,
    /// <c>name:stream:version:context:arch</c>; else null.
    /// </summary>
    public string? Product { get; init; }

    /// <summary>What is suggested after the update of this package; an advisory that has one such package suggests it too.</summary>
    public SuggestedActions Suggested { get; init; }

    /// <summary>The vendor's update that mends it, where the vendor numbers updates (Microsoft); else null.</summary>
    public VendorUpdate? Update { get; init; }

    /// <summary>The package's file as published, where the format lists files; else null.</summary>
    public PublishedFile? File { get; init; }
}

/// <summary>The file of a package that mends an advisory.</summary>
/// <param name="Name">Its name, sometimes with a path, as published.</param>
/// <param name="Source">The source package's file, <c>xz-5.2.5-8.el9_0.src.rpm</c>; null where none is named.</param>
/// <param name="Sum">Its checksum; null where none is stated.</param>
public sealed record PublishedFile(string Name, string? Source, FileSum? Sum);

/// <summary>Affected versions: from <paramref name="Introduced"/> on, to before <paramref name="Fixed"/> or to <paramref name="LastAffected"/> inclusive.</summary>
/// <param name="Introduced">The first affected version; null for the very first.</param>
/// <param name="Fixed">The first version that is no longer affected; null where there is none.</param>
/// <param name="LastAffected">The last affected version, where that is known instead; never together with <paramref name="Fixed"/>.</param>
public sealed record VersionRange(string? Introduced, string? Fixed, string? LastAffected)
{
    /// <summary>Everything before a fixed version.</summary>
    public static VersionRange Before(string version) => new(null, version, null);

    /// <summary>Every version.</summary>
    public static VersionRange All { get; } = new(null, null, null);
}
