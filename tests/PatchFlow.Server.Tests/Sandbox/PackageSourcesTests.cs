using PatchFlow.Core.Changes;
using PatchFlow.Core.Hosts;
using PatchFlow.Server.Sandbox;
using PatchFlow.Server.Tests.Feeds;

namespace PatchFlow.Server.Tests.Sandbox;

public sealed class PackageSourcesTests
{
    [Fact]
    public async Task WhatTheVendorHasDelistedIsFoundInTheSnapshotThatVouchedForItAndThePlanNamesIt()
    {
        await using var bench = await DelistedAsync();
        var sources = new PackageSources(bench.Catalog, bench.Files);
        Assert.Equal("demo", sources.Find("demo", "amd64", "1.0-1+deb12u2")?.Package.Name);
        var files = await PlannedFiles.CollectAsync([new PackageUpgrade("demo", "amd64", "1.0-1+deb12u2", "1.0-1+deb12u3")], [], sources, CancellationToken.None);
        Assert.Empty(files.Irreversible);
        Assert.Equal(["1.0-1+deb12u2", "1.0-1+deb12u3"], files.Files.Select(f => f.Version).Order());
        Assert.Equal(2, files.Indices.Length);
        var content = new ContentPart
        {
            Profile = "web-debian-12-amd64-0a1b2c3d",
            OsId = "debian",
            OsRelease = "12",
            Arch = "amd64",
            Indices = files.Indices,
            Upgrades = [new PackageUpgrade("demo", "amd64", "1.0-1+deb12u2", "1.0-1+deb12u3")],
            Files = files.Files,
        };
        Assert.Equal(2, ContentPart.Parse(content.ToBytes()).Indices.Length);
    }

    [Fact]
    public async Task AReplicaTakesADelistedVersionOnlyWhereItsFileIsKept()
    {
        await using var bench = await DelistedAsync();
        var (kept, gone) = (new InstalledPackage("demo", "amd64", "1.0-1+deb12u2"), new InstalledPackage("demo", "amd64", "1.0-1+deb12u1"));
        var sources = new PackageSources(bench.Catalog, bench.Files);
        Assert.Equal(kept, sources.Nearest(kept));
        Assert.NotEqual(gone, sources.Nearest(gone));
    }

    [Fact]
    public async Task AnEarlierSnapshotThatWasAlteredVouchesForNothing()
    {
        await using var bench = await DelistedAsync();
        foreach (var snapshot in bench.Catalog.Earlier())
        {
            await File.AppendAllTextAsync(snapshot.PackageLists[0].Whole, "\n");
        }

        var sources = new PackageSources(bench.Catalog, bench.Files);
        Assert.Null(sources.Find("demo", "amd64", "1.0-1+deb12u2"));
        Assert.NotNull(sources.Find("demo", "amd64", "1.0-1+deb12u3"));
    }

    [Fact]
    public async Task AVersionThatWasDelistedLongAgoIsVouchedForByTheSnapshotThatItsFileCameFrom()
    {
        await using var bench = await DelistedAsync();
        for (var i = 4; i < 18; i++)
        {
            bench.Repository.Add("demo", $"1.0-1+deb12u{i}");
            bench.Publish();
            Assert.Null((await bench.FetchAsync()).LastError);
            bench.Clock.Now += TimeSpan.FromMinutes(10);
        }

        bench.Configure(bench.Feed);
        var kept = new InstalledPackage("demo", "amd64", "1.0-1+deb12u2");
        var sources = new PackageSources(bench.Catalog, bench.Files);
        Assert.DoesNotContain(bench.Catalog.Earlier(), s => bench.Catalog.Index(s).Find(kept.Name, kept.Version, kept.Arch) is not null);
        Assert.Equal(kept, sources.Nearest(kept));
        var files = await PlannedFiles.CollectAsync([new PackageUpgrade("demo", "amd64", kept.Version, "1.0-1+deb12u17")], [], sources, CancellationToken.None);
        Assert.Empty(files.Irreversible);
        Assert.Equal([kept.Version, "1.0-1+deb12u17"], files.Files.Select(f => f.Version).Order(StringComparer.Ordinal).Reverse());

        // u1 was listed as long ago, and never taken in.
        Assert.Null(sources.Find("demo", "amd64", "1.0-1+deb12u1"));

        var vouching = bench.Catalog.Keeping(kept.Name, kept.Arch, kept.Version).Single();
        await File.AppendAllTextAsync(vouching.PackageLists[0].Whole, "\n");
        bench.Configure(bench.Feed);
        Assert.Null(new PackageSources(bench.Catalog, bench.Files).Find(kept));
    }

    // The vendor publishes u1, u2 (which is fetched and kept here), and then u3, each alone.
    private static async Task<FeedBench> DelistedAsync()
    {
        var bench = await FeedBench.StartAsync();
        foreach (var version in new[] { "1.0-1+deb12u1", "1.0-1+deb12u2", "1.0-1+deb12u3" })
        {
            var old = bench.Repository.Add("demo", version);
            bench.Publish();
            Assert.Null((await bench.FetchAsync()).LastError);
            var sources = new PackageSources(bench.Catalog, bench.Files);
            if (version.EndsWith("u2", StringComparison.Ordinal))
            {
                await sources.EnsureAsync(sources.Find("demo", "amd64", version)!, CancellationToken.None);
            }

            if (!version.EndsWith("u3", StringComparison.Ordinal))
            {
                File.Delete(old);
            }

            bench.Clock.Now += TimeSpan.FromMinutes(10);
        }

        // A restart: what a fetch has parsed is not in memory any more.
        bench.Configure(bench.Feed);
        return bench;
    }
}
