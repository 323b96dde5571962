using PatchFlow.Server.Feeds;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>How a vendor's CSAF distribution is followed, whatever the feed's address names of it.</summary>
public sealed class CsafFollowTests
{
    [Theory]
    [InlineData(CsafBench.Provider)]
    [InlineData(CsafBench.Feed)]
    [InlineData(CsafBench.Changes)]
    [InlineData("dir/index.txt")]
    public async Task EachListIsFollowed(string address)
    {
        await using var bench = await CsafBench.StartAsync();
        bench.Put("dir/2026/a-1.json", "A-1");
        bench.Put("dir/2026/b-1.json", "B-1");
        bench.WriteChanges();
        bench.Write("dir/index.txt", "2026/a-1.json\n2026/b-1.json\n");
        bench.ConfigureAt(address, isSigned: true);
        await bench.FetchWellAsync();
        Assert.Equal(["A-1 1", "B-1 1"], bench.InUse());
        Assert.Empty(bench.Store.Refused("vendor", 100));
    }

    [Fact]
    public async Task AProviderWithADirectoryAloneIsFollowedThere()
    {
        await using var bench = await CsafBench.StartAsync();
        bench.Put("dir/2026/c-1.json", "C-1");
        bench.WriteProvider(null);
        bench.Write("dir/index.txt", "2026/c-1.json\n");
        await bench.FetchWellAsync();
        Assert.Equal(["C-1 1"], bench.InUse());
        Assert.Contains("/dir/changes.csv 404", bench.Simulator.Requests);
    }

    [Fact]
    public async Task ADocumentIsReadWithWhatStandsBesideIt()
    {
        await using var bench = await CsafBench.StartAsync();
        bench.ConfigureAt("white/a-1.json", isSigned: true);
        await bench.FetchWellAsync();
        Assert.Equal(["A-1 1"], bench.InUse());
        Assert.Equal(["/white/a-1.json 200", "/white/a-1.json 200", "/white/a-1.json.sha512 200", "/white/a-1.json.asc 200"], bench.Simulator.Requests);
    }

    [Fact]
    public async Task ADocumentIsFetchedOnlyWhereItsListSaysThatItChanged()
    {
        await using var bench = await CsafBench.StartAsync();
        await bench.FetchWellAsync();
        bench.Simulator.Requests.Clear();
        bench.Put("white/b-1.json", "B-1", 2);
        bench.WriteFeed();
        await bench.FetchWellAsync();
        Assert.Equal(["/provider-metadata.json 200", "/white/feed.json 200", "/white/b-1.json 200", "/white/b-1.json.sha512 200"], bench.Simulator.Requests);
        Assert.Equal(["A-1 1", "B-1 2"], bench.InUse());

        var digest = bench.Store.Row("vendor").Snapshot;
        await bench.FetchWellAsync();
        Assert.Equal((digest, 2L), (bench.Store.Row("vendor").Snapshot, bench.Store.Row("vendor").Sequence));
    }

    [Fact]
    public async Task ADocumentThatWasPublishedAnewWithItsOldDateIsFoundWithinADay()
    {
        await using var bench = await CsafBench.StartAsync();
        await bench.FetchWellAsync();
        var date = bench.Listed["white/a-1.json"].Updated;
        bench.Put("white/a-1.json", "A-1", 2, date: date);
        bench.WriteFeed();
        await bench.FetchWellAsync();
        Assert.Equal(["A-1 1", "B-1 1"], bench.InUse());
        for (var hour = 0; hour < 24; hour++)
        {
            bench.Clock.Now += TimeSpan.FromHours(1);
            await bench.FetchWellAsync();
        }

        Assert.Equal(["A-1 2", "B-1 1"], bench.InUse());
        // By its validators, and once a day.
        Assert.Equal(["/white/b-1.json 200", "/white/b-1.json 304"], bench.Simulator.Requests.Where(r => r.Contains("b-1.json ", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("WHITE", true)]
    [InlineData("CLEAR", true)]
    [InlineData("UNLABELED", true)]
    [InlineData("AMBER", false)]
    [InlineData("AMBER+STRICT", false)]
    [InlineData("RED", false)]
    public async Task WhatIsNotForEverybodyIsSkippedAndSaidSo(string label, bool isRead)
    {
        await using var bench = await CsafBench.StartAsync();
        bench.Put("dir/c-1.json", "C-1");
        bench.WriteChanges();
        bench.WriteProvider(label);
        await bench.FetchWellAsync();
        Assert.Equal(isRead ? ["A-1 1", "B-1 1"] : ["C-1 1"], bench.InUse());
        Assert.Equal(isRead ? [] : [$"{CsafBench.Vendor}{CsafBench.Feed}"], bench.Store.Refused("vendor", 9).Select(r => r.File));
        Assert.All(bench.Refused(), r => Assert.Contains($"labelled {label}: only what is for everybody is read", r, StringComparison.Ordinal));
    }

    [Fact]
    public async Task WhatTheVendorDeletedEndsAsWithdrawnAndComesBackWhereItIsListedLater()
    {
        await using var bench = await CsafBench.StartAsync();
        bench.ConfigureAt(CsafBench.Changes);
        bench.Put("dir/a-1.json", "A-1");
        bench.Put("dir/b-1.json", "B-1");
        bench.WriteChanges();
        await bench.FetchWellAsync();

        // Red Hat's list of changes may still have it, with an earlier time.
        bench.Write("dir/deletions.csv", "\"b-1.json\",\"2026-11-20T00:00:00Z\"\n");
        bench.Remove("dir/b-1.json");
        await bench.FetchWellAsync();
        Assert.Equal(["A-1 1", "B-1 1 withdrawn"], bench.InUse());
        Assert.Empty(bench.Refused());
        await bench.FetchWellAsync();
        Assert.Equal(2, bench.Store.Row("vendor").Sequence);

        bench.Put("dir/b-1.json", "B-1", date: FeedBench.Start);
        bench.WriteChanges();
        await bench.FetchWellAsync();
        Assert.Equal(["A-1 1", "B-1 1"], bench.InUse());
    }

    [Fact]
    public async Task WhatIsNotListedAnyMoreIsGone()
    {
        await using var bench = await CsafBench.StartAsync();
        await bench.FetchWellAsync();
        bench.Listed.Remove("white/b-1.json");
        bench.WriteFeed();
        await bench.FetchWellAsync();
        Assert.Equal(["A-1 1"], bench.InUse());
    }

    [Theory]
    [InlineData("twice")]
    [InlineData("rel spelt ref")]
    [InlineData("source of the content elsewhere")]
    [InlineData("no self link")]
    [InlineData("self link to nowhere")]
    [InlineData("a checksum of an old kind")]
    [InlineData("two checksums")]
    public async Task HabitsOfVendorsAreUnderstood(string habit)
    {
        await using var bench = await CsafBench.StartAsync();
        bench.ConfigureAt(CsafBench.Feed, isSigned: true);
        var text = await File.ReadAllTextAsync(bench.PathOf(CsafBench.Feed), TestContext.Current.CancellationToken);
        switch (habit)
        {
            case "twice": bench.WriteFeed(more: "," + CsafBench.Entry("white/a-1.json", "A-1", FeedBench.Start.AddDays(-30))); break;
            case "rel spelt ref": bench.WriteFeed(rel: "ref"); break;
            case "source of the content elsewhere": bench.Write(CsafBench.Feed, text.Replace("\"src\":\"https://vendor.example/white/", "\"src\":\"https://vendor.example/", StringComparison.Ordinal)); break;
            case "no self link": bench.Write(CsafBench.Feed, text.Replace("{\"rel\":\"self\",\"href\":\"https://vendor.example/white/a-1.json\"},", "", StringComparison.Ordinal)); break;
            case "self link to nowhere": bench.Write(CsafBench.Feed, text.Replace("\"href\":\"https://vendor.example/white/b-1.json\"", "\"href\":\"https://vendor.example/white/x.json\"", StringComparison.Ordinal)); break;
            case "a checksum of an old kind": bench.Write(CsafBench.Feed, text.Replace(".sha512\"", ".md5\"", StringComparison.Ordinal)); break;
            default:
                bench.Write(CsafBench.Feed, text.Replace("{\"rel\":\"signature\"", "{\"rel\":\"hash\",\"href\":\"https://vendor.example/white/a-1.json.sha256\"},{\"rel\":\"signature\"", StringComparison.Ordinal));
                break;
        }

        await bench.FetchWellAsync();
        Assert.Equal(["A-1 1", "B-1 1"], bench.InUse());
        Assert.Empty(bench.Store.Refused("vendor", 9));

        // Of two entries the later counts.
        Assert.Equal(CsafListing.TextOf(bench.Listed["white/a-1.json"].Updated), bench.Store.Documents("vendor").Single(d => d.Name == "a-1.json").Changed);
    }

    [Fact]
    public async Task ADocumentWithoutAChecksumIsReadAndThatIsNoted()
    {
        await using var bench = await CsafBench.StartAsync();
        bench.Remove("white/a-1.json.sha512");
        await bench.FetchWellAsync();
        Assert.Equal(["A-1 1", "B-1 1"], bench.InUse());
        var note = Assert.Single(bench.Store.Refused("vendor", 9));
        Assert.Equal(("white/a-1.json", CsafHashes.Position), (note.File, note.Position));
        Assert.Contains("CSAF 7.1.18", note.Reason, StringComparison.Ordinal);
        Assert.Equal((2L, 0L), bench.Store.Counts("vendor"));
        await bench.FetchWellAsync();
        Assert.Single(bench.Store.Refused("vendor", 9));
    }

    [Theory]
    [InlineData("aggregator.json", """{"aggregator_version":"2.0","aggregator":{"name":"x"},"csaf_providers":[{"metadata":{"url":"https://v.example/provider-metadata.json"},"mirrors":["https://m.example/v/provider-metadata.json"]}]}""", "such as https://m.example/v/provider-metadata.json")]
    [InlineData("service.json", """{"service":{"workspace":[]}}""", "make each that you want a feed of its own")]
    public async Task AListOfVendorsIsRefusedWithTheRemedy(string name, string text, string remedy)
    {
        await using var bench = await CsafBench.StartAsync();
        bench.Write(name, text);
        bench.ConfigureAt(name);
        Assert.Contains(remedy, (await bench.FetchAsync()).LastError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AFolderWithTheVendorsListsIsFollowedAndOneWithoutIsReadWhole()
    {
        await using var bench = await CsafBench.StartAsync();
        bench.Write("white/not-listed.json", CsafBench.Document("N-1", 1, FeedBench.Start));
        bench.ConfigureFile(bench.Root);
        await bench.FetchWellAsync();
        Assert.Equal(["A-1 1", "B-1 1"], bench.InUse());
        bench.ConfigureFile(bench.PathOf("white"));
        await bench.FetchWellAsync();
        Assert.Equal(["A-1 1", "B-1 1"], bench.InUse());
        bench.Remove(CsafBench.Feed);
        await bench.FetchWellAsync();
        Assert.Equal(["A-1 1", "B-1 1", "N-1 1"], bench.InUse());
    }
}
