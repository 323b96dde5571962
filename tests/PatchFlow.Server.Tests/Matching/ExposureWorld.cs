using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using PatchFlow.Client;
using PatchFlow.Core.Advisories;
using PatchFlow.Core.Hosts;
using PatchFlow.Server.Auditing;
using PatchFlow.Server.Feeds;
using PatchFlow.Server.Hosts;
using PatchFlow.Server.Matching;
using PatchFlow.Server.Tests.Api;
using PatchFlow.Server.Tests.Cli;
using PatchFlow.Server.Tests.Feeds;
using PatchFlow.Server.Tests.Reconcile;

namespace PatchFlow.Server.Tests.Matching;

/// <summary>
/// A vendor's web server on loopback with the documents that a test writes, and the server with a feed of each, its database, API and command
/// line. Hosts are what their inventories say.
/// </summary>
internal sealed class ExposureWorld : IAsyncDisposable
{
    public const string Deadlines = "deadlines: {kev: P3D, critical: P7D, high: P30D}\n";
    private readonly string _root;
    private IPatchFlowApi? _api;
    private CliRun? _cli;

    private ExposureWorld(string root, FeedSimulator vendor, ApiServer server) => (_root, Vendor, Server) = (root, vendor, server);

    public FeedSimulator Vendor { get; }

    public ApiServer Server { get; }

    public DateTimeOffset Now => Server.Clock.GetUtcNow();

    /// <summary>Starts it.</summary>
    /// <param name="more">Further feeds, by the vendor's address and folder.</param>
    /// <param name="limits">What a feed may cost.</param>
    public static async Task<ExposureWorld> StartAsync(Func<Uri, string, IEnumerable<AdvisoryFeed>>? more = null, FeedLimits? limits = null)
    {
        var root = Directory.CreateTempSubdirectory("patchflow-vendor-").FullName;
        var vendor = await FeedSimulator.StartAsync(root);
        AdvisoryFeed[] feeds =
        [
            Feed("tracker", DocumentKind.DebianTracker, new(vendor.Address, "tracker.json")),
            Feed("osv", DocumentKind.Osv, new(vendor.Address, "osv.zip")),
            Feed("kev", DocumentKind.Kev, new(vendor.Address, "kev.json")),
            Feed("epss", DocumentKind.Epss, new(vendor.Address, "epss.csv.gz")),
            Feed("ended", DocumentKind.DebianSupportEnded, new(vendor.Address, "ended.txt")) with { Platform = "Debian:12" },
            Feed("csaf", DocumentKind.Csaf, new(vendor.Address, "csaf/changes.csv")),
            Feed("folder", DocumentKind.Osv, new($"file://{root}/folder")),
            Feed("guide", DocumentKind.MsrcVulnerabilities, new(vendor.Address, "guide.json")),
            Feed("month", DocumentKind.MsrcCvrfJson, new(vendor.Address, "month.json")),
            .. more?.Invoke(vendor.Address, root) ?? [],
        ];
        var server = await ApiServer.StartAsync(services =>
        {
            services.AddSingleton(new FeedList([], feeds));
            services.AddSingleton(limits ?? new FeedLimits { Time = TimeSpan.FromSeconds(10) });
        });
        Directory.CreateDirectory(Path.Combine(server.DataDirectory, "pipelines"));
        var world = new ExposureWorld(root, vendor, server);
        world.WritePipeline(Ground.Pipeline + Deadlines);
        return world;
    }

    /// <summary>A feed of documents that is stale after a week.</summary>
    public static AdvisoryFeed Feed(string name, DocumentKind kind, Uri address) => new(name, kind, address, "", "0 17 * * * ?", TimeSpan.FromDays(7));

    public void WritePipeline(string text) => File.WriteAllText(Path.Combine(Server.DataDirectory, "pipelines", "normal.yaml"), text);

    public void Write(string name, string text) => Write(name, Encoding.UTF8.GetBytes(text));

    public void Write(string name, byte[] bytes)
    {
        var path = Path.Combine(_root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
    }

    public void Remove(string name) => File.Delete(PathOf(name));

    public string PathOf(string name) => Path.Combine(_root, name);

    /// <summary>Debian's tracker with these lines: <c>openssl CVE-2026-0001 high 3.0.2-1</c>, or a word of the tracker instead of a version.</summary>
    public void WriteTracker(params string[] lines) => Write("tracker.json", JsonSerializer.Serialize(lines.Select(l => l.Split(' ')).GroupBy(w => w[0]).ToDictionary(
        package => package.Key,
        package => package.ToDictionary(w => w[1], w => new { releases = new Dictionary<string, object> { ["bookworm"] = Release(w[2], w[3]) } }))));

    public void WriteOsv(params (string Name, string Text)[] documents)
    {
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, text) in documents)
            {
                using var entry = new StreamWriter(zip.CreateEntry(name).Open());
                entry.Write(text);
            }
        }

        Write("osv.zip", bytes.ToArray());
    }

    /// <summary>An OSV record on a source package of Debian 12.</summary>
    public static string Osv(string id, string package, string? fixedIn, string more = "") =>
        $$"""{"id":"{{id}}","modified":"2026-11-01T00:00:00Z","summary":"x","aliases":["CVE-2026-0009"],{{more}}"affected":[{"package":{"ecosystem":"Debian:12","name":"{{package}}"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"}{{(fixedIn is null ? "" : $",{{\"fixed\":\"{fixedIn}\"}}")}}]}]}]}""";

    public void WriteKev(DateTimeOffset released, params string[] cves) => Write("kev.json", JsonSerializer.Serialize(new
    {
        catalogVersion = "1",
        dateReleased = released.UtcDateTime,
        count = cves.Length,
        vulnerabilities = cves.Select(cve => new { cveID = cve, vendorProject = "v", product = "p", vulnerabilityName = "n", dateAdded = "2026-11-20", dueDate = "2026-12-11", knownRansomwareCampaignUse = "Known" }),
    }));

    public void WriteEpss(DateTimeOffset date, params string[] rows)
    {
        using var bytes = new MemoryStream();
        using (var gzip = new GZipStream(bytes, CompressionMode.Compress, leaveOpen: true))
        {
            gzip.Write(Encoding.UTF8.GetBytes($"#model_version:v1,score_date:{date.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}\ncve,epss,percentile\n{string.Join('\n', rows)}\n"));
        }

        Write("epss.csv.gz", bytes.ToArray());
    }

    /// <summary>Has a feed fetched; answers how it stands.</summary>
    public Task<AdvisoryFeedRow> FetchAsync(string feed) => Server.Get<AdvisoryFetches>().FetchAsync(feed, TestContext.Current.CancellationToken);

    /// <summary>The same, and it must go well.</summary>
    public async Task FetchWellAsync(params string[] feeds)
    {
        foreach (var feed in feeds)
        {
            Assert.Null((await FetchAsync(feed)).LastError);
        }
    }

    /// <summary>A host with these packages: <c>libssl3 3.0.1-1 openssl 3.0.1-1</c>, the source where it is another.</summary>
    public Task HostAsync(string id, params string[] packages) => HostAsync(id, "debian", "12", packages);

    /// <summary>The same on another system.</summary>
    public async Task HostAsync(string id, string os, string release, string[] packages)
    {
        var words = packages.Select(p => p.Split(' ')).ToList();
        var hosts = Server.Get<HostStore>();
        if (hosts.Find(id) is null)
        {
            await hosts.AddAsync(new HostRow { Id = id, Address = "127.0.10.1", Group = "web", State = HostState.Enrolled }, new Audit("system", "test", "host.add", $"host:{id}"));
        }

        var inventory = new SimulatedHost(id).Inventory() with
        {
            OsId = os,
            OsRelease = release,
            Packages = [.. words.Select(w => new InstalledPackage(w[0], "amd64", w[1]))],
            Origins = [.. words.Where(w => w.Length > 2).Select(w => new PackageOrigin(w[0], "amd64", w[2], w[3]))],
        };
        await hosts.InventoryAsync(id, inventory.ToBytes(), 0, 0);
    }

    /// <summary>Looks for what is new; answers how many hosts were judged anew.</summary>
    public Task<int> LookAsync() => Server.Get<FleetExposure>().LookAsync(TestContext.Current.CancellationToken);

    /// <summary>The exposure as the API tells it.</summary>
    public async Task<ExposurePage> ExposureAsync(string? cve = null, bool? ended = null) => await (await ApiAsync()).ExposureAsync(cve, ended: ended);

    /// <summary>The one row, as the API tells it.</summary>
    public async Task<ExposureView> OneAsync(string cve, bool? ended = null) => Assert.Single((await ExposureAsync(cve, ended)).Items);

    public async Task<IPatchFlowApi> ApiAsync() => _api ??= await Server.ClientAsync("reader", Role.Viewer);

    public async Task<Ran> CliAsync(string line)
    {
        if (_cli is null)
        {
            _cli = new CliRun(Server.Address);
            await _cli.PersonAsync(Server, "vera", Role.Viewer);
        }

        return await _cli.AsAsync("vera", line);
    }

    /// <summary>All that the database keeps of advisories and exposure, but for when a feed was last asked.</summary>
    public string Kept() => Server.Database.Read(c => string.Join('\n', new[]
    {
        "SELECT feed || key || digest || sequence FROM advisory_records", "SELECT feed || name || digest FROM advisory_documents",
        "SELECT host || package || vulnerability || since || COALESCE(fix_since, '') || COALESCE(ended, '') || rank FROM exposures", "SELECT 'entries ' || COUNT(*) FROM audit_entries",
    }.SelectMany(sql => c.Query<string>(sql))));

    public async ValueTask DisposeAsync()
    {
        _cli?.Dispose();
        await Server.DisposeAsync();
        await Vendor.DisposeAsync();
        Directory.Delete(_root, recursive: true);
    }

    private static object Release(string urgency, string word) => word switch
    {
        "open" => new { status = "open", urgency },
        "nodsa" => new { status = "open", urgency, nodsa = "Minor issue", nodsa_reason = "" },
        _ => new { status = "resolved", urgency, fixed_version = word },
    };
}
