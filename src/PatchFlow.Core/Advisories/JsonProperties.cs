using System.Runtime.InteropServices;
using System.Text.Json;

namespace PatchFlow.Core.Advisories;

/// <summary>The properties of a JSON value by names in UTF-8, as they stand in the document: nothing is converted to find them.</summary>
internal static class JsonProperties
{
    private static readonly JsonElement Nothing = JsonDocument.Parse("[]").RootElement;

    /// <summary>The text of a property; null where it is absent, null or not a string.</summary>
    public static string? Text(this JsonElement element, ReadOnlySpan<byte> name) => element.Has(name, JsonValueKind.String, out var value) ? value.GetString() : null;

    /// <summary>Whether a property is this text.</summary>
    public static bool Is(this JsonElement element, ReadOnlySpan<byte> name, ReadOnlySpan<byte> text) => element.Has(name, JsonValueKind.String, out var value) && value.ValueEquals(text);

    /// <summary>A property that is an object; null where it is absent or something else.</summary>
    public static JsonElement? Object(this JsonElement element, ReadOnlySpan<byte> name) => element.Has(name, JsonValueKind.Object, out var value) ? value : null;

    /// <summary>The items of a property that is an array; none where it is absent or something else.</summary>
    public static JsonElement.ArrayEnumerator Items(this JsonElement element, ReadOnlySpan<byte> name) => (element.Has(name, JsonValueKind.Array, out var value) ? value : Nothing).EnumerateArray();

    /// <summary>The strings among a property's items.</summary>
    public static string[] Texts(this JsonElement element, ReadOnlySpan<byte> name) => element.Texts(name, text => text.GetString()!);

    /// <summary>The strings among a property's items, each as it is looked up.</summary>
    public static TItem[] Texts<TItem>(this JsonElement element, ReadOnlySpan<byte> name, Func<JsonElement, TItem> lookUp) =>
        element.Has(name, JsonValueKind.Array, out var items) ? items.Texts(lookUp) : [];

    /// <summary>The strings among the items of an array, each as it is looked up; none where it is something else.</summary>
    public static TItem[] Texts<TItem>(this JsonElement items, Func<JsonElement, TItem> lookUp)
    {
        var count = items.ValueKind == JsonValueKind.Array ? items.GetArrayLength() : 0;
        if (count == 0)
        {
            return [];
        }

        var texts = new TItem[count];
        count = 0;
        foreach (var item in items.EnumerateArray())
        {
            if (item.ValueKind == JsonValueKind.String)
            {
                texts[count++] = lookUp(item);
            }
        }

        return count == texts.Length ? texts : texts[..count];
    }

    /// <summary>Whether there is a property of this kind.</summary>
    public static bool Has(this JsonElement element, ReadOnlySpan<byte> name, JsonValueKind kind, out JsonElement value)
    {
        value = default;
        return element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out value) && value.ValueKind == kind;
    }

    /// <summary>What stands between the quotation marks of a text; false where it has escapes, by which the same text can be written in many ways.</summary>
    public static bool IsPlain(this JsonElement text, out ReadOnlySpan<byte> utf8)
    {
        utf8 = JsonMarshal.GetRawUtf8Value(text)[1..^1];
        return !utf8.Contains((byte)'\\');
    }
}

/// <summary>Words that documents say again and again: a text that is one of them is not made anew.</summary>
internal sealed class JsonWords(params string[] words)
{
    private readonly (byte[] Utf8, string Text)[] _words = [.. words.Select(word => (System.Text.Encoding.UTF8.GetBytes(word), word))];

    /// <summary>The text of a property, whether it is one of the words or not; null where it is absent, null or not a string.</summary>
    public string? Text(JsonElement element, ReadOnlySpan<byte> name) => element.Has(name, JsonValueKind.String, out var text) ? Find(text) ?? text.GetString() : null;

    /// <summary>The text of a property where it is one of the words; null where it is anything else.</summary>
    public string? Known(JsonElement element, ReadOnlySpan<byte> name) => element.Has(name, JsonValueKind.String, out var text) ? Find(text) : null;

    /// <summary>Which of the words a property has for a name; -1 where it is none of them.</summary>
    public int IndexOf(JsonProperty property)
    {
        var name = JsonMarshal.GetRawUtf8PropertyName(property);
        var isPlain = !name.Contains((byte)'\\');
        for (var number = 0; number < _words.Length; number++)
        {
            if (isPlain ? name.SequenceEqual(_words[number].Utf8) : property.NameEquals(_words[number].Utf8))
            {
                return number;
            }
        }

        return -1;
    }

    /// <summary>The word that a text is; null where it is none of them.</summary>
    public string? Find(JsonElement text)
    {
        var isPlain = text.IsPlain(out var utf8);
        foreach (var (word, found) in _words)
        {
            if (isPlain ? utf8.SequenceEqual(word) : text.ValueEquals(word))
            {
                return found;
            }
        }

        return null;
    }
}
