using System.Text;

namespace PatchFlow.Fuzz;

/// <summary>Bends inputs: bytes, words, pieces, nesting. The same seed of chance and the same inputs give the same results.</summary>
internal sealed class Mutator(Random chance, IReadOnlyList<byte[]> words)
{
    /// <summary>How long an input may become, in bytes.</summary>
    public const int MostBytes = 64 << 10;

    private static readonly byte[][] Odd =
    [
        .. new[]
        {
            "", "0", "-1", "99999999999999999999", "1e999", "null", "true", "[]", "{}", "\"\"", "\0", "\r\n", "\n\n", "\uFEFF", "\u2028", "\uD7FF", "%00", "..", "&#x0;", "&lt;", "<!DOCTYPE a [<!ENTITY b 'c'>]>",
            "&b;", "<![CDATA[", "]]>", "<?x?>", "<!--", "-->", "\\ud800", "\\u0000", "2024-02-30T25:61:61Z", "0001-01-01", "9999-12-31T23:59:59Z", "CVE-0000-0", "CVE-2024-99999999999", ",", ":", "\"", "'", "\\",
        }.Select(Encoding.UTF8.GetBytes),
        [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xFE, 0xFF],
    ];

    private static readonly string[] Nests = ["[", "{\"a\":", "<a>", "(", "[[{\"product\":", "{\"branches\":[", "\"\\"];

    /// <summary>The words of inputs: what stands between marks, which a parser may look for.</summary>
    public static IReadOnlyList<byte[]> WordsOf(IEnumerable<byte[]> inputs) =>
    [
        .. inputs.SelectMany(i => Encoding.Latin1.GetString(i).Split([.. "\"<>{}[]=,: \t\n\r/'"], StringSplitOptions.RemoveEmptyEntries))
            .Where(w => w.Length is > 1 and < 40).Distinct().Take(4000).Select(Encoding.Latin1.GetBytes),
    ];

    /// <summary>Makes a new input from one, and now and then from a piece of another.</summary>
    public byte[] Bend(byte[] input, IReadOnlyList<byte[]> others)
    {
        var bent = input.ToList();
        for (var turns = 1 << chance.Next(4); turns > 0; turns--)
        {
            Once(bent, others);
        }

        return [.. bent.Take(MostBytes)];
    }

    private void Once(List<byte> bent, IReadOnlyList<byte[]> others)
    {
        var at = chance.Next(bent.Count + 1);
        switch (chance.Next(10))
        {
            case 0 when bent.Count > 0: bent[chance.Next(bent.Count)] ^= (byte)(1 << chance.Next(8)); break;
            case 1 when bent.Count > 0: bent[chance.Next(bent.Count)] = (byte)chance.Next(256); break;
            case 2: bent.RemoveRange(at, chance.Next(Math.Min(bent.Count - at, 64) + 1)); break;
            case 3: bent.RemoveRange(at, bent.Count - at); break;
            case 4: bent.InsertRange(at, Piece(bent, 256)); break;
            case 5 when words.Count > 0: bent.InsertRange(at, words[chance.Next(words.Count)]); break;
            case 6 when words.Count > 0: Overwrite(bent, at, words[chance.Next(words.Count)]); break;
            case 7: Overwrite(bent, at, Odd[chance.Next(Odd.Length)]); break;
            case 8: bent.InsertRange(at, Piece(others[chance.Next(others.Count)], 1024)); break;
            default: Repeat(bent, at); break;
        }
    }

    // Deep nesting, or the same part over and over, is rare: each is long.
    private void Repeat(List<byte> bent, int at)
    {
        if (chance.Next(8) > 0)
        {
            bent.InsertRange(at, Odd[chance.Next(Odd.Length)]);
            return;
        }

        var part = chance.Next(2) == 0 ? Encoding.UTF8.GetBytes(Nests[chance.Next(Nests.Length)]) : [.. Piece(bent, 64)];
        for (var times = 1 << chance.Next(12); times > 0 && bent.Count < MostBytes; times--)
        {
            bent.InsertRange(at, part);
        }
    }

    private List<byte> Piece(IReadOnlyList<byte> from, int most)
    {
        var at = chance.Next(from.Count + 1);
        return [.. from.Skip(at).Take(chance.Next(most))];
    }

    private static void Overwrite(List<byte> bent, int at, byte[] with)
    {
        bent.RemoveRange(at, Math.Min(with.Length, bent.Count - at));
        bent.InsertRange(at, with);
    }
}
