using System.Collections.Immutable;
using Microsoft.Extensions.DependencyInjection;
using PatchFlow.Client;
using PatchFlow.Core.Advisories;
using PatchFlow.Core.Matching;
using PatchFlow.Server.Feeds;
using PatchFlow.Server.Tests.Feeds;

namespace PatchFlow.Server.Tests.Matching;

/// <summary>What a vendor has signed is not silenced by what nobody has, from the documents to the rows that are told.</summary>
public sealed class TrustedFeedTests
{
    private const string Cve = "CVE-2026-0009";
    private const string Installed = "libssl3 3.0.1-1 openssl 3.0.1-1";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task WhatIsSignedIsNotSilencedByWhatIsNot(bool isSigned)
    {
        await using var world = await WorldAsync(isSigned);
        await world.FetchWellAsync("vendor", "osv");
        await world.HostAsync("web-1", Installed);
        await world.LookAsync();
        Assert.Equal(isSigned ? [ExposureAnswer.NoFixYet] : [], (await world.ExposureAsync()).Items.Select(r => r.Answer));
        if (isSigned)
        {
            const string Said = "DENIED (osv) says that it is not affected, and closes nothing: its feed (none) is trusted less";
            Assert.Contains(Said, (await world.OneAsync(Cve)).Note, StringComparison.Ordinal);
            Assert.Contains("closes nothing", string.Join(' ', (await world.CliAsync("exposure")).Out.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task ThatTheVendorHasSignedThatThereIsNoFixIsSaidWithTheFixOfAnother()
    {
        await using var world = await WorldAsync(isSigned: true);
        world.WriteOsv(("a.json", ExposureWorld.Osv("FIXED", "openssl", "3.0.2-1")));
        await world.FetchWellAsync("vendor", "osv");
        await world.HostAsync("web-1", Installed);
        await world.LookAsync();
        var row = await world.OneAsync(Cve);
        Assert.Equal((ExposureAnswer.FixAvailable, "A-1 (vendor) says that there is no fix yet: its feed (signed) is trusted further than the one that states the fix"), (row.Answer, row.Note));
        Assert.Contains("trusted further", string.Join(' ', (await world.CliAsync("exposure")).Out.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    // The snapshot in use was signed; a database that says that it was not, as one of before the keyring does, counts for less until it is fetched again.
    [Fact]
    public async Task WhatWasFetchedBeforeThereWereKeysCountsAsUnsigned()
    {
        await using var world = await WorldAsync(isSigned: true);
        await world.FetchWellAsync("vendor", "osv");
        var (feed, row) = (world.Server.Get<FeedList>().Advisories.Single(f => f.Name == "vendor"), world.Server.Get<AdvisoryStore>().Row("vendor"));
        Assert.Equal(FeedTrust.Signed, feed.TrustIn(row));
        Assert.Equal(FeedTrust.None, feed.TrustIn(row with { Source = AdvisoryStore.SourceOf(feed with { Keyrings = [] }) }));
        Assert.Equal(FeedTrust.None, feed.TrustIn(row with { Source = null }));
        Assert.Equal(FeedTrust.TlsOnly, (feed with { Address = new("https://vendor.example/"), Keyrings = [] }).TrustIn(row));
    }

    // Signed from now on, with the same documents: what it says counts anew, and so does what is said against it.
    [Fact]
    public async Task WhatIsSignedFromNowOnCountsFromNowOn()
    {
        await using var world = await WorldAsync(isSigned: true);
        await world.FetchWellAsync("vendor", "osv");
        await world.HostAsync("web-1", Installed);
        var source = world.Server.Get<AdvisoryStore>().Row("vendor").Source;
        await SourceAsync(world, null);
        await world.LookAsync();
        Assert.Empty((await world.ExposureAsync()).Items);
        await SourceAsync(world, source);
        await world.LookAsync();
        Assert.Equal(ExposureAnswer.NoFixYet, (await world.OneAsync(Cve)).Answer);
    }

    private static Task SourceAsync(ExposureWorld world, string? source) => world.Server.Database.WriteAsync(
        (c, t) => Dapper.SqlMapper.Execute(c, "UPDATE advisory_feeds SET source = @source WHERE name = 'vendor'", new { source }, t));

    private static async Task<ExposureWorld> WorldAsync(bool isSigned)
    {
        var world = await ExposureWorld.StartAsync((_, root) =>
            [ExposureWorld.Feed("vendor", DocumentKind.Csaf, new($"file://{root}/vex")) with { Keyrings = isSigned ? [CsafBench.Key.Public] : ImmutableArray<string>.Empty }]);
        world.Write("vex/a-1.json", CsafBench.Document("A-1", 1, world.Now.AddDays(-1), Cve).Replace(
            """{"product_id":"P","name":"p"}""", """{"product_id":"P","name":"p","product_identification_helper":{"purl":"pkg:deb/debian/openssl?arch=source&distro=bookworm"}}""", StringComparison.Ordinal));
        Tool.Run("gpg", "--homedir", CsafBench.Key.Home, "--batch", "--yes", "--quiet", "--armor", "--detach-sign", "--output", world.PathOf("vex/a-1.json.asc"), world.PathOf("vex/a-1.json"));
        world.WriteOsv(("a.json", ExposureWorld.Osv("DENIED", "openssl", "0")));
        return world;
    }
}
