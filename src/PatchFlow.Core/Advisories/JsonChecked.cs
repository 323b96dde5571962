using System.Text;
using System.Text.Json;

namespace PatchFlow.Core.Advisories;

/// <summary>
/// The properties of a JSON value by names in UTF-8, as <see cref="JsonProperties"/> has them; but one that is of another kind than the format's is
/// refused at a position, and so it does not vanish without a word. JSON's null stands for an absent one.
/// </summary>
internal static class JsonChecked
{
    private static readonly JsonElement Nothing = JsonDocument.Parse("[]").RootElement;

    /// <summary>The text of a property; null where it is absent or refused.</summary>
    public static string? Text(this JsonElement element, ReadOnlySpan<byte> name, AdvisorySink sink, string position) =>
        element.Has(name, JsonValueKind.String, out var value) || Refused(value, name, JsonValueKind.String, sink, position) ? value.GetString() : null;

    /// <summary>A property that is an object; null where it is absent or refused.</summary>
    public static JsonElement? Object(this JsonElement element, ReadOnlySpan<byte> name, AdvisorySink sink, string position) =>
        element.Has(name, JsonValueKind.Object, out var value) || Refused(value, name, JsonValueKind.Object, sink, position) ? value : null;

    /// <summary>A property that is an array; null where it is absent or refused.</summary>
    public static JsonElement? Array(this JsonElement element, ReadOnlySpan<byte> name, AdvisorySink sink, string position) =>
        element.Has(name, JsonValueKind.Array, out var value) || Refused(value, name, JsonValueKind.Array, sink, position) ? value : null;

    /// <summary>A property that is a number; null where it is absent or refused.</summary>
    public static JsonElement? Number(this JsonElement element, ReadOnlySpan<byte> name, AdvisorySink sink, string position) =>
        element.Has(name, JsonValueKind.Number, out var value) || Refused(value, name, JsonValueKind.Number, sink, position) ? value : null;

    /// <summary>The items of a property that is an array; none where it is absent or refused.</summary>
    public static JsonElement.ArrayEnumerator Items(this JsonElement element, ReadOnlySpan<byte> name, AdvisorySink sink, string position) =>
        (element.Array(name, sink, position) ?? Nothing).EnumerateArray();

    /// <summary>The objects among the items of a property; items of another kind are refused.</summary>
    public static ObjectItems Objects(this JsonElement element, ReadOnlySpan<byte> name, AdvisorySink sink, string position) =>
        new(element.Array(name, sink, position) ?? Nothing, name, sink, position);

    /// <summary>The texts among the items of a property, each as it is looked up; items of another kind are refused.</summary>
    public static TItem[] Texts<TItem>(this JsonElement element, ReadOnlySpan<byte> name, Func<JsonElement, TItem> lookUp, AdvisorySink sink, string position)
    {
        element.Has(name, JsonValueKind.Array, out var value);
        var texts = value.Texts(lookUp);
        return AreAll(texts, value) ? texts : Others(texts, value, Encoding.UTF8.GetString(name), sink, position);
    }

    /// <summary>The texts that were looked up of a property; that it has items of another kind, or is no list, is refused.</summary>
    public static TItem[] Whole<TItem>(TItem[] texts, JsonElement value, string name, AdvisorySink sink, string position) => AreAll(texts, value) ? texts : Others(texts, value, name, sink, position);

    /// <summary>The texts among the items of a property; items of another kind are refused.</summary>
    public static string[] Texts(this JsonElement element, ReadOnlySpan<byte> name, AdvisorySink sink, string position) =>
        element.Texts(name, text => text.GetString()!, sink, position);

    /// <summary>Refuses a property of another kind.</summary>
    public static void Check(this JsonElement element, ReadOnlySpan<byte> name, JsonValueKind expected, AdvisorySink sink, string position) =>
        _ = element.Has(name, expected, out var value) || Refused(value, name, expected, sink, position);

    /// <summary>Whether a value is an object; any other is refused.</summary>
    public static bool IsObject(this JsonElement value, AdvisorySink sink, string position)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            sink.Refuse(position, $"{Worded(value.ValueKind)} stands where an object is expected: it is left out");
        }

        return value.ValueKind == JsonValueKind.Object;
    }

    private static bool AreAll<TItem>(TItem[] texts, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => texts.Length == value.GetArrayLength(),
        JsonValueKind.Undefined or JsonValueKind.Null => true,
        _ => false,
    };

    private static TItem[] Others<TItem>(TItem[] texts, JsonElement value, string name, AdvisorySink sink, string position)
    {
        sink.Refuse(position, value.ValueKind == JsonValueKind.Array
            ? $"'{name}' has {value.GetArrayLength() - texts.Length} items that are no text: they are left out"
            : $"'{name}' is {Worded(value.ValueKind)} where {Worded(JsonValueKind.Array)} is expected: it is left out");
        return texts;
    }

    // Never true: it stands behind the condition that failed.
    private static bool Refused(JsonElement value, ReadOnlySpan<byte> name, JsonValueKind expected, AdvisorySink sink, string position)
    {
        if (value.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Null))
        {
            sink.Refuse(position, $"'{Encoding.UTF8.GetString(name)}' is {Worded(value.ValueKind)} where {Worded(expected)} is expected: it is left out");
        }

        return false;
    }

    private static string Worded(JsonValueKind kind) => kind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a text",
        JsonValueKind.Number => "a number",
        JsonValueKind.Null => "null",
        _ => "a truth value",
    };

    /// <summary>The objects of an array, one by one. However many other items there are, they are refused once, at the end.</summary>
    internal ref struct ObjectItems(JsonElement array, ReadOnlySpan<byte> name, AdvisorySink sink, string position)
    {
        private readonly ReadOnlySpan<byte> _name = name;
        private JsonElement.ArrayEnumerator _items = array.EnumerateArray();
        private int _others;

        /// <summary>How many items there are.</summary>
        public readonly int Length => array.GetArrayLength();

        /// <summary>Which item was reached, from 0.</summary>
        public int Number { get; private set; } = -1;

        /// <summary>The object that was reached.</summary>
        public readonly JsonElement Current => _items.Current;

        /// <summary>Itself.</summary>
        public readonly ObjectItems GetEnumerator() => this;

        /// <summary>Goes on to the next object.</summary>
        public bool MoveNext()
        {
            while (_items.MoveNext())
            {
                Number++;
                if (_items.Current.ValueKind == JsonValueKind.Object)
                {
                    return true;
                }

                _others++;
            }

            if (_others > 0)
            {
                sink.Refuse(position, $"'{Encoding.UTF8.GetString(_name)}' has {_others} items that are no object: they are left out");
            }

            return false;
        }
    }
}
