using System.Collections.Immutable;
using System.Text.Json;

namespace PatchFlow.Core.Advisories;

/// <summary>Reads entries of the Security Update Guide's pages.</summary>
internal static class MsrcGuideEntry
{
    private const int LongestId = 40;

    /// <summary>What an entry says of a vulnerability; null where it was refused.</summary>
    public static Advisory? Advisory(JsonElement value, string position, AdvisorySink sink)
    {
        var id = value.Text("cveNumber"u8);
        if (id is not { Length: > 0 and <= LongestId } || !id.All(c => char.IsAsciiLetterOrDigit(c) || c == '-'))
        {
            sink.Refuse(position, "an entry without cveNumber: it can't be told from others");
            return null;
        }

        var isCve = CveId.IsValid(id);
        return new Advisory
        {
            Id = id,
            Severity = Severities.Of(value.Text("severity"u8)),
            SeverityText = value.Text("severity"u8),
            Cves = isCve ? [id] : [],
            Scores = Scores(value, isCve ? id : null, position, sink),
            Published = FeedDate.Of(value.Text("initialReleaseDate"u8) ?? value.Text("releaseDate"u8), sink, position),
        };
    }

    /// <summary>The advisory with the product that an entry is about, once for each of its updates.</summary>
    public static Advisory WithProduct(Advisory advisory, JsonElement value, string position, AdvisorySink sink)
    {
        if (value.Text("product"u8) is not { Length: > 0 } product)
        {
            sink.Refuse(position, "an entry without product; the rest of it is kept");
            return advisory;
        }

        var updates = value.Items("kbArticles"u8, sink, position).Select(article => Update(article, position, sink)).OfType<VendorUpdate>().ToList();

        // A service that Microsoft has mended itself has no update, and nobody has to do anything.
        var isMended = value.TryGetProperty("customerActionRequired"u8, out var action) && action.ValueKind == JsonValueKind.False;
        ImmutableArray<AffectedPackage> affected = updates.Count > 0
            ? [.. updates.Select(update => MsrcAdvisory.Package(product, FixState.Fixed, update with { Product = product }, null))]
            : [MsrcAdvisory.Package(product, isMended ? FixState.Fixed : FixState.NoFixYet, null, isMended ? "mended by the vendor; no action is required" : null)];
        return advisory with { Affected = affected, RebootSuggested = affected.Any(p => p.Suggested.HasFlag(SuggestedActions.Reboot)) };
    }

    /// <summary>The update of an entry of deployments, or of an article of a product; null where it was refused.</summary>
    public static VendorUpdate? Update(JsonElement value, string position, AdvisorySink sink)
    {
        if (value.Text("articleName"u8) is not { Length: > 0 } name)
        {
            sink.Refuse(position, "an update without articleName; the rest of it is kept");
            return null;
        }

        return new VendorUpdate
        {
            Id = VendorUpdate.NumberOf(name),
            Product = value.Text("product"u8),
            Supersedes = VendorUpdate.NumbersIn(value.Text("supercedence"u8)),
            FixedBuild = value.Text("fixedBuildNumber"u8),
            Kind = value.Text("downloadName"u8),
            Restart = value.Text("rebootRequired"u8),
            Address = value.Text("downloadUrl"u8) ?? value.Text("articleUrl"u8),
        };
    }

    /// <summary>What an entry says of exploits, in fields of its own for what a month has in one text.</summary>
    public static ImmutableArray<ExploitStatement> Threats(JsonElement value, string id)
    {
        var parts = new[] { ("Publicly Disclosed", "publiclyDisclosed"), ("Exploited", "exploited"), ("Latest Software Release", "latestSoftwareRelease"), ("Older Software Release", "olderSoftwareRelease") };
        var text = string.Join(';', parts.Select(p => (p.Item1, Text: value.Text(p.Item2))).Where(p => p.Text is { Length: > 0 }).Select(p => $"{p.Item1}:{p.Text}"));
        return ExploitStatement.OfMicrosoft(text, CveId.IsValid(id) ? id : null) is { } statement ? [statement] : [];
    }

    /// <summary>The latest revision that an entry lists; null where it lists none.</summary>
    public static string? RevisionOf(JsonElement value) =>
        value.Items("revisions"u8).Select(revision => revision.Has("version"u8, JsonValueKind.Number, out var version) ? version.GetRawText() : null)
            .OfType<string>().LastOrDefault();

    private static ImmutableArray<PublishedScore> Scores(JsonElement value, string? cve, string position, AdvisorySink sink)
    {
        var (vector, text) = (value.Text("vectorString"u8), value.Text("baseScore"u8));
        var score = CvrfWords.ScoreOf(text);
        if (score is null && text is { Length: > 0 })
        {
            sink.Refuse(position, $"'{XmlWalk.Shown(text)}' is no base score from 0 to 10; the rest of it is kept");
        }

        return score is null && vector is not { Length: > 0 } ? [] : [new PublishedScore(vector is { Length: > 0 } ? vector : null, score, cve)];
    }
}
