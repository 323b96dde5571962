using PatchFlow.Core.Advisories;
using PatchFlow.Core.Matching;

namespace PatchFlow.Core.Tests.Matching;

/// <summary>Hosts of a variant of a release: what it says of a vulnerability stands in place of what the release says, and the release speaks of all others.</summary>
public sealed class VariantTests
{
    private const string Eus = "Red Hat:rhel_eus:9.2";
    private const string Main = "Red Hat:9";
    private const string Cve1 = "CVE-2026-0001";
    private const string Cve2 = "CVE-2026-0002";

    // podman 2:4.4.1-20.el9_2 is installed: -21.el9_2 mends it there, and 4.9.4 in 9.4, which a host of 9.2 never gets.
    [Theory]
    [InlineData("2:4.4.1-20.el9_2", "podman fix 2:4.4.1-21.el9_2 closes CVE-2026-0001")]
    [InlineData("2:4.4.1-21.el9_2", "")]
    public void WhatTheVariantMendsTheReleaseMendsInVain(string installed, string expected) =>
        Assert.Equal(expected, Text(installed, Of("RHSA-1", Eus, Fixed("2:4.4.1-21.el9_2"), Cve1), Of("RHSA-2", Main, Fixed("4:4.9.4-16.el9_4"), Cve1)));

    // In one document, as VEX has it.
    [Fact]
    public void ADocumentMaySpeakOfBoth() => Assert.Equal("", Text("2:4.4.1-21.el9_2", Matched.Advisory(
        Cve1, Package(Eus, Fixed("2:4.4.1-21.el9_2")), Package(Main, Fixed("4:4.9.4-16.el9_4")))));

    [Theory]
    [InlineData("2:4.4.1-21.el9_2", "podman fix 4:4.9.4-16.el9_4 closes CVE-2026-0002")]
    [InlineData("2:4.4.1-20.el9_2", "podman fix 4:4.9.4-16.el9_4 closes CVE-2026-0002 CVE-2026-0001")]
    public void OfOtherVulnerabilitiesTheReleaseSpeaks(string installed, string expected) =>
        Assert.Equal(expected, Text(installed, Of("RHSA-1", Eus, Fixed("2:4.4.1-21.el9_2"), Cve1), Of("RHSA-2", Main, Fixed("4:4.9.4-16.el9_4"), Cve1, Cve2)));

    [Fact]
    public void WhatTheVariantDoesNotMendIsNotMendedByTheRelease() =>
        Assert.Equal(
            "podman WillNotFix CVE-2026-0001",
            Text("2:4.4.1-20.el9_2", Of("RHSA-1", Eus, (FixState.WillNotFix, [VersionRange.All]), Cve1), Of("RHSA-2", Main, Fixed("4:4.9.4-16.el9_4"), Cve1)));

    [Fact]
    public void WhatIsOpenInTheReleaseAloneIsOpen() =>
        Assert.Equal("podman NoFixYet CVE-2026-0002", Text("2:4.4.1-21.el9_2", Of("RHSA-1", Eus, Fixed("2:4.4.1-21.el9_2"), Cve1), Of("X-1", Main, (FixState.NoFixYet, [VersionRange.All]), Cve1, Cve2)));

    // Platforms that are none of a release's variants stand beside each other, or build on each other.
    [Theory]
    [InlineData("Ubuntu:Pro:22.04", false)]
    [InlineData("Ubuntu:Pro:FIPS-updates:22.04", true)]
    [InlineData("Ubuntu:22.04", false)]
    [InlineData("Red Hat:9", false)]
    [InlineData("Red Hat:rhel_aus:8.4", true)]
    [InlineData("Amazon Linux:2:Kernel-5.15", false)]
    [InlineData("SUSE:Linux Enterprise Server 12 SP5-LTSS", false)]
    public void VariantsHaveOtherBuildsOfTheSame(string platform, bool isVariant) => Assert.Equal(isVariant, HostPlatforms.IsVariant(platform));

    private static string Text(string installed, params IEnumerable<Advisory> advisories) =>
        Matched.Text(Matched.Host($"{Eus}, {Main}", HostPackage.OfRpm("podman", installed, "x86_64", $"podman-{installed.Split(':')[^1]}.src.rpm")), advisories);

    private static (FixState State, VersionRange[] Ranges) Fixed(string version) => (FixState.Fixed, [VersionRange.Before(version)]);

    private static Advisory Of(string id, string platform, (FixState State, VersionRange[] Ranges) said, params string[] cves) =>
        Matched.Advisory(id, Package(platform, said)) with { Cves = [.. cves] };

    private static AffectedPackage Package(string platform, (FixState State, VersionRange[] Ranges) said) =>
        new() { Platform = platform, Name = "podman", Scheme = VersionScheme.Rpm, State = said.State, Ranges = [.. said.Ranges] };
}
