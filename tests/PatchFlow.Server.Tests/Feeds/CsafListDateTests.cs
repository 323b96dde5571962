namespace PatchFlow.Server.Tests.Feeds;

/// <summary>The dates that lists of CSAF documents give themselves: what leaps ahead waits for a person.</summary>
public sealed class CsafListDateTests
{
    [Fact]
    public async Task AListThatLeapsAheadWaitsAndTheNextTrueOneIsTaken()
    {
        await using var bench = await CsafBench.StartAsync();
        await bench.FetchWellAsync();
        bench.Put("white/a-1.json", "A-1", 2);
        bench.WriteFeed(FeedBench.Start.AddYears(30));
        Assert.Contains("which is in the future", (await bench.FetchAsync()).LastError, StringComparison.Ordinal);
        Assert.Equal((PatchFlow.Client.FeedState.Quarantined, "A-1 1"), (bench.View().State, bench.InUse().First()));
        bench.WriteFeed(FeedBench.Start);
        await bench.FetchWellAsync();
        Assert.Equal("A-1 2", bench.InUse().First());
        bench.WriteFeed(FeedBench.Start.AddDays(-1));
        Assert.Contains("a list never goes back", (await bench.FetchAsync()).LastError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OfSeveralListsThatLeapAheadOneWordLetsAll()
    {
        await using var bench = await CsafBench.StartAsync();
        var other = (await File.ReadAllTextAsync(bench.PathOf(CsafBench.Provider), TestContext.Current.CancellationToken))
            .Replace("\"feeds\":[", $"\"feeds\":[{{\"tlp_label\":\"WHITE\",\"url\":\"{CsafBench.Vendor}white/other.json\"}},", StringComparison.Ordinal);
        bench.Write(CsafBench.Provider, other);
        foreach (var days in new[] { -1, 9 })
        {
            bench.WriteFeed(FeedBench.Start.AddDays(days));
            File.Move(bench.PathOf(CsafBench.Feed), bench.PathOf("white/other.json"), overwrite: true);
            bench.WriteFeed(FeedBench.Start.AddDays(days + 1));
            await bench.FetchAsync();
        }

        bench.Marks.Marks.Release("vendor", bench.Marks.Marks.Of("vendor").Quarantined!);
        await bench.FetchWellAsync();
        await bench.FetchWellAsync();
    }

    // Its metadata a vendor leaves alone for years.
    [Fact]
    public async Task MetadataMayBeYearsNewer()
    {
        await using var bench = await CsafBench.StartAsync();
        var text = await File.ReadAllTextAsync(bench.PathOf(CsafBench.Provider), TestContext.Current.CancellationToken);
        bench.Write(CsafBench.Provider, text.Replace("2026-11-01", "2021-11-01", StringComparison.Ordinal));
        await bench.FetchWellAsync();
        bench.Write(CsafBench.Provider, text);
        await bench.FetchWellAsync();
        bench.Write(CsafBench.Provider, text.Replace("2026-11-01", "2026-12-24", StringComparison.Ordinal));
        Assert.Contains("which is in the future", (await bench.FetchAsync()).LastError, StringComparison.Ordinal);
    }
}
