using PatchFlow.Core.Advisories;
using PatchFlow.Server.Feeds;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>Where a document of a <c>file:</c> address would be there lies a pipe, a socket or a device: it is refused with its path, and nobody waits for it.</summary>
public sealed class SpecialFileTests : IDisposable
{
    private static readonly DateTimeOffset Start = new(FeedBench.Start.Date, TimeSpan.Zero);
    private readonly string _folder = Directory.CreateTempSubdirectory("pf-special-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("pipe", nameof(FeedFault.Unreadable), "is a pipe and no file with bytes: it is not opened; ")]
    [InlineData("socket", nameof(FeedFault.Unreadable), "is a socket and no file with bytes: it is not opened; ")]
    [InlineData("device", nameof(FeedFault.Unreadable), "is a device and no file with bytes: it is not opened; ")]
    [InlineData("folder", nameof(FeedFault.NotFound), "does not exist: check ")]
    [InlineData("nothing", nameof(FeedFault.NotFound), "does not exist: check ")]
    [InlineData("below a file", nameof(FeedFault.NotFound), "does not exist: check ")]
    [InlineData("circle", nameof(FeedFault.Unreadable), "can't be read (Too many levels of symbolic links): ")]
    public async Task OnlyRegularFilesAreRead(string kind, string fault, string message)
    {
        var address = new Uri($"file://{Make(kind, "it")}");
        var limits = new FeedLimits();
        using var transport = new FeedTransport(new FeedList([]), limits);
        foreach (var readAsync in new Func<Task>[]
        {
            () => transport.GetAsync(address, Path.Combine(_folder, "copy"), 1000, null, CancellationToken.None),
            () => transport.ReadFileAsync(address, 1000, stream => stream.CopyTo(Stream.Null), CancellationToken.None),
        })
        {
            var refused = await Assert.ThrowsAsync<FeedException>(() => SpecialFile.SoonAsync(readAsync));
            Assert.Equal(fault, $"{refused.Fault}");
            Assert.StartsWith($"{address.LocalPath} {message}", refused.Message, StringComparison.Ordinal);
            Assert.False(File.Exists(Path.Combine(_folder, "copy")));
        }
    }

    [Fact]
    public async Task ARegularFileIsReadAlsoThroughALink()
    {
        var path = Path.Combine(_folder, "file");
        await File.WriteAllTextAsync(path, "bytes", TestContext.Current.CancellationToken);
        File.CreateSymbolicLink(path + ".link", path);
        using var reader = new StreamReader(LocalFile.Open(path + ".link"));
        Assert.Equal("bytes", await reader.ReadToEndAsync(TestContext.Current.CancellationToken));
        Assert.True(LocalFile.IsRegular(path + ".link"));
    }

    [Theory]
    [InlineData(DocumentKind.Osv)]
    [InlineData(DocumentKind.Csaf)]
    public async Task OfAFolderTheOtherDocumentsGoIn(DocumentKind kind)
    {
        await using var bench = await BenchAsync(kind);
        Write(kind, "a.json", "CVE-2026-0001");
        Make("pipe", "p.json");
        Make("socket", "s.json");
        Assert.Null((await SpecialFile.SoonAsync(bench.FetchAsync)).LastError);
        Assert.Single(bench.InUse());
        Assert.Equal(["p.json", "s.json"], bench.Store.Refused(DatedBench.Name, 10).Where(r => r.Reason.Contains("no file with bytes", StringComparison.Ordinal)).Select(r => r.File));
        Assert.Contains(bench.Store.Refused(DatedBench.Name, 10), r => r.Reason.StartsWith($"{_folder}/p.json is a pipe and no file with bytes: ", StringComparison.Ordinal));
        // The same once more is nothing new.
        var sequence = bench.Store.Row(DatedBench.Name).Sequence;
        Assert.Null((await SpecialFile.SoonAsync(bench.FetchAsync)).LastError);
        Assert.Equal(sequence, bench.Store.Row(DatedBench.Name).Sequence);
    }

    [Theory]
    [InlineData(DocumentKind.Osv)]
    [InlineData(DocumentKind.Csaf)]
    public async Task WhatADocumentSaidStaysWhereAPipeTakesItsPlace(DocumentKind kind)
    {
        await using var bench = await BenchAsync(kind);
        Write(kind, "a.json", "CVE-2026-0001");
        Write(kind, "b.json", "CVE-2026-0002");
        Assert.Null((await SpecialFile.SoonAsync(bench.FetchAsync)).LastError);
        var before = bench.InUse().ToList();
        Assert.Equal(2, before.Count);
        File.Delete(Path.Combine(_folder, "b.json"));
        Make("pipe", "b.json");
        Assert.Null((await SpecialFile.SoonAsync(bench.FetchAsync)).LastError);
        Assert.Equal(before, bench.InUse());
        Assert.Equal("b.json", Assert.Single(bench.Store.Refused(DatedBench.Name, 10), r => r.Reason.Contains("is a pipe", StringComparison.Ordinal)).File);
    }

    [Theory]
    [InlineData(DocumentKind.Osv, "", "p.json")]
    [InlineData(DocumentKind.Csaf, "", "p.json")]
    [InlineData(DocumentKind.Csaf, "", "provider-metadata.json")]
    [InlineData(DocumentKind.Csaf, "changes.csv", "changes.csv")]
    [InlineData(DocumentKind.Kev, "kev.json", "kev.json")]
    [InlineData(DocumentKind.Kev, "", "kev.json")]
    [InlineData(DocumentKind.Osv, "all.zip", "all.zip")]
    [InlineData(DocumentKind.Osv, "index.txt", "index.txt")]
    public async Task WhereItIsAllThatThereIsTheFeedSaysSo(DocumentKind kind, string address, string pipe)
    {
        await using var bench = await BenchAsync(kind, address);
        Make("pipe", pipe);
        var row = await SpecialFile.SoonAsync(bench.FetchAsync);
        Assert.Equal(1, row.Failures);
        Assert.Contains($"{_folder}/{pipe} is a pipe and no file with bytes: it is not opened; take it away, or mend the feed's address", row.LastError, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("InRelease")]
    [InlineData("Packages")]
    public async Task ASuiteOfWhichAListIsAPipeSaysSo(string file)
    {
        await using var bench = await FeedBench.StartPublishedAsync();
        bench.Configure(bench.Feed with { Address = new Uri($"file://{bench.Repository.Root}/") });
        // Also by their hash.
        var paths = file == "InRelease" ? [bench.Repository.InRelease] : Directory.GetFiles(Path.GetDirectoryName(bench.Repository.Index)!, "*", SearchOption.AllDirectories);
        foreach (var path in paths)
        {
            File.Delete(path);
            SpecialFile.Make("pipe", path);
        }

        var row = await SpecialFile.SoonAsync(bench.FetchAsync);
        Assert.Contains(paths, path => row.LastError!.StartsWith($"{path} is a pipe and no file with bytes: ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task APackageFileThatIsAPipeIsRefused()
    {
        await using var bench = await FeedBench.StartPublishedAsync();
        bench.Configure(bench.Feed with { Address = new Uri($"file://{bench.Repository.Root}/") });
        Assert.Null((await bench.FetchAsync()).LastError);
        var snapshot = bench.Catalog.Current(bench.Feed)!;
        var package = bench.Catalog.Index(snapshot).Find("demo", "1.0-1+deb12u1", "amd64")!;
        var path = Path.Combine(bench.Repository.Root, package.Filename);
        File.Delete(path);
        SpecialFile.Make("pipe", path);
        var refused = await Assert.ThrowsAsync<FeedException>(() => SpecialFile.SoonAsync(() => bench.Files.EnsureAsync(snapshot, package, CancellationToken.None)));
        Assert.StartsWith($"{path} is a pipe", refused.Message, StringComparison.Ordinal);
    }

    // What was looked at and what is read is never another kind of file.
    [Fact]
    public async Task APipeThatComesBetweenIsRefusedToo()
    {
        await using var bench = await BenchAsync(DocumentKind.Osv);
        Write(DocumentKind.Osv, "a.json", "CVE-2026-0001");
        using var transport = new FeedTransport(new FeedList([], [bench.Feed]), bench.Limits);
        var sources = new AdvisorySources(transport, bench.Limits) { Progress = FeedProgress.Of(bench.Feed, bench.Store.Row(DatedBench.Name), bench.Marks, Start) };
        var gathered = await sources.GatherAsync(bench.Feed, null, new Dictionary<string, KnownDocument>(), _folder, TestContext.Current.CancellationToken);
        File.Delete(Path.Combine(_folder, "a.json"));
        Make("pipe", "a.json");
        await Assert.ThrowsAsync<FeedException>(() => SpecialFile.SoonAsync(() => gathered!.Documents[0].CopyAsync!(Path.Combine(_folder, "copy"), CancellationToken.None)));
    }

    [Fact]
    public async Task APipeInTheConfigurationOfAptIsNotRead()
    {
        var pipe = Make("pipe", "mirrors");
        Assert.Equal($"mirror+file:{pipe}", await SpecialFile.SoonAsync(() => Task.FromResult(AptSources.Address($"mirror+file:{pipe}"))));
        Assert.Null(await SpecialFile.SoonAsync(() => Task.FromResult(AptSources.Keyring($"{pipe}:1"))));
    }

    private async Task<DatedBench> BenchAsync(DocumentKind kind, string address = "")
    {
        var bench = await DatedBench.StartAsync("osv folder");
        bench.Feed = bench.Feed with { Kind = kind, Address = new Uri($"file://{_folder}/{address}") };
        bench.Start();
        return bench;
    }

    private void Write(DocumentKind kind, string name, string cve) =>
        File.WriteAllText(Path.Combine(_folder, name), kind == DocumentKind.Osv ? DatedBench.Osv(cve, Start) : CsafBench.Document(name[..1].ToUpperInvariant() + "-1", 1, Start, cve));

    private string Make(string kind, string name) => SpecialFile.Make(kind, Path.Combine(_folder, name));
}
