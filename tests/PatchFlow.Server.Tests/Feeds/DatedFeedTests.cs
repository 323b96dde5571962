using PatchFlow.Client;
using PatchFlow.Server.Api;
using PatchFlow.Server.Feeds;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>
/// What is promised of every feed of vendors' documents that is dated, by a catalogue, a list or its records: it never goes back, also after restoring
/// an old database; one that stands still is stale; what leaps ahead waits for a person.
/// </summary>
public sealed class DatedFeedTests
{
    /// <summary>Sorts of feeds whose source says how new all of it is.</summary>
    public static TheoryData<string> Own => ["kev", "epss", "csaf"];

    /// <summary>Those of which their records say it.</summary>
    public static TheoryData<string> OfRecords => ["osv", "osv listed", "osv folder", "csaf directory", "debian", "updateinfo", "months", "notices"];

    public static TheoryData<string> All => [.. Own.Concat(OfRecords).Select(row => row.Data)];

    [Theory]
    [MemberData(nameof(All))]
    public async Task WhatIsOlderThanWhatWasInUseIsRefused(string sort)
    {
        await using var bench = await StartAsync(sort, out var start);
        await bench.PublishWellAsync("CVE-2026-0002", start);
        bench.Publish("CVE-2026-0001", start.AddDays(-3));
        await RefusedAsync(bench);
        Assert.Equal(Ids(sort, "CVE-2026-0002"), bench.InUse());
        bench.Publish("CVE-2026-0003", start.AddDays(1));
        await bench.FetchWellAsync();
        Assert.Equal(Ids(sort, "CVE-2026-0003"), bench.InUse());
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task RestoringAnOldDatabaseLetsNoFeedGoBack(string sort)
    {
        await using var bench = await StartAsync(sort, out var start);
        var empty = bench.Save();
        await bench.PublishWellAsync("CVE-2026-0001", start.AddDays(-4));
        var saved = bench.Save();
        await bench.PublishWellAsync("CVE-2026-0002", start);

        bench.Restore(saved);
        var view = bench.View();
        Assert.Equal(FeedState.Failing, view.State);
        Assert.Contains("as after restoring an old database", view.LastError, StringComparison.Ordinal);
        // What the restored database calls unchanged is refused too.
        bench.Publish("CVE-2026-0001", start.AddDays(-4));
        await RefusedAsync(bench);
        // Nor is something between the two let in, by a database that never knew the feed.
        bench.Restore(empty);
        bench.Publish("CVE-2026-0009", start.AddDays(-2));
        await RefusedAsync(bench);
        Assert.Empty(bench.InUse());
        bench.Restore(saved);
        await bench.PublishWellAsync("CVE-2026-0002", start);
        Assert.Equal(Ids(sort, "CVE-2026-0002"), bench.InUse());
        Assert.Equal((FeedState.Fresh, null), (bench.View().State, bench.View().LastError));
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task LostMarksStopTheFeedUntilAPersonHasDecided(string sort)
    {
        await using var bench = await StartAsync(sort, out var start);
        await bench.PublishWellAsync("CVE-2026-0001", start);
        File.Delete(bench.DatabaseFile + ".feeds.json");
        bench.Start();
        Assert.Contains("restore it from a backup", bench.View().LastError, StringComparison.Ordinal);
        Assert.Contains("it is gone", (await bench.FetchAsync()).LastError, StringComparison.Ordinal);

        // As the message says: from what the database knows.
        await File.WriteAllTextAsync(bench.DatabaseFile + ".feeds.json", "{}", TestContext.Current.CancellationToken);
        bench.Start();
        bench.Publish("CVE-2026-0002", start.AddDays(-2));
        await RefusedAsync(bench);
        await bench.PublishWellAsync("CVE-2026-0003", start.AddHours(1));
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task ASourceThatStandsStillIsStaleThoughItAnswers(string sort)
    {
        await using var bench = await StartAsync(sort, out var start);
        await bench.PublishWellAsync("CVE-2026-0001", start);
        Assert.Equal(FeedState.Fresh, bench.View().State);
        var days = bench.Feed.IsDated ? 7 : 30;
        bench.Clock.Now = start.AddDays(days).AddHours(-1);
        await bench.FetchWellAsync();
        Assert.Equal((FeedState.Fresh, start.AddDays(days)), (bench.View().State, bench.View().Snapshot!.UsableUntil));
        bench.Clock.Now = start.AddDays(days).AddHours(1);
        await bench.FetchWellAsync();
        Assert.Equal(FeedState.Stale, bench.View().State);
        await bench.PublishWellAsync("CVE-2026-0002", bench.Clock.Now.AddDays(-1).Date);
        Assert.Equal(FeedState.Fresh, bench.View().State);
    }

    [Theory]
    [InlineData("kev", 2, 0)]
    [InlineData("kev", 0, 800)]
    [InlineData("epss", 2, 0)]
    [InlineData("epss", 0, 800)]
    [InlineData("csaf", 2, 0)]
    [InlineData("csaf", 0, 800)]
    public async Task WhatLeapsAheadWaitsForAPerson(string sort, int aheadDays, int laterDays)
    {
        await using var bench = await StartAsync(sort, out var start);
        await bench.PublishWellAsync("CVE-2026-0001", start);
        bench.Clock.Now += TimeSpan.FromDays(laterDays);
        bench.Publish("CVE-2026-0002", bench.Clock.Now.AddDays(aheadDays));
        var row = await bench.FetchAsync();
        Assert.Contains(aheadDays > 0 ? "which is in the future" : "more than two years after", row.LastError, StringComparison.Ordinal);
        Assert.Contains("patchflow feeds release vendor", row.LastError, StringComparison.Ordinal);
        Assert.Equal(Ids(sort, "CVE-2026-0001"), bench.InUse());
        var waiting = bench.Marks.Of("vendor").Quarantined!;
        Assert.Equal((FeedState.Quarantined, waiting.Digest), (bench.View().State, bench.View().Quarantined!.Digest));

        // Another one of that date is not what the person has looked at.
        bench.Marks.Release("vendor", waiting);
        bench.Publish("CVE-2026-0003", bench.Clock.Now.AddDays(aheadDays).AddHours(1));
        Assert.NotNull((await bench.FetchAsync()).LastError);
        await bench.PublishWellAsync("CVE-2026-0002", bench.Clock.Now.AddDays(aheadDays));
        Assert.Equal(Ids(sort, "CVE-2026-0002"), bench.InUse());
        Assert.Null(bench.Marks.Of("vendor").Quarantined);
        await bench.FetchWellAsync();
        // What follows within a week is no leap any more.
        await bench.PublishWellAsync("CVE-2026-0004", bench.Clock.Now.AddDays(aheadDays + 1));
        Assert.Equal(FeedState.Fresh, bench.View().State);
    }

    [Theory]
    [MemberData(nameof(Own))]
    public async Task WhatLeapedAndWasMendedNeedsNobody(string sort)
    {
        await using var bench = await StartAsync(sort, out var start);
        await bench.PublishWellAsync("CVE-2026-0001", start);
        bench.Publish("CVE-2026-0002", start.AddYears(30));
        await bench.FetchAsync();
        Assert.Equal(FeedState.Quarantined, bench.View().State);
        await bench.PublishWellAsync("CVE-2026-0003", start.AddHours(1));
        Assert.Equal(FeedState.Fresh, bench.View().State);
    }

    // One record of many with a wrong date stops no feed; nor is the feed measured by it.
    [Theory]
    [MemberData(nameof(OfRecords))]
    public async Task ARecordOfTheFutureHoldsNothingUp(string sort)
    {
        await using var bench = await StartAsync(sort, out var start);
        await bench.PublishWellAsync("CVE-2026-0001", start);
        bench.Publish("CVE-2026-0002", start.AddYears(30));
        await bench.FetchAsync();
        Assert.Equal(start, bench.Marks.Of("vendor").HighWater);
        await bench.PublishWellAsync("CVE-2026-0003", start.AddDays(1));
        Assert.Equal(Ids(sort, "CVE-2026-0003"), bench.InUse());
    }

    [Theory]
    [InlineData("epss")]
    [InlineData("csaf")]
    public async Task WhatHasNoDateAnyMoreIsRefused(string sort)
    {
        await using var bench = await StartAsync(sort, out var start);
        await bench.PublishWellAsync("CVE-2026-0001", start);
        bench.Publish("CVE-2026-0002", start.AddDays(-3));
        if (sort == "epss")
        {
            bench.Write("epss.csv", "cve,epss,percentile\nCVE-2026-0002,0.5,0.5\n");
        }
        else
        {
            bench.Write("feed.json", $$$"""{"feed":{"id":"x","title":"x","entry":[{{{CsafBench.Entry("a.json", "A-1", start.AddDays(-3))}}}]}}""");
        }

        Assert.Contains("no date that can be read", (await bench.FetchAsync()).LastError, StringComparison.Ordinal);
        Assert.Equal(Ids(sort, "CVE-2026-0001"), bench.InUse());
    }

    // The list says by itself that it is newer. Metadata that names lists says nothing of documents.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task UnderANewerListTheNewestDocumentMayBeTakenBack(bool isTaken)
    {
        await using var bench = await StartAsync("csaf", out var start);
        await bench.PublishWellAsync("CVE-2026-0001", start);
        bench.Publish("CVE-2026-0002", start.AddDays(-9));
        var entry = CsafBench.Entry("b.json", "B-1", start.AddDays(-9));
        bench.Write("b.json", CsafBench.Document("B-1", 1, start.AddDays(-9)));
        bench.Write(isTaken ? "feed.json" : "other.json", $$$"""{"feed":{"id":"x","title":"x","updated":"{{{start.AddHours(isTaken ? 1 : -1):yyyy-MM-ddTHH:mm:ssZ}}}","entry":[{{{entry}}}]}}""");
        bench.Alter("provider-metadata.json", text => isTaken ? text : text.Replace("2020-11-01T00:00:00Z", $"{start.AddHours(1):yyyy-MM-ddTHH:mm:ssZ}", StringComparison.Ordinal).Replace("feed.json", "other.json", StringComparison.Ordinal));
        Assert.Equal(isTaken, (await bench.FetchAsync()).LastError is null);
        Assert.Equal([isTaken ? "B-1" : "A-1"], bench.InUse());
        Assert.Equal(start, bench.Marks.Of("vendor").HighWater);
    }

    [Fact]
    public async Task WhatAnsweredWhileTheClockWasAheadIsStaleUntilItAnswersAgain()
    {
        await using var near = await DatedBench.StartAsync("tracker");
        near.Publish("CVE-2026-0001", FeedBench.Start);
        near.Clock.Now += TimeSpan.FromDays(5 * 365);
        await near.FetchWellAsync();
        Assert.Equal(FeedState.Fresh, near.View().State);
        near.Clock.Now -= TimeSpan.FromDays(5 * 365);
        Assert.Equal(FeedState.Stale, near.View().State);
        await near.FetchWellAsync();
        Assert.Equal(FeedState.Fresh, near.View().State);
    }

    [Fact]
    public async Task WhatHasNoDateIsFreshFromItsLastAnswerAndItsMarkHasNoDate()
    {
        await using var bench = await StartAsync("tracker", out _);
        await bench.PublishWellAsync("CVE-2026-0001", default);
        bench.Clock.Now += TimeSpan.FromDays(100);
        await bench.FetchWellAsync();
        Assert.Equal(FeedState.Fresh, bench.View().State);
        Assert.Equal((bench.Feed.DatedBy, null, null), (bench.Marks.Of("vendor").DatedBy, bench.Marks.Of("vendor").HighWater, bench.Marks.Of("vendor").Lists));
    }

    // What a mark was made of measures nothing else: a catalogue is the same at each mirror, records at another address are others.
    [Theory]
    [InlineData("kev", "/../kev.json?mirror", false)]
    [InlineData("osv", "/../all.zip?other", true)]
    public async Task AMarkIsOfACatalogueOrOfAnAddress(string sort, string address, bool isOther)
    {
        await using var bench = await StartAsync(sort, out var start);
        await bench.PublishWellAsync("CVE-2026-0001", start);
        bench.Feed = bench.Feed with { Address = new(bench.Simulator.Address, address) };
        bench.Start();
        bench.Publish("CVE-2026-0002", start.AddDays(-3));
        Assert.Equal(isOther, (await bench.FetchAsync()).LastError is null);
        Assert.Equal(isOther ? start.AddDays(-3) : start, bench.Marks.Of("vendor").HighWater);
    }

    private static Task<DatedBench> StartAsync(string sort, out DateTimeOffset start)
    {
        // Midnight: some vendors tell days alone.
        start = new DateTimeOffset(FeedBench.Start.Date, TimeSpan.Zero);
        return DatedBench.StartAsync(sort);
    }

    private static async Task RefusedAsync(DatedBench bench)
    {
        var before = bench.Store.Row("vendor");
        var row = await bench.FetchAsync();
        Assert.NotNull(row.LastError);
        Assert.Contains("never goes back", row.LastError, StringComparison.Ordinal);
        if (!row.LastError.Contains("a document never goes back", StringComparison.Ordinal))
        {
            Assert.Contains("patchflow feeds rewind vendor --to", row.LastError, StringComparison.Ordinal);
            Assert.Contains("give the feed another name, with which it begins anew", row.LastError, StringComparison.Ordinal);
        }

        Assert.Equal((before.Snapshot, before.Sequence), (row.Snapshot, row.Sequence));
    }

    /// <summary>Ids of what is in use where that was published.</summary>
    internal static IEnumerable<string> Ids(string sort, string cve) => [sort switch { "csaf" or "csaf directory" => "A-1", "debian" => "DSA-5380-1", _ => cve }];
}
