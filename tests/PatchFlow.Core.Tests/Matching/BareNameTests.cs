using PatchFlow.Core.Advisories;
using PatchFlow.Core.Matching;

namespace PatchFlow.Core.Tests.Matching;

/// <summary>What is said of a vendor's packages without a release reaches hosts of each, and never stands in the way of what is said of their own.</summary>
public sealed class BareNameTests
{
    private const string Cve1 = "CVE-2026-0001";
    private const string Cve2 = "CVE-2026-0002";
    private static readonly HostPackage Curl = new("curl", "1.9-1", "amd64", "curl", "1.9-1");

    [Theory]
    [InlineData("debian", "12", "", "Debian:12, Debian")]
    [InlineData("ubuntu", "22.04", "", "Ubuntu:22.04, Ubuntu without Pro:22.04, Ubuntu")]
    [InlineData("mariner", "2.0", "", "Mariner:2, Azure Linux:2, Mariner, Azure Linux")]
    [InlineData("almalinux", "9.4", "epel", "AlmaLinux:9, EPEL:9, AlmaLinux, EPEL")]
    [InlineData("opensuse-tumbleweed", "20260101", "", "openSUSE:Tumbleweed, openSUSE")]
    [InlineData("sles", "16.0", "", "SUSE:Linux Enterprise Server 16.0, SUSE")]
    [InlineData("alpine", "3.20.3", "", "Alpine:3.20, Alpine")]
    [InlineData("wolfi", "20230201", "", "Wolfi")]
    [InlineData("slackware", "15.0", "", "slackware:15.0")]
    public void TheNamesWithoutAReleaseAreTheLast(string id, string release, string suite, string expected) =>
        Assert.Equal(expected, string.Join(", ", HostPlatforms.Of(id, release, [new("https://archive.example/", suite)]).Platforms));

    // By the order of dpkg: 1.9 is before 1.10, and 2.0~rc1 before 2.0.
    [Theory]
    [InlineData("1.9-1", "curl fix 1.10-1 closes CVE-2026-0001")]
    [InlineData("1.10~rc1-1", "curl fix 1.10-1 closes CVE-2026-0001")]
    [InlineData("1.10-1", "")]
    public void ItIsComparedAsTheVendorDoes(string installed, string expected) =>
        Assert.Equal(expected, Text([Said("Debian", "1.10-1", Cve1)], installed));

    // What the release says of a vulnerability stands in place of it, whatever that is, and of others the bare name speaks.
    [Theory]
    [InlineData("1.5-1", "curl fix 1.10-1 closes CVE-2026-0002")]
    [InlineData("1.9-2", "curl fix 1.10-1 closes CVE-2026-0002 CVE-2026-0001")]
    public void TheReleaseSpeaksForItself(string fixedIn, string expected) =>
        Assert.Equal(expected, Text([Said("Debian:12", fixedIn, Cve1), Said("Debian", "1.10-1", Cve1, Cve2)]));

    // A fix of another release is none here, and what it mends there stays open.
    [Theory]
    [InlineData(FixState.NoFixYet, "1.10-1", "curl NoFixYet CVE-2026-0001")]
    [InlineData(FixState.WillNotFix, "1.10-1", "curl WillNotFix CVE-2026-0001")]
    [InlineData(FixState.NoFixYet, "1.8-1", "curl NoFixYet CVE-2026-0001")]
    [InlineData(FixState.NotAffected, "1.10-1", "")]
    public void AFixOfNoReleaseClosesNothingThatTheReleaseLeavesOpen(FixState state, string fixedIn, string expected) =>
        Assert.Equal(expected, Text([On("Debian:12", state, Cve1), Said("Debian", fixedIn, Cve1)]));

    [Theory]
    [InlineData(FixState.NoFixYet, "curl NoFixYet CVE-2026-0001 CVE-2026-0002")]
    [InlineData(FixState.UnderInvestigation, "curl UnderInvestigation CVE-2026-0001 CVE-2026-0002")]
    public void ADenialOfNoReleaseDeniesNothingOfTheRelease(FixState state, string expected) =>
        Assert.Equal(expected, Text([On("Debian:12", state, Cve1, Cve2), On("Debian", FixState.NotAffected, Cve1)]));

    // Nor what the release's fix closes: the row would vanish.
    [Fact]
    public void ADenialOfNoReleaseTakesNothingFromAFix() =>
        Assert.Equal("curl fix 1.9-2 closes CVE-2026-0001 CVE-2026-0002", Text([Said("Debian:12", "1.9-2", Cve1, Cve2), On("Debian", FixState.NotAffected, Cve1)]));

    [Fact]
    public void OfTwoThatNameNoReleaseADenialCountsAsEver() =>
        Assert.Equal("", Text([On("Debian", FixState.NoFixYet, Cve1), On("Debian", FixState.NotAffected, Cve1)]));

    // A denial on a less specific platform takes nothing from what a more specific one mends.
    [Theory]
    [InlineData("Ubuntu:Pro:22.04", "Ubuntu:22.04", "curl fix 2-1 closes CVE-2026-0001 CVE-2026-0002")]
    [InlineData("Ubuntu:22.04", "Ubuntu:Pro:22.04", "curl fix 2-1 closes CVE-2026-0002")]
    public void ADenialTakesFromFixesOfPlatformsThatAreNoMoreSpecific(string mended, string denied, string expected) => Assert.Equal(
        expected, Matched.Text(Matched.Host("Ubuntu:Pro:22.04, Ubuntu:22.04", Curl), Said(mended, "2-1", Cve1, Cve2), On(denied, FixState.NotAffected, Cve1)));

    private static string Text(IEnumerable<Advisory> advisories, string installed = "1.9-1") =>
        Matched.Text(Matched.Host("Debian:12, Debian", Curl with { Version = installed, SourceVersion = installed }), advisories);

    private static Advisory Said(string platform, string fixedIn, params string[] cves) => Matched.Advisory(platform, Matched.Fixed("curl", fixedIn) with { Platform = platform }) with { Cves = [.. cves] };

    private static Advisory On(string platform, FixState state, params string[] cves) =>
        Matched.Advisory(platform, Matched.Source("curl", state, state == FixState.NotAffected ? [] : [VersionRange.All]) with { Platform = platform }) with { Cves = [.. cves] };
}
