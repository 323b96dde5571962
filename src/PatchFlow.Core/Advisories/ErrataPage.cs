using System.Text.Json;

namespace PatchFlow.Core.Advisories;

/// <summary>What a page of a vendor's errata API says of the list that it is a part of: whoever follows the API needs all pages of it.</summary>
public sealed record ErrataPage
{
    /// <summary>The page's number, from 1; null where not stated.</summary>
    public int? Number { get; init; }

    /// <summary>How many advisories a page has at most; null where not stated.</summary>
    public int? Size { get; init; }

    /// <summary>How many advisories there are on all pages; null where not stated.</summary>
    public int? Total { get; init; }

    /// <summary>The page with one more thing that it says; a number that is none is refused alone.</summary>
    internal ErrataPage With(string name, JsonElement value, AdvisorySink sink) => name switch
    {
        "page" => this with { Number = Count(name, value, sink) },
        "size" or "rows_per_page" => this with { Size = Count(name, value, sink) },
        "total" => this with { Total = Count(name, value, sink) },
        _ => this,
    };

    private static int? Count(string name, JsonElement value, AdvisorySink sink)
    {
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= 0)
        {
            return number;
        }

        if (value.ValueKind != JsonValueKind.Null)
        {
            sink.Refuse(name, $"it is no count of pages or advisories: '{XmlWalk.Shown(value.GetRawText())}'");
        }

        return null;
    }
}
