using PatchFlow.Client;
using PatchFlow.Server.Tests.Api;

namespace PatchFlow.Server.Tests.Matching;

/// <summary>What would make a host look patched that is not: ids that are not found, beginnings that are lost, platforms of which nobody speaks.</summary>
public sealed class SilenceTests
{
    private const string Ghsa = "GHSA-w32m-9786-jp63";
    private const string Lacking = "package bcel noarch 6.4.1-8.el9 bcel-6.4.1-8.el9.src.rpm\n";
    private const string Other = "package bash x86_64 5.1.8-9.el9 bash-5.1.8-9.el9.src.rpm\n";
    private const string Older = "kernel-core x86_64 5.14.0-427.13.1.el9_4 kernel-5.14.0-427.13.1.el9_4.src.rpm\n";
    private const string Newer = "kernel-core x86_64 5.14.0-427.50.1.el9_4 kernel-5.14.0-427.50.1.el9_4.src.rpm\n";

    // As the vendor writes it, and as somebody types it.
    [Theory]
    [InlineData(Ghsa, Ghsa)]
    [InlineData(Ghsa, "ghsa-W32M-9786-jp63")]
    [InlineData("openSUSE-SU-2026:1-1", "openSUSE-SU-2026:1-1")]
    [InlineData("cisco-sa-ios-xr-verii-bypass-HhPwQRvx", "cisco-sa-ios-xr-verii-bypass-HhPwQRvx")]
    [InlineData("CVE-2026-0001", "cve-2026-0001")]
    public async Task AnIdIsFoundAsItsVendorWritesIt(string id, string asked)
    {
        await using var world = await WorldAsync(Osv(id, "Wolfi", "xi", "2.0-r0"));
        await ReportAsync(world, "wolfi 20230201", "package xi x86_64 1.0-r0 xi 1.0-r0\n");
        Assert.Equal(id, (await world.OneAsync(asked)).Vulnerability);
        Assert.Equal(1, (await world.ExposureAsync(asked)).Advisories);
        Assert.Equal(id, Assert.Single((await (await world.ApiAsync()).AdvisoriesAsync(cve: asked)).Items).Id);
        Assert.Contains("xi", (await world.CliAsync($"exposure --cve {asked}")).Out, StringComparison.Ordinal);
        Assert.Contains(id, (await world.CliAsync($"advisories --cve {asked}")).Out, StringComparison.Ordinal);
    }

    // GitHub's id stands in its aliases alone, and hosts are told by the CVE; in whatever case it is asked for.
    [Theory]
    [InlineData(Ghsa, 1)]
    [InlineData("ghsa-W32M-9786-jp63", 1)]
    [InlineData("GHSA-xxxx-xxxx-xxxx", 0)]
    public async Task AVulnerabilityIsFoundByAnotherNameOfIt(string asked, int found)
    {
        await using var world = await WorldAsync(Osv("CVE-2026-0001", "Wolfi", "xi", "2.0-r0", $"\"aliases\":[\"{Ghsa}\"],"));
        await ReportAsync(world, "wolfi 20230201", "package xi x86_64 1.0-r0 xi 1.0-r0\n");
        var page = await world.ExposureAsync(asked);
        Assert.Equal((found, found), (page.Items.Count, page.Advisories));
        Assert.All(page.Items, row => Assert.Equal("CVE-2026-0001", row.Vulnerability));
        Assert.Equal(found, (await (await world.ApiAsync()).AdvisoriesAsync(cve: asked)).Items.Count);
        Assert.Equal(found == 1, (await world.CliAsync($"exposure --cve {asked}")).Out.Contains("xi", StringComparison.Ordinal));
        Assert.Equal(found == 1, (await world.CliAsync($"advisories --cve {asked}")).Out.Contains("CVE-2026-0001", StringComparison.Ordinal));
    }

    // One advisory has it beside two CVEs: as long as no other says which is meant, both may be.
    [Theory]
    [InlineData(false, "CVE-2026-0001 CVE-2026-0002")]
    [InlineData(true, "CVE-2026-0002")]
    public async Task OfSeveralCvesBesideItAllMayBeMeant(bool isTold, string expected)
    {
        var both = Osv("X-1", "Wolfi", "xi", "2.0-r0", $"\"aliases\":[\"{Ghsa}\"],\"upstream\":[\"CVE-2026-0001\",\"CVE-2026-0002\"],");
        await using var world = await ExposureWorld.StartAsync();
        world.WriteOsv([("a.json", both), .. isTold ? [("b.json", Osv(Ghsa, "Wolfi", "other", "1", "\"aliases\":[\"CVE-2026-0002\"],"))] : Array.Empty<(string, string)>()]);
        await world.FetchWellAsync("osv");
        await ReportAsync(world, "wolfi 20230201", "package xi x86_64 1.0-r0 xi 1.0-r0\n");
        Assert.Equal(expected, string.Join(' ', (await world.ExposureAsync(Ghsa)).Items.Select(i => i.Vulnerability).Order(StringComparer.Ordinal)));
    }

    // What a database of before has is found by it too, without being fetched anew.
    [Fact]
    public async Task WhatWasKeptBeforeIsFoundByItToo()
    {
        await using var world = await WorldAsync(Osv("CVE-2026-0001", "Wolfi", "xi", "2.0-r0", $"\"aliases\":[\"{Ghsa}\"],"));
        string Named() => world.Server.Database.Read(c => string.Join(' ', Dapper.SqlMapper.Query<string>(c, "SELECT cve FROM advisory_cves ORDER BY cve")));
        var (now, assembly) = (Named(), typeof(PatchFlow.Server.Storage.Database).Assembly);
        using var migration = new StreamReader(assembly.GetManifestResourceStream(assembly.GetManifestResourceNames().Single(n => n.Contains("ghsa_names", StringComparison.Ordinal)))!);
        var sql = await migration.ReadToEndAsync(TestContext.Current.CancellationToken);
        Assert.Equal($"CVE-2026-0001 {Ghsa}", now);
        await world.Server.Database.WriteAsync((c, t) => Dapper.SqlMapper.Execute(c, "DELETE FROM advisory_cves WHERE cve LIKE 'GHSA-%'", transaction: t));
        Assert.Equal("CVE-2026-0001", Named());
        await world.Server.Database.WriteAsync((c, t) => Dapper.SqlMapper.Execute(c, sql, transaction: t));
        Assert.Equal(now, Named());
    }

    [Fact]
    public async Task WhoLeavesAPackageOutOfOneReportHasNoNewBeginning()
    {
        await using var world = await WorldAsync(Osv("CVE-2026-0001", "Rocky Linux:9", "bcel", "0:6.4.1-9.el9_1"));
        await ReportAsync(world, "rocky 9.4", Lacking + Other);
        var began = world.Now;
        world.Server.Clock.Advance(TimeSpan.FromDays(29));
        await ReportAsync(world, "rocky 9.4", Other);
        Assert.Empty((await world.ExposureAsync()).Items);
        world.Server.Clock.Advance(TimeSpan.FromDays(29));
        await ReportAsync(world, "rocky 9.4", Lacking + Other);
        var row = await world.OneAsync("CVE-2026-0001");
        Assert.Equal((began, began, began.AddDays(30), DeadlineStanding.Missed), (row.Since, row.FixSince!.Value, row.Due!.Value, row.Deadline));
        Assert.Empty((await world.ExposureAsync(ended: true)).Items);
    }

    [Fact]
    public async Task AFeedThatLeavesAnAdvisoryOutForATimeGivesNoNewBeginning()
    {
        await using var world = await WorldAsync(Osv("CVE-2026-0001", "Rocky Linux:9", "bcel", "0:6.4.1-9.el9_1"));
        await ReportAsync(world, "rocky 9.4", Lacking);
        var (began, due) = (world.Now, (await world.OneAsync("CVE-2026-0001")).Due);
        foreach (var (package, open) in new[] { ("other", 0), ("bcel", 1) })
        {
            world.Server.Clock.Advance(TimeSpan.FromDays(1));
            world.WriteOsv(("a.json", Osv("CVE-2026-0001", "Rocky Linux:9", package, "0:6.4.1-9.el9_1")));
            await world.FetchWellAsync("osv");
            await world.LookAsync();
            Assert.Equal(open, (await world.ExposureAsync()).Items.Count);
        }

        var row = await world.OneAsync("CVE-2026-0001");
        Assert.Equal((began, due), (row.Since, row.Due));
    }

    // Of both kernels nobody knows which runs, until the host tells; and what a reboot ends was mended.
    [Fact]
    public async Task OfSeveralKernelsTheOneThatMayRunIsOpenUntilAnotherIsToldToRun()
    {
        await using var world = await WorldAsync(Osv("CVE-2026-0001", "Rocky Linux:9", "kernel", "0:5.14.0-427.40.1.el9_4"));
        const string both = "package " + Older + "package " + Newer;
        await ReportAsync(world, "rocky 9.4", both);
        var row = await world.OneAsync("CVE-2026-0001");
        Assert.Equal(("5.14.0-427.13.1.el9_4", false, "a newer one is installed beside it, and which of them runs is not known"), (row.Installed, row.NeedsReboot, row.Note));

        await ReportAsync(world, "rocky 9.4", both + "kernel 5.14.0-427.13.1.el9_4.x86_64\n");
        row = await world.OneAsync("CVE-2026-0001");
        Assert.Equal((true, null), (row.NeedsReboot, row.Note));

        await ReportAsync(world, "rocky 9.4", both + "kernel 5.14.0-427.50.1.el9_4.x86_64\n");
        Assert.Empty((await world.ExposureAsync()).Items);
        Assert.Equal(ExposureEnd.Patched, (await world.OneAsync("CVE-2026-0001", ended: true)).EndedBy);
    }

    // A host of a variant has builds of its own, and what is said of the release alone is not enough.
    [Theory]
    [InlineData("rhel 9.2", "source rhel-9-for-x86_64-baseos-eus-rpms\n", "Red Hat:enterprise_linux:9::baseos", "Red Hat:rhel_eus:9.2")]
    [InlineData("ubuntu 22.04", "source jammy-fips-updates\n", "Ubuntu:22.04:LTS", "Ubuntu:Pro:FIPS-updates:22.04")]
    [InlineData("openEuler 22.03", "source OS\n", "openEuler:22.03-LTS-SP3", "openEuler:22.03")]
    [InlineData("mariner 2.0.20240112", "", "Azure Linux:3", "Mariner:2")]
    public async Task APlatformOfWhichNobodySpeaksIsSaid(string os, string source, string spoken, string unspoken)
    {
        await using var world = await WorldAsync(Osv("CVE-2026-0001", spoken, "mu", "2-1"));
        await ReportAsync(world, os, source + "package nu x86_64 1-1 nu 1-1\n");
        Assert.Equal(new BlindHost("host-1", $"no configured feed says anything of {unspoken}"), Assert.Single((await world.ExposureAsync()).Blind));
    }

    [Theory]
    [InlineData("rhel 9.2", "source rhel-9-for-x86_64-baseos-eus-rpms\npackage mu x86_64 1-1.el9_2 mu-1-1.el9_2.src.rpm\n", "Red Hat:rhel_eus:9.2::baseos", "mu")]
    [InlineData("ubuntu 22.04", "source jammy-fips-updates\npackage linux-image-5.15.0-73-fips amd64 5.15.0-73.80+fips1 linux-signed-fips 5.15.0-73.80+fips1\n", "Ubuntu:Pro:FIPS-updates:22.04:LTS", "linux-fips")]
    [InlineData("openEuler 22.03", "package mu x86_64 1-1 mu-1-1.src.rpm\npackage openEuler-release x86_64 22.03LTS_SP3-57.oe2203sp3 openEuler-release-22.03LTS_SP3-57.oe2203sp3.src.rpm\n", "openEuler:22.03-LTS-SP3", "mu")]
    [InlineData("mariner 2.0.20240112", "package mu x86_64 1-1.cm2 mu-1-1.cm2.src.rpm\n", "Azure Linux:2", "mu")]
    public async Task AHostOfAVariantIsMatchedByWhatIsSaidOfIt(string os, string lines, string spoken, string name)
    {
        await using var world = await WorldAsync(Osv("CVE-2026-0001", spoken, name, "9:2-1"));
        await ReportAsync(world, os, lines);
        Assert.Equal("9:2-1", (await world.OneAsync("CVE-2026-0001")).Fixed);
    }

    // What is said of no release is told of its hosts, and says nothing of what else there is for theirs.
    [Fact]
    public async Task AHostOfWhoseReleaseNobodySpeaksIsBlindWhateverIsSaidOfNone()
    {
        await using var world = await WorldAsync(Osv("CVE-2026-0001", "AlmaLinux", "mu", "2-1"));
        await ReportAsync(world, "almalinux 9.4", "package mu x86_64 1-1 mu-1-1.src.rpm\n");
        Assert.Equal("2-1", (await world.OneAsync("CVE-2026-0001")).Fixed);
        Assert.Equal(new BlindHost("host-1", "no configured feed says anything of AlmaLinux:9"), Assert.Single((await world.ExposureAsync()).Blind));
    }

    private static async Task ReportAsync(ExposureWorld world, string os, string lines)
    {
        await (await world.Server.ClientAsync("ada", Role.Admin)).ReportHostAsync("host-1", new($"patchflow-report v1\nos {os}\narch x86_64\n{lines}end\n", "web"));
        await world.LookAsync();
    }

    private static string Osv(string id, string ecosystem, string package, string fix, string more = "") =>
        $$$"""{"id":"{{{id}}}","modified":"2026-11-01T00:00:00Z",{{{more}}}"severity":[{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"}],"affected":[{"package":{"ecosystem":"{{{ecosystem}}}","name":"{{{package}}}"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"{{{fix}}}"}]}]}]}""";

    private static async Task<ExposureWorld> WorldAsync(string osv)
    {
        var world = await ExposureWorld.StartAsync();
        world.WriteOsv(("a.json", osv));
        await world.FetchWellAsync("osv");
        return world;
    }
}
