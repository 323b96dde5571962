using PatchFlow.Core.Advisories;

namespace PatchFlow.Core.Tests.Advisories;

/// <summary>What is said of a product that can't be told: it may be affected, and silence would say that it is not.</summary>
public sealed class DoubtfulProductTests
{
    // Each id of what is affected has two ranges; what is left of the document says "not affected" alone.
    [Fact]
    public void PaloAltosAdvisoryIsNoAllClear()
    {
        var feed = ReadFeed.Of("csaf/advisories/paloalto/CVE-2025-0114.json", Csaf.Read);
        Assert.Equal(["<10.1.14-h11", "<10.2.5", "<11.0.2", ">=10.1.14-h11", ">=10.2.5", ">=11.0.2"], Ranges(feed, FixState.UnderInvestigation));
        Assert.Equal([">=11.1.0", ">=11.2.0"], Ranges(feed, FixState.NotAffected));
        Assert.Equal(6, feed.Refusals.Count);
    }

    [Theory]
    [InlineData("known_affected", 2)]
    [InlineData("first_affected", 2)]
    [InlineData("under_investigation", 2)]
    [InlineData("fixed", 2)]
    [InlineData("known_not_affected", 0)]
    [InlineData("recommended", 0)]
    public void WhatIsDefinedTwiceIsNotKnownYetInBothWays(string status, int count)
    {
        var feed = OfText("""{"full_product_names":[{"product_id":"p","name":"P"},{"product_id":"p","name":"Q"},{"product_id":"r","name":"R"}]}""", Status(status, "p"));
        Assert.Equal(new[] { "P UnderInvestigation", "Q UnderInvestigation" }[..count], Said(feed));
        Assert.Equal("product id 'p' is defined more than once, or what it is made of is (CSAF 6.1.2)", feed.Refusals[^1].Reason);
    }

    [Fact]
    public void OfAFixWhatIsOlderIsMeant()
    {
        const string tree = """{"full_product_names":[{"product_id":"p","name":"x-1-2.x86_64"},{"product_id":"p","name":"x-1-3.x86_64"}]}""";
        Assert.Equal(["<1-2", "<1-3"], Ranges(OfText(tree, Status("fixed", "p")), FixState.UnderInvestigation));
    }

    [Fact]
    public void WhatIsMadeOfAProductThatIsDefinedTwiceIsNotKnownYetEither()
    {
        const string tree = """
            {"full_product_names":[{"product_id":"p","name":"P"},{"product_id":"p","name":"Q"},{"product_id":"r","name":"R"}],
             "relationships":[{"category":"default_component_of","full_product_name":{"product_id":"p:r","name":"on R"},"product_reference":"p","relates_to_product_reference":"r"},
              {"category":"default_component_of","full_product_name":{"product_id":"s","name":"one"},"product_reference":"r","relates_to_product_reference":"r"},
              {"category":"default_component_of","full_product_name":{"product_id":"s","name":"other"},"product_reference":"r","relates_to_product_reference":"r"}]}
            """;
        Assert.Equal(["on R UnderInvestigation", "on R UnderInvestigation"], Said(OfText(tree, Status("known_affected", "p:r"))));
        Assert.Equal(["one UnderInvestigation", "other UnderInvestigation"], Said(OfText(tree, Status("known_affected", "s"))));
    }

    // 1,001 times 1,000: what stands for many is named by many.
    [Theory]
    [InlineData("groups")]
    [InlineData("package URLs")]
    [InlineData("package URLs of relationships")]
    [InlineData("ids")]
    public void WhatStandsForManyIsNotNamedWithoutEnd(string what)
    {
        Assert.Single(Named(what, 100).Advisories);
        var feed = Named(what, 1001);
        Assert.Empty(feed.Advisories);
        Assert.EndsWith("comes to more than 1,000,000 products in all: the document is not used", feed.Refusals[^1].Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void NorInCvrf()
    {
        var products = string.Concat(Enumerable.Range(0, 1001).Select(n => $"<FullProductName ProductID=\"p{n}\">P</FullProductName>"));
        var group = $"<ProductGroups><Group GroupID=\"g\">{string.Concat(Enumerable.Range(0, 1001).Select(n => $"<ProductID>p{n}</ProductID>"))}</Group></ProductGroups>";
        var named = string.Concat(Enumerable.Repeat("<GroupID>g</GroupID>", 1001));
        var feed = ReadFeed.OfText($"""
            <cvrfdoc xmlns="http://docs.oasis-open.org/csaf/ns/csaf-cvrf/v1.2/cvrf"><DocumentTracking><Identification><ID>A</ID></Identification></DocumentTracking><ProductTree>{products}{group}</ProductTree>
            <Vulnerability><CVE>CVE-2026-0001</CVE><Remediations><Remediation Type="Vendor Fix"><Description>d</Description>{named}</Remediation></Remediations></Vulnerability></cvrfdoc>
            """, Cvrf.Read);
        Assert.Empty(feed.Advisories);
        Assert.EndsWith("comes to more than 1,000,000 products in all: the document is not used", Assert.Single(feed.Refusals).Reason, StringComparison.Ordinal);
    }

    // What relationships on doubtful ids come to is known when the tree ends, in the midst of the document.
    [Theory]
    [InlineData("an advisory", "the document is not used")]
    [InlineData("a month", "it and the rest are not read")]
    public void NorDoRelationshipsOfCvrfOnSuchIdsComeToAnyNumber(string what, string rest)
    {
        var products = string.Concat(Enumerable.Range(0, 2002).Select(n => $"<FullProductName ProductID=\"{(n % 2 == 0 ? 'a' : 'b')}\">P{n}</FullProductName>"));
        var feed = ReadFeed.OfText($"""
            <cvrfdoc xmlns="http://docs.oasis-open.org/csaf/ns/csaf-cvrf/v1.2/cvrf"><DocumentTracking><Identification><ID>A</ID></Identification></DocumentTracking>
            <ProductTree>{products}<Relationship ProductReference="a" RelatesToProductReference="b"><FullProductName ProductID="r">R</FullProductName></Relationship></ProductTree>
            <Vulnerability><CVE>CVE-2026-0001</CVE><ProductStatuses><Status Type="Known Affected"><ProductID>r</ProductID></Status></ProductStatuses></Vulnerability></cvrfdoc>
            """, what == "a month" ? MsrcCvrf.Read : Cvrf.Read);
        Assert.Empty(feed.Advisories);
        Assert.EndsWith($"comes to more than 1,000,000 products in all: {rest}", feed.Refusals[^1].Reason, StringComparison.Ordinal);
    }

    // A path of CSAF 2.1 may have no further step: it is then all that its beginning may be.
    [Fact]
    public void NorDoPathsOfOneProduct()
    {
        var (names, paths) = (Many(1001, n => $$"""{"product_id":"p","name":"P{{n}}"}"""), Many(1001, n => $$"""{"beginning_product_reference":"p","full_product_name":{"product_id":"r{{n}}","name":"R"} }"""));
        var feed = OfText($$"""{"full_product_names":[{{names}}],"product_paths":[{{paths}}]}""", Status("known_affected", "r0"));
        Assert.Empty(feed.Advisories);
        Assert.EndsWith("the document is not used", feed.Refusals[^1].Reason, StringComparison.Ordinal);
    }

    // In whatever order relationships stand, and however far away it is that an id is defined twice.
    [Theory]
    [InlineData(0, 1, 2)]
    [InlineData(0, 2, 1)]
    [InlineData(1, 0, 2)]
    [InlineData(1, 2, 0)]
    [InlineData(2, 0, 1)]
    [InlineData(2, 1, 0)]
    public void NothingThatItMayBeIsLost(params int[] order)
    {
        string[] relationships =
        [
            Relationship("t", "s", "r"),
            Relationship("s", "p", "r"),
            Relationship("s", "q", "r"),
        ];
        var tree = $$"""
            {"full_product_names":[{"product_id":"p","name":"a-1-1.x86_64"},{"product_id":"p","name":"b-1-1.x86_64"},{"product_id":"q","name":"c-1-1.x86_64"},{"product_id":"q","name":"d-1-1.x86_64"},
             {"product_id":"r","name":"R"}],"relationships":[{{string.Join(',', order.Select(n => relationships[n]))}}]}
            """;
        foreach (var id in new[] { "s", "t" })
        {
            var feed = OfText(tree, Status("known_affected", id));
            Assert.Equal(["a", "b", "c", "d"], feed.Only.Affected.Select(package => package.Name).Order(StringComparer.Ordinal));
            Assert.All(feed.Only.Affected, package => Assert.Equal(FixState.UnderInvestigation, package.State));
        }
    }

    // The relationship has the id of its own component.
    [Fact]
    public void WhatIsMadeOfItsOwnIdIsKnownByName()
    {
        const string tree = """{"full_product_names":[{"product_id":"p","name":"a-1-1.x86_64"},{"product_id":"r","name":"R"}],"relationships":[""";
        var feed = OfText($"{tree}{Relationship("p", "p", "r")}]}}", Status("known_affected", "p"));
        Assert.Equal(["a", "a"], feed.Only.Affected.DistinctBy(package => package.Product).Select(package => package.Name));
        Assert.Contains(feed.Only.Affected, package => package.Product == "p");
    }

    // A group has what is doubtful too: in CVRF a status may name it.
    [Fact]
    public void AGroupHoldsWhatIsDoubtful()
    {
        var feed = ReadFeed.OfText("""
            <cvrfdoc xmlns="http://docs.oasis-open.org/csaf/ns/csaf-cvrf/v1.2/cvrf"><DocumentTracking><Identification><ID>A</ID></Identification></DocumentTracking>
            <ProductTree><FullProductName ProductID="p">P</FullProductName><FullProductName ProductID="p">Q</FullProductName><ProductGroups><Group GroupID="g"><ProductID>p</ProductID><ProductID>n</ProductID></Group></ProductGroups></ProductTree>
            <Vulnerability><CVE>CVE-2026-0001</CVE><ProductStatuses><Status Type="Known Affected"><GroupID>g</GroupID></Status></ProductStatuses></Vulnerability></cvrfdoc>
            """, Cvrf.Read);
        Assert.Equal(["P UnderInvestigation", "Q UnderInvestigation", "n UnderInvestigation"], Said(feed).Order(StringComparer.Ordinal));
    }

    // CVRF may have the relationship first.
    [Fact]
    public void ARelationshipAndAProductBehindItOfOneIdAreTwo()
    {
        var feed = ReadFeed.OfText("""
            <cvrfdoc xmlns="http://docs.oasis-open.org/csaf/ns/csaf-cvrf/v1.2/cvrf"><DocumentTracking><Identification><ID>A</ID></Identification></DocumentTracking>
            <ProductTree><Relationship ProductReference="a" RelatesToProductReference="a"><FullProductName ProductID="p">on A</FullProductName></Relationship>
            <FullProductName ProductID="a">A</FullProductName><FullProductName ProductID="p">P</FullProductName></ProductTree>
            <Vulnerability><CVE>CVE-2026-0001</CVE><ProductStatuses><Status Type="Known Affected"><ProductID>p</ProductID></Status></ProductStatuses></Vulnerability></cvrfdoc>
            """, Cvrf.Read);
        Assert.Equal(["P UnderInvestigation", "on A UnderInvestigation"], Said(feed).Order(StringComparer.Ordinal));
    }

    private static string Relationship(string id, string part, string on) =>
        $$"""{"category":"default_component_of","full_product_name":{"product_id":"{{id}}","name":"{{id}}"},"product_reference":"{{part}}","relates_to_product_reference":"{{on}}"}""";

    private static ReadFeed Named(string what, int count)
    {
        var (ids, purls) = (Many(count, n => $"\"p{n}\""), Many(count, n => $"\"pkg:rpm/redhat/p{n}@1\""));
        var names = what == "groups" ? Many(count, n => $$"""{"product_id":"p{{n}}","name":"P"}""")
            : what == "ids" ? Many(count, n => $$"""{"product_id":"p","name":"P{{n}}"}""")
            : $$"""{"product_id":"p","name":"P","product_identification_helper":{"purls":[{{purls}}]} }""";
        var groups = what == "groups" ? $$""","product_groups":[{"group_id":"g","product_ids":[{{ids}}]}]""" : "";
        var relationships = what.EndsWith("relationships", StringComparison.Ordinal)
            ? $$""","relationships":[{{Many(count, n => $$"""{"category":"a","full_product_name":{"product_id":"r{{n}}","name":"R"},"product_reference":"p","relates_to_product_reference":"p"}""")}}]""" : "";
        var remedy = what == "groups" ? ""","remediations":[{"category":"vendor_fix","details":"d","group_ids":["g"]}]""" : "";
        var named = what == "groups" ? "p0" : relationships.Length > 0 ? "r0" : "p";
        return OfText($$"""{"full_product_names":[{{names}}]{{groups}}{{relationships}}}""",
            Many(relationships.Length > 0 ? 1 : count, n => $$"""{"cve":"CVE-2026-{{n:0000}}","product_status":{"known_affected":["{{named}}"]}{{remedy}}}"""));
    }

    private static string Many(int count, Func<int, string> one) => string.Join(',', Enumerable.Range(0, count).Select(one));

    private static string Status(string status, string id) => $$"""{"cve":"CVE-2026-0001","product_status":{"{{status}}":["{{id}}"]} }""";

    private static IEnumerable<string> Said(ReadFeed feed) => feed.Only.Affected.Select(package => $"{package.Product} {package.State}");

    private static IEnumerable<string> Ranges(ReadFeed feed, FixState state) => feed.Only.Affected.Where(package => package.State == state).SelectMany(package => package.Ranges)
        .Select(range => range.Fixed is { } fixedIn ? $"<{fixedIn}" : $">={range.Introduced}").Order(StringComparer.Ordinal);

    private static ReadFeed OfText(string tree, string vulnerabilities) => ReadFeed.OfText(
        $$"""{"document":{"csaf_version":"2.0","tracking":{"id":"A","version":"1"} },"product_tree":{{tree}},"vulnerabilities":[{{vulnerabilities}}]}""", Csaf.Read);
}
