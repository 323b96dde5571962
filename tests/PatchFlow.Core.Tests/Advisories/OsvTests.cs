using PatchFlow.Core.Advisories;
using PatchFlow.Core.Patches;

namespace PatchFlow.Core.Tests.Advisories;

public sealed class OsvTests
{
    [Theory]
    [InlineData("osv/almalinux/almalinux10/ALSA-2025:15701.json", "ALSA-2025:15701", "AlmaLinux:10", "cups-filesystem", false, VersionScheme.Rpm, "1:2.4.10-11.el10_0.1")]
    [InlineData("osv/almalinux/almalinux8/ALSA-2021:3057.json", "ALSA-2021:3057", "AlmaLinux:8", "kernel-tools-libs-devel", false, VersionScheme.Rpm, "4.18.0-305.12.1.el8_4")]
    [InlineData("osv/redhat/RHSA-2024_8709.json", "RHSA-2024:8709", "Red Hat:rhel_eus:9.2", "podman", false, VersionScheme.Rpm, "2:4.4.1-21.el9_2")]
    [InlineData("osv/debian/DSA-135.json", "DSA-135", "Debian:3.0", "libapache-mod-ssl", true, VersionScheme.Deb, "2.8.9-2")]
    [InlineData("osv/alpine/CVE-2024-10524.json", "CVE-2024-10524", "Alpine:3.21", "wget", true, VersionScheme.Apk, "1.25.0-r0")]
    [InlineData("osv/rocky/RLSA-2023_0005.json", "RLSA-2023:0005", "Rocky Linux:9", "bcel", true, VersionScheme.Rpm, "0:6.4.1-9.el9_1")]
    [InlineData("osv/wolfi/CGA-2c2h-8fj5-55vx.json", "CGA-2c2h-8fj5-55vx", "Chainguard", "nri-memcached", false, VersionScheme.Apk, "2.5.7-r1")]
    [InlineData("ubuntu/osv/usn/USN-7095-1.json", "USN-7095-1", "Ubuntu:22.04", "linux-nvidia-6.8", true, VersionScheme.Deb, "6.8.0-1017.19~22.04.1")]
    [InlineData("ubuntu/osv/cve/2021/UBUNTU-CVE-2021-3782.json", "UBUNTU-CVE-2021-3782", "Ubuntu:Pro:16.04", "wayland", true, VersionScheme.Deb, "1.12.0-1~ubuntu16.04.3+esm1")]
    [InlineData("ubuntu/osv/cve/2021/UBUNTU-CVE-2021-3782.json", "UBUNTU-CVE-2021-3782", "Ubuntu:18.04", "wayland", true, VersionScheme.Deb, "1.16.0-1ubuntu1.1~18.04.4")]
    [InlineData("ubuntu/osv/cve/2021/UBUNTU-CVE-2021-3782.json", "UBUNTU-CVE-2021-3782", "Ubuntu:20.04", "wayland", true, VersionScheme.Deb, "1.18.0-1ubuntu0.1")]
    [InlineData("ubuntu/osv/cve/2021/UBUNTU-CVE-2021-3782.json", "UBUNTU-CVE-2021-3782", "Ubuntu:22.04", "wayland", true, VersionScheme.Deb, "1.20.0-1ubuntu0.1")]
    public void AFixedVersionIsRecovered(string file, string id, string platform, string name, bool isSource, VersionScheme scheme, string version)
    {
        var package = Assert.Single(Read(file)[id].Affected, a => a.Platform == platform && a.Name == name);
        Assert.Equal((isSource, scheme, FixState.Fixed), (package.IsSource, package.Scheme, package.State));
        Assert.Equal(VersionRange.Before(version), Assert.Single(package.Ranges));
    }

    [Theory]
    [InlineData("ubuntu/osv/usn/USN-7095-1.json", 196, 3)]
    [InlineData("osv/openeuler/OESA-2021-1001.json", 7, 2)]
    [InlineData("osv/redhat/RHSA-2024_8709.json", 1, 11)]
    [InlineData("osv/suse/SUSE-SU-2015_0011-2.json", 7, 0)]
    [InlineData("osv/rocky/RLSA-2024_3671.json", 3, 3)]
    [InlineData("ubuntu/osv/cve/2021/UBUNTU-CVE-2021-3782.json", 1, 4)]
    [InlineData("osv/conformance/linter-GO-2024-2963.json", 1, 1)]
    public void CvesAndPackagesAreCounted(string file, int cves, int sources)
    {
        var advisory = Read(file).Only;
        Assert.Equal(cves, advisory.Cves.Length);
        Assert.Equal(sources, advisory.Affected.Length);
    }

    [Fact]
    public void EveryRecordOfTheCorpusIsReadAndTheIndexIsRefused()
    {
        var files = new[] { "osv", "ubuntu/osv" }.SelectMany(f => Directory.EnumerateFiles(Corpus.PathOf(f), "*.json", SearchOption.AllDirectories))
            .Where(f => !f.Contains("/schema/", StringComparison.Ordinal)).ToList();
        Assert.Equal(63, files.Count);
        foreach (var file in files)
        {
            var feed = Read(file);
            Assert.Equal(file.EndsWith("suse/all.json", StringComparison.Ordinal) ? (0, 4) : (1, 0), (feed.Advisories.Count, feed.Refusals.Count));
        }
    }

    [Fact]
    public void AWithdrawnRecordSaysWhen() =>
        Assert.Equal(new DateTimeOffset(2018, 10, 11, 17, 29, 49, TimeSpan.Zero), Read("osv/conformance/ghsa-withdrawn.osv.json").Only.Withdrawn);

    [Fact]
    public void WithoutAFixItIsNoFixYetAndTheListedVersionsStay()
    {
        var package = Assert.Single(Read("ubuntu/osv/cve/2014/UBUNTU-CVE-2014-2901.json").Only.Affected);
        Assert.Equal(("Ubuntu:Pro:16.04", FixState.NoFixYet), (package.Platform, package.State));
        Assert.Equal(VersionRange.All, Assert.Single(package.Ranges));
        Assert.Equal("3.4.8+dfsg-1", Assert.Single(package.Versions));
    }

    [Fact]
    public void ProAvailabilityIsNoted() =>
        Assert.StartsWith("Available with Ubuntu Pro", Read("ubuntu/osv/cve/2021/UBUNTU-CVE-2021-3782.json").Only.Affected[0].Note, StringComparison.Ordinal);

    [Fact]
    public void RangesOfCommitsAreLeftOut()
    {
        var package = Assert.Single(Read("osv/conformance/linter-PYSEC-2023-74.json").Only.Affected);
        Assert.Equal(new VersionRange("2.3.0", "2.31.0", null), Assert.Single(package.Ranges));
        Assert.Contains("2.30.0", package.Versions);
    }

    [Theory]
    [InlineData("ubuntu/osv/cve/2026/UBUNTU-CVE-2026-1403.json", Severity.Medium, "medium")]
    [InlineData("osv/rocky/RLSA-2023_0005.json", Severity.High, "Important")]
    [InlineData("osv/almalinux/almalinux10/ALSA-2025:15701.json", Severity.High, "Important")]
    public void TheVendorsWordForSeverityIsFound(string file, Severity severity, string word)
    {
        var advisory = Read(file).Only;
        Assert.Equal((severity, word), (advisory.Severity, advisory.SeverityText));
    }

    [Fact]
    public void AVectorThatIsStatedTwiceIsOneScore() =>
        Assert.Equal("CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:L/I:L/A:H", Assert.Single(Read("ubuntu/osv/cve/2021/UBUNTU-CVE-2021-3782.json").Only.Scores).Vector);

    [Theory]
    [InlineData("""{"introduced":"0"},{"fixed":"2.0"}""", "..2.0)")]
    [InlineData("""{"fixed":"2.0"},{"introduced":"0"}""", "..2.0)")]
    [InlineData("""{"introduced":"3.0"},{"fixed":"10.0"},{"introduced":"0"},{"fixed":"2.0"}""", "..2.0) 3.0..10.0)")]
    [InlineData("""{"introduced":"10.0"},{"fixed":"9.0"},{"introduced":"2.0"}""", "2.0..9.0) 10.0..")]
    [InlineData("""{"introduced":"1.0~rc1"},{"fixed":"1.0"}""", "1.0~rc1..1.0)")]
    [InlineData("""{"introduced":"0"},{"last_affected":"1.5"}""", "..1.5]")]
    [InlineData("""{"introduced":"1.5"},{"last_affected":"1.5"}""", "1.5..1.5]")]
    [InlineData("""{"introduced":"0"}""", "..")]
    [InlineData("""{"introduced":"0"},{"limit":"*"}""", "..")]
    [InlineData("""{"introduced":"0"},{"limit":"3.0"}""", "..3.0)")]
    [InlineData("""{"introduced":"0"},{"introduced":"1.0"},{"fixed":"2.0"},{"fixed":"3.0"}""", "..2.0)")]
    [InlineData("""{"introduced":"0"},{"fixed":"0"}""", "")]
    public void EventsAreEvaluatedByVersionAndNotByPlace(string events, string ranges)
    {
        var feed = Debian($$"""[{"type":"ECOSYSTEM","events":[{{events}}]}]""");
        Assert.Empty(feed.Refusals);
        Assert.Equal(ranges, string.Join(' ', Assert.Single(feed.Only.Affected).Ranges.Select(Text)));
    }

    [Fact]
    public void AFixInVersion0IsNeverAffected() =>
        Assert.Equal(FixState.NotAffected, Debian("""[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"0"}]}]""").Only.Affected[0].State);

    [Fact]
    public void WithoutAnOrderTheArraysOrderIsKept()
    {
        const string Text = """{"id":"X-1","affected":[{"package":{"ecosystem":"RubyGems","name":"a"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"3.2.0"},{"fixed":"3.2.22"},{"introduced":"10.0"},{"fixed":"4.2.2"}]}]}]}""";
        var ranges = ReadFeed.OfText(Text, (s, k) => Osv.Read(s, k)).Only.Affected[0].Ranges;
        Assert.Equal("3.2.0..3.2.22) 10.0..4.2.2)", string.Join(' ', ranges.Select(OsvTests.Text)));
    }

    [Theory]
    [InlineData("""{"fixed":"2.0"}""")]
    [InlineData("""{"introduced":"0","fixed":"2.0"}""")]
    [InlineData("""{"introduced":7}""")]
    [InlineData("""{"introduced":""}""")]
    [InlineData("""{"introduced":"0"},7""")]
    [InlineData("""{"introduced":"0"},{"fix":"1"}""")]
    [InlineData("")]
    public void AWrongRangeIsRefusedAloneWithItsPlace(string events)
    {
        var feed = Debian($$"""[{"type":"ECOSYSTEM","events":[{{events}}]},{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"9"}]}]""");
        Assert.StartsWith("X-1 affected[0].ranges[0]", Assert.Single(feed.Refusals).Position, StringComparison.Ordinal);
        Assert.Equal(VersionRange.Before("9"), Assert.Single(feed.Only.Affected[0].Ranges));
    }

    [Theory]
    [InlineData("""{"affected":[]}""", "record 1 (line 1)", 0)]
    [InlineData("""{"id":"","affected":[]}""", "record 1 (line 1)", 0)]
    [InlineData("""{"id":"X-1","modified":"2014-01-27T18:38:10Z"}""", "X-1", 0)]
    [InlineData("""{"id":"X-1","withdrawn":"yesterday","affected":[]}""", "X-1 withdrawn", 0)]
    [InlineData("""{"id":"X-1","withdrawn":true,"affected":[]}""", "X-1", 0)]
    [InlineData("""{"id":"X-1","published":"soon","affected":[]}""", "X-1 published", 1)]
    [InlineData("""{"id":"X-1","affected":[{"package":{"name":"a"}}]}""", "X-1 affected[0]", 1)]
    public void WhatIsWrongIsRefusedWithItsPlace(string text, string position, int kept)
    {
        var feed = ReadFeed.OfText(text, (s, k) => Osv.Read(s, k));
        Assert.Equal(position, feed.Refusals[0].Position);
        Assert.Equal(kept, feed.Advisories.Count);
    }

    [Fact]
    public void CvesComeFromAliasesUpstreamAndRelatedWithoutVendorsPrefixes()
    {
        const string Text = """{"id":"USN-1-1","aliases":["CVE-2024-0001","GHSA-a"],"upstream":["UBUNTU-CVE-2024-0002","CVE-2024-0001"],"related":["CVE-2024-0003","USN-2-1","NOCVE-1"],"affected":[]}""";
        var advisory = ReadFeed.OfText(Text, (s, k) => Osv.Read(s, k)).Only;
        Assert.Equal(["CVE-2024-0001", "CVE-2024-0002", "CVE-2024-0003"], advisory.Cves);
        Assert.Equal("GHSA-a", Assert.Single(advisory.Aliases));
    }

    [Theory]
    [InlineData("""{"binaries":[{"binary_name":"a-meta","binary_version":"1:2"},{"binary_name":"a","binary_version":"2.0"}]}""")]
    [InlineData("""{"binaries":[{"a-meta":"1:2","a":"2.0"}]}""")]
    public void ABinaryPackageWithAVersionOfItsOwnIsStatedApart(string specific)
    {
        var affected = Debian("""[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"2.0"}]}]""", $$""","ecosystem_specific":{{specific}}""").Only.Affected;
        Assert.Equal(["src True 2.0", "a-meta False 1:2"], affected.Select(a => $"{a.Name} {a.IsSource} {a.Ranges[0].Fixed}"));
    }

    [Theory]
    [InlineData("ALBA-2022:1", "", AdvisoryKind.BugFix)]
    [InlineData("RHEA-2022:1", "", AdvisoryKind.Enhancement)]
    [InlineData("ALBA-2022:1", "\"CVE-2022-1234\"", AdvisoryKind.Security)]
    [InlineData("ALSA-2022:1", "", AdvisoryKind.Security)]
    [InlineData("X", "", AdvisoryKind.Security)]
    public void TheKindIsReadFromTheIdUnlessCvesAreNamed(string id, string related, AdvisoryKind kind) =>
        Assert.Equal(kind, ReadFeed.OfText($$"""{"id":"{{id}}","related":[{{related}}],"affected":[]}""", (s, k) => Osv.Read(s, k)).Only.Kind);

    [Fact]
    public void AnOrderCanBeGiven()
    {
        const string Text = """{"id":"X-1","affected":[{"package":{"ecosystem":"Other","name":"a"},"ranges":[{"type":"ECOSYSTEM","events":[{"fixed":"b"},{"introduced":"a"}]}]}]}""";
        var feed = ReadFeed.OfText(Text, (s, k) => Osv.Read(s, k, (_, a, b) => string.CompareOrdinal(a, b)));
        Assert.Equal("a..b)", OsvTests.Text(Assert.Single(feed.Only.Affected[0].Ranges)));
    }

    [Theory]
    [InlineData(VersionScheme.Deb, "1.0~rc1", "1.0", -1)]
    [InlineData(VersionScheme.Deb, "1.0", "0:1.0-0", 0)]
    [InlineData(VersionScheme.Deb, "1.0", "not one", null)]
    [InlineData(VersionScheme.Unknown, "1", "2", null)]
    public void VersionsAreComparedByTheirScheme(VersionScheme scheme, string a, string b, int? order)
    {
        var result = VersionOrder.Compare(scheme, a, b);
        Assert.Equal(order, result is { } number ? Math.Sign(number) : null);
    }

    private static string Text(VersionRange range) =>
        $"{range.Introduced}..{range.Fixed}{range.LastAffected}{(range.Fixed is not null ? ")" : range.LastAffected is not null ? "]" : "")}";

    private static ReadFeed Debian(string ranges, string more = "") =>
        ReadFeed.OfText($$"""{"id":"X-1","affected":[{"package":{"ecosystem":"Debian:12","name":"src"},"ranges":{{ranges}}{{more}}}]}""", (s, k) => Osv.Read(s, k));

    private static ReadFeed Read(string file) => ReadFeed.Of(file, (s, k) => Osv.Read(s, k));
}
