using System.Security.Cryptography;
using System.Text.Json;

namespace PatchFlow.Core.Advisories;

/// <summary>
/// What a page of a listing says of the listing that it is a part of, without what its records say: whoever follows the listing needs it before
/// they are read.
/// </summary>
/// <param name="Records">How many records are on the page.</param>
/// <param name="Total">How many there are on all pages; null where not stated.</param>
/// <param name="Size">How many a page has at most; null where not stated.</param>
/// <param name="Position">The page's number, from 1, or how many records stand before it; null where not stated.</param>
/// <param name="Next">Where the next page is, as published; null where not stated, and on the last page.</param>
/// <param name="Digest">The SHA-256 of its records as they came, in hex: what stands around them changes with every other page.</param>
public sealed record PageOutline(int Records, int? Total, int? Size, int? Position, string? Next, string Digest)
{
    /// <summary>Whether an outline can be had of pages of a kind.</summary>
    public static bool IsOf(DocumentKind kind) => PathOf(kind) is not null;

    /// <summary>The outline of a page; null where it is no whole page, which was refused.</summary>
    public static PageOutline? Read(DocumentKind kind, Stream page, string file, Action<Refusal> refused)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var (isGood, outline) = (true, new PageOutline(0, null, null, null, null, ""));
        var sink = new AdvisorySink(file, _ => { }, refusal =>
        {
            isGood = false;
            refused(refusal);
        });
        var records = JsonRecords.Outline(
            page,
            sink,
            [PathOf(kind) ?? throw new ArgumentOutOfRangeException(nameof(kind), kind, "no listing")],
            text =>
            {
                hash.AppendData(BitConverter.GetBytes(text.Length));
                hash.AppendData(text.Span);
            },
            (name, value) => outline = outline.With(name, value));
        return isGood ? outline with { Records = records, Digest = Convert.ToHexStringLower(hash.GetHashAndReset()) } : null;
    }

    private static string? PathOf(DocumentKind kind) => kind switch
    {
        DocumentKind.BodhiUpdates => "updates",
        DocumentKind.MsrcDeployments or DocumentKind.MsrcProducts or DocumentKind.MsrcVulnerabilities => "value",
        DocumentKind.RockyErrata => "advisories",
        DocumentKind.UsnNotices => "notices",
        _ => null,
    };

    private PageOutline With(string name, JsonElement value) => name switch
    {
        "total" or "total_results" or "@odata.count" => this with { Total = Count(value) },
        "size" or "rows_per_page" or "limit" => this with { Size = Count(value) },
        "page" or "offset" => this with { Position = Count(value) },
        "@odata.nextLink" => this with { Next = value.ValueKind == JsonValueKind.String ? value.GetString() : null },
        _ => this,
    };

    private static int? Count(JsonElement value) => value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= 0 ? number : null;
}
