using Microsoft.Extensions.Logging.Abstractions;
using PatchFlow.Core.Advisories;
using PatchFlow.Server.Feeds;
using PatchFlow.Server.Storage;

namespace PatchFlow.Benchmarks.Archives;

/// <summary>PatchFlow's feeds of this machine's archive, on a database and folders of their own.</summary>
internal sealed class Archive : IDisposable
{
    private readonly FeedList _feeds;
    private readonly string _data;
    private readonly Database _database;
    private readonly FeedTransport _transport;
    private readonly FeedFetches _fetches;

    private Archive(FeedList feeds, string data)
    {
        var limits = new FeedLimits();
        (_feeds, _data, _database, _transport) = (feeds, data, new Database(Path.Combine(data, "db")), new FeedTransport(feeds, limits));
        var (store, folders) = (new FeedStore(_database), new FeedFolders(data));
        var catalog = new FeedCatalog(feeds, store, folders, TimeProvider.System);
        _fetches = new FeedFetches(feeds, store, catalog, new AptFetcher(_transport, folders, limits, TimeProvider.System), TimeProvider.System, NullLogger<FeedFetches>.Instance);
    }

    /// <summary>A fresh one, which has fetched nothing.</summary>
    public static async Task<Archive> OpenAsync() => Open(await FeedList.LoadAsync([new FeedOptions { Kind = "machine-apt" }]));

    /// <summary>A fresh one of other feeds.</summary>
    public static Archive Open(FeedList feeds) => new(feeds, Directory.CreateTempSubdirectory("patchflow-bench-").FullName);

    /// <summary>Fetches, verifies, parses and keeps the indices of all feeds.</summary>
    public Task FetchAsync() => Task.WhenAll(_feeds.All.Select(async feed =>
    {
        if ((await _fetches.FetchAsync(feed.Name, CancellationToken.None)).LastError is { } error)
        {
            throw new InvalidOperationException($"{feed.Name}: {error}");
        }
    }));

    /// <summary>The kept index with the most packages, decompressed.</summary>
    public byte[] LargestIndex()
    {
        var path = Directory.EnumerateFiles(_data, "*", SearchOption.AllDirectories)
            .Where(p => Path.GetFileName(p).Contains("Packages", StringComparison.Ordinal)).OrderByDescending(p => new FileInfo(p).Length).First();
        return File.ReadAllBytes(path);
    }

    /// <summary>Reads every stanza.</summary>
    public static Task ParseAsync(byte[] index)
    {
        _ = AptPackages.Parse(index).Packages.Count;
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _transport.Dispose();
        _database.Dispose();
        Directory.Delete(_data, recursive: true);
    }
}
