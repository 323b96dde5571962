using System.Text;
using PatchFlow.Core.Advisories;

namespace PatchFlow.Core.Tests.Advisories;

/// <summary>Pages of Microsoft's Security Update Guide, its list of months, and the Update Catalog.</summary>
public sealed class MsrcGuideTests
{
    private const string Detail = """
        <!DOCTYPE html><html><title>Microsoft Update Catalog</title>
        <span id="ScopedViewHandler_titleText">2023-04 Cumulative Update &amp; more (KB5025239)</span> <span id="ScopedViewHandler_date">4/11/2023</span>
        <div id="classificationDiv"><span class="labelTitle">Classification:</span> Security Updates </div><div id="productsDiv"><span>Supported products:</span> Windows 11 </div>
        <span id="ScopedViewHandler_msrcSeverity">Critical</span><div id="kbDiv"><span id="l">KB article numbers:</span> 5025239 </div>
        <div id="supersededbyInfo"><div><a href='ScopedViewInline.aspx?updateid=0b97c243'>2023-05 Cumulative Update (KB5026372)</a></div><div><a href='x'>Preview (KB5025305)</a></div></div>
        <span>This update replaces the following updates:</span><div id="supersedesInfo"><div> 2023-03 Preview (KB5023778) </div><div> 2023-03 Preview (KB5023778) UUP </div><div>2022-09 (KB5019311)</div></div>
        <div id="languageBox"></div><span id="ScopedViewHandler_rebootBehavior">Can request restart</span></html>
        """;

    private static (List<T> Found, MsrcPage Page, List<Refusal> Refusals) Records<T>(Stream stream, Func<Stream, AdvisorySink, Action<T>, MsrcPage> read)
    {
        var (found, feed) = (new List<T>(), new ReadFeed());
        using (stream)
        {
            return (found, read(stream, feed.Sink(), found.Add), feed.Refusals);
        }
    }

    private static (List<VendorUpdate> Found, List<Refusal> Refusals) Catalog(Stream stream)
    {
        var (found, _, refusals) = Records<VendorUpdate>(stream, (document, sink, take) =>
        {
            UpdateCatalog.Read(document, sink, take);
            return new MsrcPage();
        });
        return (found, refusals);
    }

    private static MemoryStream Text(string text) => new(Encoding.UTF8.GetBytes(text));

    [Fact]
    public void MonthsAreListed()
    {
        var (found, page, refusals) = Records<MsrcMonthEntry>(Corpus.Open("msrc/cvrf/updates.json"), MsrcGuide.ReadMonths);
        Assert.Empty(refusals);
        Assert.Equal((2, null), (found.Count, page.Next));
        Assert.Equal(new MsrcMonthEntry("2024-Mar", "March 2024 Security Updates", new(2024, 3, 12, 7, 0, 0, TimeSpan.Zero), new(2024, 4, 9, 7, 0, 0, TimeSpan.Zero), "https://api.msrc.microsoft.com/cvrf/v3.0/cvrf/2024-Mar"), found[1]);
    }

    [Fact]
    public void AVulnerabilityOfTheGuideIsAnAdvisory()
    {
        var feed = new ReadFeed();
        using var stream = Corpus.Open("msrc/sug-api/vulnerability-0.json");
        var page = MsrcGuide.ReadVulnerabilities(stream, feed.Sink());
        Assert.Equal((3, "https://api.msrc.microsoft.com/sug/v2.0/sugodata/v2.0/en-US/vulnerability?$skip=2"), (page.Total, page.Next));
        Assert.Empty(feed.Refusals);
        Assert.Equal(["CVE-2025-21384", "CVE-2025-26683"], feed.Advisories.Select(a => a.Id));
        var read = feed.Advisories[0];
        Assert.Equal(("Azure Health Bot Elevation of Privilege Vulnerability", Severity.Critical, "1", "2025-03-31", "2025-03-31"),
            (read.Title, read.Severity, read.Revision, $"{read.Published:yyyy-MM-dd}", $"{read.Modified:yyyy-MM-dd}"));
        Assert.Equal(new PublishedScore("CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:L/E:U/RL:O/RC:C", 8.3m, "CVE-2025-21384"), Assert.Single(read.Scores));
        Assert.StartsWith("An authenticated attacker can exploit an Server-Side Request Forgery", read.Description, StringComparison.Ordinal);
    }

    [Fact]
    public void AServiceThatTheVendorMendedNeedsNoAction()
    {
        var feed = ReadFeed.Of("msrc/sug-api/product-0.json", (document, sink) => MsrcGuide.ReadProducts(document, sink));
        Assert.Empty(feed.Refusals);
        var package = Assert.Single(feed["CVE-2025-26683"].Affected);
        Assert.Equal(("Microsoft", "Azure Playwright", FixState.Fixed, "mended by the vendor; no action is required"), (package.Platform, package.Name, package.State, package.Note));
        Assert.Equal(8.1m, Assert.Single(feed["CVE-2025-26683"].Scores).Score);
    }

    [Fact]
    public void TheProductsOfAVulnerabilityComeTogether()
    {
        static string Entry(string product, string article) => $$"""
            {"baseScore":"7.8","cveNumber":"CVE-2025-24066","customerActionRequired":true,"product":"{{product}}","severity":"Important","vectorString":"CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H/E:U/RL:O/RC:C",
             "kbArticles":[{"articleName":"{{article}}","downloadName":"Security Update","fixedBuildNumber":"10.0.14393.7876","rebootRequired":"Yes","supercedence":"5052006"}]}
            """;
        var feed = ReadFeed.OfText($$"""{"value":[{{Entry("Windows Server 2016", "5053594")}},{{Entry("Windows Server 2016", "5053595")}},{{Entry("Windows 10 Version 1607 for x64-based Systems", "5053594")}},{"cveNumber":"CVE-2025-0001","product":"X","customerActionRequired":true}]}""",
            (document, sink) => MsrcGuide.ReadProducts(document, sink));
        Assert.Empty(feed.Refusals);
        Assert.Equal(["Windows:Server 2016 KB5053594", "Windows:Server 2016 KB5053595", "Windows:10 Version 1607 KB5053594"], feed["CVE-2025-24066"].Affected.Select(p => $"{p.Platform} {p.Update!.Id}"));
        Assert.All(feed["CVE-2025-24066"].Affected, p => Assert.Equal("10.0.14393.7876", p.Ranges[0].Fixed));
        Assert.True(feed["CVE-2025-24066"].RebootSuggested);
        Assert.Single(feed["CVE-2025-24066"].Scores);
        Assert.Equal(FixState.NoFixYet, Assert.Single(feed["CVE-2025-0001"].Affected).State);
    }

    [Fact]
    public void ADeploymentIsAnUpdateOfAProduct()
    {
        var (found, page, refusals) = Records<VendorUpdate>(Corpus.Open("msrc/sug-api/deployment-0.json"), MsrcGuide.ReadDeployments);
        Assert.Empty(refusals);
        Assert.Equal((2, 3), (found.Count, page.Total));
        Assert.Equal(("KB3147461", "Windows 10 for 32-bit Systems", "KB3140745", "Yes", "Security Update", "Critical", "2002-04-12"),
            (found[0].Id, found[0].Product, found[0].Supersedes[0], found[0].Restart, found[0].Kind, found[0].Severity, $"{found[0].Released:yyyy-MM-dd}"));
        Assert.Equal("https://catalog.update.microsoft.com/v7/site/Search.aspx?q=KB3147461", found[0].Address);
    }

    [Theory]
    [InlineData("""{"value":[{"x":1},{"cveNumber":"CVE-2025-0001","baseScore":"x"}]}""", 2)]
    [InlineData("""{"value":[{"cveNumber":"CVE-2025-0001"}]}x""", 1)]
    [InlineData("""{"value":[{"cveNumber":"CVE-2025-0001"},{"cveNumber":"CVE-2025-0002" """, 2)]
    [InlineData("""{"value":[{"cveNumber":"../../x"},{"cveNumber":"CVE-2025-0001"}]}""", 1)]
    public void AWrongEntryIsRefusedAlone(string text, int refusals)
    {
        var feed = ReadFeed.OfText(text, (document, sink) => MsrcGuide.ReadVulnerabilities(document, sink));
        Assert.Equal("CVE-2025-0001", feed.Only.Id);
        Assert.Equal(refusals, feed.Refusals.Count);
    }

    [Fact]
    public void AListOfTheCatalogHasAnUpdateARow()
    {
        var (found, refusals) = Catalog(Corpus.Open("msrc/update-catalog/Search-KB5025239.html"));
        Assert.Empty(refusals);
        Assert.Equal(2, found.Count);
        Assert.Equal(("KB5025239", "2023-04 Cumulative Update for Windows 11 Version 22H2 for arm64-based Systems (KB5025239)", "Windows 11", "Security Updates", "2023-04-11", 420959465L),
            (found[0].Id, found[0].Title, found[0].Product, found[0].Kind, $"{found[0].Released:yyyy-MM-dd}", found[0].SizeBytes));
    }

    [Fact]
    public void TheDetailsOfAnUpdateSayWhatReplacesIt()
    {
        var (found, refusals) = Catalog(Text(Detail));
        Assert.Empty(refusals);
        var update = Assert.Single(found);
        Assert.Equal(("KB5025239", "2023-04 Cumulative Update & more (KB5025239)", "Windows 11", "Security Updates", "Critical", "Can request restart", "2023-04-11"),
            (update.Id, update.Title, update.Product, update.Kind, update.Severity, update.Restart, $"{update.Released:yyyy-MM-dd}"));
        Assert.Equal(["KB5026372", "KB5025305"], update.SupersededBy);
        Assert.Equal(["KB5023778", "KB5019311"], update.Supersedes);
    }

    [Theory]
    [InlineData("<html><body>The website has encountered a problem</body></html>", "neither a list of updates")]
    [InlineData("<table id=\"ctl00_catalogBody_updateMatches\"></table>", "no row that can be read")]
    [InlineData("<table id=\"ctl00_catalogBody_updateMatches\">\n<tr id=\"f39d68ab-1519-4df8-85c1-d985be7f49c3_R3\"><td>x</td></tr></table>", "without a title")]
    [InlineData("<span id=\"ScopedViewHandler_titleText\">No number</span>", "without the number")]
    [InlineData("", "neither a list of updates")]
    public void AnotherPageIsRefused(string page, string reason)
    {
        var (found, refusals) = Catalog(Text(page));
        Assert.Empty(found);
        Assert.Contains(reason, Assert.Single(refusals).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void ASearchThatFoundNothingIsNoError()
    {
        var (found, refusals) = Catalog(Text("<span id=\"ctl00_catalogBody_noResultText\">We did not find any results</span>"));
        Assert.Empty(found);
        Assert.Empty(refusals);
    }
}
