using System.Buffers;
using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;

namespace PatchFlow.Core.Advisories;

/// <summary>A document that is one record, in memory that the pool lends: once it is disposed, nothing of it can be looked at.</summary>
internal sealed class JsonRoot(JsonDocument document, byte[] lent) : IDisposable
{
    private byte[]? _lent = lent;

    /// <summary>The document's value.</summary>
    public JsonElement RootElement => document.RootElement;

    /// <inheritdoc/>
    public void Dispose()
    {
        document.Dispose();
        if (_lent is { } bytes)
        {
            _lent = null;
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }
}

/// <summary>Reads a JSON document that is one record, within the sink's limits. Whatever follows the value, a name twice in an object, or bytes that are not UTF-8 make it refused.</summary>
internal static class JsonText
{
    private const int FirstSize = 32 << 10;

    // A file's stream has a buffer of its own for less than this.
    private const int LeastRead = 4 << 10;

    /// <summary>The document, or null when it was refused.</summary>
    public static JsonRoot? Parse(Stream stream, AdvisorySink sink)
    {
        if (ReadAll(stream, sink, out var length) is not { } lent)
        {
            return null;
        }

        if (Parse(lent.AsMemory(0, length), sink, "") is { } document)
        {
            return new JsonRoot(document, lent);
        }

        ArrayPool<byte>.Shared.Return(lent);
        return null;
    }

    /// <summary>The document's bytes, or null when it was refused, for a reader that must look at them before they are parsed.</summary>
    public static ReadOnlyMemory<byte>? Bytes(Stream stream, AdvisorySink sink)
    {
        if (ReadAll(stream, sink, out var length) is not { } lent)
        {
            return null;
        }

        var bytes = lent.AsSpan(0, length).ToArray();
        ArrayPool<byte>.Shared.Return(lent);
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

    /// <summary>The text of a property whose name is itself looked up; null where it is absent, null or not a string.</summary>
    public static string? Text(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

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

    // Into memory that the pool lends, which has room for most documents: asking a file for its length would take as long as reading it.
    private static byte[]? ReadAll(Stream stream, AdvisorySink sink, out int length)
    {
        var limit = sink.Limits.RecordBytes;
        var lent = ArrayPool<byte>.Shared.Rent(FirstSize);
        length = 0;
        for (int read; (read = stream.Read(lent, length, lent.Length - length)) > 0;)
        {
            length += read;
            if (length > limit)
            {
                ArrayPool<byte>.Shared.Return(lent);
                sink.Refuse("", $"the document is larger than {limit} bytes");
                return null;
            }

            lent = lent.Length - length < LeastRead ? Longer(lent, length) : lent;
        }

        return lent;
    }

    private static byte[] Longer(byte[] lent, int length)
    {
        var longer = ArrayPool<byte>.Shared.Rent(checked(2 * lent.Length));
        lent.AsSpan(0, length).CopyTo(longer);
        ArrayPool<byte>.Shared.Return(lent);
        return longer;
    }
}
