using System.Net;
using Dapper;
using PatchFlow.Cli;
using PatchFlow.Client;
using PatchFlow.Server.Api.Reads;

namespace PatchFlow.Server.Tests.Matching;

/// <summary>The list of vendors' advisories: what it costs, and what it lets through.</summary>
public sealed class AdvisoryListTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task EachAdvisorysCvesAreLookedUpInTheCatalogueAndTheCatalogueIsNeverGoneThrough(bool kev)
    {
        await using var world = await ExposureWorld.StartAsync();
        var parameters = new { names = new[] { "tracker", "osv", "kev" }, feed = (string?)null, severity = (string?)null, cve = (string?)null, ids = Array.Empty<string>(), kev };
        var plan = world.Server.Database.Read(c => c.Query<(int Id, int Parent, int Unused, string Detail)>(
            $"EXPLAIN QUERY PLAN SELECT COUNT(*) FROM advisory_records r WHERE {AdvisoryReads.Where}", parameters).Select(step => step.Detail).ToList());
        var (cves, catalogue) = (plan.FindLastIndex(s => s.Contains(" c ", StringComparison.Ordinal)), plan.FindIndex(s => s.Contains(" k ", StringComparison.Ordinal)));
        Assert.Contains("(feed=? AND key=?)", plan[cves], StringComparison.Ordinal);
        Assert.Contains("advisory_records_by_id (kind=? AND id=?", plan[catalogue], StringComparison.Ordinal);
        Assert.True(cves < catalogue, string.Join('\n', plan));
    }

    [Fact]
    public async Task AFeedThatIsNotThereIsNoFeedWithoutAdvisories()
    {
        await using var world = await ExposureWorld.StartAsync();
        var refused = await Assert.ThrowsAsync<ApiProblemException>(async () => await (await world.ApiAsync()).AdvisoriesAsync(feed: "nope"));
        Assert.Equal(HttpStatusCode.NotFound, refused.Status);
        Assert.Contains("there is no feed 'nope' of vendors' documents", refused.Message, StringComparison.Ordinal);
        Assert.Equal(Exit.Ok, (await world.CliAsync("advisories --feed tracker")).Exit);
        var ran = await world.CliAsync("advisories --feed nope");
        Assert.Equal((Exit.Refused, ""), (ran.Exit, ran.Out));
        Assert.Contains("'nope'", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhatIsExploitedAndWhatIsNotAreAllThereIs()
    {
        await using var world = await ExposureWorld.StartAsync();
        world.WriteTracker("openssl CVE-2026-0001 high 3.0.2-1", "openssl CVE-2026-0002 low 3.0.2-1", "curl CVE-2026-0003 low 8.0-1");
        world.WriteKev(world.Now, "CVE-2026-0002", "CVE-2026-7777");
        await world.FetchWellAsync("tracker", "kev");
        var api = await world.ApiAsync();
        var (exploited, others) = (await api.AdvisoriesAsync(kev: true), await api.AdvisoriesAsync(kev: false));
        Assert.Equal(["CVE-2026-0002"], exploited.Items.SelectMany(a => a.Cves));
        Assert.Equal(["CVE-2026-0001", "CVE-2026-0003"], others.Items.SelectMany(a => a.Cves).Order(StringComparer.Ordinal));
        Assert.Equal((1, 2), (exploited.Total, others.Total));
    }
}
