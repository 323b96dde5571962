using System.Text;

namespace PatchFlow.Server.Feeds;

/// <summary>What headers before that of an entry of a tar archive say of it.</summary>
internal sealed class TarExtension
{
    private const int NameLength = 100, MagicAt = 257, PrefixAt = 345, PrefixLength = 155;
    private const string Torn = "what it says of an entry before it is torn";
    private string? _sparseName;
    private string? _name;

    /// <summary>Its path; null where its own header says it.</summary>
    public string? Name => _sparseName ?? _name;

    /// <summary>How many bytes it has; null where its own header says it.</summary>
    public long? Bytes { get; private set; }

    /// <summary>Whether its bytes are those of a file with holes, and how they are laid out.</summary>
    public bool IsSparse { get; private set; }

    /// <summary>The path in an entry's own header.</summary>
    public static string NameOf(ReadOnlySpan<byte> header)
    {
        var (name, isUstar) = (Text(UpToZero(header[..NameLength])), header[MagicAt..].StartsWith("ustar\0"u8));
        var prefix = isUstar ? Text(UpToZero(header.Slice(PrefixAt, PrefixLength))) : "";
        return prefix.Length > 0 ? $"{prefix}/{name}" : name;
    }

    /// <summary>Reads a path of GNU's.</summary>
    public void LongName(ReadOnlySpan<byte> bytes) => _name = Text(UpToZero(bytes));

    /// <summary>Reads the records of an extended header of pax: <c>LENGTH NAME=VALUE</c>, each with a line's end. Of several with one name the last one counts.</summary>
    /// <exception cref="InvalidDataException">One is torn.</exception>
    public void Read(ReadOnlySpan<byte> records)
    {
        while (!records.IsEmpty)
        {
            var space = records.IndexOf((byte)' ');
            if (space < 0 || !int.TryParse(records[..space], System.Globalization.NumberStyles.None, null, out var length) || length <= space + 1 || length > records.Length || records[length - 1] != '\n')
            {
                throw new InvalidDataException(Torn);
            }

            var record = records[(space + 1)..(length - 1)];
            var equals = record.IndexOf((byte)'=');
            Take(equals > 0 ? record[..equals] : throw new InvalidDataException(Torn), record[(equals + 1)..]);
            records = records[length..];
        }
    }

    private void Take(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (name.SequenceEqual("path"u8))
        {
            _name = Text(value);
        }
        else if (name.SequenceEqual("size"u8))
        {
            Bytes = long.TryParse(value, System.Globalization.NumberStyles.None, null, out var bytes) ? bytes : throw new InvalidDataException(Torn);
        }
        else if (name.StartsWith("GNU.sparse."u8))
        {
            IsSparse = true;
            _sparseName = name.EndsWith(".name"u8) ? Text(value) : _sparseName;
        }
    }

    private static ReadOnlySpan<byte> UpToZero(ReadOnlySpan<byte> bytes) => bytes.IndexOf((byte)0) is >= 0 and var end ? bytes[..end] : bytes;

    // What is not UTF-8 is read so that two names stay two.
    private static string Text(ReadOnlySpan<byte> bytes) => System.Text.Unicode.Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : Encoding.Latin1.GetString(bytes);
}
