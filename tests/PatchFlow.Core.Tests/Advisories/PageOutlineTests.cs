using System.Text;
using PatchFlow.Core.Advisories;

namespace PatchFlow.Core.Tests.Advisories;

/// <summary>What pages say of the listing that they are a part of.</summary>
public sealed class PageOutlineTests
{
    [Theory]
    [InlineData(DocumentKind.UsnNotices, "ubuntu/notices-api/notices-0_20.json", 2, 21, 20, 0, null)]
    [InlineData(DocumentKind.RockyErrata, "rpm-json/rocky-apollo-page1.json", 1, 8019, 1, 1, null)]
    [InlineData(DocumentKind.MsrcVulnerabilities, "msrc/sug-api/vulnerability-0.json", 2, 3, null, null, "https://api.msrc.microsoft.com/sug/v2.0/sugodata/v2.0/en-US/vulnerability?$skip=2")]
    [InlineData(DocumentKind.MsrcProducts, "msrc/sug-api/product-0.json", 2, 3, null, null, "https://api.msrc.microsoft.com/sug/v2.0/sugodata/v2.0/en-US/affectedProduct?$skip=2")]
    [InlineData(DocumentKind.MsrcDeployments, "msrc/sug-api/deployment-0.json", 2, 3, null, null, "https://api.msrc.microsoft.com/sug/v2.0/sugodata/v2.0/en-US/deployment?$skip=2")]
    public void ARealPageSaysWhereItIs(DocumentKind kind, string file, int records, int total, int? size, int? position, string? next)
    {
        using var page = Corpus.Open(file);
        var outline = PageOutline.Read(kind, page, file, refusal => Assert.Fail(refusal.Reason))!;
        Assert.Equal(new PageOutline(records, total, size, position, next, outline.Digest), outline);
        Assert.Equal(64, outline.Digest.Length);
    }

    [Theory]
    [InlineData("""{"page":1,"updates":[{"a":1},{"b":2}],"total":2}""", """{"page":9,"total":7,"updates":[{"a":1}, {"b":2}]}""", true)]
    [InlineData("""{"updates":[{"a":1},{"b":2}]}""", """{"updates":[{"b":2},{"a":1}]}""", false)]
    [InlineData("""{"updates":[{"a":1},{"b":2}]}""", """{"updates":[{"a":1}]}""", false)]
    [InlineData("""{"updates":[12,3]}""", """{"updates":[1,23]}""", false)]
    public void TheDigestIsThatOfTheRecordsAlone(string one, string other, bool same) => Assert.Equal(same, Read(one)!.Digest == Read(other)!.Digest);

    [Theory]
    [InlineData("<html>")]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"updates":[{"a":1}""")]
    [InlineData("""{"updates":[{"a":1}],"total":1} more""")]
    [InlineData("""{"updates":1}""")]
    public void WhatIsNoWholePageHasNone(string text)
    {
        var refused = new List<Refusal>();
        Assert.Null(Read(text, refused));
        Assert.NotEmpty(refused);
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("1.5")]
    [InlineData("\"7\"")]
    [InlineData("99999999999")]
    [InlineData("null")]
    public void ANumberThatIsNoneIsNotStated(string number) => Assert.Null(Read($$"""{"updates":[],"total":{{number}}}""")!.Total);

    private static PageOutline? Read(string text, List<Refusal>? refused = null) =>
        PageOutline.Read(DocumentKind.BodhiUpdates, new MemoryStream(Encoding.UTF8.GetBytes(text)), "page", (refused ?? []).Add);
}
