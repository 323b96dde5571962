using Dapper;
using PatchFlow.Client;
using PatchFlow.Server.Feeds;
using PatchFlow.Server.Hosts;
using PatchFlow.Server.Matching;
using PatchFlow.Server.Storage;
using PatchFlow.Server.Tests.Reconcile;

namespace PatchFlow.Server.Tests.Matching;

/// <summary>From a vendor's documents over loopback to the rows that the API tells, end to end.</summary>
public sealed class ExposureTests
{
    private const string Vulnerable = "libssl3 3.0.1-1 openssl 3.0.1-1";
    private const string Mended = "libssl3 3.0.2-1 openssl 3.0.2-1";

    [Fact]
    public async Task AHostIsToldWhatItLacksSinceWhenUntilWhenAndWhy()
    {
        await using var world = await LackingAsync();
        var row = await world.OneAsync("CVE-2026-0001");
        Assert.Equal(("web-1", "web", "libssl3", "3.0.1-1", "3.0.2-1"), (row.Host, row.Group, row.Package, row.Installed, row.Fixed));
        Assert.Equal((ExposureAnswer.FixAvailable, ExposurePriority.Kev, DeadlineStanding.OnTime), (row.Answer, row.Priority, row.Deadline));
        Assert.Equal((world.Now, world.Now, world.Now.AddDays(3)), (row.Since, row.FixSince!.Value, row.Due!.Value));
        Assert.Equal(["it is exploited: CISA lists it since 2026-11-20, and ransomware uses it", "the vendor says high"], row.Reasons);
        Assert.Equal(["CVE-2026-0001"], row.Advisories);
    }

    [Fact]
    public async Task WhatHasNoFixAndWhatNobodySupportsAreAnswers()
    {
        await using var world = await ExposureWorld.StartAsync();
        world.WriteTracker("libxml2 CVE-2026-0002 low open", "vim CVE-2026-0003 unimportant nodsa");
        world.Write("ended.txt", "old 0 2026-01-01 upstream has ended it\n");
        await world.FetchWellAsync("tracker", "ended");
        await world.HostAsync("web-1", "libxml2 1-1", "vim 1-1", "old 1-1");
        await world.LookAsync();
        var answers = (await world.ExposureAsync()).Items.ToDictionary(r => r.Package);
        Assert.Equal((ExposureAnswer.NoFixYet, null, DeadlineStanding.None), (answers["libxml2"].Answer, answers["libxml2"].FixSince, answers["libxml2"].Deadline));
        Assert.Equal((ExposureAnswer.WillNotFix, "Minor issue"), (answers["vim"].Answer, answers["vim"].Note?.TrimStart(':', ' ')));
        Assert.Equal((ExposureAnswer.SupportEnded, "since 2026-01-01: upstream has ended it"), (answers["old"].Answer, answers["old"].Note));
        Assert.Contains("support ended", (await world.CliAsync("exposure --package old")).Out, StringComparison.Ordinal);
        Assert.Contains("no fix yet", (await world.CliAsync("exposure --package libxml2")).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ThatSupportIsLimitedIsAnAnswer()
    {
        await using var world = await ExposureWorld.StartAsync((at, _) => [ExposureWorld.Feed("limited", Core.Advisories.DocumentKind.DebianSupportLimited, new(at, "limited.txt")) with { Platform = "Debian:12" }]);
        world.Write("limited.txt", "# List of packages with limited security support\nbinutils Only suitable for trusted content\n");
        await world.FetchWellAsync("limited");
        await world.HostAsync("web-1", "binutils 2.40-2", "vim 1-1");
        await world.HostAsync("web-2", "debian", "13", ["binutils 2.44-1"]);
        await world.LookAsync();
        var row = Assert.Single((await world.ExposureAsync()).Items);
        Assert.Equal(("web-1", "binutils", ExposureAnswer.Undetermined, "security support is limited: Only suitable for trusted content"), (row.Host, row.Package, row.Answer, row.Note));
        Assert.Contains("security support is limited: Only suitable for trusted content", (await world.CliAsync("exposure --package binutils")).Out, StringComparison.Ordinal);

        // What the vendor takes off the list is open no more.
        world.Write("limited.txt", "# List of packages with limited security support\nother Only for a test\n");
        world.Server.Clock.Advance(TimeSpan.FromHours(2));
        await world.FetchWellAsync("limited");
        await world.LookAsync();
        Assert.Empty((await world.ExposureAsync()).Items);
    }

    [Fact]
    public async Task ADeadlineRunsFromTheFirstSnapshotWithAFixAndTheExposureFromTheFirstAtAll()
    {
        await using var world = await ExposureWorld.StartAsync();
        world.WriteTracker("openssl CVE-2026-0001 high open");
        await world.FetchWellAsync("tracker");
        await world.HostAsync("web-1", Vulnerable);
        await world.LookAsync();
        var began = world.Now;
        Assert.Null((await world.OneAsync("CVE-2026-0001")).Due);

        world.Server.Clock.Advance(TimeSpan.FromDays(2));
        world.WriteTracker("openssl CVE-2026-0001 high 3.0.2-1");
        await world.FetchWellAsync("tracker");
        await world.LookAsync();
        var row = await world.OneAsync("CVE-2026-0001");
        Assert.Equal((began, world.Now, world.Now.AddDays(30)), (row.Since, row.FixSince!.Value, row.Due!.Value));
    }

    [Theory]
    [InlineData(1, DeadlineStanding.OnTime, DeadlineStanding.Met)]
    [InlineData(2.5, DeadlineStanding.AtRisk, DeadlineStanding.Met)]
    [InlineData(3.5, DeadlineStanding.Missed, DeadlineStanding.Missed)]
    public async Task ADeadlineIsAtRiskInItsLastQuarterAndThenMissedOrMet(double days, DeadlineStanding open, DeadlineStanding closed)
    {
        await using var world = await LackingAsync();
        world.Server.Clock.Advance(TimeSpan.FromDays(days));
        Assert.Equal(open, (await world.OneAsync("CVE-2026-0001")).Deadline);
        Assert.Equal(1, (await world.ExposureAsync("CVE-2026-0001")).Deadlines[open]);
        Assert.Equal(open, Assert.Single((await (await world.ApiAsync()).ExposureAsync(deadline: open)).Items).Deadline);

        await world.HostAsync("web-1", Mended);
        await world.LookAsync();
        Assert.Empty((await world.ExposureAsync("CVE-2026-0001")).Items);
        var ended = await world.OneAsync("CVE-2026-0001", ended: true);
        Assert.Equal((closed, ExposureEnd.Patched, world.Now), (ended.Deadline, ended.EndedBy, ended.Ended!.Value));
    }

    [Theory]
    [InlineData(9, 0, DeadlineStanding.Missed)]
    [InlineData(31, 31, DeadlineStanding.OnTime)]
    public async Task WhatWasClosedAndIsOpenAgainBeginsAnewAfterThirtyDays(int days, int begins, DeadlineStanding standing)
    {
        await using var world = await LackingAsync();
        var began = world.Now.AddDays(begins);
        await world.HostAsync("web-1", Mended);
        await world.LookAsync();
        world.Server.Clock.Advance(TimeSpan.FromDays(days));
        await world.HostAsync("web-1", Vulnerable);
        await world.LookAsync();
        Assert.Equal((began, standing), ((await world.OneAsync("CVE-2026-0001")).Since, (await world.OneAsync("CVE-2026-0001")).Deadline));
        Assert.Empty((await world.ExposureAsync("CVE-2026-0001", ended: true)).Items);
    }

    [Fact]
    public async Task WhatIsWithdrawnIsNotOpenAnyMoreAndNoDeadlineWasMet()
    {
        await using var world = await ExposureWorld.StartAsync();
        world.WriteOsv(("a.json", ExposureWorld.Osv("X-1", "openssl", "3.0.2-1")));
        await world.FetchWellAsync("osv");
        await world.HostAsync("web-1", Vulnerable);
        await world.LookAsync();
        Assert.Equal(["X-1"], (await world.OneAsync("CVE-2026-0009")).Advisories);

        world.WriteOsv(("a.json", ExposureWorld.Osv("X-1", "openssl", "3.0.2-1", "\"withdrawn\":\"2026-11-23T00:00:00Z\",")));
        await world.FetchWellAsync("osv");
        await world.LookAsync();
        Assert.Empty((await world.ExposureAsync()).Items);
        var ended = await world.OneAsync("CVE-2026-0009", ended: true);
        Assert.Equal((ExposureEnd.NoLongerApplies, DeadlineStanding.None), (ended.EndedBy, ended.Deadline));
    }

    [Fact]
    public async Task WhoIsNotConcernedByASnapshotIsNotJudgedAnew()
    {
        await using var world = await LackingAsync();
        await world.HostAsync("db-1", "postgresql 15-1");
        await world.HostAsync("db-2", "postgresql 15-1");
        Assert.Equal(2, await world.LookAsync());
        Assert.Equal(0, await world.LookAsync());

        world.WriteTracker("openssl CVE-2026-0001 high 3.0.2-1", "postgresql CVE-2026-0005 high 15-2");
        await world.FetchWellAsync("tracker");
        Assert.Equal(2, await world.LookAsync());
        Assert.Equal(["db-1", "db-2"], (await world.ExposureAsync("CVE-2026-0005")).Items.Select(r => r.Host));

        // What a change takes away concerns those whom it concerned before.
        world.WriteTracker("openssl CVE-2026-0001 high 3.0.2-1");
        await world.FetchWellAsync("tracker");
        Assert.Equal(2, await world.LookAsync());
        Assert.Empty((await world.ExposureAsync("CVE-2026-0005")).Items);
    }

    [Fact]
    public async Task WhatBecomesKnownToBeExploitedIsDueEarlierFromTheSameBeginning()
    {
        await using var world = await ExposureWorld.StartAsync();
        world.WriteTracker("openssl CVE-2026-0001 high 3.0.2-1");
        world.WriteKev(world.Now, "CVE-2026-7777");
        await world.FetchWellAsync("tracker", "kev");
        await world.HostAsync("web-1", Vulnerable);
        await world.LookAsync();
        var began = world.Now;
        Assert.Equal((ExposurePriority.High, began.AddDays(30)), ((await world.OneAsync("CVE-2026-0001")).Priority, (await world.OneAsync("CVE-2026-0001")).Due));

        world.Server.Clock.Advance(TimeSpan.FromDays(1));
        world.WriteKev(world.Now, "CVE-2026-7777", "CVE-2026-0001");
        await world.FetchWellAsync("kev");
        Assert.Equal(1, await world.LookAsync());
        var row = await world.OneAsync("CVE-2026-0001");
        Assert.Equal((ExposurePriority.Kev, began, began.AddDays(3)), (row.Priority, row.FixSince, row.Due!.Value));
    }

    [Fact]
    public async Task WhatIsLikelyToBeExploitedRanksHigher()
    {
        await using var world = await ExposureWorld.StartAsync();
        world.WriteTracker("openssl CVE-2026-0001 high 3.0.2-1", "openssl CVE-2026-0002 high 3.0.2-1");
        world.WriteEpss(world.Now, "CVE-2026-0002,0.5,0.9");
        await world.FetchWellAsync("tracker", "epss");
        await world.HostAsync("web-1", Vulnerable);
        await world.LookAsync();
        var rows = (await world.ExposureAsync()).Items;
        Assert.Equal([("CVE-2026-0002", ExposurePriority.Critical), ("CVE-2026-0001", ExposurePriority.High)], rows.Select(r => (r.Vulnerability, r.Priority)));
        Assert.Contains("EPSS 0.5", rows[0].Reasons[1], StringComparison.Ordinal);
    }

    // Microsoft says it of a CVE that Debian's package has too.
    [Fact]
    public async Task WhatAnotherVendorSaysOfExploitsRanksHigher()
    {
        await using var world = await ExposureWorld.StartAsync();
        world.WriteTracker("openssl CVE-2026-0001 low 3.0.2-1");
        await world.FetchWellAsync("tracker");
        await world.HostAsync("web-1", Vulnerable);
        foreach (var (exploited, priority, reason) in new[] { ("No", ExposurePriority.Low, "the vendor says low"), ("Yes", ExposurePriority.Critical, "it is exploited: a vendor says so"), ("No", ExposurePriority.Low, "the vendor says low") })
        {
            world.Write("guide.json", $$"""{"value":[{"cveNumber":"CVE-2026-0001","publiclyDisclosed":"No","exploited":"{{exploited}}"}]}""");
            await world.FetchWellAsync("guide");
            await world.LookAsync();
            var row = await world.OneAsync("CVE-2026-0001");
            Assert.Equal((priority, reason), (row.Priority, row.Reasons[^1]));
        }
    }

    [Fact]
    public async Task AScoreRanksWhatTheVendorHasNotRated()
    {
        await using var world = await ExposureWorld.StartAsync();
        world.WriteOsv(("a.json", ExposureWorld.Osv("X-1", "openssl", "3.0.2-1", "\"severity\":[{\"type\":\"CVSS_V3\",\"score\":\"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H\"}],")));
        await world.FetchWellAsync("osv");
        await world.HostAsync("web-1", Vulnerable);
        await world.LookAsync();
        var row = await world.OneAsync("CVE-2026-0009");
        Assert.Equal((ExposurePriority.Critical, "CVSS 9.8 is critical"), (row.Priority, row.Reasons[0]));
    }

    [Fact]
    public async Task ARestartKeepsEveryBeginningAndWritesNothing()
    {
        await using var world = await LackingAsync();
        var kept = world.Kept();
        world.Server.Clock.Advance(TimeSpan.FromDays(1));
        using var again = ActivatorUtilitiesOf<FleetExposure>(world);
        Assert.Equal(1, await again.LookAsync(TestContext.Current.CancellationToken));
        Assert.Equal(kept, world.Kept());
    }

    [Fact]
    public async Task AnotherPolicyCountsAtOnceAndABrokenOneTakesNoDeadlineAway()
    {
        await using var world = await LackingAsync();
        var began = world.Now;
        world.WritePipeline(Ground.Pipeline + "deadlines: {kev: P1D}\n");
        await world.LookAsync();
        Assert.Equal(began.AddDays(1), (await world.OneAsync("CVE-2026-0001")).Due);

        world.WritePipeline("deadlines: {kev: soon}\n");
        await world.LookAsync();
        Assert.Equal(began.AddDays(1), (await world.OneAsync("CVE-2026-0001")).Due);
        Assert.Contains("deadlines of group web can't be judged", world.Server.Get<FleetExposure>().Trouble, StringComparison.Ordinal);
    }

    // Another program that writes is noticed with the server's own next write: that the hosts are not read before shows that nothing is.
    [Fact]
    public async Task WithoutAnythingWrittenTheHostsAreNotEvenRead()
    {
        await using var world = await LackingAsync();
        Assert.Equal((0, 0), (await world.LookAsync(), await world.LookAsync()));
        using (var other = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={world.Server.Get<Database>().File}"))
        {
            await other.OpenAsync(TestContext.Current.CancellationToken);
            Assert.True(await other.ExecuteAsync("UPDATE hosts SET body = json_set(body, '$.labels', json_object('exposure', 'internet'))") > 0);
        }

        Assert.Equal(0, await world.LookAsync());
        await world.Server.Get<Database>().WriteAsync((c, t) => c.Execute("UPDATE meta SET value = value", transaction: t), TestContext.Current.CancellationToken);
        Assert.True(await world.LookAsync() > 0);
    }

    // Where nothing was written the hosts are not even read; a pipeline is a file, and the day passes by itself.
    [Fact]
    public async Task WithoutAnythingWrittenOnlyAnotherPolicyOrAnotherDayIsLookedAt()
    {
        await using var world = await LackingAsync();
        Assert.Equal((0, 0), (await world.LookAsync(), await world.LookAsync()));
        world.WritePipeline(Ground.Pipeline + "deadlines: {kev: P1D}\n");
        Assert.Equal((1, 0, 0), (await world.LookAsync(), await world.LookAsync(), await world.LookAsync()));
        var looked = world.Server.Get<FleetExposure>().LookedAt;
        world.Server.Clock.Advance(TimeSpan.FromHours(1));
        await world.LookAsync();
        Assert.Equal(looked, world.Server.Get<FleetExposure>().LookedAt);
        world.Server.Clock.Advance(TimeSpan.FromDays(1));
        await world.LookAsync();
        Assert.Equal(world.Now, world.Server.Get<FleetExposure>().LookedAt);
    }

    [Fact]
    public async Task WhatIsNotKnownIsSaidToBeNotKnown()
    {
        await using var world = await LackingAsync();
        var page = await world.ExposureAsync("CVE-2026-4444");
        Assert.Equal((0, 0L), (page.Items.Count, page.Advisories!.Value));
        Assert.Contains("No feed says anything of CVE-2026-4444", (await world.CliAsync("exposure --cve CVE-2026-4444")).Out, StringComparison.Ordinal);

        await world.HostAsync("far-1", "bash 5-1");
        await world.Server.Get<HostStore>().InventoryAsync("far-1", (new SimulatedHost("far-1").Inventory() with { OsRelease = "11" }).ToBytes(), 0, 0, TestContext.Current.CancellationToken);
        await world.LookAsync();
        Assert.Equal([new BlindHost("far-1", "no configured feed says anything of Debian:11")], (await world.ExposureAsync()).Blind);
        Assert.Contains("nothing can be said of far-1", (await world.CliAsync("exposure")).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ThePartsOfTheListGoOnWhereTheOneBeforeEnded()
    {
        await using var world = await ExposureWorld.StartAsync();
        world.WriteTracker([.. Enumerable.Range(1, 7).Select(i => $"openssl CVE-2026-000{i} {(i % 2 == 0 ? "high" : "low")} 3.0.2-1")]);
        await world.FetchWellAsync("tracker");
        await world.HostAsync("web-1", Vulnerable);
        await world.LookAsync();
        var api = await world.ApiAsync();
        foreach (var sort in new[] { "rank", "-rank", "host", "since", "-since" })
        {
            var all = (await api.ExposureAsync(sort: sort)).Items.Select(r => r.Vulnerability).ToList();
            var parts = new List<string>();
            for (string? next = null, first = ""; first is not null; first = next)
            {
                var page = await api.ExposureAsync(limit: 2, cursor: next, sort: sort);
                Assert.Equal(7, page.Total);
                parts.AddRange(page.Items.Select(r => r.Vulnerability));
                next = page.Next;
            }

            Assert.Equal(7, all.Distinct().Count());
            Assert.Equal(all, parts);
        }
    }

    [Fact]
    public async Task AFeedThatIsNotConfiguredAnyMoreMeetsNoDeadline()
    {
        await using var world = await LackingAsync();
        using var without = Microsoft.Extensions.DependencyInjection.ActivatorUtilities.CreateInstance<FleetExposure>(world.Server.Get<IServiceProvider>(), new FeedList([]));
        await without.LookAsync(TestContext.Current.CancellationToken);
        var ended = await world.OneAsync("CVE-2026-0001", ended: true);
        Assert.Equal((ExposureEnd.NoLongerApplies, DeadlineStanding.None), (ended.EndedBy, ended.Deadline));
        Assert.Equal("no configured feed says anything of Debian:12", Assert.Single(without.Blind).Why);
    }

    [Fact]
    public async Task ARetiredHostIsNotToldOf()
    {
        await using var world = await LackingAsync();
        var hosts = world.Server.Get<HostStore>();
        await hosts.ChangeAsync("web-1", h => h with { State = HostState.Retired }, new("system", "test", "host.retire", "host:web-1"), TestContext.Current.CancellationToken);
        Assert.Empty((await world.ExposureAsync()).Items);
        Assert.Equal(0, await world.LookAsync());
    }

    private static async Task<ExposureWorld> LackingAsync()
    {
        var world = await ExposureWorld.StartAsync();
        world.WriteTracker("openssl CVE-2026-0001 high 3.0.2-1");
        world.WriteKev(world.Now, "CVE-2026-0001");
        await world.FetchWellAsync("tracker", "kev");
        await world.HostAsync("web-1", Vulnerable);
        Assert.Equal(1, await world.LookAsync());
        return world;
    }

    private static T ActivatorUtilitiesOf<T>(ExposureWorld world) =>
        Microsoft.Extensions.DependencyInjection.ActivatorUtilities.CreateInstance<T>(world.Server.Get<IServiceProvider>());
}
