using PatchFlow.Core.Advisories;
using PatchFlow.Core.Hosts;
using PatchFlow.Core.Matching;

namespace PatchFlow.Core.Tests.Matching;

/// <summary>Hosts' packages and platforms as matching sees them.</summary>
public sealed class HostPackageTests
{
    [Theory]
    [InlineData("openssl", "3.0.22-1~deb12u2", null, null, "openssl 3.0.22-1~deb12u2")]
    [InlineData("libc6", "2.36-9+deb12u7", "glibc", null, "glibc 2.36-9+deb12u7")]
    [InlineData("telnet", "0.17+2.4-2+deb12u3", "inetutils", "2:2.4-2+deb12u3", "inetutils 2:2.4-2+deb12u3")]
    [InlineData("linux-image-amd64", "6.1.192-2", "linux-signed-amd64", "6.1.192+2", "linux 6.1.192-2")]
    [InlineData("linux-image-6.12-arm64", "6.12.3-1", "linux-signed-6.12-arm64", "6.12.3+1", "linux-6.12 6.12.3-1")]
    public void TheSourceOfADpkgPackage(string name, string version, string? source, string? sourceVersion, string expected)
    {
        var package = HostPackage.OfDeb(name, version, "amd64", source, sourceVersion);
        Assert.Equal((name, version, expected), (package.Name, package.Version, $"{package.Source} {package.SourceVersion}"));
    }

    [Theory]
    [InlineData("bind-libs", "32:9.16.23-1.el9", "bind-9.16.23-1.el9.src.rpm", "bind 9.16.23-1.el9, whatever epoch")]
    [InlineData("bind", "32:9.16.23-1.el9", "bind-9.16.23-1.el9.src.rpm", "bind 32:9.16.23-1.el9")]
    [InlineData("perl-Errno", "1.30-480.el9", "perl-5.32.1-480.el9.src.rpm", "perl 5.32.1-480.el9, whatever epoch")]
    [InlineData("steam", "1.0-1", "steam-1.0-1.nosrc.rpm", "steam 1.0-1")]
    [InlineData("gpg-pubkey", "1234-5678", null, "gpg-pubkey 1234-5678")]
    [InlineData("odd", "1-1", "odd.src.rpm", "odd 1-1")]
    public void TheSourceOfAnRpmPackage(string name, string version, string? sourceRpm, string expected)
    {
        var package = HostPackage.OfRpm(name, version, "x86_64", sourceRpm, "m:1");
        Assert.Equal((expected, "m:1"), ($"{package.Source} {package.SourceVersion}{(package.HasSourceEpoch ? "" : ", whatever epoch")}", package.Module));
    }

    [Theory]
    [InlineData("libcrypto3", "openssl", "openssl 3.3.2-r1")]
    [InlineData("busybox", null, "busybox 3.3.2-r1")]
    public void TheOriginOfAnApkPackage(string name, string? origin, string expected) =>
        Assert.Equal(expected, HostPackage.OfApk(name, "3.3.2-r1", "x86_64", origin) is var package ? $"{package.Source} {package.SourceVersion}" : "");

    [Theory]
    [InlineData("debian", "12", "bookworm", "Debian:12", VersionScheme.Deb)]
    [InlineData("debian", "", "sid", "Debian:sid", VersionScheme.Deb)]
    [InlineData("ubuntu", "22.04", "jammy jammy-security jammy-updates", "Ubuntu:22.04, Ubuntu without Pro:22.04", VersionScheme.Deb)]
    [InlineData("ubuntu", "16.04", "xenial xenial-infra-security", "Ubuntu:Pro:16.04, Ubuntu:16.04", VersionScheme.Deb)]
    [InlineData("ubuntu", "22.04", "jammy jammy-apps-updates", "Ubuntu:Pro:22.04, Ubuntu:22.04", VersionScheme.Deb)]
    [InlineData("ubuntu", "20.04", "fips", "Ubuntu:20.04, Ubuntu without Pro:20.04", VersionScheme.Deb)]
    [InlineData("almalinux", "9.4", "", "AlmaLinux:9", VersionScheme.Rpm)]
    [InlineData("rocky", "8.10", "", "Rocky Linux:8", VersionScheme.Rpm)]
    [InlineData("rhel", "9.2", "", "Red Hat:9", VersionScheme.Rpm)]
    [InlineData("rhel", "9.2", "rhel-9-for-x86_64-baseos-eus-rpms rhel-9-for-x86_64-appstream-eus-rpms epel", "Red Hat:rhel_eus:9.2, Red Hat:9, EPEL:9", VersionScheme.Rpm)]
    [InlineData("rhel", "8.4", "rhel-8-for-x86_64-baseos-aus-rpms rhel-8-for-x86_64-appstream-tus-rpms", "Red Hat:rhel_aus:8.4, Red Hat:rhel_tus:8.4, Red Hat:8", VersionScheme.Rpm)]
    [InlineData("rhel", "9.0", "rhel-9-for-x86_64-sap-solutions-e4s-rhui-rpms", "Red Hat:rhel_e4s:9.0, Red Hat:9", VersionScheme.Rpm)]
    [InlineData("rhel", "7.6", "rhel-7-server-e4s-rpms", "Red Hat:rhel_e4s:7.6, Red Hat:7", VersionScheme.Rpm)]
    [InlineData("rhel", "9", "rhel-9-for-x86_64-baseos-eus-rpms", "Red Hat:9", VersionScheme.Rpm)]
    [InlineData("rhel", "9.2", "my-eus-rpms", "Red Hat:9", VersionScheme.Rpm)]
    [InlineData("mariner", "2.0.20240112", "", "Mariner:2, Azure Linux:2", VersionScheme.Rpm)]
    [InlineData("openeuler", "22.03-LTS-SP3", "", "openEuler:22.03-LTS-SP3", VersionScheme.Rpm)]
    [InlineData("ubuntu", "22.04", "jammy jammy-fips-updates", "Ubuntu:Pro:FIPS-updates:22.04, Ubuntu:Pro:22.04, Ubuntu:22.04", VersionScheme.Deb)]
    [InlineData("ubuntu", "20.04", "focal-fips", "Ubuntu:Pro:FIPS:20.04, Ubuntu:Pro:20.04, Ubuntu:20.04", VersionScheme.Deb)]
    [InlineData("ubuntu", "22.04", "jammy-fips-preview jammy-realtime", "Ubuntu:Pro:FIPS-preview:22.04, Ubuntu:Pro:Realtime:22.04, Ubuntu:Pro:22.04, Ubuntu:22.04", VersionScheme.Deb)]
    [InlineData("azurelinux", "3.0", "", "Azure Linux:3", VersionScheme.Rpm)]
    [InlineData("fedora", "42", "", "Fedora:42", VersionScheme.Rpm)]
    [InlineData("amzn", "2023", "", "Amazon Linux:2023", VersionScheme.Rpm)]
    [InlineData("opensuse-leap", "15.6", "", "openSUSE:Leap 15.6", VersionScheme.Rpm)]
    [InlineData("opensuse-tumbleweed", "20261101", "", "openSUSE:Tumbleweed", VersionScheme.Rpm)]
    [InlineData("sles", "12", "", "SUSE:Linux Enterprise Server 12", VersionScheme.Rpm)]
    [InlineData("sles", "15.5", "", "SUSE:Linux Enterprise Server 15 SP5, SUSE:Linux Enterprise Module for Basesystem 15 SP5", VersionScheme.Rpm)]
    [InlineData("sles", "12.5", "SLES12-SP5-LTSS-Updates", "SUSE:Linux Enterprise Server 12 SP5, SUSE:Linux Enterprise Server 12 SP5-LTSS", VersionScheme.Rpm)]
    [InlineData("sled", "16.0", "", "SUSE:Linux Enterprise Desktop 16.0", VersionScheme.Rpm)]
    [InlineData("sles_sap", "12.3", "", "SUSE:Linux Enterprise Server for SAP Applications 12 SP3, SUSE:Linux Enterprise Server 12 SP3", VersionScheme.Rpm)]
    [InlineData(
        "sles", "15.5", "Web:SLE-Module-Web-Scripting15-SP5-Updates SLE-Module-Python3-15-SP5-Pool SUSE-PackageHub-15-SP5 other",
        "SUSE:Linux Enterprise Server 15 SP5, SUSE:Linux Enterprise Module for Basesystem 15 SP5, SUSE:Linux Enterprise Module for Web and Scripting 15 SP5, SUSE:Linux Enterprise Module for Python 3 15 SP5, SUSE:Package Hub 15 SP5",
        VersionScheme.Rpm)]
    // As the vendor's registration names them; behind a proxy of his, in lower case.
    [InlineData("sles", "15.1", "Development_Tools_Module_15_SP1_x86_64:SLE-Module-DevTools15-SP1-Updates", "SUSE:Linux Enterprise Server 15 SP1, SUSE:Linux Enterprise Module for Basesystem 15 SP1, SUSE:Linux Enterprise Module for Development Tools 15 SP1", VersionScheme.Rpm)]
    [InlineData("sles", "15.4", "sle-module-server-applications15-sp4-updates-x86_64 sle-module-packagehub-subpackages15-sp4-pool", "SUSE:Linux Enterprise Server 15 SP4, SUSE:Linux Enterprise Module for Basesystem 15 SP4, SUSE:Linux Enterprise Module for Server Applications 15 SP4, SUSE:Linux Enterprise Module for Package Hub 15 SP4", VersionScheme.Rpm)]
    [InlineData("sles", "12.5", "SLE-Module-Public-Cloud12-Updates SUSE-PackageHub-12-SP5 SLE-SDK12-SP5-Updates SLE-Product-Unheard-Of12-SP5", "SUSE:Linux Enterprise Server 12 SP5, SUSE:Linux Enterprise Module for Public Cloud 12, SUSE:Package Hub 12 SP5, SUSE:Package Hub 12, SUSE:Linux Enterprise Software Development Kit 12 SP5", VersionScheme.Rpm)]
    [InlineData("sles", "15.5", "SLE-Product-HA15-SP5-Updates SLE-Module-Live-Patching15-SP5-Pool", "SUSE:Linux Enterprise Server 15 SP5, SUSE:Linux Enterprise Module for Basesystem 15 SP5, SUSE:Linux Enterprise High Availability Extension 15 SP5, SUSE:Linux Enterprise Module for Live Patching 15 SP5", VersionScheme.Rpm)]
    [InlineData("sle-micro", "5.5", "", "SUSE:Linux Enterprise Micro 5.5", VersionScheme.Rpm)]
    [InlineData("sl-micro", "6.0", "", "SUSE:Linux Micro 6.0", VersionScheme.Rpm)]
    [InlineData("ol", "9.4", "", "Oracle Linux:9", VersionScheme.Rpm)]
    [InlineData("centos", "9", "epel", "CentOS:9, EPEL:9", VersionScheme.Rpm)]
    [InlineData("mageia", "9", "", "Mageia:9", VersionScheme.Rpm)]
    [InlineData("photon", "5.0", "", "Photon OS:5.0", VersionScheme.Rpm)]
    [InlineData("minimos", "20250101", "", "MinimOS", VersionScheme.Apk)]
    [InlineData("alpaquita", "23", "", "Alpaquita:23", VersionScheme.Apk)]
    [InlineData("alpine", "3.20.3", "", "Alpine:3.20", VersionScheme.Apk)]
    [InlineData("alpine", "3.21.0_alpha20240807", "", "Alpine:edge", VersionScheme.Apk)]
    [InlineData("wolfi", "20230201", "", "Wolfi", VersionScheme.Apk)]
    [InlineData("chainguard", "20230214", "", "Chainguard", VersionScheme.Apk)]
    [InlineData("slackware", "15.0", "", "slackware:15.0", VersionScheme.Unknown)]
    public void TheReleasesOfDistributions(string id, string release, string suites, string expected, VersionScheme scheme)
    {
        var (platforms, order) = HostPlatforms.Of(id, release, suites.Split(' ').Select(s => new PackageSource("https://archive.example/", s)));
        Assert.Equal((expected, scheme), (string.Join(", ", platforms.Where(p => !Platforms.LacksRelease(p))), order));
    }

    // The suite of a service of Ubuntu Pro may be that of the release, and only the repository's folder says which it is.
    [Theory]
    [InlineData("https://pro.example/fips-updates/ubuntu", "Ubuntu:Pro:FIPS-updates:22.04, Ubuntu:Pro:22.04, Ubuntu:22.04")]
    [InlineData("https://pro.example/fips/ubuntu/", "Ubuntu:Pro:FIPS:22.04, Ubuntu:Pro:22.04, Ubuntu:22.04")]
    [InlineData("https://archive.example/ubuntu", "Ubuntu:22.04, Ubuntu without Pro:22.04")]
    public void AServiceOfUbuntuProIsToldByItsRepository(string address, string expected) =>
        Assert.Equal(expected, string.Join(", ", HostPlatforms.Of("ubuntu", "22.04", [new PackageSource(address, "jammy")]).Platforms.Where(p => p != "Ubuntu")));

    [Theory]
    [InlineData("22.03", "22.03LTS_SP3-57.oe2203sp3", "22.03-LTS-SP3")]
    [InlineData("22.03", "22.03LTS-52.oe2203", "22.03-LTS")]
    [InlineData("20.03", "20.03LTS_SP1-38.oe1", "20.03-LTS-SP1")]
    [InlineData("22.03", "24.03LTS-1", "22.03")]
    [InlineData("23.09", "23.09-1.oe2309", "23.09")]
    [InlineData("22.03-LTS-SP3", "22.03LTS_SP3-57.oe2203sp3", "22.03-LTS-SP3")]
    [InlineData("22.03", null, "22.03")]
    public void OpenEulersServicePackIsInItsPackage(string release, string? package, string expected) => Assert.Equal(expected, HostPlatforms.OfOpenEuler(release, package));

    [Theory]
    [InlineData("SUSE:Linux Enterprise Server 15 SP5", false)]
    [InlineData("SUSE:Linux Enterprise Module for Basesystem 15 SP5", false)]
    [InlineData("SUSE:Linux Enterprise Module for Legacy 15 SP5", true)]
    [InlineData("SUSE:Linux Enterprise Server 12 SP5-LTSS", true)]
    [InlineData("SUSE:Package Hub 15 SP5", true)]
    [InlineData("SUSE:Linux Enterprise Software Development Kit 12 SP5", true)]
    [InlineData("EPEL:9", true)]
    [InlineData("CentOS:9", false)]
    [InlineData("CentOS", true)]
    [InlineData("Wolfi", false)]
    public void WhatIsSaidOfAnAdditionSaysNothingOfTheHost(string platform, bool isAddition) => Assert.Equal(isAddition, HostPlatforms.IsAddition(platform));

    // Two of one family are installed beside each other, and which of them runs is not told.
    [Theory]
    [InlineData("linux-image-6.1.0-18-amd64", "linux-image-6.1.0-26-amd64", true)]
    [InlineData("linux-modules-extra-6.8.0-45-generic", "linux-modules-extra-6.8.0-51-generic", true)]
    [InlineData("linux-headers-6.1.0-18-common", "linux-headers-6.1.0-26-common", true)]
    [InlineData("linux-image-6.1.0-18-amd64", "linux-image-6.1.0-26-rt-amd64", false)]
    [InlineData("linux-image-6.1.0-18-amd64", "linux-headers-6.1.0-26-amd64", false)]
    [InlineData("linux-image-amd64", "linux-image-6.1.0-26-amd64", false)]
    [InlineData("libfoo-1-dev", "libfoo-2-dev", false)]
    public void KernelsOfDpkgAreOfOneFamily(string older, string newer, bool isFamily)
    {
        var set = new PackageSets(new NameTable()).Of(Matched.Debian(new HostPackage(older, "1", "amd64", older, "1"), new HostPackage(newer, "2", "amd64", newer, "2")));
        var at = set.Packages.IndexOf(set.Packages.First(p => p.Package.Name == older));
        Assert.Equal((isFamily ? PackageStanding.PerhapsRunning : PackageStanding.Current, PackageStanding.Current), (set.StandingOf(at), set.StandingOf(1 - at)));
    }
}
