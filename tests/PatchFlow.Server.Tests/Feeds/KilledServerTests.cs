using System.Diagnostics;
using System.Text.Json;
using PatchFlow.Core.Advisories;
using PatchFlow.Server.Feeds;
using PatchFlow.Server.Storage;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>The program itself, killed at any moment of its fetches: what is on the disk is always a whole state, and never an older one than before.</summary>
public sealed class KilledServerTests : IAsyncDisposable
{
    private const int Kills = 4;
    private const int Documents = 40;
    private static readonly TimeSpan LongestFetch = TimeSpan.FromMilliseconds(1200);
    private readonly string _data = Directory.CreateTempSubdirectory("pf-killed-").FullName;
    private readonly string _vendor = Directory.CreateTempSubdirectory("pf-vendor-").FullName;
    private readonly OwnRepository _repository = new();
    private FeedSimulator? _archive;
    private DateTimeOffset _time = TimeProvider.System.GetUtcNow().AddHours(-2);

    private string DatabaseFile => Path.Combine(_data, "patchflow.db");

    [Fact]
    public async Task KilledAtAnyMomentOfAFetchItLosesNothingAndGoesNowhereBack()
    {
        _archive = await FeedSimulator.StartAsync(_repository.Root);
        // Slow enough that most moments are within a fetch.
        _archive.Misbehaviour["Packages.xz"] = async context =>
        {
            await Task.Delay(300);
            await _archive.ServeAsync(context);
        };
        var (seed, marks) = (Random.Shared.Next(), new Dictionary<string, DateTimeOffset>(StringComparer.Ordinal));
        var random = new Random(seed);
        for (var kill = 0; kill < Kills; kill++)
        {
            Publish(kill);
            using var server = Start();
            // From the first request on, or where there is none, since all is done: some time all the same.
            await UntilAsync(() => !_archive.Requests.IsEmpty, TimeSpan.FromSeconds(8));
            await Task.Delay(random.Next((int)LongestFetch.TotalMilliseconds), TestContext.Current.CancellationToken);
            server.Kill();
            await server.WaitForExitAsync(TestContext.Current.CancellationToken);
            _archive.Requests.Clear();
            Compare(marks, $"seed {seed}, kill {kill}");
        }

        Publish(Kills);
        using var last = Start();
        try
        {
            await UntilAsync(() => Row("own").LastSuccessAt is not null && Of("own") == _time && Of("docs") == _time, TimeSpan.FromSeconds(30));
        }
        finally
        {
            last.Kill();
            await last.WaitForExitAsync(CancellationToken.None);
        }

        Compare(marks, $"seed {seed}, at the end");
        AssertWhole();
    }

    public async ValueTask DisposeAsync()
    {
        if (_archive is not null)
        {
            await _archive.DisposeAsync();
        }

        _repository.Dispose();
        Directory.Delete(_data, recursive: true);
        Directory.Delete(_vendor, recursive: true);
    }

    // Signed lists and vendors' documents, newer each time.
    private void Publish(int number)
    {
        _time = _time.AddMinutes(5).AddTicks(-(_time.Ticks % TimeSpan.TicksPerSecond));
        _repository.Add("demo", $"1.0-1+deb12u{number + 1}");
        _repository.Publish(_time, _time.AddDays(7));
        for (var i = 0; i < Documents; i++)
        {
            File.WriteAllText(Path.Combine(_vendor, $"d{i}.json"), DatedBench.Osv($"CVE-2026-{1000 + i}", _time));
        }
    }

    private Process Start()
    {
        var start = new ProcessStartInfo("dotnet", [typeof(PatchFlowOptions).Assembly.Location]) { WorkingDirectory = _data };
        var settings = new Dictionary<string, string>
        {
            ["Urls"] = "http://127.0.0.1:0",
            ["PatchFlow__DataDirectory"] = _data,
            ["PatchFlow__Log__Level"] = "Error",
            ["PatchFlow__Feeds__0__Name"] = "own",
            ["PatchFlow__Feeds__0__Kind"] = "apt",
            ["PatchFlow__Feeds__0__Address"] = _archive!.Address.AbsoluteUri,
            ["PatchFlow__Feeds__0__Suite"] = OwnRepository.Suite,
            ["PatchFlow__Feeds__0__Components__0"] = "main",
            ["PatchFlow__Feeds__0__Arch"] = "amd64",
            ["PatchFlow__Feeds__0__Keyring"] = _repository.Keyring,
            ["PatchFlow__Feeds__0__Security"] = "true",
            ["PatchFlow__Feeds__1__Name"] = "docs",
            ["PatchFlow__Feeds__1__Kind"] = "osv",
            ["PatchFlow__Feeds__1__Address"] = $"file://{_vendor}/",
        };
        foreach (var (name, value) in settings)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    private static async Task UntilAsync(Func<bool> holds, TimeSpan most)
    {
        for (var waited = Stopwatch.StartNew(); !holds() && waited.Elapsed < most;)
        {
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }

    private FeedRow Row(string feed)
    {
        if (!File.Exists(DatabaseFile))
        {
            return new(feed, null, null, null, 0, null, null, null, new(null, null));
        }

        using var database = new Database(DatabaseFile);
        return new FeedStore(database).Row(feed);
    }

    private DateTimeOffset? Of(string feed) => Marks().TryGetValue(feed, out var time) ? time : null;

    private Dictionary<string, DateTimeOffset> Marks() => !File.Exists(DatabaseFile + ".feeds.json") ? []
        : JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(File.ReadAllBytes(DatabaseFile + ".feeds.json"))!
            .Where(m => m.Value.GetProperty("highWater").ValueKind == JsonValueKind.String).ToDictionary(m => m.Key, m => m.Value.GetProperty("highWater").GetDateTimeOffset());

    private void Compare(Dictionary<string, DateTimeOffset> before, string when)
    {
        var now = Marks();
        foreach (var (feed, time) in before)
        {
            Assert.True(now.TryGetValue(feed, out var mark) && mark >= time, $"{when}: the mark of {feed} was at {time:u} and is at {mark:u}");
        }

        foreach (var (feed, time) in now)
        {
            before[feed] = time;
        }

        AssertWhole(when);
    }

    // What the database names is there, as it was signed; what documents say is all of one publication.
    private void AssertWhole(string when = "")
    {
        using var database = new Database(DatabaseFile);
        var (store, folders) = (new FeedStore(database), new FeedFolders(_data));
        var feed = new Feed("own", _archive!.Address, OwnRepository.Suite, ["main"], "amd64", [_repository.Keyring], true, "0 17 * * * ?", TimeSpan.FromDays(10));
        var catalog = new FeedCatalog(new FeedList([feed]), store, folders, TimeProvider.System);
        if (store.Row("own").Snapshot is not null)
        {
            var snapshot = catalog.Current(feed);
            Assert.True(snapshot is not null, $"{when}: the snapshot that the database names is not there");
            Assert.True(catalog.IsIntact(snapshot!), $"{when}: the snapshot in use is not whole");
            Assert.Equal(snapshot!.Packages, catalog.Index(snapshot).Count);
            Assert.True(store.Row("own").HighWater <= Of("own"), $"{when}: the database is ahead of the mark");
        }

        var records = new AdvisoryStore(database);
        var times = Enumerable.Range(0, Documents).SelectMany(i => records.Advisories("docs", $"CVE-2026-{1000 + i}")).Select(a => a.Advisory.Modified).ToList();
        Assert.True(times.Count is 0 or Documents, $"{when}: {times.Count} of {Documents} documents");
        Assert.True(times.Distinct().Count() <= 1, $"{when}: documents of {times.Distinct().Count()} publications");
    }
}
