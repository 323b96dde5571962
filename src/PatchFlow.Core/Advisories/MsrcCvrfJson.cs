using System.Text.Json;

namespace PatchFlow.Core.Advisories;

/// <summary>
/// Reads a month of Microsoft's security updates in its JSON form: version 2 with numbers for words, version 3 with words; texts stand below
/// <c>Value</c>.
/// </summary>
public static class MsrcCvrfJson
{
    /// <summary>Reads a month into the sink. A vulnerability that is wrong is refused alone.</summary>
    public static void Read(Stream document, AdvisorySink sink) => _ = ReadMonth(document, sink);

    /// <summary>As <see cref="Read"/>, and says what stands around the vulnerabilities.</summary>
    public static CvrfDocument ReadMonth(Stream document, AdvisorySink sink)
    {
        var products = new CvrfProducts(sink);
        var (month, read) = (new MsrcMonth(products, sink), new CvrfDocument());
        JsonRecords.Below(document, sink, ["Vulnerability"], record =>
        {
            read = read with { Vulnerabilities = record.Number };
            var vulnerability = MsrcJsonVulnerability.Of(record.Value, record.Position);
            return month.Take(vulnerability, products.IsWhole ? 0 : record.Value.GetRawText().Length, read);
        }, (name, value) => read = Beside(name, value, read, products, sink));
        month.End(read);
        return read;
    }

    /// <summary>A text that stands by itself or below <c>Value</c>.</summary>
    internal static string? Worded(this JsonElement element, string name) => (element.Text(name) ?? element.Object(name)?.Text("Value"))?.Trim();

    private static CvrfDocument Beside(string name, JsonElement value, CvrfDocument read, CvrfProducts products, AdvisorySink sink)
    {
        switch (name)
        {
            case "DocumentTitle":
                return read with { Title = value.ValueKind == JsonValueKind.String ? value.GetString() : value.Text("Value") };
            case "DocumentTracking":
                return Tracking(value, read, sink);
            case "ProductTree":
                ReadProducts(value, products);
                return read with { Products = products.Count };
            default:
                return read;
        }
    }

    private static CvrfDocument Tracking(JsonElement value, CvrfDocument read, AdvisorySink sink) => read with
    {
        Id = value.Object("Identification")?.Worded("ID") ?? "",
        Aliases = [.. value.Object("Identification").GetValueOrDefault().Items("Alias").Select(alias => alias.Text("Value")).OfType<string>()],
        Status = StatusOf(value),
        Version = value.Worded("Version"),
        Published = FeedDate.Of(value.Worded("InitialReleaseDate"), sink, "DocumentTracking/InitialReleaseDate"),
        Modified = FeedDate.Of(value.Worded("CurrentReleaseDate"), sink, "DocumentTracking/CurrentReleaseDate"),
    };

    // 0 is Draft, 1 Interim, 2 Final (CVRF 1.2, 4.5.2).
    private static string? StatusOf(JsonElement tracking) =>
        tracking.Worded("Status") ?? (tracking.TryGetProperty("Status", out var code) && code.ValueKind == JsonValueKind.Number && code.TryGetInt32(out var number)
            ? number switch { 0 => "Draft", 1 => "Interim", 2 => "Final", _ => null } : null);

    // A stack, not recursion: the depth is the document's.
    private static void ReadProducts(JsonElement tree, CvrfProducts products)
    {
        var open = new Stack<JsonElement>(tree.Items("Branch").Reverse());
        while (open.TryPop(out var at))
        {
            if (at.Text("ProductID") is { } id)
            {
                products.Define(id, at.Text("Value") ?? "", at.Text("CPE"), default);
            }

            foreach (var child in at.Items("Items").Reverse())
            {
                open.Push(child);
            }
        }

        foreach (var product in tree.Items("FullProductName"))
        {
            products.Define(product.Text("ProductID"), product.Text("Value") ?? "", product.Text("CPE"), default);
        }

        products.End();
    }
}
