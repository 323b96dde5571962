using PatchFlow.Core.Advisories;
using PatchFlow.Core.Matching;

namespace PatchFlow.Core.Tests.Matching;

/// <summary>A feed that is trusted less silences nothing that is said by one that is trusted further, and what it says against it is told.</summary>
public sealed class TrustTests
{
    private const string Cve = "CVE-2026-0001";
    private const string Main = "Red Hat:9";
    private const string Eus = "Red Hat:rhel_eus:9.2";
    private static readonly HostPackage Curl = HostPackage.OfRpm("curl", "1-1", "x86_64", "curl-1-1.src.rpm");

    [Theory]
    [InlineData(FeedTrust.Signed, FeedTrust.TlsOnly, true)]
    [InlineData(FeedTrust.Signed, FeedTrust.None, true)]
    [InlineData(FeedTrust.TlsOnly, FeedTrust.None, true)]
    [InlineData(FeedTrust.Signed, FeedTrust.Signed, false)]
    [InlineData(FeedTrust.TlsOnly, FeedTrust.TlsOnly, false)]
    [InlineData(FeedTrust.None, FeedTrust.None, false)]
    [InlineData(FeedTrust.TlsOnly, FeedTrust.Signed, false)]
    [InlineData(FeedTrust.None, FeedTrust.Signed, false)]
    public void ADenialCountsForWhatItsFeedCounts(FeedTrust affected, FeedTrust denied, bool isOpen)
    {
        var findings = Findings([Main], Said("vendor", affected, Main, FixState.NoFixYet), Said("other", denied, Main, FixState.NotAffected));
        Assert.Equal(isOpen ? [Answer.NoFixYet] : [], findings.Select(f => f.Answer));
        Assert.Equal(isOpen ? [(Cve, "other", Answer.NotAffected, denied)] : [], findings.SelectMany(f => f.Contradictions).Select(c => (c.Vulnerability, c.Advisory.Key, c.Says, c.Trust)));
    }

    [Theory]
    [InlineData(FeedTrust.TlsOnly, true)]
    [InlineData(FeedTrust.Signed, false)]
    public void AMoreSpecificPlatformCountsForWhatItsFeedCounts(FeedTrust specific, bool isOpen) => Assert.Equal(isOpen ? "vendor NoFixYet, against other" : "", Text(
        ["AlmaLinux:9", Main], Said("vendor", FeedTrust.Signed, Main, FixState.NoFixYet), Said("other", specific, "AlmaLinux:9", FixState.Fixed, "1-1")));

    // What the variant says stands in place of what the release says: of its fix, and of what it leaves open.
    [Theory]
    [InlineData(FixState.Fixed, FeedTrust.TlsOnly, "vendor FixAvailable, against other")]
    [InlineData(FixState.Fixed, FeedTrust.Signed, "")]
    [InlineData(FixState.NoFixYet, FeedTrust.TlsOnly, "vendor NoFixYet, against other")]
    [InlineData(FixState.NoFixYet, FeedTrust.Signed, "")]
    public void AVariantCountsForWhatItsFeedCounts(FixState state, FeedTrust variant, string expected) => Assert.Equal(expected, Text(
        [Eus, Main], Said("vendor", FeedTrust.Signed, Main, state, state == FixState.Fixed ? "2-1" : null), Said("other", variant, Eus, FixState.Fixed, "1-1")));

    // Several feeds deny it: the one that counts as much silences it, whichever comes first.
    [Fact]
    public void OfSeveralDenialsTheSurestCounts()
    {
        IndexedAdvisory[] said = [Said("vendor", FeedTrust.TlsOnly, Main, FixState.NoFixYet), Said("a", FeedTrust.TlsOnly, Main, FixState.NotAffected), Said("b", FeedTrust.None, Main, FixState.NotAffected)];
        Assert.Equal("", Text([Main], said));
        Assert.Equal("", Text([Main], said[2], said[1], said[0]));
        Assert.Equal("", Text([Eus, Main], said[0] with { Trust = FeedTrust.Signed }, Said("a", FeedTrust.Signed, Eus, FixState.NotAffected), Said("b", FeedTrust.None, Eus, FixState.NotAffected)));
    }

    // What is denied by whom counts as much is closed by no patch, and what is denied by whom counts less is.
    [Theory]
    [InlineData(FeedTrust.TlsOnly, "CVE-2026-0001 CVE-2026-0002")]
    [InlineData(FeedTrust.Signed, "CVE-2026-0002")]
    public void APatchClosesWhatIsDeniedByWhoCountsLess(FeedTrust denied, string closed)
    {
        var both = Said("vendor", FeedTrust.Signed, Main, FixState.Fixed, "2-1");
        both = both with { Advisory = both.Advisory with { Cves = [Cve, "CVE-2026-0002"] } };
        var finding = Assert.Single(Findings([Main], both, Said("other", denied, Main, FixState.NotAffected)));
        Assert.Equal(closed, string.Join(' ', finding.Vulnerabilities));
        Assert.Equal(denied == FeedTrust.TlsOnly ? [(Cve, "other")] : [], finding.Contradictions.Select(c => (c.Vulnerability, c.Advisory.Key)));
    }

    // The fix is shown, whoever states it: that who is trusted further knows of none is said with it.
    [Theory]
    [InlineData(FixState.NoFixYet, FeedTrust.Signed, FeedTrust.TlsOnly, "CVE-2026-0001 (vendor) says that there is no fix yet: its feed (signed) is trusted further than the one that states the fix")]
    [InlineData(FixState.NoFixYet, FeedTrust.Signed, FeedTrust.None, "CVE-2026-0001 (vendor) says that there is no fix yet: its feed (signed) is trusted further than the one that states the fix")]
    [InlineData(FixState.WillNotFix, FeedTrust.TlsOnly, FeedTrust.None, "CVE-2026-0001 (vendor) says that it will not be mended: its feed (tls only) is trusted further than the one that states the fix")]
    [InlineData(FixState.SupportEnded, FeedTrust.Signed, FeedTrust.TlsOnly, "CVE-2026-0001 (vendor) says that its support has ended: its feed (signed) is trusted further than the one that states the fix")]
    [InlineData(FixState.NoFixYet, FeedTrust.Signed, FeedTrust.Signed, null)]
    [InlineData(FixState.NoFixYet, FeedTrust.TlsOnly, FeedTrust.Signed, null)]
    [InlineData(FixState.UnderInvestigation, FeedTrust.Signed, FeedTrust.TlsOnly, null)]
    public void AFixOfAFeedThatIsTrustedLessSaysThatThereIsNone(FixState state, FeedTrust vendor, FeedTrust other, string? said)
    {
        var finding = Assert.Single(Findings([Main], Said("vendor", vendor, Main, state), Said("other", other, Main, FixState.Fixed, "2-1")));
        Assert.Equal((Answer.FixAvailable, "other"), (finding.Answer, finding.Advisory.Key));
        Assert.Equal(said is null ? [] : [said], finding.Contradictions.Select(c => c.Text));
    }

    // A fix that is stated by whom is trusted as far is a fix; so is one of what is denied by whom is trusted as far as who has none.
    [Fact]
    public void WhereAnybodyStatesTheFixWhoIsTrustedAsFarNothingIsSaidAgainstIt()
    {
        IndexedAdvisory[] said = [Said("vendor", FeedTrust.Signed, Main, FixState.NoFixYet), Said("other", FeedTrust.TlsOnly, Main, FixState.Fixed, "2-1"), Said("sure", FeedTrust.Signed, Main, FixState.Fixed, "1-2")];
        Assert.Equal("other FixAvailable, against vendor", Text([Main], said[..2]));
        Assert.Equal("other FixAvailable; sure FixAvailable", Text([Main], said));
        // Who is trusted furthest is named.
        Assert.Equal("other FixAvailable, against vendor", Text([Main], Said("less", FeedTrust.TlsOnly, Main, FixState.NoFixYet), said[0], said[1] with { Trust = FeedTrust.None }));
        // What the release has none of, the variant speaks of, and is trusted as far.
        Assert.Equal("other FixAvailable", Text([Eus, Main], said[0], Said("eus", FeedTrust.Signed, Eus, FixState.Fixed, "1-1"), said[1] with { Trust = FeedTrust.TlsOnly, Advisory = Said("other", FeedTrust.TlsOnly, Eus, FixState.Fixed, "2-1").Advisory }));
    }

    private static string Text(string[] platforms, params IndexedAdvisory[] said) => string.Join("; ", Findings(platforms, said).Select(f =>
        $"{f.Advisory.Key} {f.Answer}{string.Concat(f.Contradictions.Select(c => $", against {c.Advisory.Key}"))}"));

    private static IEnumerable<Finding> Findings(string[] platforms, params IndexedAdvisory[] said)
    {
        var names = new NameTable();
        return new Matcher(AdvisoryIndex.Of(names, said)).Match(new PackageSets(names).Of(Matched.Host(string.Join(", ", platforms), Curl))).Packages.SelectMany(p => p.Verdict.Findings);
    }

    private static IndexedAdvisory Said(string key, FeedTrust trust, string platform, FixState state, string? version = null) => new(key, Matched.Advisory(Cve, new AffectedPackage
    {
        Platform = platform,
        Name = "curl",
        Scheme = VersionScheme.Rpm,
        State = state,
        Ranges = state == FixState.NotAffected ? [] : [version is null ? VersionRange.All : VersionRange.Before(version)],
    }), Trust: trust);
}
