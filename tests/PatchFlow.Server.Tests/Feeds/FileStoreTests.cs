using Microsoft.AspNetCore.Http;
using PatchFlow.Core.Advisories;
using PatchFlow.Core.Documents;
using PatchFlow.Server.Feeds;

namespace PatchFlow.Server.Tests.Feeds;

public sealed class FileStoreTests
{
    [Fact]
    public async Task AFileIsFetchedVerifiedAndKeptByItsContent()
    {
        await using var bench = await FeedBench.StartPublishedAsync();
        var (snapshot, package) = await PackageAsync(bench);
        var path = await bench.Files.EnsureAsync(snapshot, package, CancellationToken.None);
        Assert.EndsWith($"files/{package.Sha256.Hex[..2]}/{package.Sha256}", path, StringComparison.Ordinal);
        Assert.Equal(package.Sha256, Digest.Of(File.ReadAllBytes(path)));
        Assert.Equal(path, bench.Files.Path(package.Sha256));
        Assert.Null(bench.Files.Path(Digest.Of("other"u8)));
        bench.Simulator.Requests.Clear();
        Assert.Equal(path, await bench.Files.EnsureAsync(snapshot, package, CancellationToken.None));
        Assert.Empty(bench.Simulator.Requests);
    }

    [Fact]
    public async Task ManyWhoWantOneFileShareADownload()
    {
        await using var bench = await FeedBench.StartPublishedAsync();
        var (snapshot, package) = await PackageAsync(bench);
        bench.Simulator.Requests.Clear();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => bench.Files.EnsureAsync(snapshot, package, CancellationToken.None)));
        Assert.Single(bench.Simulator.Requests);
    }

    [Fact]
    public async Task AFileThatWasAlteredOnDiskIsNotUsedAndIsFetchedAgain()
    {
        await using var bench = await FeedBench.StartPublishedAsync();
        var (snapshot, package) = await PackageAsync(bench);
        var path = await bench.Files.EnsureAsync(snapshot, package, CancellationToken.None);
        await File.AppendAllTextAsync(path, "x");
        Assert.Null(bench.Files.Path(package.Sha256));
        Assert.Equal(path, await bench.Files.EnsureAsync(snapshot, package, CancellationToken.None));
        Assert.Equal(path, bench.Files.Path(package.Sha256));
    }

    [Fact]
    public async Task AFileThatIsNotTheSignedOneIsRefused()
    {
        await using var bench = await FeedBench.StartPublishedAsync();
        var (snapshot, package) = await PackageAsync(bench);
        bench.Simulator.Misbehaviour[".deb"] = context => context.Response.Body.WriteAsync(new byte[package.SizeBytes]).AsTask();
        var refused = await Assert.ThrowsAsync<FeedException>(() => bench.Files.EnsureAsync(snapshot, package, CancellationToken.None));
        Assert.Equal(FeedFault.WrongHash, refused.Fault);
        Assert.Null(bench.Files.Path(package.Sha256));
    }

    [Fact]
    public async Task AFileLargerThanTheSignedSizeIsRefusedWithoutReadingOn()
    {
        await using var bench = await FeedBench.StartPublishedAsync();
        var (snapshot, package) = await PackageAsync(bench);
        bench.Simulator.Misbehaviour[".deb"] = context => context.Response.Body.WriteAsync(new byte[package.SizeBytes + 1]).AsTask();
        Assert.Equal(FeedFault.TooLarge, (await Assert.ThrowsAsync<FeedException>(() => bench.Files.EnsureAsync(snapshot, package, CancellationToken.None))).Fault);
    }

    [Fact]
    public async Task AFileThatTheArchiveDroppedIsNotFoundAtOnce()
    {
        await using var bench = await FeedBench.StartPublishedAsync();
        var (snapshot, package) = await PackageAsync(bench);
        File.Delete(Path.Combine(bench.Repository.Root, package.Filename));
        bench.Simulator.Requests.Clear();
        Assert.Equal(FeedFault.NotFound, (await Assert.ThrowsAsync<FeedException>(() => bench.Files.EnsureAsync(snapshot, package, CancellationToken.None))).Fault);
        Assert.Single(bench.Simulator.Requests);
    }

    [Fact]
    public async Task AServerThatFailsOnceIsAskedAgain()
    {
        await using var bench = await FeedBench.StartPublishedAsync();
        var (snapshot, package) = await PackageAsync(bench);
        bench.Simulator.Misbehaviour[".deb"] = context =>
        {
            bench.Simulator.Misbehaviour.Clear();
            context.Response.StatusCode = 502;
            return Task.CompletedTask;
        };
        Assert.NotNull(await bench.Files.EnsureAsync(snapshot, package, CancellationToken.None));
    }

    [Fact]
    public async Task AHostThatIsNoConfiguredFeedsIsNotConnectedTo()
    {
        await using var bench = await FeedBench.StartPublishedAsync();
        var (snapshot, package) = await PackageAsync(bench);
        var elsewhere = snapshot with { BaseAddress = new Uri($"http://localhost:{bench.Simulator.Address.Port}/") };
        var refused = await Assert.ThrowsAsync<FeedException>(() => bench.Files.EnsureAsync(elsewhere, package, CancellationToken.None));
        Assert.Contains("not the host of a configured feed", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheChangelogIsReadOutOfThePackage()
    {
        using var repository = new OwnRepository();
        var changelog = OwnRepository.Changelog("demo", "1.0-1", "  * CVE-2026-4242: mended, with ümlauts.");
        Assert.Equal(changelog, await DebArchive.ReadChangelogAsync(repository.Add("demo", "1.0-1", changelog: changelog), CancellationToken.None));
        var entries = DebianChangelog.Between(changelog, "0.9-1", "1.0-1");
        Assert.Equal(["CVE-2026-4242"], DebianChangelog.Cves(entries));
    }

    [Fact]
    public async Task AChangelogBeyondTheLimitIsRefused()
    {
        using var repository = new OwnRepository();
        var deb = repository.Add("demo", "1.0-1", changelog: new string('x', 17 << 20));
        Assert.Equal(FeedFault.TooLarge, (await Assert.ThrowsAsync<FeedException>(() => DebArchive.ReadChangelogAsync(deb, CancellationToken.None))).Fault);
    }

    [Fact]
    public async Task WhatIsNoPackageIsRefused()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "not a package");
        Assert.Equal(FeedFault.Malformed, (await Assert.ThrowsAsync<FeedException>(() => DebArchive.ReadChangelogAsync(file, CancellationToken.None))).Fault);
        File.Delete(file);
    }

    private static async Task<(FeedSnapshot Snapshot, AptPackage Package)> PackageAsync(FeedBench bench)
    {
        await bench.FetchAsync();
        var snapshot = Assert.Single(bench.Catalog.Current());
        return (snapshot, Assert.Single(bench.Catalog.Index(snapshot).Find("demo")));
    }
}
