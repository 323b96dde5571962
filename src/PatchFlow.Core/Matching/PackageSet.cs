using System.Collections;
using System.Collections.Immutable;
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

    /// <summary>A newer one is installed beside it, and which of the kernels runs is not known: it is matched, since this one may.</summary>
    PerhapsRunning,
}

/// <summary>
/// The packages of a host with all that decides what applies to them: platforms, module streams, holds. Hosts that are equal in all of it
/// have the same set, and are matched once.
/// </summary>
public sealed class PackageSet
{
    private readonly BitArray _held;
    private readonly PackageStanding[] _standings;

    internal PackageSet(Digest digest, MatchContext context, ImmutableArray<KnownPackage> packages, BitArray held, PackageStanding[] standings) =>
        (Digest, Context, Packages, Numbers, _held, _standings) = (digest, context, packages, [.. packages.Select(p => p.Number)], held, standings);

    /// <summary>What tells it from every other set.</summary>
    public Digest Digest { get; }

    /// <summary>The platforms, the most specific first.</summary>
    public ImmutableArray<string> Platforms => Context.Platforms.Names;

    /// <summary>The enabled module streams, sorted.</summary>
    public ImmutableArray<string> Modules => Context.Modules;

    /// <summary>The packages, sorted by name, architecture and version text.</summary>
    public ImmutableArray<KnownPackage> Packages { get; }

    /// <summary>The installed updates that have numbers, sorted.</summary>
    public ImmutableArray<string> Updates { get; init; } = [];

    internal MatchContext Context { get; }

    // The packages' numbers, side by side.
    internal int[] Numbers { get; }

    /// <summary>Whether the package at this place is on hold.</summary>
    public bool IsHeld(int index) => _held[index];

    /// <summary>How the package at this place stands among others of its name.</summary>
    public PackageStanding StandingOf(int index) => _standings[index];
}

/// <summary>What decides, besides a package itself, what advisories say of it; once for all sets that are alike in it.</summary>
internal sealed class MatchContext(PlatformList platforms, ImmutableArray<string> modules)
{
    /// <summary>The platforms.</summary>
    public PlatformList Platforms { get; } = platforms;

    /// <summary>The enabled module streams, sorted.</summary>
    public ImmutableArray<string> Modules { get; } = modules;
}

/// <summary>The platforms of a host, the most specific first; once for all contexts that have them.</summary>
internal sealed class PlatformList(ImmutableArray<string> names)
{
    /// <summary>Their names.</summary>
    public ImmutableArray<string> Names { get; } = names;

    /// <summary>How specific each is, by which what is said of one comes before what is said of another: SUSE's products of a host stand side by side.</summary>
    public int[] Ranks { get; } = [.. names.Select((name, i) => SusePlatforms.IsProduct(name) ? names.IndexOf(names.First(SusePlatforms.IsProduct)) : i)];

    /// <summary>How many of them are variants of the release; they are the first.</summary>
    public int Variants { get; } = names.TakeWhile(HostPlatforms.IsVariant).Count();

    /// <summary>The rank from which on they are names without a release; they are the last.</summary>
    public int Bare { get; } = names.TakeWhile(n => !Advisories.Platforms.LacksRelease(n)).Count();
}
