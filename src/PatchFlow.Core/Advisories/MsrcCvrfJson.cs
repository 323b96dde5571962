using System.Text.Json;

namespace PatchFlow.Core.Advisories;

/// <summary>
/// Reads a month of Microsoft's security updates in its JSON form: version 2 with numbers for words, version 3 with words; texts stand below
/// <c>Value</c>.
/// </summary>
public static class MsrcCvrfJson
{
    private const string Place = "DocumentTracking";
    private const string Tree = "ProductTree";

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
            return new MsrcJsonVulnerability(sink, record.Position).Of(record.Value) is not { } vulnerability
                || month.Take(vulnerability, products.IsWhole ? 0 : record.Value.GetRawText().Length, read);
        }, (name, value) => read = Beside(name, value, read, products, sink));
        month.End(read);
        return read;
    }

    /// <summary>A text that stands by itself or below <c>Value</c>; what is neither is refused.</summary>
    internal static string? Worded(this JsonElement element, ReadOnlySpan<byte> name, AdvisorySink sink, string position) =>
        (element.Has(name, JsonValueKind.Object, out var value) ? value.Text("Value"u8, sink, position) : element.Text(name, sink, position))?.Trim();

    private static CvrfDocument Beside(string name, JsonElement value, CvrfDocument read, CvrfProducts products, AdvisorySink sink)
    {
        switch (name)
        {
            case "DocumentTitle":
                return read with { Title = value.ValueKind == JsonValueKind.String ? value.GetString() : value.Text("Value"u8) };
            case "DocumentTracking" when value.IsObject(sink, name):
                return Tracking(value, read, sink);
            case "ProductTree" when value.IsObject(sink, name) && products.IsFirst():
                ReadProducts(value, products, sink);
                return read with { Products = products.Count };
            default:
                return read;
        }
    }

    private static CvrfDocument Tracking(JsonElement value, CvrfDocument read, AdvisorySink sink) => read with
    {
        Id = value.Object("Identification"u8, sink, Place)?.Worded("ID"u8, sink, Place) ?? "",
        Aliases = [.. (value.Object("Identification"u8) ?? value).Items("Alias"u8).Select(alias => alias.Text("Value"u8)).OfType<string>()],
        Status = StatusOf(value, sink),
        Version = value.Worded("Version"u8, sink, Place),
        Published = FeedDate.Of(value.Worded("InitialReleaseDate"u8, sink, Place), sink, "DocumentTracking/InitialReleaseDate"),
        Modified = FeedDate.Of(value.Worded("CurrentReleaseDate"u8, sink, Place), sink, "DocumentTracking/CurrentReleaseDate"),
    };

    // 0 is Draft, 1 Interim, 2 Final (CVRF 1.2, 4.5.2).
    private static string? StatusOf(JsonElement tracking, AdvisorySink sink) => !tracking.Has("Status"u8, JsonValueKind.Number, out var code)
        ? tracking.Worded("Status"u8, sink, Place)
        : code.TryGetInt32(out var number) ? number switch { 0 => "Draft", 1 => "Interim", 2 => "Final", _ => null } : null;

    // A stack, not recursion: the depth is the document's.
    private static void ReadProducts(JsonElement tree, CvrfProducts products, AdvisorySink sink)
    {
        var open = new Stack<JsonElement>();
        Push(tree, "Branch"u8);
        while (open.TryPop(out var at))
        {
            if (at.Text("ProductID"u8, sink, Tree) is { } id)
            {
                Define(id, at);
            }

            Push(at, "Items"u8);
        }

        foreach (var product in tree.Objects("FullProductName"u8, sink, Tree))
        {
            Define(product.Text("ProductID"u8, sink, Tree), product);
        }

        products.End();

        void Define(string? id, JsonElement product) => products.Define(id, product.Text("Value"u8, sink, Tree) ?? "", product.Text("CPE"u8, sink, Tree), default);

        void Push(JsonElement owner, ReadOnlySpan<byte> name)
        {
            var children = new Stack<JsonElement>();
            foreach (var child in owner.Objects(name, sink, Tree))
            {
                children.Push(child);
            }

            foreach (var child in children)
            {
                open.Push(child);
            }
        }
    }
}
