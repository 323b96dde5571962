using PatchFlow.Client;
using PatchFlow.Server.Api;
using PatchFlow.Server.Feeds;
using PatchFlow.Server.Storage;
using PatchFlow.Server.Tests.Api;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>A feed that was never fetched is new for a while, and then it is ill.</summary>
public sealed class FeedDebutTests
{
    private const string Hourly = "0 17 * * * ?", Yearly = "0 0 0 1 1 ?";
    private static readonly DateTimeOffset Start = new(2026, 11, 23, 18, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task AFeedThatIsNeverFetchedIsStaleEverywhereAfterItsFirstRun()
    {
        await using var server = await ApiServer.StartAsync();
        await KnowAsync(server, "own", "own-security");
        server.Clock.Advance(TimeSpan.FromMinutes(77));
        Assert.Equal((FeedState.New, null), (View(server).State, View(server).LastError));
        Assert.True((await server.Get<Health>().LookAsync(TestContext.Current.CancellationToken)).Parts.Single(p => p.Name == "feed:own").Healthy);
        // A restart begins nothing anew.
        await KnowAsync(server, "own", "own-security");
        server.Clock.Advance(TimeSpan.FromSeconds(1));
        const string Why = "feed own is known since 2026-11-23 18:00:00Z and was never fetched: see the log for what holds it up, and fetch it with 'patchflow feeds refresh own'";
        Assert.Equal((FeedState.Stale, Why), (View(server).State, View(server).LastError));
        Assert.Equal(new("feed:own", false, Why), (await server.Get<Health>().LookAsync(TestContext.Current.CancellationToken)).Parts.Single(p => p.Name == "feed:own"));
        Assert.Contains("patchflow_feed_state{feed=\"own\",state=\"stale\"} 1\n", (await server.SendAsync("GET", "/metrics", null)).Body, StringComparison.Ordinal);
        var api = await server.ClientAsync("ada", Role.Viewer);
        Assert.Equal((FeedState.Stale, Why), ((await api.FeedAsync("own")).State, (await api.StatusAsync()).Feeds.Single(f => f.Name == "own").LastError));
        // And nothing is approved on it, whether it is new or not.
        Assert.StartsWith("feed own has no snapshot here", Assert.Single(server.Get<FeedCatalog>().Unusable(server.Clock.GetUtcNow()), f => f.Feed == "own").Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AFeedOfDocumentsThatIsNeverFetchedIsStaleToo()
    {
        await using var bench = await DatedBench.StartAsync("kev");
        bench.Start();
        await bench.KnowAsync();
        bench.Clock.Now += TimeSpan.FromMinutes(60);
        Assert.Equal((FeedState.New, null), (bench.View().State, bench.View().LastError));
        bench.Clock.Now += TimeSpan.FromHours(2);
        Assert.Equal(FeedState.Stale, bench.View().State);
        Assert.StartsWith($"feed {DatedBench.Name} is known since", bench.View().LastError, StringComparison.Ordinal);
        Assert.Equal([bench.View().LastError!], bench.Ill());
        // Why it can't be fetched says more.
        await bench.FetchAsync();
        Assert.Equal(FeedState.Failing, bench.View().State);
    }

    [Theory]
    [InlineData(Hourly, 10, 77)]
    [InlineData(Yearly, 10, 10 * 24 * 60)]
    public async Task ItIsNewUntilAnHourAfterItsFirstRunOrUntilItWouldBeTooOld(string schedule, int maxAgeDays, int minutes)
    {
        await using var server = await ApiServer.StartAsync();
        var debuts = server.Get<FeedStore>().Debuts;
        await KnowAsync(server, "own");
        Assert.Null(debuts.WhyOverdue("own", schedule, TimeSpan.FromDays(maxAgeDays), Start.AddMinutes(minutes)));
        Assert.NotNull(debuts.WhyOverdue("own", schedule, TimeSpan.FromDays(maxAgeDays), Start.AddMinutes(minutes).AddSeconds(1)));
        Assert.Null(debuts.WhyOverdue("other", schedule, TimeSpan.FromDays(maxAgeDays), Start.AddYears(1)));
    }

    [Fact]
    public async Task OneThatWasTakenOutOfTheConfigurationIsNewWhenItComesBack()
    {
        await using var server = await ApiServer.StartAsync();
        await KnowAsync(server, "own", "own-security");
        await KnowAsync(server, "own-security");
        server.Clock.Advance(TimeSpan.FromDays(9));
        await KnowAsync(server, "own", "own-security");
        Assert.Equal((FeedState.New, FeedState.Stale), (View(server).State, View(server, "own-security").State));
    }

    [Fact]
    public async Task WhatCantBeWrittenIsRememberedAllTheSame()
    {
        using var disk = new SmallDisk();
        await using var server = await ApiServer.StartAsync(dataDirectory: disk.DataDirectory);
        disk.Fill();
        await Assert.ThrowsAsync<Microsoft.Data.Sqlite.SqliteException>(() => server.Database.WriteAsync((c, _) =>
        {
            using var command = c.CreateCommand();
            command.CommandText = "INSERT INTO meta (key, value) VALUES ('much', hex(zeroblob(9000000)))";
            command.ExecuteNonQuery();
        }));
        await KnowAsync(server, [.. Enumerable.Range(0, 2000).Select(n => $"feed-{n}"), "own"]);
        server.Clock.Advance(TimeSpan.FromHours(2));
        Assert.Equal(FeedState.Stale, View(server).State);
        disk.Free();
    }

    private static FeedView View(ApiServer server, string feed = "own") => server.Get<FeedReads>().Get(feed);

    private static Task KnowAsync(ApiServer server, params string[] feeds) => server.Get<FeedStore>().Debuts.KnowAsync(feeds, server.Clock.GetUtcNow(), TestContext.Current.CancellationToken);
}
