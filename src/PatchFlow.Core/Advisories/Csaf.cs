using System.Collections.Immutable;
using System.Text.Json;

namespace PatchFlow.Core.Advisories;

/// <summary>Reads CSAF 2.0 and 2.1 documents, advisories and VEX alike (docs.oasis-open.org/csaf/csaf/v2.0): one document is one advisory.</summary>
public static class Csaf
{
    private static readonly JsonWords States = new("final", "interim", "draft");

    /// <summary>Puts the document's advisory into the sink, or refuses it; a part that cannot be trusted is refused by itself.</summary>
    public static void Read(Stream stream, AdvisorySink sink)
    {
        using var json = JsonText.Parse(stream, sink);
        if (json is null)
        {
            return;
        }

        if (json.RootElement.Object("document"u8) is not { } document || !(document.Is("csaf_version"u8, "2.0"u8) || document.Is("csaf_version"u8, "2.1"u8)))
        {
            sink.Refuse("document", "no CSAF document: an object 'document' with csaf_version 2.0 or 2.1 is expected (CSAF 3.2.1)");
            return;
        }

        if (document.Object("tracking"u8) is not { } tracking || tracking.Text("id"u8) is not { Length: > 0 } id || string.IsNullOrWhiteSpace(id))
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
        var products = new CsafProducts(root.Object("product_tree"u8), sink);
        var status = new CsafStatus(products, sink);
        products.CheckReferences(document, "document");
        var scores = new List<PublishedScore>();
        var named = new List<string>();
        var number = 0;
        foreach (var vulnerability in root.Items("vulnerabilities"u8))
        {
            var cve = vulnerability.Text("cve"u8);
            var position = cve ?? $"vulnerabilities[{number}]";
            number++;
            status.Add(vulnerability, cve, position);
            products.CheckReferences(vulnerability, position);
            CsafScores.AddTo(scores, vulnerability, cve);
            if (cve is not null)
            {
                named.Add(cve);
            }
        }

        var (cves, severity) = (Cves(named, sink), document.Object("aggregate_severity"u8)?.Text("text"u8));
        var modified = FeedDate.Of(tracking.Text("current_release_date"u8), sink, "document/tracking/current_release_date");
        return new Advisory
        {
            Id = id,
            Revision = tracking.Text("version"u8),
            Kind = KindOf(id, cves.Length),
            Title = document.Text("title"u8),
            Description = Summary(document),
            SeverityText = severity,
            Severity = Severities.Of(severity),
            Cves = cves,
            Aliases = Aliases(root, tracking, id),
            Scores = scores.Count > 1 ? [.. scores.Distinct()] : [.. scores],
            Published = FeedDate.Of(tracking.Text("initial_release_date"u8), sink, "document/tracking/initial_release_date"),
            Modified = modified,
            Status = States.Text(tracking, "status"u8),
            Withdrawn = document.Is("category"u8, "csaf_withdrawn"u8) || document.Is("category"u8, "csaf_superseded"u8) ? modified : null,
            References = References(document),
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
        var found = new DistinctTexts();
        foreach (var cve in named)
        {
            if (!CveId.IsValid(cve))
            {
                sink.Refuse("vulnerabilities", $"'{AptGrammar.Shown(cve)}' is no CVE id (CSAF 3.2.3.2)");
            }
            else if (!found.Add(cve))
            {
                sink.Refuse(cve, "the CVE is used by more than one vulnerability (CSAF 6.1.23)");
            }
        }

        return found.All();
    }

    private static string? Summary(JsonElement document)
    {
        foreach (var note in document.Items("notes"u8))
        {
            if (note.Is("category"u8, "summary"u8))
            {
                return note.Text("text"u8);
            }
        }

        return null;
    }

    private static ImmutableArray<string> References(JsonElement document)
    {
        var found = new DistinctTexts();
        foreach (var reference in document.Items("references"u8))
        {
            if (reference.Text("url"u8) is { } url)
            {
                found.Add(url);
            }
        }

        return found.All();
    }

    private static ImmutableArray<string> Aliases(JsonElement root, JsonElement tracking, string id)
    {
        var found = new DistinctTexts();
        foreach (var alias in tracking.Texts("aliases"u8))
        {
            if (alias != id)
            {
                found.Add(alias);
            }
        }

        foreach (var vulnerability in root.Items("vulnerabilities"u8))
        {
            foreach (var item in vulnerability.Items("ids"u8))
            {
                if (item.Text("text"u8) is { } text && text != id && text.StartsWith("GHSA-", StringComparison.Ordinal))
                {
                    found.Add(text);
                }
            }
        }

        return found.All();
    }
}
