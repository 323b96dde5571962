using System.Collections.Concurrent;
using PatchFlow.Core.Advisories;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Hosts;
using PatchFlow.Core.Patches;
using PatchFlow.Server.Feeds;

namespace PatchFlow.Server.Sandbox;

/// <summary>A package file that a verified snapshot lists.</summary>
internal sealed record Listing(FeedSnapshot Snapshot, AptPackage Package);

/// <summary>
/// Where package files come from during one piece of work: the snapshots that were current when it began, and for what none of them
/// lists any more the newest earlier ones, and the one from which a file that is kept was taken (ADR 0010). What none of those lists can't
/// be had, because nothing vouches for it.
/// </summary>
internal sealed class PackageSources(FeedCatalog catalog, FileStore files)
{
    private const int AtOnce = 4;
    private readonly IReadOnlyList<(FeedSnapshot Snapshot, PackageIndex Index)> _snapshots =
        [.. Readable(catalog, catalog.Current().OrderBy(s => s.Feed, StringComparer.Ordinal))];

    // Read only when a current snapshot fails to list something.
    private readonly Lazy<IReadOnlyList<(FeedSnapshot Snapshot, PackageIndex Index)>> _earlier = new(() => [.. Readable(catalog, catalog.Earlier())]);

    private readonly ConcurrentDictionary<(string Name, string Arch, string Version), Listing?> _kept = new();

    /// <summary>The snapshots, by name of their feed.</summary>
    public IEnumerable<FeedSnapshot> Snapshots => _snapshots.Select(s => s.Snapshot);

    /// <summary>The file of exactly this package, or null where no snapshot lists it, the earlier ones included.</summary>
    public Listing? Find(string name, string arch, string version) =>
        Find(_snapshots, name, arch, version) ?? FindDelisted(name, arch, version);

    /// <summary>The snapshots of which the host may get packages: another release's must not mend what its own can't.</summary>
    public IEnumerable<FeedSnapshot> SnapshotsFor(Inventory host) =>
        Snapshots.Where(s => SuiteReach.IsFor(host, s.Suite, catalog.CodenameOf(s), s.BaseAddress.AbsoluteUri));

    /// <summary>To how many of a hundred machines this version is released at most; null where that is all, and where no current snapshot lists it.</summary>
    public int? PhasedAt(string name, string arch, string version)
    {
        List<int?> listed = [.. _snapshots.Select(s => (s.Snapshot.Suite, Package: s.Index.Find(name, version, arch))).Where(s => s.Package is not null).Select(s => Phasing.PercentOf(s.Suite, s.Package!))];
        return listed.Contains(null) ? null : listed.Max();
    }

    /// <summary>All versions that are not released to all.</summary>
    public IEnumerable<(string Name, string Version)> Phased() =>
        _snapshots.SelectMany(s => s.Index.Phased).Where(p => PhasedAt(p.Name, p.Arch, p.Version) is not null).Select(p => (p.Name, p.Version)).Distinct().Order();

    private Listing? FindDelisted(string name, string arch, string version) => Find(_earlier.Value, name, arch, version)
        ?? _kept.GetOrAdd((name, arch, version), _ => Find(Readable(catalog, catalog.Keeping(name, arch, version)), name, arch, version));

    private static Listing? Find(IEnumerable<(FeedSnapshot Snapshot, PackageIndex Index)> snapshots, string name, string arch, string version)
    {
        foreach (var (snapshot, index) in snapshots)
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

    /// <summary>The package itself where its file can be had; else the next older version that is listed, else the next newer; else null.</summary>
    public InstalledPackage? Nearest(InstalledPackage package)
    {
        // An archive may have dropped what it does not list any more, so of that only a file that is kept counts.
        if (Find(_snapshots, package.Name, package.Arch, package.Version) is not null
            || (FindDelisted(package.Name, package.Arch, package.Version) is { } old && files.Has(old.Package.Sha256)))
        {
            return package;
        }

        var listed = _snapshots.SelectMany(s => s.Index.Find(package.Name)).Where(p => p.Arch == package.Arch).Select(p => DebianVersion.Parse(p.Version)).Order().ToList();
        return listed.Count == 0 ? null
            : !DebianVersion.TryParse(package.Version, out var wanted) ? package with { Version = listed[0].Text }
            : package with { Version = listed.Where(v => v < wanted).DefaultIfEmpty(listed[0]).Last().Text };
    }

    /// <summary>Has the file where its archive still does: false where it was dropped there and is not kept here.</summary>
    /// <exception cref="FeedException">The archive can't be reached.</exception>
    public async Task<bool> CanBeHadAsync(Listing listing, CancellationToken cancel)
    {
        try
        {
            await EnsureAsync(listing, cancel);
            return true;
        }
        catch (FeedException e) when (e.Fault == FeedFault.NotFound)
        {
            return false;
        }
    }

    private static IEnumerable<(FeedSnapshot Snapshot, PackageIndex Index)> Readable(FeedCatalog catalog, IEnumerable<FeedSnapshot> snapshots)
    {
        foreach (var snapshot in snapshots)
        {
            if (catalog.IndexOrNull(snapshot) is { } index)
            {
                yield return (snapshot, index);
            }
        }
    }

    /// <summary>Has the file, verified; its path.</summary>
    /// <exception cref="FeedException">It can't be had.</exception>
    public async Task<string> EnsureAsync(Listing listing, CancellationToken cancel) => (await EnsureAsync([listing], cancel))[listing.Package.Sha256];

    /// <summary>Has all of the files, several at a time.</summary>
    /// <exception cref="FeedException">One can't be had.</exception>
    public async Task<IReadOnlyDictionary<Digest, string>> EnsureAsync(IEnumerable<Listing> listings, CancellationToken cancel)
    {
        var wanted = listings.DistinctBy(l => l.Package.Sha256).ToList();
        var paths = new ConcurrentDictionary<Digest, string>();
        var limits = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancel };
        await Parallel.ForEachAsync(wanted, limits, async (l, token) => paths[l.Package.Sha256] = await files.EnsureAsync(l.Snapshot, l.Package, token));
        await catalog.KeptAsync([.. wanted.Select(l => (l.Snapshot, l.Package))], cancel);
        return paths;
    }
}
