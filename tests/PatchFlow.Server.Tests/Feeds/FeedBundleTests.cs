using System.Formats.Tar;
using Microsoft.Extensions.DependencyInjection;
using PatchFlow.Server.Feeds;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>A snapshot crosses an air gap as its own signed bytes, and is verified again where it arrives.</summary>
public sealed class FeedBundleTests
{
    [Theory]
    [InlineData("InRelease")]
    [InlineData("Release")]
    [InlineData("flat")]
    public async Task WhatIsExportedIsImportedAndVerified(string kind)
    {
        await using var near = await FeedBench.StartPublishedAsync();
        await using var far = await FeedBench.StartAsync();
        Prepare(near, far, kind);
        Assert.Null((await near.FetchAsync()).LastError);
        var folder = await CarryAsync(near, far);
        Assert.True(await far.Fetches.ImportAsync("own", folder, CancellationToken.None));
        var (sent, arrived) = (Assert.Single(near.Catalog.Current()), Assert.Single(far.Catalog.Current()));
        Assert.Equal((sent.Index, far.Feed.Address), (arrived.Index, arrived.BaseAddress));
        far.Configure(far.Feed);
        Assert.Single(Assert.Single(far.Catalog.Indices()).Index.Find("demo"));
        Assert.Empty(far.Simulator.Requests);
        Assert.False(await far.Fetches.ImportAsync("own", folder, CancellationToken.None));
    }

    [Fact]
    public async Task TheImporterTrustsItsOwnKeysAndMarksAndNobodyElses()
    {
        await using var near = await FeedBench.StartPublishedAsync();
        await using var far = await FeedBench.StartAsync();
        await near.FetchAsync();
        var old = await CarryAsync(near, far);
        var own = far.Feed;
        far.Configure(own with { Keyrings = [far.Repository.MakeKey("other").Public] });
        Assert.Equal(FeedFault.UntrustedKey, (await Assert.ThrowsAsync<FeedException>(() => far.Fetches.ImportAsync("own", old, CancellationToken.None))).Fault);
        Assert.Empty(far.Catalog.Current());
        far.Configure(own);
        near.Clock.Now += TimeSpan.FromHours(3);
        far.Clock.Now = near.Clock.Now;
        near.Publish();
        await near.FetchAsync();
        Assert.True(await far.Fetches.ImportAsync("own", await CarryAsync(near, far), CancellationToken.None));
        Assert.Equal(FeedFault.WentBack, (await Assert.ThrowsAsync<FeedException>(() => far.Fetches.ImportAsync("own", old, CancellationToken.None))).Fault);
    }

    [Fact]
    public async Task AnAlteredIndexInTheArchiveIsRefused()
    {
        await using var near = await FeedBench.StartPublishedAsync();
        await using var far = await FeedBench.StartAsync();
        await near.FetchAsync();
        var folder = await CarryAsync(near, far);
        var index = Directory.EnumerateFiles(folder, "Packages", SearchOption.AllDirectories).Single();
        await File.WriteAllTextAsync(index, (await File.ReadAllTextAsync(index)).Replace("Package: demo", "Package: domo", StringComparison.Ordinal));
        Assert.Equal(FeedFault.WrongHash, (await Assert.ThrowsAsync<FeedException>(() => far.Fetches.ImportAsync("own", folder, CancellationToken.None))).Fault);
        Assert.Empty(far.Catalog.Current());
    }

    [Fact]
    public async Task TheSameSnapshotGivesTheSameBytes()
    {
        await using var bench = await FeedBench.StartPublishedAsync();
        Assert.False(await bench.Catalog.ExportAsync(bench.Feed, Stream.Null, CancellationToken.None));
        await bench.FetchAsync();
        using var first = new MemoryStream();
        using var second = new MemoryStream();
        Assert.True(await bench.Catalog.ExportAsync(bench.Feed, first, CancellationToken.None));
        await bench.Catalog.ExportAsync(bench.Feed, second, CancellationToken.None);
        Assert.Equal(first.ToArray(), second.ToArray());
    }

    // What is in front of a file is read into memory, and may say that the file has another size.
    [Theory]
    [InlineData((byte)'x', 100 << 20)]
    [InlineData((byte)'x', 10)]
    [InlineData((byte)'g', 100 << 20)]
    [InlineData((byte)'L', 100 << 20)]
    [InlineData((byte)'K', 100 << 20)]
    [InlineData((byte)'S', 10)]
    [InlineData((byte)'0', -1)]
    public async Task AnArchiveWithAnythingButPlainHeadersIsRefusedBeforeItIsRead(byte type, int size)
    {
        var header = new byte[512];
        System.Text.Encoding.ASCII.GetBytes("x").CopyTo(header, 0);
        System.Text.Encoding.ASCII.GetBytes(size < 0 ? "99999999999" : Convert.ToString(size, 8).PadLeft(11, '0')).CopyTo(header, 124);
        header[156] = type;
        System.Text.Encoding.ASCII.GetBytes("ustar\000").CopyTo(header, 257);
        header.AsSpan(148, 8).Fill((byte)' ');
        System.Text.Encoding.ASCII.GetBytes(Convert.ToString(header.Sum(b => b), 8).PadLeft(6, '0') + "\0 ").CopyTo(header, 148);
        using var tar = new MemoryStream([.. header, .. new byte[1024]]);
        var folder = Directory.CreateTempSubdirectory("pf-tar-").FullName;
        var before = GC.GetTotalAllocatedBytes();
        var refused = await Assert.ThrowsAsync<FeedException>(() => FeedBundle.ExtractAsync(tar, folder, 10, 1 << 30, TestContext.Current.CancellationToken));
        Assert.Contains("make it with 'patchflow feeds export'", refused.Message, StringComparison.Ordinal);
        Assert.Contains(size < 0 ? "size is no number" : "plain headers", refused.Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 64 << 20);
        Assert.Empty(Directory.GetFileSystemEntries(folder));
        Directory.Delete(folder);
    }

    [Fact]
    public async Task AnArchiveOfMoreFilesThanItMayHaveIsRefused()
    {
        using var tar = new MemoryStream();
        await FeedBundle.WriteAsync(Enumerable.Range(0, 1000).Select(n => ($"f{n:0000}", (Func<Stream>)(() => new MemoryStream([1])))), DateTimeOffset.UnixEpoch, tar, TestContext.Current.CancellationToken);
        tar.Position = 0;
        var folder = Directory.CreateTempSubdirectory("pf-tar-").FullName;
        var refused = await Assert.ThrowsAsync<FeedException>(() => FeedBundle.ExtractAsync(tar, folder, 999, 1 << 30, TestContext.Current.CancellationToken));
        Assert.Contains("one of more than 999", refused.Message, StringComparison.Ordinal);
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData("../x", TarEntryType.RegularFile)]
    [InlineData("/etc/x", TarEntryType.RegularFile)]
    [InlineData("dists/x", TarEntryType.SymbolicLink)]
    [InlineData("dists/x", TarEntryType.HardLink)]
    [InlineData("dists/x", TarEntryType.CharacterDevice)]
    [InlineData("dists/x", TarEntryType.BlockDevice)]
    [InlineData("dists/x", TarEntryType.Fifo)]
    [InlineData("dists", TarEntryType.Directory)]
    public async Task AnArchiveWithAnythingButPlainFilesIsRefused(string name, TarEntryType type)
    {
        using var tar = new MemoryStream();
        await using (var writer = new TarWriter(tar, leaveOpen: true))
        {
            var entry = new UstarTarEntry(type, name);
            if (type is TarEntryType.SymbolicLink or TarEntryType.HardLink)
            {
                entry.LinkName = "/etc/passwd";
            }

            await writer.WriteEntryAsync(entry, TestContext.Current.CancellationToken);
        }

        tar.Position = 0;
        var folder = Directory.CreateTempSubdirectory("pf-tar-").FullName;
        Assert.Equal(FeedFault.Malformed, (await Assert.ThrowsAsync<FeedException>(() => FeedBundle.ExtractAsync(tar, folder, FeedBundle.SuiteFiles, FeedBundle.SuiteBytes(new()), CancellationToken.None))).Fault);
        Assert.Empty(Directory.GetFileSystemEntries(folder));
        Directory.Delete(folder);
    }

    [Theory]
    [InlineData("a a/b", "the archive's entry 2 ('a/b') is below 'a', which is a file in it: make it with 'patchflow feeds export'")]
    [InlineData("a/b a", "the archive's entry 2 ('a') is a file, and there are others below it: make it with 'patchflow feeds export'")]
    [InlineData("x a a/b/c/d", "the archive's entry 3 ('a/b/c/d') is below 'a', which is a file in it: make it with 'patchflow feeds export'")]
    [InlineData("a/b/c ./a/b", "the archive's entry 2 ('a/b') is a file, and there are others below it: make it with 'patchflow feeds export'")]
    [InlineData("a/b ./a/b", "the archive's entry 2 ('a/b') is in it twice: make it with 'patchflow feeds export'")]
    [InlineData("a/../b", "the archive's entry 1 ('a/../b') is not a plain file with a relative path, or is one of more than 256: make it with 'patchflow feeds export'")]
    [InlineData("a//b", "the archive's entry 1 ('a//b') is not a plain file with a relative path, or is one of more than 256: make it with 'patchflow feeds export'")]
    public async Task AnArchiveWhoseEntriesStandInEachOthersWayIsRefusedOverTheWireToo(string names, string reason)
    {
        using var tar = new MemoryStream();
        await using (var writer = new TarWriter(tar, leaveOpen: true))
        {
            foreach (var name in names.Split(' '))
            {
                await writer.WriteEntryAsync(new UstarTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream([1]) }, TestContext.Current.CancellationToken);
            }
        }

        await using var server = await Api.ApiServer.StartAsync();
        var olga = await server.ClientAsync("olga", PatchFlow.Client.Role.Operator);
        var refused = await Assert.ThrowsAsync<PatchFlow.Client.ApiProblemException>(() => olga.ImportFeedAsync("own", new MemoryStream(tar.ToArray())));
        Assert.Equal((System.Net.HttpStatusCode.Conflict, reason), (refused.Status, refused.Problem.Detail));
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(server.DataDirectory, "feeds/.work")));
    }

    [Fact]
    public async Task AnArchiveThatIsCutOrTooLargeOrNoneIsRefused()
    {
        await using var bench = await FeedBench.StartPublishedAsync();
        await bench.FetchAsync();
        using var tar = new MemoryStream();
        await bench.Catalog.ExportAsync(bench.Feed, tar, CancellationToken.None);
        foreach (var (bytes, limits) in new[] { (tar.ToArray()[..700], new FeedLimits()), (tar.ToArray(), new FeedLimits { IndexBytes = 500 }), (new byte[] { 1, 2, 3 }, new FeedLimits()) })
        {
            var folder = Directory.CreateTempSubdirectory("pf-tar-").FullName;
            await Assert.ThrowsAsync<FeedException>(() => FeedBundle.ExtractAsync(new MemoryStream(bytes), folder, FeedBundle.SuiteFiles, FeedBundle.SuiteBytes(limits), CancellationToken.None));
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task TheArchiveGoesOverTheWireAndComesBack()
    {
        await using var bench = await FeedBench.StartPublishedAsync();
        bench.Publish();
        await using var server = await Api.ApiServer.StartAsync(services => services.AddSingleton(new FeedList([bench.Feed])));
        bench.Clock.Now = server.Clock.GetUtcNow();
        bench.Publish();
        await bench.FetchAsync();
        var olga = await server.ClientAsync("olga", PatchFlow.Client.Role.Operator);
        Assert.Equal(System.Net.HttpStatusCode.Conflict, (await Assert.ThrowsAsync<PatchFlow.Client.ApiProblemException>(() => olga.ExportFeedAsync("own"))).Status);
        using var tar = new MemoryStream();
        await bench.Catalog.ExportAsync(bench.Feed, tar, CancellationToken.None);
        var feed = await olga.ImportFeedAsync("own", new MemoryStream(tar.ToArray()));
        Assert.Equal((PatchFlow.Client.FeedState.Fresh, 1), (feed.State, (int)feed.Snapshot!.Packages));
        using var content = await olga.ExportFeedAsync("own");
        Assert.Equal(tar.ToArray(), await content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        var cut = await Assert.ThrowsAsync<PatchFlow.Client.ApiProblemException>(() => olga.ImportFeedAsync("own", new MemoryStream(tar.ToArray()[..700])));
        Assert.Equal(System.Net.HttpStatusCode.Conflict, cut.Status);
        Assert.DoesNotContain(server.DataDirectory, cut.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(server.DataDirectory, "feeds/.work")));
    }

    private static void Prepare(FeedBench near, FeedBench far, string kind)
    {
        if (kind == "Release")
        {
            near.Repository.Detach();
        }

        if (kind == "flat")
        {
            near.Repository.PublishFlat(".", near.Clock.Now.AddHours(-1));
            near.Configure(near.Feed with { Suite = ".", Components = [] });
            far.Configure(far.Feed with { Suite = ".", Components = [] });
        }
    }

    private static async Task<string> CarryAsync(FeedBench near, FeedBench far)
    {
        using var tar = new MemoryStream();
        Assert.True(await near.Catalog.ExportAsync(near.Feed, tar, CancellationToken.None));
        tar.Position = 0;
        var folder = Directory.CreateDirectory(Path.Combine(far.DataDirectory, $"in-{Guid.NewGuid():N}")).FullName;
        await FeedBundle.ExtractAsync(tar, folder, FeedBundle.SuiteFiles, FeedBundle.SuiteBytes(far.Limits), CancellationToken.None);
        return folder;
    }
}
