using PatchFlow.Core.Advisories;
using PatchFlow.Core.Matching;

namespace PatchFlow.Core.Tests.Matching;

/// <summary>What is open of a package, rule by rule.</summary>
public sealed class MatchingRuleTests
{
    private const string Cve1 = "CVE-2026-0001";
    private const string Cve2 = "CVE-2026-0002";

    private static readonly HostPackage Curl = new("libcurl4", "7.88.1-10+deb12u5", "amd64", "curl", "7.88.1-10+deb12u5");

    // The binary package is 0.17+2.4-2+deb12u3 (telnet of inetutils), its source 2:2.4-2+deb12u3.
    [Theory]
    [InlineData("inetutils", true, "2:2.4-2+deb12u4", "telnet fix 2:2.4-2+deb12u4 closes CVE-2026-0001")]
    [InlineData("inetutils", true, "2:2.4-2+deb12u3", "")]
    [InlineData("telnet", false, "0.17+2.4-2+deb12u4", "telnet fix 0.17+2.4-2+deb12u4 closes CVE-2026-0001")]
    [InlineData("telnet", false, "0.17+2.4-2+deb12u3", "")]
    [InlineData("telnet", true, "2:2.4-2+deb12u4", "")]
    [InlineData("inetutils", false, "2:2.4-2+deb12u4", "")]
    public void ASourcePackageIsJudgedByItsOwnVersion(string name, bool isSource, string version, string expected)
    {
        var host = Matched.Debian(new HostPackage("telnet", "0.17+2.4-2+deb12u3", "all", "inetutils", "2:2.4-2+deb12u3"));
        Assert.Equal(expected, Matched.Text(host, Matched.Advisory(Cve1, Matched.Fixed(name, version) with { IsSource = isSource })));
    }

    [Theory]
    [InlineData("x86_64", "x86_64", true)]
    [InlineData("aarch64", "x86_64", false)]
    [InlineData("i686", "x86_64", false)]
    [InlineData(null, "x86_64", true)]
    [InlineData("noarch", "x86_64", true)]
    [InlineData("x86_64", "noarch", true)]
    [InlineData("all", "amd64", true)]
    [InlineData("amd64", "all", true)]
    public void AnArchitectureIsTheSameOrEvery(string? stated, string installed, bool open)
    {
        var host = Matched.Debian(Curl with { Arch = installed });
        Assert.Equal(open, Matched.Text(host, Matched.Advisory(Cve1, Matched.Fixed("curl", "8") with { Arch = stated })).Length > 0);
    }

    [Theory]
    [InlineData("Debian:12", "Debian:12", true)]
    [InlineData("Debian:11", "Debian:12", false)]
    [InlineData("Debian:12-backports", "Debian:12", false)]
    [InlineData("", "Debian:12", false)]
    public void APlatformIsTheHosts(string stated, string host, bool open) =>
        Assert.Equal(open, Matched.Text(Matched.Host(host, Curl), Matched.Advisory(Cve1, Matched.Fixed("curl", "8") with { Platform = stated })).Length > 0);

    [Fact]
    public void AnAdvisoryWithoutAPlatformHasThatOfItsFeed()
    {
        var (names, host) = (new NameTable(), Matched.Debian(Curl));
        var advisory = Matched.Advisory(Cve1, Matched.Fixed("curl", "8") with { Platform = "" });
        Assert.Single(new Matcher(AdvisoryIndex.Of(names, [new IndexedAdvisory("a", advisory, "Debian:12")])).Match(new PackageSets(names).Of(host)).Packages);
        Assert.Empty(new Matcher(AdvisoryIndex.Of(names, [new IndexedAdvisory("a", advisory, "Debian:11")])).Match(new PackageSets(names).Of(host)).Packages);
    }

    // The stream that is enabled, and that the package was built for; a package of a module is another than that of the same name outside.
    [Theory]
    [InlineData("nodejs:18", "nodejs:18", "nodejs:18", "1-1.module+el9", true)]
    [InlineData("nodejs:18", "nodejs:18", null, "1-1.module+el9", true)]
    [InlineData("nodejs:18", "nodejs:20", "nodejs:20", "1-1.module+el9", false)]
    [InlineData("nodejs:18", "", "nodejs:18", "1-1.module+el9", false)]
    [InlineData("nodejs:18", "nodejs:18, nodejs:20", "nodejs:20", "1-1.module+el9", false)]
    [InlineData(null, "nodejs:18", "nodejs:18", "1-1.module+el9", false)]
    [InlineData(null, "", null, "1-1.module+el9", false)]
    [InlineData(null, "nodejs:18", null, "1-1.el9", true)]
    public void AModulesPackageIsForItsStream(string? stated, string enabled, string? built, string version, bool open)
    {
        var host = Matched.Host("Rocky Linux:9", new HostPackage("nodejs", version, "x86_64", "nodejs", version, built)) with { Modules = [.. enabled.Split(", ")] };
        var affected = new AffectedPackage { Platform = "Rocky Linux:9", Name = "nodejs", Scheme = VersionScheme.Rpm, Module = stated, Ranges = [VersionRange.Before("2-1.el9")] };
        Assert.Equal(open, Matched.Text(host, Matched.Advisory("RLSA-1", affected)).Length > 0);
    }

    // Which stream it is nobody says: neither the package's label nor the host's list. What is affected in none of them is not.
    [Theory]
    [InlineData("nginx:1.24", null, "sigma Undetermined RLSA-1 (it is for hosts with the module stream sigma:2; the package was built for a module, and no stream of that one is known to be enabled)")]
    [InlineData("nginx:1.24, sigma:1", null, "")]
    [InlineData("nginx:1.24, sigma:2", null, "sigma fix 2-1.module+el9 closes RLSA-1")]
    [InlineData("nginx:1.24", "sigma:1", "")]
    [InlineData("sigma-tools:1", null, "sigma Undetermined RLSA-1 (it is for hosts with the module stream sigma:2; the package was built for a module, and no stream of that one is known to be enabled)")]
    public void APackageOfAModuleWhoseStreamIsNotListedIsUndetermined(string enabled, string? built, string expected)
    {
        HostPackages Host(string version) => Matched.Host("AlmaLinux:9", HostPackage.OfRpm("sigma", version, "x86_64", null, built)) with { Modules = [.. enabled.Split(", ")] };
        var affected = new AffectedPackage { Platform = "AlmaLinux:9", Name = "sigma", Scheme = VersionScheme.Rpm, Module = "sigma:2", Ranges = [VersionRange.Before("2-1.module+el9")] };
        Assert.Equal(expected, Matched.Text(Host("1-1.module_el9"), Matched.Advisory("RLSA-1", affected)));
        Assert.Equal("", Matched.Text(Host("2-1.module+el9"), Matched.Advisory("RLSA-1", affected)));
        Assert.Equal("", Matched.Text(Host("1-1.el9") with { Modules = ["nginx:1.24"] }, Matched.Advisory("RLSA-1", affected)));
    }

    // Of what perhaps is said of another stream nothing is settled.
    [Fact]
    public void AStreamThatMayBeAnotherSettlesNothing()
    {
        var host = Matched.Host("AlmaLinux:9", HostPackage.OfRpm("sigma", "1-1.module+el9", "x86_64"));
        var affected = new AffectedPackage { Platform = "AlmaLinux:9", Name = "sigma", Scheme = VersionScheme.Rpm, Module = "sigma:2", State = FixState.NotAffected };
        var open = affected with { Module = null, State = FixState.WillNotFix, Ranges = [VersionRange.Before("3-1.module+el9")] };
        Assert.Equal("sigma WillNotFix CVE-2026-0001", Matched.Text(host, Matched.Advisory(Cve1, affected), Matched.Advisory("X-1", open) with { Cves = [Cve1] }));
    }

    // A module of SUSE is no less specific than the server beside it; a release is less than the Pro services of it.
    [Theory]
    [InlineData("SUSE:Linux Enterprise Server 15 SP5, SUSE:Linux Enterprise Module for Basesystem 15 SP5", "curl NoFixYet CVE-2026-0001")]
    [InlineData("Ubuntu:Pro:22.04, Ubuntu:22.04", "")]
    public void WhatIsFixedOnAPlatformSettlesWhatALessSpecificOneLeavesOpen(string platforms, string expected)
    {
        var names = platforms.Split(", ");
        var host = Matched.Host(platforms, new HostPackage("curl", "1-1", "noarch", "curl", "1-1"));
        var scheme = Platforms.SchemeOf(names[0]);
        AffectedPackage On(string platform, FixState state, VersionRange range) => new() { Platform = platform, Name = "curl", Scheme = scheme, State = state, Ranges = [range] };
        Assert.Equal(expected, Matched.Text(host, Matched.Advisory(Cve1, On(names[0], FixState.Fixed, VersionRange.Before("0.5-1"))), Matched.Advisory(Cve1, On(names[1], FixState.NoFixYet, VersionRange.All))));
    }

    // Vendors that state no stream leave it to the release's text.
    [Theory]
    [InlineData("2-1.module+el9+7", "1-1.el9", false)]
    [InlineData("2-1.module+el9+7", "1-1.module+el9+5", true)]
    [InlineData("2-1.el9", "1-1.module+el9+5", false)]
    public void AFixThatWasBuiltForAModuleIsForPackagesOfModules(string fixedVersion, string installed, bool open)
    {
        var host = Matched.Host("AlmaLinux:9", new HostPackage("nodejs", installed, "x86_64", "nodejs", installed));
        var affected = new AffectedPackage { Platform = "AlmaLinux:9", Name = "nodejs", Scheme = VersionScheme.Rpm, Ranges = [VersionRange.Before(fixedVersion)] };
        Assert.Equal(open, Matched.Text(host, Matched.Advisory("ALSA-1", affected)).Length > 0);
    }

    [Theory]
    [InlineData(AdvisoryKind.BugFix, false, false)]
    [InlineData(AdvisoryKind.Enhancement, false, false)]
    [InlineData(AdvisoryKind.BugFix, true, true)]
    [InlineData(AdvisoryKind.Security, false, true)]
    public void FaultsThatAreNoVulnerabilitiesAreNotMatched(AdvisoryKind kind, bool namesCves, bool open) =>
        Assert.Equal(open, Matched.Text(Matched.Debian(Curl), Matched.Advisory(namesCves ? Cve1 : "X-1", Matched.Fixed("curl", "8")) with { Kind = kind }).Length > 0);

    [Fact]
    public void AWithdrawnAdvisoryIsNotMatched() =>
        Assert.Equal("", Matched.Text(Matched.Debian(Curl), Matched.Advisory(Cve1, Matched.Fixed("curl", "8")) with { Withdrawn = DateTimeOffset.UnixEpoch }));

    // Affected from the first version on, to before the fixed one, or to the last affected one; unions of several; and what is listed.
    [Theory]
    [InlineData("..2", "1", "FixAvailable CVE-2026-0001 fixed 2")]
    [InlineData("..2", "2", "Patched CVE-2026-0001")]
    [InlineData("..2", "2~rc1", "FixAvailable CVE-2026-0001 fixed 2")]
    [InlineData("..2", "1:1", "Patched CVE-2026-0001")]
    [InlineData("1..2", "0.9", "NotAffected CVE-2026-0001")]
    [InlineData("1..2", "1", "FixAvailable CVE-2026-0001 fixed 2")]
    [InlineData("1..2, 3..4", "2.5", "Patched CVE-2026-0001")]
    [InlineData("1..2, 3..4", "3.5", "FixAvailable CVE-2026-0001 fixed 4")]
    [InlineData("1..3, 2..4", "1.5", "FixAvailable CVE-2026-0001 fixed 4")]
    [InlineData("1..2, 2..3", "1", "FixAvailable CVE-2026-0001 fixed 3")]
    [InlineData("..2]", "2", "FixAvailable CVE-2026-0001")]
    [InlineData("..2]", "2.1", "Patched CVE-2026-0001")]
    [InlineData("1..", "9", "FixAvailable CVE-2026-0001")]
    [InlineData("=1.5", "1.5", "FixAvailable CVE-2026-0001")]
    [InlineData("=1.5", "0:1.5-0", "FixAvailable CVE-2026-0001")]
    [InlineData("=1.5", "1.6", "")]
    [InlineData("..1, =1.5", "1.5", "FixAvailable CVE-2026-0001")]
    [InlineData("", "1", "Undetermined CVE-2026-0001 (the advisory does not say which versions are affected)")]
    [InlineData("..2", "1_0", "Undetermined CVE-2026-0001 (the versions can't be compared)")]
    [InlineData("..2_0", "1", "Undetermined CVE-2026-0001 (the versions can't be compared)")]
    [InlineData("=1_0", "1_0", "FixAvailable CVE-2026-0001")]
    [InlineData("=1_0", "2_0", "")]
    [InlineData("..", "1_0", "FixAvailable CVE-2026-0001")]
    public void AVersionIsAffectedWithinTheRanges(string ranges, string installed, string expected) =>
        Assert.Equal(expected, Explained(FixState.Fixed, ranges, installed));

    [Theory]
    [InlineData(FixState.NoFixYet, "..", "NoFixYet CVE-2026-0001")]
    [InlineData(FixState.NoFixYet, "..2", "FixAvailable CVE-2026-0001 fixed 2")]
    [InlineData(FixState.NoFixYet, "", "NoFixYet CVE-2026-0001")]
    [InlineData(FixState.WillNotFix, "..", "WillNotFix CVE-2026-0001")]
    [InlineData(FixState.WillNotFix, "..2", "WillNotFix CVE-2026-0001")]
    [InlineData(FixState.SupportEnded, "..", "SupportEnded CVE-2026-0001")]
    [InlineData(FixState.UnderInvestigation, "..", "UnderInvestigation CVE-2026-0001")]
    [InlineData(FixState.NotAffected, "", "NotAffected CVE-2026-0001")]
    [InlineData(FixState.NotAffected, "..", "NotAffected CVE-2026-0001")]
    [InlineData(FixState.NotAffected, "2..", "")]
    [InlineData(FixState.NotAffected, "=1", "NotAffected CVE-2026-0001")]
    [InlineData(FixState.NotAffected, "=2", "")]
    public void EachStateIsAnAnswer(FixState state, string ranges, string expected) => Assert.Equal(expected, Explained(state, ranges, "1"));

    // Superseded patches fold into the newest, by version and not by name or place, which closes what all of them close.
    [Fact]
    public void PatchesFoldIntoTheNewest()
    {
        var match = Matched.Match(
            Matched.Debian(Curl),
            Matched.Advisory("DSA-1", Matched.Fixed("curl", "7.88.1-10+deb12u9")) with { Cves = [Cve1], RebootSuggested = true },
            Matched.Advisory("DSA-2", Matched.Fixed("curl", "7.88.1-10+deb12u12")) with { Cves = [Cve2] },
            Matched.Advisory("DSA-0", Matched.Fixed("curl", "7.88.1-10+deb12u5")) with { Cves = ["CVE-2026-0003"] });
        var fix = Assert.Single(match.Packages).Verdict.Fix!;
        Assert.Equal(("7.88.1-10+deb12u12", null, true), (fix.SourceVersion, fix.Version, fix.RebootSuggested));
        Assert.Equal(["DSA-2", "DSA-1"], fix.Advisories.Select(a => a.Id));
        Assert.Equal([Cve2, Cve1], fix.Vulnerabilities);
    }

    [Fact]
    public void APatchSaysTheVersionOfThePackageAndOfItsSource()
    {
        var own = Matched.Fixed("libcurl4", "7.88.1-10+deb12u7+b1") with { IsSource = false };
        var fix = Assert.Single(Matched.Match(Matched.Debian(Curl), Matched.Advisory(Cve1, Matched.Fixed("curl", "7.88.1-10+deb12u7"), own)).Packages).Verdict.Fix!;
        Assert.Equal(("7.88.1-10+deb12u7+b1", "7.88.1-10+deb12u7"), (fix.Version, fix.SourceVersion));
        Assert.Equal([Cve1], fix.Vulnerabilities);
    }

    public static TheoryData<string, Advisory[]> Together { get; } = new()
    {
        // A patch and another advisory that knows of none.
        { "libcurl4 fix 8 closes CVE-2026-0001", [Matched.Advisory("DSA-1", Matched.Fixed("curl", "8")) with { Cves = [Cve1] }, Matched.Advisory(Cve1, Matched.Source("curl", FixState.NoFixYet, VersionRange.All))] },
        // What the patch does not close stays open beside it.
        { "libcurl4 fix 8 closes CVE-2026-0001; NoFixYet CVE-2026-0002", [Matched.Advisory("DSA-1", Matched.Fixed("curl", "8")) with { Cves = [Cve1] }, Matched.Advisory("X-1", Matched.Source("curl", FixState.NoFixYet, VersionRange.All)) with { Cves = [Cve1, Cve2] }] },
        // Not affected, says the vendor: nobody else says that there is none.
        { "", [Matched.Advisory("X-1", Matched.Source("curl", FixState.UnderInvestigation, VersionRange.All)) with { Cves = [Cve1] }, Matched.Advisory(Cve1, Matched.Source("curl", FixState.NotAffected))] },
        // A version outside of the ranges only follows from others: that is no denial.
        { "libcurl4 NoFixYet CVE-2026-0001", [Matched.Advisory("X-1", Matched.Source("curl", FixState.NoFixYet, VersionRange.All)) with { Cves = [Cve1] }, Matched.Advisory(Cve1, Matched.Source("curl", FixState.Fixed, new VersionRange("9", "10", null)))] },
        // A patch does not count what is denied, unless it closes nothing else.
        { "libcurl4 fix 8 closes CVE-2026-0002", [Matched.Advisory("DSA-1", Matched.Fixed("curl", "8")) with { Cves = [Cve1, Cve2] }, Matched.Advisory(Cve1, Matched.Source("curl", FixState.NotAffected))] },
        { "libcurl4 fix 8 closes CVE-2026-0001", [Matched.Advisory("DSA-1", Matched.Fixed("curl", "8")) with { Cves = [Cve1] }, Matched.Advisory(Cve1, Matched.Source("curl", FixState.NotAffected))] },
        // Support that has ended is said beside the patches that there still are.
        { "libcurl4 fix 8 closes CVE-2026-0001; SupportEnded list", [Matched.Advisory("DSA-1", Matched.Fixed("curl", "8")) with { Cves = [Cve1] }, Matched.Advisory("list", Matched.Source("curl", FixState.SupportEnded, VersionRange.All))] },
        // The best answer comes first, and one advisory says the same once.
        { "libcurl4 NoFixYet CVE-2026-0001 CVE-2026-0002; WillNotFix CVE-2026-0003", [
            Matched.Advisory("X-2", Matched.Source("curl", FixState.WillNotFix, VersionRange.All)) with { Cves = ["CVE-2026-0003"] },
            Matched.Advisory("X-1", Matched.Source("curl", FixState.NoFixYet, VersionRange.All) with { Cves = [Cve1] }, Matched.Source("curl", FixState.NoFixYet, VersionRange.All) with { Cves = [Cve2] })] },
        // An advisory that names no CVE is known by its id.
        { "libcurl4 fix 8 closes DSA-1", [Matched.Advisory("DSA-1", Matched.Fixed("curl", "8"))] },
        // What is said of some CVEs of an advisory is of no others.
        { "libcurl4 fix 8 closes CVE-2026-0002", [Matched.Advisory("X-1", Matched.Source("curl", FixState.NotAffected) with { Cves = [Cve1] }, Matched.Fixed("curl", "8") with { Cves = [Cve2] }) with { Cves = [Cve1, Cve2] }] },
    };

    [Theory]
    [MemberData(nameof(Together))]
    public void AdvisoriesTogetherMakeOneVerdict(string expected, Advisory[] advisories) =>
        Assert.Equal(expected, Matched.Text(Matched.Debian(Curl), advisories));

    // Of an attached host: what its more specific platform settles, the other one leaves open in vain; not the other way round.
    [Theory]
    [InlineData("Ubuntu:Pro:22.04", FixState.NotAffected, "Ubuntu:22.04", FixState.NoFixYet, "")]
    [InlineData("Ubuntu:Pro:22.04", FixState.Fixed, "Ubuntu:22.04", FixState.NoFixYet, "")]
    [InlineData("Ubuntu:22.04", FixState.Fixed, "Ubuntu:Pro:22.04", FixState.NoFixYet, "libcurl4 NoFixYet CVE-2026-0001")]
    [InlineData("Ubuntu:22.04", FixState.NotAffected, "Ubuntu:Pro:22.04", FixState.NoFixYet, "libcurl4 NoFixYet CVE-2026-0001")]
    [InlineData("Ubuntu:22.04", FixState.Fixed, "Ubuntu:22.04", FixState.NoFixYet, "libcurl4 NoFixYet CVE-2026-0001")]
    public void TheMoreSpecificPlatformCountsBeforeTheOther(string settledOn, FixState settled, string openOn, FixState open, string expected)
    {
        AffectedPackage On(string platform, FixState state) =>
            Matched.Source("curl", state, state switch { FixState.Fixed => [VersionRange.Before("1")], FixState.NotAffected => [], _ => [VersionRange.All] }) with { Platform = platform };
        Assert.Equal(expected, Matched.Text(
            Matched.Host("Ubuntu:Pro:22.04, Ubuntu:22.04", Curl), Matched.Advisory(Cve1, On(settledOn, settled)), Matched.Advisory("X-1", On(openOn, open)) with { Cves = [Cve1] }));
    }

    // FIPS builds are other packages of the same names; what the release itself fixes, or is not affected by, comes before.
    [Theory]
    [InlineData("Ubuntu:Pro:22.04", "8+esm1", "libcurl4 WillNotFix CVE-2026-0001 (no fix available without Ubuntu Pro, which has 8+esm1)")]
    [InlineData("Ubuntu:Pro:22.04", "8+fips1", "")]
    [InlineData("Ubuntu:Pro:FIPS:22.04", "8", "")]
    [InlineData("Ubuntu:Pro:20.04", "8+esm1", "")]
    public void AFixOfUbuntuProIsNoneForOthers(string platform, string fix, string expected)
    {
        var host = Matched.Host("Ubuntu:22.04, Ubuntu without Pro:22.04", Curl);
        var pro = Matched.Advisory("USN-1", Matched.Fixed("curl", fix) with { Platform = platform }) with { Cves = [Cve1] };
        Assert.Equal(expected, Matched.Text(host, pro));
        Assert.Equal("", Matched.Text(host, pro, Matched.Advisory(Cve1, Matched.Source("curl", FixState.NotAffected) with { Platform = "Ubuntu:22.04" })));
        Assert.Equal("libcurl4 fix 9 closes CVE-2026-0001", Matched.Text(host, pro, Matched.Advisory(Cve1, Matched.Fixed("curl", "9") with { Platform = "Ubuntu:22.04" })));
    }

    [Fact]
    public void AStatementWithoutAnOrderHasThatOfItsPlatform() =>
        Assert.Equal("libcurl4 fix 8 closes CVE-2026-0001", Matched.Text(Matched.Debian(Curl), Matched.Advisory(Cve1, Matched.Fixed("curl", "8") with { Scheme = VersionScheme.Unknown })));

    [Fact]
    public void APackageWithoutANameIsSkipped() =>
        Assert.Equal("", Matched.Text(Matched.Debian(Curl with { Name = "", Source = "" }), Matched.Advisory(Cve1, Matched.Fixed("", "8"))));

    private static string Explained(FixState state, string ranges, string installed)
    {
        var parts = ranges.Split(", ", StringSplitOptions.RemoveEmptyEntries);
        var affected = Matched.Source("curl", state, [.. parts.Where(p => p[0] != '=').Select(Range)]) with { Versions = [.. parts.Where(p => p[0] == '=').Select(p => p[1..])] };
        return Matched.Explained(Matched.Debian(Curl with { Version = installed, SourceVersion = installed }), Matched.Advisory(Cve1, affected));
    }

    private static VersionRange Range(string text)
    {
        var (from, to) = (text.Split("..")[0], text.Split("..")[1]);
        return to.EndsWith(']') ? new(Some(from), null, to[..^1]) : new(Some(from), Some(to), null);
    }

    private static string? Some(string text) => text.Length > 0 ? text : null;
}
