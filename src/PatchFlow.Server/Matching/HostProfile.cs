using System.Collections.Immutable;
using PatchFlow.Core.Advisories;
using PatchFlow.Core.Hosts;
using PatchFlow.Core.Matching;
using PatchFlow.Core.Patches;

namespace PatchFlow.Server.Matching;

/// <summary>A host as matching takes it, by what it says of itself.</summary>
internal static class HostProfile
{
    private const string Rebuild = "+b";

    /// <summary>
    /// The host's packages with their sources. A host whose helper is too old to tell them is helped out by the feeds of packages, which list
    /// the source of each package, though not of each version.
    /// </summary>
    public static HostPackages Of(Inventory inventory, Func<IReadOnlyList<FeedIndex>> feeds)
    {
        var (platforms, scheme) = HostPlatforms.Of(inventory.OsId, inventory.OsRelease, inventory.Sources);
        var origins = inventory.Origins.ToDictionary(o => (o.Name, o.Arch));
        IReadOnlyList<FeedIndex> listed = origins.Count == 0 ? [.. feeds().Where(f => f.IsFor(inventory))] : [];
        return new HostPackages
        {
            Platforms = platforms,
            Scheme = scheme,
            Kernel = inventory.Kernel,
            Holds = inventory.Holds,
            Packages = [.. inventory.Packages.Select(p => Package(p, scheme, origins.GetValueOrDefault((p.Name, p.Arch)) ?? Listed(p, listed)))],
        };
    }

    private static HostPackage Package(InstalledPackage package, VersionScheme scheme, PackageOrigin? origin) => scheme == VersionScheme.Deb
        ? HostPackage.OfDeb(package.Name, package.Version, package.Arch, origin?.Source, origin?.SourceVersion)
        : new HostPackage(package.Name, package.Version, package.Arch, origin?.Source ?? package.Name, origin?.SourceVersion ?? package.Version);

    private static PackageOrigin? Listed(InstalledPackage package, IReadOnlyList<FeedIndex> feeds)
    {
        var same = feeds.SelectMany(f => f.Index.Find(package.Name)).Where(p => p.Arch == package.Arch || p.Arch == "all").ToImmutableArray();
        var found = same.FirstOrDefault(p => p.Version == package.Version) ?? same.FirstOrDefault();
        return found is null ? null
            : new PackageOrigin(package.Name, package.Arch, found.Source, found.Version == package.Version ? found.SourceVersion : WithoutRebuild(package.Version));
    }

    // A package that was only built again has its source's version with +b1 behind it.
    private static string WithoutRebuild(string version)
    {
        var at = version.LastIndexOf(Rebuild, StringComparison.Ordinal);
        return at > 0 && at + 2 < version.Length && version[(at + 2)..].All(char.IsAsciiDigit) ? version[..at] : version;
    }
}
