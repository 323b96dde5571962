using PatchFlow.Core.Advisories;
using PatchFlow.Core.Matching;
using PatchFlow.Core.Tests.Matching;

namespace PatchFlow.Core.Tests.Advisories;

/// <summary>Which statement of OpenVEX counts, and for which versions.</summary>
public sealed class OpenVexTests
{
    private const string Cve = "CVE-2026-0001";
    private const string Whole = "pkg:deb/debian/curl?arch=source&distro=debian-12";
    private const string Versioned = "pkg:deb/debian/curl@2.0-1?arch=source";

    private static readonly Advisory Tracker = Matched.Advisory(Cve, Matched.Source("curl", FixState.NoFixYet, VersionRange.All));

    [Theory]
    [InlineData(Versioned, "1.0-1", $"curl NoFixYet {Cve}")]
    [InlineData(Versioned, "2.0-1", "")]
    [InlineData(Versioned, "3.0-1", $"curl NoFixYet {Cve}")]
    [InlineData("pkg:deb/debian/curl?arch=source", "1.0-1", "")]
    [InlineData("pkg:deb/debian/curl@2.0-1?arch=source&distro=debian-12", "1.0-1", "")]
    public void ThatOneVersionIsNotAffectedSaysNothingOfOthers(string product, string installed, string found) =>
        Assert.Equal(found, Found(installed, Read(Statement("not_affected", product)), Tracker));

    // Times are days of November; those of the document are its own where a statement has none.
    [Theory]
    [InlineData("not_affected 1, affected 20", "NoFixYet")]
    [InlineData("affected 20, not_affected 1", "NoFixYet")]
    [InlineData("affected 1, not_affected 20", "NotAffected")]
    [InlineData("not_affected 20, affected 1", "NotAffected")]
    [InlineData("not_affected 5, affected 5", "NoFixYet")]
    [InlineData("affected 5, not_affected 5", "NotAffected")]
    [InlineData("affected 5, fixed 5", "Fixed")]
    [InlineData("under_investigation 1, not_affected 2, affected 3", "NoFixYet")]
    [InlineData("affected, not_affected", "NoFixYet")]
    [InlineData("not_affected, affected", "NoFixYet")]
    [InlineData("not_affected, not_affected", "NotAffected NotAffected")]
    [InlineData("fixed, affected, not_affected", "Fixed NoFixYet")]
    [InlineData("not_affected 9, affected", "NoFixYet")]
    [InlineData("not_affected 11, affected", "NotAffected")]
    [InlineData("not_affected 10, affected", "NoFixYet")]
    [InlineData("affected 10, not_affected", "NoFixYet")]
    [InlineData("affected 9, not_affected x", "NoFixYet")]
    [InlineData("affected x, not_affected 20", "NoFixYet")]
    public void OfSeveralStatementsTheLastCountsAndWhereThatCanNotBeToldTheWorse(string statements, string states)
    {
        Assert.All([Whole, Versioned], product => Assert.Equal(states, string.Join(' ', Stated(statements, product).Only.Affected.Select(a => a.State))));
    }

    [Fact]
    public void WithoutAnyTimeTheWorseCounts() =>
        Assert.Equal(FixState.NoFixYet, Assert.Single(Read($"{Statement("affected", Whole)},{Statement("not_affected", Whole)}", documentTime: "").Only.Affected).State);

    // What is said of a whole product, and of one version of it.
    [Theory]
    [InlineData("not_affected whole 1, affected 2.0-1 20", "NoFixYet 2.0-1")]
    [InlineData("not_affected whole 20, affected 2.0-1 1", "NotAffected")]
    [InlineData("affected 2.0-1 1, not_affected whole 20", "NotAffected")]
    [InlineData("affected whole 1, not_affected 2.0-1 20", "NoFixYet, NotAffected 2.0-1")]
    [InlineData("affected whole 20, not_affected 2.0-1 1", "NoFixYet")]
    [InlineData("not_affected whole, affected 2.0-1", "NoFixYet 2.0-1")]
    [InlineData("affected whole, not_affected 2.0-1", "NoFixYet")]
    [InlineData("not_affected 1.0-1 1, affected 2.0-1 20", "NotAffected 1.0-1, NoFixYet 2.0-1")]
    [InlineData("not_affected whole 5, affected 2.0-1 5", "NoFixYet 2.0-1")]
    [InlineData("affected 2.0-1 5, not_affected whole 5", "NotAffected")]
    public void OneVersionBearsOnTheOthersOnlyWhereNoneWasSaidToBeAffected(string statements, string stated)
    {
        var texts = statements.Split(", ").Select(s => s.Split(' ')).Select(s => Statement(s[0], s[1] == "whole" ? "pkg:deb/debian/curl" : $"pkg:deb/debian/curl@{s[1]}", s.ElementAtOrDefault(2)));
        Assert.Equal(stated, string.Join(", ", Read(string.Join(',', texts)).Only.Affected.Select(a => $"{a.State} {string.Join(' ', a.Versions)}".Trim())));
    }

    [Theory]
    [InlineData("pkg:deb/debian/wget?arch=source&distro=debian-12", Cve)]
    [InlineData("pkg:deb/debian/curl?arch=source&distro=debian-11", Cve)]
    [InlineData(Whole, "CVE-2026-0002")]
    public void AStatementOnAnotherProductOrVulnerabilityTakesNoPlace(string product, string cve)
    {
        var feed = Read($"{Statement("not_affected", Whole, "1")},{Statement("affected", product, "20", cve)}");
        Assert.Equal(2, feed.Advisories.Sum(a => a.Affected.Length));
    }

    [Fact]
    public void OneVulnerabilityWithTwoNamesIsOne()
    {
        var other = $$"""{"vulnerability":{"name":"GHSA-aaaa-bbbb-cccc","aliases":["cve-2026-0001"]},"timestamp":"2026-11-20T00:00:00Z","products":["{{Whole}}"],"status":"affected"}""";
        var feed = Read($"{Statement("not_affected", Whole, "1")},{other}");
        Assert.Equal(("", "NoFixYet"), (States(feed[Cve]), States(feed["GHSA-aaaa-bbbb-cccc"])));
        Assert.Equal([Cve], feed["GHSA-aaaa-bbbb-cccc"].Cves);
    }

    [Fact]
    public void AProductThatIsNamedTwiceByAStatementStands() =>
        Assert.Equal(2, Read($$"""{"vulnerability":{"name":"{{Cve}}"},"timestamp":"2026-11-20T00:00:00Z","products":["pkg:deb/debian/curl@1?distro=debian-12","pkg:deb/debian/curl@2?distro=debian-12"],"status":"fixed"}""").Only.Affected.Length);

    [Fact]
    public void MatchedTheCorrectionIsWhatIsOpen() =>
        Assert.Equal($"curl NoFixYet {Cve}", Found("1", Stated("not_affected 1, affected 20", Whole)));

    [Fact]
    public void AStatementWhoseTimeCanNotBeReadIsToldAndKept()
    {
        var feed = Stated("not_affected x", Whole);
        Assert.Equal(("statements[0].timestamp", 1), (Assert.Single(feed.Refusals).Position, feed.Only.Affected.Length));
    }

    // A hostile document has many statements on one product.
    [Fact]
    public void ManyStatementsOnOneProductTakeNoLongerEachThanFew()
    {
        var statements = string.Join(',', Enumerable.Range(0, 60_000).Select(i => Statement(i % 2 == 0 ? "affected" : "not_affected", $"pkg:deb/debian/curl{(i % 3 == 0 ? "" : $"@{i}")}", null)));
        var watch = System.Diagnostics.Stopwatch.StartNew();
        Assert.NotEmpty(Read(statements).Only.Affected);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), watch.Elapsed.ToString());
    }

    [Theory]
    [InlineData("""{"statements":{}}""", "statements")]
    [InlineData("""{"statements":[{"vulnerability":"CVE-2026-0001","status":"affected","products":{"@id":"pkg:deb/debian/curl"}}]}""", "statements[0].products")]
    [InlineData("""{"statements":[{"vulnerability":7,"status":"affected"}]}""", "statements[0]")]
    [InlineData("""{"statements":[7]}""", "statements[0]")]
    [InlineData("""{"statements":[{"vulnerability":{"name":"CVE-2026-0001","aliases":"x"},"status":"affected","products":["p"]}]}""", "statements[0].aliases")]
    [InlineData("""{"statements":[{"vulnerability":{"name":"CVE-2026-0001","description":[]},"status":"affected","products":["p"]}]}""", "statements[0].description")]
    [InlineData("""{"statements":[{"vulnerability":"CVE-2026-0001","status":"affected","timestamp":7,"products":["p"]}]}""", "statements[0].timestamp")]
    [InlineData("""{"statements":[{"vulnerability":"CVE-2026-0001","status":"affected","action_statement":7,"products":["p"]}]}""", "statements[0].action_statement")]
    [InlineData("""{"statements":[],"timestamp":7}""", "timestamp")]
    public void AKnownNameWithAValueOfAnotherKindIsRefusedWithItsPlace(string text, string position) =>
        Assert.Equal(position, Assert.Single(ReadFeed.OfText($"{{\"@context\":\"https://openvex.dev/ns\",{text[1..]}", OpenVex.Read).Refusals).Position);

    // An id may be any address, and the identifiers say which package is meant; an id that is a package URL says it itself.
    [Theory]
    [InlineData("""{"@id":"https://vendor.example/curl","identifiers":{"purl":"pkg:deb/debian/curl@8?arch=source&distro=debian-12"}}""", "Debian:12 curl", 0)]
    [InlineData("""{"identifiers":{"purl":"pkg:deb/debian/curl@8?arch=source&distro=debian-12"}}""", "Debian:12 curl", 0)]
    [InlineData("""{"@id":"pkg:deb/debian/curl@8?distro=debian-12","identifiers":{"purl":"pkg:deb/debian/other?distro=debian-11"}}""", "Debian:12 curl", 0)]
    [InlineData("""{"@id":"curl","identifiers":{"cpe23":"cpe:2.3:a:x:y"}}""", " curl", 0)]
    [InlineData("""{"@id":"curl","identifiers":"pkg:deb/debian/curl"}""", " curl", 1)]
    [InlineData("""{"@id":7,"identifiers":{"purl":"pkg:deb/debian/curl?distro=debian-12"}}""", "Debian:12 curl", 1)]
    [InlineData("""{"identifiers":{}}""", "", 1)]
    [InlineData("7", "", 1)]
    public void AProductIsWhatItsIdOrItsIdentifiersSay(string product, string expected, int refused)
    {
        var feed = Read(OfProducts("affected", product));
        Assert.Equal(expected, string.Join(", ", feed.Only.Affected.Select(a => $"{a.Platform} {a.Name}")));
        Assert.Equal(refused, feed.Refusals.Count);
        Assert.All(feed.Refusals, r => Assert.StartsWith("statements[0].products[0]", r.Position, StringComparison.Ordinal));
    }

    // That a part is not affected, or mended, closes nothing of the whole; that one is affected opens it.
    [Theory]
    [InlineData("not_affected", "")]
    [InlineData("fixed", "")]
    [InlineData("affected", "NoFixYet")]
    [InlineData("under_investigation", "UnderInvestigation")]
    public void PartsOfAProductAreToldAndDenyNothingOfTheWhole(string status, string expected)
    {
        var feed = Read(OfProducts(status, $$"""{"@id":"{{Whole}}","subcomponents":[{"@id":"pkg:deb/debian/zlib"}]}"""));
        Assert.Equal((expected, "statements[0].products[0].subcomponents"), (States(feed.Only), Assert.Single(feed.Refusals).Position));
        Assert.Empty(Read(OfProducts(status, $$"""{"@id":"{{Whole}}","subcomponents":[]}""")).Refusals);
    }

    [Theory]
    [InlineData("")]
    [InlineData(""","products":[]""")]
    [InlineData(""","products":null""")]
    public void AStatementThatNamesNoProductIsTold(string products)
    {
        var feed = Read($$"""{"vulnerability":{"name":"{{Cve}}"},"status":"affected"{{products}}}""");
        Assert.Empty(feed.Only.Affected);
        Assert.Equal("statements[0]", Assert.Single(feed.Refusals, r => r.Reason.Contains("names no product", StringComparison.Ordinal)).Position);
    }

    private static string OfProducts(string status, string product) => $$"""{"vulnerability":{"name":"{{Cve}}"},"products":[{{product}}],"status":"{{status}}"}""";

    private static ReadFeed Stated(string statements, string product) =>
        Read(string.Join(',', statements.Split(", ").Select(s => s.Split(' ')).Select(s => Statement(s[0], product, s.ElementAtOrDefault(1)))));

    private static string Statement(string status, string product, string? day = null, string cve = Cve) =>
        $$"""{"vulnerability":{"name":"{{cve}}"},{{(day is null ? "" : $"\"timestamp\":\"{(day == "x" ? "x" : $"2026-11-{day.PadLeft(2, '0')}T00:00:00Z")}\",")}}"products":[{"@id":"{{product}}"}],"status":"{{status}}"}""";

    private static ReadFeed Read(string statements, string documentTime = "\"timestamp\":\"2026-11-10T00:00:00Z\",") =>
        ReadFeed.OfText($$"""{"@context":"https://openvex.dev/ns/v0.2.0",{{documentTime}}"statements":[{{statements}}]}""", OpenVex.Read);

    private static string States(Advisory advisory) => string.Join(' ', advisory.Affected.Select(a => a.State));

    // A document names a release nowhere but in products; others are of the feed's.
    private static string Found(string installed, ReadFeed feed, params Advisory[] others) => Matched.Text(
        Matched.Debian(new HostPackage("curl", installed, "amd64", "curl", installed)),
        [.. feed.Advisories.Select(a => a with { Affected = [.. a.Affected.Select(p => p with { Platform = "Debian:12" })] }), .. others]);
}
