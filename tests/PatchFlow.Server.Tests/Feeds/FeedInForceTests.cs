using PatchFlow.Cli;
using PatchFlow.Cli.Commands;
using PatchFlow.Client;
using PatchFlow.Server.Api;
using PatchFlow.Server.Feeds;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>Whoever looks at a feed of which not all is well is told what of it still counts: what vouched for the snapshot in use vouches for nothing else.</summary>
public sealed class FeedInForceTests
{
    [Fact]
    public async Task WhileAnAlarmStandsItIsSaidThatWorkGoesOnUntilTheKeptSnapshotIsStale()
    {
        await using var bench = await FeedBench.StartPublishedAsync();
        await bench.FetchAsync();
        Assert.DoesNotContain("In force", Shown(View(bench)), StringComparison.Ordinal);
        await File.WriteAllTextAsync(bench.Repository.InRelease, bench.Repository.ReleaseText, TestContext.Current.CancellationToken);
        await bench.FetchAsync();
        Assert.Equal((FeedState.Alarm, null), (View(bench).State, View(bench).Blocked));
        // What is said is what the board's decisions and starts are held to.
        Assert.Empty(bench.Catalog.Unusable(bench.Clock.Now));
        var snapshot = View(bench).Snapshot!;
        Assert.Contains(
            $"In force   the snapshot below, of {Words.Time(snapshot.Time)}: patches are still proposed, approved and started on it, until {Words.Time(snapshot.UsableUntil)}; nothing newer is used yet\n",
            Shown(View(bench)), StringComparison.Ordinal);

        bench.Clock.Now = snapshot.UsableUntil.AddSeconds(1);
        Assert.Equal(FeedState.Alarm, View(bench).State);
        Assert.Equal(Assert.Single(bench.Catalog.Unusable(bench.Clock.Now)).Sentence, View(bench).Blocked);
        Assert.Contains("In force   nothing may be approved or started on it: feed own is stale since ", Shown(View(bench)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AFeedWithoutASnapshotIsOneOnWhichNothingIsApproved()
    {
        await using var bench = await FeedBench.StartAsync();
        await bench.FetchAsync();
        Assert.Contains("In force   nothing may be approved or started on it: feed own has no snapshot here", Shown(View(bench)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhileAnAlarmStandsWhatVouchesForARepositoryIsSaidOfWhatIsInUseAlone()
    {
        await using var rpm = await RpmWorld.StartAsync();
        rpm.Publish(RpmWorld.Updates("RLSA-2026:1"));
        await rpm.World.FetchWellAsync("signed");
        Assert.Matches("Vouched for its index is signed by a key in ", (await rpm.World.CliAsync("feeds show signed")).Out);
        rpm.World.Server.Clock.Advance(TimeSpan.FromDays(1));
        rpm.Publish(RpmWorld.Updates("RLSA-2026:2"));
        rpm.World.Remove(RpmWorld.Signature);
        await rpm.RefusedAsync("signed", "is not signed");
        var shown = (await rpm.World.CliAsync("feeds show signed")).Out;
        Assert.Matches("Vouched for only what is in use, as it came: its index is signed by a key in .*\\. What comes without the signature that it had is not used\n", shown);
        Assert.Contains("In force   what was taken in from it before goes on ranking patches, and nothing of it authorises any\n", shown, StringComparison.Ordinal);
        Assert.Equal(["RLSA-2026:1"], rpm.Said("signed"));
    }

    [Fact]
    public async Task ASnapshotThatCameUnderOtherKeysIsNotSaidToBeVouchedForByThese()
    {
        await using var rpm = await RpmWorld.StartAsync();
        rpm.Publish(RpmWorld.Updates("RLSA-2026:1"));
        await rpm.World.FetchWellAsync("plain");
        var (server, feed) = (rpm.World.Server, rpm.Feed("signed") with { Name = "plain" });
        var feeds = new FeedList([], [feed]);
        var view = new FeedReads(feeds, server.Get<FeedStore>(), new(feeds, server.Get<FeedStore>(), server.Get<FeedFolders>(), server.Clock), server.Get<AdvisoryStore>(), server.Get<FeedFolders>(), server.Clock).Get("plain");
        Assert.StartsWith("nothing that is known: what is in use came under other settings or keys; once a fetch goes well, its index is signed by a key in ", view.Vouching, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhileAnAlarmStandsDocumentsAreCalledSignedAsFarAsTheyAreInUse()
    {
        await using var bench = await CsafBench.StartAsync();
        bench.ConfigureAt(CsafBench.Provider, isSigned: true);
        await bench.FetchWellAsync();
        Assert.Contains("Trust      signed: each document has a good signature", Shown(bench.View()), StringComparison.Ordinal);
        Assert.Matches("Trust      only what is in use, as it came: signed: .*\\. What comes without the signature that it had is not used\n", Shown(bench.View() with { State = FeedState.Alarm, Alarm = "x" }));
    }

    private static string Shown(FeedView feed)
    {
        using var text = new StringWriter();
        FeedDetail.Print(new Terminal("never", text, TextWriter.Null), feed);
        return $"{text}";
    }

    private static FeedView View(FeedBench bench) => new FeedReads(new FeedList([bench.Feed]), bench.Store, bench.Catalog, bench.Advisories, bench.Folders, bench.Clock).Detailed("own");
}
