using System.Text.Json.Nodes;
using PatchFlow.Core.Advisories;

namespace PatchFlow.Core.Tests.Advisories;

/// <summary>Parts of CSAF's and Microsoft's JSON that have a known name and another kind of value: they are refused where they are, and the rest goes in.</summary>
public sealed class WrongKindTests
{
    private const string Document = """
        {"document":{"csaf_version":"2.0","category":"csaf_vex","title":"T","aggregate_severity":{"text":"important"},"notes":[{"category":"summary","text":"S"}],"references":[{"url":"https://x.example/"}],
           "tracking":{"id":"A-1","version":"1","status":"final","aliases":["B-1"],"initial_release_date":"2026-11-01T00:00:00Z","current_release_date":"2026-11-02T00:00:00Z","revision_history":[{"number":"1","date":"2026-11-01T00:00:00Z"}]}},
         "product_tree":{"branches":[{"category":"product_name","name":"R9","product":{"product_id":"R9","name":"R9","product_identification_helper":{"cpe":"cpe:/o:redhat:enterprise_linux:9"}}}],
           "full_product_names":[{"product_id":"iota","name":"iota","product_identification_helper":{"purl":"pkg:rpm/redhat/iota"}},{"product_id":"R9:tau","name":"tau","product_identification_helper":{"cpe":"cpe:/o:redhat:enterprise_linux:9","purls":["pkg:rpm/redhat/tau"]}}],
           "relationships":[{"category":"default_component_of","product_reference":"iota","relates_to_product_reference":"R9","full_product_name":{"product_id":"R9:iota","name":"iota on R9"}}],
           "product_paths":[{"beginning_product_reference":"iota","subpaths":[{"next_product_reference":"R9"}],"full_product_name":{"product_id":"R9.iota","name":"iota on R9"}}],
           "product_groups":[{"group_id":"g","product_ids":["R9:iota"]}]},
         "vulnerabilities":[{"cve":"CVE-2026-2007","ids":[{"system_name":"s","text":"GHSA-1"}],"product_status":{"known_affected":["R9:iota"],"known_not_affected":["R9.iota"]},
             "remediations":[{"category":"no_fix_planned","details":"never","product_ids":[],"group_ids":["g"]}],"flags":[{"label":"component_not_present","product_ids":["R9.iota"]}],"threats":[{"category":"impact","details":"d","product_ids":["R9:iota"]}],
             "scores":[{"products":["R9:iota"],"cvss_v3":{"baseScore":7.5,"vectorString":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"}}],"metrics":[{"content":{"cvss_v4":{"baseScore":7.5}}}]},
           {"cve":"CVE-2026-2008","product_status":{"known_affected":["R9:tau"]}}]}
        """;

    private const string Month = """
        {"DocumentTitle":{"Value":"March 2024"},"DocumentTracking":{"Identification":{"ID":{"Value":"2024-Mar"}},"Status":2,"Version":"1.0","InitialReleaseDate":"2024-03-12T07:00:00","CurrentReleaseDate":"2024-04-09T07:00:00"},
         "ProductTree":{"Branch":[{"Items":[{"ProductID":"1","Value":"Windows Server 2022"}]}],"FullProductName":[{"ProductID":"1","Value":"Windows Server 2022"},{"ProductID":"2","Value":".NET 8.0"}]},
         "Vulnerability":[{"CVE":"CVE-2024-0001","Title":{"Value":"T"},"Notes":[{"Title":"Description","Value":"D"}],"ReleaseDate":"2024-03-12","ProductStatuses":[{"ProductID":["1"],"GroupID":[],"Type":3}],"Threats":[{"Description":{"Value":"Important"},"ProductID":["1"],"Type":3}],
           "CVSSScoreSets":[{"BaseScore":7.5,"Vector":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"}],"Remediations":[{"Description":{"Value":"5035857"},"URL":"https://x.example/","Supercedence":"1","ProductID":["1"],"Type":2,"RestartRequired":{"Value":"Yes"},"SubType":"Security Update","FixedBuild":"1.2"}],
           "RevisionHistory":[{"Number":"1.0","Date":"2024-03-12T07:00:00"}]},
          {"CVE":"CVE-2024-0002","ProductStatuses":[{"ProductID":["2"],"Type":3}]}]}
        """;

    private static ReadFeed Of(string document, Action<Stream, AdvisorySink> read, string path, string value)
    {
        var root = JsonNode.Parse(document)!;
        var names = path.Split('/');
        var owner = names[..^1].Aggregate(root, (at, name) => int.TryParse(name, out var number) ? at[number]! : at[name]!);
        if (int.TryParse(names[^1], out var last))
        {
            owner[last] = JsonNode.Parse(value);
        }
        else
        {
            owner[names[^1]] = JsonNode.Parse(value);
        }

        return ReadFeed.OfText(root.ToJsonString(), read);
    }

    [Fact]
    public void WhatIsRightIsNotRefused()
    {
        Assert.Empty(ReadFeed.OfText(Document, Csaf.Read).Refusals);
        Assert.Empty(ReadFeed.OfText(Month, MsrcCvrfJson.Read).Refusals);
    }

    [Theory]
    [InlineData("document/category", "[]", "document", "'category' is an array where a text is expected")]
    [InlineData("document/title", "{}", "document", "'title' is an object where a text is expected")]
    [InlineData("document/aggregate_severity", "\"high\"", "document", "'aggregate_severity' is a text where an object is expected")]
    [InlineData("document/aggregate_severity/text", "9", "document/aggregate_severity", "'text' is a number where a text is expected")]
    [InlineData("document/notes", "{}", "document", "'notes' is an object where an array is expected")]
    [InlineData("document/references", "true", "document", "'references' is a truth value where an array is expected")]
    [InlineData("document/references/0", "\"https://x.example/\"", "document", "'references' has 1 items that are no object")]
    [InlineData("document/tracking/version", "1", "document/tracking", "'version' is a number where a text is expected")]
    [InlineData("document/tracking/aliases", "\"B-1\"", "document/tracking", "'aliases' is a text where an array is expected")]
    [InlineData("document/tracking/initial_release_date", "1", "document/tracking", "'initial_release_date' is a number where a text is expected")]
    [InlineData("document/tracking/current_release_date", "1", "document/tracking", "'current_release_date' is a number where a text is expected")]
    [InlineData("document/tracking/revision_history", "{}", "document/tracking", "'revision_history' is an object where an array is expected")]
    [InlineData("product_tree", "[]", "product_tree", "'product_tree' is an array where an object is expected")]
    [InlineData("product_tree/branches", "{}", "product_tree", "'branches' is an object where an array is expected")]
    [InlineData("product_tree/branches/0", "\"R9\"", "product_tree", "'branches' has 1 items that are no object")]
    [InlineData("product_tree/branches/0/category", "1", "product_tree", "'category' is a number where a text is expected")]
    [InlineData("product_tree/branches/0/name", "9", "product_tree", "'name' is a number where a text is expected")]
    [InlineData("product_tree/branches/0/product", "\"R9\"", "product_tree", "'product' is a text where an object is expected")]
    [InlineData("product_tree/branches/0/product/product_id", "9", "product_tree", "'product_id' is a number where a text is expected")]
    [InlineData("product_tree/branches/0/product/name", "9", "R9", "'name' is a number where a text is expected")]
    [InlineData("product_tree/branches/0/product/product_identification_helper", "\"cpe:/\"", "R9", "'product_identification_helper' is a text where an object is expected")]
    [InlineData("product_tree/branches/0/product/product_identification_helper/cpe", "[]", "R9", "'cpe' is an array where a text is expected")]
    [InlineData("product_tree/full_product_names", "{}", "product_tree", "'full_product_names' is an object where an array is expected")]
    [InlineData("product_tree/full_product_names/0/product_identification_helper/purl", "[]", "iota", "'purl' is an array where a text is expected")]
    [InlineData("product_tree/full_product_names/1/product_identification_helper/purls", "\"pkg:rpm/redhat/tau\"", "R9:tau", "'purls' is a text where an array is expected")]
    [InlineData("product_tree/relationships", "{}", "product_tree", "'relationships' is an object where an array is expected")]
    [InlineData("product_tree/product_paths", "{}", "product_tree", "'product_paths' is an object where an array is expected")]
    [InlineData("product_tree/product_paths/0/subpaths", "{}", "product_tree", "'subpaths' is an object where an array is expected")]
    [InlineData("product_tree/product_groups", "{}", "product_tree", "'product_groups' is an object where an array is expected")]
    [InlineData("product_tree/product_groups/0/group_id", "1", "product_tree", "'group_id' is a number where a text is expected")]
    [InlineData("product_tree/product_groups/0/product_ids", "\"R9:iota\"", "product_tree/product_groups", "'product_ids' is a text where an array is expected")]
    [InlineData("vulnerabilities", "{\"cve\":\"CVE-2026-2006\"}", "vulnerabilities", "'vulnerabilities' is an object where an array is expected")]
    [InlineData("vulnerabilities/0", "\"CVE-2026-2007\"", "vulnerabilities", "'vulnerabilities' has 1 items that are no object")]
    [InlineData("vulnerabilities/0/cve", "[\"CVE-2026-2007\"]", "vulnerabilities[0]", "'cve' is an array where a text is expected")]
    [InlineData("vulnerabilities/0/ids", "\"GHSA-1\"", "CVE-2026-2007", "'ids' is a text where an array is expected")]
    [InlineData("vulnerabilities/0/product_status", "[]", "CVE-2026-2007", "'product_status' is an array where an object is expected")]
    [InlineData("vulnerabilities/0/product_status/known_affected", "\"R9:iota\"", "CVE-2026-2007", "'known_affected' is a text where an array is expected")]
    [InlineData("vulnerabilities/0/product_status/known_affected/0", "{}", "CVE-2026-2007", "'known_affected' has 1 items that are no text")]
    [InlineData("vulnerabilities/0/remediations", "{}", "CVE-2026-2007", "'remediations' is an object where an array is expected")]
    [InlineData("vulnerabilities/0/remediations/0", "\"never\"", "CVE-2026-2007", "'remediations' has 1 items that are no object")]
    [InlineData("vulnerabilities/0/remediations/0/product_ids", "\"R9:iota\"", "CVE-2026-2007", "'product_ids' is a text where an array is expected")]
    [InlineData("vulnerabilities/0/remediations/0/group_ids", "\"g\"", "CVE-2026-2007", "'group_ids' is a text where an array is expected")]
    [InlineData("vulnerabilities/0/flags", "{}", "CVE-2026-2007", "'flags' is an object where an array is expected")]
    [InlineData("vulnerabilities/0/threats", "{}", "CVE-2026-2007", "'threats' is an object where an array is expected")]
    [InlineData("vulnerabilities/0/scores", "{}", "CVE-2026-2007", "'scores' is an object where an array is expected")]
    [InlineData("vulnerabilities/0/scores/0/cvss_v3", "[]", "CVE-2026-2007", "'cvss_v3' is an array where an object is expected")]
    [InlineData("vulnerabilities/0/scores/0/cvss_v3/baseScore", "\"7.5\"", "CVE-2026-2007", "'baseScore' is a text where a number is expected")]
    [InlineData("vulnerabilities/0/scores/0/cvss_v3/vectorString", "{}", "CVE-2026-2007", "'vectorString' is an object where a text is expected")]
    [InlineData("vulnerabilities/0/metrics", "{}", "CVE-2026-2007", "'metrics' is an object where an array is expected")]
    [InlineData("vulnerabilities/0/metrics/0/content", "[]", "CVE-2026-2007", "'content' is an array where an object is expected")]
    public void APartOfCsafOfAnotherKindIsRefusedAlone(string path, string value, string position, string reason)
    {
        var read = Of(Document, Csaf.Read, path, value);
        Assert.Contains(read.Refusals, r => r.Position == position && r.Reason.StartsWith(reason, StringComparison.Ordinal));
        Assert.Equal("A-1", read.Only.Id);
        Assert.Equal(path is "vulnerabilities" or "product_tree" or "product_tree/full_product_names" ? 0 : 1, read.Only.Affected.Count(a => a.Product == "tau"));
    }

    [Theory]
    [InlineData("document/notes")]
    [InlineData("document/tracking/aliases")]
    [InlineData("vulnerabilities/0/flags")]
    [InlineData("vulnerabilities/0/product_status/known_affected")]
    public void NullIsNothing(string path) => Assert.Empty(Of(Document, Csaf.Read, path, "null").Refusals);

    [Theory]
    [InlineData("DocumentTracking", "[]", "DocumentTracking", "an array stands where an object is expected")]
    [InlineData("DocumentTracking/Identification", "\"2024-Mar\"", "DocumentTracking", "'Identification' is a text where an object is expected")]
    [InlineData("DocumentTracking/Status", "[]", "DocumentTracking", "'Status' is an array where a text is expected")]
    [InlineData("DocumentTracking/Version", "1", "DocumentTracking", "'Version' is a number where a text is expected")]
    [InlineData("ProductTree/Branch", "{}", "ProductTree", "'Branch' is an object where an array is expected")]
    [InlineData("ProductTree/Branch/0", "\"x\"", "ProductTree", "'Branch' has 1 items that are no object")]
    [InlineData("ProductTree/Branch/0/Items", "{}", "ProductTree", "'Items' is an object where an array is expected")]
    [InlineData("ProductTree/FullProductName/0/ProductID", "1", "ProductTree", "'ProductID' is a number where a text is expected")]
    [InlineData("Vulnerability/0", "\"CVE-2024-0001\"", "record 1 (line 1)", "a text stands where an object is expected")]
    [InlineData("Vulnerability/0/CVE", "[]", "record 1 (line 1)", "'CVE' is an array where a text is expected")]
    [InlineData("Vulnerability/0/Title", "[]", "record 1 (line 1)", "'Title' is an array where a text is expected")]
    [InlineData("Vulnerability/0/Title/Value", "1", "record 1 (line 1)", "'Value' is a number where a text is expected")]
    [InlineData("Vulnerability/0/Notes", "{}", "record 1 (line 1)", "'Notes' is an object where an array is expected")]
    [InlineData("Vulnerability/0/ProductStatuses", "{}", "record 1 (line 1)", "'ProductStatuses' is an object where an array is expected")]
    [InlineData("Vulnerability/0/ProductStatuses/0", "[]", "record 1 (line 1)", "'ProductStatuses' has 1 items that are no object")]
    [InlineData("Vulnerability/0/ProductStatuses/0/Type", "{}", "record 1 (line 1)", "'Type' is an object where a text is expected")]
    [InlineData("Vulnerability/0/ProductStatuses/0/ProductID", "\"1\"", "record 1 (line 1)", "'ProductID' is a text where an array is expected")]
    [InlineData("Vulnerability/0/ProductStatuses/0/GroupID", "\"g\"", "record 1 (line 1)", "'GroupID' is a text where an array is expected")]
    [InlineData("Vulnerability/0/Threats", "{}", "record 1 (line 1)", "'Threats' is an object where an array is expected")]
    [InlineData("Vulnerability/0/CVSSScoreSets", "{}", "record 1 (line 1)", "'CVSSScoreSets' is an object where an array is expected")]
    [InlineData("Vulnerability/0/CVSSScoreSets/0/BaseScore", "[]", "record 1 (line 1)", "'BaseScore' is an array where a text is expected")]
    [InlineData("Vulnerability/0/Remediations", "{}", "record 1 (line 1)", "'Remediations' is an object where an array is expected")]
    [InlineData("Vulnerability/0/Remediations/0/ProductID", "\"1\"", "record 1 (line 1)", "'ProductID' is a text where an array is expected")]
    [InlineData("Vulnerability/0/Remediations/0/FixedBuild", "1.2", "record 1 (line 1)", "'FixedBuild' is a number where a text is expected")]
    [InlineData("Vulnerability/0/RevisionHistory", "{}", "record 1 (line 1)", "'RevisionHistory' is an object where an array is expected")]
    public void APartOfAMonthOfAnotherKindIsRefusedAlone(string path, string value, string position, string reason)
    {
        var read = Of(Month, MsrcCvrfJson.Read, path, value);
        Assert.Contains(read.Refusals, r => r.Position == position && r.Reason.StartsWith(reason, StringComparison.Ordinal));
        Assert.Equal(".NET 8.0", Assert.Single(read["CVE-2024-0002"].Affected).Product);
    }

    [Fact]
    public void AProductTreeOfAnotherKindIsRefused()
    {
        var read = Of(Month, MsrcCvrfJson.Read, "ProductTree", "[]");
        Assert.Contains(read.Refusals, r => r is { Position: "ProductTree", Reason: "an array stands where an object is expected: it is left out" });
        Assert.All(read["CVE-2024-0002"].Affected, p => Assert.Equal((FixState.UnderInvestigation, ""), (p.State, p.Platform)));
    }

    [Fact]
    public void AnEntryOfTheGuideMayHaveRevisionsOfAnyKind() =>
        Assert.Null(ReadFeed.OfText("""{"value":[{"cveNumber":"CVE-2024-0001","revisions":[1,"x"]}]}""", (stream, sink) => MsrcGuide.ReadVulnerabilities(stream, sink)).Only.Revision);

    [Fact]
    public void ArticlesOfTheGuideOfAnotherKindAreRefused() =>
        Assert.StartsWith("'kbArticles' is an object", Assert.Single(ReadFeed.OfText("""{"value":[{"cveNumber":"CVE-2024-0001","product":"P","kbArticles":{}}]}""", (stream, sink) => MsrcGuide.ReadProducts(stream, sink)).Refusals).Reason, StringComparison.Ordinal);
}
