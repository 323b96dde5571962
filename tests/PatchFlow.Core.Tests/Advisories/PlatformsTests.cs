using PatchFlow.Core.Advisories;

namespace PatchFlow.Core.Tests.Advisories;

public sealed class PlatformsTests
{
    [Theory]
    [InlineData("Debian:12", "Debian:12")]
    [InlineData("Debian:3.0", "Debian:3.0")]
    [InlineData("Debian:sid", "Debian:sid")]
    [InlineData("Debian:bookworm", "Debian:12")]
    [InlineData("Ubuntu:22.04:LTS", "Ubuntu:22.04")]
    [InlineData("Ubuntu:25.10", "Ubuntu:25.10")]
    [InlineData("Ubuntu:Pro:16.04:LTS", "Ubuntu:Pro:16.04")]
    [InlineData("Ubuntu:Pro:FIPS-updates:22.04:LTS", "Ubuntu:Pro:FIPS-updates:22.04")]
    [InlineData("Alpine:v3.16", "Alpine:3.16")]
    [InlineData("Alpine:edge", "Alpine:edge")]
    [InlineData("AlmaLinux:9", "AlmaLinux:9")]
    [InlineData("Rocky Linux:8", "Rocky Linux:8")]
    [InlineData("Red Hat:rhel_eus:9.2::appstream", "Red Hat:rhel_eus:9.2")]
    [InlineData("Red Hat:enterprise_linux:9::baseos", "Red Hat:9")]
    [InlineData("Red Hat:enterprise_linux:10.1", "Red Hat:10")]
    [InlineData("Red Hat:enterprise_linux:10.0::appstream", "Red Hat:10")]
    [InlineData("SUSE:Package Hub 12", "SUSE:Package Hub 12")]
    [InlineData("openEuler:20.03-LTS-SP1", "openEuler:20.03-LTS-SP1")]
    [InlineData("Wolfi", "Wolfi")]
    [InlineData("npm", "npm")]
    [InlineData("Debian:", "Debian")]
    public void AnEcosystemIsReducedToWhatAHostKnowsOfItself(string ecosystem, string platform) => Assert.Equal(platform, Platforms.OfEcosystem(ecosystem));

    [Theory]
    [InlineData("bookworm", "Debian:12")]
    [InlineData("bookworm-security", "Debian:12")]
    [InlineData("bullseye-updates", "Debian:11")]
    [InlineData("bookworm-backports", "Debian:bookworm-backports")]
    [InlineData("woody", "Debian:3.0")]
    [InlineData("sid", "Debian:sid")]
    [InlineData("12", "Debian:12")]
    [InlineData("a-later-one", "Debian:a-later-one")]
    public void ADebianCodenameIsItsRelease(string codename, string platform) => Assert.Equal(platform, Platforms.OfDebian(codename));

    [Theory]
    [InlineData("jammy", "Ubuntu:22.04")]
    [InlineData("warty", "Ubuntu:4.10")]
    [InlineData("esm-infra/xenial", "Ubuntu:Pro:16.04")]
    [InlineData("esm-infra-legacy/trusty", "Ubuntu:Pro:14.04")]
    [InlineData("esm-apps/noble", "Ubuntu:Pro:24.04")]
    public void AnUbuntuCodenameIsItsRelease(string codename, string platform) => Assert.Equal(platform, Platforms.OfUbuntu(codename));

    [Fact]
    public void EveryRegisteredEcosystemKeepsItsName()
    {
        using var ecosystems = System.Text.Json.JsonDocument.Parse(Corpus.Open("osv/schema/ecosystems.json"));
        foreach (var ecosystem in ecosystems.RootElement.EnumerateObject())
        {
            Assert.StartsWith(ecosystem.Name, Platforms.OfEcosystem($"{ecosystem.Name}:1"), StringComparison.Ordinal);
        }
    }
}
