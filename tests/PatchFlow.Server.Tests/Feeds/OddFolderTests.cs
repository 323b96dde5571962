using PatchFlow.Core.Advisories;
using PatchFlow.Server.Feeds;
using PatchFlow.Server.Tests.Matching;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>A folder may be named with any characters: those that mean something in an address, or are escaped in one, lead nowhere else.</summary>
public sealed class OddFolderTests : IDisposable
{
    private const string Odd = "odd #1 50% %20%23 ?a=b;c&d+e@ä[1]'\\";
    private static readonly DateTimeOffset Start = new(FeedBench.Start.Date, TimeSpan.Zero);
    private readonly string _folder = Directory.CreateTempSubdirectory("pf-odd-").FullName;
    private readonly string _odd;

    public OddFolderTests() => _odd = Directory.CreateDirectory(Path.Combine(_folder, Odd)).FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void TheAddressOfAFolderLeadsBackToIt()
    {
        Assert.Equal(_odd + "/", LocalFile.FolderAddress(_odd).LocalPath);
        Assert.Equal(_odd + "/a+b%20.json", Feed.Below(LocalFile.FolderAddress(_odd), "a+b%20.json").LocalPath);
        Assert.Equal("file:///a/", LocalFile.FolderAddress("/a//").AbsoluteUri);
    }

    // Both where the vendor's files lie and where the server keeps its own.
    [Theory]
    [InlineData("kev", "kev.json")]
    [InlineData("epss", "epss.csv")]
    [InlineData("osv", "all.zip")]
    [InlineData("osv listed", "index.txt")]
    [InlineData("osv folder", "")]
    [InlineData("csaf", "provider-metadata.json")]
    [InlineData("csaf", "feed.json")]
    [InlineData("csaf", "a.json")]
    [InlineData("csaf", "")]
    [InlineData("csaf directory", "changes.csv")]
    [InlineData("debian", "list")]
    [InlineData("updateinfo", "updateinfo.xml")]
    [InlineData("tracker", "tracker.json")]
    [InlineData("secdb", "main.json")]
    [InlineData("support", "ended")]
    [InlineData("kev csv", "kev.csv")]
    public async Task DocumentsAreReadFromAFolderOfAnyName(string sort, string file)
    {
        var data = Directory.CreateDirectory(Path.Combine(_folder, "data " + Odd)).FullName;
        await using var bench = await DatedBench.StartAsync(sort, data);
        bench.Publish("CVE-2026-0001", Start);
        Copy(bench.Root, _odd);
        bench.Feed = bench.Feed with { Address = Feed.Below(LocalFile.FolderAddress(_odd), file) };
        bench.Start();
        await bench.FetchWellAsync();
        Assert.Single(bench.InUse());
        Assert.DoesNotContain(bench.Store.Refused(DatedBench.Name, 10), r => r.Position != "checksum");
    }

    [Fact]
    public async Task NamesOfFilesMayBeOddToo()
    {
        await using var bench = await DatedBench.StartAsync("csaf");
        await File.WriteAllTextAsync(Path.Combine(_odd, "a+1~b@2.json"), CsafBench.Document("A-1", 1, Start, "CVE-2026-0001"), TestContext.Current.CancellationToken);
        bench.Feed = bench.Feed with { Address = LocalFile.FolderAddress(_odd) };
        bench.Start();
        await bench.FetchWellAsync();
        Assert.Single(bench.InUse());
    }

    [Theory]
    [InlineData("csaf", "a.json")]
    [InlineData("osv listed", "a.json")]
    public async Task WhatIsCarriedToAServerWhoseFolderIsOddIsTakenIn(string sort, string _)
    {
        await using var bench = await DatedBench.StartAsync(sort);
        await bench.PublishWellAsync("CVE-2026-0001", Start);
        await using var far = await DatedBench.FarAsync(bench.Feed, _odd);
        Assert.True(await far.ImportAsync(await bench.ExportAsync()));
        Assert.Equal(bench.InUse(), far.InUse());
        Directory.CreateDirectory(_odd);
    }

    [Fact]
    public async Task ASuiteIsReadFromAFolderOfAnyNameAndTakenInFromOne()
    {
        await using var bench = await FeedBench.StartPublishedAsync();
        Copy(bench.Repository.Root, _odd);
        var keys = Path.Combine(_odd, "keys.gpg");
        File.Copy(bench.Repository.Keyring, keys, overwrite: true);
        bench.Configure(bench.Feed with { Address = LocalFile.FolderAddress(_odd), Keyrings = [keys] });
        Assert.Null((await bench.FetchAsync()).LastError);
        var snapshot = bench.Catalog.Current(bench.Feed)!;
        var package = bench.Catalog.Index(snapshot).Find("demo", "1.0-1+deb12u1", "amd64")!;
        Assert.True(File.Exists(await bench.Files.EnsureAsync(snapshot, package, TestContext.Current.CancellationToken)));

        using var tar = new MemoryStream();
        await bench.Catalog.ExportAsync(bench.Feed, tar, TestContext.Current.CancellationToken);
        tar.Position = 0;
        await using var far = await FeedBench.StartPublishedAsync();
        far.Configure(bench.Feed);
        var folder = Directory.CreateDirectory(Path.Combine(_folder, "in " + Odd)).FullName;
        await FeedBundle.ExtractAsync(tar, folder, FeedBundle.SuiteFiles, FeedBundle.SuiteBytes(new()), TestContext.Current.CancellationToken);
        Assert.True(await far.Fetches.ImportAsync("own", folder, TestContext.Current.CancellationToken));
        Assert.Single(far.Catalog.Current());
    }

    [Fact]
    public async Task ARepositoryOfRpmIsReadFromAFolderOfAnyName()
    {
        await using var made = await RpmWorld.StartAsync();
        made.Publish(RpmWorld.Updates("RLSA-2026:0001"));
        await using var world = await ExposureWorld.StartAsync((_, _) => [AdvisoryFeed.Of(
            new FeedOptions { Name = "odd", Kind = "rpm-repository", Address = Feed.Below(LocalFile.FolderAddress(_odd), "repo/").AbsoluteUri, Keyring = made.Feed("signed").Repository!.Keyrings[0] }, "test")]);
        foreach (var file in new[] { RpmWorld.Repomd, RpmWorld.Signature, $"repo/repodata/{made.Packed}" })
        {
            var to = Path.Combine(_odd, file);
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            using var http = new HttpClient();
            await File.WriteAllBytesAsync(to, await http.GetByteArrayAsync(new Uri(made.Vendor.Address, file), TestContext.Current.CancellationToken), TestContext.Current.CancellationToken);
        }

        await world.FetchWellAsync("odd");
        Assert.Equal(1, world.Server.Get<AdvisoryStore>().Counts("odd").Records);
    }

    private static void Copy(string from, string to)
    {
        foreach (var file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            var path = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.Copy(file, path);
        }
    }
}
