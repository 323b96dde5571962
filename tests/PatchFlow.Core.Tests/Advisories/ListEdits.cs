using System.Text;
using PatchFlow.Core.Documents;

namespace PatchFlow.Core.Tests.Advisories;

/// <summary>Lists made at random, and what may be done to them: few names, so that they repeat.</summary>
internal sealed class ListEdits(int seed)
{
    private readonly Random _random = new(seed);

    /// <summary>A stanza that is whole.</summary>
    public static string Stanza(string name, string version, string arch = "amd64", string more = "") =>
        $"Package: {name}\nVersion: {version}\nArchitecture: {arch}\nFilename: pool/{name}_{arch}.deb\nSize: 1\nSHA256: {Digest.Of(Encoding.UTF8.GetBytes(more)).Hex}\n{more}\n";

    /// <summary>A list.</summary>
    public byte[] Some() => Bytes(Enumerable.Range(0, _random.Next(0, 120)).Select(i => Any(i)));

    /// <summary>The same list with one to six things done to it.</summary>
    public byte[] Edited(byte[] list)
    {
        List<string> stanzas = [.. Encoding.UTF8.GetString(list).Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Select(s => s + "\n\n")];
        for (var edit = _random.Next(0, 6); edit >= 0; edit--)
        {
            Edit(stanzas);
        }

        var text = string.Concat(stanzas);
        return Bytes([_random.Next(12) switch
        {
            0 => text.TrimEnd('\n'),
            1 => text.TrimEnd('\n') + "\n",
            2 => text.ReplaceLineEndings("\r\n"),
            3 => "\n \n" + text,
            4 => text + "\n\t\n",
            _ => text,
        }]);
    }

    private void Edit(List<string> stanzas)
    {
        var at = stanzas.Count == 0 ? -1 : _random.Next(stanzas.Count);
        switch (at < 0 ? 0 : _random.Next(7))
        {
            case 0:
                stanzas.Insert(_random.Next(stanzas.Count + 1), Any(_random.Next(150)));
                break;
            case 1:
                stanzas.RemoveAt(at);
                break;
            case 2:
                stanzas[at] = Any(_random.Next(150));
                break;
            case 3:
                stanzas.Insert(_random.Next(stanzas.Count + 1), stanzas[at]);
                break;
            case 4:
                stanzas.RemoveRange(at, Math.Min(stanzas.Count - at, _random.Next(40)));
                break;
            case 5:
                var moved = stanzas[at];
                stanzas.RemoveAt(at);
                stanzas.Insert(_random.Next(stanzas.Count + 1), moved);
                break;
            default:
                stanzas[at] = stanzas[at].Replace("\n", _random.Next(2) == 0 ? "\n\n" : " \n", StringComparison.Ordinal);
                break;
        }
    }

    private string Any(int number) => _random.Next(12) switch
    {
        0 => $"Package: p{number}\nbroken\n\n",
        1 => $"Package: p{number}\nSize: none\n\n\n",
        2 => Stanza($"p{number / 10}", "1", more: "Phased-Update-Percentage: 30\n"),
        3 => Stanza($"p{number / 10}", $"{_random.Next(3)}", more: $"Provides: v{_random.Next(3)}\n"),
        4 => Stanza($"p{number}", "1") + " \t\n",
        5 => Stanza($"p{number}", "1", "all"),
        _ => Stanza($"p{number}", "1"),
    };

    private static byte[] Bytes(IEnumerable<string> stanzas) => Encoding.UTF8.GetBytes(string.Concat(stanzas));
}
