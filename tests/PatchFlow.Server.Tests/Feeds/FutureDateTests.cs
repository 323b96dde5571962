using PatchFlow.Client;
using PatchFlow.Core.Advisories;
using PatchFlow.Server.Feeds;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>A record that is dated in the future counts without its date, and is named: it stops no feed, nothing is measured by it, and its correction takes its place.</summary>
public sealed class FutureDateTests
{
    private static readonly DateTimeOffset Start = new(FeedBench.Start.Date, TimeSpan.Zero);

    [Theory]
    [MemberData(nameof(DatedFeedTests.OfRecords), MemberType = typeof(DatedFeedTests))]
    [InlineData("csaf")]
    public async Task ARecordOfTheFutureCountsWithoutItsDateAndIsNamed(string sort)
    {
        await using var bench = await DatedBench.StartAsync(sort);
        bench.Publish("CVE-2026-0001", Start, ("CVE-2026-0002", Start.AddYears(30)));
        await bench.FetchWellAsync();
        Assert.Equal(Both(sort), bench.InUse());
        Assert.Equal((FeedState.Fresh, Start), (bench.View().State, bench.Marks.Of("vendor").HighWater));
        var note = Assert.Single(bench.View().Snapshot!.RefusedParts!, r => r.Position == FutureDates.Position);
        Assert.Contains(Both(sort)[1], note.Reason, StringComparison.Ordinal);
        Assert.Contains("(2056-11-23", note.Reason, StringComparison.Ordinal);
        Assert.Equal(0, bench.View().Snapshot!.Refused);
        Assert.DoesNotContain(bench.Advisories(), a => a.Modified > Start || a.Published > Start);

        bench.Publish("CVE-2026-0001", Start.AddHours(1), ("CVE-2026-0002", Start.AddDays(1)));
        await bench.FetchWellAsync();
        Assert.Equal(Both(sort), bench.InUse());
        Assert.DoesNotContain(bench.View().Snapshot!.RefusedParts!, r => r.Position == FutureDates.Position);
        Assert.Contains(bench.Advisories(), a => (a.Modified ?? a.Published) == Start.AddDays(1));
    }

    [Theory]
    [MemberData(nameof(DatedFeedTests.OfRecords), MemberType = typeof(DatedFeedTests))]
    public async Task TheNewestRecordMayGetADateOfTheFutureAndStopsNothing(string sort)
    {
        await using var bench = await DatedBench.StartAsync(sort);
        bench.Publish("CVE-2026-0001", Start.AddDays(-3), ("CVE-2026-0002", Start));
        await bench.FetchWellAsync();
        bench.Publish("CVE-2026-0001", Start.AddDays(-3), ("CVE-2026-0002", Start.AddYears(30)));
        await bench.FetchWellAsync();
        Assert.Equal(Both(sort), bench.InUse());
        Assert.Equal((FeedState.Fresh, Start), (bench.View().State, bench.Marks.Of("vendor").HighWater));
    }

    // The newest one was called wrong: how far its document had come with it counts no more.
    [Theory]
    [MemberData(nameof(DatedFeedTests.OfRecords), MemberType = typeof(DatedFeedTests))]
    public async Task AfterARewindARecordOfTheFutureKeepsNoDateThatItsDocumentHadBefore(string sort)
    {
        await using var bench = await DatedBench.StartAsync(sort);
        bench.Publish("CVE-2026-0001", Start.AddDays(-3), ("CVE-2026-0002", Start));
        await bench.FetchWellAsync();
        await bench.RewindAsync(Start.AddDays(-3));
        bench.Publish("CVE-2026-0001", Start.AddDays(-3), ("CVE-2026-0002", Start.AddYears(30)));
        await bench.FetchWellAsync();
        Assert.Equal((Start.AddDays(-3), null), (bench.Marks.Of("vendor").HighWater, bench.Marks.Of("vendor").Rewound));
    }

    // The same bytes as are in use: what they had reached before was called wrong too.
    [Theory]
    [InlineData("osv listed")]
    [InlineData("debian")]
    public async Task AfterARewindTheSameBytesKeepNoDateThatTheirDocumentHadBefore(string sort)
    {
        await using var bench = await DatedBench.StartAsync(sort);
        bench.Publish("CVE-2026-0001", Start.AddDays(-3), ("CVE-2026-0002", Start));
        await bench.FetchWellAsync();
        bench.Publish("CVE-2026-0001", Start.AddDays(-3), ("CVE-2026-0002", Start.AddYears(30)));
        await bench.FetchWellAsync();
        await bench.RewindAsync(Start.AddDays(-3));
        await bench.FetchWellAsync();
        Assert.Equal((Start.AddDays(-3), null), (bench.Marks.Of("vendor").HighWater, bench.Marks.Of("vendor").Rewound));
    }

    // The same revision, of a right date: one that is kept with the wrong one would be the newer of the two.
    [Fact]
    public async Task ADocumentOfCsafOfTheFutureIsReplacedByTheRightOne()
    {
        await using var bench = await CsafBench.StartAsync();
        bench.Put("white/a-1.json", "A-1", 2, date: FeedBench.Start.AddYears(30), cve: "CVE-2026-0009");
        bench.Listed["white/a-1.json"] = ("A-1", FeedBench.Start.AddHours(-2));
        bench.WriteFeed(FeedBench.Start);
        await bench.FetchWellAsync();
        Assert.Equal(["A-1 2", "B-1 1"], bench.InUse());
        bench.Put("white/a-1.json", "A-1", 2, date: FeedBench.Start.AddHours(-1), cve: "CVE-2026-0002");
        bench.WriteFeed(FeedBench.Start);
        await bench.FetchWellAsync();
        Assert.Equal(["CVE-2026-0002"], bench.Store.Advisories("vendor", "A-1").SelectMany(a => a.Advisory.Cves));
        Assert.Empty(bench.Refused());
        // From then on it is measured by its date.
        bench.Put("white/a-1.json", "A-1", 2, date: FeedBench.Start.AddDays(-2), cve: "CVE-2026-0003");
        bench.WriteFeed(FeedBench.Start);
        await bench.FetchWellAsync();
        Assert.Contains("a document never goes back", Assert.Single(bench.Refused()), StringComparison.Ordinal);
    }

    // The clock was behind: with the next change all have their dates again, also what was not changed.
    [Fact]
    public async Task WhatWasReadByAWrongClockIsReadAgain()
    {
        await using var bench = await DatedBench.StartAsync("osv listed");
        bench.Clock.Now = Start.AddDays(-30);
        bench.Publish("CVE-2026-0001", Start, ("CVE-2026-0002", Start));
        await bench.FetchWellAsync();
        Assert.All(bench.Advisories(), a => Assert.Null(a.Modified));
        Assert.Null(bench.Marks.Of("vendor").HighWater);
        bench.Clock.Now = Start.AddHours(2);
        bench.Publish("CVE-2026-0001", Start.AddHours(1), ("CVE-2026-0002", Start));
        await bench.FetchWellAsync();
        Assert.Equal([Start.AddHours(1), Start], bench.Advisories().Select(a => a.Modified));
    }

    [Fact]
    public void ManyAreCountedAndTheFirstAreNamed()
    {
        var dates = new FutureDates(Start);
        for (var i = 0; i < 7; i++)
        {
            dates.Without(new VendorUpdate { Id = $"KB{i}", Released = Start.AddDays(i) });
        }

        var note = dates.Note("list")!;
        Assert.Contains("KB1 (2026-11-24", note.Reason, StringComparison.Ordinal);
        Assert.Contains("KB5 (", note.Reason, StringComparison.Ordinal);
        Assert.Contains("and 1 more", note.Reason, StringComparison.Ordinal);
        Assert.DoesNotContain("KB0", note.Reason, StringComparison.Ordinal);
        Assert.Null(((VendorUpdate)dates.Without(new VendorUpdate { Id = "KB8", Released = Start.AddDays(8) })).Released);
        Assert.Null(new FutureDates(Start).Note("list"));
        Assert.NotNull(Of(new KevEntry { Cve = "CVE-2026-0001", Added = new(2027, 1, 1) }));

        static Refusal? Of(object record)
        {
            var dates = new FutureDates(Start);
            Assert.Same(record, dates.Without(record));
            return dates.Note("list");
        }
    }

    private static string[] Both(string sort) => sort switch
    {
        "csaf" or "csaf directory" => ["A-1", "B-1"],
        "debian" => ["DSA-5380-1", "DSA-5381-1"],
        _ => ["CVE-2026-0001", "CVE-2026-0002"],
    };
}
