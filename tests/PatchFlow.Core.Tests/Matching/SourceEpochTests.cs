using PatchFlow.Core.Advisories;
using PatchFlow.Core.Matching;
using PatchFlow.Core.Tests.Advisories;

namespace PatchFlow.Core.Tests.Matching;

/// <summary>
/// Packages of rpm name the file of their source, which has no epoch, and may have one of their own that the source has not: mod_ssl 1:… of httpd,
/// perl-IO of perl 4:….
/// </summary>
public sealed class SourceEpochTests
{
    [Theory]
    [InlineData("mod_ssl", "1:2.4.57-5.el9", "httpd-2.4.57-5.el9.src.rpm", "0:2.4.57-8.el9_4", true)]
    [InlineData("mod_ssl", "1:2.4.57-8.el9_4", "httpd-2.4.57-8.el9_4.src.rpm", "0:2.4.57-8.el9_4", false)]
    [InlineData("mod_ssl", "1:2.4.57-5.el9", "httpd-2.4.57-5.el9.src.rpm", "2.4.57-8.el9_4", true)]
    [InlineData("perl-IO", "1.43-481.el9", "perl-5.32.1-481.el9.src.rpm", "4:5.32.1-480.el9", false)]
    [InlineData("perl-IO", "1.43-479.el9", "perl-5.32.1-479.el9.src.rpm", "4:5.32.1-480.el9", true)]
    [InlineData("perl-libs", "4:5.32.1-479.el9", "perl-5.32.1-479.el9.src.rpm", "4:5.32.1-480.el9", true)]
    [InlineData("perl-libs", "4:5.32.1-480.el9", "perl-5.32.1-480.el9.src.rpm", "4:5.32.1-480.el9", false)]
    [InlineData("bind-libs", "32:9.16.23-1.el9", "bind-9.16.23-1.el9.src.rpm", "32:9.16.23-18.el9", true)]
    [InlineData("bind-libs", "32:9.16.23-18.el9", "bind-9.16.23-18.el9.src.rpm", "12345:9.16.23-18.el9", false)]
    // The package that is named as its source has the source's epoch.
    [InlineData("podman", "1:1.0-9.el8", "podman-1.0-9.el8.src.rpm", "2:1.0-3.el8", true)]
    [InlineData("podman", "2:1.0-3.el8", "podman-1.0-3.el8.src.rpm", "1:1.0-9.el8", false)]
    public void WhereTheSourcesEpochIsNotKnownVersionsAreComparedWithoutEpochs(string name, string version, string source, string fix, bool open) =>
        Assert.Equal(open, Matched.Text(Rocky(HostPackage.OfRpm(name, version, "x86_64", source)), Fixed(source.Split('-')[0], fix)).Length > 0);

    // Another package of the same source says which epoch it has; one of another build says nothing.
    [Theory]
    [InlineData("podman", "2:4.0-1.el8", "podman-4.0-1.el8.src.rpm", "podman 2:4.0-1.el8 True")]
    [InlineData("podman", "2:4.0-2.el8", "podman-4.0-2.el8.src.rpm", "podman 4.0-1.el8 False")]
    [InlineData("podman-remote", "2:4.0-1.el8", "podman-4.0-1.el8.src.rpm", "podman 4.0-1.el8 False")]
    public void TheEpochIsThatOfThePackageThatIsNamedAsTheSource(string name, string version, string source, string expected)
    {
        var docker = HostPackage.WithEpochs([HostPackage.OfRpm("podman-docker", "9:4.0-1.el8", "noarch", "podman-4.0-1.el8.src.rpm"), HostPackage.OfRpm(name, version, "x86_64", source)]).First();
        Assert.Equal(expected, $"{docker.Source} {docker.SourceVersion} {docker.HasSourceEpoch}");
    }

    // podman's epochs rise with its versions; where they rose while versions went back, the package's own decides, or else whatever leaves it open.
    [Theory]
    [InlineData("podman-docker", "3:4.4.1-1.el8", "podman-4.4.1-1.el8", "0:1.6.4-2, 2:4.0.2-6, 4:4.9.4-1", "fix 4:4.9.4-1")]
    [InlineData("podman-docker", "0:4.9.4-1.el8", "podman-4.9.4-1.el8", "0:1.6.4-2, 2:4.0.2-6, 4:4.9.4-1", "")]
    [InlineData("podman-docker", "9:1.6.4-1.el8", "podman-1.6.4-1.el8", "0:1.6.4-2, 2:4.0.2-6, 4:4.9.4-1", "fix 4:4.9.4-1")]
    [InlineData("x-libs", "1.9-1", "x-1.9-1", "0:2.0-1, 1:1.5-1", "fix 1:1.5-1")]
    [InlineData("x-libs", "1:1.5-1", "x-1.5-1", "0:2.0-1, 1:1.5-1", "")]
    [InlineData("x-libs", "7:1.9-1", "x-1.9-1", "0:2.0-1, 1:1.5-1", "fix 1:1.5-1")]
    [InlineData("x-libs", "1.0-1", "x-1.0-1", "0:1.0-1, 4:1.0-1", "")]
    [InlineData("x-libs", "0.9-1", "x-0.9-1", "0:1.0-1, 4:1.0-1", "fix 4:1.0-1")]
    public void WhereAnEpochRoseInTheRelease(string name, string version, string source, string fixes, string expected)
    {
        var text = Matched.Text(Rocky(HostPackage.OfRpm(name, version, "x86_64", source + ".src.rpm")), fixes.Split(", ").Select(fix => Fixed(source.Split('-')[0], fix)));
        Assert.StartsWith(expected.Length == 0 ? "" : $"{name} {expected} closes ", text, StringComparison.Ordinal);
        Assert.Equal(expected.Length == 0, text.Length == 0);
    }

    // What is said of the package itself is compared with its own epoch, which is known.
    [Fact]
    public void ThePackagesOwnEpochCounts()
    {
        var host = Rocky(HostPackage.OfRpm("mod_ssl", "1:2.4.57-5.el9", "x86_64", "httpd-2.4.57-5.el9.src.rpm"));
        var own = new AffectedPackage { Platform = "Rocky Linux:9", Name = "mod_ssl", Scheme = VersionScheme.Rpm, Ranges = [VersionRange.Before("0:2.4.57-8.el9")] };
        Assert.Equal("", Matched.Text(host, Matched.Advisory("RLSA-1", own)));
        Assert.Equal("mod_ssl fix 1:2.4.57-8.el9 closes RLSA-1", Matched.Text(host, Matched.Advisory("RLSA-1", own with { Ranges = [VersionRange.Before("1:2.4.57-8.el9")] })));
    }

    // openEuler's advisories name no epochs, and its vim has 2, its bind 32: also the package that is named as its source is compared without.
    [Theory]
    [InlineData("vim", "2:9.0-32.oe2203sp3", "vim-9.0-32.oe2203sp3", true, "vim fix 9.0-33.oe2203sp3 closes CVE-2026-0001")]
    [InlineData("vim", "2:9.0-33.oe2203sp3", "vim-9.0-33.oe2203sp3", true, "")]
    [InlineData("vim-X11", "2:9.0-32.oe2203sp3", "vim-9.0-32.oe2203sp3", true, "vim-X11 fix 9.0-33.oe2203sp3 closes CVE-2026-0001")]
    [InlineData("vim-X11", "2:9.0-33.oe2203sp3", "vim-9.0-33.oe2203sp3", true, "")]
    [InlineData("vim", "2:9.0-32.oe2203sp3", "vim-9.0-32.oe2203sp3", false, "vim fix 9.0-33.oe2203sp3 closes CVE-2026-0001")]
    [InlineData("vim", "2:9.0-33.oe2203sp3", "vim-9.0-33.oe2203sp3", false, "")]
    public void WhatNamesNoEpochsIsComparedWithoutThem(string name, string version, string source, bool isSource, string expected)
    {
        var fix = new AffectedPackage { Platform = "openEuler:22.03-LTS-SP3", Name = "vim", IsSource = isSource, Scheme = VersionScheme.Rpm, Ranges = [VersionRange.Before("9.0-33.oe2203sp3")] };
        Assert.Equal(expected, Matched.Text(Matched.Host("openEuler:22.03-LTS-SP3, openEuler", HostPackage.OfRpm(name, version, "x86_64", source + ".src.rpm")), Matched.Advisory("CVE-2026-0001", fix)));
    }

    // Where an epoch is written it counts; and so it does for vendors that leave it out only where it is 0.
    [Theory]
    [InlineData("openEuler:22.03-LTS-SP3", "2:9.0-33", "1:9.1-1", "vim fix 2:9.0-33 closes CVE-2026-0001")]
    [InlineData("openEuler:22.03-LTS-SP3", "0:9.0-33", "1:8.0-1", "")]
    [InlineData("Fedora:40", "9.0-33", "2:9.0-32", "")]
    public void AnEpochThatIsNamedCounts(string platform, string fix, string installed, string expected) => Assert.Equal(expected, Matched.Text(
        Matched.Host(platform, HostPackage.OfRpm("vim", installed, "x86_64", $"vim-{installed.Split(':')[1]}.src.rpm")),
        Matched.Advisory("CVE-2026-0001", new AffectedPackage { Platform = platform, Name = "vim", Scheme = VersionScheme.Rpm, Ranges = [VersionRange.Before(fix)] })));

    // The vendor's own document: vim's epoch is 2.
    [Fact]
    public void OpenEulersDocumentsNameNoEpochs()
    {
        var said = Assert.Single(ReadFeed.Of("csaf/advisories/openeuler/csaf-openeuler-sa-2025-1351.json", Csaf.Read).Advisories);
        Assert.DoesNotContain(said.Affected.SelectMany(a => a.Ranges), r => r.Fixed?.Contains(':', StringComparison.Ordinal) == true);
        var host = Matched.Host("openEuler:22.03-LTS-SP3", HostPackage.OfRpm("vim-common", "2:9.0-32.oe2203sp3", "x86_64", "vim-9.0-32.oe2203sp3.src.rpm"));
        Assert.StartsWith("vim-common fix 9.0-33.oe2203sp3 closes CVE-2025-29768", Matched.Text(host, said), StringComparison.Ordinal);
    }

    private static HostPackages Rocky(HostPackage package) => Matched.Host("Rocky Linux:9", package);

    private static Advisory Fixed(string source, string fix) => Matched.Advisory(
        $"RLSA-{fix}", new AffectedPackage { Platform = "Rocky Linux:9", Name = source, IsSource = true, Scheme = VersionScheme.Rpm, Ranges = [VersionRange.Before(fix)] });
}
