using System.IO.Compression;
using System.Text;
using PatchFlow.Client;
using PatchFlow.Core.Advisories;
using PatchFlow.Server.Api;
using PatchFlow.Server.Feeds;
using PatchFlow.Server.Tests.Matching;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>How vendors' documents are fetched and kept: whole or not at all, and nothing of a bad one stops the rest.</summary>
public sealed class AdvisoryFeedTests
{
    [Fact]
    public async Task WhatIsUnchangedIsAskedForOnceAndWritesNoRow()
    {
        await using var world = await ExposureWorld.StartAsync();
        world.WriteTracker("openssl CVE-2026-0001 high 3.0.2-1");
        await world.FetchWellAsync("tracker");
        var kept = world.Kept();
        world.Server.Clock.Advance(TimeSpan.FromHours(1));
        await world.FetchWellAsync("tracker");
        Assert.Equal(["/tracker.json 200", "/tracker.json 304"], world.Vendor.Requests);
        Assert.Equal(kept, world.Kept());
        Assert.Equal(world.Now, world.Server.Get<AdvisoryStore>().Row("tracker").LastSuccessAt);

        // A server without validators sends all of it, and still nothing is written.
        world.Vendor.HasETags = false;
        await world.FetchWellAsync("tracker");
        Assert.Equal(kept, world.Kept());
    }

    [Fact]
    public async Task OnlyRowsOfWhatChangedAreWritten()
    {
        await using var world = await ExposureWorld.StartAsync();
        world.WriteTracker("openssl CVE-2026-0001 high 3.0.2-1", "openssl CVE-2026-0002 high open");
        await world.FetchWellAsync("tracker");
        world.WriteTracker("openssl CVE-2026-0001 high 3.0.2-1", "openssl CVE-2026-0002 high 3.0.2-1");
        await world.FetchWellAsync("tracker");
        Assert.Equal(["1 CVE-2026-0001", "2 CVE-2026-0002"], Rows(world));
    }

    [Fact]
    public async Task ABadDocumentIsRefusedWithItsPlaceAndTheRestGoesIn()
    {
        await using var world = await ExposureWorld.StartAsync();
        world.WriteOsv(("bad.json", "{\"id\":1}"), ("good.json", ExposureWorld.Osv("X-1", "openssl", "2")), ("torn.json", ExposureWorld.Osv("X-2", "openssl", "2")[..^9]));
        await world.FetchWellAsync("osv");
        var api = await world.ApiAsync();
        var snapshot = (await api.FeedAsync("osv")).Snapshot!;
        Assert.Equal((1L, 2L), (snapshot.Packages, snapshot.Refused));
        Assert.Equal(["bad.json", "torn.json"], snapshot.RefusedParts!.Select(r => r.File));
        Assert.All(snapshot.RefusedParts!, r => Assert.NotEmpty(r.Reason));
        var shown = (await world.CliAsync("feeds show osv")).Out;
        Assert.Contains("refused: bad.json record 1 (line 1): ", shown, StringComparison.Ordinal);
        Assert.Contains("it ranks patches and authorises none", shown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhatIsKeptForExportsIsShown()
    {
        await using var world = await ExposureWorld.StartAsync();
        Assert.Contains("nothing of what is in use: an export asks the vendor", (await world.CliAsync("feeds show osv")).Out, StringComparison.Ordinal);
        world.WriteOsv(("good.json", ExposureWorld.Osv("X-1", "openssl", "2")));
        await world.FetchWellAsync("osv");
        var kept = (await (await world.ApiAsync()).FeedAsync("osv")).Kept!;
        Assert.Equal((1L, true, 2048L << 20), (kept.Answers, kept.IsAll, kept.MostBytes));
        Assert.InRange(kept.Bytes, 100, 999);
        Assert.Contains($"for exports, {kept.Bytes} bytes of 2,048 MB", (await world.CliAsync("feeds show osv")).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhatADocumentSaidStaysWhereItCantBeReadAnyMore()
    {
        await using var world = await ExposureWorld.StartAsync();
        world.WriteOsv(("a.json", ExposureWorld.Osv("X-1", "openssl", "2")), ("b.json", ExposureWorld.Osv("X-2", "vim", "2")));
        await world.FetchWellAsync("osv");
        world.WriteOsv(("a.json", "<html>"), ("b.json", ExposureWorld.Osv("X-2", "vim", "3")));
        await world.FetchWellAsync("osv");
        Assert.Equal(["1 X-1", "2 X-2"], Rows(world));
        world.WriteOsv(("b.json", ExposureWorld.Osv("X-2", "vim", "3")));
        await world.FetchWellAsync("osv");
        Assert.Equal(["2 X-2"], Rows(world));
        Assert.Equal(0, (await (await world.ApiAsync()).FeedAsync("osv")).Snapshot!.Refused);
    }

    [Theory]
    [InlineData("<html><body>sign in</body></html>")]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("""{"openssl":{"CVE-2026-0001":{"releases":{"bookworm":{"status":"resolved","urgency":"high","fixed_version":"3.0.2-1"}}}}""")]
    public async Task WhatIsNoWholeDocumentLeavesTheSnapshotAsItIs(string text)
    {
        await using var world = await ExposureWorld.StartAsync();
        world.WriteTracker("openssl CVE-2026-0001 high 3.0.2-1", "vim CVE-2026-0002 high 2");
        await world.FetchWellAsync("tracker");
        world.Vendor.HasETags = false;
        world.Write("tracker.json", text);
        var row = await world.FetchAsync("tracker");
        Assert.Contains("tracker.json", row.LastError, StringComparison.Ordinal);
        Assert.Equal((1L, world.Now.AddMinutes(1)), (row.Failures, row.NextAttemptAt!.Value));
        Assert.Equal(["1 CVE-2026-0001", "1 CVE-2026-0002"], Rows(world));
        Assert.Equal(FeedState.Failing, (await (await world.ApiAsync()).FeedAsync("tracker")).State);
    }

    [Fact]
    public async Task ARecordThatCantBeReadAnyMoreSaysWhatItSaidUntilItIsGone()
    {
        await using var rpm = await RpmWorld.StartAsync();
        async Task<IEnumerable<string>> SaidAsync(string updates)
        {
            rpm.World.Server.Clock.Advance(TimeSpan.FromHours(2));
            rpm.Publish(updates);
            await rpm.World.FetchWellAsync("plain");
            return rpm.Said("plain");
        }

        string Torn(string text) => text.Replace("<id>X-2</id>", "<id></id>", StringComparison.Ordinal);
        Assert.Equal(["X-1", "X-2", "X-3"], await SaidAsync(RpmWorld.Updates("X-1", "X-2", "X-3")));
        Assert.Equal(["X-1", "X-2", "X-3"], await SaidAsync(Torn(RpmWorld.Updates("X-1", "X-2", "X-3"))));
        Assert.Equal(["X-1", "X-2", "X-3", "X-4"], await SaidAsync(Torn(RpmWorld.Updates("X-1", "X-2", "X-3", "X-4"))));
        Assert.Equal(["X-2", "X-3", "X-4"], await SaidAsync(Torn(RpmWorld.Updates("X-2", "X-3", "X-4"))));
        Assert.Equal(["X-3", "X-4"], await SaidAsync(RpmWorld.Updates("X-3", "X-4")));
    }

    [Fact]
    public async Task ACatalogueNeverGoesBack()
    {
        await using var world = await ExposureWorld.StartAsync();
        world.WriteKev(world.Now, "CVE-2026-0001");
        await world.FetchWellAsync("kev");
        world.WriteKev(world.Now.AddDays(-1), "CVE-2026-0002");
        Assert.Contains("a feed never goes back", (await world.FetchAsync("kev")).LastError, StringComparison.Ordinal);
        Assert.Equal(["1 CVE-2026-0001"], Rows(world));
    }

    [Fact]
    public async Task AFeedThatIsSilentForTooLongIsStaleAndSaidSoEverywhere()
    {
        await using var world = await ExposureWorld.StartAsync();
        world.WriteKev(world.Now.AddDays(-2), "CVE-2026-0001");
        world.WriteTracker("openssl CVE-2026-0001 high 3.0.2-1");
        await world.FetchWellAsync("kev", "tracker");
        Assert.Equal(FeedState.Fresh, (await (await world.ApiAsync()).FeedAsync("kev")).State);

        // From the catalogue's own date, though the server goes on answering; of what has no date from its last answer.
        world.Server.Clock.Advance(TimeSpan.FromDays(6));
        await world.FetchWellAsync("kev", "tracker");
        Assert.Equal((FeedState.Stale, FeedState.Fresh), ((await (await world.ApiAsync()).FeedAsync("kev")).State, (await (await world.ApiAsync()).FeedAsync("tracker")).State));
        Assert.Contains("kev is stale since", Assert.Single((await world.ExposureAsync()).Feeds, f => f.StartsWith("kev", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Contains("kev is stale since", (await world.CliAsync("exposure")).Out, StringComparison.Ordinal);
        var health = await world.Server.Get<Health>().LookAsync(TestContext.Current.CancellationToken);
        Assert.False(health.Parts.Single(p => p.Name == "feed:kev").Healthy);
        var metrics = await MetricsAsync(world);
        Assert.Contains("patchflow_feed_state{feed=\"kev\",state=\"stale\"} 1", metrics);
        Assert.Contains("patchflow_feed_state{feed=\"kev\",state=\"fresh\"} 0", metrics);
        Assert.Contains("patchflow_feed_state{feed=\"tracker\",state=\"fresh\"} 1", metrics);
    }

    // Read as a monitor reads them: without a token, a name and labels and a number a line.
    [Fact]
    public async Task MetricsTellTheStateOfFeedsAndWhatIsOpen()
    {
        await using var world = await ExposureWorld.StartAsync();
        world.WriteTracker("openssl CVE-2026-0001 high 3.0.2-1");
        await world.FetchWellAsync("tracker");
        await world.HostAsync("web-1", "libssl3 3.0.1-1 openssl 3.0.1-1");
        await world.LookAsync();
        Assert.False((await world.FetchAsync("kev")).LastError is null);
        var metrics = await MetricsAsync(world);
        Assert.Contains("# TYPE patchflow_feed_state gauge", metrics);
        Assert.Contains("patchflow_feed_failures{feed=\"kev\"} 1", metrics);
        Assert.Contains($"patchflow_feed_last_success_timestamp_seconds{{feed=\"tracker\"}} {world.Now.ToUnixTimeSeconds()}", metrics);
        Assert.Contains("patchflow_exposures{priority=\"high\",deadline=\"on_time\"} 1", metrics);
        Assert.All(metrics.Where(line => line.Length > 0 && line[0] != '#'), line => Assert.Matches("^patchflow_[a-z_]+\\{[a-z]+=\"[a-z0-9_-]+\"(,[a-z]+=\"[a-z0-9_-]+\")*\\} [0-9.]+$", line));
    }

    private static async Task<string[]> MetricsAsync(ExposureWorld world)
    {
        using var http = new HttpClient { BaseAddress = world.Server.Address };
        using var answer = await http.GetAsync(new Uri("/metrics", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", $"{answer.Content.Headers.ContentType}");
        return (await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).Split('\n');
    }

    [Fact]
    public async Task AListIsFollowedAndADocumentIsFetchedOnlyWhereItChanged()
    {
        await using var world = await ExposureWorld.StartAsync();
        world.Write("csaf/changes.csv", "\"2026/a.json\",\"2026-11-01T00:00:00Z\"\n\"2026/b.json\",\"2026-11-02T00:00:00Z\"\n\"../c.json\",\"2026-11-02T00:00:00Z\"\n\"2026/gone.json\",\"2026-11-02T00:00:00Z\"\n");
        world.Write("csaf/2026/a.json", Csaf("A-1", "CVE-2026-0001"));
        world.Write("csaf/2026/b.json", Csaf("B-1", "CVE-2026-0002"));
        await world.FetchWellAsync("csaf");
        Assert.Equal(["1 A-1", "1 B-1"], Rows(world));
        Assert.Equal(["2026/gone.json", "changes.csv", "2026/a.json", "2026/b.json"], (await (await world.ApiAsync()).FeedAsync("csaf")).Snapshot!.RefusedParts!.Select(r => r.File));

        world.Vendor.Requests.Clear();
        world.Write("csaf/changes.csv", "\"2026/a.json\",\"2026-11-01T00:00:00Z\"\n\"2026/b.json\",\"2026-11-23T00:00:00Z\"\n");
        world.Write("csaf/2026/b.json", Csaf("B-1", "CVE-2026-0003"));
        await world.FetchWellAsync("csaf");
        Assert.Equal(["/csaf/changes.csv 200", "/csaf/deletions.csv 404", "/csaf/2026/b.json 200", "/csaf/2026/b.json.sha512 404", "/csaf/2026/b.json.sha256 404"], world.Vendor.Requests);
        Assert.Equal(["1 A-1", "2 B-1"], Rows(world));
        Assert.Empty((await (await world.ApiAsync()).AdvisoriesAsync(cve: "CVE-2026-0002")).Items);
    }

    [Fact]
    public async Task AFolderIsReadAndWhatIsTakenOutOfItIsGone()
    {
        await using var world = await ExposureWorld.StartAsync();
        Assert.Contains("does not exist", (await world.FetchAsync("folder")).LastError, StringComparison.Ordinal);
        world.Write("folder/a.json", ExposureWorld.Osv("X-1", "openssl", "2"));
        world.Write("folder/sub/b.json", ExposureWorld.Osv("X-2", "vim", "2"));
        world.Write("folder/a.json.asc", "a signature");
        await world.FetchWellAsync("folder");
        Assert.Equal(["1 X-1", "1 X-2"], Rows(world));
        world.Remove("folder/a.json");
        await world.FetchWellAsync("folder");
        Assert.Equal(["1 X-2"], Rows(world));
        Assert.Empty((await (await world.ApiAsync()).FeedAsync("folder")).Snapshot!.RefusedParts!);
    }

    [Fact]
    public async Task ABombIsNotDecompressed()
    {
        await using var world = await ExposureWorld.StartAsync();
        using var bytes = new MemoryStream();
        using (var gzip = new GZipStream(bytes, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            gzip.Write(Encoding.ASCII.GetBytes("cve,epss,percentile\n"));
            for (var i = 0; i < 64; i++)
            {
                gzip.Write(new byte[1 << 20]);
            }
        }

        world.Write("epss.csv.gz", bytes.ToArray());
        Assert.Contains("when decompressed", (await world.FetchAsync("epss")).LastError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ARedirectToAnotherHostIsNotFollowed()
    {
        await using var world = await ExposureWorld.StartAsync();
        world.Vendor.Misbehaviour["kev.json"] = context =>
        {
            context.Response.Redirect("http://127.0.0.2:1/kev.json");
            return Task.CompletedTask;
        };
        Assert.Contains("only 5 redirects to the same scheme, host and port", (await world.FetchAsync("kev")).LastError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NothingOfVendorsDocumentsIsEverOfferedToAPlan()
    {
        await using var world = await ExposureWorld.StartAsync();
        world.WriteTracker("openssl CVE-2026-0001 high 3.0.2-1");
        await world.FetchWellAsync("tracker");
        await world.HostAsync("web-1", "openssl 3.0.1-1");
        await world.LookAsync();
        Assert.Single((await world.ExposureAsync()).Items);
        var catalog = world.Server.Get<FeedCatalog>();
        world.Server.Clock.Advance(TimeSpan.FromDays(400));
        Assert.Equal((0, 0, 0), (catalog.Indices().Count, catalog.Current().Count, catalog.Unusable(world.Now).Count()));
        var api = await world.Server.ClientAsync("ada", Role.Admin);
        Assert.DoesNotContain((await api.PatchesAsync()).Items, p => p.To is not null || p.Feed is not null);
    }

    [Fact]
    public async Task AdvisoriesAreFoundByCveSeverityFeedAndWhetherTheyAreExploited()
    {
        await using var world = await ExposureWorld.StartAsync();
        world.WriteTracker("openssl CVE-2026-0001 high 3.0.2-1", "vim CVE-2026-0002 low open");
        world.WriteKev(world.Now, "CVE-2026-0001");
        world.WriteEpss(world.Now, "CVE-2026-0001,0.25,0.9");
        await world.FetchWellAsync("tracker", "kev", "epss");
        var api = await world.ApiAsync();
        Assert.Equal(["CVE-2026-0001", "CVE-2026-0002"], (await api.AdvisoriesAsync()).Items.Select(a => a.Id));
        Assert.Equal("CVE-2026-0002", Assert.Single((await api.AdvisoriesAsync(severity: AdvisorySeverity.Low)).Items).Id);
        Assert.Equal("CVE-2026-0002", Assert.Single((await api.AdvisoriesAsync(kev: false)).Items).Id);
        Assert.Empty((await api.AdvisoriesAsync(feed: "osv")).Items);
        var found = Assert.Single((await api.AdvisoriesAsync(cve: "cve-2026-0001", kev: true)).Items);
        Assert.Equal((0.25m, new ExploitedView("CVE-2026-0001", new(2026, 11, 20), true)), (found.Epss, found.Kev));
        Assert.Equal(new AffectedView("Debian:12", "openssl", "fixed", "3.0.2-1", null), Assert.Single(found.Affected));
        var shown = (await world.CliAsync("advisories --kev")).Out;
        Assert.Matches(@"CVE-2026-0001 +high +2026-11-20 +0.25 +tracker +CVE-2026-0001", shown);
        Assert.Equal(["CVE-2026-0002"], (await api.AdvisoriesAsync(limit: 1, cursor: (await api.AdvisoriesAsync(limit: 1)).Next)).Items.Select(a => a.Id));
    }

    [Theory]
    [InlineData("kind", "rpm-primary", "kind 'rpm-primary' is unknown")]
    [InlineData("name", "KEV", "name must be")]
    [InlineData("address", "http://vendor.example/all/", "is a folder, which only a file address may be")]
    [InlineData("address", "http://user:secret@vendor.example/x", "is not an http, https or file address")]
    [InlineData("keyring", "/keys/x.gpg", "ranks patches and authorises none")]
    [InlineData("no key", " , ", "keyring names no file")]
    [InlineData("host", "cdn.vendor.example", "hosts are for csaf")]
    [InlineData("csaf host", "https://cdn.vendor.example", "is no host such as")]
    [InlineData("csaf host", "cdn.vendor.example/x", "is no host such as")]
    [InlineData("csaf host", "user@cdn.vendor.example", "is no host such as")]
    [InlineData("csaf host", "", "is no host such as")]
    [InlineData("security", "true", "ranks patches and authorises none")]
    [InlineData("schedule", "hourly", "is not a Quartz cron expression")]
    [InlineData("ended", "debian-support-ended", "platform must name the release")]
    [InlineData("ended", "debian-support-limited", "platform must name the release")]
    public async Task AWrongSettingStopsTheStartAndIsNamed(string setting, string value, string message)
    {
        var entry = new FeedOptions { Name = "kev", Kind = "kev", Address = "https://vendor.example/kev.json?x=1" };
        switch (setting)
        {
            case "kind": entry.Kind = value; break;
            case "name": entry.Name = value; break;
            case "address": entry.Address = value; break;
            case "keyring": entry.Keyring = value; break;
            case "security": entry.Security = true; break;
            case "host": entry.Hosts = [value]; break;
            case "csaf host": (entry.Kind, entry.Hosts) = ("csaf", [value]); break;
            case "no key": (entry.Kind, entry.Keyring) = ("csaf", value); break;
            case "schedule": entry.Schedule = value; break;
            default: entry.Kind = value; break;
        }

        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => FeedList.LoadAsync([entry]));
        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
        Assert.Contains("PatchFlow:Feeds[0]", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("kev")]
    [InlineData("apt")]
    [InlineData("rpm-repository")]
    public async Task ATrustThatIsNoneIsNamedWithThoseThereAre(string kind)
    {
        FeedOptions entry = new() { Name = "own", Kind = kind, Address = "https://vendor.example/x", Trust = "maybe" };
        if (kind == "apt")
        {
            (entry.Suite, entry.Components, entry.Arch, entry.Keyring) = ("bookworm", ["main"], "amd64", "/keys.gpg");
        }

        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => FeedList.LoadAsync([entry]));
        Assert.Equal("PatchFlow:Feeds[0] (own): trust 'maybe' is not a trust: say 'content' for a feed of kind apt, 'rank' for every other kind, or leave it out", refused.Message);
    }

    [Theory]
    [InlineData("kev", DocumentKind.Kev, 30)]
    [InlineData("osv", DocumentKind.Osv, 7)]
    [InlineData("debian-tracker", DocumentKind.DebianTracker, 7)]
    [InlineData("debian-list", DocumentKind.DebianList, 7)]
    [InlineData("alpine-secdb", DocumentKind.AlpineSecdb, 7)]
    [InlineData("updateinfo", DocumentKind.Updateinfo, 7)]
    [InlineData("usn-database", DocumentKind.UsnDatabase, 7)]
    public async Task EachKindIsNamedAsItsDocumentIs(string kind, DocumentKind expected, int days)
    {
        var feeds = await FeedList.LoadAsync([new() { Name = "x", Kind = kind, Address = "https://vendor.example/x" }]);
        var feed = Assert.Single(feeds.Advisories);
        Assert.Equal((expected, TimeSpan.FromDays(days)), (feed.Kind, feed.MaxAge));
        Assert.Empty(feeds.All);
    }

    [Fact]
    public async Task AFeedOfPackagesAndOneOfDocumentsHaveDifferentNames()
    {
        FeedOptions[] entries = [new() { Name = "x", Kind = "kev", Address = "https://vendor.example/x" }, new() { Name = "x", Kind = "epss", Address = "https://vendor.example/y" }];
        Assert.Contains("two feeds are named 'x'", (await Assert.ThrowsAsync<InvalidOperationException>(() => FeedList.LoadAsync(entries))).Message, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Rows(ExposureWorld world) => world.Server.Database.Read(c =>
        Dapper.SqlMapper.Query<string>(c, "SELECT sequence || ' ' || id FROM advisory_records WHERE body IS NOT NULL ORDER BY id").ToList());

    private static string Csaf(string id, string cve) =>
        $$$"""
        {"document":{"csaf_version":"2.0","category":"csaf_security_advisory","title":"x","publisher":{"name":"v","category":"vendor","namespace":"https://vendor.example"},
         "tracking":{"id":"{{{id}}}","status":"final","version":"1","initial_release_date":"2026-11-01T00:00:00Z","current_release_date":"2026-11-01T00:00:00Z","revision_history":[{"number":"1","date":"2026-11-01T00:00:00Z","summary":"x"}]}},
         "product_tree":{"full_product_names":[{"product_id":"P","name":"p"}]},
         "vulnerabilities":[{"cve":"{{{cve}}}","product_status":{"known_affected":["P"]}}]}
        """;
}
