using System.Buffers;
using System.Text;

namespace PatchFlow.Core.Documents;

/// <summary>
/// What a host or a feed names otherwise than our alphabet allows stands percent-encoded in documents, and in the records read
/// from them: <c>%</c> and two uppercase hex digits for each byte outside the alphabet, and for <c>%</c> itself. So each name has
/// one spelling, and no name needs quoting in a shell.
/// </summary>
public static class PercentEncoding
{
    private static readonly SearchValues<char> Plain = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.:+~_/@=^-");

    /// <summary>Encodes the UTF-8 bytes of a name.</summary>
    public static string Encode(string name) => Encode(Encoding.UTF8.GetBytes(name));

    /// <summary>Encodes the raw bytes of a name, which need not be text (file names are not).</summary>
    public static string Encode(ReadOnlySpan<byte> name)
    {
        var text = new StringBuilder(name.Length);
        foreach (var b in name)
        {
            _ = Plain.Contains((char)b) ? text.Append((char)b) : text.Append('%').Append(Convert.ToHexString([b]));
        }

        return text.ToString();
    }

    /// <summary>The name for people to read; bytes that are no UTF-8 become U+FFFD, text that is not encoded comes back as it is.</summary>
    public static string Decode(string encoded)
    {
        if (!IsCanonical(encoded))
        {
            return encoded;
        }

        var bytes = new List<byte>(encoded.Length);
        for (var i = 0; i < encoded.Length; i++)
        {
            bytes.Add(encoded[i] == '%' ? Convert.FromHexString(encoded.AsSpan(i + 1, 2))[0] : (byte)encoded[i]);
            i += encoded[i] == '%' ? 2 : 0;
        }

        return Encoding.UTF8.GetString(bytes.ToArray());
    }

    /// <summary>Whether <see cref="Encode(ReadOnlySpan{byte})"/> could have written this.</summary>
    public static bool IsCanonical(ReadOnlySpan<char> text)
    {
        while (text.IndexOfAnyExcept(Plain) is var i and >= 0)
        {
            if (!StartsWithEscape(text[i..]))
            {
                return false;
            }

            text = text[(i + 3)..];
        }

        return true;
    }

    private static bool StartsWithEscape(ReadOnlySpan<char> text) =>
        text.Length >= 3 && text[0] == '%'
        && !text[1..3].ContainsAnyExcept("0123456789ABCDEF")
        && !Plain.Contains((char)Convert.FromHexString(text[1..3])[0]);
}
