using System.Collections.Immutable;
using System.Text.Json;

namespace PatchFlow.Core.Advisories;

/// <summary>Reads CSAF 2.0 and 2.1 documents, advisories and VEX alike (docs.oasis-open.org/csaf/csaf/v2.0): one document is one advisory.</summary>
public static class Csaf
{
    /// <summary>Puts the document's advisory into the sink, or refuses it; a part that cannot be trusted is refused by itself.</summary>
    public static void Read(Stream stream, AdvisorySink sink)
    {
        using var json = JsonText.Parse(stream, sink);
        if (json is null)
        {
            return;
        }

        if (json.RootElement.Object("document") is not { } document || document.Text("csaf_version") is not ("2.0" or "2.1"))
        {
            sink.Refuse("document", "no CSAF document: an object 'document' with csaf_version 2.0 or 2.1 is expected (CSAF 3.2.1)");
            return;
        }

        if (document.Object("tracking") is not { } tracking || tracking.Text("id") is not { Length: > 0 } id || string.IsNullOrWhiteSpace(id))
        {
            sink.Refuse("document/tracking", "a CSAF document without tracking.id (CSAF 3.2.1.12.4)");
            return;
        }

        CsafTracking.Check(tracking, sink);
        sink.Found(Advisory(json.RootElement, document, tracking, id, sink));
    }

    /// <summary>
    /// Whether a document takes the place of the one that is kept of the same advisory: its version is higher, or the same and changed later. An
    /// older one that comes late, from a mirror or an archive, never does (CSAF 3.2.1.12.8).
    /// </summary>
    public static bool Replaces(Advisory document, Advisory kept)
    {
        var order = CsafTracking.Compare(Plain(document.Revision), Plain(kept.Revision));
        return order > 0 || (order == 0 && document.Modified > kept.Modified);

        static string Plain(string? version) => (version ?? "0").Split('+')[0];
    }

    private static Advisory Advisory(JsonElement root, JsonElement document, JsonElement tracking, string id, AdvisorySink sink)
    {
        var products = new CsafProducts(root.Object("product_tree"), sink);
        var status = new CsafStatus(products, sink);
        products.CheckReferences(document, "document");
        var scores = new List<PublishedScore>();
        var named = new List<string>();
        foreach (var (index, vulnerability) in root.Items("vulnerabilities").Index())
        {
            var cve = vulnerability.Text("cve");
            var position = cve ?? $"vulnerabilities[{index}]";
            status.Add(vulnerability, cve, position);
            products.CheckReferences(vulnerability, position);
            CsafScores.AddTo(scores, vulnerability, cve);
            if (cve is not null)
            {
                named.Add(cve);
            }
        }

        var (cves, category) = (Cves(named, sink), document.Text("category") ?? "");
        var modified = FeedDate.Of(tracking.Text("current_release_date"), sink, "document/tracking/current_release_date");
        return new Advisory
        {
            Id = id,
            Revision = tracking.Text("version"),
            Kind = KindOf(id, cves.Length),
            Title = document.Text("title"),
            Description = document.Items("notes").FirstOrDefault(note => note.Text("category") is "summary").Text("text"),
            SeverityText = document.Object("aggregate_severity")?.Text("text"),
            Severity = Severities.Of(document.Object("aggregate_severity")?.Text("text")),
            Cves = cves,
            Aliases = Aliases(root, tracking, id),
            Scores = [.. scores.Distinct()],
            Published = FeedDate.Of(tracking.Text("initial_release_date"), sink, "document/tracking/initial_release_date"),
            Modified = modified,
            Status = tracking.Text("status"),
            Withdrawn = category is "csaf_withdrawn" or "csaf_superseded" ? modified : null,
            References = [.. document.Items("references").Select(reference => reference.Text("url")).OfType<string>().Distinct()],
            Affected = status.Statements.All(cves.Length),
        };
    }

    // Red Hat publishes errata that mend no vulnerability in the same form.
    private static AdvisoryKind KindOf(string id, int cves) => cves > 0 ? AdvisoryKind.Security
        : id.StartsWith("RHBA-", StringComparison.Ordinal) ? AdvisoryKind.BugFix
        : id.StartsWith("RHEA-", StringComparison.Ordinal) ? AdvisoryKind.Enhancement
        : AdvisoryKind.Security;

    private static ImmutableArray<string> Cves(List<string> named, AdvisorySink sink)
    {
        var found = new List<string>();
        var seen = new HashSet<string>();
        foreach (var cve in named)
        {
            if (!CveId.IsValid(cve))
            {
                sink.Refuse("vulnerabilities", $"'{AptGrammar.Shown(cve)}' is no CVE id (CSAF 3.2.3.2)");
            }
            else if (!seen.Add(cve))
            {
                sink.Refuse(cve, "the CVE is used by more than one vulnerability (CSAF 6.1.23)");
            }
            else
            {
                found.Add(cve);
            }
        }

        return [.. found];
    }

    private static ImmutableArray<string> Aliases(JsonElement root, JsonElement tracking, string id)
    {
        var ids = root.Items("vulnerabilities").SelectMany(vulnerability => vulnerability.Items("ids")).Select(item => item.Text("text")).OfType<string>();
        return [.. tracking.Texts("aliases").Concat(ids.Where(text => text.StartsWith("GHSA-", StringComparison.Ordinal))).Where(alias => alias != id).Distinct()];
    }
}
