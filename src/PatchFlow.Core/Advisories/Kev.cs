using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;

namespace PatchFlow.Core.Advisories;

/// <summary>CISA's catalogue of known exploited vulnerabilities.</summary>
/// <param name="Version">catalogVersion, for example <c>2025.08.25</c>.</param>
/// <param name="Released">dateReleased: with the version it tells whether the catalogue has changed.</param>
/// <param name="Entries">Its entries in the order of the document, without those that were refused.</param>
public sealed record KevCatalogue(string Version, DateTimeOffset Released, ImmutableArray<KevEntry> Entries)
{
    /// <summary>Whether it is the same edition, told by version and time of release: then nothing needs to be compared.</summary>
    public bool IsSameEdition(KevCatalogue other) => Version == other.Version && Released == other.Released;
}

/// <summary>Whether CISA knows of a ransomware campaign.</summary>
public enum RansomwareUse
{
    /// <summary>The document is older than the statement.</summary>
    NotStated,

    /// <summary>CISA has no confirmation.</summary>
    Unknown,

    /// <summary>Known to have been used in a campaign.</summary>
    Known,
}

/// <summary>A vulnerability that is known to be exploited.</summary>
public sealed record KevEntry
{
    /// <summary>The CVE.</summary>
    public required string Cve { get; init; }

    /// <summary>Vendor or project; empty where not stated.</summary>
    public string Vendor { get; init; } = "";

    /// <summary>Product; empty where not stated.</summary>
    public string Product { get; init; } = "";

    /// <summary>The vulnerability's name; empty where not stated.</summary>
    public string Name { get; init; } = "";

    /// <summary>What it is, in a few sentences; empty where not stated.</summary>
    public string Description { get; init; } = "";

    /// <summary>What agencies must do; empty where not stated.</summary>
    public string RequiredAction { get; init; } = "";

    /// <summary>When it came into the catalogue.</summary>
    public required DateOnly Added { get; init; }

    /// <summary>The deadline of US federal agencies, which is often past; null where not stated.</summary>
    public DateOnly? Due { get; init; }

    /// <summary>Whether ransomware uses it.</summary>
    public RansomwareUse Ransomware { get; init; }

    /// <summary>Notes as published; empty where there are none.</summary>
    public string Notes { get; init; } = "";

    /// <summary>The addresses within the notes, in their order.</summary>
    public ImmutableArray<string> References { get; init; } = [];

    /// <summary>Weaknesses, <c>CWE-59</c>; often none.</summary>
    public ImmutableArray<string> Cwes { get; init; } = [];
}

/// <summary>Reads the catalogue's JSON. It is not signed, so it ranks patches and authorises nothing.</summary>
public static class Kev
{
    private static readonly string[] Times = ["yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzzz"];

    /// <summary>
    /// The catalogue; null when it was refused. An entry that can't be read is refused alone. A catalogue whose count is not that of its
    /// entries is refused as a whole, since a mark that is lost makes a patch look less urgent than it is.
    /// </summary>
    public static KevCatalogue? Read(Stream json, string file, Action<Refusal> refused, AdvisoryLimits? limits = null)
    {
        var sink = new AdvisorySink(file, _ => { }, refused, limits);
        using var document = JsonText.Parse(json, sink);
        if (document is null)
        {
            return null;
        }

        var root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("vulnerabilities"u8, out var list) || list.ValueKind != JsonValueKind.Array)
        {
            sink.Refuse("", "no list 'vulnerabilities': this is no catalogue of known exploited vulnerabilities");
            return null;
        }

        var read = ReadHead(root, list.GetArrayLength(), sink);
        return read is { } head ? new KevCatalogue(head.Version, head.Released, ReadEntries(list, sink)) : null;
    }

    private static (string Version, DateTimeOffset Released)? ReadHead(JsonElement root, int entries, AdvisorySink sink)
    {
        if (!root.TryGetProperty("count"u8, out var count) || count.ValueKind != JsonValueKind.Number || !count.TryGetInt32(out var number) || number != entries)
        {
            sink.Refuse("count", $"says {(count.ValueKind == JsonValueKind.Undefined ? "nothing" : count.GetRawText())}, and there are {entries} entries: it is not complete, fetch it again");
            return null;
        }

        if (root.Text("catalogVersion"u8) is not { Length: > 0 } version)
        {
            sink.Refuse("catalogVersion", "is missing");
            return null;
        }

        if (!DateTimeOffset.TryParseExact(root.Text("dateReleased"u8), Times, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var released))
        {
            sink.Refuse("dateReleased", $"'{root.Text("dateReleased"u8)}' is no time as 2025-08-25T17:04:19.9796Z");
            return null;
        }

        return (version, released);
    }

    private static ImmutableArray<KevEntry> ReadEntries(JsonElement list, AdvisorySink sink)
    {
        var entries = ImmutableArray.CreateBuilder<KevEntry>(list.GetArrayLength());
        var known = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (i, item) in list.EnumerateArray().Index())
        {
            if (ReadEntry(name => item.Text(name), item.Texts("cwes"u8), known, problem => sink.Refuse($"vulnerabilities[{i}]", problem)) is { } entry)
            {
                entries.Add(entry);
            }
        }

        return entries.DrainToImmutable();
    }

    /// <summary>An entry of either form, whose fields have the same names; null when it was refused.</summary>
    internal static KevEntry? ReadEntry(Func<string, string?> field, IEnumerable<string> cwes, HashSet<string> known, Action<string> refuse)
    {
        var (cve, added) = (field("cveID"), Date(field("dateAdded")));
        var problem = cve is null || !CveId.IsValid(cve) ? $"cveID '{cve}' is no CVE"
            : added is null ? $"{cve}: dateAdded '{field("dateAdded")}' is no date as 2025-08-25"
            : !known.Add(cve) ? $"{cve} is listed twice: the first entry counts"
            : null;
        if (problem is not null)
        {
            refuse(problem);
            return null;
        }

        return MakeEntry(field, cve!, added!.Value, cwes, field("notes") ?? "");
    }

    private static KevEntry MakeEntry(Func<string, string?> field, string cve, DateOnly added, IEnumerable<string> cwes, string notes) => new()
    {
        Cve = cve,
        Added = added,
        Due = Date(field("dueDate")),
        Vendor = field("vendorProject") ?? "",
        Product = field("product") ?? "",
        Name = field("vulnerabilityName") ?? "",
        Description = field("shortDescription") ?? "",
        RequiredAction = field("requiredAction") ?? "",
        Notes = notes,
        References = Addresses(notes),
        Cwes = [.. cwes],
        Ransomware = field("knownRansomwareCampaignUse") switch
        {
            "Known" => RansomwareUse.Known,
            "Unknown" => RansomwareUse.Unknown,
            _ => RansomwareUse.NotStated,
        },
    };

    private static DateOnly? Date(string? text) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) ? date : null;

    // Addresses are separated by " ; ", and some come after a sentence.
    private static ImmutableArray<string> Addresses(string notes)
    {
        var found = new List<string>();
        foreach (var range in notes.AsSpan().SplitAny("; \t\r\n"))
        {
            var word = notes.AsSpan(range);
            if (word.StartsWith("https://", StringComparison.Ordinal) || word.StartsWith("http://", StringComparison.Ordinal))
            {
                found.Add(word.TrimEnd(".,)").ToString());
            }
        }

        return found.Count > 1 ? [.. found.Distinct()] : [.. found];
    }
}
