using System.Text;
using PatchFlow.Core.Advisories;

namespace PatchFlow.Core.Tests.Advisories;

/// <summary>Microsoft's months in both forms. The one in JSON is written after the API's description, in the words of version 3 and the numbers of version 2.</summary>
public sealed class MsrcTests
{
    private const string Tree = """
        {"Branch":[{"Items":[{"Items":[{"ProductID":"1","Value":"Windows Server 2022"},{"ProductID":"2","Value":".NET 8.0"}],"Type":1,"Name":"Windows"}],"Type":0,"Name":"Microsoft"}],
         "FullProductName":[{"ProductID":"1","Value":"Windows Server 2022","CPE":"cpe:2.3:o:microsoft:windows_server_2022:*"},{"ProductID":"2","Value":".NET 8.0"}]}
        """;

    private const string Head = """
        "DocumentTitle":{"Value":"March 2024 Security Updates"},"DocumentType":{"Value":"Security Update"},"DocumentPublisher":{"ContactDetails":{"Value":"x"},"Type":0},
        "DocumentTracking":{"Identification":{"ID":{"Value":"2024-Mar"},"Alias":{"Value":"2024-Mar"}},"Status":2,"Version":"1.0","InitialReleaseDate":"2024-03-12T07:00:00","CurrentReleaseDate":"2024-04-09T07:00:00"}
        """;

    private static string Vulnerability(string cve, string status, string fix, string severity, string remedies = "") => $$$"""
        {"Title":{"Value":"T"},"Notes":[{"Title":"Description","Type":2,"Ordinal":"0","Value":"D"}],"CVE":"{{{cve}}}",
         "ProductStatuses":[{"ProductID":["1","2"],"Type":{{{status}}}}],
         "Threats":[{"Description":{"Value":"Remote Code Execution"},"ProductID":["1"],"Type":0},{"Description":{"Value":"Important"},"ProductID":["1"],"Type":{{{severity}}}},{"Description":{"Value":"Critical"},"ProductID":["2"],"Type":{{{severity}}}}],
         "CVSSScoreSets":[{"BaseScore":7.5,"TemporalScore":6.7,"Vector":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H/E:P/RL:O/RC:C","ProductID":["1"]},{"BaseScore":7.5,"TemporalScore":6.7,"Vector":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H/E:P/RL:O/RC:C","ProductID":["2"]}],
         "Remediations":[{"Description":{"Value":"5035857"},"URL":"https://catalog.example/KB5035857","Supercedence":"5034770","ProductID":["1"],"Type":{{{fix}}},"AffectedFiles":[],"RestartRequired":{"Value":"Yes"},"SubType":"Security Update","FixedBuild":"10.0.20348.2340"}{{{remedies}}}],
         "RevisionHistory":[{"Number":"1.0","Date":"2024-03-12T07:00:00","Description":{"Value":"I"}},{"Number":"1.1","Date":"2024-03-20T07:00:00","Description":{"Value":"R"}}],"Ordinal":"1"}
        """;

    private static string Json(params string[] vulnerabilities) => $$"""{{{Head}},"ProductTree":{{Tree}},"Vulnerability":[{{string.Join(',', vulnerabilities)}}]}""";

    private static ReadFeed OfJson(string text, AdvisoryLimits? limits = null) => ReadFeed.OfText(text, MsrcCvrfJson.Read, limits);

    private static string Xml(string vulnerability) => $"""
        <cvrfdoc><ProductTree><FullProductName ProductID="1">Windows Server 2022</FullProductName></ProductTree>
        <Vulnerability>{vulnerability}</Vulnerability><Vulnerability><CVE>CVE-2024-0002</CVE></Vulnerability></cvrfdoc>
        """;

    private static string Shown(AffectedPackage p) =>
        $"{p.Product}: {p.Update?.Id ?? "-"} over {string.Join('+', p.Update?.Supersedes ?? [])} build {p.Update?.FixedBuild} before {(p.Ranges is [var range] ? range.Fixed : "")} restart {p.Update?.Restart} {p.Update?.Kind} {p.State}";

    [Fact]
    public void AMonthListsItsProductsAndVulnerabilities()
    {
        var feed = new ReadFeed();
        using var stream = Corpus.Open("msrc/cvrf/2016-Apr.xml");
        var month = MsrcCvrf.ReadMonth(stream, feed.Sink())!;
        Assert.Empty(feed.Refusals);
        Assert.Equal(("2016-Apr", "April 2016 Security Updates", 248, 1, "2016-04-12", "2018-04-10"),
            (month.Id, month.Title, month.Products, month.Vulnerabilities, $"{month.Published:yyyy-MM-dd}", $"{month.Modified:yyyy-MM-dd}"));
    }

    [Fact]
    public void AVulnerabilityOfAMonthIsAnAdvisory()
    {
        var read = ReadFeed.Of("msrc/cvrf/2016-Apr.xml", MsrcCvrf.Read).Only;
        Assert.Equal(("CVE-2016-0088", "1.0", "Windows Hyper-V Remote Code Execution Vulnerability", Severity.High, "Important", true),
            (read.Id, read.Revision, read.Title, read.Severity, read.SeverityText, read.RebootSuggested));
        Assert.Equal(["CVE-2016-0088"], read.Cves);
        Assert.StartsWith("<p>A remote code execution vulnerability exists when Windows Hyper-V", read.Description, StringComparison.Ordinal);
        Assert.Equal(("2016-04-12", "2016-04-12", 6), ($"{read.Published:yyyy-MM-dd}", $"{read.Modified:yyyy-MM-dd}", read.Affected.Length));
    }

    [Theory]
    [InlineData("Windows 10 for x64-based Systems: KB3147461 over KB3140745 build  before  restart Yes Security Update Fixed")]
    [InlineData("Windows 8.1 for x64-based systems: KB3135456 over KB3087088 build  before  restart Yes Security Update Fixed")]
    [InlineData("Windows Server 2012 R2 (Server Core installation): KB3135456 over KB3087088 build  before  restart Yes Security Update Fixed")]
    public void AnUpdateIsToldWithWhatItReplaces(string expected) =>
        Assert.Contains(expected, ReadFeed.Of("msrc/cvrf/2016-Apr.xml", MsrcCvrf.Read).Only.Affected.Select(Shown));

    [Theory]
    [InlineData("Windows 10 for x64-based Systems", "Windows:10", "Windows", "x64")]
    [InlineData("Windows 8.1 for 32-bit systems", "Windows:8.1", "Windows", "x86")]
    [InlineData("Windows 11 Version 22H2 for ARM64-based Systems", "Windows:11 Version 22H2", "Windows", "arm64")]
    [InlineData("Windows Server 2008 for Itanium-Based Systems Service Pack 2", "Windows:Server 2008 Service Pack 2", "Windows", "ia64")]
    [InlineData("Windows Vista x64 Edition Service Pack 2", "Windows:Vista Service Pack 2", "Windows", "x64")]
    [InlineData("Windows Server 2012 R2 (Server Core installation)", "Windows:Server 2012 R2 (Server Core installation)", "Windows", null)]
    [InlineData("Internet Explorer 9 on Windows Vista Service Pack 2", "Windows:Vista Service Pack 2", "Internet Explorer 9", null)]
    [InlineData("Microsoft Word 2016 for Mac", "Microsoft", "Microsoft Word 2016 for Mac", null)]
    public void AProductIsAPackageOnAPlatformThatIsOnlyReportedOn(string product, string platform, string name, string? arch)
    {
        var text = Xml("""<CVE>CVE-2024-0001</CVE><ProductStatuses><Status Type="Known Affected"><ProductID>1</ProductID></Status></ProductStatuses>""").Replace("Windows Server 2022", product, StringComparison.Ordinal);
        var package = Assert.Single(ReadFeed.OfText(text, MsrcCvrf.Read)["CVE-2024-0001"].Affected);
        Assert.Equal((platform, name, arch, product, FixState.NoFixYet), (package.Platform, package.Name, package.Arch, package.Product, package.State));
        Assert.True(Platforms.IsReportOnly(package.Platform));
    }

    [Fact]
    public void AzureLinuxIsNotWindows()
    {
        var text = Xml("""
            <CVE>CVE-2024-0001</CVE><ProductStatuses><Status Type="Known Affected"><ProductID>1</ProductID></Status></ProductStatuses>
            <Remediations><Remediation Type="Vendor Fix"><Description>CBL-Mariner Releases</Description><ProductID>1</ProductID><FixedBuild>3.3.5-3</FixedBuild></Remediation></Remediations>
            """).Replace("Windows Server 2022", "azl3 ruby 3.3.5-2 on Azure Linux 3.0", StringComparison.Ordinal);
        var package = Assert.Single(ReadFeed.OfText(text, MsrcCvrf.Read)["CVE-2024-0001"].Affected);
        Assert.Equal(("Azure Linux:3", "ruby", VersionScheme.Rpm, "3.3.5-3"), (package.Platform, package.Name, package.Scheme, package.Ranges[0].Fixed));
        Assert.False(Platforms.IsReportOnly(package.Platform));
    }

    // Version 2 has numbers where version 3 has words.
    [Theory]
    [InlineData("3", "2", "3")]
    [InlineData("\"Known Affected\"", "\"VendorFix\"", "\"Severity\"")]
    [InlineData("\"KnownAffected\"", "\"Vendor Fix\"", "\"severity\"")]
    public void AMonthInJsonSaysTheSame(string status, string fix, string severity)
    {
        var feed = OfJson(Json(Vulnerability("CVE-2024-21392", status, fix, severity)));
        Assert.Empty(feed.Refusals);
        var read = feed.Only;
        Assert.Equal(("CVE-2024-21392", "1.1", "T", "D", Severity.Critical, "Final"), (read.Id, read.Revision, read.Title, read.Description, read.Severity, read.Status));
        Assert.Equal(("2024-03-12", "2024-03-20"), ($"{read.Published:yyyy-MM-dd}", $"{read.Modified:yyyy-MM-dd}"));
        Assert.Equal(new PublishedScore("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H/E:P/RL:O/RC:C", 7.5m, "CVE-2024-21392"), Assert.Single(read.Scores));
        Assert.Equal([
            "Windows Server 2022: KB5035857 over KB5034770 build 10.0.20348.2340 before 10.0.20348.2340 restart Yes Security Update Fixed",
            ".NET 8.0: - over  build  before  restart   NoFixYet"], read.Affected.Select(Shown));
    }

    [Fact]
    public void WhatStandsAroundTheVulnerabilitiesInJsonIsRead()
    {
        var feed = new ReadFeed();
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(Json(Vulnerability("CVE-2024-0001", "3", "2", "3"))));
        var month = MsrcCvrfJson.ReadMonth(stream, feed.Sink());
        Assert.Equal(("2024-Mar", "March 2024 Security Updates", "Final", "1.0", 4, 1, "2024-04-09"),
            (month.Id, month.Title, month.Status, month.Version, month.Products, month.Vulnerabilities, $"{month.Modified:yyyy-MM-dd}"));
    }

    // The same update is named once for each product, a hotpatch beside it, and a product may have release notes instead of a number.
    [Theory]
    [InlineData("""{"Description":{"Value":"5035857"},"ProductID":["1"],"Type":5}""", "KB5035857")]
    [InlineData("""{"Description":{"Value":"5035959"},"ProductID":["1"],"Type":2,"SubType":"AzureHotpatch","FixedBuild":"10.0.20348.2333"}""", "KB5035857 KB5035959")]
    [InlineData("""{"Description":{"Value":"Release Notes"},"ProductID":["1"],"Type":2,"FixedBuild":"https://aka.ms/OfficeSecurityReleases"}""", "KB5035857 Release Notes")]
    public void AProductHasAsManyPackagesAsUpdates(string remedy, string updates)
    {
        var affected = OfJson(Json(Vulnerability("CVE-2024-0001", "3", "2", "3", "," + remedy))).Only.Affected.Where(p => p.Product == "Windows Server 2022").ToList();
        Assert.Equal(updates, string.Join(' ', affected.Select(p => p.Update!.Id)));
        Assert.All(affected, p => Assert.True(p.Ranges.All(range => range.Fixed!.StartsWith("10.0.", StringComparison.Ordinal))));
    }

    [Theory]
    [InlineData("4", FixState.WillNotFix)]
    [InlineData("3", FixState.NoFixYet)]
    [InlineData("1", FixState.NoFixYet)]
    public void WithoutAFixItIsSaidWhether(string type, FixState state) =>
        Assert.Equal(state, OfJson(Json(Vulnerability("CVE-2024-0001", "3", "2", "3", $$""",{"Description":{"Value":"x"},"ProductID":["2"],"Type":{{type}}}"""))).Only.Affected[1].State);

    [Theory]
    [InlineData("3034344", "KB3034344")]
    [InlineData("3034344, KB3034345;3034346", "KB3034344 KB3034345 KB3034346")]
    [InlineData("MS16-118", "")]
    [InlineData("", "")]
    public void ReplacedUpdatesAreTheNumbersOfTheirArticles(string text, string numbers) => Assert.Equal(numbers, string.Join(' ', VendorUpdate.NumbersIn(text)));

    [Fact]
    public void AWrongVulnerabilityIsRefusedAlone()
    {
        var feed = OfJson(Json(Vulnerability("", "3", "2", "3"), Vulnerability("CVE-2024-0001", "99", "2", "3"), Vulnerability("ADV990001", "3", "2", "3")));
        Assert.Equal(["CVE-2024-0001", "ADV990001"], feed.Advisories.Select(a => a.Id));
        Assert.Empty(feed["ADV990001"].Cves);
        Assert.Equal(["record 1 (line 3)", "CVE-2024-0001 (record 2 (line 8))"], feed.Refusals.Select(r => r.Position));
        Assert.Contains("'99' is no product status", feed.Refusals[1].Reason, StringComparison.Ordinal);

        // The update tells that the product was affected.
        Assert.Equal(["Windows Server 2022"], feed["CVE-2024-0001"].Affected.Select(p => p.Product!));
    }

    [Fact]
    public void AnUndefinedProductIsRefusedAndTheRestGoesIn()
    {
        var feed = OfJson(Json(Vulnerability("CVE-2024-0001", "3", "2", "3").Replace("\"ProductID\":[\"1\",\"2\"]", "\"ProductID\":[\"1\",\"7\"]", StringComparison.Ordinal)));
        Assert.Equal(["Windows Server 2022 Fixed", "7 UnderInvestigation"], feed.Only.Affected.Select(p => $"{p.Product} {p.State}").OrderDescending());
        Assert.Contains("'7'", Assert.Single(feed.Refusals).Reason, StringComparison.Ordinal);
    }

    // JSON has no order: what comes before its products waits for them, and not without end.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void VulnerabilitiesBeforeTheirProductsWaitForThem(bool tooMany)
    {
        var one = Vulnerability("CVE-2024-0001", "3", "2", "3").Trim();
        var text = $$"""{"Vulnerability":[{{one}},{{one.Replace("0001", "0002", StringComparison.Ordinal)}}],{{Head}},"ProductTree":{{Tree}}}""";
        var feed = OfJson(text, tooMany ? AdvisoryLimits.Default with { RecordBytes = one.Length } : null);
        Assert.Equal(tooMany ? 0 : 2, feed.Advisories.Count);
        Assert.Equal(tooMany ? [$"more than {one.Length} bytes of vulnerabilities stand before the product tree: the rest is not read"] : [], feed.Refusals.Select(r => r.Reason));
        Assert.All(feed.Advisories, a => Assert.Equal(2, a.Affected.Length));
    }

    [Fact]
    public void AVulnerabilityThatIsTooLongIsRefusedAlone()
    {
        var notes = string.Concat(Enumerable.Repeat("<Threats><Threat><Description>x</Description></Threat></Threats>", 20_000));
        var feed = ReadFeed.OfText(Xml($"<CVE>CVE-2024-0001</CVE>{notes}"), MsrcCvrf.Read, AdvisoryLimits.Default with { RecordBytes = 100_000 });
        Assert.Equal(["CVE-2024-0002"], feed.Advisories.Select(a => a.Id));
        Assert.Equal(("CVE-2024-0001 (vulnerability 1 (line 2))", "it is larger than 100000 bytes"), (Assert.Single(feed.Refusals).Position, feed.Refusals[0].Reason));
    }

    [Fact]
    public void AProductTreeThatIsTooLongEndsTheReading()
    {
        var feed = ReadFeed.OfText(Xml("<CVE>CVE-2024-0001</CVE>").Replace("<ProductTree>", $"<ProductTree>{string.Concat(Enumerable.Repeat("<FullProductName/>", 100_000))}", StringComparison.Ordinal), MsrcCvrf.Read, AdvisoryLimits.Default with { RecordBytes = 100_000 });
        Assert.Empty(feed.Advisories);
        Assert.Contains("larger than 100000 bytes: the rest is not read", feed.Refusals[^1].Reason, StringComparison.Ordinal);
    }

    // A month four times as long must not take four times the memory: each advisory leaves before the next is read.
    [Fact]
    public void AdvisoriesAreHandedOutOnTheWay()
    {
        var one = """<Vulnerability><CVE>CVE-2024-#####</CVE><ProductStatuses><Status Type="Known Affected"><ProductID>1</ProductID></Status></ProductStatuses></Vulnerability>""";
        var text = $"<cvrfdoc><ProductTree><FullProductName ProductID=\"1\">P</FullProductName></ProductTree>{string.Concat(Enumerable.Range(10_000, 5_000).Select(i => one.Replace("#####", $"{i}", StringComparison.Ordinal)))}</cvrfdoc>";
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(text));
        var found = 0;
        MsrcCvrf.Read(stream, new AdvisorySink("month", _ => Assert.InRange((stream.Position / one.Length) - found++, 0, 1 + ((64 << 10) / one.Length)), refusal => Assert.Fail(refusal.Reason)));
        Assert.Equal(5_000, found);
    }
}
