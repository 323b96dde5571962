using PatchFlow.Core.Advisories;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Hosts;
using PatchFlow.Core.Patches;
using PatchFlow.Server.Feeds;

namespace PatchFlow.Server.Sandbox;

/// <summary>A package file that a verified snapshot lists.</summary>
internal sealed record Listing(FeedSnapshot Snapshot, AptPackage Package);

/// <summary>
/// Where package files come from during one piece of work: the snapshots that were current when it began. What none of them lists can't be
/// had, because nothing vouches for it.
/// </summary>
internal sealed class PackageSources(FeedCatalog catalog, FileStore files)
{
    private const int AtOnce = 4;
    private readonly IReadOnlyList<(FeedSnapshot Snapshot, PackageIndex Index)> _snapshots =
        [.. catalog.Current().OrderBy(s => s.Feed, StringComparer.Ordinal).Select(s => (s, catalog.Index(s)))];

    /// <summary>The snapshots, by name of their feed.</summary>
    public IEnumerable<FeedSnapshot> Snapshots => _snapshots.Select(s => s.Snapshot);

    /// <summary>The file of exactly this package, or null where no snapshot lists it.</summary>
    public Listing? Find(string name, string arch, string version)
    {
        foreach (var (snapshot, index) in _snapshots)
        {
            if (index.Find(name, version, arch) is { } package)
            {
                return new Listing(snapshot, package);
            }
        }

        return null;
    }

    /// <inheritdoc cref="Find(string, string, string)"/>
    public Listing? Find(InstalledPackage package) => Find(package.Name, package.Arch, package.Version);

    /// <summary>The package itself where a snapshot lists it; else the next older version that is listed, else the next newer; else null.</summary>
    public InstalledPackage? Nearest(InstalledPackage package)
    {
        if (Find(package) is not null)
        {
            return package;
        }

        var listed = _snapshots.SelectMany(s => s.Index.Find(package.Name)).Where(p => p.Arch == package.Arch).Select(p => DebianVersion.Parse(p.Version)).Order().ToList();
        return listed.Count == 0 ? null
            : !DebianVersion.TryParse(package.Version, out var wanted) ? package with { Version = listed[0].Text }
            : package with { Version = listed.Where(v => v < wanted).DefaultIfEmpty(listed[0]).Last().Text };
    }

    /// <summary>Has the file, verified; its path.</summary>
    /// <exception cref="FeedException">It can't be had.</exception>
    public Task<string> EnsureAsync(Listing listing, CancellationToken cancel) => files.EnsureAsync(listing.Snapshot, listing.Package, cancel);

    /// <summary>Has all of the files, several at a time.</summary>
    /// <exception cref="FeedException">One can't be had.</exception>
    public async Task<IReadOnlyDictionary<Digest, string>> EnsureAsync(IEnumerable<Listing> listings, CancellationToken cancel)
    {
        var paths = new System.Collections.Concurrent.ConcurrentDictionary<Digest, string>();
        var limits = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancel };
        await Parallel.ForEachAsync(listings.DistinctBy(l => l.Package.Sha256), limits, async (l, token) => paths[l.Package.Sha256] = await EnsureAsync(l, token));
        return paths;
    }
}
