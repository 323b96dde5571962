using System.Text;
using PatchFlow.Core.Advisories;

namespace PatchFlow.Core.Tests.Advisories;

/// <summary>CVRF documents of vendors.</summary>
public sealed class CvrfTests
{
    private const string Cisco = "cvrf/cisco/cisco-sa-ios-xr-verii-bypass-HhPwQRvx_cvrf.xml";
    private const string RedHat = "cvrf/redhat/cvrf-rhsa-2023-5628.xml";
    private const string Suse = "cvrf/suse/cvrf-opensuse-su-2015-0225-1.xml";
    private const string OpenEuler = "cvrf/openeuler/cvrf-openEuler-SA-2022-1693.xml";
    private const string Tree = """<FullProductName ProductID="p">P</FullProductName><FullProductName ProductID="q">Q</FullProductName>""";

    private static ReadFeed Of(string file) => ReadFeed.Of(file, Cvrf.Read);

    private static string Document(string tree, string vulnerability, string head = "") => $"""
        <cvrfdoc><DocumentTracking><Identification><ID>A-1</ID></Identification></DocumentTracking>{head}
        <ProductTree>{tree}</ProductTree>
        <Vulnerability>{vulnerability}</Vulnerability></cvrfdoc>
        """;

    private static string Status(string type, params string[] ids) =>
        $"<ProductStatuses><Status Type=\"{type}\">{string.Concat(ids.Select(id => $"<ProductID>{id}</ProductID>"))}</Status></ProductStatuses>";

    private static ReadFeed OfText(string tree, string vulnerability, string head = "") => ReadFeed.OfText(Document(tree, vulnerability, head), Cvrf.Read);

    private static string Shown(AffectedPackage p) =>
        $"{p.Platform}|{p.Name}|{(p.Ranges is [var range] ? range.Fixed ?? "" : "")}|{p.Arch}|{(p.IsSource ? "source" : "")}|{p.Module}|{p.State}|{p.Product}";

    [Theory]
    [InlineData(Cisco, "cisco-sa-ios-xr-verii-bypass-HhPwQRvx", "1.0", 1, 1, "CVE-2025-20177", "", "2025-03-12 16:00", "2025-03-12 16:00", 2)]
    [InlineData(RedHat, "RHSA-2023:5628", "1", 5, 7, "CVE-2023-1095 CVE-2023-1637 CVE-2023-3609 CVE-2023-3776 CVE-2023-4128", "Important", "2023-10-10 16:28", "2023-10-10 16:28", 2)]
    [InlineData(Suse, "openSUSE-SU-2015:0225-1", "1", 1, 59, "CVE-2015-0236", "moderate", "2015-01-29 16:46", "2015-01-29 16:46", 2)]
    [InlineData(OpenEuler, "openEuler-SA-2022-1693", "1.0", 1, 4, "CVE-2021-41183", "Medium", "2022-06-02 00:00", "2022-06-02 00:00", 3)]
    public void ADocumentIsAnAdvisory(string file, string id, string version, int vulnerabilities, int products, string cves, string severity, string published, string modified, int references)
    {
        var feed = new ReadFeed();
        using var stream = Corpus.Open(file);
        var document = Cvrf.ReadDocument(stream, feed.Sink())!;
        var read = feed.Only;
        Assert.Empty(feed.Refusals);
        Assert.Equal((vulnerabilities, products), (document.Vulnerabilities, document.Products));
        Assert.Equal((id, version, cves, severity, Severities.Of(severity)), (read.Id, read.Revision, string.Join(' ', read.Cves), read.SeverityText ?? "", read.Severity));
        Assert.Equal((published, modified, "Final", AdvisoryKind.Security), ($"{read.Published:yyyy-MM-dd HH:mm}", $"{read.Modified:yyyy-MM-dd HH:mm}", read.Status, read.Kind));
        Assert.Equal(references, read.References.Length);
        Assert.NotEmpty(read.Title!);
        Assert.NotEmpty(read.Description!);
    }

    [Theory]
    [InlineData(Cisco, "||||||NoFixYet|Cisco IOS XR Software", 1)]
    [InlineData(RedHat, "Red Hat:rhel_aus:8.4|kernel|0:4.18.0-305.108.1.el8_4||source||Fixed|kernel-0:4.18.0-305.108.1.el8_4 as a component of Red Hat Enterprise Linux BaseOS AUS (v.8.4)", 3)]
    [InlineData(RedHat, "Red Hat:rhel_tus:8.4|kernel|0:4.18.0-305.108.1.el8_4||source||Fixed|kernel-0:4.18.0-305.108.1.el8_4 as a component of Red Hat Enterprise Linux BaseOS TUS (v.8.4)", 3)]
    [InlineData(Suse, "openSUSE:13.1|libvirt|1.1.2-2.48.1||||Fixed|libvirt-1.1.2-2.48.1 as a component of openSUSE 13.1", 29)]
    [InlineData(Suse, "openSUSE:13.1|libvirt-daemon-driver-qemu|1.1.2-2.48.1||||Fixed|libvirt-daemon-driver-qemu-1.1.2-2.48.1 as a component of openSUSE 13.1", 29)]
    [InlineData(OpenEuler, "openEuler:20.03-LTS-SP3|python3-XStatic-jquery-ui|1.12.1.1-2.oe1|noarch|||Fixed|python3-XStatic-jquery-ui-1.12.1.1-2.oe1.noarch.rpm", 3)]
    [InlineData(OpenEuler, "openEuler:20.03-LTS-SP3|python-XStatic-jquery-ui|1.12.1.1-2.oe1||source||Fixed|python-XStatic-jquery-ui-1.12.1.1-2.oe1.src.rpm", 3)]
    public void WhatIsFixedIsAPackageOnItsPlatform(string file, string package, int count)
    {
        var affected = Of(file).Only.Affected;
        Assert.Equal(count, affected.Length);
        Assert.Contains(package, affected.Select(Shown));
        Assert.All(affected, p => Assert.Equal(p.Name.Length > 0 ? VersionScheme.Rpm : VersionScheme.Unknown, p.Scheme));
    }

    [Theory]
    [InlineData(Cisco, "CVSS:3.1/AV:L/AC:L/PR:H/UI:N/S:U/C:H/I:H/A:H", "6.7", "CVE-2025-20177")]
    [InlineData(Suse, "AV:L/AC:L/Au:M/C:P/I:P/A:P", "4", "CVE-2015-0236")]
    [InlineData(OpenEuler, "AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", "6.1", "CVE-2021-41183")]
    public void ScoresAreAsPublished(string file, string vector, string score, string cve) =>
        Assert.Equal(new PublishedScore(vector, decimal.Parse(score, System.Globalization.CultureInfo.InvariantCulture), cve), Assert.Single(Of(file).Only.Scores));

    // Cisco publishes the same advisory in both forms.
    [Fact]
    public void TheSameAdvisoryInCsafSaysTheSame()
    {
        var (cvrf, csaf) = (Of(Cisco).Only, ReadFeed.Of("csaf/advisories/cisco/cisco-sa-ios-xr-verii-bypass-HhPwQRvx.json", Csaf.Read).Only);
        Assert.Equal((csaf.Id, csaf.Title, csaf.Published, string.Join(' ', csaf.Cves), csaf.Kind), (cvrf.Id, cvrf.Title, cvrf.Published, string.Join(' ', cvrf.Cves), cvrf.Kind));
        Assert.Equal(csaf.Scores.Select(s => (s.Vector, s.Score, s.Cve)), cvrf.Scores.Select(s => (s.Vector, s.Score, s.Cve)));
        Assert.Equal(csaf.Affected.Select(p => (p.Platform, p.Name, p.Product)), cvrf.Affected.Select(p => (p.Platform, p.Name, p.Product)));
    }

    [Fact]
    public void OneByteOfAnotherEncodingRefusesTheDocumentWithItsPlace()
    {
        var feed = Of("cvrf/invalid/latin1-cvrf-opensuse-su-2016-0874-1.xml");
        Assert.Empty(feed.Advisories);
        var refusal = Assert.Single(feed.Refusals);
        Assert.Equal(("document", "line 83"), (refusal.File, refusal.Position));
        Assert.Contains("encoding", refusal.Reason, StringComparison.Ordinal);
    }

    // The same bytes with the declaration that they should have had.
    [Fact]
    public void ADeclaredEncodingIsRead()
    {
        var text = Encoding.Latin1.GetString(File.ReadAllBytes(Corpus.PathOf("cvrf/invalid/latin1-cvrf-opensuse-su-2016-0874-1.xml")))
            .Replace("encoding=\"UTF-8\"", "encoding=\"ISO-8859-1\"", StringComparison.Ordinal)
            .Replace(">Security update for dropbear</DocumentTitle", ">Gaël</DocumentTitle", StringComparison.Ordinal);
        var feed = ReadFeed.OfBytes(Encoding.Latin1.GetBytes(text), Cvrf.Read);
        Assert.Empty(feed.Refusals);
        Assert.Equal(("openSUSE-SU-2016:0874-1", "Gaël", Severity.Medium, "CVE-2016-3116"), (feed.Only.Id, feed.Only.Title, feed.Only.Severity, Assert.Single(feed.Only.Cves)));
    }

    [Fact]
    public void SixteenBitsAreReadAndAnUnknownEncodingIsRefusedByItsName()
    {
        var text = $"<?xml version=\"1.0\" encoding=\"{{0}}\"?>{Document(Tree, Status("Fixed", "p"))}";
        Assert.Equal("A-1", ReadFeed.OfBytes([.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes(text.Replace("{0}", "utf-16", StringComparison.Ordinal))], Cvrf.Read).Only.Id);
        var feed = ReadFeed.OfText(text.Replace("{0}", "windows-1252", StringComparison.Ordinal), Cvrf.Read);
        Assert.Contains("windows-1252", Assert.Single(feed.Refusals).Reason, StringComparison.Ordinal);
        Assert.Empty(feed.Advisories);
    }

    [Theory]
    [InlineData("First Affected", FixState.NoFixYet)]
    [InlineData("Known Affected", FixState.NoFixYet)]
    [InlineData("Last Affected", FixState.NoFixYet)]
    [InlineData("Known Not Affected", FixState.NotAffected)]
    [InlineData("First Fixed", FixState.Fixed)]
    [InlineData("Fixed", FixState.Fixed)]
    [InlineData("Recommended", FixState.Fixed)]
    public void EachStatusHasItsState(string type, FixState state)
    {
        var feed = OfText(Tree, Status(type, "p"));
        Assert.Empty(feed.Refusals);
        Assert.Equal((state, "P"), (Assert.Single(feed.Only.Affected).State, feed.Only.Affected[0].Product));
    }

    [Theory]
    [InlineData("Vendor Fix", FixState.Fixed)]
    [InlineData("Will Not Fix", FixState.WillNotFix)]
    [InlineData("None Available", FixState.NoFixYet)]
    [InlineData("Workaround", FixState.NoFixYet)]
    public void ARemediationOfOneProductOutranksThatOfAll(string type, FixState state)
    {
        var remedies = $"<Remediations><Remediation Type=\"Mitigation\"><Description>all</Description></Remediation><Remediation Type=\"{type}\"><Description>one</Description><ProductID>p</ProductID></Remediation></Remediations>";
        var affected = OfText(Tree, Status("Known Affected", "p", "q") + remedies).Only.Affected;
        Assert.Equal([(state, "one"), (FixState.NoFixYet, "all")], affected.Select(p => (p.State, p.Note!)));
    }

    [Theory]
    [InlineData("Workaround", "Vendor Fix", FixState.Fixed)]
    [InlineData("None Available", "Will Not Fix", FixState.WillNotFix)]
    [InlineData("Will Not Fix", "Vendor Fix", FixState.Fixed)]
    public void AFixOutranksWhatStandsBeforeIt(string first, string second, FixState state)
    {
        foreach (var scope in new[] { "<ProductID>p</ProductID>", "" })
        {
            var remedies = $"<Remediations><Remediation Type=\"{first}\">{scope}</Remediation><Remediation Type=\"{second}\">{scope}</Remediation></Remediations>";
            Assert.Equal(state, Assert.Single(OfText(Tree, Status("Known Affected", "p") + remedies).Only.Affected).State);
        }
    }

    [Fact]
    public void AGroupStandsForItsProducts()
    {
        var tree = Tree + "<ProductGroups><Group GroupID=\"g\"><ProductID>p</ProductID><ProductID>q</ProductID></Group></ProductGroups>";
        var feed = OfText(tree, Status("Known Affected", "p", "q") + "<Remediations><Remediation Type=\"Will Not Fix\"><GroupID>g</GroupID></Remediation></Remediations>");
        Assert.Empty(feed.Refusals);
        Assert.All(feed.Only.Affected, p => Assert.Equal(FixState.WillNotFix, p.State));
    }

    [Fact]
    public void AModuleOfRedHatIsItsStream()
    {
        const string tree = """
            <Branch Type="Product Name" Name="App"><FullProductName ProductID="app" CPE="cpe:/a:redhat:enterprise_linux:8::appstream">App</FullProductName></Branch>
            <Branch Type="Product Version" Name="ruby:2.7:8080020230427102918:63b34585"><FullProductName ProductID="m">m</FullProductName></Branch>
            <Branch Type="Product Version" Name="ruby-0:2.7.8-139.module+el8.8.0+18745+f1bef313"><FullProductName ProductID="r">r</FullProductName></Branch>
            <Relationship ProductReference="r" RelationType="Default Component Of" RelatesToProductReference="app:m"><FullProductName ProductID="app:m:r">r on m on App</FullProductName></Relationship>
            <Relationship ProductReference="m" RelationType="Default Component Of" RelatesToProductReference="app"><FullProductName ProductID="app:m">m on App</FullProductName></Relationship>
            """;
        Assert.Equal("Red Hat:8|ruby|0:2.7.8-139.module+el8.8.0+18745+f1bef313||source|ruby:2.7|Fixed|r on m on App", Shown(Assert.Single(OfText(tree, Status("Fixed", "app:m:r")).Only.Affected)));
    }

    // What looks like a build of rpm is none where no distribution of rpm is near.
    [Fact]
    public void AVersionOfAnApplianceIsNoPackage()
    {
        var affected = OfText("""<Branch Type="Product Version" Name="release-7.11-2"><FullProductName ProductID="p">Switch release-7.11-2</FullProductName></Branch>""", Status("Known Affected", "p")).Only.Affected;
        Assert.Equal(("", "Switch release-7.11-2", VersionScheme.Unknown), (Assert.Single(affected).Name, affected[0].Product, affected[0].Scheme));
    }

    [Theory]
    [InlineData("Fixed", "p r", "'r'")]
    [InlineData("Sometimes Affected", "p", "'Sometimes Affected'")]
    public void WhatIsNotKnownIsRefusedAndTheRestGoesIn(string type, string ids, string word)
    {
        var feed = OfText(Tree, $"<CVE>CVE-2024-0001</CVE>{Status(type, ids.Split(' '))}");
        Assert.Equal("CVE-2024-0001", Assert.Single(feed.Only.Cves));
        Assert.Equal("CVE-2024-0001 (vulnerability 1 (line 3))", Assert.Single(feed.Refusals).Position);
        Assert.Contains(word, feed.Refusals[0].Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<CVE>CVE-24-1</CVE>", "'CVE-24-1' is no CVE id")]
    [InlineData("<CVSSScoreSets><ScoreSet><BaseScore>11</BaseScore></ScoreSet></CVSSScoreSets>", "'11' is no base score")]
    [InlineData("<CVSSScoreSets><ScoreSet><BaseScore>6,1</BaseScore></ScoreSet></CVSSScoreSets>", "'6,1' is no base score")]
    public void AWrongValueIsRefusedAlone(string part, string reason)
    {
        var feed = OfText(Tree, part + Status("Fixed", "p"));
        Assert.Contains(reason, Assert.Single(feed.Refusals).Reason, StringComparison.Ordinal);
        Assert.Single(feed.Only.Affected);
        Assert.Empty(feed.Only.Scores);
    }

    [Fact]
    public void AProductDefinedTwiceInDifferentWaysIsRefused()
    {
        var feed = OfText(Tree + """<FullProductName ProductID="p">Other</FullProductName>""", Status("Fixed", "p", "q"));
        Assert.Equal(["Other UnderInvestigation", "P UnderInvestigation", "Q Fixed"], feed.Only.Affected.Select(p => $"{p.Product} {p.State}").Order());
        Assert.Equal(2, feed.Refusals.Count(r => r.Reason.Contains("more than once", StringComparison.Ordinal)));
    }

    [Fact]
    public void ACircleOfRelationshipsIsRefused()
    {
        var relations = string.Concat(Enumerable.Range(0, 2000).Select(i => $"<Relationship ProductReference=\"r{(i + 1) % 2000}\" RelatesToProductReference=\"r{(i + 1) % 2000}\"><FullProductName ProductID=\"r{i}\">R</FullProductName></Relationship>"));
        var feed = OfText(relations, Status("Fixed", "r1"));
        Assert.Equal(FixState.UnderInvestigation, Assert.Single(feed.Only.Affected).State);
        Assert.NotEmpty(feed.Refusals);
    }

    [Fact]
    public void WithoutAnIdItIsNoAdvisory()
    {
        var feed = ReadFeed.OfText("<cvrfdoc><DocumentTitle>T</DocumentTitle></cvrfdoc>", Cvrf.Read);
        Assert.Empty(feed.Advisories);
        Assert.Contains("without ID", Assert.Single(feed.Refusals).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void ADocumentCutShortIsNotHalfRead()
    {
        var text = Document(Tree, Status("Fixed", "p"));
        var feed = ReadFeed.OfText(text[..^10], Cvrf.Read);
        Assert.Empty(feed.Advisories);
        Assert.Single(feed.Refusals);
    }

    [Fact]
    public void ADocumentThatIsTooLongIsRefusedWithoutTheMemoryForIt()
    {
        var text = Document(Tree, string.Concat(Enumerable.Repeat(Status("Fixed", "p"), 200_000)));
        var before = GC.GetAllocatedBytesForCurrentThread();
        var feed = ReadFeed.OfBytes(Encoding.UTF8.GetBytes(text), Cvrf.Read, AdvisoryLimits.Default with { RecordBytes = 100_000 });
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < text.Length + 4_000_000, $"{GC.GetAllocatedBytesForCurrentThread() - before} bytes");
        Assert.Empty(feed.Advisories);
        Assert.Equal("the document is larger than 100000 bytes", Assert.Single(feed.Refusals).Reason);
    }

    // What is said of a vulnerability without a CVE, or with a misspelt one, is said of no other.
    [Theory]
    [InlineData("<CVE>CVE-2026-2001</CVE>", "<ID>BUG-77</ID>", "NoFixYet CVE-2026-2001; NotAffected A-1 BUG-77", 0)]
    [InlineData("<CVE>CVE-2026-2001</CVE>", "", "NoFixYet CVE-2026-2001; NotAffected A-1 vulnerabilities[1]", 0)]
    [InlineData("<CVE>CVE-2026-2001</CVE>", "<CVE>CVE-26-3</CVE>", "NoFixYet CVE-2026-2001; NotAffected A-1 CVE-26-3", 1)]
    [InlineData("<CVE>CVE-2026-2001</CVE>", "<CVE>cve-2026-2002</CVE>", "NoFixYet CVE-2026-2001; NotAffected CVE-2026-2002", 0)]
    [InlineData("<ID>BUG-76</ID>", "<ID>BUG-77</ID>", "NoFixYet A-1 BUG-76; NotAffected A-1 BUG-77", 0)]
    public void WhatIsSaidOfAVulnerabilityIsSaidOfNoOther(string first, string second, string expected, int refusals)
    {
        var read = OfText(Tree, $"{first}{Status("Known Affected", "p")}</Vulnerability><Vulnerability>{second}{Status("Known Not Affected", "p")}");
        Assert.Equal(expected, string.Join("; ", read.Only.Affected.Select(a => $"{a.State} {string.Join(' ', a.Cves)}")));
        Assert.Equal(refusals, read.Refusals.Count);
    }
}
