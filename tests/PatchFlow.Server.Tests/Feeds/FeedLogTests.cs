using PatchFlow.Client;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>What an operator who reads the server's log at night learns of a feed.</summary>
public sealed class FeedLogTests
{
    [Fact]
    public async Task AnAlarmIsInTheLogAtEachFetchWhileItStandsAndOnceWhenItHasEnded()
    {
        await using var bench = await SignedAsync();
        Assert.DoesNotContain(bench.Log.Take(), IsAlarm);
        await StripAsync(bench);
        Assert.StartsWith("Error Feed vendor: ALARM: what had a good signature", Assert.Single(bench.Log.Take(), IsAlarm), StringComparison.Ordinal);
        await bench.FetchAsync();
        Assert.StartsWith("Error Feed vendor: ALARM: ", Assert.Single(bench.Log.Take(), IsAlarm), StringComparison.Ordinal);
        bench.Simulator.Misbehaviour["feed.json"] = context => Task.FromResult(context.Response.StatusCode = 503);
        await bench.FetchAsync();
        Assert.StartsWith("Error Feed vendor: ALARM: ", Assert.Single(bench.Log.Take(), IsAlarm), StringComparison.Ordinal);

        bench.Simulator.Misbehaviour.Clear();
        bench.Sign("white/a-1.json", CsafBench.Key);
        await bench.FetchWellAsync();
        Assert.StartsWith("Warning Feed vendor: the alarm has ended that was: what had", Assert.Single(bench.Log.Take(), IsAlarm), StringComparison.Ordinal);
        await bench.FetchWellAsync();
        Assert.DoesNotContain(bench.Log.Take(), IsAlarm);
    }

    [Fact]
    public async Task AnAlarmOfTheSameDocumentsIsSaidOnce()
    {
        await using var bench = await SignedAsync();
        await StripAsync(bench);
        Assert.NotNull(bench.Marks.Row("vendor").Mark.Alarm);
        Assert.StartsWith("what had a good signature came without one: white/a-1.json", bench.View().Alarm, StringComparison.Ordinal);
        Assert.DoesNotContain("it was signed until", bench.View().Alarm, StringComparison.Ordinal);

        // Of a new document only the feed as a whole can say it.
        bench.Put("white/c-1.json", "C-1", 3);
        bench.Remove("white/c-1.json.asc");
        bench.WriteFeed(FeedBench.Start);
        await bench.FetchAsync();
        Assert.Contains("it was signed until", bench.View().Alarm, StringComparison.Ordinal);
        Assert.Contains("; what had a good signature came without one: white/a-1.json", bench.View().Alarm, StringComparison.Ordinal);
        Assert.Equal(FeedState.Alarm, bench.View().State);
    }

    [Fact]
    public async Task AFailureSaysWhatStaysInUseOrThatNothingIsYet()
    {
        await using var bench = await CsafBench.StartAsync();
        bench.ConfigureAt("nowhere.json");
        await bench.FetchAsync();
        Assert.EndsWith(". Nothing of it is in use yet", Assert.Single(bench.Log.Take()), StringComparison.Ordinal);
        bench.ConfigureAt(CsafBench.Provider, isSigned: true);
        await bench.FetchWellAsync();
        bench.Log.Take();
        bench.Simulator.Misbehaviour["feed.json"] = context => Task.FromResult(context.Response.StatusCode = 503);
        await bench.FetchAsync();
        Assert.EndsWith("Z stays in use", Assert.Single(bench.Log.Take()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ASnapshotOfAnArchiveIsOfItsTimeAsEverywhereElse()
    {
        await using var bench = await FeedBench.StartPublishedAsync();
        await bench.FetchAsync();
        Assert.Contains("snapshot of 2026-11-23 11:00:00Z with 1 packages", Assert.Single(bench.Log.Take()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task PartsAreCountedAsTheFeedIsShown()
    {
        await using var bench = await CsafBench.StartAsync();
        bench.ConfigureAt(CsafBench.Provider);
        bench.Put("white/a-1.json", "A-1", 2, date: FeedBench.Start.AddYears(30));
        bench.Listed["white/a-1.json"] = ("A-1", FeedBench.Start.AddHours(-2));
        bench.Remove("white/b-1.json");
        bench.WriteFeed(FeedBench.Start);
        await bench.FetchWellAsync();
        Assert.Equal(1, bench.View().Snapshot!.Refused);
        Assert.Contains(" 1 parts refused, 1 noted, ", Assert.Single(bench.Log.Take(), l => l.Contains("snapshot", StringComparison.Ordinal)), StringComparison.Ordinal);
        // The audit has it so too: what refuses nothing is counted beside what is refused.
        Assert.EndsWith(", refused 1, noted 1", bench.AuditDetails()[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task OnlyWhatHasASuiteIsSaidToHaveOne()
    {
        await using var documents = await CsafBench.StartAsync();
        documents.ConfigureAt("nowhere.json");
        Assert.EndsWith("does not exist (404): check the feed's address", (await documents.FetchAsync()).LastError, StringComparison.Ordinal);
        documents.ConfigureFile("/nowhere/feed.json");
        Assert.EndsWith("does not exist: check the feed's address", (await documents.FetchAsync()).LastError, StringComparison.Ordinal);

        await using var archive = await FeedBench.StartPublishedAsync();
        archive.Configure(archive.Feed with { Suite = "nowhere" });
        Assert.EndsWith("does not exist (404): check the feed's address, suite and components", (await archive.FetchAsync()).LastError, StringComparison.Ordinal);
    }

    private static bool IsAlarm(string line) => line.Contains("alarm", StringComparison.OrdinalIgnoreCase);

    private static async Task<CsafBench> SignedAsync()
    {
        var bench = await CsafBench.StartAsync();
        bench.ConfigureAt(CsafBench.Provider, isSigned: true);
        await bench.FetchWellAsync();
        return bench;
    }

    // The one document that is new comes without the signature that it had.
    private static Task StripAsync(CsafBench bench)
    {
        bench.Put("white/a-1.json", "A-1", 2);
        bench.Remove("white/a-1.json.asc");
        bench.WriteFeed(FeedBench.Start);
        return bench.FetchAsync();
    }
}
