using System.IO.Compression;
using System.Text.RegularExpressions;
using Dapper;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using PatchFlow.Client;
using PatchFlow.Core.Advisories;
using PatchFlow.Server.Api;
using PatchFlow.Server.Feeds;
using PatchFlow.Server.Storage;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>
/// A feed of vendors' documents of any sort on loopback, whose vendor publishes what it is told under a date, and the feed part of the server on a database that
/// can be saved and restored as a person would: the file is put back, and what lies beside it stays.
/// </summary>
internal sealed class DatedBench : IAsyncDisposable
{
    public const string Name = "vendor";
    private readonly string _folder;
    private readonly string _sort;
    private readonly string _root;
    private Database _database;
    private FeedTransport? _transport;
    private FeedStore _marks = null!;
    private AdvisoryBundles _bundles = null!;

    private DatedBench(string sort, string root, FeedSimulator simulator, string? dataDirectory)
    {
        _folder = dataDirectory ?? Directory.CreateTempSubdirectory("pf-dated-").FullName;
        (_sort, _root, Simulator) = (sort, root, simulator);
        _database = new Database(DatabaseFile);
        var (kind, path) = sort switch
        {
            "kev" => (DocumentKind.Kev, "kev.json"),
            "epss" => (DocumentKind.Epss, "epss.csv"),
            "osv" => (DocumentKind.Osv, "all.zip"),
            "osv listed" => (DocumentKind.Osv, "index.txt"),
            "osv dated" => (DocumentKind.Osv, "changes.csv"),
            "osv folder" => (DocumentKind.Osv, ""),
            "csaf" => (DocumentKind.Csaf, "provider-metadata.json"),
            "csaf directory" => (DocumentKind.Csaf, "changes.csv"),
            "debian" => (DocumentKind.DebianList, "list"),
            "updateinfo" => (DocumentKind.Updateinfo, "updateinfo.xml"),
            "months" => (DocumentKind.MsrcCvrf, "msrc/"),
            "notices" => (DocumentKind.UsnNotices, "ubuntu/"),
            "tracker" => (DocumentKind.DebianTracker, "tracker.json"),
            "tracker file" => (DocumentKind.DebianTracker, "tracker.json"),
            "secdb" => (DocumentKind.AlpineSecdb, "main.json"),
            "support" => (DocumentKind.DebianSupportEnded, "ended"),
            "kev csv" => (DocumentKind.KevCsv, "kev.csv"),
            _ => throw new ArgumentOutOfRangeException(nameof(sort), sort, "no such sort"),
        };
        Feed = new AdvisoryFeed(Name, kind, sort is "osv folder" or "tracker file" ? new($"file://{root}/{path}") : new(simulator.Address, path), sort == "support" ? "Debian:12" : "", "0 17 * * * ?", TimeSpan.FromDays(7)) { MaxSilence = TimeSpan.FromDays(30) };
        Start();
    }

    public FeedSimulator Simulator { get; }

    public AdvisoryFeed Feed { get; set; }

    public FeedLimits Limits { get; set; } = new() { Time = TimeSpan.FromSeconds(10) };

    public SetClock Clock { get; } = new(FeedBench.Start);

    public AdvisoryStore Store => new(_database);

    public FeedMarks Marks => _marks.Marks;

    public string DataDirectory => _folder;

    /// <summary>Where the vendor's documents are.</summary>
    public string Root => _root;

    public AdvisoryFetches Fetches { get; private set; } = null!;

    public string DatabaseFile => Path.Combine(_folder, "db");

    public string MarksFile => DatabaseFile + ".feeds.json";

    public static async Task<DatedBench> StartAsync(string sort, string? dataDirectory = null)
    {
        var root = Directory.CreateTempSubdirectory("pf-vendor-").FullName;
        return new(sort, root, await FeedSimulator.StartAsync(root), dataDirectory);
    }

    /// <summary>Wires everything anew, as a restart would.</summary>
    public void Start(Database? database = null)
    {
        _database = database ?? _database;
        _transport?.Dispose();
        var (feeds, limits) = (new FeedList([], [Feed]), Limits);
        (_transport, _marks) = (new FeedTransport(feeds, limits), new FeedStore(_database));
        var (fetcher, folders) = (new AdvisoryFetcher(_transport, new FeedFolders(_folder), limits, Store, _marks, Clock), new FeedFolders(_folder));
        Fetches = new AdvisoryFetches(feeds, Store, _marks, fetcher, Clock, NullLogger<AdvisoryFetches>.Instance);
        _bundles = new AdvisoryBundles(feeds, Store, _marks, Fetches, fetcher, folders, limits, Clock, NullLogger<AdvisoryBundles>.Instance);
    }

    /// <summary>The feed part of another server on the same data directory.</summary>
    public Beside Another() => new(new(DatabaseFile), Feed, _folder, Clock);

    /// <summary>Saves the database.</summary>
    public string Save()
    {
        var path = Path.Combine(_folder, $"saved-{Guid.NewGuid():N}");
        using var connection = new SqliteConnection($"Data Source={DatabaseFile};Pooling=False");
        connection.Execute("VACUUM INTO @path", new { path });
        return path;
    }

    /// <summary>Puts a saved database back; the marks beside it stay.</summary>
    public void Restore(string saved)
    {
        _database.Dispose();
        foreach (var end in new[] { "-wal", "-shm" })
        {
            File.Delete(DatabaseFile + end);
        }

        File.Copy(saved, DatabaseFile, overwrite: true);
        Start(new Database(DatabaseFile));
    }

    public Task<AdvisoryFeedRow> FetchAsync() => Fetches.FetchAsync(Name, TestContext.Current.CancellationToken);

    public async Task FetchWellAsync() => Assert.Equal("", (await FetchAsync()).LastError ?? "");

    public FeedView View() => Reads().Detailed(Name);

    public IEnumerable<string> Ill() => Reads().Ill();

    /// <summary>The server starts with the feed.</summary>
    public Task KnowAsync() => _marks.Debuts.KnowAsync([Name], Clock.Now, TestContext.Current.CancellationToken);

    private FeedReads Reads()
    {
        var feeds = new FeedList([], [Feed]);
        return new FeedReads(feeds, _marks, new FeedCatalog(feeds, _marks, new FeedFolders(_folder), Clock), Store, new FeedFolders(_folder), Clock);
    }

    /// <summary>Another server with the same feed, that asks nobody.</summary>
    public static async Task<DatedBench> FarAsync(AdvisoryFeed feed, string? dataDirectory = null)
    {
        var bench = await StartAsync("tracker", dataDirectory);
        bench.Feed = feed with { Name = Name };
        bench.Start();
        return bench;
    }

    /// <summary>The feed as an archive.</summary>
    public async Task<byte[]> ExportAsync()
    {
        using var tar = new MemoryStream();
        Assert.True(await _bundles.ExportAsync(Feed, tar, TestContext.Current.CancellationToken));
        return tar.ToArray();
    }

    /// <summary>What is kept of what the feed was answered.</summary>
    public KeptAnswersView Kept => View().Kept!;

    /// <summary>Where that is.</summary>
    public string KeptFolder => new FeedFolders(_folder).AnswersOf(Name);

    /// <summary>The bodies of it.</summary>
    public string[] KeptFiles() => Directory.Exists(KeptFolder) ? Directory.GetFiles(KeptFolder, "*.gz", SearchOption.AllDirectories) : [];

    /// <summary>Takes an archive, after <paramref name="alter"/> has had its folder. Answers whether it was new.</summary>
    public async Task<bool> ImportAsync(byte[] tar, Action<string>? alter = null, CancellationToken? cancel = null)
    {
        var folder = Directory.CreateTempSubdirectory("pf-in-").FullName;
        try
        {
            await FeedBundle.ExtractAsync(new MemoryStream(tar), folder, _bundles.MostFiles, AdvisoryBundles.MostBytes(new()), TestContext.Current.CancellationToken);
            alter?.Invoke(folder);
            return await _bundles.ImportAsync(Feed, folder, cancel ?? TestContext.Current.CancellationToken);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Runs SQL on the database.</summary>
    public Task ExecuteAsync(string sql) => _database.WriteAsync((c, t) => c.Execute(sql, transaction: t));

    /// <summary>When the last entry was written that an auditor sees.</summary>
    public DateTimeOffset AuditedAt() => Utc.Time(_database.Read(c => c.ExecuteScalar<string>("SELECT at FROM audit_entries ORDER BY sequence DESC LIMIT 1")!));

    /// <summary>How many records were put aside and are not in use yet.</summary>
    public long PutAside() => _database.Read(c => c.ExecuteScalar<long>("SELECT count(*) FROM advisory_staging"));

    /// <summary>The vendor publishes that, and it is fetched.</summary>
    public async Task PublishWellAsync(string cve, DateTimeOffset date)
    {
        Publish(cve, date);
        await FetchWellAsync();
    }

    /// <summary>A person lets it go back.</summary>
    public Task RewindAsync(DateTimeOffset to) => _marks.RewindAsync(Name, to, () => Task.CompletedTask, TestContext.Current.CancellationToken);

    /// <summary>Advisories that are in use.</summary>
    public IReadOnlyList<Advisory> Advisories() => [.. InUse().SelectMany(id => Store.Advisories(Name, id)).Select(a => a.Advisory)];

    /// <summary>What is in use, as it is kept.</summary>
    public IReadOnlyList<string> Bodies() => _database.Read(c => c.Query<string>("SELECT body FROM advisory_records WHERE body IS NOT NULL ORDER BY key").ToList());

    /// <summary>Ids of what is in use.</summary>
    public IEnumerable<string> InUse() => _database.Read(c => c.Query<string>("SELECT id FROM advisory_records WHERE body IS NOT NULL ORDER BY id, key").ToList()).Distinct();

    /// <summary>The vendor publishes one record, of that CVE, and nothing else but perhaps another, all of those dates.</summary>
    public void Publish(string cve, DateTimeOffset date, (string Cve, DateTimeOffset Date)? also = null)
    {
        Array.ForEach(Directory.GetFileSystemEntries(_root), path => { if (Directory.Exists(path)) { Directory.Delete(path, true); } else { File.Delete(path); } });
        Simulator.Misbehaviour.Clear();
        switch (_sort)
        {
            case "kev":
                Write("kev.json", $$"""{"catalogVersion":"1","dateReleased":"{{Text(date)}}","count":1,"vulnerabilities":[{"cveID":"{{cve}}","vendorProject":"v","product":"p","vulnerabilityName":"n","dateAdded":"2026-11-20","dueDate":"2026-12-11","knownRansomwareCampaignUse":"Known"}]}""");
                break;
            case "epss":
                Write("epss.csv", $"#model_version:v1,score_date:{Text(date)}\ncve,epss,percentile\n{cve},0.5,0.5\n");
                break;
            case "osv":
                WriteZip([("a.json", Osv(cve, date)), .. Also(also).Select(o => ("b.json", Osv(o.Cve, o.Date)))]);
                break;
            case "osv listed" or "osv dated" or "osv folder":
                Write("a.json", Osv(cve, date));
                Also(also).ForEach(o => Write("b.json", Osv(o.Cve, o.Date)));
                if (_sort != "osv folder")
                {
                    Write(_sort == "osv listed" ? "index.txt" : "changes.csv", Listed("a.json", date) + string.Concat(Also(also).Select(o => Listed("b.json", o.Date))));
                }

                break;
            case "csaf" or "csaf directory":
                PublishCsaf(cve, date, also);
                break;
            case "debian":
                Write("list", string.Concat(Also(also).Select(o => Dsa(5381, o.Cve, o.Date))) + Dsa(5380, cve, date));
                break;
            case "updateinfo":
                Write("updateinfo.xml", Updates(cve, date, also));
                break;
            case "months":
                PublishMonths([("2026-Nov", cve, date), .. Also(also).Select(o => ("2026-Dec", o.Cve, o.Date))]);
                break;
            case "secdb":
                Write("main.json", $$$$"""{"apkurl":"x","archs":["x86_64"],"reponame":"main","urlprefix":"x","distroversion":"v3.20","packages":[{"pkg":{"name":"openssl","secfixes":{"3.1-r0":["{{{{cve}}}}"]}}}]}""");
                break;
            case "support":
                Write("ended", $"openssl  3.0-1  2026-01-01  see {cve}\n");
                break;
            case "kev csv":
                Write("kev.csv", $"cveID,vendorProject,product,vulnerabilityName,dateAdded,shortDescription,requiredAction,dueDate,knownRansomwareCampaignUse,notes\n{cve},v,p,n,2026-11-20,d,a,2026-12-11,Known,\n");
                break;
            case "notices":
                PublishNotices([(cve, date), .. Also(also)]);
                break;
            default:
                Write("tracker.json", """{"openssl":{"CVE":{"releases":{"bookworm":{"status":"resolved","urgency":"high","fixed_version":"3"}}}}}""".Replace("CVE", cve, StringComparison.Ordinal));
                break;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _transport!.Dispose();
        await Simulator.DisposeAsync();
        _database.Dispose();
        Directory.Delete(_root, recursive: true);
        Directory.Delete(_folder, recursive: true);
    }

    private static string Text(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);

    public static string Osv(string id, DateTimeOffset date) =>
        $$"""{"id":"{{id}}","modified":"{{Text(date)}}","affected":[{"package":{"ecosystem":"Debian:12","name":"x"},"versions":["1"]}]}""";

    private string Listed(string name, DateTimeOffset date) => _sort == "osv listed" ? $"{name}\n" : $"\"{name}\",\"{Text(date)}\"\n";

    private static List<(string Cve, DateTimeOffset Date)> Also((string, DateTimeOffset)? also) => also is { } other ? [other] : [];

    private static string Dsa(int number, string cve, DateTimeOffset date) =>
        $"[{date.UtcDateTime.ToString("dd MMM yyyy", System.Globalization.CultureInfo.InvariantCulture)}] DSA-{number}-1 openssl - security update\n\t{{{cve}}}\n\t[bookworm] - openssl 3.0.2-1\n";

    private static string Updates(string cve, DateTimeOffset date, (string Cve, DateTimeOffset Date)? also)
    {
        var dates = new Queue<DateTimeOffset>([date, .. Also(also).Select(o => o.Date)]);
        return Regex.Replace(RpmWorld.Updates([cve, .. Also(also).Select(o => o.Cve)]), "2026-11-01 00:00:00", _ => dates.Dequeue().UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", System.Globalization.CultureInfo.InvariantCulture));
    }

    private static string Month(string cve, DateTimeOffset date) => Regex.Replace(
        File.ReadAllText(FeedCorpus.PathOf("msrc/cvrf/2016-Apr.xml")).Replace("CVE-2016-0088", cve, StringComparison.Ordinal), @"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", Text(date).TrimEnd('Z'));

    private void PublishMonths(params (string Month, string Cve, DateTimeOffset Date)[] months)
    {
        Write("msrc/cvrf/v3.0/updates", $$"""{"value":[{{string.Join(',', months.Select(m => $$"""{"ID":"{{m.Month}}","CurrentReleaseDate":"{{Text(m.Date)}}"}"""))}}]}""");
        Array.ForEach(months, m => Write($"msrc/cvrf/v3.0/cvrf/{m.Month}", Month(m.Cve, m.Date)));
    }

    private void PublishCsaf(string cve, DateTimeOffset date, (string Cve, DateTimeOffset Date)? also)
    {
        // A version is no date: a wrong year makes no revision that the next one is older than.
        Write("a.json", CsafBench.Document("A-1", Math.Min(date.Year, FeedBench.Start.Year), date, cve));
        Also(also).ForEach(o => Write("b.json", CsafBench.Document("B-1", 1, o.Date, o.Cve)));
        // The list itself is of the first one's date.
        Write("changes.csv", $"\"a.json\",\"{Text(date)}\"\n{(also is null ? "" : $"\"b.json\",\"{Text(date)}\"\n")}");
        var entries = string.Join(',', new[] { CsafBench.Entry("a.json", "A-1", date) }.Concat(Also(also).Select(_ => CsafBench.Entry("b.json", "B-1", date))));
        Write("feed.json", $$$"""{"feed":{"id":"x","title":"x","updated":"{{{Text(date)}}}","entry":[{{{entries}}}]}}""");
        Write("provider-metadata.json", $$$"""
            {"metadata_version":"2.0","canonical_url":"{{{CsafBench.Vendor}}}provider-metadata.json","role":"csaf_publisher","last_updated":"2020-11-01T00:00:00Z",
             "publisher":{"name":"v","category":"vendor","namespace":"https://vendor.example"},"public_openpgp_keys":[],
             "distributions":[{"rolie":{"feeds":[{"tlp_label":"WHITE","url":"{{{CsafBench.Vendor}}}feed.json"}]}}]}
            """);
    }

    private void PublishNotices(params (string Id, DateTimeOffset Date)[] notices)
    {
        var listing = new VendorListing(DocumentKind.UsnNotices);
        listing.Have([.. notices.Select(n => n.Id)]);
        foreach (var (record, notice) in listing.Records.Zip(notices))
        {
            record["published"] = Text(notice.Date);
        }

        Simulator.Misbehaviour[listing.Path] = listing.AnswerAsync;
    }

    /// <summary>The archive of the vendor has these documents now.</summary>
    public void WriteZip(params (string Name, string Text)[] documents)
    {
        using var zip = new ZipArchive(File.Create(Path.Combine(_root, "all.zip")), ZipArchiveMode.Create);
        foreach (var (name, text) in documents)
        {
            using var entry = new StreamWriter(zip.CreateEntry(name).Open());
            entry.Write(text);
        }
    }

    public void Alter(string name, Func<string, string> alter) => Write(name, alter(File.ReadAllText(Path.Combine(_root, name))));

    public void Write(string name, string text) => WriteBytes(name, System.Text.Encoding.UTF8.GetBytes(text));

    public void WriteBytes(string name, byte[] bytes)
    {
        var path = Path.Combine(_root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
    }
}

/// <summary>The feed part of a second server.</summary>
internal sealed class Beside : IAsyncDisposable
{
    private readonly Database _database;
    private readonly FeedTransport _transport;

    public Beside(Database database, AdvisoryFeed feed, string folder, TimeProvider clock)
    {
        var (feeds, limits) = (new FeedList([], [feed]), new FeedLimits());
        (_database, _transport) = (database, new FeedTransport(feeds, limits));
        var (store, marks) = (new AdvisoryStore(database), new FeedStore(database));
        Fetches = new AdvisoryFetches(feeds, store, marks, new AdvisoryFetcher(_transport, new FeedFolders(folder), limits, store, marks, clock), clock, NullLogger<AdvisoryFetches>.Instance);
    }

    public AdvisoryFetches Fetches { get; }

    public ValueTask DisposeAsync()
    {
        _transport.Dispose();
        _database.Dispose();
        return default;
    }
}
