using PatchFlow.Client;
using PatchFlow.Core.Advisories;
using PatchFlow.Server.Api;
using PatchFlow.Server.Feeds;
using PatchFlow.Server.Tests.Matching;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>What a fetch refused that then failed is listed as of that attempt, and told apart from what is refused of the snapshot in use.</summary>
public sealed class FailedPartsTests
{
    private const string Bad = "{\"id\":1}";

    [Fact]
    public async Task WhatAFailedFetchRefusedIsListedBesideWhatIsRefusedOfTheSnapshotInUse()
    {
        await using var world = await ExposureWorld.StartAsync();
        world.WriteOsv(("bad.json", Bad), ("good.json", ExposureWorld.Osv("X-1", "openssl", "2")));
        await world.FetchWellAsync("osv");
        world.WriteOsv(("good.json", "{"), ("new.json", Bad));
        Assert.NotNull((await world.FetchAsync("osv")).LastError);
        var feed = await (await world.ApiAsync()).FeedAsync("osv");
        Assert.Equal([("good.json", "record 1 (line 1)"), ("new.json", "record 1 (line 1)")], feed.LastRefused!.Parts.Select(p => (p.File, p.Position)));
        Assert.All(feed.LastRefused.Parts, p => Assert.NotEmpty(p.Reason));
        Assert.Equal((2L, 1L, "bad.json"), (feed.LastRefused.Count, feed.Snapshot!.Refused, Assert.Single(feed.Snapshot.RefusedParts!).File));
        var shown = (await world.CliAsync("feeds show osv")).Out;
        Assert.Matches("Failed try +2 parts refused in the last try, of which nothing is in use\n  refused in the last try: good\\.json.*: .*\n  refused in the last try: new\\.json record 1 \\(line 1\\): ", shown);
        Assert.Matches("1 part refused\n  refused: bad\\.json record 1 \\(line 1\\): ", shown);
        Assert.Contains("\"lastRefused\": {", (await world.CliAsync("feeds show osv --json")).Out, StringComparison.Ordinal);

        // One that goes well, also with nothing new, has none.
        world.WriteOsv(("bad.json", Bad), ("good.json", ExposureWorld.Osv("X-1", "openssl", "2")));
        await world.FetchWellAsync("osv");
        Assert.Null((await (await world.ApiAsync()).FeedAsync("osv")).LastRefused);
        Assert.DoesNotContain("last try:", (await world.CliAsync("feeds show osv")).Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(150, 1)]
    [InlineData(1, 150)]
    public async Task ManyAreListedInPartAndCountedAll(int documents, int each)
    {
        await using var bench = await DatedBench.StartAsync("osv");
        bench.WriteZip([.. Enumerable.Range(0, documents).Select(i => ($"d{i:000}.json", $"[{string.Join(',', Enumerable.Repeat(Bad, each))}]"))]);
        Assert.NotNull((await bench.FetchAsync()).LastError);
        var refused = bench.View().LastRefused!;
        Assert.Equal((150L, 100), (refused.Count, refused.Parts.Count));
    }

    [Fact]
    public async Task OnTheTerminalItIsSaidHowManyMoreThereAre()
    {
        await using var world = await ExposureWorld.StartAsync();
        world.WriteOsv([.. Enumerable.Range(0, 123).Select(i => ($"d{i:000}.json", Bad))]);
        await world.FetchAsync("osv");
        Assert.Contains("\n  refused in the last try: and 23 more\n", (await world.CliAsync("feeds show osv")).Out, StringComparison.Ordinal);
        world.WriteOsv([.. Enumerable.Range(0, 123).Select(i => ($"d{i:000}.json", i == 0 ? ExposureWorld.Osv("X-1", "openssl", "2") : i == 1 ? $"[{string.Join(',', Enumerable.Repeat(Bad, 500))},{ExposureWorld.Osv("X-2", "vim", "2")}]" : "{}"))]);
        await world.FetchWellAsync("osv");
        Assert.Contains("\n  refused: and 521 more\n", (await world.CliAsync("feeds show osv")).Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("folder", "a.json", "larger than the 2 bytes", "")]
    [InlineData("zip", "same.json", "has several documents of this name", "")]
    [InlineData("list", "index.txt", "is not a relative path", "line 1")]
    [InlineData("csaf", "changes.csv", "", "line 1")]
    public async Task WhatCouldNotBeHadAtAllIsListedToo(string how, string file, string reason, string position)
    {
        await using var bench = await DatedBench.StartAsync(how switch { "folder" => "osv folder", "zip" => "osv", "csaf" => "csaf directory", _ => "osv listed" });
        switch (how)
        {
            case "folder":
                bench.Write("a.json", Bad);
                bench.Write("b.json", Bad);
                bench.Limits = bench.Limits with { IndexBytes = 2 };
                bench.Start();
                break;
            case "zip":
                bench.WriteZip(("same.json", Bad), ("same.json", Bad), ("two.json", Bad), ("two.json", Bad));
                break;
            default:
                bench.Write(file, "../a\n../b\n");
                break;
        }

        Assert.NotNull((await bench.FetchAsync()).LastError);
        var refused = bench.View().LastRefused!;
        Assert.Equal((2L, file, position), (refused.Count, refused.Parts[0].File, refused.Parts[0].Position));
        Assert.Contains(reason, refused.Parts[0].Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StanzasOfAnIndexThatIsRefusedAreListedWithTheirLines()
    {
        await using var bench = await FeedBench.StartPublishedAsync();
        bench.Repository.Add("other", "2.0");
        bench.Repository.Publish(FeedBench.Start, bench.Clock.Now.AddDays(7), index: text => text.Replace("SHA256: ", "SHA256: x", StringComparison.Ordinal));
        Assert.Contains("no stanza that can be read", (await bench.FetchAsync()).LastError, StringComparison.Ordinal);
        var refused = View(bench).LastRefused!;
        Assert.Equal((2L, "main_binary-amd64_Packages"), (refused.Count, refused.Parts[1].File));
        Assert.Matches("^line 1[0-9]$", refused.Parts[1].Position);
        bench.Publish();
        Assert.Null((await bench.FetchAsync()).LastError);
        Assert.Null(View(bench).LastRefused);
    }

    private static FeedView View(FeedBench bench) => new FeedReads(new FeedList([bench.Feed]), bench.Store, bench.Catalog, bench.Advisories, bench.Folders, bench.Clock).Detailed("own");
}
