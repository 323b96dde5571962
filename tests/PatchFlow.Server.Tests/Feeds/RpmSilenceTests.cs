using PatchFlow.Client;
using PatchFlow.Server.Api;
using PatchFlow.Server.Matching;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>A repository that lists no advisories says nothing: neither that there is nothing to patch, nor that anything is mended.</summary>
public sealed class RpmSilenceTests
{
    [Fact]
    public async Task ARepositoryWithoutAdvisoriesIsNoFailureAndSaysSoInWords()
    {
        await using var rpm = await RpmWorld.StartAsync();
        rpm.Publish(null);
        await rpm.World.FetchWellAsync("signed");
        var view = await rpm.ViewAsync("signed");
        Assert.Equal((FeedState.Silent, 0L, 0L), (view.State, view.Failures, view.Snapshot!.Packages));
        Assert.Contains("lists no advisory data: that does not mean that there is nothing to patch", view.Remark, StringComparison.Ordinal);
        Assert.Contains("no advisory data", (await rpm.World.CliAsync("feeds show signed")).Out, StringComparison.Ordinal);
        Assert.Contains("declare another feed of its vendor's advisories", (await rpm.World.CliAsync("feeds list")).Out, StringComparison.Ordinal);
        Assert.Contains("lists no advisory data", (await rpm.World.CliAsync("exposure")).Out, StringComparison.Ordinal);
        var health = await rpm.World.Server.Get<Health>().LookAsync(TestContext.Current.CancellationToken);
        Assert.Contains("lists no advisory data", health.Parts.Single(p => p is { Name: "feed:signed", Healthy: false }).Detail, StringComparison.Ordinal);

        // It is asked for as any other: once, where it is unchanged.
        rpm.Vendor.Requests.Clear();
        await rpm.World.FetchWellAsync("signed");
        Assert.Equal([$"/{RpmWorld.Repomd} 304"], rpm.Vendor.Requests);
        Assert.Equal(FeedState.Silent, (await rpm.ViewAsync("signed")).State);
    }

    [Fact]
    public async Task ARepositoryThatListsNoneAnyMoreClosesNothingThatIsOpen()
    {
        await using var rpm = await RpmWorld.StartAsync();
        rpm.Publish(RpmWorld.Updates("RLSA-2026:1"));
        await rpm.World.FetchWellAsync("signed");
        rpm.World.Server.Clock.Advance(TimeSpan.FromDays(1));
        rpm.Publish(null);
        await rpm.World.FetchWellAsync("signed");
        var view = await rpm.ViewAsync("signed");
        Assert.Equal((FeedState.Silent, 1L), (view.State, view.Snapshot!.Packages));
        Assert.Contains("lists no advisory data any more: what it said before stays open", view.Remark, StringComparison.Ordinal);
        Assert.Equal(["RLSA-2026:1"], rpm.Said("signed"));

        // Nor after further indexes without them, nor by a restart.
        rpm.World.Server.Clock.Advance(TimeSpan.FromDays(1));
        rpm.Publish(null);
        await rpm.World.FetchWellAsync("signed");
        Assert.Contains("any more", (await rpm.ViewAsync("signed")).Remark, StringComparison.Ordinal);
        Assert.Equal(["RLSA-2026:1"], rpm.Said("signed"));

        // When they are back they count.
        rpm.World.Server.Clock.Advance(TimeSpan.FromDays(1));
        rpm.Publish(RpmWorld.Updates("RLSA-2026:2"));
        await rpm.World.FetchWellAsync("signed");
        Assert.Equal((FeedState.Fresh, null), ((await rpm.ViewAsync("signed")).State, (await rpm.ViewAsync("signed")).Remark));
        Assert.Equal(["RLSA-2026:2"], rpm.Said("signed"));
    }

    [Fact]
    public async Task WhoeverFollowsTheSilentRepositoryInAnotherWayClosesNothingEither()
    {
        await using var rpm = await RpmWorld.StartAsync();
        rpm.Publish(RpmWorld.Updates("RLSA-2026:1"));
        await rpm.World.FetchWellAsync("signed");

        // As after another keyring was configured: nothing of the snapshot counts as known.
        await rpm.World.Server.Database.WriteAsync((c, t) => Dapper.SqlMapper.Execute(c, "UPDATE advisory_feeds SET source = 'rpm-repository elsewhere'", transaction: t));
        rpm.World.Server.Clock.Advance(TimeSpan.FromDays(1));
        rpm.Publish(null);
        await rpm.World.FetchWellAsync("signed");
        Assert.Equal(["RLSA-2026:1"], rpm.Said("signed"));
    }

    [Fact]
    public async Task HostsOfASilentRepositoryAreNotTakenForWell()
    {
        await using var rpm = await RpmWorld.StartAsync();
        await rpm.World.HostAsync("rocky-1", "rocky", "9.4", ["openssl 1:3.0.1-1.el9"]);
        await rpm.World.HostAsync("debian-1", "openssl 3.0.1-1");
        rpm.World.WriteTracker("openssl CVE-2026-0001 high 3.0.2-1");
        rpm.Publish(RpmWorld.Updates("RLSA-2026:1"));
        await rpm.World.FetchWellAsync("tracker", "signed");
        Assert.Empty(await BlindAsync(rpm));

        rpm.World.Server.Clock.Advance(TimeSpan.FromDays(1));
        rpm.Publish(null);
        await rpm.World.FetchWellAsync("signed");
        var blind = Assert.Single(await BlindAsync(rpm));
        Assert.Equal("rocky-1", blind.Host);
        Assert.Contains("lists no advisory data any more", blind.Why, StringComparison.Ordinal);
        Assert.Contains("nothing can be said of rocky-1", (await rpm.World.CliAsync("exposure")).Out, StringComparison.Ordinal);

        // Where another feed goes on speaking of the platform, something can be said.
        rpm.World.WriteOsv(("a.json", ExposureOf("Rocky Linux:9")));
        await rpm.World.FetchWellAsync("osv");
        Assert.Empty(await BlindAsync(rpm));
    }

    [Fact]
    public async Task APlatformOfWhichNoFeedEverSpokeNamesTheSilentRepositoryWhereItIsDeclaredForIt()
    {
        await using var rpm = await RpmWorld.StartAsync();
        await rpm.World.HostAsync("rocky-1", "rocky", "9.4", ["openssl 1:3.0.1-1.el9"]);
        rpm.Publish(null);
        await rpm.World.FetchWellAsync("signed");
        Assert.Equal("no configured feed says anything of Rocky Linux:9", Assert.Single(await BlindAsync(rpm)).Why);
        await rpm.World.FetchWellAsync("rocky");
        Assert.Contains("lists no advisory data", Assert.Single(await BlindAsync(rpm)).Why, StringComparison.Ordinal);
    }

    private static async Task<IReadOnlyList<BlindHost>> BlindAsync(RpmWorld rpm)
    {
        await rpm.World.Server.Get<FleetExposure>().LookAsync(TestContext.Current.CancellationToken);
        return (await rpm.World.ExposureAsync()).Blind;
    }

    private static string ExposureOf(string ecosystem) => Matching.ExposureWorld.Osv("X-1", "vim", "2").Replace("Debian:12", ecosystem, StringComparison.Ordinal);
}
