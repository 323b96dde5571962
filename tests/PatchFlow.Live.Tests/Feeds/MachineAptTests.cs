using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using PatchFlow.Server.Feeds;
using PatchFlow.Server.Storage;

namespace PatchFlow.Live.Tests.Feeds;

/// <summary>The real archive, as this machine's apt is configured for it.</summary>
public sealed class MachineAptTests
{
    [Fact]
    public async Task TheMachinesArchiveIsFetchedVerifiedAndListedAndThenUnchanged()
    {
        var data = Directory.CreateTempSubdirectory("pf-machine-apt-").FullName;
        var feeds = await FeedList.LoadAsync([new FeedOptions { Kind = "machine-apt" }]);
        var limits = new FeedLimits();
        using var database = new Database(Path.Combine(data, "db"));
        using var transport = new FeedTransport(feeds, limits);
        var (store, folders) = (new FeedStore(database), new FeedFolders(data));
        var catalog = new FeedCatalog(feeds, store, folders, TimeProvider.System);
        var fetches = new FeedFetches(feeds, store, catalog, new AptFetcher(transport, folders, limits, TimeProvider.System), TimeProvider.System, NullLogger<FeedFetches>.Instance);

        var first = await AllAsync(fetches, feeds);
        var again = await AllAsync(fetches, feeds);
        TestContext.Current.TestOutputHelper!.WriteLine($"first {first.TotalSeconds:0.00} s, unchanged {again.TotalSeconds:0.00} s");
        var current = catalog.Current();
        Assert.Equal(feeds.All.Select(f => f.Name), current.Select(s => s.Feed));
        Assert.All(current, s => Assert.False(s.IsStale(DateTimeOffset.UtcNow), $"{s.Feed} is of {s.Time:u}"));

        var security = current.Single(s => s.Security);
        using var files = new FileStore(data, transport, limits, TimeProvider.System, NullLogger<FileStore>.Instance);
        var package = catalog.Index(security).Find("openssl")[0];
        var path = await files.EnsureAsync(security, package, CancellationToken.None);
        Assert.Contains($"openssl ({package.SourceVersion})", await DebArchive.ReadChangelogAsync(path, CancellationToken.None), StringComparison.Ordinal);
        Directory.Delete(data, recursive: true);
    }

    private static async Task<TimeSpan> AllAsync(FeedFetches fetches, FeedList feeds)
    {
        var clock = Stopwatch.StartNew();
        foreach (var feed in feeds.All)
        {
            var row = await fetches.FetchAsync(feed.Name, CancellationToken.None);
            Assert.True(row.LastError is null, row.LastError);
        }

        return clock.Elapsed;
    }
}
