using PatchFlow.Core.Advisories;

namespace PatchFlow.Core.Tests.Advisories;

/// <summary>
/// What reading a document takes grows with its length and not with the square of it, whatever is repeated in it. Time can't be asserted, so what is
/// allocated is: to make a list anew for each item of it allocates the square.
/// </summary>
public sealed class GrowingDocumentTests
{
    private const int Few = 500, Many = 8 * Few;

    [Theory]
    [InlineData("secdb packages of one id")]
    [InlineData("secdb ids of one item")]
    [InlineData("secdb CVEs and other ids of one item")]
    [InlineData("CVRF aliases")]
    [InlineData("CVRF product trees")]
    [InlineData("months with product trees")]
    [InlineData("CSAF package URLs")]
    public void TwiceAsMuchTakesTwiceAsMuch(string what)
    {
        Allocated(what, Few);
        var (one, eight) = (Allocated(what, Few), Allocated(what, Many));
        Assert.InRange((double)eight / one, 1, 14);
    }

    [Fact]
    public void AnAnnouncementOfManyPackagesIsNotUsed()
    {
        var feed = ReadFeed.OfText(
            $"-----BEGIN PGP SIGNED MESSAGE-----\n\nDebian Security Advisory DSA-1-1\n\nPackage : {string.Join(' ', Enumerable.Range(0, 65).Select(n => $"p{n}"))}\n-----BEGIN PGP SIGNATURE-----\n", DebianAnnouncement.Read);
        Assert.Empty(feed.Advisories);
        Assert.Equal("it names more than 64 packages: the announcement is not used", Assert.Single(feed.Refusals).Reason);
    }

    [Fact]
    public void AnItemOfManyIdsStillSaysWhatIsFixed()
    {
        var feed = ReadFeed.OfText(Secdb($$"""{"pkg":{"name":"p","secfixes":{"1-r0":["{{Repeated(101, n => $"CVE-2026-{10000 + n} XSA-{n}", ' ')}}"]} } }"""), AlpineSecdb.Read);
        Assert.Equal(101, feed.Advisories.Count(advisory => advisory.Affected.Single().Name == "p" && advisory.Aliases.IsEmpty));
        Assert.Equal(("p 1-r0", "101 CVEs and 101 other ids stand in one item: which are names of which can't be told, and the others are left out"), (Assert.Single(feed.Refusals).Position, feed.Refusals[0].Reason));
    }

    [Fact]
    public void OfSeveralProductTreesTheFirstCounts()
    {
        var feed = ReadFeed.OfText(Cvrf("", "<ProductTree><FullProductName ProductID=\"p\">P</FullProductName></ProductTree><ProductTree><FullProductName ProductID=\"p\">Q</FullProductName></ProductTree><ProductTree/>"), Core.Advisories.Cvrf.Read);
        Assert.Equal("P", Assert.Single(feed.Only.Affected).Product);
        Assert.Equal(("ProductTree", "there is more than one product tree: the first one counts"), (Assert.Single(feed.Refusals).Position, feed.Refusals[0].Reason));
    }

    private static long Allocated(string what, int count)
    {
        var (text, read) = Document(what, count);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.NotEmpty(ReadFeed.OfText(text, read).Advisories);
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static (string Text, Action<Stream, AdvisorySink> Read) Document(string what, int count) => what switch
    {
        "secdb packages of one id" => (Secdb(Repeated(count, n => $$"""{"pkg":{"name":"p{{n}}","secfixes":{"1-r0":["CVE-2026-0001"]} } }""")), AlpineSecdb.Read),
        "secdb ids of one item" => (Secdb($$"""{"pkg":{"name":"p","secfixes":{"1-r0":["CVE-2026-0001 {{Repeated(count, n => $"XSA-{n}", ' ')}}"]} } }"""), AlpineSecdb.Read),
        "secdb CVEs and other ids of one item" => (Secdb($$"""{"pkg":{"name":"p","secfixes":{"1-r0":["{{Repeated(count, n => $"CVE-2026-{10000 + n} XSA-{n}", ' ')}}"]} } }"""), AlpineSecdb.Read),
        "CVRF aliases" => (Cvrf(Repeated(count, n => $"<Alias>a{n}</Alias>", ' '), "<ProductTree/>"), Core.Advisories.Cvrf.Read),
        "CVRF product trees" => (Cvrf("", Repeated(count, n => $"<ProductTree><Relationship ProductReference=\"a\" RelatesToProductReference=\"b\"><FullProductName ProductID=\"r{n}\">R</FullProductName></Relationship></ProductTree>", ' ')), Core.Advisories.Cvrf.Read),
        "months with product trees" => ($$"""{"DocumentTracking":{},{{Repeated(count, n => $$"""{{"\""}}ProductTree":{"FullProductName":[{"ProductID":"{{n}}","Value":"P"}]}""")}},"Vulnerability":[{"CVE":"CVE-2026-0001"}]}""", MsrcCvrfJson.Read),
        _ => ($$"""{"document":{"csaf_version":"2.0","tracking":{"id":"A","version":"1"} },"product_tree":{"full_product_names":[{"product_id":"p","name":"P","product_identification_helper":{"purls":[{{Repeated(count, n => $"\"pkg:rpm/x/p{n}@1\"")}}]} }]},"vulnerabilities":[{"cve":"CVE-2026-0001","product_status":{"known_affected":["p"]} }]}""", Csaf.Read),
    };

    private static string Secdb(string packages) => $$"""{"distroversion":"v3.20","packages":[{{packages}}]}""";

    private static string Cvrf(string aliases, string tree) => $"""
        <cvrfdoc><DocumentTracking><Identification><ID>A</ID>{aliases}</Identification></DocumentTracking>{tree}
        <Vulnerability><CVE>CVE-2026-0001</CVE><ProductStatuses><Status Type="Known Affected"><ProductID>p</ProductID></Status></ProductStatuses></Vulnerability></cvrfdoc>
        """;

    private static string Repeated(int count, Func<int, string> one, char between = ',') => string.Join(between, Enumerable.Range(0, count).Select(one));
}
