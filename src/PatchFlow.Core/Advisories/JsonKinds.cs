using System.Text;
using System.Text.Json;

namespace PatchFlow.Core.Advisories;

/// <summary>
/// Reads properties whose kind the format states. One of another kind is refused at its place and read as absent, and the rest goes in: what it was
/// meant to say would be lost without a word else. Null is absent.
/// </summary>
internal static class JsonKinds
{
    private static readonly JsonElement Nothing = JsonDocument.Parse("[]").RootElement;

    /// <summary>The text of a property; null where there is none.</summary>
    public static string? Text(this AdvisorySink sink, JsonElement element, ReadOnlySpan<byte> name, RecordPlace place) =>
        sink.TryRead(element, name, JsonValueKind.String, place, out var text) == true ? text.GetString() : null;

    /// <summary>A property that is an object; null where there is none.</summary>
    public static JsonElement? Object(this AdvisorySink sink, JsonElement element, ReadOnlySpan<byte> name, RecordPlace place) =>
        sink.TryRead(element, name, JsonValueKind.Object, place, out var value) == true ? value : null;

    /// <summary>The items of a property that is an array; none where there is none.</summary>
    public static JsonElement.ArrayEnumerator Items(this AdvisorySink sink, JsonElement element, ReadOnlySpan<byte> name, RecordPlace place) =>
        (sink.TryRead(element, name, JsonValueKind.Array, place, out var items) == true ? items : Nothing).EnumerateArray();

    /// <summary>The objects that a property lists, with their places in it. An item that is none is refused alone.</summary>
    public static IEnumerable<(int Number, JsonElement Value)> Objects(this AdvisorySink sink, JsonElement element, string name, RecordPlace place)
    {
        var number = 0;
        foreach (var item in sink.Items(element, Encoding.UTF8.GetBytes(name), place))
        {
            if (item.ValueKind == JsonValueKind.Object)
            {
                yield return (number, item);
            }
            else
            {
                sink.Refuse($"{place.Of(name)}[{number}]", Expected(JsonValueKind.Object, item.ValueKind));
            }

            number++;
        }
    }

    /// <summary>The texts that a property lists. An item that is none is refused alone.</summary>
    public static string[] Texts(this AdvisorySink sink, JsonElement element, ReadOnlySpan<byte> name, RecordPlace place) => sink.Texts(element, name, place, out _);

    /// <summary>The texts that a property lists, and whether nothing of it was refused.</summary>
    public static string[] Texts(this AdvisorySink sink, JsonElement element, ReadOnlySpan<byte> name, RecordPlace place, out bool isWhole)
    {
        var read = sink.TryRead(element, name, JsonValueKind.Array, place, out var items);
        isWhole = read != false;
        if (read != true)
        {
            return [];
        }

        var (texts, count, number) = (new string[items.GetArrayLength()], 0, 0);
        foreach (var item in items.EnumerateArray())
        {
            if (item.ValueKind == JsonValueKind.String)
            {
                texts[count++] = item.GetString()!;
            }
            else
            {
                sink.Refuse($"{place.Of(Encoding.UTF8.GetString(name))}[{number}]", Expected(JsonValueKind.String, item.ValueKind));
            }

            number++;
        }

        isWhole = count == texts.Length;
        return isWhole ? texts : texts[..count];
    }

    /// <summary>Whether there is a property of this kind: null where it is absent, and false where it is of another kind, which is refused.</summary>
    public static bool? TryRead(this AdvisorySink sink, JsonElement element, ReadOnlySpan<byte> name, JsonValueKind kind, RecordPlace place, out JsonElement value)
    {
        value = default;
        if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(name, out value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        if (value.ValueKind == kind)
        {
            return true;
        }

        sink.Refuse(place.Of(Encoding.UTF8.GetString(name)), Expected(kind, value.ValueKind));
        return false;
    }

    private static string Expected(JsonValueKind kind, JsonValueKind found) => $"{Word(kind)} is expected, and it is {Word(found)}: it is not used, and the rest is kept";

    private static string Word(JsonValueKind kind) => kind switch
    {
        JsonValueKind.Array => "an array",
        JsonValueKind.Object => "an object",
        JsonValueKind.String => "a text",
        JsonValueKind.Number => "a number",
        JsonValueKind.Null => "null",
        _ => "true or false",
    };
}
