using System.Globalization;
using System.Text;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>Parts of tar archives, right and wrong, as no program writes them.</summary>
internal static class TarBytes
{
    private const int Block = 512;

    /// <summary>The mark of the end.</summary>
    public static byte[] End => new byte[2 * Block];

    /// <summary>An archive of these parts.</summary>
    public static byte[] Of(params byte[][] parts) => [.. parts.SelectMany(p => p), .. End];

    /// <summary>An entry.</summary>
    public static byte[] Entry(string name, string text, char type = '0') => [.. Header(name, $"{Convert.ToString(text.Length, 8)}\0", type), .. Padded(Encoding.Latin1.GetBytes(text))];

    /// <summary>An extended header of pax.</summary>
    public static byte[] Pax(params (string Name, string Value)[] records) => Entry("PaxHeaders/x", string.Concat(records.Select(Record)), 'x');

    /// <summary>A header, with the size as it is given.</summary>
    public static byte[] Header(string name, string size, char type = '0', Action<byte[]>? alter = null)
    {
        var header = new byte[Block];
        Encoding.Latin1.GetBytes(name, header);
        "0000644\0"u8.CopyTo(header.AsSpan(100));
        Encoding.Latin1.GetBytes(size, header.AsSpan(124, 12));
        "14524540000\0"u8.CopyTo(header.AsSpan(136));
        header[156] = (byte)type;
        "ustar\000"u8.CopyTo(header.AsSpan(257));
        alter?.Invoke(header);
        header.AsSpan(148, 8).Fill((byte)' ');
        Encoding.Latin1.GetBytes($"{Convert.ToString(header.Sum(b => b), 8).PadLeft(6, '0')}\0", header.AsSpan(148));
        return header;
    }

    /// <summary>Whole blocks.</summary>
    public static byte[] Padded(byte[] bytes) => [.. bytes, .. new byte[-bytes.Length & (Block - 1)]];

    private static string Record((string Name, string Value) record)
    {
        var rest = $" {record.Name}={record.Value}\n";
        var length = rest.Length + 1;
        while (length != rest.Length + length.ToString(CultureInfo.InvariantCulture).Length)
        {
            length++;
        }

        return FormattableString.Invariant($"{length}{rest}");
    }
}
