using PatchFlow.Core.Advisories;
using PatchFlow.Core.Matching;

namespace PatchFlow.Core.Tests.Matching;

/// <summary>Vendors' real documents against packages that hosts have: the facts of the corpus that matching must get right.</summary>
public sealed class MatchingFactTests
{
    // Release scoping: what is fixed in bullseye says nothing of buster. The binary package has another name than the advisory, and epochs count.
    [Theory]
    [InlineData("Debian:11", "libssl1.1 1.1.1n-0+deb11u3 openssl", "fix 1.1.1n-0+deb11u4 closes CVE-2022-2097 CVE-2022-4304 CVE-2022-4450 CVE-2023-0215 CVE-2023-0286")]
    [InlineData("Debian:11", "libssl1.1 1.1.1n-0+deb11u4 openssl", "")]
    [InlineData("Debian:10", "libssl1.1 1.1.1n-0+deb10u3 openssl", "")]
    [InlineData("Debian:10", "libssl1.1 1.1.1n-0+deb10u2 openssl", "fix 1.1.1n-0+deb10u3 closes CVE-2022-2068")]
    [InlineData("Debian:11", "xserver-common 2:1.20.11-1+deb11u5 xorg-server", "fix 2:1.20.11-1+deb11u6 closes CVE-2023-1393")]
    [InlineData("Debian:11", "xserver-common 1.20.11-1+deb11u9 xorg-server", "CVE-2023-1393")]
    [InlineData("Debian:11", "openssl 1.1.1n-0+deb11u3 other", "")]
    public void DebiansListOfAdvisories(string platform, string package, string expected) =>
        Check("debian/security-tracker/DSA-list", DebianSecurityList.Read, platform, package, expected);

    // Version 0 is never affected, also where the installed version is older than any; nodsa is an answer for its release alone.
    [Theory]
    [InlineData("Debian:11", "389-ds-base 1.4.4.11-2", "WillNotFix CVE-2016-5416 (ignored: Minor issue)")]
    [InlineData("Debian:sid", "389-ds-base 1.4.4.11-2", "NoFixYet CVE-2016-5416")]
    [InlineData("Debian:11", "389-ds-base 1.3.5.14-1", "fix 1.3.5.15-1 closes CVE-2016-5405; WillNotFix CVE-2016-5416 (ignored: Minor issue)")]
    [InlineData("Debian:12", "389-ds-base 1.3.5.14-1", "")]
    [InlineData("Debian:11", "wordpress 5.0+dfsg1-0", "")]
    public void DebiansTracker(string platform, string package, string expected) =>
        Check("debian/tracker-json/tracker-excerpt-1.json", DebianTracker.Read, platform, package, expected);

    // ESM is for hosts attached to Pro alone; others are told that there is no fix for them.
    [Theory]
    [InlineData("ubuntu/osv/cve/2021/UBUNTU-CVE-2021-3782.json", "Ubuntu:16.04, Ubuntu without Pro:16.04", "libwayland-client0 1.12.0-1~ubuntu16.04.3 wayland", "WillNotFix CVE-2021-3782 (no fix available without Ubuntu Pro, which has 1.12.0-1~ubuntu16.04.3+esm1)")]
    [InlineData("ubuntu/osv/cve/2021/UBUNTU-CVE-2021-3782.json", "Ubuntu:16.04, Ubuntu without Pro:16.04", "libwayland-client0 1.12.0-1~ubuntu16.04.3+esm1 wayland", "")]
    [InlineData("ubuntu/osv/cve/2021/UBUNTU-CVE-2021-3782.json", "Ubuntu:18.04, Ubuntu without Pro:18.04", "libwayland-client0 1.16.0-1ubuntu1.1~18.04.3 wayland", "fix 1.16.0-1ubuntu1.1~18.04.4 closes CVE-2021-3782")]
    [InlineData("ubuntu/osv/cve/2021/UBUNTU-CVE-2021-3782.json", "Ubuntu:16.04", "libwayland-client0 1.12.0-1~ubuntu16.04.3 wayland", "")]
    [InlineData("ubuntu/osv/cve/2021/UBUNTU-CVE-2021-3782.json", "Ubuntu:Pro:16.04, Ubuntu:16.04", "libwayland-client0 1.12.0-1~ubuntu16.04.3 wayland", "fix 1.12.0-1~ubuntu16.04.3+esm1 closes CVE-2021-3782")]
    [InlineData("ubuntu/osv/cve/2021/UBUNTU-CVE-2021-3782.json", "Ubuntu:Pro:16.04, Ubuntu:16.04", "libwayland-client0 1.12.0-1~ubuntu16.04.3+esm1 wayland", "")]
    [InlineData("ubuntu/osv/cve/2021/UBUNTU-CVE-2021-3782.json", "Ubuntu:18.04", "libwayland-client0 1.16.0-1ubuntu1.1~18.04.3 wayland", "fix 1.16.0-1ubuntu1.1~18.04.4 closes CVE-2021-3782")]
    [InlineData("ubuntu/osv/cve/2021/UBUNTU-CVE-2021-3782.json", "Ubuntu:20.04", "libwayland-client0 1.18.0-1 wayland", "fix 1.18.0-1ubuntu0.1 closes CVE-2021-3782")]
    [InlineData("ubuntu/osv/cve/2021/UBUNTU-CVE-2021-3782.json", "Ubuntu:22.04", "libwayland-client0 1.20.0-1ubuntu0.1 wayland", "")]
    [InlineData("ubuntu/osv/cve/2026/UBUNTU-CVE-2026-1403.json", "Ubuntu:16.04", "gitlab 8.5.8+dfsg-5", "NoFixYet CVE-2026-1403")]
    [InlineData("ubuntu/osv/cve/2014/UBUNTU-CVE-2014-2901.json", "Ubuntu:Pro:16.04", "libwolfssl0 3.4.8+dfsg-1 wolfssl", "")]
    public void UbuntusRecords(string file, string platforms, string package, string expected) => Check(file, Osv, platforms, package, expected);

    [Theory]
    [InlineData("osv/almalinux/almalinux10/ALSA-2025:15701.json", "AlmaLinux:10", "cups-filesystem 1:2.4.10-11.el10", "fix 1:2.4.10-11.el10_0.1 closes CVE-2025-58364 CVE-2025-58060")]
    [InlineData("osv/almalinux/almalinux10/ALSA-2025:15701.json", "AlmaLinux:10", "cups-filesystem 2.4.10-99.el10", "fix 1:2.4.10-11.el10_0.1 closes CVE-2025-58364 CVE-2025-58060")]
    [InlineData("osv/almalinux/almalinux10/ALSA-2025:15701.json", "AlmaLinux:10", "cups-filesystem 1:2.4.10-11.el10_0.1", "")]
    [InlineData("osv/almalinux/almalinux10/ALSA-2025:15701.json", "AlmaLinux:9", "cups-filesystem 1:2.3.3-1.el9", "")]
    [InlineData("osv/almalinux/almalinux8/ALSA-2021:3057.json", "AlmaLinux:8", "kernel-tools-libs-devel 4.18.0-305.10.2.el8_4 kernel", "4.18.0-305.12.1.el8_4")]
    [InlineData("osv/almalinux/almalinux8/ALSA-2021:3057.json", "AlmaLinux:8", "kernel-core 4.18.0-305.10.2.el8_4 kernel", "")]
    [InlineData("osv/redhat/RHSA-2024_8709.json", "Red Hat:rhel_eus:9.2", "podman 2:4.4.1-20.el9_2", "fix 2:4.4.1-21.el9_2")]
    [InlineData("osv/redhat/RHSA-2024_8709.json", "Red Hat:9", "podman 2:4.4.1-20.el9_2", "")]
    [InlineData("osv/rocky/RLSA-2023_0005.json", "Rocky Linux:9", "bcel 6.4.1-8.el9", "fix 0:6.4.1-9.el9_1 closes CVE-2022-42920")]
    [InlineData("osv/rocky/RLSA-2023_0005.json", "Rocky Linux:9", "bcel 6.4.1-9.el9_1", "")]
    [InlineData("osv/suse/SUSE-SU-2015_0011-2.json", "SUSE:Linux Enterprise Server 12", "bind 9.9.5P1-7.1", "")]
    [InlineData("osv/openeuler/OESA-2021-1001.json", "openEuler:20.03-LTS", "openjpeg2 2.3.1-2.oe1", "")]
    public void RecordsOnPackagesOfRpm(string file, string platform, string package, string expected) => Check(file, Osv, platform, package, expected);

    // The package's own name, and any other that was built from it.
    [Theory]
    [InlineData("Alpine:3.21", "wget 1.24.5-r0", "fix 1.25.0-r0 closes CVE-2024-10524")]
    [InlineData("Alpine:3.21", "wget-doc 1.24.5-r0 wget", "fix 1.25.0-r0 closes CVE-2024-10524")]
    [InlineData("Alpine:3.21", "wget 1.25.0-r0", "")]
    [InlineData("Alpine:3.20", "wget 1.24.5-r0", "")]
    public void AlpinesRecord(string platform, string package, string expected) => Check("osv/alpine/CVE-2024-10524.json", Osv, platform, package, expected);

    [Theory]
    [InlineData("2.4.27-r0", "fix 2.4.35-r0 closes CVE-2018-11763 CVE-2017-9798")]
    [InlineData("2.4.27-r1", "fix 2.4.35-r0 closes CVE-2018-11763")]
    [InlineData("2.4.35_rc1-r0", "fix 2.4.35-r0 closes CVE-2018-11763")]
    [InlineData("2.4.35-r0", "")]
    public void AlpinesDatabase(string version, string expected) =>
        Check("alpine/secdb/v3.16/main.json", AlpineSecdb.Read, "Alpine:3.16", $"apache2-utils {version} apache2", expected);

    // A withdrawn record, versions that are listed beside a range without an order, and last_affected.
    [Theory]
    [InlineData("osv/conformance/linter-PYSEC-2023-74.json", "PyPI", "requests 2.30.0", "fix unknown closes CVE-2023-32681")]
    [InlineData("osv/conformance/linter-PYSEC-2023-74.json", "PyPI", "requests 2.31.0", "Undetermined CVE-2023-32681 (the versions can't be compared)")]
    [InlineData("osv/conformance/linter-GO-2024-2963.json", "Go", "stdlib 1.21.0", "fix 1.21.12")]
    [InlineData("osv/conformance/linter-GO-2024-2963.json", "Go", "stdlib 1.21.12", "")]
    [InlineData("osv/conformance/linter-GO-2024-2963.json", "Go", "stdlib 1.22.0-0", "fix 1.22.5")]
    public void RecordsOfLanguages(string file, string platform, string package, string expected) => Check(file, Osv, platform, package, expected);

    [Fact]
    public void AWithdrawnRecordMatchesNothing()
    {
        var withdrawn = Assert.Single(Read("osv/conformance/ghsa-withdrawn.osv.json", Osv));
        var affected = Assert.Single(withdrawn.Affected);
        var host = Matched.Host(affected.Platform, new HostPackage(affected.Name, affected.Ranges[0].Introduced ?? "0.0.1", "all", affected.Name, affected.Ranges[0].Introduced ?? "0.0.1"));
        Assert.Equal("", Matched.Text(host, withdrawn));
        Assert.NotEqual("", Matched.Text(host, withdrawn with { Withdrawn = null }));
    }

    // A module's fix is for hosts with its stream; SUSE's "recommended" is a fix; Azure's "<", twice for one package; a product without a package says nothing.
    [Theory]
    [InlineData("csaf/advisories/redhat/rhsa-2023_3821.json", "ruby:2.7", "ruby 2.7.6-138.module+el8.6.0+14869+b5f2e2d5", "fix 2.7.8-139.module+el8.8.0+18745+f1bef313")]
    [InlineData("csaf/advisories/redhat/rhsa-2023_3821.json", "ruby:3.0", "ruby 2.7.6-138.module+el8.6.0+14869+b5f2e2d5", "")]
    [InlineData("csaf/advisories/redhat/rhsa-2023_3821.json", "ruby:2.7", "ruby 2.7.8-139.module+el8.8.0+18745+f1bef313", "")]
    [InlineData("csaf/advisories/suse/opensuse-su-2016_1623-1.json", "", "chromium 50.0-1.1", "fix 51.0.2704.103-85.3")]
    [InlineData("csaf/vex/microsoft/msrc_cve-2025-25186.json", "", "ruby 3.3.5-1", "fix 3.3.5-3 closes CVE-2025-25186")]
    [InlineData("csaf/vex/microsoft/msrc_cve-2025-25186.json", "", "ruby 3.3.5-2", "fix 3.3.5-3 closes CVE-2025-25186")]
    [InlineData("csaf/vex/microsoft/msrc_cve-2025-25186.json", "", "ruby 3.3.5-3", "")]
    public void DocumentsOfCsaf(string file, string module, string package, string expected)
    {
        var advisories = Read(file, Csaf.Read);
        var name = package.Split(' ')[0];
        var affected = advisories.SelectMany(a => a.Affected).First(a => a.Name == name && a.State == FixState.Fixed);
        var host = Matched.Host(affected.Platform, Parsed(package) with { Arch = affected.Arch ?? "x86_64" }) with { Scheme = affected.Scheme, Modules = [module] };
        Assert.Equal(expected, Matched.Text(host, advisories)[expected.Length > 0 ? (name.Length + 1).. : ..].Split(expected.Contains("closes") || expected.Length == 0 ? "\0" : " closes")[0]);
    }

    [Theory]
    [InlineData("csaf/advisories/siemens/ssa-426509.json")]
    [InlineData("csaf/advisories/ox/oxdc-adv-2024-0003.json")]
    [InlineData("csaf/advisories/cisco/cisco-sa-ios-xr-verii-bypass-HhPwQRvx.json")]
    [InlineData("csaf/advisories/cert-bund/wid-sec-w-2025-0001.json")]
    [InlineData("csaf/vex/suse/cve-1999-0003.json")]
    public void ProductsWithoutAPackageAreNotMatched(string file)
    {
        var advisories = Read(file, Csaf.Read);
        Assert.Equal(0, AdvisoryIndex.Of(new NameTable(), Matched.Keyed(advisories)).Count);
    }

    [Theory]
    [InlineData("libwolfssl35 5.5.4-2+deb12u2 wolfssl", "SupportEnded deb12 (since 2026-06-12: Crypto library difficult to support in the longterm; see:")]
    [InlineData("php-horde-core 2.31-1", "SupportEnded deb12 (since 2025-03-22:")]
    [InlineData("dpkg 1.21.22", "")]
    public void EndedSupportIsAnAnswer(string package, string expected)
    {
        var entries = new List<DebianSupportEntry>();
        using var stream = Advisories.Corpus.Open("debian/security-support/security-support-ended.deb12");
        DebianSupport.ReadEnded(stream, new AdvisorySink("document", _ => { }, _ => { }), entries.Add);
        var installed = Parsed(package);
        var ended = EndedSupport.Of("deb12", "Debian:12", entries, [installed.Source], new DateOnly(2026, 11, 26));
        var text = Rest(Matched.Text(Matched.Host("Debian:12", installed), ended));
        Assert.Equal(expected, text[..Math.Min(expected.Length, text.Length)]);
        Assert.Equal(expected.Length == 0, text.Length == 0);
    }

    private static void Osv(Stream document, AdvisorySink sink) => Core.Advisories.Osv.Read(document, sink);

    // Where only a part is expected, the list of what is closed is long.
    private static void Check(string file, Action<Stream, AdvisorySink> read, string platforms, string package, string expected)
    {
        var text = Rest(Matched.Text(Matched.Host(platforms, Parsed(package)), Read(file, read)));
        if (expected.Contains("closes", StringComparison.Ordinal) || expected.Length == 0 || !text.StartsWith("fix", StringComparison.Ordinal))
        {
            Assert.Equal(expected, text);
        }
        else
        {
            Assert.Contains(expected, text, StringComparison.Ordinal);
        }
    }

    // The name stands before it.
    private static string Rest(string text) => text.Contains(' ', StringComparison.Ordinal) ? text[(text.IndexOf(' ', StringComparison.Ordinal) + 1)..] : text;

    // Name, version, and the source package where it has another name.
    private static HostPackage Parsed(string package) => package.Split(' ') is var words && words.Length == 3
        ? new(words[0], words[1], "amd64", words[2], words[1])
        : new(words[0], words[1], "amd64", words[0], words[1]);

    private static List<Advisory> Read(string file, Action<Stream, AdvisorySink> read) => Advisories.ReadFeed.Of(file, read).Advisories;
}
