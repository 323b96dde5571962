using System.Text;
using System.Text.Json;
using PatchFlow.Core.Advisories;

namespace PatchFlow.Core.Tests.Advisories;

/// <summary>CSAF documents of the official validator and of vendors.</summary>
public sealed class CsafTests
{
    private static ReadFeed Of(string file) => ReadFeed.Of("csaf/" + file, Csaf.Read);

    private static string Document(string tree, string vulnerabilities) =>
        $$$"""{"document":{"csaf_version":"2.0","tracking":{"id":"A-1","version":"1"}},"product_tree":{{{tree}}},"vulnerabilities":[{{{vulnerabilities}}}]}""";

    private static ReadFeed OfText(string tree, string vulnerabilities) => ReadFeed.OfText(Document(tree, vulnerabilities), Csaf.Read);

    [Theory]
    [InlineData("2.0")]
    [InlineData("2.1")]
    public void EveryValidOfficialDocumentIsReadWholly(string version)
    {
        var wrong = new List<string>();
        foreach (var (name, isValid) in Cases(version))
        {
            var feed = Of($"validator-{version}/{name}");
            // 6-2-54-03-01 names a product id that it does not define; 6-1-50-15, listed as valid too, defines one product id twice, against 6.1.2: its advisory is read, those products are not.
            var isFaulty = name == "mandatory/oasis_csaf_tc-csaf_2_1-2024-6-1-50-15.json" || name == "recommended/oasis_csaf_tc-csaf_2_1-2024-6-2-54-03-01.json";
            if (isValid && (feed.Advisories.Count != 1 || (feed.Refusals.Count > 0 && !isFaulty)))
            {
                wrong.Add($"{name}: {string.Join("; ", feed.Refusals.Select(r => $"{r.Position}: {r.Reason}"))}");
            }
        }

        Assert.Equal("", string.Join('\n', wrong));
    }

    [Theory]
    [InlineData("2.0", "6.1.1")]
    [InlineData("2.0", "6.1.2")]
    [InlineData("2.0", "6.1.3")]
    [InlineData("2.0", "6.1.4")]
    [InlineData("2.0", "6.1.5")]
    [InlineData("2.0", "6.1.6")]
    [InlineData("2.0", "6.1.16")]
    [InlineData("2.0", "6.1.22")]
    [InlineData("2.0", "6.1.23")]
    [InlineData("2.1", "6.1.1")]
    [InlineData("2.1", "6.1.2")]
    [InlineData("2.1", "6.1.3")]
    [InlineData("2.1", "6.1.4")]
    [InlineData("2.1", "6.1.5")]
    [InlineData("2.1", "6.1.6")]
    [InlineData("2.1", "6.1.16")]
    [InlineData("2.1", "6.1.22")]
    [InlineData("2.1", "6.1.23")]
    public void WhatFailsAMandatoryTestIsRefusedWithAReason(string version, string id)
    {
        var accepted = Cases(version, id).Where(c => !c.IsValid && Of($"validator-{version}/{c.Name}").Refusals.Count == 0).Select(c => c.Name);
        Assert.Equal("", string.Join('\n', accepted));
    }

    [Fact]
    public void NoVendorsDocumentIsLost()
    {
        var lost = Directory.EnumerateFiles(Corpus.PathOf("csaf"), "*.json", SearchOption.AllDirectories)
            .Where(path => path.Contains("/advisories/") || path.Contains("/vex/") || path.Contains("/20") || path.Contains("/examples-"))
            .Select(path => path[(Corpus.PathOf("csaf").Length + 1)..])
            .Where(name => !name.StartsWith("schemas", StringComparison.Ordinal) && Of(name).Advisories.Count != 1);
        Assert.Empty(lost);
    }

    [Theory]
    [InlineData("advisories/redhat/rhsa-2023_7436.json", "tigervnc", "0:1.9.0-15.el8_2.4", "")]
    [InlineData("advisories/redhat/rhsa-2024_0010.json", "tigervnc", "0:1.13.1-3.el9_3.3", "")]
    [InlineData("advisories/redhat/rhsa-2023_7438.json", "python-gevent", "0:21.1.2-2.el9ost", "")]
    [InlineData("advisories/redhat/rhsa-2023_3821.json", "ruby", "2.7.8-139.module+el8.8.0+18745+f1bef313", "ruby:2.7")]
    [InlineData("advisories/suse/opensuse-su-2016_1623-1.json", "chromium", "51.0.2704.103-85.3", "")]
    [InlineData("advisories/openeuler/csaf-openeuler-sa-2025-1351.json", "vim", "9.0-33.oe2203sp3", "")]
    public void FixedBuildsArePackages(string file, string name, string version, string module) =>
        Assert.Contains(Of(file).Only.Affected, a => a.Name == name && a.State == FixState.Fixed && a.Scheme == VersionScheme.Rpm
            && a.Ranges.SequenceEqual([VersionRange.Before(version)]) && (a.Module ?? "") == module);

    [Fact]
    public void AWholeProductMayStayUnfixed() =>
        Assert.Contains(Of("vex/redhat/CVE-2024-34507.json").Only.Affected, a => a.State == FixState.WillNotFix);

    [Fact]
    public void AzureLinuxWritesAnglesForBefore()
    {
        var ruby = Of("vex/microsoft/msrc_cve-2025-25186.json").Only.Affected.Where(a => a.State == FixState.Fixed && a.Name == "ruby").ToList();
        Assert.Contains(ruby, a => a.Platform == "Azure Linux:3" && a.Ranges.SequenceEqual([VersionRange.Before("3.3.5-2")]));
    }

    [Fact]
    public void ADocumentNeedsNeitherProductsNorVulnerabilities() => Assert.Empty(Of("vex/suse/cve-1999-0003.json").Only.Affected);

    [Fact]
    public void FirstFixedAndLastAffectedAreBounds()
    {
        var affected = Of("advisories/ox/oxdc-adv-2024-0003.json").Only.Affected;
        Assert.Contains(affected, a => a.Ranges.Any(r => r.LastAffected is not null));
        Assert.Contains(affected, a => a.Ranges.Any(r => r.Fixed is not null));
    }

    [Fact]
    public void EarlyTwoPointOneDocumentsHaveScores() => Assert.Contains(Of("advisories/paloalto/CVE-2025-0114.json").Only.Scores, s => s.Vector!.StartsWith("CVSS:4.0/", StringComparison.Ordinal));

    [Fact]
    public void ARangeOfSiemensIsBeforeAVersion() =>
        Assert.Contains(Of("advisories/siemens/ssa-426509.json").Only.Affected, a => a.Ranges.Contains(VersionRange.Before("V2024.3")));

    [Fact]
    public void AnUndefinedProductIsRefusedAndTheRestGoesIn()
    {
        var feed = OfText("""{"full_product_names":[{"product_id":"p","name":"P"}]}""", """{"cve":"CVE-2024-0001","product_status":{"fixed":["p","q"]}}""");
        Assert.Equal(["P Fixed", "q UnderInvestigation"], feed.Only.Affected.Select(p => $"{p.Product} {p.State}"));
        Assert.Contains("'q'", Assert.Single(feed.Refusals).Reason);
    }

    [Fact]
    public void OfContradictingStatusesTheWorseIsTaken()
    {
        var feed = OfText("""{"full_product_names":[{"product_id":"p","name":"P"}]}""", """{"cve":"CVE-2024-0001","product_status":{"known_not_affected":["p"],"known_affected":["p"]}}""");
        Assert.Equal(FixState.NoFixYet, Assert.Single(feed.Only.Affected).State);
        Assert.Single(feed.Refusals);
    }

    [Fact]
    public void ACircleOfRelationshipsIsRefused()
    {
        static string Relation(string id, string to) => $$"""{"category":"installed_on","full_product_name":{"product_id":"{{id}}","name":"{{id}}"},"product_reference":"{{to}}","relates_to_product_reference":"{{to}}"}""";
        var relations = string.Join(',', Enumerable.Range(0, 2000).Select(i => Relation($"r{i}", $"r{(i + 1) % 2000}")));
        var feed = OfText($$"""{"relationships":[{{relations}}]}""", """{"product_status":{"fixed":["r1"]}}""");
        Assert.Equal(FixState.UnderInvestigation, Assert.Single(feed.Only.Affected).State);
        Assert.NotEmpty(feed.Refusals);
    }

    [Fact]
    public void WhatFollowsTheDocumentIsRefused() => Assert.Empty(ReadFeed.OfText(Document("{}", "") + "x", Csaf.Read).Advisories);

    [Fact]
    public void NestingWithoutEndIsRefused() =>
        Assert.Empty(ReadFeed.OfBytes(Encoding.UTF8.GetBytes(new string('[', 100_000)), Csaf.Read).Advisories);

    private static List<(string Name, bool IsValid)> Cases(string version, string? only = null)
    {
        using var list = JsonDocument.Parse(Corpus.Open($"csaf/validator-{version}/testcases.json"));
        return [.. list.RootElement.GetProperty("tests").EnumerateArray()
            .Where(test => only is null || test.GetProperty("id").GetString() == only)
            .SelectMany(test => new[] { "failures", "valid" }.SelectMany(kind => test.TryGetProperty(kind, out var items) ? items.EnumerateArray().ToArray() : []))
            .Select(item => (item.GetProperty("name").GetString()!, item.GetProperty("valid").GetBoolean()))];
    }
}
