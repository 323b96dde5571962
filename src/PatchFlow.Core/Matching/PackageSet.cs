using System.Collections;
using System.Collections.Immutable;
using PatchFlow.Core.Advisories;
using PatchFlow.Core.Documents;

namespace PatchFlow.Core.Matching;

/// <summary>How an installed package stands among others of its name.</summary>
public enum PackageStanding
{
    /// <summary>It is the only one, or the newest: what counts.</summary>
    Current,

    /// <summary>A newer one is installed beside it, which the next boot takes: it is not matched.</summary>
    Older,

    /// <summary>A newer one is installed beside it, but this is the kernel that runs: what is open of it is closed by a reboot.</summary>
    RunningOlder,
}

/// <summary>
/// The packages of a host with all that decides what applies to them: platforms, module streams, holds. Hosts that are equal in all of it
/// have the same set, and are matched once.
/// </summary>
public sealed class PackageSet
{
    private readonly BitArray _held;
    private readonly PackageStanding[] _standings;

    internal PackageSet(Digest digest, HostPackages host, ImmutableArray<KnownPackage> packages, BitArray held, PackageStanding[] standings, int[] platforms)
    {
        (Digest, Packages, _held, _standings, PlatformNumbers) = (digest, packages, held, standings, platforms);
        (Platforms, Scheme, Modules) = (host.Platforms, host.Scheme, host.Modules);
        HasOlder = Array.Exists(standings, s => s != PackageStanding.Current);
    }

    /// <summary>What tells it from every other set.</summary>
    public Digest Digest { get; }

    /// <summary>The platforms, the most specific first.</summary>
    public ImmutableArray<string> Platforms { get; }

    /// <summary>How versions are ordered.</summary>
    public VersionScheme Scheme { get; }

    /// <summary>The enabled module streams.</summary>
    public ImmutableArray<string> Modules { get; }

    /// <summary>The packages, sorted by name, architecture and version text.</summary>
    public ImmutableArray<KnownPackage> Packages { get; }

    internal int[] PlatformNumbers { get; }

    internal bool HasOlder { get; }

    /// <summary>Whether the package at this place is on hold.</summary>
    public bool IsHeld(int index) => _held[index];

    /// <summary>How the package at this place stands among others of its name.</summary>
    public PackageStanding StandingOf(int index) => _standings[index];

    /// <summary>The place of a package; -1 where the set does not have it.</summary>
    internal int IndexOf(KnownPackage package)
    {
        var at = Packages.AsSpan().BinarySearch(package, PackageSets.ByName);
        return at >= 0 ? at : -1;
    }
}
