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
        // All as they were looked at, and not one exchanged meanwhile.
        bench.WriteFeed(FeedBench.Start.AddDays(11));
        Assert.Contains("which is in the future", (await bench.FetchAsync()).LastError, StringComparison.Ordinal);
        bench.WriteFeed(FeedBench.Start.AddDays(10));
        await bench.FetchWellAsync();
        await bench.FetchWellAsync();
    }

    // Each list has a mark of its own: the newest document of another says nothing of it.
    [Fact]
    public async Task OfSeveralListsNoneGoesBackAfterRestoringAnOldDatabase()
    {
        await using var bench = await CsafBench.StartAsync();
        bench.Write(CsafBench.Provider, (await File.ReadAllTextAsync(bench.PathOf(CsafBench.Provider), TestContext.Current.CancellationToken))
            .Replace("\"feeds\":[", $"\"feeds\":[{{\"tlp_label\":\"WHITE\",\"url\":\"{CsafBench.Vendor}white/other.json\"}},", StringComparison.Ordinal));
        bench.Put("white/c-1.json", "C-1", 9);
        bench.WriteFeed();
        File.Move(bench.PathOf(CsafBench.Feed), bench.PathOf("white/other.json"));
        bench.Listed.Remove("white/c-1.json");
        bench.WriteFeed(FeedBench.Start.AddDays(-5));
        await bench.FetchWellAsync();
        await bench.ForgetAsync();
        bench.WriteFeed(FeedBench.Start.AddDays(-6));
        await bench.FetchWellAsync();
        Assert.Contains("a list never goes back", Assert.Single(bench.Refused()), StringComparison.Ordinal);
        bench.WriteFeed(FeedBench.Start.AddDays(-5));
        await bench.FetchWellAsync();
        Assert.Empty(bench.Refused());
    }

    // Documents are signed, lists are not: whoever lists old documents under a new date gains nothing.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ANewerListOfOldDocumentsCountsOnlyWhereTheyAreNotSigned(bool isSigned)
    {
        await using var bench = await CsafBench.StartAsync();
        bench.ConfigureAt(CsafBench.Provider, isSigned);
        bench.Put("white/c-1.json", "C-1", 5);
        bench.WriteFeed();
        await bench.FetchWellAsync();
        bench.Listed.Remove("white/c-1.json");
        bench.WriteFeed(FeedBench.Start);
        Assert.Equal(isSigned, (await bench.FetchAsync()).LastError?.Contains("a feed never goes back", StringComparison.Ordinal) ?? false);
        Assert.Equal(isSigned ? 3 : 2, bench.InUse().Count());
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
