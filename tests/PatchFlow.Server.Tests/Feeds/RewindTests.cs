using System.Net;
using PatchFlow.Client;
using PatchFlow.Server.Feeds;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>A person lets a feed go back to a date: what is as new as that counts again, once, and every other rule holds again.</summary>
public sealed class RewindTests
{
    [Fact]
    public async Task ARewoundFeedTakesAnOlderSignedIndexOnceAndOneThatIsNotNever()
    {
        await using var bench = await FeedBench.StartPublishedAsync();
        bench.Publish(TimeSpan.FromHours(5));
        var oldest = await File.ReadAllTextAsync(bench.Repository.InRelease);
        bench.Publish(TimeSpan.FromHours(4));
        var (old, older) = (await File.ReadAllTextAsync(bench.Repository.InRelease), bench.Clock.Now.AddHours(-4));
        await bench.FetchAsync();
        bench.Publish();
        var (newer, at) = (await File.ReadAllTextAsync(bench.Repository.InRelease), bench.Clock.Now.AddHours(-1));
        await bench.FetchAsync();

        await File.WriteAllTextAsync(bench.Repository.InRelease, old);
        Assert.Contains($"patchflow feeds rewind own --to {older:yyyy-MM-ddTHH:mm:ss}Z --reason WORDS", (await bench.FetchAsync()).LastError, StringComparison.Ordinal);
        bench.Restart();
        Assert.NotNull((await bench.FetchAsync()).LastError);
        // Nor where the database is an old one, which knows the older index alone.
        bench.Restore(bench.Store.Snapshots("own")[1]);
        Assert.NotNull((await bench.FetchAsync()).LastError);

        await bench.Store.RewindAsync("own", older, () => Task.CompletedTask, CancellationToken.None);
        bench.Restart();
        var row = await bench.FetchAsync();
        Assert.Null(row.LastError);
        Assert.Equal((older, null), (bench.Store.Marks.Of("own").HighWater, bench.Store.Marks.Of("own").Rewound));
        Assert.Equal(older, bench.Catalog.Current(bench.Feed)!.Time);
        Assert.Empty(bench.Catalog.Unusable(bench.Clock.Now));

        // From there on it never goes back, and forward as ever.
        await File.WriteAllTextAsync(bench.Repository.InRelease, oldest);
        Assert.Contains("which was seen already", (await bench.FetchAsync()).LastError, StringComparison.Ordinal);
        await File.WriteAllTextAsync(bench.Repository.InRelease, newer);
        Assert.Null((await bench.FetchAsync()).LastError);
        Assert.Equal(at, bench.Store.Row("own").HighWater);
        await File.WriteAllTextAsync(bench.Repository.InRelease, old);
        Assert.Contains("which was seen already", (await bench.FetchAsync()).LastError, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(DatedFeedTests.All), MemberType = typeof(DatedFeedTests))]
    public async Task EveryKindTakesWhatIsOlderOnceWhereItWasRewound(string sort)
    {
        await using var bench = await DatedBench.StartAsync(sort);
        var start = new DateTimeOffset(FeedBench.Start.Date, TimeSpan.Zero);
        await bench.PublishWellAsync("CVE-2026-0002", start);
        bench.Publish("CVE-2026-0001", start.AddDays(-3));
        var refused = (await bench.FetchAsync()).LastError!;
        Assert.Contains("feeds rewind vendor --to", refused, StringComparison.Ordinal);

        await bench.RewindAsync(start.AddDays(-3));
        await bench.FetchWellAsync();
        Assert.Equal(DatedFeedTests.Ids(sort, "CVE-2026-0001"), bench.InUse());
        Assert.Equal((start.AddDays(-3), null), (bench.Marks.Of("vendor").HighWater, bench.Marks.Of("vendor").Rewound));
        bench.Publish("CVE-2026-0003", start.AddDays(-5));
        Assert.NotNull((await bench.FetchAsync()).LastError);
        Assert.Equal(DatedFeedTests.Ids(sort, "CVE-2026-0001"), bench.InUse());
        await bench.PublishWellAsync("CVE-2026-0004", start);
    }

    // Released, used, and found to have been wrong.
    [Theory]
    [InlineData("kev")]
    [InlineData("epss")]
    [InlineData("csaf")]
    public async Task WhatWasWronglyReleasedWaitsAgainAfterARewind(string sort)
    {
        await using var bench = await DatedBench.StartAsync(sort);
        var start = new DateTimeOffset(FeedBench.Start.Date, TimeSpan.Zero);
        await bench.PublishWellAsync("CVE-2026-0001", start);
        bench.Publish("CVE-2026-0002", start.AddYears(3));
        await bench.FetchAsync();
        bench.Marks.Release("vendor", bench.Marks.Of("vendor").Quarantined!);
        await bench.FetchWellAsync();
        bench.Publish("CVE-2026-0003", start.AddDays(1));
        Assert.NotNull((await bench.FetchAsync()).LastError);

        bench.Publish("CVE-2026-0002", start.AddYears(3));
        await bench.RewindAsync(start);
        Assert.Contains("which is in the future", (await bench.FetchAsync()).LastError, StringComparison.Ordinal);
        Assert.Equal(FeedState.Quarantined, bench.View().State);
        await bench.PublishWellAsync("CVE-2026-0003", start.AddDays(1));
        Assert.Equal((FeedState.Fresh, start.AddDays(1)), (bench.View().State, bench.Marks.Of("vendor").ReachedOf(bench.Feed.DatedBy)));
    }

    [Fact]
    public async Task AnIndexThatWasWronglyReleasedWaitsAgainAfterARewind()
    {
        await using var bench = await FeedBench.StartPublishedAsync();
        await bench.FetchAsync();
        var good = bench.Clock.Now.AddHours(-1);
        bench.Repository.Publish(bench.Clock.Now.AddYears(3), bench.Clock.Now.AddYears(4));
        bench.Store.Marks.Release("own", (await bench.FetchAsync()).Mark.Quarantined!);
        Assert.Null((await bench.FetchAsync()).LastError);

        await bench.Store.RewindAsync("own", good, () => Task.CompletedTask, CancellationToken.None);
        bench.Restart();
        Assert.Contains("which is in the future", (await bench.FetchAsync()).LastError, StringComparison.Ordinal);
        Assert.NotNull(bench.Store.Marks.Of("own").Quarantined);
        // What is in use is what a person called wrong: nothing is approved on it.
        Assert.Contains("a person has let it go back to", Assert.Single(bench.Catalog.Unusable(bench.Clock.Now)).Sentence, StringComparison.Ordinal);
        bench.Publish(TimeSpan.FromMinutes(30));
        Assert.Null((await bench.FetchAsync()).LastError);
        Assert.Equal(bench.Clock.Now.AddMinutes(-30), bench.Catalog.Current(bench.Feed)!.Time);
        Assert.Empty(bench.Catalog.Unusable(bench.Clock.Now));
    }

    // That one went back is what the person has let it do.
    [Fact]
    public async Task ARewindTakesADocumentThatWentBackBesideOthers()
    {
        await using var bench = await DatedBench.StartAsync("osv listed");
        bench.Publish("CVE-2026-0001", FeedBench.Start, ("CVE-2026-0002", FeedBench.Start.AddDays(-4)));
        await bench.FetchWellAsync();
        bench.Publish("CVE-2026-0003", FeedBench.Start.AddDays(-3), ("CVE-2026-0004", FeedBench.Start.AddDays(-4)));
        Assert.Contains("a feed never goes back", (await bench.FetchAsync()).LastError, StringComparison.Ordinal);
        await bench.RewindAsync(FeedBench.Start.AddDays(-3));
        await bench.FetchWellAsync();
        Assert.Equal(["CVE-2026-0003", "CVE-2026-0004"], bench.InUse());
    }

    // What can't be had just then says what it said.
    [Fact]
    public async Task ARewindClosesNothingThatCanNotBeHad()
    {
        await using var bench = await DatedBench.StartAsync("osv listed");
        await bench.PublishWellAsync("CVE-2026-0002", FeedBench.Start);
        await bench.RewindAsync(FeedBench.Start.AddDays(-3));
        bench.Simulator.Misbehaviour["a.json"] = context => Task.FromResult(context.Response.StatusCode = 503);
        await bench.FetchAsync();
        Assert.Equal(["CVE-2026-0002"], bench.InUse());
    }

    [Fact]
    public async Task AnAdministratorRewindsAFeedAndItIsAudited()
    {
        await using var server = await Api.ApiServer.StartAsync();
        var (ada, marks, now) = (await server.ClientAsync("ada", Role.Admin), server.Get<FeedStore>().Marks, server.Clock.GetUtcNow());
        async Task<HttpStatusCode> RefusedAsync(string name, DateTimeOffset to, string reason = "it was taken back") =>
            (await Assert.ThrowsAsync<ApiProblemException>(() => ada.RewindFeedAsync(name, new($"{to.UtcDateTime:O}", reason)))).Status;
        Assert.Equal(HttpStatusCode.Conflict, await RefusedAsync("own", now));
        marks.Used(server.Get<FeedList>().Find("own")!, now, null);
        Assert.Equal(HttpStatusCode.NotFound, await RefusedAsync("nobody", now.AddDays(-1)));
        Assert.Equal(HttpStatusCode.Conflict, await RefusedAsync("own", now.AddMinutes(1)));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await RefusedAsync("own", now.AddDays(-1), ""));
        Assert.Equal(now, marks.Of("own").HighWater);
        Assert.Empty((await ada.AuditAsync(action: "feed.rewind")).Items);

        await ada.RewindFeedAsync("own", new($"{now.AddDays(-1).UtcDateTime:O}", "it was taken back"));
        Assert.Equal((now.AddDays(-1), now.AddDays(-1)), (marks.Of("own").HighWater, marks.Of("own").Rewound));
        Assert.Equal(["own"], server.Get<System.Collections.Concurrent.ConcurrentQueue<string>>());
        var entry = Assert.Single((await ada.AuditAsync(action: "feed.rewind")).Items);
        Assert.Equal("feed:own", entry.Object);
        Assert.Contains("reason it was taken back", entry.Details);
        Assert.Contains(entry.Details, d => d.Contains($"to {now.AddDays(-1).UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}", StringComparison.Ordinal));
    }
}
