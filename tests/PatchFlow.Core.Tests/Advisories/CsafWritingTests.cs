using System.Buffers;
using System.Globalization;
using System.Text;
using PatchFlow.Core.Advisories;

namespace PatchFlow.Core.Tests.Advisories;

/// <summary>That a CSAF document says the same however JSON lets it be written, and what may not be told apart by how fast it is read.</summary>
public sealed class CsafWritingTests
{
    private static ReadFeed Read(string tree, string vulnerabilities, string inDocument = "") => ReadFeed.OfText(
        $$$"""{"document":{"csaf_version":"2.0"{{{inDocument}}},"tracking":{"id":"A-1","version":"1"}},"product_tree":{{{tree}}},"vulnerabilities":[{{{vulnerabilities}}}]}""", Csaf.Read);

    private static string Names(params string[] ids) => $$"""{"full_product_names":[{{string.Join(',', ids.Select(id => $$"""{"product_id":"{{id}}","name":"N {{id}}"}"""))}}]}""";

    // Each letter as \uXXXX, which stands for the same.
    private static string Escaped(string text) => string.Concat(text.Select(letter => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)letter:x4}")));

    [Theory]
    [InlineData("p-1")]
    [InlineData("Größe:1")]
    [InlineData("an id that is longer than those that are looked up by their letters, since it goes on and on and on and on and on and on and on and on and on and on and on and on and on and on and on and on and on, to its end")]
    public void AnIdIsTheSameHoweverItIsWritten(string id)
    {
        var other = Escaped(id);
        var feed = Read(Names(id), $$"""
            {"cve":"CVE-2024-0001","product_status":{"known_affected":["{{other}}","{{id}}"]},"remediations":[{"category":"vendor_fix","details":"update","product_ids":["{{other}}"]}]}
            """, $$""","notes":[{"category":"general","text":"x","product_ids":["{{other}}","{{id}}"]}]""");
        Assert.Empty(feed.Refusals);
        Assert.Equal([("N " + id, FixState.Fixed, "update")], feed.Only.Affected.Select(a => (a.Product, a.State, a.Note)));
    }

    [Fact]
    public void AWordIsTheSameHoweverItIsWritten()
    {
        var feed = Read($$$"""{"branches":[{"category":"{{{Escaped("product_version")}}}","name":"1.2","product":{"product_id":"p","name":"P"}}]}""", $$"""
            {"cve":"CVE-2024-0001","product_status":{"known_affected":["p"]},"remediations":[{"category":"{{Escaped("no_fix_planned")}}","details":"never","product_ids":["p"]}]}
            """);
        Assert.Equal([(FixState.WillNotFix, "never", "1.2")], feed.Only.Affected.Select(a => (a.State, a.Note, Assert.Single(a.Versions))));
    }

    [Theory]
    [InlineData("product_ids")]
    [InlineData("products")]
    [InlineData("group_ids")]
    public void WhatNamesUndefinedProductsIsSeenHoweverItsNameIsWritten(string name)
    {
        foreach (var written in (string[])[name, Escaped(name), Escaped(name[..4]) + name[4..]])
        {
            Assert.Contains(Read(Names("p"), "", $$""","notes":[{"text":"\n","{{written}}":["q"]}]""").Refusals, r => r.Position == "document" && r.Reason.StartsWith($"{(name[0] == 'g' ? "group" : "product")} id 'q' is ", StringComparison.Ordinal));
        }
    }

    // A number that a document says of itself makes no room: 200,000 entries that say nothing are 400 KB.
    [Theory]
    [InlineData("relationships")]
    [InlineData("known_affected")]
    public void WhatSaysThatThereIsMuchTakesNoMoreMemoryThanItIsLong(string what)
    {
        var many = string.Join(',', Enumerable.Repeat(what == "relationships" ? "0" : "\"\"", 200_000));
        var (tree, status) = what == "relationships" ? ($$"""{"relationships":[{{many}}]}""", "[]") : (Names("p"), $"[{many}]");
        var bytes = Encoding.UTF8.GetBytes($$$"""{"document":{"csaf_version":"2.0","tracking":{"id":"A-1","version":"1"}},"product_tree":{{{tree}}},"vulnerabilities":[{"cve":"CVE-2024-0001","product_status":{"known_affected":{{{status}}}}}]}""");
        // The least of three: what is lent by a pool is allocated where others have it just then.
        Assert.InRange(Enumerable.Range(0, 3).Min(_ => Allocated(bytes)), 0, 24L << 20);
    }

    private static long Allocated(byte[] bytes)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        Csaf.Read(new MemoryStream(bytes), new AdvisorySink("a.json", _ => { }, _ => { }));
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    [Fact]
    public void ManyTextsAreEachKeptOnceInTheirOrder()
    {
        string[] all = [.. Enumerable.Range(0, 30).Select(number => $"https://vendor.example/{number * 7 % 20}")];
        var feed = Read(Names("p"), "", $""","references":[{string.Join(',', all.Select(url => $$"""{"url":"{{url}}"}"""))}]""");
        Assert.Equal(all.Distinct(), feed.Only.References);
    }

    [Fact]
    public void WhatIsDefinedTwiceIsRefusedInTheOrderOfTheBranches()
    {
        static string Product(string id) => $$$"""{"category":"product_name","name":"x","product":{"product_id":"{{{id}}}","name":"{{{id}}}"}}""";
        var feed = Read($$"""{"branches":[{"category":"vendor","name":"v","branches":[{{Product("a")}},{{Product("b")}}]},{{Product("c")}},{{Product("a")}},{{Product("b")}},{{Product("c")}}]}""", "");
        Assert.Equal(["'a'", "'b'", "'c'"], feed.Refusals.Select(r => r.Reason.Split(' ')[2]));
    }

    [Fact]
    public void VulnerabilitiesDoNotContradictOneAnother()
    {
        var feed = Read(Names("p"), """
            {"cve":"CVE-2024-0001","product_status":{"fixed":["p"]}},{"cve":"CVE-2024-0002","product_status":{"known_not_affected":["p"]}},{"cve":"CVE-2024-0003","product_status":{"known_affected":["p"]}}
            """);
        Assert.Empty(feed.Refusals);
        Assert.Equal([FixState.Fixed, FixState.NotAffected, FixState.NoFixYet], feed.Only.Affected.Select(a => a.State));
    }

    [Fact]
    public void AFixOutranksOtherRemediesAndAnImpactIsNoReasonOfAnAffectedProduct()
    {
        var feed = Read(Names("p"), """
            {"cve":"CVE-2024-0001","product_status":{"known_affected":["p"]},"threats":[{"category":"impact","details":"high","product_ids":["p"]}],
             "remediations":[{"category":"workaround","details":"wait","product_ids":["p"]},{"category":"vendor_fix","details":"update","product_ids":["p"]}]}
            """);
        Assert.Equal([(FixState.Fixed, "update")], feed.Only.Affected.Select(a => (a.State, a.Note)));
    }

    // What is lent out twice at the same time would be written by two.
    [Theory]
    [InlineData(DocumentKind.Csaf, """{"document":{"csaf_version":"2.0","tracking":{"id":"A-1","version":"1"}}}""", 0)]
    [InlineData(DocumentKind.Csaf, """{"document":{"csaf_version":"2.0","tracking":{"id":"A-1","version":"1"}}}""", 300_000)]
    [InlineData(DocumentKind.Csaf, """{"document":""", 0)]
    [InlineData(DocumentKind.Csaf, """{"document":""", 300_000)]
    [InlineData(DocumentKind.Csaf, "[]", 70_000_000)]
    [InlineData(DocumentKind.Osv, """{"id":"X-1","modified":"2024-01-01T00:00:00Z"}""", 0)]
    [InlineData(DocumentKind.Osv, """{"id":"X-1","modified":"2024-01-01T00:00:00Z"}""", 300_000)]
    [InlineData(DocumentKind.Osv, "[[", 300_000)]
    [InlineData(DocumentKind.Kev, """{"vulnerabilities":[]}""", 300_000)]
    public void MemoryOfThePoolIsGivenBackOnce(DocumentKind kind, string text, int blanks)
    {
        DocumentReader.Read(kind, new MemoryStream(Encoding.UTF8.GetBytes(text + new string(' ', blanks)), writable: false), "document", _ => { }, _ => { });
        for (var size = 32 << 10; size <= 64 << 20; size *= 2)
        {
            var lent = Enumerable.Range(0, 6).Select(_ => ArrayPool<byte>.Shared.Rent(size)).ToList();
            Assert.Equal(lent.Count, lent.Distinct(ReferenceEqualityComparer.Instance).Count());
            lent.ForEach(bytes => ArrayPool<byte>.Shared.Return(bytes));
        }
    }
}
