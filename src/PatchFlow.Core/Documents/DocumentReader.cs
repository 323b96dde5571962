using System.Collections.Immutable;
using System.Text;

namespace PatchFlow.Core.Documents;

/// <summary>
/// Reads canonical text (docs/formats.md) line by line in the one order that its writer writes. What comes out of that order, is
/// repeated, unknown or over a limit ends the reading with a <see cref="DocumentException"/>; nothing is skipped or repaired.
/// </summary>
internal sealed class DocumentReader
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private readonly string _document;
    private readonly ReadOnlyMemory<byte> _bytes;
    private int _at;
    private int _number;
    private string? _line;

    private DocumentReader(string document, ReadOnlySpan<byte> bytes, int mostBytes)
    {
        _document = document;
        if (bytes.Length > mostBytes)
        {
            throw Refuse($"{bytes.Length} bytes; at most {mostBytes} are allowed");
        }

        _bytes = bytes.ToArray();
        Advance();
    }

    /// <summary>Begins a document whose first line is its name and version.</summary>
    internal static DocumentReader Open(string document, int version, ReadOnlySpan<byte> bytes, int mostBytes)
    {
        var reader = new DocumentReader(document, bytes, mostBytes);
        if (reader._line != $"{document} {version}")
        {
            throw new DocumentException(document, 1, $"the first line must be '{document} {version}'; other versions need another program");
        }

        reader.Advance();
        return reader;
    }

    /// <summary>Begins a document that is a bare list of lines.</summary>
    internal static DocumentReader OpenBare(string document, ReadOnlySpan<byte> bytes, int mostBytes) => new(document, bytes, mostBytes);

    /// <summary>A refusal of the document as a whole.</summary>
    internal DocumentException Refuse(string reason) => new(_document, 0, reason);

    /// <summary>Whether the next line has this key.</summary>
    internal bool IsNext(string key) =>
        _line is not null && _line.StartsWith(key, StringComparison.Ordinal) && (_line.Length == key.Length || _line[key.Length] == ' ');

    /// <summary>Reads the one line with this key.</summary>
    internal T One<T>(string key, Func<LineReader, T> read)
    {
        if (!IsNext(key))
        {
            throw new DocumentException(_document, _number, _line is null ? $"ends where '{key}' should be" : $"the line should begin with '{key}'");
        }

        var line = new LineReader(_document, _number, _line!, key.Length);
        var value = read(line);
        line.End();
        Advance();
        return value;
    }

    /// <summary>Reads all lines with this key, in the order they come.</summary>
    internal ImmutableArray<T> List<T>(string key, Func<LineReader, T> read)
    {
        var values = ImmutableArray.CreateBuilder<T>();
        while (IsNext(key))
        {
            values.Add(One(key, read));
        }

        return values.ToImmutable();
    }

    /// <summary>
    /// Reads all lines with this key, which must be sorted bytewise. The first <paramref name="identity"/> words after the key say
    /// what a line is about, and may not repeat: lines alike so far stand together, since a space sorts before every other character.
    /// </summary>
    internal ImmutableArray<T> Set<T>(string key, int identity, Func<LineReader, T> read)
    {
        string? before = null;
        return List(key, line =>
        {
            RefuseDisorder(line, key, before, identity);
            before = _line;
            return read(line);
        });
    }

    /// <summary>Takes raw bytes that follow the last line read.</summary>
    internal byte[] Bytes(string key, Func<LineReader, int> announce)
    {
        if (!IsNext(key))
        {
            _ = One(key, announce);
        }

        var line = new LineReader(_document, _number, _line!, key.Length);
        var length = announce(line);
        line.End();
        if (length > _bytes.Length - _at)
        {
            throw line.Refuse($"{length} bytes are announced, {_bytes.Length - _at} follow");
        }

        var bytes = _bytes.Slice(_at, length).ToArray();
        _at += length;
        _number += bytes.AsSpan().Count((byte)'\n');
        Advance();
        return bytes;
    }

    /// <summary>The document must end here.</summary>
    internal void End()
    {
        if (_line is not null)
        {
            throw new DocumentException(_document, _number, "the line is unknown, out of order or repeated");
        }
    }

    private void RefuseDisorder(LineReader line, string key, string? before, int identity)
    {
        if (before is null)
        {
            return;
        }

        if (string.CompareOrdinal(before, _line) >= 0)
        {
            throw line.Refuse($"lines with '{key}' must be sorted bytewise, without repeats");
        }

        if (Words(before, identity + 1).SequenceEqual(Words(_line!, identity + 1)))
        {
            throw line.Refuse($"a second line with '{Words(before, identity + 1)}'");
        }
    }

    private static ReadOnlySpan<char> Words(string line, int count)
    {
        var end = 0;
        while (count-- > 0 && end < line.Length)
        {
            var space = line.IndexOf(' ', end + 1);
            end = space < 0 ? line.Length : space;
        }

        return line.AsSpan(0, end);
    }

    private void Advance()
    {
        _line = null;
        _number++;
        if (_at == _bytes.Length)
        {
            return;
        }

        var rest = _bytes.Span[_at..];
        var length = rest.IndexOf((byte)'\n');
        _line = length switch
        {
            < 0 => throw RefuseLine("has no line feed at its end"),
            0 => throw RefuseLine("is empty"),
            > DocumentLimits.LineBytes => throw RefuseLine($"has {length} bytes; at most {DocumentLimits.LineBytes} are allowed"),
            _ when rest[length - 1] == ' ' => throw RefuseLine("ends with a space"),
            _ => Decode(rest[..length]),
        };
        _at += length + 1;
    }

    private string Decode(ReadOnlySpan<byte> line)
    {
        try
        {
            return Strict.GetString(line);
        }
        catch (DecoderFallbackException)
        {
            throw RefuseLine("is not valid UTF-8");
        }
    }

    private DocumentException RefuseLine(string reason) => new(_document, _number, $"the line {reason}");
}
