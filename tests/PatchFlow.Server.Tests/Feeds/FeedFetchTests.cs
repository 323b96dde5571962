using PatchFlow.Core.Documents;
using PatchFlow.Server.Feeds;

namespace PatchFlow.Server.Tests.Feeds;

public sealed class FeedFetchTests
{
    [Fact]
    public async Task ASnapshotIsFetchedVerifiedAndListed()
    {
        await using var bench = await FeedBench.StartPublishedAsync();
        var row = await bench.FetchAsync();
        Assert.Null(row.LastError);
        Assert.Equal((FeedBench.Start, 0), (row.LastSuccessAt, (int)row.Failures));
        var snapshot = Assert.Single(bench.Catalog.Current());
        Assert.Equal(("own", OwnRepository.Suite, true, FeedBench.Start.AddHours(-1)), (snapshot.Feed, snapshot.Suite, snapshot.Security, snapshot.Time));
        Assert.Equal(Digest.Of(File.ReadAllBytes(bench.Repository.InRelease)), snapshot.Index);
        Assert.Equal(File.ReadAllBytes(bench.Repository.InRelease), File.ReadAllBytes(snapshot.SignedIndex));
        Assert.Equal(["main_binary-amd64_Packages"], snapshot.PackageLists.Select(l => l.Name));
        Assert.NotNull(bench.Catalog.Index(snapshot).Find("demo", "1.0-1+deb12u1", "amd64"));
        Assert.Equal((false, true), (snapshot.IsStale(FeedBench.Start), snapshot.IsStale(FeedBench.Start.AddDays(8))));
        Assert.Contains(bench.Simulator.Requests, r => r.Contains("/by-hash/SHA256/", StringComparison.Ordinal));
    }

    // A mirror that copies an archive by its names has none by hash, and a store of objects says of what it lacks that it is forbidden.
    [Theory]
    [InlineData(404)]
    [InlineData(403)]
    [InlineData(503)]
    public async Task WhatAMirrorLacksByItsHashIsFetchedByItsName(int status)
    {
        await using var bench = await FeedBench.StartPublishedAsync();
        LackByHash(bench, status);
        Assert.Null((await bench.FetchAsync()).LastError);
        Assert.NotNull(bench.Catalog.Index(Assert.Single(bench.Catalog.Current())).Find("demo", "1.0-1+deb12u1", "amd64"));
        Assert.Contains(bench.Simulator.Requests, r => r.Contains("/by-hash/SHA256/", StringComparison.Ordinal) && r.EndsWith($" {status}", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(404)]
    [InlineData(403)]
    public async Task WhatHasTheNameAndIsNotWhatWasSignedIsNotTaken(int status)
    {
        await using var bench = await FeedBench.StartPublishedAsync();
        LackByHash(bench, status);
        var packed = bench.Repository.Index + ".xz";
        var bytes = await File.ReadAllBytesAsync(packed, TestContext.Current.CancellationToken);
        bytes[^1] ^= 1;
        await File.WriteAllBytesAsync(packed, bytes, TestContext.Current.CancellationToken);
        Assert.Contains("/Packages.xz has the SHA-256", (await bench.FetchAsync()).LastError, StringComparison.Ordinal);
        await File.WriteAllTextAsync(packed, "<html>not here</html>", TestContext.Current.CancellationToken);
        Assert.Contains("/Packages.xz has 21 bytes where the signed index says", (await bench.FetchAsync()).LastError, StringComparison.Ordinal);
        Assert.Empty(bench.Catalog.Current());
    }

    // Nobody's list has such a stanza; unpacked it would have to be held as a whole.
    [Fact]
    public async Task AListWithAStanzaOfManyMegabytesIsNotUsed()
    {
        await using var bench = await FeedBench.StartPublishedAsync();
        await bench.FetchAsync();
        var words = string.Concat(Enumerable.Range(0, 1 << 10).Select(i => $"word{i * 7919} "));
        bench.Repository.Publish(bench.Clock.Now, bench.Clock.Now.AddDays(7), compressor: "gzip", index: text => $"{text}\nPackage: large\nVersion: 1\nDescription: {string.Concat(Enumerable.Repeat(words, (66 << 20) / words.Length))}\n\n");
        Assert.Contains("can't be read (a stanza is longer than 33554432 bytes)", (await bench.FetchAsync()).LastError, StringComparison.Ordinal);
        Assert.NotNull(bench.Catalog.Index(Assert.Single(bench.Catalog.Current())).Find("demo", "1.0-1+deb12u1", "amd64"));
    }

    [Fact]
    public async Task EachNewSnapshotIsAnAuditEntryAndAnUnchangedOneIsNot()
    {
        await using var bench = await FeedBench.StartPublishedAsync();
        var row = await bench.FetchAsync();
        await bench.FetchAsync();
        var entry = Assert.Single(bench.Entries());
        Assert.Contains("\naction feed.snapshot\nobject feed:own\ndigest " + row.Snapshot, entry, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AnUnchangedFeedCostsExactlyOneIndexRequest(bool hasETags)
    {
        await using var bench = await FeedBench.StartPublishedAsync();
        bench.Simulator.HasETags = hasETags;
        await bench.FetchAsync();
        bench.Simulator.Requests.Clear();
        bench.Clock.Now += TimeSpan.FromHours(1);
        var row = await bench.FetchAsync();
        Assert.Null(row.LastError);
        Assert.Equal(bench.Clock.Now, row.LastSuccessAt);
        Assert.Equal($"/dists/demo-security/InRelease {(hasETags ? 304 : 200)}", Assert.Single(bench.Simulator.Requests));
    }

    [Fact]
    public async Task ANewPublicationIsFetchedAndTheOldSnapshotStaysLoadable()
    {
        await using var bench = await FeedBench.StartPublishedAsync();
        var old = (await bench.FetchAsync()).Snapshot!.Value;
        bench.Repository.Add("demo", "1.0-1+deb12u2");
        bench.Clock.Now += TimeSpan.FromHours(2);
        bench.Publish();
        await bench.FetchAsync();
        bench.Configure(bench.Feed);
        var current = Assert.Single(bench.Catalog.Current());
        Assert.NotEqual(old, current.Index);
        Assert.Equal(2, bench.Catalog.Index(current).Find("demo").Count);
        Assert.Equal("1.0-1+deb12u1", Assert.Single(bench.Catalog.Index(bench.Catalog.Find("own", old)!).Find("demo")).Version);
    }

    [Fact]
    public async Task AnIndexThatStayedTheSameIsNotFetchedAgain()
    {
        await using var bench = await FeedBench.StartPublishedAsync();
        await bench.FetchAsync();
        bench.Simulator.Requests.Clear();
        bench.Clock.Now += TimeSpan.FromHours(2);
        bench.Publish();
        Assert.Null((await bench.FetchAsync()).LastError);
        Assert.Single(bench.Simulator.Requests);
        Assert.NotNull(bench.Catalog.Index(Assert.Single(bench.Catalog.Current())).Find("demo", "1.0-1+deb12u1", "amd64"));
    }

    [Theory]
    [InlineData(true, "gzip")]
    [InlineData(false, "xz")]
    [InlineData(false, "gzip")]
    [InlineData(false, "zstd")]
    public async Task AFolderOfThisMachineServesAsWell(bool byHash, string compressor)
    {
        await using var bench = await FeedBench.StartPublishedAsync();
        bench.Repository.Publish(FeedBench.Start, byHash: byHash, compressor: compressor);
        bench.Configure(bench.Feed with { Address = new Uri($"file://{bench.Repository.Root}/") });
        Assert.Null((await bench.FetchAsync()).LastError);
        Assert.Null((await bench.FetchAsync()).LastError);
        var snapshot = Assert.Single(bench.Catalog.Current());
        Assert.Null(snapshot.ValidUntil);
        Assert.Equal((1, 1), ((int)snapshot.Packages, bench.Catalog.Index(snapshot).Count));
        Assert.Empty(bench.Simulator.Requests);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AnUnchangedFeedThatIsPastItsTimeIsAFailure(bool hasValidUntil)
    {
        await using var bench = await FeedBench.StartPublishedAsync();
        bench.Repository.Publish(FeedBench.Start, hasValidUntil ? FeedBench.Start.AddDays(7) : null);
        var good = await bench.FetchAsync();
        bench.Clock.Now += TimeSpan.FromDays(11);
        var frozen = await bench.FetchAsync();
        Assert.Contains(hasValidUntil ? "was valid until" : "older than the 240 hours", frozen.LastError, StringComparison.Ordinal);
        Assert.Equal(good.Snapshot, frozen.Snapshot);
        Assert.True(Assert.Single(bench.Catalog.Current()).IsStale(bench.Clock.Now));
    }

    [Fact]
    public async Task ARedirectToAnotherHostIsNotFollowedThoughItWouldServe()
    {
        await using var bench = await FeedBench.StartPublishedAsync();
        var elsewhere = $"http://localhost:{bench.Simulator.Address.Port}";
        bench.Configure(bench.Feed with { Address = new Uri("http://127.0.0.1:" + bench.Simulator.Address.Port) });
        bench.Simulator.Misbehaviour["/InRelease"] = context =>
        {
            if (context.Request.Host.Host == "localhost")
            {
                return bench.Simulator.ServeAsync(context);
            }

            context.Response.StatusCode = 302;
            context.Response.Headers.Location = elsewhere + context.Request.Path;
            return Task.CompletedTask;
        };
        Assert.Contains($"redirects to '{elsewhere}", (await bench.FetchAsync()).LastError, StringComparison.Ordinal);
        Assert.Single(bench.Simulator.Requests);
    }

    [Fact]
    public async Task ARedirectToTheSameHostIsFollowed()
    {
        await using var bench = await FeedBench.StartPublishedAsync();
        bench.Simulator.Misbehaviour["/InRelease"] = context =>
        {
            context.Response.StatusCode = 301;
            context.Response.Headers.Location = "/dists/demo-security/Moved";
            return Task.CompletedTask;
        };
        File.Copy(bench.Repository.InRelease, Path.Combine(Path.GetDirectoryName(bench.Repository.InRelease)!, "Moved"));
        Assert.Null((await bench.FetchAsync()).LastError);
    }

    [Fact]
    public async Task AMalformedStanzaIsCountedAndTheRestGoesIn()
    {
        await using var bench = await FeedBench.StartPublishedAsync();
        bench.Repository.Publish(FeedBench.Start, index: text => text + "\n" + text.Replace("Package: demo", "Package: ../demo", StringComparison.Ordinal));
        await bench.FetchAsync();
        var snapshot = Assert.Single(bench.Catalog.Current());
        Assert.Equal((1, 1), ((int)snapshot.Packages, (int)snapshot.Refused));
    }

    [Fact]
    public async Task AnArmouredKeyringServesAsWell()
    {
        await using var bench = await FeedBench.StartPublishedAsync();
        bench.Configure(bench.Feed with { Keyrings = [bench.Repository.ArmouredKeyring] });
        Assert.Null((await bench.FetchAsync()).LastError);
    }

    [Fact]
    public async Task AFailureKeepsTheSnapshotAndIsTriedAgainWithBackOff()
    {
        await using var bench = await FeedBench.StartPublishedAsync();
        var good = (await bench.FetchAsync()).Snapshot;
        bench.Simulator.Misbehaviour["InRelease"] = context => Task.FromResult(context.Response.StatusCode = 503);
        foreach (var minutes in new[] { 1, 2, 4 })
        {
            bench.Clock.Now += TimeSpan.FromHours(1);
            var failed = await bench.FetchAsync();
            Assert.Contains("503", failed.LastError, StringComparison.Ordinal);
            Assert.Equal(bench.Clock.Now.AddMinutes(minutes), failed.NextAttemptAt);
            Assert.Equal((good, FeedBench.Start), (failed.Snapshot, failed.LastSuccessAt));
        }

        Assert.Equal(TimeSpan.FromHours(1), FeedAttempts.DelayAfter(40));
        bench.Simulator.Misbehaviour.Clear();
        var mended = await bench.FetchAsync();
        Assert.Equal((null, 0, null), (mended.LastError, (int)mended.Failures, mended.NextAttemptAt));
    }

    [Fact]
    public async Task AnIndexThatWasAlteredOnDiskIsNotRead()
    {
        await using var bench = await FeedBench.StartPublishedAsync();
        await bench.FetchAsync();
        bench.Configure(bench.Feed);
        var snapshot = Assert.Single(bench.Catalog.Current());
        File.AppendAllText(snapshot.PackageLists[0].Whole, "\n");
        Assert.Contains("was altered", Assert.Throws<InvalidDataException>(() => bench.Catalog.Index(snapshot)).Message, StringComparison.Ordinal);
        bench.Configure(bench.Feed);
        File.AppendAllText(snapshot.SignedIndex, "\n");
        Assert.Contains("InRelease was altered", Assert.Throws<InvalidDataException>(() => bench.Catalog.Index(snapshot)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ALostSnapshotFolderIsFetchedAgain()
    {
        await using var bench = await FeedBench.StartPublishedAsync();
        await bench.FetchAsync();
        Directory.Delete(Assert.Single(bench.Catalog.Current()).Folder, recursive: true);
        Assert.Empty(bench.Catalog.Current());
        Assert.Null((await bench.FetchAsync()).LastError);
        Assert.Single(bench.Catalog.Current());
    }

    [Fact]
    public async Task AFireOfAJobIsClaimedOnce()
    {
        await using var bench = await FeedBench.StartAsync();
        Assert.True(await bench.Store.ClaimAsync("feeds/own", FeedBench.Start, CancellationToken.None));
        Assert.False(await bench.Store.ClaimAsync("feeds/own", FeedBench.Start, CancellationToken.None));
        Assert.True(await bench.Store.ClaimAsync("feeds/own", FeedBench.Start.AddSeconds(1), CancellationToken.None));
    }

    private static void LackByHash(FeedBench bench, int status) => Array.ForEach(
        Directory.GetFiles(bench.Repository.Root, "*", SearchOption.AllDirectories),
        path =>
        {
            if (path.Contains("/by-hash/", StringComparison.Ordinal))
            {
                bench.Simulator.Misbehaviour[Path.GetFileName(path)] = context => Task.FromResult(context.Response.StatusCode = status);
            }
        });
}
