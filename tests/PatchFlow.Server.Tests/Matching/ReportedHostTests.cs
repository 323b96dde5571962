using System.Net;
using Dapper;
using PatchFlow.Cli;
using PatchFlow.Client;
using PatchFlow.Core.Advisories;
using PatchFlow.Core.Documents;
using PatchFlow.Server.Hosts;
using PatchFlow.Server.Reconcile;
using PatchFlow.Server.Tests.Api;
using PatchFlow.Server.Tests.Cli;

namespace PatchFlow.Server.Tests.Matching;

/// <summary>Hosts that somebody reports: they are matched like others, and nothing is ever done to them.</summary>
public sealed class ReportedHostTests
{
    private const string Server2022 = "Windows Server 2022";
    private const string Rocky = "patchflow-report v1\nos rocky 9.4\narch x86_64\npackage bcel noarch 6.4.1-8.el9 bcel-6.4.1-8.el9.src.rpm\nend\n";
    private const string RockyMended = "patchflow-report v1\nos rocky 9.4\narch x86_64\npackage bcel noarch 6.4.1-9.el9_1 bcel-6.4.1-9.el9_1.src.rpm\nend\n";
    private const string Alpine = "patchflow-report v1\nos alpine 3.20.3\narch x86_64\npackage libcrypto3 x86_64 3.3.1-r0 openssl 3.3.1-r0\nend\n";

    [Fact]
    public async Task AnRpmHostIsToldWhatItLacksUntilItIsReportedMended()
    {
        await using var world = await WorldAsync();
        var ada = await world.Server.ClientAsync("ada", Role.Admin);
        var host = await ada.ReportHostAsync("rocky-1", new(Rocky, "web"));
        Assert.Equal((HostStanding.Reported, "", "web"), (host.State, host.Address, host.Group));
        await world.LookAsync();
        var row = await world.OneAsync("CVE-2026-0009");
        Assert.Equal(("rocky-1", "bcel", "6.4.1-8.el9", "0:6.4.1-9.el9_1", ExposureAnswer.FixAvailable), (row.Host, row.Package, row.Installed, row.Fixed, row.Answer));

        world.Server.Clock.Advance(TimeSpan.FromHours(1));
        await ada.ReportHostAsync("rocky-1", new(RockyMended));
        Assert.Equal(1, await world.LookAsync());
        Assert.Equal(ExposureEnd.Patched, (await world.OneAsync("CVE-2026-0009", ended: true)).EndedBy);
        Assert.Empty((await world.ExposureAsync()).Items);
    }

    [Fact]
    public async Task AnAlpineHostIsMatchedByItsOrigins()
    {
        await using var world = await WorldAsync();
        await (await world.Server.ClientAsync("ada", Role.Admin)).ReportHostAsync("alpine-1", new(Alpine, "web"));
        await world.LookAsync();
        Assert.Equal(("libcrypto3", "3.3.2-r0"), await world.OneAsync("CVE-2026-0009") is var row ? (row.Package, row.Fixed) : default);
    }

    [Fact]
    public async Task AHostOfWindowsIsMatchedByItsProductsBuildAndUpdates()
    {
        await using var world = await WorldAsync();
        var ada = await world.Server.ClientAsync("ada", Role.Admin);
        await ada.ReportHostAsync("win-1", new(Windows("10.0.20348.2100", "KB5000001"), "web"));
        await world.LookAsync();
        var row = await world.OneAsync("CVE-2024-0001");
        Assert.Equal((Server2022, "10.0.20348.2100", "KB5035857 (10.0.20348.2340)", ExposurePriority.High), (row.Package, row.Installed, row.Fixed, row.Priority));
        Assert.Equal(world.Now.AddDays(30), row.Due);
        Assert.Contains("KB5035857", (await world.CliAsync("exposure --host win-1")).Out, StringComparison.Ordinal);

        await ada.ReportHostAsync("win-1", new(Windows("10.0.20348.2100", "KB5035857")));
        await world.LookAsync();
        Assert.Equal("the update is installed, but the build is still 10.0.20348.2100: restart the host", (await world.OneAsync("CVE-2024-0001")).Note);

        await ada.ReportHostAsync("win-1", new(Windows("10.0.20348.2340", "KB5035857")));
        await world.LookAsync();
        Assert.Equal(ExposureEnd.Patched, (await world.OneAsync("CVE-2024-0001", ended: true)).EndedBy);
    }

    // A list of updates says what the months leave out: that an update which no month describes replaces the one that is missing.
    [Fact]
    public async Task AListOfUpdatesSaysWhichUpdateReplacesWhich()
    {
        await using var world = await ExposureWorld.StartAsync(more: (vendor, _) => [ExposureWorld.Feed("deployments", DocumentKind.MsrcDeployments, new(vendor, "deployments.json"))]);
        world.Write("month.json", Month("CVE-2024-0001", "KB5035857", "KB5034770", "10.0.20348.2340"));
        await world.FetchWellAsync("month");
        await (await world.Server.ClientAsync("ada", Role.Admin)).ReportHostAsync("win-1", new(Windows("-", "KB5040000"), "web"));
        await world.LookAsync();
        Assert.Contains("no document says what KB5040000 replaces", (await world.OneAsync("CVE-2024-0001")).Note, StringComparison.Ordinal);
        world.Write("deployments.json", $$$"""{"@odata.context":"https://vendor.example/$metadata#deployment","value":[{"articleName":"5040000","product":"{{{Server2022}}}","supercedence":"5035857"}]}""");
        await world.FetchWellAsync("deployments");
        Assert.Equal(1, await world.LookAsync());
        Assert.Empty((await world.ExposureAsync()).Items);
        Assert.Equal(ExposureEnd.Patched, (await world.OneAsync("CVE-2024-0001", ended: true)).EndedBy);
    }

    // Pages of the catalogue name families of products, and lists of what was found say nothing of what replaces what: a warning must not go for that.
    [Fact]
    public async Task TheCataloguesPagesCountForAllProductsAndWhereTheySayNothingOfReplacingNotAtAll()
    {
        await using var world = await ExposureWorld.StartAsync(more: (_, root) => [ExposureWorld.Feed("catalogue", DocumentKind.UpdateCatalog, new($"file://{root}/catalogue.html"))]);
        world.Write("month.json", Month("CVE-2024-0001", "KB5035857", "KB5034770", "10.0.20348.2340"));
        world.Write("catalogue.html", Details(""));
        await world.FetchWellAsync("month", "catalogue");
        await (await world.Server.ClientAsync("ada", Role.Admin)).ReportHostAsync("win-1", new(Windows("-", "KB5040000"), "web"));
        await world.LookAsync();
        Assert.Contains("no document says what KB5040000 replaces", (await world.OneAsync("CVE-2024-0001")).Note, StringComparison.Ordinal);
        world.Write("catalogue.html", Details("<div> 2024-03 Update (KB5035857) </div>"));
        await world.FetchWellAsync("catalogue");
        await world.LookAsync();
        Assert.Empty((await world.ExposureAsync()).Items);
    }

    [Fact]
    public async Task HostsAreMadeKnownByAdministratorsAndThenReportedByOperatorsToo()
    {
        await using var world = await WorldAsync();
        var (ada, olga) = (await world.Server.ClientAsync("ada", Role.Admin), await world.Server.ClientAsync("olga", Role.Operator));
        var refused = await Assert.ThrowsAsync<ApiProblemException>(() => olga.ReportHostAsync("rocky-1", new(Rocky, "web")));
        Assert.Equal(HttpStatusCode.Forbidden, refused.Status);
        Assert.Equal(0, (await ada.HostsAsync()).Total);
        await ada.ReportHostAsync("rocky-1", new(Rocky, "web"));
        Assert.Equal(HostStanding.Reported, (await olga.ReportHostAsync("rocky-1", new(RockyMended))).State);
    }

    // Reports are carried by timers and queues: an old one must not bring back what was mended, and none may be young for ever.
    [Fact]
    public async Task AReportIsAsOldAsItSays()
    {
        await using var world = await WorldAsync();
        var ada = await world.Server.ClientAsync("ada", Role.Admin);
        string At(string text, DateTimeOffset taken) => text.Replace("\narch", $"\ntaken {CanonicalTime.FormatSeconds(CanonicalTime.ToSeconds(taken))}\narch", StringComparison.Ordinal);
        var yesterday = CanonicalTime.ToSeconds(world.Now.AddDays(-1));
        Assert.Equal(yesterday, (await ada.ReportHostAsync("rocky-1", new(At(RockyMended, yesterday), "web"))).InventoryAt);
        var late = await Assert.ThrowsAsync<ApiProblemException>(() => ada.ReportHostAsync("rocky-1", new(At(Rocky, yesterday.AddDays(-1)))));
        Assert.Equal(HttpStatusCode.Conflict, late.Status);
        var early = await Assert.ThrowsAsync<ApiProblemException>(() => ada.ReportHostAsync("rocky-1", new(At(Rocky, world.Now.AddHours(1)))));
        Assert.Contains("in the future", early.Message, StringComparison.Ordinal);
        await world.LookAsync();
        Assert.Empty((await world.ExposureAsync()).Items);
        await ada.ReportHostAsync("rocky-1", new(At(RockyMended, yesterday.AddHours(1))));
        Assert.Equal(0, await world.LookAsync());
    }

    [Fact]
    public async Task ALaterMonthIsTakenInForHostsOfWindows()
    {
        await using var world = await WorldAsync();
        await (await world.Server.ClientAsync("ada", Role.Admin)).ReportHostAsync("win-1", new(Windows("10.0.20348.2340", "KB5035857"), "web"));
        await world.LookAsync();
        Assert.Empty((await world.ExposureAsync()).Items);
        world.Write("month.json", Month("CVE-2024-0002", "KB5040000", "KB5035857", "10.0.20348.2500"));
        await world.FetchWellAsync("month");
        Assert.Equal(1, await world.LookAsync());
        Assert.Equal("KB5040000 (10.0.20348.2500)", (await world.OneAsync("CVE-2024-0002")).Fixed);
    }

    [Theory]
    [InlineData("jammy-security", ExposureAnswer.WillNotFix, null, "no fix available without Ubuntu Pro, which has 8-1+esm1")]
    [InlineData("jammy-infra-security", ExposureAnswer.FixAvailable, "8-1+esm1", null)]
    public async Task WhatOnlyUbuntuProMendsIsSaidOfHostsThatAreNotAttached(string source, ExposureAnswer answer, string? fix, string? note)
    {
        await using var world = await WorldAsync();
        world.WriteOsv(("USN-1.json", Osv("USN-1", "Ubuntu:Pro:22.04:LTS", "curl", "8-1+esm1")));
        await world.FetchWellAsync("osv");
        var report = $"patchflow-report v1\nos ubuntu 22.04\narch amd64\nsource {source}\npackage libcurl4 amd64 7-1 curl 7-1\nend\n";
        await (await world.Server.ClientAsync("ada", Role.Admin)).ReportHostAsync("jammy-1", new(report, "web"));
        await world.LookAsync();
        var row = await world.OneAsync("CVE-2026-0009");
        Assert.Equal((answer, fix, note), (row.Answer, row.Fixed, row.Note));
    }

    // Silence is no answer: neither of a product that is misspelt, nor of a distribution that no feed speaks of.
    [Fact]
    public async Task OfWhatNoFeedSaysAnythingThatIsSaid()
    {
        await using var world = await WorldAsync();
        var ada = await world.Server.ClientAsync("ada", Role.Admin);
        await ada.ReportHostAsync("win-1", new(Windows("10.0.20348.2340", "KB5035857").Replace(Server2022, "Windows Server 2O22", StringComparison.Ordinal), "web"));
        await ada.ReportHostAsync("ol-1", new(Rocky.Replace("os rocky", "os ol", StringComparison.Ordinal), "web"));
        await world.LookAsync();
        Assert.Equal(
            [("ol-1", "no configured feed says anything of Oracle Linux:9"), ("win-1", "no configured feed says anything of the product 'Windows Server 2O22': its name must be as its vendor publishes it")],
            (await world.ExposureAsync()).Blind.Select(b => (b.Host, b.Why)).Order());
    }

    [Fact]
    public async Task AReportWithAWrongLineChangesNothing()
    {
        await using var world = await WorldAsync();
        var ada = await world.Server.ClientAsync("ada", Role.Admin);
        var before = await ada.ReportHostAsync("rocky-1", new(Rocky, "web"));
        var refused = await Assert.ThrowsAsync<ApiProblemException>(() => ada.ReportHostAsync("rocky-1", new(RockyMended.Replace("noarch", "no/arch", StringComparison.Ordinal))));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.Status);
        Assert.Contains("patchflow-report, line 4: 'no/arch' is not an architecture", refused.Message, StringComparison.Ordinal);
        Assert.Equal(before.Inventory, (await ada.HostAsync("rocky-1")).Inventory);
        await Assert.ThrowsAsync<ApiProblemException>(() => ada.ReportHostAsync("rocky-2", new("patchflow-report v1\n", "web")));
        Assert.Equal(1, (await ada.HostsAsync()).Total);
    }

    // All that reaches out to a host, or plans for it.
    [Fact]
    public async Task NothingIsEverDoneToAReportedHost()
    {
        await using var room = await Boardroom.OpenAsync(untilBoard: false);
        var ada = await room.AsAsync("ada", Role.Admin, Role.Operator);
        await ada.ReportHostAsync("win-1", new(Windows("10.0.20348.2100", "KB5000001"), "web"));
        await ada.ReportHostAsync("win-2", new(Windows("10.0.20348.2100", "KB5000001"), "desks"));
        var login = new EnrolmentRequest("root", "no key", Fingerprint: "SHA256:abc");
        foreach (var ask in new Func<Task>[]
        {
            () => ada.EnrolHostAsync("win-1", login), () => ada.PlanEnrolmentAsync("win-1"), () => ada.TakeInventoryAsync("win-1"),
            () => ada.ProposeAsync(new("web", ["win-1"])), () => ada.ProposeAsync(new("web", ["web-1", "win-1"])), () => ada.ProposeAsync(new("desks")),
        })
        {
            var refused = await Assert.ThrowsAsync<ApiProblemException>(ask);
            Assert.Equal(HttpStatusCode.Conflict, refused.Status);
            Assert.Matches("host win-[12] is reported on, not deployed to", refused.Message);
        }

        Assert.Contains("is reported on, not deployed to", Assert.Single((await ada.DoctorAsync("win-1")).Findings).Detail, StringComparison.Ordinal);
        Assert.DoesNotContain("win-1", (await ada.ProposeAsync(new("web"))).Hosts);
        var channel = room.Server.Get<HostChannels>().For("win-1");
        Assert.Contains("reported on", (await Assert.ThrowsAsync<HostUnreachableException>(() => channel.CallAsync(new Core.Hosts.HostCall(["version"]), null, CancellationToken.None))).Message, StringComparison.Ordinal);
        await room.Server.Get<Inventories>().RunAsync(CancellationToken.None);
        Assert.Null((await ada.HostAsync("win-1")).LastError);
        Assert.DoesNotContain(await PatchesAsync(ada), p => p.Host == "win-1");
    }

    [Fact]
    public async Task NoChangeIsProposedForAReportedHostByItself()
    {
        await using var room = await Boardroom.OpenAsync();
        await (await room.AsAsync("ada", Role.Admin)).ReportHostAsync("deb-1", new("patchflow-report v1\nos debian 12\narch amd64\npackage nginx amd64 1.22.1-9 nginx 1.22.1-9\nend\n", "web"));
        await room.Reconciling.Proposer.LookAsync(CancellationToken.None);
        Assert.All(room.Reconciling.Store.All(), c => Assert.DoesNotContain("deb-1", c.Hosts));
        Assert.Throws<PatchFlow.Server.Sandbox.UnresolvableException>(() => room.Reconciling.Inputs.ForResolve(room.Reconciling.Store.All()[0] with { Hosts = ["deb-1"] }));
    }

    // It has no address, and gets none: in whatever way it is asked for.
    [Fact]
    public async Task AReportedHostStaysReportedUntilItIsRetired()
    {
        await using var world = await WorldAsync();
        var ada = await world.Server.ClientAsync("ada", Role.Admin);
        await ada.ReportHostAsync("rocky-1", new(Rocky, "web"));
        var refused = await Assert.ThrowsAsync<ApiProblemException>(() => ada.EditHostAsync("rocky-1", new(Address: "127.0.0.1")));
        Assert.Contains("is reported on, not deployed to: it has no address", refused.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ApiProblemException>(() => ada.AddHostAsync(new("rocky-1", "127.0.0.1", "web")));
        var store = world.Server.Get<HostStore>();
        foreach (var state in new[] { HostState.Enrolled, HostState.Added })
        {
            await Assert.ThrowsAsync<ArgumentException>(() => store.SaveAsync(store.Get("rocky-1") with { State = state }, new("system", "test", "host.enrol", "host:rocky-1")));
        }

        Assert.Equal("db", (await ada.EditHostAsync("rocky-1", new(Group: "db"))).Group);
        await world.LookAsync();
        Assert.NotEmpty((await world.ExposureAsync()).Items);
        await ada.RetireHostAsync("rocky-1");
        await world.LookAsync();
        Assert.Empty((await world.ExposureAsync()).Items);
        Assert.Equal(HttpStatusCode.Conflict, (await Assert.ThrowsAsync<ApiProblemException>(() => ada.ReportHostAsync("rocky-1", new(Rocky)))).Status);
    }

    [Theory]
    [InlineData("new-1", null, "give the group")]
    [InlineData("rocky-1", "db", "is in group web")]
    [InlineData("web-1", null, "is enrolled, and says itself what it has")]
    public async Task AReportIsOfOneHostOfOneGroup(string id, string? group, string why)
    {
        await using var world = await WorldAsync();
        await world.HostAsync("web-1", "bash 1-1");
        var ada = await world.Server.ClientAsync("ada", Role.Admin);
        await ada.ReportHostAsync("rocky-1", new(Rocky, "web"));
        var refused = await Assert.ThrowsAsync<ApiProblemException>(() => ada.ReportHostAsync(id, new(Rocky, group)));
        Assert.Equal(HttpStatusCode.Conflict, refused.Status);
        Assert.Contains(why, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnOldReportIsShownAsSuchUntilANewOneComes()
    {
        await using var world = await WorldAsync();
        var ada = await world.Server.ClientAsync("ada", Role.Admin);
        await ada.ReportHostAsync("rocky-1", new(Rocky, "web"));
        await world.LookAsync();
        world.Server.Clock.Advance(TimeSpan.FromDays(7));
        Assert.Empty((await world.ExposureAsync()).Old);
        world.Server.Clock.Advance(TimeSpan.FromDays(1));
        const string Why = "its report is 8 days old, older than 7";
        Assert.StartsWith(Why, Assert.Single((await world.ExposureAsync()).Old).Why, StringComparison.Ordinal);
        Assert.StartsWith(Why, Assert.Single((await ada.StatusAsync()).HostErrors).Error, StringComparison.Ordinal);
        Assert.StartsWith(Why, (await ada.HostAsync("rocky-1")).LastError, StringComparison.Ordinal);
        Assert.Contains(Why, (await world.CliAsync("exposure")).Out, StringComparison.Ordinal);
        Assert.Contains("1 reported", (await world.CliAsync("status")).Out, StringComparison.Ordinal);

        // It says the same as before, and is as good as new.
        await ada.ReportHostAsync("rocky-1", new(Rocky));
        Assert.Empty((await world.ExposureAsync()).Old);
        Assert.Empty((await ada.StatusAsync()).HostErrors);
    }

    [Fact]
    public async Task AReportIsAuditedAndTheSameOneAgainIsNothingNew()
    {
        await using var world = await WorldAsync();
        var ada = await world.Server.ClientAsync("ada", Role.Admin);
        var first = await ada.ReportHostAsync("rocky-1", new(Rocky, "web"));
        await world.LookAsync();
        var again = await ada.ReportHostAsync("rocky-1", new(Rocky.Replace("\n", "\r\n", StringComparison.Ordinal)));
        Assert.Equal(first.Inventory, again.Inventory);
        Assert.Equal(0, await world.LookAsync());
        var entries = world.Server.Database.Read(c => c.Query<byte[]>("SELECT bytes FROM audit_entries WHERE action = 'host.report'").Select(System.Text.Encoding.UTF8.GetString).ToList());
        Assert.Equal(2, entries.Count);
        Assert.Contains($"digest {first.Inventory}", entries[0], StringComparison.Ordinal);
        Assert.Contains("os rocky 9.4 packages 1 products 0 updates 0", entries[0], StringComparison.Ordinal);
        var inventory = await ada.InventoryAsync("rocky-1");
        Assert.Equal(("rocky 9.4", "bcel"), (inventory.Os, Assert.Single(inventory.Packages).Name));
    }

    [Fact]
    public async Task TheCommandLineNamesFileAndLineOfAMistakeAndSendsNothing()
    {
        await using var world = await WorldAsync();
        using var cli = new CliRun(world.Server.Address);
        await cli.PersonAsync(world.Server, "olga", Role.Operator);
        var (good, bad) = (cli.Write("good.txt", Windows("10.0.20348.2100", "KB5000001")), cli.Write("bad.txt", Rocky.Replace("arch x86_64", "arch", StringComparison.Ordinal)));
        var refused = await cli.AsAsync("olga", $"hosts report rocky-1 {bad} --group web");
        Assert.Equal(Exit.Usage, refused.Exit);
        Assert.Contains($"{bad}: patchflow-report, line 3", refused.Error, StringComparison.Ordinal);
        Assert.Equal(0, (await (await world.ApiAsync()).HostsAsync()).Total);
        await (await world.Server.ClientAsync("ada", Role.Admin)).ReportHostAsync("win-1", new(Windows("10.0.20348.2000"), "web"));
        Assert.Contains("win-1 is reported on, not deployed to", (await cli.AsAsync("olga", $"hosts report win-1 {good} --group web")).Out, StringComparison.Ordinal);
        Assert.Contains("Reported only", (await cli.AsAsync("olga", "hosts list")).Out, StringComparison.Ordinal);
        Assert.Contains("It is reported on, not deployed to", (await cli.AsAsync("olga", "hosts show win-1")).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AReportMayBeAsLargeAsAnInventoryAndNoLarger()
    {
        await using var world = await WorldAsync();
        var ada = await world.Server.ClientAsync("ada", Role.Admin);
        string Of(int packages) => $"patchflow-report v1\nos rocky 9.4\narch x86_64\n{string.Concat(Enumerable.Range(0, packages).Select(i => $"package p{i} x86_64 1.{new string('0', 80)}-1{(i == 0 ? " p-1-1.src.rpm" : "")}\n"))}end\n";
        Assert.Equal(HostStanding.Reported, (await ada.ReportHostAsync("rocky-1", new(Of(20_000), "web"))).State);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await Assert.ThrowsAsync<ApiProblemException>(() => ada.ReportHostAsync("rocky-1", new(Of(82_000))))).Status);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await Assert.ThrowsAsync<ApiProblemException>(() => ada.ReportHostAsync("rocky-1", new(Of(120_000))))).Status);
    }

    private static async Task<IReadOnlyList<PatchView>> PatchesAsync(IPatchFlowApi api) => (await api.PatchesAsync()).Items;

    private static string Windows(string build, params string[] updates) =>
        $"patchflow-report v1\nos windows 10.0.20348\narch x64\nproduct {build} {Server2022}\n{string.Concat(updates.Select(u => $"update {u}\n"))}end\n";

    private static string Month(string cve, string update, string replaces, string build) => $$$"""
        {"DocumentTitle":{"Value":"A month"},"DocumentTracking":{"Identification":{"ID":{"Value":"2024-Mar"}},"Status":2,"Version":"1.0","InitialReleaseDate":"2024-03-12T07:00:00","CurrentReleaseDate":"2024-04-09T07:00:00"},
         "ProductTree":{"FullProductName":[{"ProductID":"1","Value":"{{{Server2022}}}"}]},
         "Vulnerability":[{"CVE":"{{{cve}}}","Title":{"Value":"T"},"ProductStatuses":[{"ProductID":["1"],"Type":3}],
          "Threats":[{"Description":{"Value":"Important"},"ProductID":["1"],"Type":3}],
          "Remediations":[{"Description":{"Value":"{{{update[2..]}}}"},"Supercedence":"{{{replaces}}}","ProductID":["1"],"Type":2,"SubType":"Security Update","FixedBuild":"{{{build}}}"}]}]}
        """;

    private static string Details(string replaces) => $$"""
        <!DOCTYPE html><html><head><title>Microsoft Update Catalog</title></head><body><span id="ScopedViewHandler_titleText">2024-07 Cumulative Update (KB5040000)</span>
        <div id="productsDiv"><span>Products:</span> Windows Server family</div><div id="kbDiv"><span>KB article numbers:</span> 5040000</div>
        <span id="ScopedViewHandler_date">7/9/2024</span><span>This update replaces the following updates:</span><div id="supersedesInfo">{{replaces}}</div><div id="languageBox"></div></body></html>
        """;

    private static string Osv(string id, string ecosystem, string package, string fix) =>
        $$$"""{"id":"{{{id}}}","modified":"2026-11-01T00:00:00Z","aliases":["CVE-2026-0009"],"affected":[{"package":{"ecosystem":"{{{ecosystem}}}","name":"{{{package}}}"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"{{{fix}}}"}]}]}]}""";

    private static async Task<ExposureWorld> WorldAsync()
    {
        var world = await ExposureWorld.StartAsync();
        world.WriteOsv(("RLSA-1.json", Osv("RLSA-1", "Rocky Linux:9", "bcel", "0:6.4.1-9.el9_1")), ("ALPINE-1.json", Osv("ALPINE-1", "Alpine:v3.20", "openssl", "3.3.2-r0")));
        world.Write("month.json", Month("CVE-2024-0001", "KB5035857", "KB5034770", "10.0.20348.2340"));
        await world.FetchWellAsync("osv", "month");
        return world;
    }
}
