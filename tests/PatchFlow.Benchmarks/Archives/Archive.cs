using Microsoft.Extensions.Logging.Abstractions;
using PatchFlow.Core.Advisories;
using PatchFlow.Server.Feeds;
using PatchFlow.Server.Storage;

namespace PatchFlow.Benchmarks.Archives;

/// <summary>PatchFlow's feeds of this machine's archive, on a database and folders of their own.</summary>
internal sealed class Archive(FeedList feeds, string data) : IDisposable
{
    private readonly Database _database = new(Path.Combine(data, "db"));
    private readonly FeedTransport _transport = new(feeds, new FeedLimits());

    /// <summary>A fresh one, which has fetched nothing.</summary>
    public static async Task<Archive> OpenAsync() => Open(await FeedList.LoadAsync([new FeedOptions { Kind = "machine-apt" }]));

    /// <summary>A fresh one of other feeds.</summary>
    public static Archive Open(FeedList feeds) => new(feeds, Directory.CreateTempSubdirectory("patchflow-bench-").FullName);

    /// <summary>Fetches, verifies, parses and keeps the indices of all feeds.</summary>
    public async Task FetchAsync()
    {
        var limits = new FeedLimits();
        var (store, folders) = (new FeedStore(_database), new FeedFolders(data));
        var catalog = new FeedCatalog(feeds, store, folders);
        var fetches = new FeedFetches(feeds, store, catalog, new AptFetcher(_transport, folders, limits, TimeProvider.System), TimeProvider.System, NullLogger<FeedFetches>.Instance);
        await Task.WhenAll(feeds.All.Select(async feed =>
        {
            if ((await fetches.FetchAsync(feed.Name, CancellationToken.None)).LastError is { } error)
            {
                throw new InvalidOperationException($"{feed.Name}: {error}");
            }
        }));
    }

    /// <summary>The kept index with the most packages, decompressed.</summary>
    public byte[] LargestIndex()
    {
        var path = Directory.EnumerateFiles(data, "*", SearchOption.AllDirectories)
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
        Directory.Delete(data, recursive: true);
    }
}
