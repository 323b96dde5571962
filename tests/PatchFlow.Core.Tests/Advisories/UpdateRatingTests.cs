using PatchFlow.Core.Advisories;
using PatchFlow.Core.Matching;
using PatchFlow.Core.Patches;
using PatchFlow.Core.Tests.Matching;

namespace PatchFlow.Core.Tests.Advisories;

/// <summary>Updates of rpm that nobody has rated or typed, and those that are tested still: none of it makes a vulnerability look smaller than it is.</summary>
public sealed class UpdateRatingTests
{
    private const string Cve = "CVE-2026-0001";

    private static readonly Func<string, string, Advisory>[] Readers =
    [
        (type, severity) => ReadFeed.OfText($"<updates><update{(type.Length > 0 ? $" type=\"{type}\"" : "")}><id>X-1</id>{(severity.Length > 0 ? $"<severity>{severity}</severity>" : "")}</update></updates>", UpdateInfo.Read).Only,
        (type, severity) => ReadFeed.OfText($$"""[{"id":"ALSA-2026:0001"{{Json("type", type)}}{{Json("severity", severity)}}}]""", AlmaErrata.Read).Only,
        (type, severity) => ReadFeed.OfText($$"""{"advisories":[{"name":"RLSA-1"{{Json("kind", type)}}{{Json("severity", severity)}}}]}""", RockyErrata.Read).Only,
        (type, severity) => ReadFeed.OfText($$"""[{"updateid":"F-1"{{Json("type", type)}}{{Json("severity", severity)}}}]""", BodhiUpdates.Read).Only,
    ];

    [Theory]
    [InlineData("None", "None", Severity.Unknown)]
    [InlineData("none", "none", Severity.Unknown)]
    [InlineData("", null, Severity.Unknown)]
    [InlineData("Low", "Low", Severity.Low)]
    [InlineData("Critical", "Critical", Severity.Critical)]
    public void NoneIsTheWordForWhatNobodyRated(string severity, string? word, Severity expected) => Assert.All(Readers, read =>
    {
        var advisory = read("security", severity);
        Assert.Equal((word, expected), (advisory.SeverityText, advisory.Severity));
    });

    [Fact]
    public void WhatNobodyRatedIsRankedByItsScoreAndByItsProbability()
    {
        var vendor = Readers[0]("bugfix", "None").Severity;
        Assert.True(CvssVector.TryParse("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", out var vector, out _));
        Assert.Equal(PriorityClass.Critical, Priority.Of(new Threat(Cve, Cvss: vector.Scores, Vendor: vendor), Exposure.None).Class);
        Assert.Equal(PriorityClass.High, Priority.Of(new Threat(Cve, Epss: new EpssScore(Cve, 0.5m, null), Vendor: vendor), Exposure.None).Class);
    }

    [Theory]
    [InlineData("", "Critical", AdvisoryKind.Security)]
    [InlineData("", "moderate", AdvisoryKind.Security)]
    [InlineData("", "urgent", AdvisoryKind.Security)]
    [InlineData("", "None", AdvisoryKind.Other)]
    [InlineData("", "", AdvisoryKind.Other)]
    [InlineData("bugfix", "Critical", AdvisoryKind.BugFix)]
    [InlineData("custom", "Critical", AdvisoryKind.Other)]
    public void WhatHasASeverityAndNoTypeIsOnSecurity(string type, string severity, AdvisoryKind kind) => Assert.All(Readers, read => Assert.Equal(kind, read(type, severity).Kind));

    [Fact]
    public void ATypeWithoutAWordIsNone() =>
        Assert.Equal(AdvisoryKind.Security, ReadFeed.OfText("<updates><update type=\"\"><id>X-1</id><description>CVE-2026-0001</description></update></updates>", UpdateInfo.Read).Only.Kind);

    [Fact]
    public void ARatedUpdateWithoutATypeIsMatched() =>
        Assert.Equal("a fix 2-1 closes X-1", Found("1-1", Update("", "<severity>Critical</severity>")));

    [Theory]
    [InlineData("stable", "1-1", $"a fix 2-1 closes {Cve}")]
    [InlineData("testing", "1-1", $"a NoFixYet {Cve} (the vendor still tests the fix, which is no update for everybody yet)")]
    [InlineData("pending", "1-1", $"a NoFixYet {Cve} (the vendor still tests the fix, which is no update for everybody yet)")]
    [InlineData("testing", "2-1", "")]
    public void WhatIsStillTestedIsNoFixYet(string status, string installed, string found)
    {
        Assert.Equal(found, Found(installed, Update($"type=\"security\" status=\"{status}\"", Reference)));
        Assert.Equal(found, Found(installed, Bodhi(status)));
    }

    [Fact]
    public void ATestedFixGivesWayToOneForEverybody() => Assert.Equal(
        $"a fix 1-2 closes {Cve}",
        Found("1-1", Bodhi("testing"), Matched.Advisory(Cve, new AffectedPackage { Platform = "Fedora:43", Name = "a", Scheme = VersionScheme.Rpm, Ranges = [VersionRange.Before("1-2")] })));

    [Theory]
    [InlineData("testing", "stable", $"a fix 2-1 closes {Cve}")]
    [InlineData("stable", "testing", $"a fix 2-1 closes {Cve}")]
    [InlineData("testing", "testing", $"a NoFixYet {Cve} (the vendor still tests the fix, which is no update for everybody yet)")]
    public void AnUpdateThatIsListedTwiceIsTestedOnlyWhereBothSaySo(string first, string second, string found) =>
        Assert.Equal(found, Found("1-1", ReadFeed.OfText($"<updates>{Element($"status=\"{first}\"", Reference)}{Element($"status=\"{second}\"", Reference)}</updates>", UpdateInfo.Read).Only));

    private const string Reference = $"<references><reference type=\"cve\" id=\"{Cve}\"/></references>";

    private static string Json(string name, string value) => value.Length > 0 ? $",\"{name}\":\"{value}\"" : "";

    private static Advisory Update(string attributes, string children) => ReadFeed.OfText($"<updates>{Element(attributes, children)}</updates>", UpdateInfo.Read).Only;

    private static string Element(string attributes, string children) =>
        $"<update {attributes}><id>X-1</id><release>Fedora 43</release>{children}<pkglist><collection><package name=\"a\" version=\"2\" release=\"1\" arch=\"x86_64\"/></collection></pkglist></update>";

    private static Advisory Bodhi(string status) => ReadFeed.OfText(
        $$"""[{"updateid":"F-1","type":"security","status":"{{status}}","title":"{{Cve}}","release":{"long_name":"Fedora 43"},"builds":[{"nvr":"a-2-1","epoch":0,"type":"rpm"}]}]""", BodhiUpdates.Read).Only;

    private static string Found(string installed, params Advisory[] advisories) =>
        Matched.Text(Matched.Host("Fedora:43", new HostPackage("a", installed, "x86_64", "a", installed)), advisories);
}
