using System.Text;
using PatchFlow.Core.Advisories;

namespace PatchFlow.Core.Tests.Advisories;

/// <summary>Whether what a document lacks means anything is told by whether all of it was read.</summary>
public sealed class RestOfADocumentTests
{
    private const string Record = """{"id":"X-1","modified":"2026-11-01T00:00:00Z","summary":"x"}""";

    [Theory]
    [InlineData("[" + Record + "]", "")]
    [InlineData("[{\"id\":1}," + Record + "]", "False")]
    [InlineData("[" + Record + ",{\"id\":", "True")]
    [InlineData("[" + Record, "True")]
    [InlineData("[" + Record + "] x", "True")]
    [InlineData("<html>", "False")]
    public void OfJson(string text, string ofTheRest) => Assert.Equal(ofTheRest, Told(DocumentKind.Osv, text));

    [Theory]
    [InlineData("<updates/>", "")]
    [InlineData("<updates><update/></updates>", "False")]
    [InlineData("<updates><update>", "True")]
    [InlineData("<html/>", "True")]
    [InlineData("<!DOCTYPE x><updates/>", "True")]
    public void OfXml(string text, string ofTheRest) => Assert.Equal(ofTheRest, Told(DocumentKind.Updateinfo, text));

    [Theory]
    [InlineData("cve,epss\nCVE-2026-0001,0.1\n", "")]
    [InlineData("cve,epss\nCVE-2026-0001,2\n", "False")]
    [InlineData("cve,epss,rank\n", "True")]
    public void OfScores(string text, string ofTheRest) => Assert.Equal(ofTheRest, Told(DocumentKind.Epss, text));

    [Fact]
    public void AnObjectWithoutWhatIsReadBelowItIsNothing() => Assert.Equal("True", Told(DocumentKind.UsnNotices, "{}"));

    [Fact]
    public void MoreRecordsThanMayBeAreNotRead()
    {
        var refused = new List<Refusal>();
        var sink = new AdvisorySink("document", _ => { }, refused.Add, AdvisoryLimits.Default with { Records = 1 });
        Osv.Read(new MemoryStream(Encoding.UTF8.GetBytes($"[{Record},{Record}]")), sink);
        Assert.True(Assert.Single(refused).IsOfTheRest);
    }

    private static string Told(DocumentKind kind, string text)
    {
        var refused = new List<Refusal>();
        DocumentReader.Read(kind, new MemoryStream(Encoding.UTF8.GetBytes(text)), "document", _ => { }, refused.Add);
        return string.Join(' ', refused.Select(r => r.IsOfTheRest).Distinct());
    }
}
