using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace PatchFlow.Core.Advisories;

/// <summary>
/// Reads an announcement of debian-security-announce: the clear-signed text (RFC 9580, 7) alone, whatever stands around it. That the
/// signature is good is for the caller to have found out.
/// </summary>
public static partial class DebianAnnouncement
{
    private const string Begin = "-----BEGIN PGP SIGNED MESSAGE-----";
    private const string Signature = "-----BEGIN PGP SIGNATURE-----";
    // An announcement is about one source package, hardly ever about a few; each is said to be fixed once for each release.
    private const int MostPackages = 64;

    private const int LongestText = 1 << 16;

    /// <summary>Reads the announcement into the sink.</summary>
    public static void Read(Stream document, AdvisorySink sink)
    {
        if (SignedText(document, sink) is not { } text)
        {
            sink.Refuse("", "there is no clear-signed text of up to 64 KiB: from BEGIN PGP SIGNED MESSAGE to BEGIN PGP SIGNATURE");
            return;
        }

        var head = IdOf().Match(text);
        if (!head.Success)
        {
            sink.Refuse("", "the signed text has no line 'Debian Security Advisory DSA-…'");
            return;
        }

        var fields = Fields(text);
        var packages = fields.GetValueOrDefault("Package", "").Split([' ', ','], StringSplitOptions.RemoveEmptyEntries);
        if (packages.Length > MostPackages)
        {
            sink.Refuse("Package", $"it names more than {MostPackages} packages: the announcement is not used");
            return;
        }

        sink.Found(new Advisory
        {
            Id = head.Groups["id"].Value,
            Title = $"{string.Join(' ', packages)} - security update",
            Description = text,
            Cves = [.. CveId.FindAll(fields.GetValueOrDefault("CVE ID"))],
            Published = Date(text),
            Affected = [.. Statements(text).SelectMany(s => packages.Select(p => Affected(p, s.Codename, s.Version)))],
        });
    }

    // Dash-escaping (RFC 9580, 7.2) is taken back, and the armor headers up to the first blank line are not text.
    private static string? SignedText(Stream document, AdvisorySink sink)
    {
        var text = new StringBuilder();
        var (begun, headers) = (false, true);
        foreach (var (_, line) in TextLines.Of(document, sink))
        {
            if (!begun)
            {
                begun = line.TrimEnd() == Begin;
            }
            else if (line.TrimEnd() == Signature || text.Length > LongestText)
            {
                return text.Length > LongestText ? null : text.ToString();
            }
            else if (headers)
            {
                headers = line.Trim().Length > 0;
            }
            else
            {
                text.Append(line.StartsWith("- ", StringComparison.Ordinal) ? line[2..] : line).Append('\n');
            }
        }

        return null;
    }

    // "Name : value", folded on lines that begin with a blank, between the head's second rule and the first paragraph.
    private static Dictionary<string, string> Fields(string text)
    {
        var fields = new Dictionary<string, StringBuilder>();
        string? name = null;
        foreach (var line in text.Split('\n'))
        {
            var field = Field().Match(line);
            if (field.Success)
            {
                name = field.Groups["name"].Value;
                fields.TryAdd(name, new StringBuilder(field.Groups["value"].Value.Trim()));
            }
            else if (name is not null && line.StartsWith(' '))
            {
                fields[name].Append(' ').Append(line.AsSpan().Trim());
            }
            else
            {
                name = null;
            }
        }

        return fields.ToDictionary(field => field.Key, field => field.Value.ToString());
    }

    private static IEnumerable<(string Codename, string Version)> Statements(string text) =>
        text.Split("\n\n").Select(p => Fixed().Match(p.ReplaceLineEndings(" "))).Where(m => m.Success).Select(m => (m.Groups["codename"].Value, m.Groups["version"].Value.TrimEnd('.')));

    private static AffectedPackage Affected(string package, string codename, string version) => new()
    {
        Platform = Platforms.OfDebian(codename),
        Name = package,
        IsSource = true,
        Scheme = VersionScheme.Deb,
        Ranges = [VersionRange.Before(version)],
    };

    private static DateTimeOffset? Date(string text) =>
        DateTimeOffset.TryParseExact(DateLine().Match(text).Value.Trim(), "MMMM d, yyyy", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date) ? date : null;

    [GeneratedRegex("^Debian (LTS |Security )+Advisory (?<id>D[LS]A-[0-9]{1,6}(-[0-9]{1,3})?)", RegexOptions.Multiline | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex IdOf();

    [GeneratedRegex("^(?<name>Package|CVE ID|Debian Bug) *:(?<value>.*)$", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Field();

    [GeneratedRegex(@"^[A-Z][a-z]+ [0-9]{1,2}, [0-9]{4}", RegexOptions.Multiline | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex DateLine();

    [GeneratedRegex(@"^For (the )?[A-Za-z0-9 ]{0,60}distribution \((?<codename>[a-z]{1,40})\).{0,400}? fixed +in +version +(?<version>[0-9][0-9A-Za-z.+~:-]{0,200})", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Fixed();
}
