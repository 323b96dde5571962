using System.Collections.Immutable;
using System.Text;

namespace PatchFlow.Core.Advisories;

/// <summary>The files beside CSAF documents, and how documents are named.</summary>
public static class CsafFiles
{
    private const int LongestHashFile = 4096;

    /// <summary>
    /// The file name of a document (CSAF 5.1): its tracking id in lower case, every run of other characters than letters, digits, plus and hyphen
    /// one underscore, and <c>.json</c>.
    /// </summary>
    public static string NameOf(string trackingId)
    {
        var name = new StringBuilder();
        foreach (var c in trackingId.ToLowerInvariant())
        {
            if (char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '+' or '-')
            {
                name.Append(c);
            }
            else if (name.Length == 0 || name[^1] != '_')
            {
                name.Append('_');
            }
        }

        return name.Append(".json").ToString();
    }

    /// <summary>
    /// The checksum in a file <c>.sha256</c> or <c>.sha512</c> (CSAF 7.1.18): hex digits, and the document's name behind them. Null, and refused,
    /// where it is none, or names another document.
    /// </summary>
    /// <param name="file">The file's name, whose end says how the checksum is computed.</param>
    /// <param name="text">What it holds.</param>
    /// <param name="sink">Takes the refusal.</param>
    public static FileSum? SumOf(string file, string text, AdvisorySink sink)
    {
        var name = file[(file.LastIndexOf('/') + 1)..];
        var dot = Math.Max(name.LastIndexOf('.'), 0);
        var words = text.Length > LongestHashFile ? [] : text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        var document = name[..dot];
        FileSum? sum = null;
        var problem = words.Length is 0 or > 2 ? "a checksum and the name of a document are expected"
            : words.Length == 2 && words[1].TrimStart('*') != document ? $"it is the checksum of '{XmlWalk.Shown(words[1])}', not of '{XmlWalk.Shown(document)}'"
            : FileSum.TryParse(name[dot..].TrimStart('.'), words[0], out sum, out var wrong) ? null : wrong;
        if (problem is not null)
        {
            sink.Refuse(file, problem);
        }

        return problem is null ? sum : null;
    }

    /// <summary>The provider's metadata that a <c>security.txt</c> names in its field <c>CSAF</c> (CSAF 7.1.8, RFC 9116): what is no address with https is refused alone.</summary>
    public static ImmutableArray<Uri> OfSecurityTxt(string text, AdvisorySink sink)
    {
        var found = ImmutableArray.CreateBuilder<Uri>();
        foreach (var (number, line) in text.Split('\n').Take(1000).Index())
        {
            if (line.StartsWith("CSAF:", StringComparison.OrdinalIgnoreCase) && CsafAddress.Of(line[5..].Trim(), $"line {number + 1}", sink) is { } address)
            {
                found.Add(address);
            }
        }

        return found.DrainToImmutable();
    }
}
