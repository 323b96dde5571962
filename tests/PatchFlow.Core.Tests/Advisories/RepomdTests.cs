using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using PatchFlow.Core.Advisories;

namespace PatchFlow.Core.Tests.Advisories;

public sealed class RepomdTests
{
    private const string Sum = "<checksum type=\"sha256\">cb2c38843bced855f95945adcd7a84e7d192b48f87fe7f85d5b00e63019557e0</checksum>";
    private const string Suse = "rpm/opensuse-11.0-update/repodata";

    [Theory]
    [InlineData("rpm/fedora-43-updates/repodata/repomd.xml", "1769300455", 13, "repodata/74f58a91baa4a290e7ab058c6298b46ef49fc5ee990ede14d181340e5d22fca9-updateinfo.xml.zst", 1533306L, 33442814L)]
    [InlineData("rpm/rocky-8.4/repodata/repomd.xml", "8.4", 9, "repodata/updateinfo.xml.gz", 24366L, 184021L)]
    [InlineData("rpm/amazon/repomd.xml", "1656636233", 9, "repodata/updateinfo.xml.gz", 797517L, 8150735L)]
    [InlineData("rpm/almalinux-9-baseos/repodata/repomd.xml", "1784024265", 2, "repodata/106ba7d2cc8d0ba45aebfe29e32dbbc6ac0bb0378413184d62e6198d13fedb76-updateinfo.xml.gz", null, null)]
    [InlineData(Suse + "/repomd.xml", null, 5, "repodata/updateinfo.xml.gz", null, null)]
    [InlineData("rpm/invalid/almalinux-badid/repodata/repomd.xml", "1784024265", 2, "repodata/badid-updateinfo.xml.gz", null, null)]
    public void AnIndexOfTheCorpusIsRead(string file, string? revision, int files, string advisories, long? size, long? open)
    {
        var (found, refusals) = Of(file);
        Assert.Empty(refusals);
        Assert.Equal((revision, files), (found!.Revision, found.Files.Length));
        Assert.Equal((advisories, size, open), (found.Advisories!.Location, found.Advisories.SizeBytes, found.Advisories.OpenSizeBytes));
        Assert.NotNull(found.Packages);
    }

    // Its files' times count first: a revision may be a number of any sort.
    [Theory]
    [InlineData("rpm/fedora-43-updates/repodata/repomd.xml", 1769302220L)]
    [InlineData("rpm/rocky-8.4/repodata/repomd.xml", 1632172541L)]
    [InlineData("rpm/amazon/repomd-without-updateinfo.xml", 1513061451L)]
    [InlineData(Suse + "/repomd.xml", 1224755535L)]
    [InlineData("rpm/almalinux-9-baseos/repodata/repomd.xml", 1784024265L)]
    public void AnIndexOfTheCorpusHasADate(string file, long second) => Assert.Equal(second, Of(file).Found!.Time!.Value.ToUnixTimeSeconds());

    [Theory]
    [InlineData("<revision>1784024265</revision>", 1784024265L)]
    [InlineData("<revision>1784024265</revision><data type=\"primary\">{0}<location href=\"p.xml.gz\"/><timestamp>1700000000</timestamp></data>", 1700000000L)]
    [InlineData("<revision>8.4</revision>", null)]
    [InlineData("<revision>20230101</revision>", null)]
    [InlineData("<revision>202301011200</revision>", null)]
    [InlineData("", null)]
    public void ARevisionIsADateOnlyWhereItIsASecondAndTheFilesHaveNone(string text, long? second) =>
        Assert.Equal(second, Read(text.Replace("{0}", Sum, StringComparison.Ordinal)).Found!.Time?.ToUnixTimeSeconds());

    [Fact]
    public void WithoutAdvisoriesARepositorySaysNothingOnUpdates()
    {
        var (found, refusals) = Of("rpm/amazon/repomd-without-updateinfo.xml");
        Assert.Empty(refusals);
        Assert.Null(found!.Advisories);
        Assert.Equal((AdvisoryData.None, 3), (found.AdvisoryData, found.Files.Length));
    }

    // Whoever takes a damaged entry for none would think that nothing is to be patched.
    [Theory]
    [InlineData("<data type=\"primary\">{0}<location href=\"p.xml.gz\"/></data>", AdvisoryData.None)]
    [InlineData("<data type=\"updateinfo\">{0}<location href=\"u.xml.gz\"/></data>", AdvisoryData.Published)]
    [InlineData("<data type=\"updateinfo\">{0}<location href=\"u.xml\"/></data><data type=\"updateinfo_zck\">{0}<location href=\"u.xml.zck\"/></data>", AdvisoryData.Published)]
    [InlineData("<data type=\"updateinfo_zck\">{0}<location href=\"u.xml.zck\"/></data>", AdvisoryData.Unreadable)]
    [InlineData("<data type=\"updateinfo\">{0}<location href=\"u.xml.zck\"/></data>", AdvisoryData.Unreadable)]
    [InlineData("<data type=\"updateinfo\">{0}<location href=\"../u.xml.gz\"/></data>", AdvisoryData.Unreadable)]
    [InlineData("<data type=\"updateinfo\"><location href=\"u.xml.gz\"/></data>", AdvisoryData.Unreadable)]
    public void NoAdvisoriesAreNotTheSameAsNoneThatCanBeRead(string data, AdvisoryData expected)
    {
        var found = Read(data.Replace("{0}", Sum, StringComparison.Ordinal)).Found!;
        Assert.Equal(expected, found.AdvisoryData);
        Assert.Equal(expected == AdvisoryData.Published, found.Advisories is not null);
    }

    [Fact]
    public void OfTheFormsOfAFileOneIsTakenThatCanBeRead()
    {
        var found = Of("rpm/fedora-43-updates/repodata/repomd.xml").Found!;
        Assert.Equal(["updateinfo", "updateinfo_zck"], found.Files.Select(f => f.Type).Where(t => t.StartsWith("updateinfo", StringComparison.Ordinal)));
        Assert.EndsWith(".zst", found.Advisories!.Location, StringComparison.Ordinal);
        Assert.Null(Read($"<data type=\"updateinfo\">{Sum}<location href=\"repodata/u.xml.zck\"/></data>").Found!.Advisories);
    }

    [Fact]
    public void EveryPartOfAFileIsRead()
    {
        var found = Of("rpm/rocky-8.4/repodata/repomd.xml").Found!;
        Assert.Equal(["cpe:/o:rocky:rocky:8"], found.Platforms);
        Assert.Equal(
            new RepomdFile
            {
                Type = "primary",
                Location = "repodata/9d25370cf8f2bdf046145fa51ef3d0229ecc6862cbe35281a70184cc39089f54-primary.xml.gz",
                Checksum = new(SumKind.Sha256, "9d25370cf8f2bdf046145fa51ef3d0229ecc6862cbe35281a70184cc39089f54"),
                OpenChecksum = new(SumKind.Sha256, "554780b39c8a31f3b92eb2356f38099bd6135834c51542c8ffb889aa6d37c1a0"),
                SizeBytes = 4136440,
                OpenSizeBytes = 29944727,
                Made = DateTimeOffset.FromUnixTimeSeconds(1632166291),
            },
            found.Packages);
    }

    // Both of its checksums have 65 digits.
    [Fact]
    public void AChecksumOfTheWrongLengthIsRefused()
    {
        var (found, refusals) = Of("rpm/invalid/almalinux-corruptcrc/repodata/repomd.xml");
        Assert.Empty(found!.Files);
        Assert.Equal(AdvisoryData.Unreadable, found.AdvisoryData);
        Assert.Equal(["primary (line 4)", "updateinfo (line 8)"], refusals.Select(r => r.Position));
        Assert.All(refusals, r => Assert.Contains("has 65", r.Reason, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("updateinfo")]
    [InlineData("primary")]
    public void SusesChecksumsAreThoseOfTheFilesAndAuthoriseNothing(string type)
    {
        var found = Of(Suse + "/repomd.xml").Found!.Find(type)!;
        var bytes = File.ReadAllBytes(Corpus.PathOf($"{Suse}/{type}.xml.gz"));
        using var unzipped = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress);
        using var open = new MemoryStream();
        unzipped.CopyTo(open);
        Assert.Equal((Sha1(bytes), Sha1(open.ToArray())), (found.Checksum.Hex, found.OpenChecksum!.Hex));
        Assert.Equal((SumKind.Sha1, false, false), (found.Checksum.Kind, found.Checksum.Authorises, found.Checksum.Matches(bytes)));
    }

    [Fact]
    public void ATrimmedFileDoesNotHaveItsChecksum()
    {
        var found = Of("rpm/almalinux-9-baseos/repodata/repomd.xml").Found!.Advisories!;
        Assert.True(found.Checksum.Authorises);
        Assert.False(found.Checksum.Matches(File.ReadAllBytes(Corpus.PathOf($"rpm/almalinux-9-baseos/{found.Location}"))));
        var fedora = Of("rpm/fedora-43-updates/repodata/repomd.xml").Found!.Advisories!;
        Assert.False(fedora.Checksum.Matches(File.ReadAllBytes(Corpus.PathOf($"rpm/fedora-43-updates/{fedora.Location}"))));
    }

    [Theory]
    [InlineData("/etc/passwd", "no path below")]
    [InlineData("../x.xml", "no path below")]
    [InlineData("repodata/../../x.xml", "no path below")]
    [InlineData("repodata/%2e%2e/x.xml", "no path below")]
    [InlineData("%2Fetc/passwd", "no path below")]
    [InlineData("repodata//x.xml", "no path below")]
    [InlineData("http://example.org/x.xml", "no path below")]
    [InlineData("//example.org/x.xml", "no path below")]
    [InlineData("file:x", "no path below")]
    [InlineData("a\\b", "no path below")]
    [InlineData("a b", "no path below")]
    [InlineData("", "no path below")]
    public void AFileOutsideTheRepositoryIsRefused(string location, string reason)
    {
        var (found, refusals) = Read($"<data type=\"a\">{Sum}<location href=\"{location}\"/></data>\n<data type=\"b\">{Sum}<location href=\"x\"/></data>");
        Assert.Equal("b", Assert.Single(found!.Files).Type);
        Assert.Equal("a (line 1)", Assert.Single(refusals).Position);
        Assert.Contains(reason, refusals[0].Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<data type=\"a\">{0}<location xml:base=\"http://example.org/\" href=\"x\"/></data>", "lies elsewhere")]
    [InlineData("<data type=\"a\">{0}</data>", "no location")]
    [InlineData("<data type=\"a\"><location href=\"x\"/></data>", "no checksum")]
    [InlineData("<data>{0}<location href=\"x\"/></data>", "no type")]
    [InlineData("<data type=\"a\"><checksum type=\"crc32\">00</checksum><location href=\"x\"/></data>", "no kind of checksum")]
    [InlineData("<data type=\"a\"><checksum type=\"sha256\">xx</checksum><location href=\"x\"/></data>", "64 hex digits")]
    [InlineData("<data type=\"a\">{0}<open-checksum type=\"sha512\">00</open-checksum><location href=\"x\"/></data>", "128 hex digits")]
    [InlineData("<data type=\"a\">{0}<location href=\"x\"/><size>-1</size></data>", "size '-1'")]
    [InlineData("<data type=\"a\">{0}<location href=\"x\"/><open-size>1e9</open-size></data>", "open-size '1e9'")]
    [InlineData("<data type=\"a\">{0}<location href=\"x\"/><timestamp>now</timestamp></data>", "timestamp 'now'")]
    [InlineData("<data type=\"b\">{0}<location href=\"y\"/></data>", "listed twice")]
    public void AFileThatIsWrongIsRefusedAlone(string data, string reason)
    {
        var (found, refusals) = Read($"<data type=\"b\">{Sum}<location href=\"x\"/></data>" + data.Replace("{0}", Sum, StringComparison.Ordinal));
        Assert.Equal("x", Assert.Single(found!.Files).Location);
        Assert.Contains(reason, Assert.Single(refusals).Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("md5", 32, SumKind.Md5, false)]
    [InlineData("sha", 40, SumKind.Sha1, false)]
    [InlineData("sha1", 40, SumKind.Sha1, false)]
    [InlineData("sha224", 56, SumKind.Sha224, false)]
    [InlineData("sha256", 64, SumKind.Sha256, true)]
    [InlineData("sha384", 96, SumKind.Sha384, true)]
    [InlineData("sha512", 128, SumKind.Sha512, true)]
    public void OnlyStrongChecksumsAuthorise(string type, int digits, SumKind kind, bool authorises)
    {
        var found = Read($"<data type=\"a\"><checksum type=\"{type}\">{new string('A', digits)}</checksum><location href=\"x\"/></data>").Found!;
        Assert.Equal((kind, authorises, new string('a', digits)), (found.Files[0].Checksum.Kind, found.Files[0].Checksum.Authorises, found.Files[0].Checksum.Hex));
    }

    [Fact]
    public void AChecksumMatchesItsBytesAlone()
    {
        var bytes = "bytes"u8.ToArray();
        Assert.All([(SumKind.Sha256, SHA256.HashData(bytes)), (SumKind.Sha384, SHA384.HashData(bytes)), (SumKind.Sha512, SHA512.HashData(bytes))], sum =>
        {
            Assert.True(new FileSum(sum.Item1, Convert.ToHexStringLower(sum.Item2)).Matches(bytes));
            Assert.False(new FileSum(sum.Item1, Convert.ToHexStringLower(sum.Item2)).Matches("other"u8));
        });
    }

    [Fact]
    public void AFractionOfASecondIsRead() =>
        Assert.Equal(1284022340, Read($"<data type=\"a\">{Sum}<location href=\"x\"/><timestamp>1284022340.49</timestamp></data>").Found!.Files[0].Made!.Value.ToUnixTimeSeconds());

    [Theory]
    [InlineData("<repomd><data type=\"a\">")]
    [InlineData("<html/>")]
    [InlineData("")]
    public void AnIndexThatIsNotWholeIsNotUsed(string text)
    {
        var refusals = new List<Refusal>();
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(text));
        Assert.Null(Repomd.Read(stream, "repomd.xml", refusals.Add));
        Assert.Single(refusals);
    }

    [Fact]
    public void AnIndexThatIsTooLargeIsNotUsed()
    {
        var refusals = new List<Refusal>();
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes($"<repomd>{string.Concat(Enumerable.Repeat("<data/>", 20_000))}</repomd>"));
        Assert.Null(Repomd.Read(stream, "repomd.xml", refusals.Add, AdvisoryLimits.Default with { RecordBytes = 10_000 }));
        Assert.Contains("larger than 10000 bytes", refusals[^1].Reason, StringComparison.Ordinal);
    }

#pragma warning disable CA5350 // What the vendor published is compared, and not trusted.
    private static string Sha1(byte[] bytes) => Convert.ToHexStringLower(SHA1.HashData(bytes));
#pragma warning restore CA5350

    private static (Repomd? Found, List<Refusal> Refusals) Of(string file)
    {
        using var stream = Corpus.Open(file);
        var refusals = new List<Refusal>();
        return (Repomd.Read(stream, file, refusals.Add), refusals);
    }

    private static (Repomd? Found, List<Refusal> Refusals) Read(string files)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes($"<repomd xmlns=\"http://linux.duke.edu/metadata/repo\">{files}</repomd>"));
        var refusals = new List<Refusal>();
        return (Repomd.Read(stream, "repomd.xml", refusals.Add), refusals);
    }
}
