using System.Collections.Concurrent;
using PatchFlow.Core.Advisories;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Patches;
using PatchFlow.Core.Planning;

namespace PatchFlow.Server.Feeds;

/// <summary>The read side of feeds: which snapshots there are, and what they list.</summary>
internal sealed class FeedCatalog(FeedList feeds, FeedStore store, FeedFolders folders, TimeProvider time)
{
    private const int MaxIndices = 12;
    private const int MaxEarlier = 12;
    private const int MaxRefusedShown = 100;
    private readonly KeptFiles _files = new(time);
    private readonly ConcurrentDictionary<(string Feed, Digest Index), string> _troubles = new();
    private readonly ConcurrentDictionary<(string Feed, Digest Index), Lazy<PackageIndex>> _indices = new();
    private readonly ConcurrentDictionary<(string Feed, Digest Index), (bool NotAutomatic, string Codename)> _releases = new();
    private readonly ConcurrentDictionary<(string Feed, Digest Index), string> _distrusted = new();

    /// <summary>The last good snapshot of each configured feed, by name. A feed that was never fetched has none; ask each whether it is stale.</summary>
    public IReadOnlyList<FeedSnapshot> Current() => [.. feeds.All.Select(f => Current(f)).OfType<FeedSnapshot>()];

    /// <summary>The last good snapshot of a feed, or null.</summary>
    public FeedSnapshot? Current(Feed feed) =>
        store.Row(feed.Name).Snapshot is { } digest && Find(feed.Name, digest) is { } snapshot ? snapshot with { Security = feed.Security } : null;

    /// <summary>A snapshot by its digest, also one that is not current any more: sealed plans refer to them. Null where it is not kept.</summary>
    public FeedSnapshot? Find(string feed, Digest index)
    {
        var folder = folders.Of(feed, index);
        return Directory.Exists(folder) ? store.Snapshot(feed, index)?.Snapshot(folder, feeds.Find(feed)?.MaxAge ?? TimeSpan.Zero) : null;
    }

    /// <summary>
    /// Earlier snapshots of the configured feeds, the newest of each feed first: what the vendor signed once it vouched for, also after
    /// its index lists newer versions only.
    /// </summary>
    public IEnumerable<FeedSnapshot> Earlier() => feeds.All.SelectMany(feed => store.Snapshots(feed.Name)
        .Where(digest => digest != store.Row(feed.Name).Snapshot)
        .Select(digest => Find(feed.Name, digest))
        .OfType<FeedSnapshot>()
        .Take(MaxEarlier));

    /// <summary>Snapshots of configured feeds that listed a package whose file is kept, however long ago its vendor delisted it.</summary>
    public IEnumerable<FeedSnapshot> Keeping(string name, string arch, string version) => store.Keeping(name, arch, version)
        .Where(k => feeds.Find(k.Feed) is not null)
        .Select(k => Find(k.Feed, k.Index))
        .OfType<FeedSnapshot>();

    /// <summary>Keeps which snapshot listed files that are kept here.</summary>
    public Task KeptAsync(IReadOnlyCollection<(FeedSnapshot Snapshot, AptPackage Package)> files, CancellationToken cancel) => store.KeptAsync(files, cancel);

    /// <summary>What a snapshot lists; null where it can't be read, which is logged and shown in health.</summary>
    public PackageIndex? IndexOrNull(FeedSnapshot snapshot)
    {
        try
        {
            var index = Index(snapshot);
            // What the index alone does not say, and an update depends on.
            _ = IsOnlyByName(snapshot);
            _troubles.TryRemove((snapshot.Feed, snapshot.Index), out _);
            return index;
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            _troubles[(snapshot.Feed, snapshot.Index)] = e.Message;
            return null;
        }
    }

    /// <summary>Why a snapshot could not be read at the last try; null where it could.</summary>
    public string? Trouble(FeedSnapshot snapshot) => _troubles.GetValueOrDefault((snapshot.Feed, snapshot.Index));

    /// <summary>Why nothing may be approved or started on a snapshot; null where it may.</summary>
    public string? WhyUnusable(FeedSnapshot snapshot, DateTimeOffset now) =>
        _distrusted.GetValueOrDefault((snapshot.Feed, snapshot.Index)) ?? Trouble(snapshot) ?? WhyBehind(snapshot)
        ?? (snapshot.IsStale(now) ? $"feed {snapshot.Feed} is stale since {snapshot.UsableUntil:u}: fetch it again, see 'patchflow feeds show {snapshot.Feed}'" : null);

    /// <summary>Why nothing may be approved or started on what a feed has in use; null where it may.</summary>
    public string? WhyUnusable(Feed feed, DateTimeOffset now) =>
        Current(feed) is { } snapshot ? WhyUnusable(snapshot, now) : $"feed {feed.Name} has no snapshot here: fetch it with 'patchflow feeds refresh {feed.Name}'";

    /// <summary>
    /// The feeds on which nothing may be approved or started: stale or unreadable ones, those that have no snapshot here, and those that
    /// were used and are not configured any more, since a plan may depend on them.
    /// </summary>
    public IEnumerable<StaleFeed> Unusable(DateTimeOffset now) => feeds.All
        .Select(f => (f.Name, Why: WhyUnusable(f, now)))
        .Concat(store.Rows().Where(r => feeds.Find(r.Name) is null).Select(r => (r.Name, Why: (string?)$"feed {r.Name} is not configured any more: declare it again, or propose the change anew")))
        .Where(f => f.Why is not null)
        .Select(f => new StaleFeed(f.Name, f.Why!));

    /// <summary>Where a newer state was in use already, as after restoring an old database, or nobody knows whether one was; null otherwise.</summary>
    public string? WhyBehind(FeedSnapshot snapshot) => store.Row(snapshot.Feed) is { MarkTrouble: { } trouble } ? trouble
        : store.Row(snapshot.Feed).Mark.Rewound is { } to && snapshot.Time > to
        ? $"feed {snapshot.Feed} is at {snapshot.Time:u}, and a person has let it go back to {to:u}: fetch it with 'patchflow feeds refresh {snapshot.Feed}'"
        : store.Row(snapshot.Feed).SeenOf(Feed.DatedByOf(snapshot.Suite)) is { } seen && snapshot.Time < seen
        ? $"feed {snapshot.Feed} is at {snapshot.Time:u}, and {seen:u} was in use already, as after restoring an old database: fetch it with 'patchflow feeds refresh {snapshot.Feed}'"
        : null;

    /// <summary>What a snapshot lists. Its files are hashed again before they are read.</summary>
    /// <exception cref="InvalidDataException">A file was altered or removed since it was verified.</exception>
    public PackageIndex Index(FeedSnapshot snapshot)
    {
        var kept = _indices.GetOrAdd((snapshot.Feed, snapshot.Index), _ => new Lazy<PackageIndex>(() => Load(snapshot)));
        PackageIndex index;
        try
        {
            index = kept.Value;
        }
        catch
        {
            // A failure is not kept: the files may be mended.
            _indices.TryRemove(new((snapshot.Feed, snapshot.Index), kept));
            throw;
        }

        if (_indices.Count > MaxIndices)
        {
            Forget();
        }

        return index;
    }

    /// <summary>The first stanzas of a snapshot that were refused, with the file that they are in; none where it can't be read.</summary>
    public static IReadOnlyList<(string File, RefusedStanza Stanza)> Refused(FeedSnapshot snapshot)
    {
        try
        {
            return snapshot.Refused == 0 ? [] : [.. Verified(snapshot).SelectMany(l => l.List.Refused.Select(r => (l.File, r))).Take(MaxRefusedShown)];
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>Writes the current snapshot of a feed as <see cref="FeedBundle"/> has it; its files are hashed again first. False where there is none.</summary>
    /// <exception cref="InvalidDataException">A file was altered since it was verified.</exception>
    public async Task<bool> ExportAsync(Feed feed, Stream to, CancellationToken cancel)
    {
        if (Current(feed) is not { } snapshot)
        {
            return false;
        }

        _ = Verified(snapshot).Count();
        await FeedBundle.WriteAsync(feed, snapshot, ReleaseOf(snapshot), to, cancel);
        return true;
    }

    /// <summary>The current snapshots as applicability takes them. One that can't be read is left out, and does not stop the others.</summary>
    public IReadOnlyList<FeedIndex> Indices() =>
    [
        .. Current().Select(s => (Snapshot: s, Index: IndexOrNull(s))).Where(s => s.Index is not null)
            .Select(s => new FeedIndex(s.Snapshot.Feed, s.Snapshot.Suite, s.Snapshot.BaseAddress.AbsoluteUri, s.Snapshot.Security && !IsOnlyByName(s.Snapshot), s.Index!) { Codename = CodenameOf(s.Snapshot) }),
    ];

    /// <summary>Whether the vendor says that nothing of the suite is installed unless asked for by name (NotAutomatic, as backports): nothing of it is proposed.</summary>
    /// <exception cref="InvalidDataException">The signed index was altered or removed.</exception>
    internal bool IsOnlyByName(FeedSnapshot snapshot) => SaysOf(snapshot).NotAutomatic;

    /// <summary>The code name that the signed index gives; empty where it gives none.</summary>
    /// <exception cref="InvalidDataException">The signed index was altered or removed.</exception>
    internal string CodenameOf(FeedSnapshot snapshot) => SaysOf(snapshot).Codename;

    /// <summary>Keeps why a snapshot is not trusted any more, or with null that it is. A feed is looked at at every start and fetch.</summary>
    internal void Distrust(FeedSnapshot snapshot, string? why)
    {
        if (why is null)
        {
            _distrusted.TryRemove((snapshot.Feed, snapshot.Index), out _);
        }
        else
        {
            _distrusted[(snapshot.Feed, snapshot.Index)] = why;
        }
    }

    /// <summary>Keeps the index that a fetch has parsed just now, and what the lists are that it wrote.</summary>
    internal void Remember(FeedSnapshot snapshot, FetchedLists lists)
    {
        _indices[(snapshot.Feed, snapshot.Index)] = new Lazy<PackageIndex>(lists.Index);
        foreach (var list in lists.Lists)
        {
            _files.Written(new KeptList(snapshot.Folder, list.Name), list.Digest, list.Shares);
        }
    }

    /// <summary>Whether the snapshot's files are what was verified, so that a fetch replaces what was altered or lost.</summary>
    internal bool IsIntact(FeedSnapshot snapshot)
    {
        try
        {
            var listed = Listed(ReleaseOf(snapshot));
            return snapshot.PackageLists.All(list => IsListed(listed, list, _files.DigestOf(list)));
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Whether every file that the feed's configuration needs is in the snapshot's folder, unaltered in name.</summary>
    internal static bool IsCompleteFor(Feed feed, FeedSnapshot snapshot) =>
        snapshot.BaseAddress == feed.Address && snapshot.Suite == feed.Suite && File.Exists(snapshot.SignedIndex) && AptIndexPaths.AreIn(snapshot.Folder, feed);

    private void Forget()
    {
        var current = Current().Select(s => (s.Feed, s.Index)).ToHashSet();
        foreach (var key in _indices.Keys.Where(k => !current.Contains(k)))
        {
            _indices.TryRemove(key, out _);
            _releases.TryRemove(key, out _);
        }
    }

    private (bool NotAutomatic, string Codename) SaysOf(FeedSnapshot snapshot) => _releases.GetOrAdd((snapshot.Feed, snapshot.Index), _ =>
    {
        var release = ReleaseOf(snapshot);
        return (release.NotAutomatic, release.Codename);
    });

    private static PackageIndex Load(FeedSnapshot snapshot) => PackageIndex.Of(Verified(snapshot).Select(list => list.List));

    /// <summary>What a kept snapshot's signed index says.</summary>
    /// <exception cref="InvalidDataException">It was altered or removed.</exception>
    internal static AptRelease ReleaseOf(FeedSnapshot snapshot) => AptReleaseParser.TryParse(SignedIndices.TextOf(snapshot), out var release, out var problem)
        ? release
        : throw new InvalidDataException($"{snapshot.SignedIndex}: {problem}");

    // From the digest that the database knows, over the signed index, to each list that it names.
    private static IEnumerable<(string File, AptPackageList List)> Verified(FeedSnapshot snapshot)
    {
        var listed = Listed(ReleaseOf(snapshot));
        foreach (var list in snapshot.PackageLists)
        {
            var read = PackageLists.Read(list);
            yield return IsListed(listed, list, read.Sha256)
                ? (list.Name, read.Packages)
                : throw new InvalidDataException($"{list.Whole} was altered since it was verified: fetch the feed {snapshot.Feed} again, and look for who wrote to {snapshot.Folder}");
        }
    }

    private static ILookup<string, Digest> Listed(AptRelease release) => release.Files.Values.ToLookup(f => FeedSnapshot.ListName(f.Path), f => f.Sha256);

    private static bool IsListed(ILookup<string, Digest> listed, KeptList list, Digest digest) => listed[list.Name].Contains(digest);
}
