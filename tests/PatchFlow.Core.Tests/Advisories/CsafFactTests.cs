using PatchFlow.Core.Advisories;

namespace PatchFlow.Core.Tests.Advisories;

/// <summary>What is known of vendors' CSAF documents, found by reading them.</summary>
public sealed class CsafFactTests
{
    private static ReadFeed Of(string file) => ReadFeed.Of("csaf/" + file, Csaf.Read);

    [Theory]
    [InlineData("advisories/cert-bund/wid-sec-w-2025-0001.json", "WID-SEC-W-2025-0001", "6", "final", 35, 0)]
    [InlineData("advisories/cisco/cisco-sa-ios-xr-verii-bypass-HhPwQRvx.json", "cisco-sa-ios-xr-verii-bypass-HhPwQRvx", "1.0.0", "final", 1, 1)]
    [InlineData("advisories/fortinet/FG-IR-25-756.json", "FG-IR-25-756", "0", "final", 0, 1)]
    [InlineData("advisories/redhat/rhsa-2023_3821.json", "RHSA-2023:3821", "3", "final", 3, 3)]
    [InlineData("advisories/redhat/rhsa-2023_7438.json", "RHSA-2023:7438", "3", "final", 1, 1)]
    [InlineData("advisories/redhat/rhsa-2024_0010.json", "RHSA-2024:0010", "3", "final", 3, 3)]
    [InlineData("advisories/siemens/ssa-426509.json", "SSA-426509", "2", "interim", 3, 3)]
    [InlineData("vex/redhat/cve-2023-6238.json", "CVE-2023-6238", "3", "final", 1, 0)]
    [InlineData("vex/suse/cve-1999-0003.json", "CVE-1999-0003", "2", "interim", 0, 0)]
    public void AnAdvisoryHasItsRevisionAndStatus(string file, string id, string version, string status, int cves, int scores)
    {
        var read = Of(file).Only;
        Assert.Equal((id, status, cves, scores), (read.Id, read.Status, read.Cves.Length, read.Scores.Length));
        Assert.StartsWith(version, read.Revision, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("advisories/cisco/cisco-sa-ios-xr-verii-bypass-HhPwQRvx.json", "CVE-2025-20177", "6.7")]
    [InlineData("advisories/redhat/rhsa-2023_7438.json", "CVE-2023-41419", "9.1")]
    public void AScoreIsThatOfItsVulnerability(string file, string cve, string score) =>
        Assert.Contains(Of(file).Only.Scores, s => s.Cve == cve && s.Score == decimal.Parse(score, System.Globalization.CultureInfo.InvariantCulture));

    [Theory]
    [InlineData("advisories/redhat/rhsa-2024_0010.json", "CVE-2023-5367 CVE-2023-6377 CVE-2023-6478")]
    [InlineData("advisories/siemens/ssa-426509.json", "CVE-2024-47194 CVE-2024-47195 CVE-2024-47196")]
    [InlineData("advisories/suse/opensuse-su-2016_1623-1.json", "CVE-2016-1704")]
    [InlineData("advisories/openeuler/csaf-openeuler-sa-2025-1351.json", "CVE-2025-29768")]
    [InlineData("advisories/microsoft/msrc_cve-2025-29795.json", "CVE-2025-29795")]
    public void AllVulnerabilitiesAreNamed(string file, string cves) => Assert.Equal(cves, string.Join(' ', Of(file).Only.Cves));

    // Fortinet's dates have no offset, openEuler's one of eight hours.
    [Theory]
    [InlineData("advisories/fortinet/FG-IR-25-756.json", "2025-09-30 08:52:10")]
    [InlineData("advisories/openeuler/csaf-openeuler-sa-2025-1351.json", "2025-03-29 06:31:53")]
    public void DatesAreReadInUtc(string file, string date)
    {
        var feed = Of(file);
        Assert.Equal(date, $"{feed.Only.Published?.UtcDateTime:yyyy-MM-dd HH:mm:ss}");
        Assert.DoesNotContain(feed.Refusals, r => r.Position.Contains("date", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("advisories/redhat/rhsa-2023_7436.json", FixState.Fixed, 48)]
    [InlineData("advisories/redhat/rhsa-2023_7438.json", FixState.Fixed, 4)]
    [InlineData("vex/redhat/cve-2023-6238.json", FixState.NotAffected, 7)]
    [InlineData("advisories/cert-bund/wid-sec-w-2025-0001.json", FixState.NoFixYet, 8)]
    [InlineData("advisories/microsoft/msrc_cve-2025-29795.json", FixState.Fixed, 2)]
    public void EachProductHasItsState(string file, FixState state, int count) => Assert.Equal(Enumerable.Repeat(state, count), Of(file).Only.Affected.Select(p => p.State));

    [Fact]
    public void ARemediationNamesTheFixedBuild()
    {
        var edge = Of("advisories/microsoft/msrc_cve-2025-29795.json").Only.Affected.Single(p => p.Note is not null);
        Assert.StartsWith("1.3.195.45:Security Update:https", edge.Note, StringComparison.Ordinal);
        Assert.Equal(VersionRange.Before("1.3.195.45"), Assert.Single(edge.Ranges));
    }

    [Fact]
    public void TheLastAffectedAndTheFirstFixedAreBounds() =>
        Assert.Equal(["- 2.3.21", "2.3.21.1 -", "3.0.0 -"], Of("advisories/ox/oxdc-adv-2024-0003.json").Only.Affected.Select(p => $"{p.Ranges[0].Fixed ?? "-"} {p.Ranges[0].LastAffected ?? "-"}"));

    [Fact]
    public void AFixIsOnItsPlatform()
    {
        Assert.Contains(Of("advisories/suse/opensuse-su-2016_1623-1.json").Only.Affected, p => p is { Platform: "SUSE:Package Hub 12", Name: "chromium", Arch: "x86_64", State: FixState.Fixed });
        Assert.Contains(Of("advisories/openeuler/csaf-openeuler-sa-2025-1351.json").Only.Affected, p => p is { Platform: "openEuler:22.03-LTS-SP3", Name: "vim", IsSource: true, State: FixState.Fixed });
        Assert.Contains("https://access.redhat.com/errata/RHSA-2023:7438", Of("advisories/redhat/rhsa-2023_7438.json").Only.References);
    }

    [Theory]
    [InlineData("2.0", 74, 155)]
    [InlineData("2.1", 177, 520)]
    public void TheOfficialTestsAreAllThere(string version, int ids, int documents)
    {
        using var list = System.Text.Json.JsonDocument.Parse(Corpus.Open($"csaf/validator-{version}/testcases.json"));
        var tests = list.RootElement.GetProperty("tests").EnumerateArray().ToList();
        Assert.Equal((ids, documents), (tests.Count, tests.Sum(test => new[] { "failures", "valid" }.Sum(kind => test.TryGetProperty(kind, out var items) ? items.GetArrayLength() : 0))));
    }
}
