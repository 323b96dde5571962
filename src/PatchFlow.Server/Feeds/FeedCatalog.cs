using System.Collections.Concurrent;
using PatchFlow.Core.Advisories;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Patches;

namespace PatchFlow.Server.Feeds;

/// <summary>The read side of feeds: which snapshots there are, and what they list.</summary>
internal sealed class FeedCatalog(FeedList feeds, FeedStore store, FeedFolders folders)
{
    private const int MaxIndices = 12;
    private readonly ConcurrentDictionary<(string Feed, Digest Index), Lazy<PackageIndex>> _indices = new();

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

    /// <summary>What a snapshot lists. Its files are hashed again before they are read.</summary>
    /// <exception cref="InvalidDataException">A file was altered or removed since it was verified.</exception>
    public PackageIndex Index(FeedSnapshot snapshot)
    {
        var index = _indices.GetOrAdd((snapshot.Feed, snapshot.Index), _ => new Lazy<PackageIndex>(() => Load(snapshot))).Value;
        if (_indices.Count > MaxIndices)
        {
            Forget();
        }

        return index;
    }

    /// <summary>The current snapshots as applicability takes them.</summary>
    public IReadOnlyList<FeedIndex> Indices() =>
        [.. Current().Select(s => new FeedIndex(s.Feed, s.Suite, s.BaseAddress.AbsoluteUri, s.Security, Index(s)))];

    /// <summary>Keeps the index that a fetch has parsed just now.</summary>
    internal void Remember(FeedSnapshot snapshot, PackageIndex index) => _indices[(snapshot.Feed, snapshot.Index)] = new Lazy<PackageIndex>(index);

    /// <summary>Whether every file that the feed's configuration needs is in the snapshot's folder, unaltered in name.</summary>
    internal static bool IsCompleteFor(Feed feed, FeedSnapshot snapshot) =>
        snapshot.BaseAddress == feed.Address && snapshot.Suite == feed.Suite && File.Exists(snapshot.InRelease)
        && feed.Components.All(c => File.Exists(Path.Combine(snapshot.Folder, FeedSnapshot.ListName($"{c}/binary-{feed.Arch}/Packages"))));

    private void Forget()
    {
        var current = Current().Select(s => (s.Feed, s.Index)).ToHashSet();
        foreach (var key in _indices.Keys.Where(k => !current.Contains(k)))
        {
            _indices.TryRemove(key, out _);
        }
    }

    private static PackageIndex Load(FeedSnapshot snapshot)
    {
        var text = ClearSigned.TextOf(snapshot.InRelease, snapshot.Index);
        if (!AptReleaseParser.TryParse(text, out var release, out var problem))
        {
            throw new InvalidDataException($"{snapshot.InRelease}: {problem}");
        }

        var listed = release.Files.Values.ToLookup(f => FeedSnapshot.ListName(f.Path));
        return PackageIndex.Of(snapshot.PackageLists.Select(path =>
        {
            var bytes = File.ReadAllBytes(path);
            return listed[Path.GetFileName(path)].Any(f => f.Sha256 == Digest.Of(bytes))
                ? AptPackages.Parse(bytes)
                : throw new InvalidDataException($"{path} was altered since it was verified: remove the folder {snapshot.Folder} so that it is fetched again, and look for who wrote to it");
        }));
    }
}
