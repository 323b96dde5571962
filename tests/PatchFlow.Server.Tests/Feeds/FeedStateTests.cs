using PatchFlow.Client;
using PatchFlow.Server.Api;
using PatchFlow.Server.Feeds;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>How a feed stands, as status and health show it.</summary>
public sealed class FeedStateTests
{
    [Fact]
    public async Task AFeedIsNewThenFreshThenFailingThenStale()
    {
        await using var bench = await FeedBench.StartPublishedAsync();
        Assert.Equal(FeedState.New, View(bench).State);
        await bench.FetchAsync();
        Assert.Equal(FeedState.Fresh, View(bench).State);

        await bench.Simulator.DisposeAsync();
        await bench.FetchAsync();
        var failing = View(bench);
        Assert.Equal((FeedState.Failing, 1), (failing.State, (int)failing.Failures));
        Assert.NotNull(failing.LastError);
        Assert.NotNull(failing.Snapshot);

        bench.Clock.Now = FeedBench.Start.AddDays(8);
        Assert.Equal(FeedState.Stale, View(bench).State);
    }

    [Fact]
    public async Task AFeedWhoseSnapshotWasAlteredIsFailing()
    {
        await using var bench = await FeedBench.StartPublishedAsync();
        await bench.FetchAsync();
        var index = Directory.EnumerateFiles(bench.DataDirectory, "*Packages", SearchOption.AllDirectories).Single();
        await File.AppendAllTextAsync(index, "\n", TestContext.Current.CancellationToken);
        bench.Configure(bench.Feed);
        Assert.Empty(bench.Catalog.Indices());
        Assert.Equal(FeedState.Failing, View(bench).State);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WithItsKeyTakenAwayNothingNewIsNoReasonToTrustItOn(bool isReachable)
    {
        await using var bench = await FeedBench.StartPublishedAsync();
        await bench.FetchAsync();
        Assert.Empty(bench.Catalog.Unusable(bench.Clock.Now));
        var other = bench.Repository.MakeKey("other");
        bench.Configure(bench.Feed with { Keyrings = [other.Public] });
        if (!isReachable)
        {
            await bench.Simulator.DisposeAsync();
        }

        await bench.FetchAsync();
        Assert.Contains("is not trusted any more", Assert.Single(bench.Catalog.Unusable(bench.Clock.Now)).Sentence, StringComparison.Ordinal);
        Assert.Equal(FeedState.Failing, View(bench).State);
        if (isReachable)
        {
            bench.Configure(bench.Feed with { Keyrings = [bench.Repository.Keyring] });
            await bench.FetchAsync();
            Assert.Empty(bench.Catalog.Unusable(bench.Clock.Now));
        }
    }

    [Fact]
    public async Task AKeyThatIsTakenOutOfTheFileIsNoticedAtTheNextFetch()
    {
        await using var bench = await FeedBench.StartPublishedAsync();
        var file = Path.Combine(bench.DataDirectory, "keys.gpg");
        File.Copy(bench.Repository.Keyring, file);
        bench.Configure(bench.Feed with { Keyrings = [file] });
        await bench.FetchAsync();
        await bench.FetchAsync();
        File.Copy(bench.Repository.MakeKey("other").Public, file, overwrite: true);
        await bench.FetchAsync();
        Assert.Contains("is not trusted any more", Assert.Single(bench.Catalog.Unusable(bench.Clock.Now)).Sentence, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(23, true)]
    [InlineData(24, false)]
    public async Task AKeyThatExpiresIsNoticedWithinADay(int hours, bool isTrusted)
    {
        await using var bench = await FeedBench.StartPublishedAsync();
        var key = bench.Repository.MakeKey("expiring", "seconds=8");
        bench.Repository.Sign(bench.Repository.ReleaseText, key);
        bench.Configure(bench.Feed with { Keyrings = [key.Public] });
        await bench.FetchAsync();
        Assert.Null((await bench.FetchAsync()).LastError);
        for (var tries = 0; tries < 100 && !key.IsExpired(); tries++)
        {
            await Task.Delay(200, TestContext.Current.CancellationToken);
        }

        bench.Clock.Now += TimeSpan.FromHours(hours);
        await bench.FetchAsync();
        Assert.Equal(isTrusted, !bench.Catalog.Unusable(bench.Clock.Now).Any());
    }

    [Fact]
    public async Task AFailingFeedIsIllInHealth()
    {
        await using var server = await Api.ApiServer.StartAsync();
        var now = server.Clock.GetUtcNow();
        await server.Get<FeedStore>().Attempts.FailedAsync("own", "the archive does not answer", 0, now, CancellationToken.None);
        var health = await server.Get<Health>().LookAsync(CancellationToken.None);
        Assert.False(health.Healthy);
        Assert.Equal(new("feed:own", false, "the archive does not answer"), health.Parts.Single(p => p.Name == "feed:own"));
    }

    [Fact]
    public async Task WhatWasRefusedIsShownWithItsPlaceAndReason()
    {
        await using var bench = await FeedBench.StartPublishedAsync();
        bench.Repository.Publish(FeedBench.Start, index: text => text + string.Concat(Enumerable.Repeat("\nPackage: ../demo\nVersion: 1\n", 150)));
        await bench.FetchAsync();
        var snapshot = new FeedReads(new FeedList([bench.Feed]), bench.Store, bench.Catalog, bench.Advisories, bench.Folders, bench.Clock).Detailed("own").Snapshot!;
        Assert.Equal((150, 100), ((int)snapshot.Refused, snapshot.RefusedStanzas!.Count));
        Assert.Equal(("main_binary-amd64_Packages", 2), (snapshot.RefusedStanzas[0].File, (int)snapshot.RefusedStanzas[0].Stanza));
        Assert.NotEmpty(snapshot.RefusedStanzas[0].Reason);
        Assert.True(snapshot.RefusedStanzas[0].Line > 5);
    }

    private static FeedView View(FeedBench bench) => new FeedReads(new FeedList([bench.Feed]), bench.Store, bench.Catalog, bench.Advisories, bench.Folders, bench.Clock).Get("own");
}
