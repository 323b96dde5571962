using System.Text;
using System.Text.RegularExpressions;
using PatchFlow.Core.Advisories;

namespace PatchFlow.Server.Feeds;

/// <summary>What apt's answer leaves out and its source files (sources.list(5)) say.</summary>
internal static partial class AptSources
{
    /// <summary>The archive behind an address: a mirror list (<c>mirror+file:</c>, as cloud images have) stands for its first entry.</summary>
    public static string Address(string address)
    {
        const string MirrorFile = "mirror+file:";
        if (!address.StartsWith(MirrorFile, StringComparison.Ordinal))
        {
            return address;
        }

        var path = "/" + address[MirrorFile.Length..].Trim('/');
        var first = LocalFile.IsRegular(path) ? File.ReadLines(path).Select(l => l.Trim()).FirstOrDefault(l => l.Length > 0 && l[0] != '#') : null;
        return first?.Split((char[]?)null)[0] ?? address;
    }

    /// <summary>The key files that an entry names in <c>Signed-By</c>, separated by commas; null where it names none.</summary>
    /// <param name="entry"><c>FILE:N</c>: the N-th stanza of a <c>.sources</c> file, or the N-th line of a <c>.list</c> file.</param>
    public static string? Keyring(string entry)
    {
        var colon = entry.LastIndexOf(':');
        if (colon <= 0 || !int.TryParse(entry.AsSpan(colon + 1), out var number) || !LocalFile.IsRegular(entry[..colon]))
        {
            return null;
        }

        var bytes = File.ReadAllBytes(entry[..colon]);
        var value = entry[..colon].EndsWith(".sources", StringComparison.Ordinal)
            ? OfStanza(bytes, number)
            : SignedBy().Match(Encoding.UTF8.GetString(bytes).Split('\n').ElementAtOrDefault(number - 1) ?? "").Groups[1].Value;

        // Keys written into the source file itself, and bare fingerprints, are no files: then the distribution's own keyring serves.
        var paths = (value ?? "").Split([',', ' ', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return paths.Length > 0 && paths.All(p => p.StartsWith('/')) ? string.Join(',', paths) : null;
    }

    private static string? OfStanza(byte[] bytes, int number)
    {
        var reader = new Deb822Reader(bytes, comments: true);
        while (reader.NextStanza() && reader.Stanza <= number)
        {
            while (reader.Stanza == number && reader.NextField())
            {
                if (Encoding.UTF8.GetString(reader.Name).Equals("Signed-By", StringComparison.OrdinalIgnoreCase))
                {
                    return Encoding.UTF8.GetString(reader.Value);
                }
            }
        }

        return null;
    }

    [GeneratedRegex(@"\[[^\]]*\bsigned-by=([^\s\]]+)", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex SignedBy();
}
