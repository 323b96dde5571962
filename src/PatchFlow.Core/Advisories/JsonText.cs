using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;

namespace PatchFlow.Core.Advisories;

/// <summary>Reads a JSON document that is one record, within the sink's limits. Whatever follows the value, a name twice in an object, or bytes that are not UTF-8 make it refused.</summary>
internal static class JsonText
{
    private const int FirstRead = 16 << 10;

    /// <summary>The document, or null when it was refused.</summary>
    public static JsonDocument? Parse(Stream stream, AdvisorySink sink)
    {
        var bytes = ReadAll(stream, sink.Limits.RecordBytes);
        if (bytes is null)
        {
            sink.Refuse("", $"the document is larger than {sink.Limits.RecordBytes} bytes");
            return null;
        }

        return Parse(bytes.Value, sink, "");
    }

    /// <summary>The document's bytes, or null when it was refused, for a reader that must look at them before they are parsed.</summary>
    public static ReadOnlyMemory<byte>? Bytes(Stream stream, AdvisorySink sink)
    {
        var bytes = ReadAll(stream, sink.Limits.RecordBytes);
        if (bytes is null)
        {
            sink.Refuse("", $"the document is larger than {sink.Limits.RecordBytes} bytes");
        }

        return bytes;
    }

    /// <summary>The value in these bytes, or null when it was refused at the position that is given.</summary>
    public static JsonDocument? Parse(ReadOnlyMemory<byte> utf8, AdvisorySink sink, string position)
    {
        try
        {
            var text = utf8.Span.StartsWith("\uFEFF"u8) ? utf8[3..] : utf8;
            if (Unreadable(text.Span) is { } problem)
            {
                sink.Refuse(position, problem);
                return null;
            }

            return JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = sink.Limits.Depth, AllowDuplicateProperties = false });
        }
        catch (JsonException e)
        {
            sink.Refuse(position.Length > 0 ? position : $"line {(e.LineNumber ?? 0) + 1}", $"not JSON as RFC 8259 has it: {e.Message}");
            return null;
        }
    }

    /// <summary>The text of a property; null where it is absent, null or not a string.</summary>
    public static string? Text(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <summary>A property that is an object; null where it is absent or something else.</summary>
    public static JsonElement? Object(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Object ? value : null;

    /// <summary>The items of a property that is an array; none where it is absent or something else.</summary>
    public static IEnumerable<JsonElement> Items(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Array ? value.EnumerateArray() : [];

    /// <summary>The strings among a property's items.</summary>
    public static IEnumerable<string> Texts(this JsonElement element, string name) =>
        element.Items(name).Where(item => item.ValueKind == JsonValueKind.String).Select(item => item.GetString()!);

    // The parser looks at text only when it is asked for it, and then throws: so what can't become text is found before (RFC 8259, 8.1 and 8.2).
    private static string? Unreadable(ReadOnlySpan<byte> utf8)
    {
        if (!Utf8.IsValid(utf8))
        {
            return "it has bytes that are not UTF-8";
        }

        for (int at; (at = utf8.IndexOf((byte)'\\')) >= 0;)
        {
            var length = SurrogateAt(utf8[at..]) switch
            {
                >= 0xdc00 => 0,
                >= 0xd800 => SurrogateAt(utf8[Math.Min(at + 6, utf8.Length)..]) >= 0xdc00 ? 12 : 0,
                _ => 2,
            };
            if (length == 0)
            {
                return "it has half of a surrogate pair, which is no character";
            }

            utf8 = utf8[Math.Min(at + length, utf8.Length)..];
        }

        return null;
    }

    private static int SurrogateAt(ReadOnlySpan<byte> escape) =>
        escape.Length >= 6 && escape[0] == '\\' && escape[1] == 'u' && int.TryParse(escape[2..6], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit)
            && unit is >= 0xd800 and <= 0xdfff ? unit : 0;

    // Most documents are files, whose length is known and small: they are read at once, into as much as they need.
    private static ReadOnlyMemory<byte>? ReadAll(Stream stream, int limit)
    {
        var expected = stream.CanSeek ? stream.Length - stream.Position : FirstRead;
        var (bytes, length) = (new byte[(int)Math.Min(Math.Max(expected, 0), limit) + 1], 0);
        for (int read; (read = stream.Read(bytes, length, bytes.Length - length)) > 0;)
        {
            length += read;
            if (length > limit)
            {
                return null;
            }

            if (length == bytes.Length)
            {
                Array.Resize(ref bytes, (int)Math.Min(2L * bytes.Length, limit + 1L));
            }
        }

        return bytes.AsMemory(0, length);
    }
}
