using PatchFlow.Core.Advisories;
using PatchFlow.Server.Feeds;
using PatchFlow.Server.Tests.Matching;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>How a CSAF feed is shown: what was refused of it, and how far it is the vendor's.</summary>
public sealed class CsafShowTests
{
    [Fact]
    public async Task WhatWasRefusedIsShownWithFilePositionAndReason()
    {
        await using var world = await ExposureWorld.StartAsync();
        world.Write("csaf/changes.csv", "\"a.json\",\"2026-11-01T00:00:00Z\"\n\"gone.json\",\"2026-11-02T00:00:00Z\"\n../out.json,2026-11-01T00:00:00Z\n\"torn.json\",\"2026-11-02T00:00:00Z\"\nb.json,2026-11-01T00:00:00Z\n");
        world.Write("csaf/a.json", CsafBench.Document("A-1", 1, FeedBench.Start));
        world.Write("csaf/b.json", CsafBench.Document("B-1", 1, FeedBench.Start));
        world.Write("csaf/torn.json", "{\n\"document\":");
        await world.FetchWellAsync("csaf");
        var shown = (await world.CliAsync("feeds show csaf")).Out;
        Assert.Matches("Trust +none: not authenticated", shown);
        Assert.Matches("refused: changes.csv line 3: '../out.json,.*' is not a relative path", shown);
        Assert.Matches("refused: gone.json: http.* does not exist", shown);
        Assert.Matches("refused: torn.json line 2: not JSON", shown);
        Assert.Matches("noted: a.json and 1 more: it has no checksum", shown);
        Assert.Matches("3 parts refused", shown);
    }

    [Theory]
    [InlineData("https://vendor.example/x.json", false, "tls only")]
    [InlineData("https://vendor.example/x.json", true, "signed")]
    [InlineData("http://vendor.example/x.json", false, "none")]
    [InlineData("file:///x.json", false, "none")]
    [InlineData("file:///x.json", true, "signed")]
    public async Task AFeedSaysHowFarItIsTheVendors(string address, bool isSigned, string trust)
    {
        var feeds = await FeedList.LoadAsync([new() { Name = "x", Kind = "csaf", Address = address, Keyring = isSigned ? "/keys/x.gpg" : null }]);
        Assert.Equal(trust, Assert.Single(feeds.Advisories).Trust);
        // However it is signed, no plan can be made from it.
        Assert.Empty(feeds.All);
    }

    [Fact]
    public async Task AFeedIsNotCalledSignedBeforeWhatIsInUseIs()
    {
        await using var bench = await CsafBench.StartAsync();
        await bench.FetchWellAsync();
        bench.ConfigureAt(CsafBench.Provider, isSigned: true);
        bench.Configure(bench.Configured with { Keyrings = [CsafBench.OtherKey.Public] });
        Assert.Contains("none of which is valid in", (await bench.FetchAsync()).LastError, StringComparison.Ordinal);
        Assert.Equal("none", bench.View().Trust);
        Assert.Equal(["A-1 1", "B-1 1"], bench.InUse());
        bench.ConfigureAt(CsafBench.Provider, isSigned: true);
        await bench.FetchWellAsync();
        Assert.Equal("signed", bench.View().Trust);
    }

    [Fact]
    public async Task AFurtherHostIsWrittenWithItsPort()
    {
        var feeds = await FeedList.LoadAsync([new() { Name = "x", Kind = "csaf", Address = "https://vendor.example/x.json", Hosts = ["cdn.vendor.example", "other.example:8443"] }]);
        Assert.Equal(["https://vendor.example/x.json", "https://cdn.vendor.example/", "https://other.example:8443/"], feeds.Addresses.Select(a => a.Address.AbsoluteUri));
        Assert.Equal(DocumentKind.Csaf, Assert.Single(feeds.Advisories).Kind);
    }
}
