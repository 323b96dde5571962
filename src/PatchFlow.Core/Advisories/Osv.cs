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
        if (value.Text("id"u8) is not { Length: > 0 } id)
        {
            return Refused(record.Position, "an object with an 'id' is expected (OSV schema)");
        }

        if (!value.TryGetProperty("affected"u8, out _) && value.Text("summary"u8) is null && value.Text("details"u8) is null && !value.TryGetProperty("withdrawn"u8, out _))
        {
            return Refused(id, "it has nothing but an id and dates: this is an entry of an index, not a record");
        }

        var withdrawn = FeedDate.Of(value.Text("withdrawn"u8), _sink, $"{id} withdrawn");
        if (withdrawn is null && value.TryGetProperty("withdrawn"u8, out var written) && written.ValueKind != JsonValueKind.Null)
        {
            return Refused(id, "it is withdrawn, at a time that can't be read: it is not used");
        }

        return Filled(id, value, withdrawn);
    }

    private Advisory Filled(string id, JsonElement value, DateTimeOffset? withdrawn)
    {
        var (place, cves, aliases) = (new RecordPlace(id), new List<string>(), new List<string>());
        AddNames(id, value, cves, aliases);
        var (word, title) = (SeverityWord(id, value), _sink.Text(value, "summary"u8, place));
        return new Advisory
        {
            Id = id,
            Kind = KindOf(id, cves.Count),
            Title = title,
            Description = _sink.Text(value, "details"u8, place),
            Severity = Severities.Of(word),
            SeverityText = word,
            Cves = [.. cves.Distinct()],
            Aliases = [.. aliases.Distinct()],
            Scores = Scores(value, place),
            Published = FeedDate.Of(_sink.Text(value, "published"u8, place), _sink, $"{id} published"),
            Modified = FeedDate.Of(_sink.Text(value, "modified"u8, place), _sink, $"{id} modified"),
            Withdrawn = withdrawn,
            References = [.. _sink.Items(value, "references"u8, place).Select(r => r.Text("url"u8)).OfType<string>()],
            Affected = _packages.Of(id, value),
        };
    }

    private void AddNames(string id, JsonElement value, List<string> cves, List<string> aliases)
    {
        var place = new RecordPlace(id);
        Name(id, cves, aliases, isOther: false);
        foreach (var alias in _sink.Texts(value, "aliases"u8, place).Concat(_sink.Texts(value, "upstream"u8, place)))
        {
            Name(alias, cves, aliases, alias != id);
        }

        foreach (var related in _sink.Texts(value, "related"u8, place))
        {
            Name(related, cves, aliases, isOther: false);
        }
    }

    // UBUNTU-CVE-2021-3782 and DEBIAN-CVE-… are vendors' records of that CVE.
    private static void Name(string text, List<string> cves, List<string> aliases, bool isOther)
    {
        var at = text.IndexOf("CVE-", StringComparison.OrdinalIgnoreCase);
        if (at >= 0 && (at == 0 || text[at - 1] == '-') && CveId.Of(text[at..]) is { } cve)
        {
            cves.Add(cve);
        }
        else if (isOther)
        {
            aliases.Add(text);
        }
    }

    // PITFALLS of the format: security fixes also sit in ALBA and ALEA records, and then name CVEs.
    private static AdvisoryKind KindOf(string id, int cves) => cves > 0 || id.Length < 5 || id[4] != '-' ? AdvisoryKind.Security
        : id.AsSpan(2, 2) is "BA" ? AdvisoryKind.BugFix
        : id.AsSpan(2, 2) is "EA" ? AdvisoryKind.Enhancement
        : AdvisoryKind.Security;

    private string? SeverityWord(string id, JsonElement value)
    {
        var own = value.Items("severity"u8).FirstOrDefault(s => s.Text("type"u8) == "Ubuntu").Text("score"u8)
            ?? _sink.Object(value, "database_specific"u8, new RecordPlace(id))?.Text("severity"u8);
        if (own is not null || id.Length < 5 || !id.AsSpan(2, 3).SequenceEqual("SA-") || value.Text("summary"u8) is not { } title)
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
        foreach (var affected in value.Items("affected"u8))
        {
            if (affected.Object("ecosystem_specific"u8) is { } own && (own.Text("ubuntu_priority"u8) ?? own.Text("urgency"u8)) is { } word
                && (worst is null || Severities.Of(word) > Severities.Of(worst)))
            {
                worst = word;
            }
        }

        return worst;
    }

    private ImmutableArray<PublishedScore> Scores(JsonElement value, RecordPlace place)
    {
        var (scores, number) = (new List<PublishedScore>(), 0);
        AddScores(value, scores, place);
        foreach (var affected in value.Items("affected"u8))
        {
            AddScores(affected, scores, new RecordPlace(place.Record, "affected", number++));
        }

        return scores.Count > 1 ? [.. scores.Distinct()] : [.. scores];
    }

    private void AddScores(JsonElement stated, List<PublishedScore> scores, RecordPlace place)
    {
        foreach (var severity in _sink.Items(stated, "severity"u8, place))
        {
            if (severity.Text("type"u8)?.StartsWith("CVSS_", StringComparison.Ordinal) == true && severity.Text("score"u8) is { Length: > 0 } vector)
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
