using System.Collections.Immutable;
using PatchFlow.Client;
using PatchFlow.Server.Api;
using PatchFlow.Server.Feeds;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>What is remembered of a feed apart from the database: how far it came, what waits for a person, and what was signed once.</summary>
public sealed class FeedMarkTests
{
    [Fact]
    public async Task RestoringAnOldDatabaseLetsNoFeedGoBack()
    {
        await using var bench = await FeedBench.StartPublishedAsync();
        var old = await File.ReadAllTextAsync(bench.Repository.InRelease);
        await bench.FetchAsync();
        bench.Clock.Now += TimeSpan.FromHours(3);
        bench.Repository.Add("demo", "1.0-1+deb12u2");
        bench.Publish();
        var newer = await File.ReadAllTextAsync(bench.Repository.InRelease);
        var first = bench.Store.Snapshots("own")[0];
        await bench.FetchAsync();

        // As a restore would: the database is at the first snapshot again, and knows no later one.
        bench.Restore(first);
        Assert.Contains("as after restoring an old database", bench.Catalog.WhyUnusable(Assert.Single(bench.Catalog.Current()), bench.Clock.Now), StringComparison.Ordinal);
        Assert.Equal(FeedState.Failing, View(bench).State);
        await File.WriteAllTextAsync(bench.Repository.InRelease, old);
        var refused = (await bench.FetchAsync()).LastError;
        Assert.Contains("which was seen already", refused, StringComparison.Ordinal);
        // What is wrong, and why the last attempt did not mend it.
        Assert.Matches("as after restoring an old database.*; the last attempt: .*which was seen already", View(bench).LastError);
        Assert.Contains("give the feed another name, with which it begins anew", refused, StringComparison.Ordinal);
        await File.WriteAllTextAsync(bench.Repository.InRelease, newer);
        Assert.Null((await bench.FetchAsync()).LastError);
        Assert.Null(bench.Catalog.WhyUnusable(Assert.Single(bench.Catalog.Current()), bench.Clock.Now));
    }

    [Theory]
    [InlineData(2, 0, "which is in the future")]
    [InlineData(0, 800, "more than two years after")]
    public async Task AnIndexThatLeapsAheadWaitsForAPerson(int aheadDays, int laterDays, string message)
    {
        await using var bench = await FeedBench.StartPublishedAsync();
        var good = (await bench.FetchAsync()).Snapshot;
        bench.Clock.Now += TimeSpan.FromDays(laterDays);
        bench.Repository.Add("demo", "1.0-1+deb12u2");
        bench.Repository.Publish(bench.Clock.Now.AddDays(aheadDays), bench.Clock.Now.AddDays(9));
        var row = await bench.FetchAsync();
        Assert.Contains(message, row.LastError, StringComparison.Ordinal);
        Assert.Equal(good, row.Snapshot);
        var index = row.Mark.Quarantined!;
        Assert.Equal(FeedState.Quarantined, View(bench).State);
        Assert.Equal(index.Digest, View(bench).Quarantined!.Digest);

        bench.Store.Marks.Release("own", index);
        var released = await bench.FetchAsync();
        Assert.Null(released.LastError);
        Assert.Equal(index.Digest, released.Snapshot!.Value.Hex);
        Assert.Null(released.Mark.Quarantined);
        Assert.Equal(FeedState.Fresh, View(bench).State);
    }

    [Fact]
    public async Task AReleaseCountsForWhatWasSeenAndNotForALaterLeap()
    {
        await using var bench = await FeedBench.StartPublishedAsync();
        await bench.FetchAsync();
        bench.Repository.Publish(bench.Clock.Now.AddDays(2), bench.Clock.Now.AddDays(9));
        bench.Store.Marks.Release("own", (await bench.FetchAsync()).Mark.Quarantined!);
        bench.Repository.Publish(bench.Clock.Now.AddDays(900), bench.Clock.Now.AddDays(999));
        Assert.Contains("which is in the future", (await bench.FetchAsync()).LastError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AReleaseLetsInTheIndexThatWasLookedAtAndNoOtherOfItsDate()
    {
        await using var bench = await FeedBench.StartPublishedAsync();
        var good = (await bench.FetchAsync()).Snapshot;
        bench.Repository.Publish(bench.Clock.Now.AddDays(2), bench.Clock.Now.AddDays(9));
        var seen = await File.ReadAllTextAsync(bench.Repository.InRelease);
        bench.Store.Marks.Release("own", (await bench.FetchAsync()).Mark.Quarantined!);

        // Between the release and the fetch another index takes its place.
        bench.Repository.Add("demo", "1.0-1+deb12u2");
        bench.Repository.Publish(bench.Clock.Now.AddDays(2), bench.Clock.Now.AddDays(10));
        var other = await bench.FetchAsync();
        Assert.Equal(good, other.Snapshot);
        Assert.NotNull(other.Mark.Quarantined);

        File.Delete(Directory.GetFiles(Path.Combine(bench.Repository.Root, "pool/main"), "*u2_*").Single());
        bench.Repository.Publish(bench.Clock.Now.AddDays(2), bench.Clock.Now.AddDays(9));
        await File.WriteAllTextAsync(bench.Repository.InRelease, seen);
        Assert.Null((await bench.FetchAsync()).LastError);

        // Once it is used, what follows within a week is no leap any more.
        bench.Repository.Publish(bench.Clock.Now.AddDays(3), bench.Clock.Now.AddDays(10));
        Assert.Null((await bench.FetchAsync()).LastError);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AFeedThatWasSignedAndIsNotIsAnAlarmUntilItIsAgain(bool detached)
    {
        await using var bench = await FeedBench.StartPublishedAsync();
        var good = (await bench.FetchAsync()).Snapshot;
        var signed = await File.ReadAllTextAsync(bench.Repository.InRelease);
        if (detached)
        {
            bench.Repository.Detach();
            File.Delete(Path.Combine(Path.GetDirectoryName(bench.Repository.InRelease)!, "Release.gpg"));
        }
        else
        {
            await File.WriteAllTextAsync(bench.Repository.InRelease, bench.Repository.ReleaseText);
        }

        var row = await bench.FetchAsync();
        Assert.Equal(good, row.Snapshot);
        Assert.Equal(FeedState.Alarm, View(bench).State);
        Assert.Contains("it was signed until", View(bench).Alarm, StringComparison.Ordinal);

        // Another trouble does not silence it; only a good signature does.
        bench.Simulator.Misbehaviour["Release"] = context => Task.FromResult(context.Response.StatusCode = 500);
        await bench.FetchAsync();
        Assert.Equal(FeedState.Alarm, View(bench).State);
        bench.Simulator.Misbehaviour["Release"] = context => Task.FromResult(context.Response.StatusCode = 304);
        await bench.FetchAsync();
        Assert.Equal(FeedState.Alarm, View(bench).State);
        bench.Simulator.Misbehaviour.Clear();
        await File.WriteAllTextAsync(bench.Repository.InRelease, signed);
        Assert.Null((await bench.FetchAsync()).LastError);
        Assert.Equal((FeedState.Fresh, null), (View(bench).State, View(bench).Alarm));
    }

    [Fact]
    public async Task AFeedThatWasNeverSignedIsRefusedWithoutAnAlarm()
    {
        await using var bench = await FeedBench.StartPublishedAsync();
        await File.WriteAllTextAsync(bench.Repository.InRelease, bench.Repository.ReleaseText);
        Assert.Contains("is not signed", (await bench.FetchAsync()).LastError, StringComparison.Ordinal);
        Assert.Equal(FeedState.Failing, View(bench).State);
    }

    // As the remedy for marks that are gone has it: the database knows that there was a signed one.
    [Fact]
    public async Task AFeedThatIsNotSignedAnyMoreIsAnAlarmAlsoWhereTheMarksWereBegunAnew()
    {
        await using var bench = await FeedBench.StartPublishedAsync();
        await bench.FetchAsync();
        await File.WriteAllTextAsync(Path.Combine(bench.DataDirectory, "db.feeds.json"), "{}");
        await File.WriteAllTextAsync(bench.Repository.InRelease, bench.Repository.ReleaseText);
        Assert.NotNull((await bench.FetchAsync()).LastError);
        Assert.Equal(FeedState.Alarm, View(bench).State);
    }

    [Fact]
    public async Task NothingIsFetchedWhileTheMarksCannotBeRead()
    {
        await using var bench = await FeedBench.StartPublishedAsync();
        await File.WriteAllTextAsync(Path.Combine(bench.DataDirectory, "db.feeds.json"), "{");
        Assert.Contains("keeps feeds from going back in time", (await bench.FetchAsync()).LastError, StringComparison.Ordinal);
        Assert.Empty(bench.Simulator.Requests);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("""{"own":null}""")]
    public async Task WhileTheMarksAreGoneOrBrokenNothingGoesOnOnTheFeedUntilAPersonHasMendedThem(string? text)
    {
        await using var bench = await FeedBench.StartPublishedAsync();
        Assert.Null((await bench.FetchAsync()).LastError);
        bench.Restart();
        Assert.Empty(bench.Catalog.Unusable(bench.Clock.Now));
        var path = Path.Combine(bench.DataDirectory, "db.feeds.json");
        File.Delete(path);
        if (text is not null)
        {
            await File.WriteAllTextAsync(path, text);
        }

        bench.Restart();
        var why = Assert.Single(bench.Catalog.Unusable(bench.Clock.Now)).Sentence;
        Assert.Contains(path, why, StringComparison.Ordinal);
        Assert.Contains("restore it from a backup", why, StringComparison.Ordinal);
        Assert.Equal((FeedState.Failing, why), (View(bench).State, View(bench).LastError));
        bench.Clock.Now += TimeSpan.FromHours(3);
        bench.Repository.Add("demo", "1.0-1+deb12u2");
        bench.Publish();
        var before = bench.Simulator.Requests.Count;
        Assert.Equal(why, (await bench.FetchAsync()).LastError);
        Assert.Equal(before, bench.Simulator.Requests.Count);

        // As the message says: from what the database knows, which no feed goes behind.
        await File.WriteAllTextAsync(path, "{}");
        bench.Restart();
        Assert.Empty(bench.Catalog.Unusable(bench.Clock.Now));
        Assert.Null((await bench.FetchAsync()).LastError);
        Assert.Equal(FeedState.Fresh, View(bench).State);
    }

    [Fact]
    public async Task MarksThatCannotBeReadAreIllInHealthBeforeTheFirstFetchToo()
    {
        await using var server = await Api.ApiServer.StartAsync();
        await File.WriteAllTextAsync(server.Database.File + ".feeds.json", "{");
        var part = (await server.Get<Health>().LookAsync(CancellationToken.None)).Parts.Single(p => p.Name == "feed:own");
        Assert.False(part.Healthy);
        Assert.Contains("patchflow.db.feeds.json can't be read", part.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnAdministratorReleasesAQuarantinedFeedAndItIsAudited()
    {
        await using var server = await Api.ApiServer.StartAsync();
        var ada = await server.ClientAsync("ada", Role.Admin);
        Assert.Equal(System.Net.HttpStatusCode.Conflict, (await Assert.ThrowsAsync<ApiProblemException>(() => ada.ReleaseFeedAsync("own", new(new('0', 64))))).Status);
        var digest = Core.Documents.Digest.Of("index"u8);
        server.Get<FeedStore>().Marks.Quarantine("own", digest, server.Clock.GetUtcNow().AddDays(500));
        var feed = await ada.FeedAsync("own");
        Assert.Equal((FeedState.Quarantined, digest.Hex), (feed.State, feed.Quarantined!.Digest));
        Assert.False((await server.Get<Health>().LookAsync(CancellationToken.None)).Parts.Single(p => p.Name == "feed:own").Healthy);

        // What waits is not what was looked at: nothing is let in.
        var other = await Assert.ThrowsAsync<ApiProblemException>(() => ada.ReleaseFeedAsync("own", new(Core.Documents.Digest.Of("before"u8).Hex)));
        Assert.Equal(System.Net.HttpStatusCode.Conflict, other.Status);
        Assert.Contains(digest.Hex, other.Message, StringComparison.Ordinal);
        Assert.Equal(System.Net.HttpStatusCode.UnprocessableEntity, (await Assert.ThrowsAsync<ApiProblemException>(() => ada.ReleaseFeedAsync("own", new("abc")))).Status);
        Assert.NotNull((await ada.FeedAsync("own")).Quarantined);
        Assert.Empty((await ada.AuditAsync(action: "feed.release")).Items);

        await ada.ReleaseFeedAsync("own", new(digest.Hex));
        Assert.Null((await ada.FeedAsync("own")).Quarantined);
        Assert.Equal(["own"], server.Get<System.Collections.Concurrent.ConcurrentQueue<string>>());
        var entry = Assert.Single((await ada.AuditAsync(action: "feed.release")).Items);
        Assert.Equal(digest.Hex, entry.Digest);
        Assert.Contains(entry.Details, d => d.Contains(digest.Hex, StringComparison.Ordinal));
    }

    [Fact]
    public async Task AnAlarmIsIllInHealth()
    {
        await using var server = await Api.ApiServer.StartAsync();
        server.Get<FeedStore>().Marks.Alarm("own", "it was signed until yesterday");
        var part = (await server.Get<Health>().LookAsync(CancellationToken.None)).Parts.Single(p => p.Name == "feed:own");
        Assert.Equal(new("feed:own", false, "ALARM: it was signed until yesterday"), part);
    }

    // Marks of the earlier version do not say what they are of: it had those of apt and of repositories of rpm alone.
    [Theory]
    [InlineData(null, "apt bookworm", true)]
    [InlineData(null, "rpm-repository https://vendor.example/", true)]
    [InlineData(null, "kev", false)]
    [InlineData(null, "osv https://vendor.example/", false)]
    [InlineData("apt bookworm", "apt bookworm", true)]
    [InlineData("apt bookworm", "kev", false)]
    [InlineData("kev", "apt bookworm", false)]
    [InlineData("rpm-repository https://vendor.example/a/", "rpm-repository https://vendor.example/b/", false)]
    public void AMarkMeasuresWhatItIsOf(string? of, string datedBy, bool counts)
    {
        var lists = ImmutableSortedDictionary<string, DateTimeOffset>.Empty;
        var (time, mark) = (FeedBench.Start.AddDays(-1), new FeedMark { HighWater = FeedBench.Start, DatedBy = of, Lists = lists.Add("a", FeedBench.Start) });
        Assert.Equal(counts ? FeedBench.Start : null, mark.HighWaterOf(datedBy));
        Assert.Equal(counts ? FeedBench.Start : null, mark.ListOf(datedBy, "a"));
        var used = mark.Used(time, datedBy, lists);
        Assert.Equal((counts ? FeedBench.Start : time, datedBy), (used.HighWater, used.DatedBy));
    }

    [Fact]
    public async Task AMarkOfAnotherKindHoldsNoSuiteUpAndOneOfTheEarlierVersionDoes()
    {
        await using var bench = await FeedBench.StartPublishedAsync();
        var other = new AdvisoryFeed("own", Core.Advisories.DocumentKind.Kev, bench.Feed.Address, "", "0 17 * * * ?", TimeSpan.FromDays(7));
        bench.Store.Marks.Used(other, bench.Clock.Now.AddDays(1), ImmutableDictionary<string, DateTimeOffset>.Empty, null);
        Assert.Null((await bench.FetchAsync()).LastError);
        Assert.Equal($"apt {bench.Feed.Suite}", bench.Store.Marks.Of("own").DatedBy);
        Assert.Empty(bench.Catalog.Unusable(bench.Clock.Now));
        Assert.Null((await bench.FetchAsync()).LastError);

        await File.WriteAllTextAsync(Path.Combine(bench.DataDirectory, "db.feeds.json"), $"{{\"own\":{{\"highWater\":\"{bench.Clock.Now.AddDays(1):O}\"}}}}");
        bench.Restart();
        Assert.Contains("as after restoring an old database", Assert.Single(bench.Catalog.Unusable(bench.Clock.Now)).Sentence, StringComparison.Ordinal);
        Assert.Contains("which was seen already", (await bench.FetchAsync()).LastError, StringComparison.Ordinal);
    }

    private static FeedView View(FeedBench bench) => new FeedReads(new FeedList([bench.Feed]), bench.Store, bench.Catalog, bench.Advisories, bench.Folders, bench.Clock).Get("own");
}
