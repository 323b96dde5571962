using PatchFlow.Core.Advisories;
using PatchFlow.Core.Hosts;
using PatchFlow.Core.Patches;

namespace PatchFlow.Core.Tests.Patches;

public sealed class PriorityTests
{
    private static readonly Exposure Exposed = new(true, "the host listens on tcp/443");
    private static readonly KevEntry Listed = new() { Cve = "CVE-2026-0001", Added = new(2026, 11, 1) };
    private static readonly Dictionary<string, string> NoLabels = [];

    [Theory]
    [InlineData(Severity.Critical, 0, 0.0, false, PriorityClass.Critical)]
    [InlineData(Severity.High, 0, 0.0, false, PriorityClass.High)]
    [InlineData(Severity.High, 0, 0.0, true, PriorityClass.Critical)]
    [InlineData(Severity.High, 0, 0.1, false, PriorityClass.Critical)]
    [InlineData(Severity.High, 0, 0.0999, false, PriorityClass.High)]
    [InlineData(Severity.Critical, 0, 0.9, true, PriorityClass.Critical)]
    [InlineData(Severity.Medium, 0, 0.0, true, PriorityClass.Medium)]
    [InlineData(Severity.Medium, 0, 0.1, true, PriorityClass.Critical)]
    [InlineData(Severity.Low, 9.8, 0.0, false, PriorityClass.Low)]
    [InlineData(Severity.None, 9.8, 0.9, true, PriorityClass.Low)]
    [InlineData(Severity.None, 9.8, 0.01, true, PriorityClass.None)]
    [InlineData(Severity.Unknown, 9.8, 0.0, false, PriorityClass.Critical)]
    [InlineData(Severity.Unknown, 0, 0.0, true, PriorityClass.Medium)]
    public void TheClassFollowsTheRules(Severity vendor, double cvss, double epss, bool isExposed, PriorityClass expected) =>
        Assert.Equal(expected, Priority.Of(Threat("CVE-2026-0001", vendor, cvss, epss), isExposed ? Exposed : Exposure.None).Class);

    [Fact]
    public void WhatIsExploitedIsAboveAllWhateverElseIsSaid() =>
        Assert.Equal(PriorityClass.Kev, Priority.Of(Threat("CVE-2026-0001", Severity.None) with { Kev = Listed }, Exposure.None).Class);

    [Theory]
    [InlineData(ExploitStatus.Exploited, Severity.Low, 0.0, false, PriorityClass.Critical, "the vendor says low|it is exploited: a vendor says so")]
    [InlineData(ExploitStatus.Exploited, Severity.Critical, 0.5, true, PriorityClass.Critical, "the vendor says critical|it is exploited: a vendor says so|it is likely to be exploited: EPSS 0.5|the host listens on tcp/443")]
    [InlineData(ExploitStatus.Exploited, Severity.Unknown, 0.0, false, PriorityClass.Critical, "nobody has rated it: it is taken as medium|it is exploited: a vendor says so")]
    [InlineData(ExploitStatus.Exploited, Severity.None, 0.0, false, PriorityClass.Critical, "the vendor says none|it is exploited: a vendor says so")]
    [InlineData(ExploitStatus.MoreLikely, Severity.Medium, 0.0, false, PriorityClass.High, "the vendor says medium|it is likely to be exploited: a vendor says so")]
    [InlineData(ExploitStatus.MoreLikely, Severity.Medium, 0.1, false, PriorityClass.High, "the vendor says medium|it is likely to be exploited: a vendor says so|it is likely to be exploited: EPSS 0.1")]
    [InlineData(ExploitStatus.MoreLikely, Severity.Medium, 0.0, true, PriorityClass.Critical, "the vendor says medium|it is likely to be exploited: a vendor says so|the host listens on tcp/443")]
    [InlineData(ExploitStatus.LessLikely, Severity.Medium, 0.0, false, PriorityClass.Medium, "the vendor says medium")]
    [InlineData(ExploitStatus.Unlikely, Severity.High, 0.0, false, PriorityClass.High, "the vendor says high")]
    public void WhatAVendorSaysOfExploitsRaisesTheClassAndIsAReason(ExploitStatus exploits, Severity vendor, double epss, bool isExposed, PriorityClass expected, string reasons)
    {
        var priority = Priority.Of(Threat("CVE-2026-0001", vendor, 0, epss) with { Exploits = exploits }, isExposed ? Exposed : Exposure.None);
        Assert.Equal((expected, reasons), (priority.Class, string.Join('|', priority.Reasons)));
    }

    [Fact]
    public void TheReasonsAreWordsAndWhatDecidedComesFirst()
    {
        var threat = Threat("CVE-2026-0001", Severity.High, 7.5, 0.25);
        Assert.Equal(
            ["the vendor says high (CVSS 7.5)", "it is likely to be exploited: EPSS 0.25", "the host listens on tcp/443"],
            Priority.Of(threat, Exposed).Reasons);
        Assert.Equal("it is exploited: CISA lists it since 2026-11-01, and ransomware uses it", Priority.Of(threat with { Kev = Listed with { Ransomware = RansomwareUse.Known } }, Exposed).Reasons[0]);
        Assert.Equal(["nobody has rated it: it is taken as medium"], Priority.Of(new Threat("CVE-2026-0001"), Exposed).Reasons);
        Assert.Equal(["CVSS 9.8 is critical"], Priority.Of(Threat("CVE-2026-0001", Severity.Unknown, 9.8), Exposure.None).Reasons);
    }

    // Each is more urgent than the next in one thing alone.
    [Fact]
    public void TheOrderIsTotal()
    {
        Priority[] sorted =
        [
            Priority.Of(Threat("f", Severity.Low) with { Kev = Listed with { Ransomware = RansomwareUse.Known } }, Exposure.None),
            Priority.Of(Threat("e", Severity.Critical, 10, 0.9) with { Kev = Listed }, Exposed),
            Priority.Of(Threat("d", Severity.Critical, 7.5, 0.2), Exposure.None),
            Priority.Of(Threat("c", Severity.Critical, 9.8, 0.1), Exposure.None),
            Priority.Of(Threat("b", Severity.Critical, 7.5, 0.1), Exposed),
            Priority.Of(Threat("a", Severity.Critical, 7.5, 0.1), Exposure.None),
            Priority.Of(Threat("b", Severity.Critical, 7.5, 0.1), Exposure.None),
            Priority.Of(Threat("0", Severity.High), Exposure.None),
        ];
        Assert.Equal(sorted, sorted.Reverse().Order(Priority.MostUrgentFirst));
        Assert.All(sorted.Index(), a => Assert.All(sorted.Index(), b =>
            Assert.Equal(a.Index.CompareTo(b.Index), Math.Sign(Priority.MostUrgentFirst.Compare(a.Item, b.Item)))));
        Assert.Equal(sorted, sorted.Reverse().OrderBy(p => p.SortKey, StringComparer.Ordinal));
        Assert.All(sorted, p => Assert.Equal(sorted[0].SortKey.Length, p.SortKey.Length));
    }

    [Fact]
    public void APatchHasTheRankOfItsMostUrgentVulnerability()
    {
        Assert.Equal("b", Priority.Of([Threat("a", Severity.Low), Threat("b", Severity.High), Threat("c", Severity.Medium)], Exposure.None)!.Id);
        Assert.Null(Priority.Of([], Exposed));
    }

    [Theory]
    [InlineData("0.0.0.0", true)]
    [InlineData("192.0.2.1", true)]
    [InlineData("::", true)]
    [InlineData("*", true)]
    [InlineData("127.0.0.53%lo", false)]
    [InlineData("::1", false)]
    [InlineData("[::1]", false)]
    [InlineData("::ffff:127.0.0.1", false)]
    public void AHostThatListensBeyondItsLoopbackIsExposed(string address, bool isExposed) =>
        Assert.Equal(isExposed, Exposure.Of([new ListeningSocket("tcp", address, 443)], NoLabels).IsExposed);

    [Fact]
    public void TheLabelComesBeforeWhatListens()
    {
        ListeningSocket[] open = [new("tcp", "0.0.0.0", 443)];
        Assert.False(Exposure.Of(open, new Dictionary<string, string> { [Exposure.Label] = "none" }).IsExposed);
        Assert.True(Exposure.Of([], new Dictionary<string, string> { [Exposure.Label] = "internet" }).IsExposed);
        Assert.True(Exposure.Of(open, new Dictionary<string, string> { [Exposure.Label] = "other" }).IsExposed);
    }

    [Fact]
    public void TheReasonNamesThreeServicesAtMost() =>
        Assert.Equal(
            "the host listens on tcp/1, tcp/2, tcp/3 and 1 more",
            Exposure.Of(Enumerable.Range(1, 4).SelectMany(p => new ListeningSocket[] { new("tcp", "::", p), new("tcp", "0.0.0.0", p) }), NoLabels).Reason);

    private static Threat Threat(string id, Severity vendor, double cvss = 0, double epss = 0) => new(
        id,
        Epss: epss > 0 ? new(id, (decimal)epss, null) : null,
        Cvss: cvss > 0 ? new((decimal)cvss, null, null, (decimal)cvss, CvssScores.RatingOf((decimal)cvss, CvssVersion.V31)) : null,
        Vendor: vendor);
}
