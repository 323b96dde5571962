using System.Collections.Immutable;
using System.Text.Json;

namespace PatchFlow.Core.Advisories;

/// <summary>Reads CSAF 2.0 and 2.1 documents, advisories and VEX alike (docs.oasis-open.org/csaf/csaf/v2.0): one document is one advisory.</summary>
public static class Csaf
{
    private static readonly JsonWords Versions = new("2.0", "2.1");
    private static readonly JsonWords States = new("final", "interim", "draft");
    private static readonly JsonWords Withdrawals = new("csaf_withdrawn", "csaf_superseded");

    /// <summary>Puts the document's advisory into the sink, or refuses it; a part that cannot be trusted is refused by itself.</summary>
    public static void Read(Stream stream, AdvisorySink sink)
    {
        using var json = JsonText.Parse(stream, sink);
        if (json is null)
        {
            return;
        }

        if (json.RootElement.Object("document"u8) is not { } document || Versions.Known(document, "csaf_version"u8) is null)
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
        try
        {
            Read(json.RootElement, document, tracking, id, sink);
        }
        catch (ProductLimitException tooMany)
        {
            sink.Refuse("product_tree", $"{tooMany.Message}: the document is not used");
        }
    }

    private static void Read(JsonElement root, JsonElement document, JsonElement tracking, string id, AdvisorySink sink)
    {
        var isWithdrawn = Withdrawals.Known(document, "category"u8) is not null;
        var advisory = Advisory(root, document, tracking, id, isWithdrawn, sink);
        if (isWithdrawn && advisory.Withdrawn is null)
        {
            sink.Refuse(AptGrammar.Shown(id), "it is withdrawn, at a time that can't be read: it is not used");
            return;
        }

        sink.Found(advisory);
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

    private static Advisory Advisory(JsonElement root, JsonElement document, JsonElement tracking, string id, bool isWithdrawn, AdvisorySink sink)
    {
        var products = new CsafProducts(root.Object("product_tree"u8, sink, "product_tree"), sink);
        products.CheckReferences(document, "document");
        document.Check("category"u8, JsonValueKind.String, sink, "document");
        var vulnerabilities = new CsafVulnerabilities(id, products, sink);
        vulnerabilities.Read(root);
        var (cves, severity) = (vulnerabilities.Cves, document.Object("aggregate_severity"u8, sink, "document")?.Text("text"u8, sink, "document/aggregate_severity"));
        var published = FeedDate.Of(tracking, "initial_release_date"u8, sink, "document/tracking");
        var modified = FeedDate.Of(tracking, "current_release_date"u8, sink, "document/tracking");
        return new Advisory
        {
            Id = id,
            Revision = tracking.Text("version"u8, sink, "document/tracking"),
            Kind = KindOf(id, cves.Length),
            Title = document.Text("title"u8, sink, "document"),
            Description = Summary(document, sink),
            SeverityText = severity,
            Severity = Severities.Of(severity),
            Cves = cves,
            Aliases = Aliases(tracking, id, vulnerabilities.Ids, sink),
            Scores = vulnerabilities.Scores,
            Published = published,
            Modified = modified,
            Status = States.Text(tracking, "status"u8),
            Withdrawn = isWithdrawn ? modified ?? published : null,
            References = References(document, sink),
            Affected = vulnerabilities.Affected,
        };
    }

    // Red Hat publishes errata that mend no vulnerability in the same form.
    private static AdvisoryKind KindOf(string id, int cves) => cves > 0 ? AdvisoryKind.Security
        : id.StartsWith("RHBA-", StringComparison.Ordinal) ? AdvisoryKind.BugFix
        : id.StartsWith("RHEA-", StringComparison.Ordinal) ? AdvisoryKind.Enhancement
        : AdvisoryKind.Security;

    private static string? Summary(JsonElement document, AdvisorySink sink)
    {
        foreach (var note in document.Objects("notes"u8, sink, "document"))
        {
            if (note.Is("category"u8, "summary"u8))
            {
                return note.Text("text"u8);
            }
        }

        return null;
    }

    private static ImmutableArray<string> References(JsonElement document, AdvisorySink sink)
    {
        var found = new DistinctTexts();
        foreach (var reference in document.Objects("references"u8, sink, "document"))
        {
            if (reference.Text("url"u8) is { } url)
            {
                found.Add(url);
            }
        }

        return found.All();
    }

    private static ImmutableArray<string> Aliases(JsonElement tracking, string id, IReadOnlyList<string> ids, AdvisorySink sink)
    {
        var found = new DistinctTexts();
        foreach (var alias in tracking.Texts("aliases"u8, sink, "document/tracking"))
        {
            if (alias != id)
            {
                found.Add(alias);
            }
        }

        foreach (var text in ids)
        {
            if (text != id && text.StartsWith("GHSA-", StringComparison.Ordinal))
            {
                found.Add(text);
            }
        }

        return found.All();
    }
}
