using System.IO.Compression;
using PatchFlow.Core.Documents;
using PatchFlow.Server.Feeds;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>An archive of CSAF documents, however it is made, is read as a folder is; what has no place of its own in it is refused, and the others are read.</summary>
public sealed class CsafArchiveTests
{
    private static string A => CsafBench.Document("A-1", 1, FeedBench.Start);

    private static string B => CsafBench.Document("B-1", 1, FeedBench.Start);

    [Theory]
    [InlineData("all.tar", "cat")]
    [InlineData("all.tar.gz", "gzip -c")]
    [InlineData("all.tgz", "gzip -c")]
    [InlineData("all.tar.xz", "xz -c")]
    [InlineData("all.tar.bz2", "bzip2 -c")]
    [InlineData("all.tar.zst", "zstd -qc")]
    [InlineData("ALL.ZIP", "")]
    public async Task AnArchiveIsReadAsAFolderIs(string name, string program)
    {
        await using var bench = await CsafBench.StartAsync();
        bench.Write("white/sub/not-listed.json", CsafBench.Document("N-1", 1, FeedBench.Start));
        Pack(bench, name, program);
        bench.ConfigureAt(name, isSigned: true);
        await bench.FetchWellAsync();
        Assert.Equal(["A-1 1", "B-1 1"], bench.InUse());
        Assert.Empty(bench.Refused());

        bench.Remove(CsafBench.Feed);
        Pack(bench, name, program);
        bench.ConfigureAt(name);
        await bench.FetchWellAsync();
        Assert.Equal(["A-1 1", "B-1 1", "N-1 1"], bench.InUse());
    }

    [Theory]
    [InlineData("../../out.json", "all.zip")]
    [InlineData("../../out.json", "all.tar")]
    [InlineData("/tmp/out.json", "all.zip")]
    [InlineData("/tmp/out.json", "all.tar")]
    [InlineData("a/../../../out.json", "all.tar")]
    [InlineData("a//out.json", "all.tar")]
    [InlineData("a\\out.json", "all.tar")]
    [InlineData("a\nout.json", "all.zip")]
    public async Task AnArchiveWithAPathThatLeadsOutOfItIsNotUsed(string path, string name)
    {
        await using var bench = await StartAsync(name, ("a.json", A), (path, A));
        Assert.Contains($"'{path.Replace('\n', '?')}' that is no plain path", (await bench.FetchAsync()).LastError, StringComparison.Ordinal);
        Assert.Empty(bench.InUse());
    }

    [Theory]
    [InlineData("all.zip")]
    [InlineData("all.tar")]
    public async Task ADocumentHasAnyNameThatItMayHaveInAFolder(string name)
    {
        await using var bench = await StartAsync(name, ("sub folder/größe #1.json", A), ("a:b?*.json", B));
        await bench.FetchWellAsync();
        Assert.Equal(["A-1 1", "B-1 1"], bench.InUse());
    }

    [Fact]
    public async Task ADocumentWithANameThatNoFileMayHaveIsRefusedAlone()
    {
        await using var bench = await StartAsync("all.zip", (new string('ö', 130) + ".json", A), ($"{new string('x', 600)}/c.json", A), ("b.json", B));
        await bench.FetchWellAsync();
        Assert.Equal(["B-1 1"], bench.InUse());
        Assert.Equal(2, bench.Refused().Count(r => r.Contains("its name is longer than", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("all.zip")]
    [InlineData("all.tar")]
    public async Task OfDocumentsOfOneNameNoneIsUsedAndWhatItSaidStays(string name)
    {
        await using var bench = await StartAsync(name, ("a.json", A));
        await bench.FetchWellAsync();
        Write(bench, name, ("b.json", B), ("a.json", CsafBench.Document("A-1", 2, FeedBench.Start)), ("./a.json", A), ("a.json", CsafBench.Document("A-1", 3, FeedBench.Start)));
        await bench.FetchWellAsync();
        Assert.Equal(["A-1 1", "B-1 1"], bench.InUse());
        Assert.Contains("a.json: the archive has several documents of this name", Assert.Single(bench.Refused()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("all.zip")]
    [InlineData("all.tar")]
    public async Task AFileInThePlaceOfAFolderTakesNothingWithIt(string name)
    {
        await using var bench = await StartAsync(name, ("x", "file"), ("x/b.json", B), ("y/b.json", B), ("y", "file"), ("z/a.json", A));
        await bench.FetchWellAsync();
        Assert.Equal(["A-1 1", "B-1 1"], bench.InUse());
        Assert.Equal(
            ["x/b.json: the archive has a file 'x' where the folder of this one would be: tell the vendor", "y: the archive has a folder of this name as well: tell the vendor"],
            bench.Refused().Order(StringComparer.Ordinal));
    }

    // Else all of its documents would be read, whatever the list says of them.
    [Theory]
    [InlineData("all.zip", true)]
    [InlineData("all.tar", true)]
    [InlineData("all.tar", false)]
    public async Task AListThatIsThereTwiceIsNotLeftOut(string name, bool isFirst)
    {
        await using var bench = await CsafBench.StartAsync();
        var list = await File.ReadAllTextAsync(bench.PathOf(CsafBench.Feed), TestContext.Current.CancellationToken);
        Write(bench, name, ("a-1.json", A), ("feed.json", isFirst ? list : "{}"), ("feed.json", isFirst ? "{}" : list));
        bench.ConfigureAt(name);
        Assert.Contains("has the list 'feed.json' twice", (await bench.FetchAsync()).LastError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ALinkIsNotFollowedAndNotReadInPlaceOfAFile()
    {
        await using var bench = await CsafBench.StartAsync();
        await File.WriteAllBytesAsync(bench.PathOf("all.tar"), TarBytes.Of(TarBytes.Entry("l.json", "", '2'), TarBytes.Entry("a.json", A), TarBytes.Entry("b.json", B), TarBytes.Entry("b.json", "", '1')), TestContext.Current.CancellationToken);
        bench.ConfigureAt("all.tar");
        await bench.FetchWellAsync();
        Assert.Equal(["A-1 1"], bench.InUse());
        Assert.Contains("l.json: it is no file but a link", bench.Refused().Last(), StringComparison.Ordinal);
        Assert.Contains("b.json: the archive has several", bench.Refused().First(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, "has a 'provider-metadata.json' that can't be read, and no other: it is no file but a link")]
    [InlineData(true, "")]
    public async Task MetadataThatAreALinkAreNotLeftOutWhereThereAreNoOthers(bool areOthers, string error)
    {
        await using var bench = await CsafBench.StartAsync();
        string Text(string path) => File.ReadAllText(bench.PathOf(path));
        var others = areOthers ? TarBytes.Entry(".well-known/csaf/provider-metadata.json", Text(CsafBench.Provider)) : [];
        var archive = TarBytes.Of(TarBytes.Entry("provider-metadata.json", "", '2'), others, TarBytes.Entry(CsafBench.Feed, Text(CsafBench.Feed)), TarBytes.Entry("white/a-1.json", A), TarBytes.Entry("white/not-listed.json", B));
        await File.WriteAllBytesAsync(bench.PathOf("all.tar"), archive, TestContext.Current.CancellationToken);
        bench.ConfigureAt("all.tar");
        Assert.Contains(error, (await bench.FetchAsync()).LastError ?? "", StringComparison.Ordinal);
        Assert.Equal(areOthers ? ["A-1 1"] : [], bench.InUse());
    }

    [Theory]
    [InlineData(-1024, "it ends without the mark of its end")]
    [InlineData(600, "it ends within 'a.json'")]
    public async Task ATarArchiveThatIsCutIsNotUsed(int at, string reason)
    {
        await using var bench = await CsafBench.StartAsync();
        var whole = TarBytes.Of(TarBytes.Entry("a.json", A), TarBytes.Entry("b.json", B));
        await File.WriteAllBytesAsync(bench.PathOf("all.tar"), whole[..(at < 0 ? whole.Length + at : at)], TestContext.Current.CancellationToken);
        bench.ConfigureAt("all.tar");
        Assert.Contains($"is no tar archive that can be read ({reason}", (await bench.FetchAsync()).LastError, StringComparison.Ordinal);
        Assert.Empty(bench.InUse());
    }

    [Theory]
    [InlineData("all.zip", "grows beyond what it may")]
    [InlineData("all.tar", "grows beyond the 4096 bytes")]
    public async Task AnArchiveThatBecomesMoreThanItMayIsNotUsed(string name, string reason)
    {
        await using var bench = await StartAsync(name, ("a.json", new string(' ', 5000)));
        bench.Limits = bench.Limits with { ArchiveBytes = 4096 };
        bench.ConfigureAt(name);
        Assert.Contains(reason, (await bench.FetchAsync()).LastError, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(CompressionLevel.NoCompression)]
    [InlineData(CompressionLevel.Optimal)]
    public async Task ATornDocumentInAZipIsRefusedAloneAndWhatItSaidStays(CompressionLevel level)
    {
        await using var bench = await StartAsync("all.zip", ("a.json", A));
        await bench.FetchWellAsync();
        WriteTorn(bench, level, ("a.json", CsafBench.Document("A-1", 2, FeedBench.Start)), ("b.json", B));
        await bench.FetchWellAsync();
        Assert.Equal(["A-1 1", "B-1 1"], bench.InUse());
        Assert.Contains("a.json", Assert.Single(bench.Refused()), StringComparison.Ordinal);
    }

    // What is unpacked at once is lost as a whole where one bit of it is another one.
    [Fact]
    public async Task WhereverADocumentIsTornBehindItsBeginningItIsRefusedAlone()
    {
        await using var bench = await StartAsync("all.zip");
        var words = string.Join(' ', Enumerable.Range(0, 200).Select(i => Digest.Of(BitConverter.GetBytes(i)).Hex));
        Write(bench, "all.zip", ("a.json", A.Replace("\"title\":\"x\"", $"\"title\":\"{words}\"", StringComparison.Ordinal)), ("b.json", B));
        var whole = await File.ReadAllBytesAsync(bench.PathOf("all.zip"), TestContext.Current.CancellationToken);
        for (var at = 300; at < 6000; at += 97)
        {
            var (torn, root) = ((byte[])whole.Clone(), bench.PathOf($"root{at}"));
            torn[at] ^= (byte)(1 << (at % 8));
            await File.WriteAllBytesAsync(bench.PathOf("all.zip"), torn, TestContext.Current.CancellationToken);
            var refused = await new CsafArchive(bench.Configured, bench.Limits, root).ExtractAsync(bench.PathOf("all.zip"), TestContext.Current.CancellationToken);
            Assert.Equal("a.json", Assert.Single(refused).File);
            Assert.Equal("b.json", Path.GetFileName(Assert.Single(Directory.EnumerateFiles(root))));
        }
    }

    [Fact]
    public async Task AZipInWhichAListIsTornIsNotUsed()
    {
        await using var bench = await StartAsync("all.zip");
        WriteTorn(bench, CompressionLevel.NoCompression, ("list.json", """{"feed":{"id":"f","title":"t","entry":[]}}""" + new string(' ', 400)), ("b.json", B));
        Assert.Contains("its entry 'list.json' is torn", (await bench.FetchAsync()).LastError, StringComparison.Ordinal);
        Assert.Empty(bench.InUse());
    }

    [Fact]
    public async Task AnArchiveOfWhichNothingCanBeUsedIsSaidToBeSo()
    {
        await using var bench = await StartAsync("all.tar", ("a.json", A), ("a.json", A));
        Assert.Contains("has no document that can be unpacked: the archive has several documents of this name", (await bench.FetchAsync()).LastError, StringComparison.Ordinal);
    }

    private static async Task<CsafBench> StartAsync(string name, params (string Name, string Text)[] files)
    {
        var bench = await CsafBench.StartAsync();
        Write(bench, name, files);
        bench.ConfigureAt(name);
        return bench;
    }

    private static void Write(CsafBench bench, string name, params (string Name, string Text)[] files)
    {
        if (name.EndsWith(".tar", StringComparison.Ordinal))
        {
            File.WriteAllBytes(bench.PathOf(name), TarBytes.Of([.. files.Select(f => TarBytes.Entry(f.Name, f.Text))]));
            return;
        }

        using var zip = new ZipArchive(File.Create(bench.PathOf(name)), ZipArchiveMode.Create);
        foreach (var (path, text) in files)
        {
            using var entry = new StreamWriter(zip.CreateEntry(path).Open());
            entry.Write(text);
        }
    }

    // One bit near the end of the first entry's bytes is another one.
    private static void WriteTorn(CsafBench bench, CompressionLevel level, params (string Name, string Text)[] files)
    {
        var path = bench.PathOf("all.zip");
        using (var zip = new ZipArchive(File.Create(path), ZipArchiveMode.Create))
        {
            foreach (var (name, text) in files)
            {
                using var entry = new StreamWriter(zip.CreateEntry(name, level).Open());
                entry.Write(text);
            }
        }

        int packed;
        using (var zip = ZipFile.OpenRead(path))
        {
            packed = (int)zip.Entries[0].CompressedLength;
        }

        var bytes = File.ReadAllBytes(path);
        // A local header has 30 bytes and the name (APPNOTE 4.3.7).
        bytes[30 + files[0].Name.Length + packed - 8] ^= 1;
        File.WriteAllBytes(path, bytes);
    }

    private static void Pack(CsafBench bench, string name, string program)
    {
        bench.Remove(name);
        if (program.Length == 0)
        {
            ZipFile.CreateFromDirectory(bench.PathOf("white"), bench.PathOf(name));
        }
        else
        {
            Tool.Run("sh", "-c", $"tar -C '{bench.PathOf("white")}' -cf - . | {program} > '{bench.PathOf(name)}'");
        }
    }
}
