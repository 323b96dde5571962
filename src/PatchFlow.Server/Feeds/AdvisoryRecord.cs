using System.Buffers.Binary;
using System.Collections;
using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using PatchFlow.Core.Advisories;

namespace PatchFlow.Server.Feeds;

/// <summary>What a record of a vendor's document is.</summary>
internal static class RecordKinds
{
    /// <summary>An <see cref="Core.Advisories.Advisory"/>.</summary>
    public const string Advisory = "advisory";

    /// <summary>A <see cref="EpssScore"/>.</summary>
    public const string Epss = "epss";

    /// <summary>A <see cref="KevEntry"/>.</summary>
    public const string Kev = "kev";

    /// <summary>A <see cref="DebianSupportEntry"/>.</summary>
    public const string Support = "support";

    /// <summary>A <see cref="VendorUpdate"/>.</summary>
    public const string Update = "update";
}

/// <summary>A record as it is kept: what matching, ranking and showing need of it, and no more.</summary>
/// <param name="Key">What tells it from others of the feed, also in the next snapshot.</param>
/// <param name="Document">The document that it is from.</param>
/// <param name="Kind">One of <see cref="RecordKinds"/>.</param>
/// <param name="Id">The vendor's id, or the CVE.</param>
/// <param name="Severity">The vendor's severity.</param>
/// <param name="Digest">The first 8 bytes of the SHA-256 of all that is kept: the same, and no row is written.</param>
/// <param name="Cves">JSON: a list of <c>[cve, vector]</c>, with GitHub's ids for the same behind them, or <c>[cve, vector, exploits]</c> where the vendor says something of exploits.</param>
/// <param name="Body">JSON.</param>
internal sealed record AdvisoryRecord(string Key, string Document, string Kind, string Id, string Severity, long Digest, string Cves, string Body)
{
    private const int MostText = 500;

    private static readonly JsonSerializerOptions Json = new()
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
        Converters = { new JsonStringEnumConverter() },
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { LeaveOutEmptyLists } },
    };

    /// <summary>The record of what a reader found; null where it says nothing that is kept.</summary>
    /// <param name="document">The document that it is from.</param>
    /// <param name="found">What was found.</param>
    public static AdvisoryRecord? Of(string document, object found) => found switch
    {
        Advisory a => Make(document, $"{a.Id}|{a.Revision}|{KeyOfTitle(a)}", RecordKinds.Advisory, a.Id, a.Severity.ToString(), [.. a.Cves.Select(c => Named(a, c)), .. a.Aliases.Where(IsGhsa).Select(alias => (string?[])[alias, null])], Slim(a)),
        KevEntry k => Make(document, k.Cve, RecordKinds.Kev, k.Cve, "", [], k with { References = [] }),
        // Where it stands among all others changes every day for nearly all; what counts is how likely it is.
        EpssScore s => Make(document, s.Cve, RecordKinds.Epss, s.Cve, "", [], s with { Percentile = null }),
        VendorUpdate u => Make(document, $"{u.Id}|{u.Product}|{u.Title ?? u.Kind}", RecordKinds.Update, u.Id, "", [], u with { Title = Cut(u.Title) }),
        DebianSupportEntry s => Make(document, s.Pattern, RecordKinds.Support, s.Pattern, "", [], s),
        _ => null,
    };

    /// <summary>The record under another key, where a document has several of one.</summary>
    public AdvisoryRecord Numbered(int number) => number == 1 ? this : this with { Key = string.Create(CultureInfo.InvariantCulture, $"{Key}#{number}") };

    /// <summary>What a body holds.</summary>
    public static T Read<T>(string body) => JsonSerializer.Deserialize<T>(body, Json) ?? throw new JsonException("a record without a body");

    private static AdvisoryRecord Make<T>(string document, string key, string kind, string id, string severity, IReadOnlyList<string?[]> cves, T value)
    {
        var (named, body) = (JsonSerializer.Serialize(cves), JsonSerializer.Serialize(value, Json));
        var digest = BinaryPrimitives.ReadInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"{document}\n{kind}\n{id}\n{severity}\n{named}\n{body}")));
        return new($"{document}|{key}", document, kind, id, severity, digest, named, body);
    }

    // Debian's tracker has a CVE once for each package, Microsoft's guide once for each product, whose name is the title.
    private static string KeyOfTitle(Advisory advisory) => advisory.Affected.Length > 0 && advisory.Affected.All(a => a.Name == advisory.Title || a.Product == advisory.Title) ? advisory.Title ?? "" : "";

    // GitHub's ids stand for a vulnerability everywhere, as CVEs do.
    private static bool IsGhsa(string alias) => alias.StartsWith("GHSA-", StringComparison.Ordinal);

    private static string?[] Named(Advisory advisory, string cve) =>
        ExploitStatement.Of(advisory, cve) is var status and not ExploitStatus.Unknown ? [cve, VectorOf(advisory, cve), status.ToString()] : [cve, VectorOf(advisory, cve)];

    private static Advisory Slim(Advisory a) => a with
    {
        Title = Cut(a.Title),
        Description = Cut(a.Description),
        References = [],
        Affected = [.. a.Affected.Select(p => p with { File = null, Note = Cut(p.Note) })],
    };

    private static string? Cut(string? text) => text?.Length > MostText ? text[..MostText] : text;

    // Of several scores of one CVE the worst counts.
    private static string? VectorOf(Advisory advisory, string cve) => advisory.Scores
        .Where(s => s.Cve is null || s.Cve == cve)
        .Select(s => CvssVector.TryParse(s.Vector ?? "", out var vector, out _) ? vector : null)
        .OfType<CvssVector>()
        .MaxBy(v => v.Scores.Score)?.Text;

    private static void LeaveOutEmptyLists(JsonTypeInfo type)
    {
        foreach (var property in type.Properties.Where(p => p.PropertyType.IsGenericType && p.PropertyType.GetGenericTypeDefinition() == typeof(ImmutableArray<>)))
        {
            property.ShouldSerialize = (_, value) => value is ICollection { Count: > 0 };
        }
    }
}
