using System.Buffers;
using System.Globalization;
using System.Text;

namespace PatchFlow.Core.Documents;

/// <summary>
/// Writes canonical text (docs/formats.md). Every value is checked to be one word, so that a value can't become a second one or a line;
/// the rules of a format are kept in one place, its parser, which each <c>ToBytes</c> runs over what it wrote.
/// </summary>
internal sealed class DocumentWriter
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private readonly ArrayBufferWriter<byte> _bytes = new();
    private readonly string _document;
    private int _lines;

    /// <summary>A document whose first line is its name and version.</summary>
    internal DocumentWriter(string document, int version)
        : this(document) => Line(document, Text(version));

    /// <summary>A document that is a bare list of lines.</summary>
    internal DocumentWriter(string document) => _document = document;

    internal static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    internal void Line(string key, params ReadOnlySpan<string> words) => Append(Joined(key, words));

    /// <summary>A line of free text.</summary>
    internal void Free(string key, string text)
    {
        if (!FreeText.IsValid(text))
        {
            throw Refuse($"the text of '{key}' is empty, begins or ends with a space, or has control characters");
        }

        Append($"{key} {text}");
    }

    /// <summary>Lines that are a set: they are sorted here, bytewise.</summary>
    internal void Set<T>(string key, IEnumerable<T> items, Func<T, string[]> words)
    {
        var lines = items.Select(item => Joined(key, words(item))).ToList();
        lines.Sort(StringComparer.Ordinal);
        lines.ForEach(Append);
    }

    /// <summary>Lines in the order given.</summary>
    internal void List<T>(string key, IEnumerable<T> items, Func<T, string[]> words)
    {
        foreach (var item in items)
        {
            Line(key, words(item));
        }
    }

    /// <summary>A line that announces bytes, and the bytes.</summary>
    internal void Bytes(string key, string name, ReadOnlySpan<byte> bytes)
    {
        Line(key, name, Text(bytes.Length));
        _bytes.Write(bytes);
    }

    internal string Seconds(DateTimeOffset time) => Formatted(time, CanonicalTime.FormatSeconds);

    internal string Milliseconds(DateTimeOffset time) => Formatted(time, CanonicalTime.FormatMilliseconds);

    internal string Duration(TimeSpan duration) => Formatted(duration, CanonicalDuration.Format);

    internal byte[] ToBytes() => _bytes.WrittenSpan.ToArray();

    private string Joined(string key, ReadOnlySpan<string> words)
    {
        var line = new StringBuilder(key);
        foreach (var word in words)
        {
            if (!Grammar.IsWord(word))
            {
                throw Refuse($"'{FreeText.From(word ?? "")}' in '{key}' is not a value; foreign names are percent-encoded");
            }

            line.Append(' ').Append(word);
        }

        return line.ToString();
    }

    private void Append(string line)
    {
        _lines++;
        _bytes.Write(Strict.GetBytes(line));
        _bytes.Write("\n"u8);
    }

    private string Formatted<T>(T value, Func<T, string> format)
    {
        try
        {
            return format(value);
        }
        catch (FormatException e)
        {
            throw Refuse(e.Message);
        }
    }

    private DocumentException Refuse(string reason) => new(_document, _lines + 1, reason);
}
