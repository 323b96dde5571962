using System.IO.Compression;
using System.Text;
using System.Text.Json;
using PatchFlow.Cli;
using PatchFlow.Cli.Commands;
using PatchFlow.Server.Tests.Feeds;

namespace PatchFlow.Server.Tests.Cli;

public sealed class OfflineCommandTests
{
    private const string Osv = """{"id":"X-1","modified":"2024-01-01T00:00:00Z","aliases":["CVE-2024-0001"],"affected":[{"package":{"ecosystem":"Debian:12","name":"x"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"1.0-1"}]}]}]}""";
    private const string Vector = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H";

    [Theory]
    [InlineData("deb", "1.0~rc1-1", "1.0-1", "<")]
    [InlineData("Debian:12", "1:1.0-1", "2.0-1", ">")]
    [InlineData("apk", "1.0-r0", "1.0-r0", "=")]
    [InlineData("semver", "1.10.0", "1.9.0", ">")]
    [InlineData("dpkg", "1.0~rc1-1", "1.0-1", "<")]
    [InlineData("rhel", "1.0-1.el9", "1.0-2.el9", "<")]
    [InlineData("alma", "1.0-1.el9", "1.0-2.el9", "<")]
    public async Task TwoVersionsAreCompared(string ecosystem, string a, string b, string order) =>
        Assert.Equal(new Ran(Exit.Ok, $"{order}\n", ""), await RunAsync("", "versions", "compare", ecosystem, a, b));

    [Fact]
    public async Task EachPairOfStandardInputHasItsLine()
    {
        var ran = await RunAsync("1.0\t2.0\n1.0\t1.0-0\r\nx y\n1_0\t1\n3\t2\n", "versions", "compare", "deb");
        Assert.Equal((Exit.Refused, "<\n=\ninvalid\ninvalid\n>\n"), (ran.Exit, ran.Out));
        Assert.Contains("3: 'x y' must be two versions", ran.Error, StringComparison.Ordinal);
        Assert.Contains("4: ", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnUnknownEcosystemNamesTheKnownOnes()
    {
        var ran = await RunAsync("", "versions", "compare", "cobol", "1", "2");
        Assert.Equal(Exit.Usage, ran.Exit);
        Assert.Contains("'cobol'", ran.Error, StringComparison.Ordinal);
        var known = ran.Error.Split("one of ")[1].TrimEnd().Split(", ");
        Assert.Contains("deb", known);
        Assert.Equal(known.Order(StringComparer.OrdinalIgnoreCase), known);
    }

    [Fact]
    public async Task JsonIsReadableAndStillMovesNoCursor()
    {
        var ran = await RunAsync("", "versions", "compare", "deb", "1'+\u001b[31m\u009b\u202e\\\"", "<é&>", "--json");
        Assert.Contains("\"a\": \"1'+\\u001B[31m\\u009B\\u202E\\\\\\\"\"", ran.Out, StringComparison.Ordinal);
        Assert.Contains("\"b\": \"<é&>\"", ran.Out, StringComparison.Ordinal);
        Assert.Equal("1'+\u001b[31m\u009b\u202e\\\"", JsonDocument.Parse(ran.Out).RootElement[0].GetProperty("a").GetString());
        Assert.Contains("\"order\": \"<\"", (await RunAsync("", "versions", "compare", "deb", "1", "2", "--json")).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OneVersionAloneIsRefused() => Assert.Equal(Exit.Usage, (await RunAsync("", "versions", "compare", "deb", "1")).Exit);

    [Fact]
    public async Task VectorsAreScoredInTheirOrder()
    {
        var ran = await RunAsync("", "cvss", "score", Vector, "AV:N/AC:L/Au:N/C:P/I:P/A:P", Vector + "/A:H");
        Assert.Equal((Exit.Refused, $"9.8\tcritical\t{Vector}\n7.5\thigh\tAV:N/AC:L/Au:N/C:P/I:P/A:P\ninvalid\n"), (ran.Exit, ran.Out));
        Assert.Contains("A is given twice", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task VectorsOfStandardInputAreScored() =>
        Assert.Equal(new Ran(Exit.Ok, $"9.8\tcritical\t{Vector}\n", ""), await RunAsync($"9.8/{Vector}\n", "cvss", "score"));

    [Theory]
    [InlineData("cvss score " + Vector, "base environmental problem published score severity temporal vector")]
    [InlineData("versions compare deb 1 2", "a b order problem")]
    public async Task JsonIsAListOfRecords(string line, string keys)
    {
        using var json = JsonDocument.Parse((await RunAsync("", [.. line.Split(' '), "--json"])).Out);
        Assert.Equal(keys, string.Join(' ', json.RootElement[0].EnumerateObject().Select(p => p.Name).Order(StringComparer.Ordinal)));
    }

    [Fact]
    public async Task NeitherAddressNorTokenIsLookedAt() =>
        Assert.Equal(Exit.Ok, (await RunAsync("", "versions", "compare", "deb", "1", "2", "--url", "nonsense", "--token-file", "/nowhere")).Exit);

    [Fact]
    public async Task WhatADocumentSaysIsALineARecordAndWhatIsRefusedIsNamed()
    {
        using var folder = new InspectedFolder();
        folder.Write("good.json", Osv);
        folder.Write("list", "[29 Mar 2023] DSA-5380-1 xorg-server - security update\n\t{CVE-2023-1393}\n\t[bullseye] - xorg-server 2:1.20.11-1+deb11u6\n");
        folder.Write("wrong.json", Osv[..^1]);
        folder.Write("unknown", "words");
        var ran = await RunAsync("", "feeds", "inspect", folder.Path);
        Assert.Equal(Exit.Refused, ran.Exit);
        var lines = ran.Out.Replace(folder.Path + "/", "", StringComparison.Ordinal).TrimEnd('\n').Split('\n');
        Assert.Equal(["good.json: osv X-1 unknown 1 package CVE-2024-0001", "list: debian-list DSA-5380-1 unknown 1 package CVE-2023-1393", "unknown: refused: nothing in it tells what it is: give --kind where it is one of those that 'patchflow feeds inspect --help' lists"], lines[..3]);
        Assert.StartsWith("wrong.json: refused record 1 (line 1): ", lines[3], StringComparison.Ordinal);
        Assert.Equal("2 records read, 2 refused\n", ran.Error);
    }

    [Fact]
    public async Task ACompressedDocumentIsReadAndOneCutShortIsRefused()
    {
        using var folder = new InspectedFolder();
        using var bytes = new MemoryStream();
        using (var zipped = new GZipStream(bytes, CompressionMode.Compress, leaveOpen: true))
        {
            zipped.Write(Encoding.UTF8.GetBytes(Osv));
        }

        folder.Write("good.json.gz", bytes.ToArray());
        Assert.Equal(Exit.Ok, (await RunAsync("", "feeds", "inspect", $"{folder.Path}/good.json.gz")).Exit);
        folder.Write("cut.json.gz", bytes.ToArray()[..^12]);
        var cut = await RunAsync("", "feeds", "inspect", $"{folder.Path}/cut.json.gz");
        Assert.Equal(Exit.Refused, cut.Exit);
        folder.Write("other.json.zck", [1]);
        Assert.Contains("decompress it first", (await RunAsync("", "feeds", "inspect", $"{folder.Path}/other.json.zck")).Out, StringComparison.Ordinal);
        foreach (var archive in new[] { "all.zip", "all.tar", "all.tar.gz", "all.tar.xz", "all.tgz" })
        {
            folder.Write(archive, [1]);
            Assert.Contains("unpack it, and give the folder", (await RunAsync("", "feeds", "inspect", $"{folder.Path}/{archive}")).Out, StringComparison.Ordinal);
        }
    }

    // Bytes behind its end are none of it; and what a small file may become is bounded, long before memory is.
    [Fact]
    public async Task WhatIsPackedAsABombOrHasMoreBehindItIsRefused()
    {
        using var folder = new InspectedFolder();
        using var bytes = new MemoryStream();
        using (var zipped = new GZipStream(bytes, CompressionMode.Compress, leaveOpen: true))
        {
            zipped.Write(new byte[64 << 20]);
        }

        folder.Write("bomb.json.gz", bytes.ToArray());
        Assert.Contains("it is too large when decompressed", (await RunAsync("", "feeds", "inspect", "--kind", "debian-list", $"{folder.Path}/bomb.json.gz")).Out, StringComparison.Ordinal);
        folder.Write("good.json", Osv);
        Tool.Run("gzip", $"{folder.Path}/good.json");
        folder.Write("more.json.gz", [.. File.ReadAllBytes($"{folder.Path}/good.json.gz"), 1, 2, 3]);
        var more = await RunAsync("", "feeds", "inspect", $"{folder.Path}/more.json.gz");
        Assert.Equal(Exit.Refused, more.Exit);
        Assert.Contains("trailing garbage", more.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhatIsNotLookedIntoIsRefusedByItsName()
    {
        using var folder = new InspectedFolder();
        using var other = new InspectedFolder();
        Assert.Contains("has no document in it", (await RunAsync("", "feeds", "inspect", folder.Path)).Error, StringComparison.Ordinal);
        other.Write("linked.json", Osv);
        Directory.CreateDirectory($"{folder.Path}/.below");
        folder.Write(".below/good.json", Osv);
        File.CreateSymbolicLink($"{folder.Path}/to-a-file.json", $"{other.Path}/linked.json");
        Directory.CreateSymbolicLink($"{folder.Path}/to-a-folder", other.Path);
        File.CreateSymbolicLink($"{folder.Path}/to-nothing.json", $"{other.Path}/gone.json");
        var ran = await RunAsync("", "feeds", "inspect", folder.Path);
        var lines = ran.Out.Replace(folder.Path + "/", "", StringComparison.Ordinal).TrimEnd('\n').Split('\n');
        Assert.Equal((Exit.Refused, "2 records read, 2 refused\n"), (ran.Exit, ran.Error));
        Assert.StartsWith(".below/good.json: osv X-1", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("to-a-file.json: osv X-1", lines[1], StringComparison.Ordinal);
        Assert.Equal("to-a-folder: refused: it is a link to a folder, which is not followed: give that folder by itself", lines[2]);
        Assert.StartsWith("to-nothing.json: refused: ", lines[3], StringComparison.Ordinal);
    }

    // A name that begins with a hyphen, or holds what a shell would run, is a name.
    [Theory]
    [InlineData("gzip", ".gz")]
    [InlineData("xz", ".xz")]
    [InlineData("bzip2", ".bz2")]
    [InlineData("zstd", ".zst")]
    [InlineData("lz4", ".lz4")]
    public async Task ADocumentOfAnotherCompressionIsReadByItsProgram(string program, string end)
    {
        using var folder = new InspectedFolder();
        folder.Write("good.json", Osv);
        // lz4 keeps what it packs, and takes a pipe for where it goes unless it is told that there may be several.
        Tool.Run(program, program == "lz4" ? "-m" : "-k", "-q", $"{folder.Path}/good.json");
        File.Delete($"{folder.Path}/good.json");
        var bytes = File.ReadAllBytes($"{folder.Path}/good.json{end}");
        folder.Write($"--help;id$(id){end}", bytes);
        folder.Write($"cut.json{end}", bytes[..^6]);
        folder.Write($"wrong.json{end}", "this is no such file"u8.ToArray());
        var ran = await RunAsync("", "feeds", "inspect", folder.Path);
        var lines = ran.Out.Replace(folder.Path + "/", "", StringComparison.Ordinal).TrimEnd('\n').Split('\n');
        Assert.Equal(Exit.Refused, ran.Exit);
        Assert.Equal([$"--help;id$(id){end}: osv X-1 unknown 1 package CVE-2024-0001", $"good.json{end}: osv X-1 unknown 1 package CVE-2024-0001"], lines.Where(l => l.Contains(": osv ", StringComparison.Ordinal)));
        Assert.Contains(lines, l => l.StartsWith($"cut.json{end}: refused", StringComparison.Ordinal) && l.Contains(program, StringComparison.Ordinal));
        Assert.Contains(lines, l => l.StartsWith($"wrong.json{end}: refused: it can't be decompressed ({program}: ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task ARepositoryOfRpmIsInspectedWhole()
    {
        var fedora = FeedCorpus.PathOf("rpm/fedora-43-updates/repodata/repomd.xml");
        var ran = await RunAsync("", "feeds", "inspect", Path.GetDirectoryName(fedora)!);
        Assert.Equal(Exit.Ok, ran.Exit);
        Assert.Contains(": updateinfo FEDORA-2025-4a08954c02 low 6 packages", ran.Out, StringComparison.Ordinal);
        Assert.Contains(": repomd revision 1769300455 13 files repodata/74f58a91baa4a290e7ab058c6298b46ef49fc5ee990ede14d181340e5d22fca9-updateinfo.xml.zst", ran.Out, StringComparison.Ordinal);
        var suse = await RunAsync("", "feeds", "inspect", FeedCorpus.PathOf("rpm/opensuse-11.0-update/repodata/primary.xml.gz"));
        Assert.Equal((Exit.Ok, "2,430 records read, 0 refused\n"), (suse.Exit, suse.Error));
        Assert.Contains(": rpm-primary autoyast2-installation 2.16.19-0.1 noarch sha1:6aaad41f71f9111777c766402dd10e7bef4230b6", suse.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnArchiveOfAptIsInspectedWhole()
    {
        var suite = Path.GetDirectoryName(FeedCorpus.PathOf("apt/debian/dists/bookworm-updates/InRelease"))!;
        var ran = await RunAsync("", "feeds", "inspect", suite);
        Assert.Equal((Exit.Ok, "77 records read, 0 refused\n"), (ran.Exit, ran.Error));
        Assert.Contains("/InRelease: apt-release Debian oldstable-updates bookworm-updates 2026-11-22 480 files\n", ran.Out, StringComparison.Ordinal);
        Assert.Contains("/Packages.xz: apt-packages ca-certificates 20230311+deb12u1 all 0d5f444f594e48c1e16a41d8fc628a09b24c658916a1274025c2330f2a802bed\n", ran.Out, StringComparison.Ordinal);
        var backports = await RunAsync("", "feeds", "inspect", FeedCorpus.PathOf("apt/debian/dists/bookworm-backports/InRelease"));
        Assert.Contains("2026-11-22 valid until 2026-11-29 513 files not automatic\n", backports.Out, StringComparison.Ordinal);
    }

    // As apt's files are that are named by their hash.
    [Theory]
    [InlineData("gzip", "--stdout")]
    [InlineData("xz", "--stdout")]
    [InlineData("bzip2", "--stdout")]
    [InlineData("zstd", "--stdout")]
    [InlineData("cat", "--")]
    public async Task WhatHasNoEndOfANameIsToldByItsFirstBytes(string program, string word)
    {
        using var folder = new InspectedFolder();
        folder.Write("plain.json", Osv);
        Tool.Run("sh", "-c", $"'{program}' {word} '{folder.Path}/plain.json' > '{folder.Path}/0123456789abcdef'");
        var ran = await RunAsync("", "feeds", "inspect", $"{folder.Path}/0123456789abcdef");
        Assert.Equal((Exit.Ok, $"{folder.Path}/0123456789abcdef: osv X-1 unknown 1 package CVE-2024-0001\n"), (ran.Exit, ran.Out));
    }

    [Theory]
    [InlineData("rpm/amazon/repomd-without-updateinfo.xml", "repomd revision 1513061451 3 files no advisory data", Exit.Ok)]
    [InlineData("rpm/invalid/almalinux-corruptcrc/repodata/repomd.xml", "repomd revision 1784024265 0 files advisories that can't be read", Exit.Refused)]
    public async Task ARepositoryWithoutAdvisoriesIsTold(string file, string words, int exit)
    {
        var ran = await RunAsync("", "feeds", "inspect", FeedCorpus.PathOf(file));
        Assert.Equal(exit, ran.Exit);
        Assert.Contains($": {words}\n", ran.Out, StringComparison.Ordinal);
    }

    // Each bad document is named with its reason, and the good ones beside it go in.
    [Fact]
    public async Task EveryBadDocumentOfRpmIsReported()
    {
        var folder = Path.GetDirectoryName(Path.GetDirectoryName(Path.GetDirectoryName(FeedCorpus.PathOf("rpm/invalid/almalinux-badid/repodata/repomd.xml"))))!;
        var ran = await RunAsync("", "feeds", "inspect", folder);
        var lines = ran.Out.Replace(folder + "/", "", StringComparison.Ordinal).TrimEnd('\n').Split('\n');
        Assert.Equal(Exit.Refused, ran.Exit);
        Assert.Single(lines, l => l.StartsWith("almalinux-badid/repodata/repomd.xml: repomd revision 1784024265 2 files repodata/badid-updateinfo.xml.gz", StringComparison.Ordinal));
        Assert.Single(lines, l => l.StartsWith("almalinux-badid/repodata/badid-updateinfo.xml.gz: refused NOT-A-VALID-ADVISORY-ID (line 3): ", StringComparison.Ordinal));
        Assert.Single(lines, l => l.StartsWith("almalinux-corruptcrc/repodata/corrupt-updateinfo.xml.gz: refused: it can't be decompressed (gzip: ", StringComparison.Ordinal));
        Assert.Equal(2, lines.Count(l => l.StartsWith("almalinux-corruptcrc/repodata/repomd.xml: refused", StringComparison.Ordinal)));
    }

    // Windows is reported on, and whoever looks at a document of it is told that nothing is deployed.
    [Theory]
    [InlineData("cvrf/redhat/cvrf-rhsa-2023-5628.xml", "cvrf RHSA-2023:5628 high 3 packages CVE-2023-1095 CVE-2023-1637 CVE-2023-3609 CVE-2023-3776 CVE-2023-4128")]
    [InlineData("msrc/cvrf/2016-Apr.xml", "msrc-cvrf CVE-2016-0088 high 6 packages CVE-2016-0088 (reported on, not deployed)")]
    [InlineData("msrc/cvrf/updates.json", "msrc-months 2024-Mar revised 2024-04-09")]
    [InlineData("msrc/sug-api/deployment-0.json", "msrc-deployments KB3147461 2002-04-12 Windows 10 for x64-based Systems supersedes KB3140745 (reported on, not deployed)")]
    [InlineData("msrc/sug-api/vulnerability-0.json", "msrc-vulnerabilities CVE-2025-21384 critical 0 packages CVE-2025-21384")]
    [InlineData("msrc/update-catalog/Search-KB5025239.html", "update-catalog KB5025239 2023-04-11 Windows 11 (reported on, not deployed)")]
    [InlineData("csaf/aggregator/oasis-2.0-example-03-aggregator.json", "csaf-aggregator Example Aggregator 3 providers")]
    [InlineData("csaf/advisories/redhat/index/deletions.csv", "csaf-index 2023/rhsa-2023_6202.json 2024-08-17")]
    [InlineData("csaf/providers/gocsaf-simple-rolie-provider/provider-metadata.json", "csaf-provider ACME Inc csaf_trusted_provider 1 feed 0 by directory 1 key")]
    [InlineData("csaf/rolie/siemens-ssa-feed-tlp-white.json", "rolie-feed SSA-426509 2025-06-17 https://cert-portal.siemens.com/productcert/csaf/ssa-426509.json")]
    [InlineData("csaf/rolie/oasis-2.0-example-02-service.json", "rolie-service https://psirt.domain.tld/advisories/tlp-red/csaf/feed-tlp-red.json RED")]
    public async Task DocumentsOfCvrfOfMicrosoftAndOfProvidersAreInspected(string file, string words)
    {
        var ran = await RunAsync("", "feeds", "inspect", FeedCorpus.PathOf(file));
        Assert.Equal(Exit.Ok, ran.Exit);
        Assert.Contains($": {words}\n", ran.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OneBadDocumentOfCvrfIsReportedAndTheOthersGoIn()
    {
        var folder = Path.GetDirectoryName(Path.GetDirectoryName(FeedCorpus.PathOf("cvrf/cisco/cisco-sa-ios-xr-verii-bypass-HhPwQRvx_cvrf.xml")))!;
        var ran = await RunAsync("", "feeds", "inspect", folder);
        Assert.Equal((Exit.Refused, "4 records read, 1 refused\n"), (ran.Exit, ran.Error));
        Assert.Contains("/invalid/latin1-cvrf-opensuse-su-2016-0874-1.xml: refused line 83: ", ran.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task InspectedJsonIsARecordALine()
    {
        using var folder = new InspectedFolder();
        folder.Write("good.json", Osv);
        var ran = await RunAsync("", "feeds", "inspect", folder.Path, "--kind", "osv", "--json");
        using var json = JsonDocument.Parse(ran.Out);
        Assert.Equal(("osv", "X-1", "x"), (json.RootElement.GetProperty("kind").GetString(), json.RootElement.GetProperty("found").GetProperty("id").GetString(),
            json.RootElement.GetProperty("found").GetProperty("affected")[0].GetProperty("name").GetString()));
    }

    [Theory]
    [InlineData("feeds inspect /nowhere/at/all")]
    [InlineData("feeds inspect . --kind cobol")]
    public async Task WhatCannotBeInspectedIsAWrongCall(string line) => Assert.Equal(Exit.Usage, (await RunAsync("", line.Split(' '))).Exit);

    // A full disk behind standard output, which has room again later.
    [Fact]
    public async Task AnOutputThatCannotBeWrittenIsNoRefusalOfADocument()
    {
        using var folder = new InspectedFolder();
        Enumerable.Range(0, 20).ToList().ForEach(number => folder.Write($"{number:00}.json", Osv));
        using var output = new FullOnce(3);
        using var error = new StringWriter();
        var exit = await CommandLine.RunAsync(["feeds", "inspect", folder.Path], output, error, TextReader.Null, TestContext.Current.CancellationToken);
        Assert.Equal(Exit.Usage, exit);
        Assert.Contains("no space left", $"{error}", StringComparison.Ordinal);
        Assert.DoesNotContain("refused", $"{output}", StringComparison.Ordinal);
        Assert.Equal(2, $"{output}".Count(letter => letter == '\n'));
    }

    [Theory]
    [InlineData("plain.json", 300L)]
    [InlineData("packed.json.gz", long.MaxValue)]
    [InlineData("packed.json.xz", long.MaxValue)]
    [InlineData("packed.json.bz2", long.MaxValue)]
    [InlineData("packed.json.zst", long.MaxValue)]
    [InlineData("packed.json.lz4", long.MaxValue)]
    public void ADocumentWeighsItsBytesAndOneWhoseBytesNothingTellsTheMost(string name, long weight)
    {
        using var folder = new InspectedFolder();
        folder.Write(name, new byte[300]);
        var told = 0L;
        using (Decompression.Open(Path.Combine(folder.Path, name), bytes => told = bytes))
        {
            Assert.Equal(weight, told);
        }
    }

    private sealed class FullOnce(int failing) : StringWriter
    {
        private int _writes;

        public override void Write(string? value)
        {
            if (++_writes == failing)
            {
                throw new IOException("no space left");
            }

            base.Write(value);
        }
    }

    private sealed class InspectedFolder : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("patchflow-inspect-").FullName;

        public void Write(string name, string text) => File.WriteAllText($"{Path}/{name}", text);

        public void Write(string name, byte[] bytes) => File.WriteAllBytes($"{Path}/{name}", bytes);

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }

    private static async Task<Ran> RunAsync(string input, params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        using var reader = new StringReader(input);
        var exit = await CommandLine.RunAsync(args, output, error, reader, TestContext.Current.CancellationToken);
        return new(exit, $"{output}", $"{error}");
    }
}
