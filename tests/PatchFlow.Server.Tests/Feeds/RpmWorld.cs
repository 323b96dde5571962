using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using PatchFlow.Client;
using PatchFlow.Server.Feeds;
using PatchFlow.Server.Tests.Matching;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>
/// A repository of rpm on a vendor's web server: its index, signed or not, and its advisories, packed as the vendor likes. It is followed by the
/// feeds <c>plain</c>, <c>rocky</c> (the same with a platform), <c>signed</c>, <c>listed</c> (by a list of mirrors), <c>mirrored</c> and
/// <c>sealed</c> (signed and listed).
/// </summary>
internal sealed class RpmWorld : IAsyncDisposable
{
    public const string Repomd = "repo/repodata/repomd.xml", Signature = Repomd + ".asc", Metalink = "metalink.xml";
    private static readonly Lazy<OwnKey> SharedKey = new(() => new OwnKey("rpm"));
    private static readonly Lazy<OwnKey> SharedForeignKey = new(() => new OwnKey("nobody"));

    private RpmWorld(ExposureWorld world) => World = world;

    public ExposureWorld World { get; }

    public FeedSimulator Vendor => World.Vendor;

    /// <summary>A key that no feed trusts.</summary>
    public static OwnKey ForeignKey => SharedForeignKey.Value;

    /// <summary>The bytes of the index that was published last.</summary>
    public byte[] Index { get; private set; } = [];

    /// <summary>The name of the advisories that were published last.</summary>
    public string Packed { get; private set; } = "";

    /// <summary>What the advisories are packed with: the ending.</summary>
    public string Packing { get; set; } = ".gz";

    /// <summary>The kind of checksum in the index.</summary>
    public string Sum { get; set; } = "sha256";

    /// <summary>Changes the index before it is signed.</summary>
    public Func<string, string> Bend { get; set; } = text => text;

    /// <summary>Changes the packed advisories before their checksum is taken.</summary>
    public Func<byte[], byte[]> BendPacked { get; set; } = bytes => bytes;

    public static async Task<RpmWorld> StartAsync(FeedLimits? limits = null) => new(await ExposureWorld.StartAsync(
        (vendor, _) => new FeedOptions[]
        {
            Entry("plain", vendor),
            Entry("signed", vendor, keyring: SharedKey.Value.Public),
            Entry("listed", vendor, metalink: $"{vendor}{Metalink}"),
            Entry("sealed", vendor, SharedKey.Value.Public, $"{vendor}{Metalink}"),
            Entry("rocky", vendor, platform: "Rocky Linux:9"),
            new() { Name = "mirrored", Kind = "rpm-repository", Address = $"{vendor}gone", Mirrors = [$"{vendor}dead", $"{vendor}repo"] },
        }.Select(entry => AdvisoryFeed.Of(entry, "test")),
        limits));

    public static FeedOptions Entry(string name, Uri vendor, string? keyring = null, string? metalink = null, string? platform = null) =>
        new() { Name = name, Kind = "rpm-repository", Address = $"{vendor}repo/", Keyring = keyring, Metalink = metalink, Platform = platform };

    /// <summary>Advisories with these ids, each of which mends <c>openssl</c> in Rocky Linux 9.</summary>
    public static string Updates(params string[] ids) => $"""
        <?xml version="1.0" encoding="UTF-8"?>
        <updates>
        {string.Concat(ids.Select(id => $"""
        <update from="v@vendor.example" status="final" type="security" version="1"><id>{id}</id><title>openssl</title><severity>Important</severity>
         <issued date="2026-11-01 00:00:00"/><references><reference href="https://vendor.example" id="CVE-2026-0001" type="cve" title="x"/></references>
         <pkglist><collection short="b"><name>Rocky Linux 9</name><package name="openssl" version="3.0.7" release="{ids.Length}.el9" epoch="1" arch="x86_64" src="openssl-3.0.7-2.el9.src.rpm"><filename>o.rpm</filename></package></collection></pkglist></update>
        """))}
        </updates>
        """;

    /// <summary>Publishes the repository, made an hour ago, with these advisories; null: without any.</summary>
    public void Publish(string? updates, TimeSpan? age = null, OwnKey? key = null)
    {
        var made = (World.Now - (age ?? TimeSpan.FromHours(1))).ToUnixTimeSeconds();
        var text = new StringBuilder($"<?xml version=\"1.0\"?>\n<repomd xmlns=\"http://linux.duke.edu/metadata/repo\">\n<revision>{made}</revision>\n");
        text.Append(CultureInfo.InvariantCulture, $"<data type=\"primary\"><checksum type=\"sha256\">{new string('a', 64)}</checksum><location href=\"repodata/primary.xml.gz\"/><timestamp>{made}</timestamp></data>\n");
        text.Append(updates is null ? "" : Advisories(updates, made));
        WriteIndex(Bend($"{text}</repomd>\n"), key);
    }

    /// <summary>Puts this index up, signed.</summary>
    public void WriteIndex(string text, OwnKey? key = null)
    {
        Index = Encoding.UTF8.GetBytes(text);
        World.Write(Repomd, Index);
        var folder = Directory.CreateTempSubdirectory("pf-sign-").FullName;
        File.WriteAllBytes(Path.Combine(folder, "repomd.xml"), Index);
        Tool.Run("gpg", "--homedir", (key ?? SharedKey.Value).Home, "--batch", "--yes", "--armor", "--detach-sign", Path.Combine(folder, "repomd.xml"));
        World.Write(Signature, File.ReadAllBytes(Path.Combine(folder, "repomd.xml.asc")));
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>Has the list of mirrors name these editions of the index, the newest first.</summary>
    public void List(params byte[][] editions) => World.Write(Metalink, $"""
        <metalink version="3.0" xmlns="http://www.metalinker.org/" xmlns:mm0="http://fedorahosted.org/mirrormanager"><files><file name="repomd.xml">{Edition(editions[0])}
        <mm0:alternates>{string.Concat(editions[1..].Select(e => $"<mm0:alternate>{Edition(e)}</mm0:alternate>"))}</mm0:alternates>
        </file></files></metalink>
        """);

    /// <summary>Has a feed fetched, and it must be refused with these words; the snapshot in use stays.</summary>
    public async Task<AdvisoryFeedRow> RefusedAsync(string feed, params string[] words)
    {
        var before = World.Server.Get<AdvisoryStore>().Row(feed);
        var row = await World.FetchAsync(feed);
        Assert.All(words, w => Assert.Contains(w, row.LastError, StringComparison.Ordinal));
        Assert.Equal((before.Snapshot, before.Sequence), (row.Snapshot, row.Sequence));
        return row;
    }

    /// <summary>The advisories of a feed in use.</summary>
    public IEnumerable<string> Said(string feed) => World.Server.Database.Read(c =>
        Dapper.SqlMapper.Query<string>(c, "SELECT id FROM advisory_records WHERE feed = @feed AND body IS NOT NULL ORDER BY id", new { feed }).ToList());

    /// <summary>Runs SQL on the database.</summary>
    public Task ExecuteAsync(string sql) => World.Server.Database.WriteAsync((c, t) => Dapper.SqlMapper.Execute(c, sql, transaction: t));

    /// <summary>A feed as it is configured.</summary>
    public AdvisoryFeed Feed(string feed) => World.Server.Get<FeedList>().FindAdvisories(feed)!;

    /// <summary>The feed as the API tells it.</summary>
    public async Task<FeedView> ViewAsync(string feed) => await (await World.ApiAsync()).FeedAsync(feed);

    public ValueTask DisposeAsync() => World.DisposeAsync();

    private static string Edition(byte[] bytes) =>
        $"<size>{bytes.Length}</size><verification><hash type=\"md5\">{new string('a', 32)}</hash><hash type=\"sha256\">{Convert.ToHexStringLower(SHA256.HashData(bytes))}</hash></verification>";

    private string Advisories(string updates, long made)
    {
        var plain = Encoding.UTF8.GetBytes(updates);
        var packed = BendPacked(Pack(plain));
        Packed = $"{Hex(packed)[..8]}-updateinfo.xml{Packing}";
        World.Write($"repo/repodata/{Packed}", packed);
        return $"""
            <data type="updateinfo"><checksum type="{Sum}">{Hex(packed)}</checksum><open-checksum type="{Sum}">{Hex(plain)}</open-checksum>
             <location href="repodata/{Packed}"/><timestamp>{made}</timestamp><size>{packed.Length}</size><open-size>{plain.Length}</open-size></data>
            <data type="updateinfo_zck"><checksum type="sha256">{new string('b', 64)}</checksum><location href="repodata/updateinfo.xml.zck"/><timestamp>{made}</timestamp></data>

            """;
    }

    private byte[] Pack(byte[] plain)
    {
        if (Packing.Length == 0)
        {
            return plain;
        }

        var path = Path.Combine(Directory.CreateTempSubdirectory("pf-pack-").FullName, "x");
        File.WriteAllBytes(path, plain);
        // Without the time of day, so that the same text is the same file whenever it is packed.
        string[] options = Packing == ".gz" ? ["-n", "-q", "-k", path] : ["-q", "-k", path];
        Tool.Run(Packing switch { ".gz" => "gzip", ".bz2" => "bzip2", ".xz" => "xz", _ => "zstd" }, options);
        var packed = File.ReadAllBytes(path + Packing);
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
        return packed;
    }

    // As the tools write it: sha is SHA-1.
    private string Hex(byte[] bytes)
    {
        var name = Sum switch { "sha" => HashAlgorithmName.SHA1, "md5" => HashAlgorithmName.MD5, "sha384" => HashAlgorithmName.SHA384, "sha512" => HashAlgorithmName.SHA512, _ => HashAlgorithmName.SHA256 };
        return Convert.ToHexStringLower(CryptographicOperations.HashData(name, bytes));
    }
}
