using System.Diagnostics;
using System.Globalization;
using System.Text;
using PatchFlow.Core.Advisories;

namespace PatchFlow.Core.Tests.Advisories;

/// <summary>Documents that want to read files, fill the memory or never end, given to the readers of CVRF and of Microsoft's.</summary>
public sealed class HostileCvrfTests
{
    public static TheoryData<DocumentKind> XmlKinds => new(DocumentKind.Cvrf, DocumentKind.MsrcCvrf);

    public static TheoryData<DocumentKind> JsonKinds => new(DocumentKind.MsrcCvrfJson, DocumentKind.MsrcDeployments, DocumentKind.MsrcMonths, DocumentKind.MsrcProducts, DocumentKind.MsrcVulnerabilities);

    [Theory]
    [MemberData(nameof(XmlKinds))]
    public void ABombOfEntitiesIsRefusedAtOnce(DocumentKind kind)
    {
        var text = new StringBuilder("<?xml version=\"1.0\"?><!DOCTYPE cvrfdoc [<!ENTITY a0 \"ha\">");
        for (var i = 1; i <= 40; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"<!ENTITY a{i} \"&a{i - 1};&a{i - 1};&a{i - 1};&a{i - 1};\">");
        }

        Refused(kind, text.Append("]><cvrfdoc><DocumentTitle>&a40;</DocumentTitle></cvrfdoc>").ToString(), "document type (DTD)");
    }

    [Theory]
    [MemberData(nameof(XmlKinds))]
    public void NoFileAndNoAddressIsRead(DocumentKind kind)
    {
        Refused(kind, "<!DOCTYPE cvrfdoc [<!ENTITY x SYSTEM \"file:///etc/hostname\">]><cvrfdoc><DocumentTracking><Identification><ID>&x;</ID></Identification></DocumentTracking></cvrfdoc>", "document type (DTD)");
        Refused(kind, "<!DOCTYPE cvrfdoc SYSTEM \"http://127.0.0.1:1/cvrf.dtd\"><cvrfdoc/>", "document type (DTD)");
        Refused(kind, "<!DOCTYPE cvrfdoc [<!ENTITY % p SYSTEM \"http://127.0.0.1:1/p\">%p;]><cvrfdoc/>", "document type (DTD)");
    }

    [Theory]
    [InlineData(DocumentKind.Cvrf, "<cvrfdoc><ProductTree>", "<Branch>")]
    [InlineData(DocumentKind.MsrcCvrf, "<cvrfdoc><ProductTree>", "<Branch>")]
    [InlineData(DocumentKind.Cvrf, "<cvrfdoc><Vulnerability>", "<Notes>")]
    [InlineData(DocumentKind.MsrcCvrf, "<cvrfdoc>", "<a>")]
    public void DeepNestingIsRefusedAtOnce(DocumentKind kind, string begin, string each) =>
        Refused(kind, begin + string.Concat(Enumerable.Repeat(each, 1_000_000)), "nested deeper than 64");

    [Theory]
    [MemberData(nameof(JsonKinds))]
    public void DeepJsonIsRefusedAtOnce(DocumentKind kind)
    {
        Refused(kind, new string('[', 100_000), "object is expected");
        Refused(kind, $"{{\"x\":{new string('[', 100_000)}{new string(']', 100_000)},\"{(kind == DocumentKind.MsrcCvrfJson ? "Vulnerability" : "value")}\":[]}}", "nested deeper than 64");
        Refused(kind, $"{{\"{(kind == DocumentKind.MsrcCvrfJson ? "Vulnerability" : "value")}\":[{string.Concat(Enumerable.Repeat("{\"a\":", 100_000))}", "nested deeper than 64");
    }

    [Theory]
    [MemberData(nameof(XmlKinds))]
    public void ATagWithoutEndIsRefusedAtOnce(DocumentKind kind) => Refused(kind, $"<cvrfdoc><ProductTree><Branch Name=\"{new string('x', 8_000_000)}\"/></ProductTree></cvrfdoc>", "longer than 1048576 bytes");

    // A page is not XML, and no pattern in it may take the reader long.
    [Theory]
    [InlineData("<table id=\"ctl00_catalogBody_updateMatches\">", "<tr id=\"", "without")]
    [InlineData("<table id=\"ctl00_catalogBody_updateMatches\"><tr id=\"f39d68ab-1519-4df8-85c1-d985be7f49c3_R3\">", "<td ", "without")]
    [InlineData("<span id=\"ScopedViewHandler_titleText\">", "<", "without")]
    public void APageOfBeginningsIsReadInNoTime(string begin, string each, string reason) =>
        Refused(DocumentKind.UpdateCatalog, begin + string.Concat(Enumerable.Repeat(each, 100_000)), reason, "no row");

    private static void Refused(DocumentKind kind, string text, params string[] reasons)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var (least, clock) = (long.MaxValue, new Stopwatch());

        // The quickest of a few turns: other tests run beside this one.
        for (var turn = 0; turn < 4; turn++)
        {
            var (found, refused) = (new List<object>(), new List<Refusal>());
            clock.Restart();
            DocumentReader.Read(kind, new MemoryStream(bytes), "document", found.Add, refused.Add);
            least = Math.Min(least, clock.ElapsedMilliseconds);
            Assert.Empty(found);
            Assert.Contains(refused, refusal => Array.Exists(reasons, reason => refusal.Reason.Contains(reason, StringComparison.Ordinal)));
            Assert.All(refused, refusal => Assert.Equal("document", refusal.File));
        }

        Assert.True(least < 100, $"{least} ms");
    }
}
