using System.Security.Cryptography;
using System.Text.Json;
using Dapper;
using PatchFlow.Client;
using PatchFlow.Core.Advisories;
using PatchFlow.Server.Api;
using PatchFlow.Server.Feeds;
using PatchFlow.Server.Storage;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>
/// A vendor's CSAF distribution below a folder, made with real keys, served on loopback as a mirror of <see cref="Vendor"/>, and the feed part
/// of the server on a temporary database.
/// </summary>
internal sealed class CsafBench : IAsyncDisposable
{
    /// <summary>Where the vendor's own lists say that they are.</summary>
    public const string Vendor = "https://vendor.example/";

    public const string Provider = "provider-metadata.json";
    public const string Feed = "white/feed.json";
    public const string Changes = "dir/changes.csv";
    private static readonly Lazy<OwnKey> SharedKey = new(() => new OwnKey("vendor"));
    private static readonly Lazy<OwnKey> SharedOther = new(() => new OwnKey("somebody else"));
    private readonly string _folder = Directory.CreateTempSubdirectory("pf-csaf-").FullName;
    private readonly Database _database;
    private FeedTransport? _transport;
    private AdvisoryFetches _fetches = null!;

    private CsafBench(FeedSimulator simulator, string root)
    {
        (Simulator, Root) = (simulator, root);
        _database = new Database(Path.Combine(_folder, "db"));
        Configure(new AdvisoryFeed("vendor", DocumentKind.Csaf, new(simulator.Address, Provider), "", "0 17 * * * ?", TimeSpan.FromDays(7)));
    }

    /// <summary>The key that the vendor signs with.</summary>
    public static OwnKey Key => SharedKey.Value;

    /// <summary>A key that nobody trusts.</summary>
    public static OwnKey OtherKey => SharedOther.Value;

    public string Root { get; }

    public FeedSimulator Simulator { get; }

    public SetClock Clock { get; } = new(FeedBench.Start);

    public FeedLimits Limits { get; set; } = new() { Time = TimeSpan.FromSeconds(10) };

    public AdvisoryFeed Configured { get; private set; } = null!;

    public AdvisoryStore Store => new(_database);

    /// <summary>The file with the marks.</summary>
    public string MarksFile => Path.Combine(_folder, "db.feeds.json");

    /// <summary>What fetches have logged.</summary>
    public LineLog<AdvisoryFetches> Log { get; } = new();

    /// <summary>What is remembered apart from the database, as after a restart.</summary>
    public FeedStore Marks { get; private set; } = null!;

    /// <summary>Entries of the ROLIE feed, by path.</summary>
    public SortedDictionary<string, (string Id, DateTimeOffset Updated)> Listed { get; } = new(StringComparer.Ordinal);

    /// <summary>With two signed documents, in a ROLIE feed that the provider's metadata names.</summary>
    public static async Task<CsafBench> StartAsync()
    {
        var root = Directory.CreateTempSubdirectory("pf-vendor-").FullName;
        var bench = new CsafBench(await FeedSimulator.StartAsync(root), root);
        bench.Put("white/a-1.json", "A-1");
        bench.Put("white/b-1.json", "B-1");
        bench.WriteFeed();
        bench.WriteProvider("WHITE");
        return bench;
    }

    /// <summary>The feed as it was, but of that address.</summary>
    public void ConfigureAt(string path, bool isSigned = false) => Configure(Configured with { Address = new(Simulator.Address, path), Keyrings = isSigned ? [Key.Public] : [] });

    /// <summary>The same, of the folder or a file in it.</summary>
    public void ConfigureFile(string path, string? keyring = null) => Configure(Configured with { Address = new($"file://{path}"), Keyrings = keyring is null ? [] : [keyring] });

    public void Configure(AdvisoryFeed feed)
    {
        Configured = feed;
        _transport?.Dispose();
        var feeds = new FeedList([], [feed]);
        _transport = new FeedTransport(feeds, Limits);
        Marks = new FeedStore(_database);
        _fetches = new AdvisoryFetches(feeds, Store, Marks, new AdvisoryFetcher(_transport, new FeedFolders(_folder), Limits, Store, Marks, Clock), Clock, Log);
    }

    /// <summary>Has the database know nothing of the feed, as one of before it was declared; the marks beside it stay.</summary>
    public async Task ForgetAsync()
    {
        await _database.WriteAsync((c, t) => c.Execute("DELETE FROM advisory_feeds; DELETE FROM advisory_documents; DELETE FROM advisory_records; DELETE FROM advisory_cves", transaction: t));
        Configure(Configured);
    }

    public Task<AdvisoryFeedRow> FetchAsync() => _fetches.FetchAsync(Configured.Name, TestContext.Current.CancellationToken);

    public async Task FetchWellAsync() => Assert.Null((await FetchAsync()).LastError);

    /// <summary>How the feed stands, as the API tells it.</summary>
    /// <summary>What the last entry says that an auditor sees.</summary>
    public IReadOnlyList<string> AuditDetails() =>
        Core.Auditing.AuditEntry.Parse(_database.Read(c => c.ExecuteScalar<byte[]>("SELECT bytes FROM audit_entries ORDER BY sequence DESC LIMIT 1")!)).Details;

    public FeedView View()
    {
        var feeds = new FeedList([], [Configured]);
        return new FeedReads(feeds, Marks, new FeedCatalog(feeds, Marks, new FeedFolders(_folder), Clock), Store, new FeedFolders(_folder), Clock).Detailed(Configured.Name);
    }

    /// <summary>What was refused, as a person sees it.</summary>
    public IEnumerable<string> Refused() => Store.Refused(Configured.Name, 100).Where(r => r.Position != CsafHashes.Position).Select(r => $"{r.File}{(r.Position.Length > 0 ? $" {r.Position}" : "")}: {r.Reason}");

    /// <summary>What is in use: ids with versions, and whether they are withdrawn.</summary>
    public IEnumerable<string> InUse() => _database.Read(c => c.Query<string>("SELECT body FROM advisory_records WHERE body IS NOT NULL ORDER BY id, key").ToList())
        .Select(AdvisoryRecord.Read<Advisory>).Select(a => $"{a.Id} {a.Revision}{(a.Withdrawn is null ? "" : " withdrawn")}");

    /// <summary>A document with its checksum and signature, listed as changed on its own date.</summary>
    public void Put(string path, string id, int version = 1, OwnKey? key = null, DateTimeOffset? date = null, string cve = "CVE-2026-0001")
    {
        var at = date ?? FeedBench.Start.AddDays(version - 10);
        Write(path, Document(id, version, at, cve));
        WriteSum(path);
        Sign(path, key ?? Key);
        Listed[path] = (id, at);
    }

    public void Write(string path, string text)
    {
        var file = PathOf(path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }

    public string PathOf(string path) => Path.Combine(Root, path);

    public void Remove(string path) => File.Delete(PathOf(path));

    public void WriteSum(string path) => Write(path + ".sha512", $"{Convert.ToHexStringLower(SHA512.HashData(File.ReadAllBytes(PathOf(path))))}  {Path.GetFileName(path)}\n");

    public void Sign(string path, OwnKey key) =>
        Tool.Run("gpg", "--homedir", key.Home, "--batch", "--yes", "--quiet", "--armor", "--detach-sign", "--output", PathOf(path + ".asc"), PathOf(path));

    /// <summary>The ROLIE feed with what is listed; <paramref name="more"/> is put behind its entries as it stands.</summary>
    public void WriteFeed(DateTimeOffset? updated = null, string more = "", string rel = "rel", string host = Vendor)
    {
        var entries = Listed.Where(d => d.Key.StartsWith("white/", StringComparison.Ordinal)).Select(d => Entry(d.Key, d.Value.Id, d.Value.Updated, rel, host));
        Write(Feed, $$$"""
            {"feed":{"id":"x","title":"x","link":[{"rel":"self","href":"{{{Vendor}}}{{{Feed}}}"}],"updated":"{{{Text(updated ?? Listed.Values.Max(v => v.Updated))}}}",
             "entry":[{{{string.Join(",\n", entries)}}}{{{more}}}]}}
            """);
    }

    public static string Entry(string path, string id, DateTimeOffset updated, string rel = "rel", string host = Vendor) => JsonSerializer.Serialize(new
    {
        id,
        link = new[] { ("self", ""), ("hash", ".sha512"), ("signature", ".asc") }.Select(l => new Dictionary<string, string> { [l.Item1 == "self" ? "rel" : rel] = l.Item1, ["href"] = $"{host}{path}{l.Item2}" }),
        published = Text(updated),
        updated = Text(updated),
        content = new { type = "application/json", src = $"{host}{path}" },
    });

    /// <summary>Metadata that names the ROLIE feed, under a label; and the directory where the label is empty.</summary>
    public void WriteProvider(string? label)
    {
        var (feed, directory) = ($$$"""{"rolie":{"feeds":[{"tlp_label":"{{{label}}}","url":"{{{Vendor}}}{{{Feed}}}"}]}}""", $$$"""{"directory_url":"{{{Vendor}}}dir"}""");
        Write(Provider, $$$"""
            {"metadata_version":"2.0","canonical_url":"{{{Vendor}}}{{{Provider}}}","role":"csaf_trusted_provider","last_updated":"2026-11-01T00:00:00Z",
             "publisher":{"name":"v","category":"vendor","namespace":"{{{Vendor}}}"},"public_openpgp_keys":[],"distributions":[{{{(label is null ? directory : $"{feed},{directory}")}}}]}
            """);
    }

    /// <summary>The directory's list of changes, of what is listed below it.</summary>
    public void WriteChanges() => Write(Changes, string.Concat(Listed.Where(d => d.Key.StartsWith("dir/", StringComparison.Ordinal)).Select(d => $"\"{d.Key[4..]}\",\"{Text(d.Value.Updated)}\"\n")));

    public static string Document(string id, int version, DateTimeOffset date, string cve = "CVE-2026-0001") =>
        $$$"""
        {"document":{"csaf_version":"2.0","category":"csaf_security_advisory","title":"x","publisher":{"name":"v","category":"vendor","namespace":"https://vendor.example"},
         "tracking":{"id":"{{{id}}}","status":"final","version":"{{{version}}}","initial_release_date":"2026-11-01T00:00:00Z","current_release_date":"{{{Text(date)}}}","revision_history":[{"number":"{{{version}}}","date":"{{{Text(date)}}}","summary":"x"}]}},
         "product_tree":{"full_product_names":[{"product_id":"P","name":"p"}]},
         "vulnerabilities":[{"cve":"{{{cve}}}","product_status":{"known_affected":["P"]}}]}
        """;

    public async ValueTask DisposeAsync()
    {
        _transport!.Dispose();
        await Simulator.DisposeAsync();
        _database.Dispose();
        Directory.Delete(Root, recursive: true);
        Directory.Delete(_folder, recursive: true);
    }

    private static string Text(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);
}
