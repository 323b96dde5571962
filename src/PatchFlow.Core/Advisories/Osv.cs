using System.Collections.Immutable;
using System.Text.Json;
using PatchFlow.Core.Patches;

namespace PatchFlow.Core.Advisories;

/// <summary>Reads OSV records (ossf.github.io/osv-schema, 1.0 to 1.7): one, an array of them, or one a line.</summary>
public sealed class Osv
{
    private readonly AdvisorySink _sink;
    private readonly OsvPackages _packages;

    private Osv(AdvisorySink sink, Func<VersionScheme, string, string, int?> order)
    {
        _sink = sink;
        _packages = new OsvPackages(order, sink);
    }

    /// <summary>Reads the document into the sink; <paramref name="order"/> is <see cref="VersionOrder.Compare"/> where none is given.</summary>
    public static void Read(Stream document, AdvisorySink sink, Func<VersionScheme, string, string, int?>? order = null)
    {
        var osv = new Osv(sink, order ?? VersionOrder.Compare);
        JsonRecords.Items(document, sink, record => osv.AdvisoryOf(record) is not { } advisory || sink.Found(advisory));
    }

    private Advisory? AdvisoryOf(JsonRecord record)
    {
        var value = record.Value;
        if (value.Text("id") is not { Length: > 0 } id)
        {
            return Refused(record.Position, "an object with an 'id' is expected (OSV schema)");
        }

        if (!value.TryGetProperty("affected", out _) && value.Text("summary") is null && value.Text("details") is null && !value.TryGetProperty("withdrawn", out _))
        {
            return Refused(id, "it has nothing but an id and dates: this is an entry of an index, not a record");
        }

        var withdrawn = FeedDate.Of(value.Text("withdrawn"), _sink, $"{id} withdrawn");
        if (withdrawn is null && value.TryGetProperty("withdrawn", out var written) && written.ValueKind != JsonValueKind.Null)
        {
            return Refused(id, "it is withdrawn, at a time that can't be read: it is not used");
        }

        return Filled(id, value, withdrawn);
    }

    private Advisory Filled(string id, JsonElement value, DateTimeOffset? withdrawn)
    {
        var cves = new List<string>();
        var aliases = new List<string>();
        Name(id, cves, aliases, isOther: false);
        foreach (var alias in value.Texts("aliases").Concat(value.Texts("upstream")))
        {
            Name(alias, cves, aliases, alias != id);
        }

        foreach (var related in value.Texts("related"))
        {
            Name(related, cves, aliases, isOther: false);
        }

        var word = SeverityWord(id, value);
        return new Advisory
        {
            Id = id,
            Kind = KindOf(id, cves.Count),
            Title = value.Text("summary"),
            Description = value.Text("details"),
            Severity = Severities.Of(word),
            SeverityText = word,
            Cves = [.. cves.Distinct()],
            Aliases = [.. aliases.Distinct()],
            Scores = Scores(value),
            Published = FeedDate.Of(value.Text("published"), _sink, $"{id} published"),
            Modified = FeedDate.Of(value.Text("modified"), _sink, $"{id} modified"),
            Withdrawn = withdrawn,
            References = [.. value.Items("references").Select(r => r.Text("url")).OfType<string>()],
            Affected = _packages.Of(id, value),
        };
    }

    // UBUNTU-CVE-2021-3782 and DEBIAN-CVE-… are vendors' records of that CVE.
    private static void Name(string text, List<string> cves, List<string> aliases, bool isOther)
    {
        var at = text.IndexOf("CVE-", StringComparison.Ordinal);
        var into = at >= 0 && (at == 0 || text[at - 1] == '-') && CveId.IsValid(text.AsSpan(at)) ? cves : isOther ? aliases : null;
        var name = into == cves ? text[at..] : text;
        into?.Add(name);
    }

    // PITFALLS of the format: security fixes also sit in ALBA and ALEA records, and then name CVEs.
    private static AdvisoryKind KindOf(string id, int cves) => cves > 0 || id.Length < 5 || id[4] != '-' ? AdvisoryKind.Security
        : id.AsSpan(2, 2) is "BA" ? AdvisoryKind.BugFix
        : id.AsSpan(2, 2) is "EA" ? AdvisoryKind.Enhancement
        : AdvisoryKind.Security;

    private static string? SeverityWord(string id, JsonElement value)
    {
        var own = value.Items("severity").FirstOrDefault(s => s.Text("type") == "Ubuntu").Text("score")
            ?? value.Object("database_specific")?.Text("severity");
        if (own is not null || id.Length < 5 || !id.AsSpan(2, 3).SequenceEqual("SA-") || value.Text("summary") is not { } title)
        {
            return own ?? PackageWord(value);
        }

        // AlmaLinux and Rocky Linux write "Important: kernel security update".
        var colon = title.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 && Severities.Of(title[..colon]) != Severity.Unknown ? title[..colon] : null;
    }

    private static string? PackageWord(JsonElement value)
    {
        string? worst = null;
        foreach (var affected in value.Items("affected"))
        {
            if (affected.Object("ecosystem_specific") is { } own && (own.Text("ubuntu_priority") ?? own.Text("urgency")) is { } word
                && (worst is null || Severities.Of(word) > Severities.Of(worst)))
            {
                worst = word;
            }
        }

        return worst;
    }

    private static ImmutableArray<PublishedScore> Scores(JsonElement value)
    {
        var scores = new List<PublishedScore>();
        AddScores(value, scores);
        foreach (var affected in value.Items("affected"))
        {
            AddScores(affected, scores);
        }

        return scores.Count > 1 ? [.. scores.Distinct()] : [.. scores];
    }

    private static void AddScores(JsonElement stated, List<PublishedScore> scores)
    {
        foreach (var severity in stated.Items("severity"))
        {
            if (severity.Text("type")?.StartsWith("CVSS_", StringComparison.Ordinal) == true && severity.Text("score") is { Length: > 0 } vector)
            {
                scores.Add(new PublishedScore(vector, null, null));
            }
        }
    }

    private Advisory? Refused(string position, string reason)
    {
        _sink.Refuse(position, reason);
        return null;
    }
}
