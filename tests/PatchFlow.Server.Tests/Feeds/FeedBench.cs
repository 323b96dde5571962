using Dapper;
using Microsoft.Extensions.Logging.Abstractions;
using PatchFlow.Server.Feeds;
using PatchFlow.Server.Storage;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>A clock that a test sets.</summary>
internal sealed class SetClock(DateTimeOffset now) : TimeProvider
{
    public DateTimeOffset Now { get; set; } = now;

    /// <summary>Runs each time when somebody asks for the time.</summary>
    public Action? Asked { get; set; }

    /// <summary>How much time went by of which the machine's own clock knows nothing.</summary>
    public TimeSpan Elapsed { get; set; }

    public override long GetTimestamp() => base.GetTimestamp() + (long)(Elapsed.TotalSeconds * TimestampFrequency);

    public override DateTimeOffset GetUtcNow()
    {
        Asked?.Invoke();
        return Now;
    }
}

/// <summary>The feed part of the server on a temporary database, wired as in the composition root, with one feed of our own, and others where a test adds them.</summary>
internal sealed class FeedBench : IAsyncDisposable
{
    public static readonly DateTimeOffset Start = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
    private readonly string _folder = Directory.CreateTempSubdirectory("pf-feed-").FullName;
    private readonly Database _database;
    private FeedTransport? _transport;

    private FeedBench(OwnRepository repository, FeedSimulator simulator)
    {
        (Repository, Simulator) = (repository, simulator);
        _database = new Database(Path.Combine(_folder, "db"));
        Store = new FeedStore(_database);
        Folders = new FeedFolders(_folder);
        Feed = new Feed("own", simulator.Address, OwnRepository.Suite, ["main"], "amd64", [repository.Keyring], true, "0 17 * * * ?", TimeSpan.FromDays(10));
        Configure(Feed);
    }

    public OwnRepository Repository { get; }

    public FeedSimulator Simulator { get; }

    public LineLog<FeedFetches> Log { get; } = new();

    public SetClock Clock { get; } = new(Start);

    public FeedLimits Limits { get; set; } = new() { Time = TimeSpan.FromSeconds(5) };

    public Feed Feed { get; private set; }

    /// <summary>Further feeds: they count from the next <see cref="Configure"/> on.</summary>
    public List<Feed> Others { get; } = [];

    public FeedStore Store { get; private set; }

    public AdvisoryStore Advisories => new(_database);

    public FeedFolders Folders { get; }

    public FeedCatalog Catalog { get; private set; } = null!;

    public FileStore Files { get; private set; } = null!;

    public FeedFetches Fetches { get; private set; } = null!;

    public string DataDirectory => _folder;

    public static async Task<FeedBench> StartAsync()
    {
        var repository = new OwnRepository();
        return new FeedBench(repository, await FeedSimulator.StartAsync(repository.Root));
    }

    /// <summary>With a package in the archive, published an hour ago and valid for a week.</summary>
    public static async Task<FeedBench> StartPublishedAsync()
    {
        var bench = await StartAsync();
        bench.Repository.Add("demo", "1.0-1+deb12u1");
        bench.Publish();
        return bench;
    }

    public void Publish(TimeSpan? age = null) => Repository.Publish(Clock.Now - (age ?? TimeSpan.FromHours(1)), Clock.Now.AddDays(7));

    /// <summary>Wires everything anew, as a restart would.</summary>
    public void Configure(Feed feed)
    {
        Feed = feed;
        var feeds = new FeedList([feed, .. Others]);
        _transport?.Dispose();
        _transport = new FeedTransport(feeds, Limits);
        Catalog = new FeedCatalog(feeds, Store, Folders, Clock);
        Files = new FileStore(_folder, _transport, Limits, TimeProvider.System, NullLogger<FileStore>.Instance);
        Fetches = new FeedFetches(feeds, Store, Catalog, new AptFetcher(_transport, Folders, Limits, Clock), Clock, Log);
    }

    /// <summary>As after a restart of the server: nothing is in memory any more.</summary>
    public void Restart()
    {
        Store = new FeedStore(_database);
        Configure(Feed);
    }

    /// <summary>Puts the database's own rows of the feed back to an earlier snapshot, as restoring an old copy would.</summary>
    public void Restore(Core.Documents.Digest snapshot)
    {
        _database.WriteAsync((c, t) =>
        {
            c.Execute("UPDATE feeds SET snapshot_digest = @hex, etag = NULL, high_water_time = (SELECT time FROM feed_snapshots WHERE digest = @hex)", new { hex = snapshot.Hex }, t);
            c.Execute("DELETE FROM feed_snapshots WHERE digest <> @hex", new { hex = snapshot.Hex }, t);
        }).GetAwaiter().GetResult();
        Restart();
    }

    /// <summary>The audit log's entries.</summary>
    public IReadOnlyList<string> Entries() =>
        [.. _database.Read(c => c.Query<byte[]>("SELECT bytes FROM audit_entries ORDER BY sequence").ToList()).Select(System.Text.Encoding.UTF8.GetString)];

    public Task<FeedRow> FetchAsync() => Fetches.FetchAsync(Feed.Name, CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        _transport!.Dispose();
        Files.Dispose();
        await Simulator.DisposeAsync();
        _database.Dispose();
        Repository.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
