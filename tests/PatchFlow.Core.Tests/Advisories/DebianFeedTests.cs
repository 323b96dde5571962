using PatchFlow.Core.Advisories;

namespace PatchFlow.Core.Tests.Advisories;

public sealed class DebianFeedTests
{
    private static readonly Lazy<ReadFeed> List = new(() => ReadFeed.Of("debian/security-tracker/DSA-list", DebianSecurityList.Read));

    [Fact]
    public void EveryAdvisoryOfTheListIsRead()
    {
        // Its own list has the package's name where the version should be.
        Assert.Equal("line 17244, DSA-423", Assert.Single(List.Value.Refusals).Position);
        Assert.Equal(5406, List.Value.Advisories.Count);
        Assert.Equal(5257, List.Value.Advisories.Count(a => !a.Cves.IsEmpty));
        Assert.Equal(("DSA-5380-1", "DSA-135"), (List.Value.Advisories[0].Id, List.Value.Advisories[^1].Id));
    }

    [Theory]
    [InlineData("DSA-5380-1", 1, "xorg-server Debian:11 2:1.20.11-1+deb11u6")]
    [InlineData("DSA-5343-1", 5, "openssl Debian:11 1.1.1n-0+deb11u4")]
    [InlineData("DSA-5169-1", 1, "openssl Debian:10 1.1.1n-0+deb10u3, openssl Debian:11 1.1.1n-0+deb11u3")]
    [InlineData("DSA-135", 1, "libapache-mod-ssl Debian:3.0 2.8.9-2")]
    [InlineData("DSA-1991-1", 2, "squid3 Debian:4.0 3.0.PRE5-5+etch2, squid Debian:4.0 2.6.5-6etch5, squid Debian:5.0 2.7.STABLE3-4.1lenny1, squid3 Debian:5.0 3.0.STABLE8-3+lenny3")]
    public void AnAdvisoryOfTheListSaysWhatIsFixedWhere(string id, int cves, string packages)
    {
        var advisory = List.Value[id];
        Assert.Equal(cves, advisory.Cves.Length);
        Assert.Equal(packages, string.Join(", ", advisory.Affected.Select(a => $"{a.Name} {a.Platform} {a.Ranges[0].Fixed}")));
        Assert.All(advisory.Affected, a => Assert.True(a.IsSource));
    }

    [Fact]
    public void TheListsDatesAndTextsAreRead()
    {
        var advisory = List.Value["DSA-5380-1"];
        Assert.Equal(new DateTimeOffset(2023, 3, 29, 0, 0, 0, TimeSpan.Zero), advisory.Published);
        Assert.Equal("xorg-server - security update", advisory.Title);
        Assert.Equal("CVE-2023-1393", Assert.Single(advisory.Cves));
    }

    [Fact]
    public void EndOfLifeTakesThePlaceOfAVersion() =>
        Assert.Contains(List.Value.Advisories.SelectMany(a => a.Affected), a => a.State == FixState.SupportEnded && a.Ranges is [{ Fixed: null }]);

    [Fact]
    public void NotesBecomeTheDescription() =>
        Assert.Equal("end of security support for jessie", List.Value["DSA-4205-1"].Description);

    [Fact]
    public void NoticesWithoutPackagesAreAdvisoriesWithoutPackages()
    {
        var feed = ReadFeed.Of("debian/security-tracker/DSA-list-excerpt", DebianSecurityList.Read);
        Assert.Empty(feed.Refusals);
        Assert.Equal(10, feed.Advisories.Count);
        Assert.All(["DSA-2819-1", "DSA-3281-1", "DSA-4205-1"], id => Assert.Empty(feed[id].Affected));
        Assert.Equal(["libpng Debian:3.0", "libpng3 Debian:3.0"], feed["DSA-140"].Affected.Select(a => $"{a.Name} {a.Platform}"));
        Assert.Equal("Debian Security Team PGP/GPG key change notice", feed["DSA-3281-1"].Title);
    }

    [Theory]
    [InlineData("<not-affected> (reason)", FixState.NotAffected, "reason")]
    [InlineData("<unfixed> (high)", FixState.NoFixYet, "high")]
    [InlineData("<end-of-life>", FixState.SupportEnded, null)]
    [InlineData("<ignored> (no)", FixState.WillNotFix, "no")]
    [InlineData("<undetermined>", FixState.UnderInvestigation, null)]
    [InlineData("1.0-1", FixState.Fixed, null)]
    public void ATagTakesThePlaceOfAVersion(string tag, FixState state, string? note)
    {
        var package = Assert.Single(ReadFeed.OfText($"[01 Aug 2024] DLA-1-1 a - text\n\t[bookworm] - a {tag}\n", DebianSecurityList.Read).Only.Affected);
        Assert.Equal((state, note), (package.State, package.Note));
    }

    [Theory]
    [InlineData("\t[bookworm] - a <what>\n", "line 2, DSA-1-1")]
    [InlineData("\t[bookworm] a 1.0\n", "line 2, DSA-1-1")]
    [InlineData("\t{CVE-1}\n", "line 2, DSA-1-1")]
    [InlineData("\twords\n", "line 2, DSA-1-1")]
    [InlineData("[01 Aug] DSA-2-1 b\n", "line 2, DSA-2-1")]
    [InlineData("[01 Aug 2024 nothing\n", "line 2")]
    [InlineData("\t\u00e9\n", "line 2, DSA-1-1")]
    public void AWrongLineOfTheListIsRefusedAlone(string line, string position)
    {
        var feed = ReadFeed.OfText($"[01 Aug 2024] DSA-1-1 a - text\n{line}[02 Aug 2024] DSA-3-1 c - text\n\t[bookworm] - c 1.0\n", DebianSecurityList.Read);
        Assert.Equal(position, Assert.Single(feed.Refusals).Position);
        Assert.Equal("c", Assert.Single(feed["DSA-3-1"].Affected).Name);
        Assert.Equal("a - text", feed["DSA-1-1"].Title);
    }

    [Theory]
    [InlineData("debian/tracker-json/tracker-excerpt-1.json", "CVE-2012-0833", "389-ds-base", FixState.NotAffected, null)]
    [InlineData("debian/tracker-json/tracker-excerpt-1.json", "CVE-2016-5405", "389-ds-base", FixState.Fixed, "1.3.5.15-1")]
    [InlineData("debian/tracker-json/tracker-excerpt-1.json", "CVE-2016-5416", "389-ds-base", FixState.WillNotFix, null)]
    [InlineData("debian/tracker-json/tracker-excerpt-2.json", "CVE-2008-7220", "prototypejs", FixState.Fixed, "1.6.0.2-1")]
    public void TheTrackerSaysWhatIsFixed(string file, string id, string package, FixState state, string? version)
    {
        var first = ReadFeed.Of(file, DebianTracker.Read)[id].Affected[0];
        Assert.Equal((package, state, version, true), (first.Name, first.State, first.Ranges.FirstOrDefault()?.Fixed, first.IsSource));
    }

    [Fact]
    public void ATemporaryIdIsNoCve()
    {
        var feed = ReadFeed.Of("debian/tracker-json/tracker-excerpt-1.json", DebianTracker.Read);
        Assert.Empty(feed.Refusals);
        Assert.Empty(feed["TEMP-0000000-0CA7E3"].Cves);
        Assert.Equal("CVE-2016-5405", Assert.Single(feed["CVE-2016-5405"].Cves));
        Assert.Equal("Debian bug 842121", Assert.Single(feed["CVE-2016-5405"].References));
    }

    [Fact]
    public void NoDsaIsSaidWithItsReasonAndForItsReleaseAlone()
    {
        var affected = ReadFeed.Of("debian/tracker-json/tracker-excerpt-1.json", DebianTracker.Read)["CVE-2016-5416"].Affected;
        Assert.Equal(["Debian:11 WillNotFix ignored: Minor issue", "Debian:sid NoFixYet "], affected.Select(a => $"{a.Platform} {a.State} {a.Note}"));
    }

    [Fact]
    public void AnUrgencyWithStarsIsItsWord()
    {
        var feed = ReadFeed.Of("debian/tracker-json/tracker-excerpt-2.json", DebianTracker.Read);
        Assert.Equal("chromium-browser CVE-2022-0358", Assert.Single(feed.Refusals).Position);
        Assert.Equal((Severity.High, "high**"), (feed["CVE-2008-7220"].Severity, feed["CVE-2008-7220"].SeverityText));
    }

    [Theory]
    [InlineData("""{"status":"open","urgency":"end-of-life"}""", FixState.SupportEnded)]
    [InlineData("""{"status":"undetermined","urgency":"low"}""", FixState.UnderInvestigation)]
    [InlineData("""{"status":"open","urgency":"low"}""", FixState.NoFixYet)]
    public void AStatusOfTheTrackerIsAState(string release, FixState state)
    {
        var feed = ReadFeed.OfText("""{"a":{"CVE-2024-0001":{"releases":{"bookworm":RELEASE}}}}""".Replace("RELEASE", release, StringComparison.Ordinal), DebianTracker.Read);
        Assert.Equal((state, VersionRange.All), (feed.Only.Affected[0].State, feed.Only.Affected[0].Ranges[0]));
    }

    [Fact]
    public void DifferentVersionsInARepositoryAndItsSecuritySuiteAreNoted()
    {
        const string Text = """{"a":{"CVE-2024-0001":{"releases":{"bookworm":{"status":"resolved","fixed_version":"1.1","repositories":{"bookworm":"1.0","bookworm-security":"1.1"}}}}}}""";
        Assert.Equal("bookworm 1.0, bookworm-security 1.1", ReadFeed.OfText(Text, DebianTracker.Read).Only.Affected[0].Note);
    }

    [Fact]
    public void WhatIsWrongInTheTrackerIsRefusedAlone()
    {
        const string Text = """
            {"bad":7,"a":{"CVE-2024-0001":{},"CVE-2024-0002":{"releases":{"bookworm":{"status":"resolved"},"trixie":{"status":"fine"},"sid":{"status":"open"}}}}}
            """;
        var feed = ReadFeed.OfText(Text, DebianTracker.Read);
        Assert.Equal(["bad", "a CVE-2024-0001", "a CVE-2024-0002 bookworm", "a CVE-2024-0002 trixie"], feed.Refusals.Select(r => r.Position));
        Assert.Equal("Debian:sid", Assert.Single(feed.Only.Affected).Platform);
    }

    [Fact]
    public void EndedSupportIsReadWithTabsAndBlanks()
    {
        var entries = Support("debian/security-support/security-support-ended.deb12", DebianSupport.ReadEnded);
        Assert.Equal(16, entries.Count);
        var wolfssl = Assert.Single(entries, e => e.Matches("wolfssl"));
        Assert.Equal(("5.5.4-2+deb12u2", new DateOnly(2026, 6, 12), false), (wolfssl.LastVersion, wolfssl.Ends, wolfssl.Limited));
        Assert.Null(Assert.Single(entries, e => e.Matches("php-horde-core")).LastVersion);
        Assert.EndsWith("/1035794", entries[0].Note, StringComparison.Ordinal);
    }

    [Fact]
    public void LimitedSupportIsReadWithItsReason()
    {
        var entries = Support("debian/security-support/security-support-limited", DebianSupport.ReadLimited);
        Assert.Equal(32, entries.Count);
        Assert.All(entries, e => Assert.True(e.Limited));
        Assert.StartsWith("Only suitable for trusted content", Assert.Single(entries, e => e.Matches("binutils")).Note, StringComparison.Ordinal);
    }

    // Nearly any text is lines of a name and a reason.
    [Theory]
    [InlineData("the quick brown fox\njumps over\n", "line 1", "no comment before it says")]
    [InlineData("# a list\n\nbinutils only for trusted content\n", "line 3", "no comment before it says")]
    [InlineData("binutils only\n# List of packages where security support is limited\n", "line 1", "no comment before it says")]
    [InlineData("# List of packages whose security support ends before the distribution EOL\nlxd 5.0 2026-06-12 why\n", "line 2", "no comment before it says")]
    [InlineData("{\"a\":1}", "line 1", "no comment before it says")]
    [InlineData("# nothing\n", "", "it is no list of packages whose security support is limited")]
    [InlineData("", "", "it is no list of packages whose security support is limited")]
    public void WhatDoesNotSayThatItListsLimitedSupportIsRefused(string text, string position, string reason)
    {
        var (entries, refusal) = Limited(text);
        Assert.Empty(entries);
        Assert.Equal((position, true), (Assert.Single(refusal).Position, refusal[0].IsOfTheRest));
        Assert.StartsWith(reason, refusal[0].Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Binutils only", "'Binutils' is no name of a source package")]
    [InlineData("<p> only", "'<p>' is no name of a source package")]
    [InlineData("b", "'b' is no name of a source package")]
    [InlineData("lib* only", "'lib*' is no name of a source package")]
    [InlineData("lxd 5.0 2026-06-12", "it is a line of a list of ended support: give its kind as debian-support-ended")]
    [InlineData("lxd\t5.0\t 2026-06-12 why", "it is a line of a list of ended support: give its kind as debian-support-ended")]
    [InlineData("lxd on\u0007ly", "its reason is not text")]
    public void AWrongLineOfLimitedSupportIsRefusedAlone(string line, string reason)
    {
        var (entries, refusals) = Limited($"# List of packages where security support is limited\n{line}\ngolang.*\tSee\tnotes\nvte\n");
        Assert.Equal([("golang.*", "See\tnotes"), ("vte", null)], entries.Select(e => (e.Pattern, e.Note)));
        Assert.Equal(("line 2", reason, false), (Assert.Single(refusals).Position, refusals[0].Reason, refusals[0].IsOfTheRest));
    }

    private static (List<DebianSupportEntry> Entries, List<Refusal> Refusals) Limited(string text)
    {
        var (entries, feed) = (new List<DebianSupportEntry>(), new ReadFeed());
        using var stream = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(text));
        DebianSupport.ReadLimited(stream, feed.Sink(), entries.Add);
        return (entries, feed.Refusals);
    }

    [Theory]
    [InlineData("php-horde.*", "php-horde", true)]
    [InlineData("php-horde.*", "php-horde-core", true)]
    [InlineData("php-horde.*", "xphp-horde", false)]
    [InlineData("golang.*", "golang-1.19", true)]
    [InlineData("libsoup2.4", "libsoup2.4", true)]
    [InlineData("libsoup2.4", "libsoup2x4", false)]
    [InlineData("lib.*-ruby.*", "libxml-ruby1.8", true)]
    [InlineData("lib.*-ruby", "lib-ruby", true)]
    [InlineData("a.*a", "a", false)]
    [InlineData("(a+)+$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", false)]
    public void APatternMeansTheNamesThatFit(string pattern, string source, bool matches) =>
        Assert.Equal(matches, new DebianSupportEntry(pattern, true, null, null, null).Matches(source));

    [Fact]
    public void AWrongLineOfASupportListIsRefusedAlone()
    {
        var (entries, feed) = (new List<DebianSupportEntry>(), new ReadFeed());
        using var stream = new MemoryStream("# head\nwolfssl 1.0\nsmb4k 3.1.7-1 2026-13-12\nSmb4k 3.1.7-1 2026-12-12\nlxd 5.0 2026-06-12 why\n"u8.ToArray());
        DebianSupport.ReadEnded(stream, feed.Sink(), entries.Add);
        Assert.Equal(["line 2", "line 3", "line 4"], feed.Refusals.Select(r => r.Position));
        Assert.Equal("lxd", Assert.Single(entries).Pattern);
    }

    [Fact]
    public void AnAnnouncementIsReadFromItsSignedText()
    {
        var feed = ReadFeed.Of("debian/dsa-mail/DSA-3775-1.eml", DebianAnnouncement.Read);
        Assert.Empty(feed.Refusals);
        Assert.Equal(("DSA-3775-1", 41, new DateTimeOffset(2017, 1, 29, 0, 0, 0, TimeSpan.Zero)), (feed.Only.Id, feed.Only.Cves.Length, feed.Only.Published));
        Assert.Equal(
            ["tcpdump Debian:8 4.9.0-1~deb8u1", "tcpdump Debian:9 4.9.0-1", "tcpdump Debian:sid 4.9.0-1"],
            feed.Only.Affected.Select(a => $"{a.Name} {a.Platform} {a.Ranges[0].Fixed}"));
    }

    [Fact]
    public void WhatStandsOutsideTheSignedTextIsNotRead()
    {
        var mail = File.ReadAllText(Corpus.PathOf("debian/dsa-mail/DSA-3775-1.eml"));
        const string Lie = "Debian Security Advisory DSA-9999-1\nCVE ID         : CVE-2099-9999\n\n";
        var feed = ReadFeed.OfText(Lie + mail + Lie, DebianAnnouncement.Read);
        Assert.Equal(("DSA-3775-1", 41), (feed.Only.Id, feed.Only.Cves.Length));
        Assert.NotEmpty(ReadFeed.OfText(mail.Replace("BEGIN PGP SIGNED", "BEGIN", StringComparison.Ordinal), DebianAnnouncement.Read).Refusals);
    }

    private static List<DebianSupportEntry> Support(string file, Action<Stream, AdvisorySink, Action<DebianSupportEntry>> read)
    {
        var (entries, feed) = (new List<DebianSupportEntry>(), new ReadFeed());
        using var stream = Corpus.Open(file);
        read(stream, feed.Sink(), entries.Add);
        Assert.Empty(feed.Refusals);
        return entries;
    }
}
