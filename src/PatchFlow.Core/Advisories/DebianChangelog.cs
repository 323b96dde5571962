using System.Collections.Immutable;
using System.Text.RegularExpressions;
using PatchFlow.Core.Patches;

namespace PatchFlow.Core.Advisories;

/// <summary>One version's entry of a Debian changelog (deb-changelog(5)).</summary>
/// <param name="Source">The source package.</param>
/// <param name="Version">Its version.</param>
/// <param name="Distributions">What it was uploaded to, for example <c>bookworm-security</c>.</param>
/// <param name="Text">The lines between head and trailer, as written, at most 16 KiB.</param>
public sealed record ChangelogEntry(string Source, string Version, string Distributions, string Text);

/// <summary>Reads what a package's own changelog says of an update.</summary>
public static partial class DebianChangelog
{
    private const int MaxEntries = 200;
    private const int MaxTextLength = 16 * 1024;

    /// <summary>
    /// The entries newer than <paramref name="from"/>, up to <paramref name="to"/>, by version order (a changelog may interleave branches),
    /// at most 200, in the order of the file. Give <em>source</em> versions: they are what a changelog counts.
    /// </summary>
    public static ImmutableArray<ChangelogEntry> Between(string changelog, string from, string to)
    {
        var (oldest, newest) = (DebianVersion.Parse(from), DebianVersion.Parse(to));
        return [.. Entries(changelog)
            .Where(e => DebianVersion.TryParse(e.Version, out var version) && version > oldest && version <= newest)
            .Take(MaxEntries)];
    }

    /// <summary>The CVE ids that the entries name, each once, by year and number.</summary>
    public static ImmutableArray<string> Cves(IEnumerable<ChangelogEntry> entries) =>
        [.. entries
            .SelectMany(e => CveId().Matches(e.Text).Select(m => m.Value))
            .Distinct(StringComparer.Ordinal)
            .OrderBy(id => id[4..8], StringComparer.Ordinal)
            .ThenBy(id => id.Length)
            .ThenBy(id => id, StringComparer.Ordinal)];

    // The trailing digits are bounded so that a page never shows a kilometre of them; ids of today have up to 7.
    [GeneratedRegex("(?<![A-Za-z0-9-])CVE-[0-9]{4}-[0-9]{4,12}(?![0-9])", RegexOptions.CultureInvariant)]
    private static partial Regex CveId();

    private static IEnumerable<ChangelogEntry> Entries(string changelog)
    {
        ChangelogEntry? head = null;
        var text = new List<string>();
        foreach (var raw in changelog.Split('\n'))
        {
            var line = raw.TrimEnd();
            if (Head(line) is { } next)
            {
                head = next;
                text.Clear();
            }
            else if (head is not null && line.StartsWith(" -- ", StringComparison.Ordinal))
            {
                yield return head with { Text = Shortened(text) };
                head = null;
            }
            else if (line.Length == 0 || line[0] is ' ' or '\t')
            {
                text.Add(Plain(line));
            }
        }
    }

    private static ChangelogEntry? Head(string line)
    {
        var open = line.IndexOf(" (", StringComparison.Ordinal);
        var close = open > 0 ? line.IndexOf(')', open) : -1;
        if (close < 0 || !AptGrammar.IsPackageName(line.AsSpan(0, open)))
        {
            return null;
        }

        var rest = line[(close + 1)..];
        var semicolon = rest.IndexOf(';', StringComparison.Ordinal);
        return new ChangelogEntry(line[..open], line[(open + 2)..close].Trim(), (semicolon < 0 ? rest : rest[..semicolon]).Trim(), "");
    }

    private static string Shortened(List<string> lines)
    {
        var text = string.Join('\n', lines).Trim('\n');
        return text.Length <= MaxTextLength ? text : string.Concat(text.AsSpan(0, MaxTextLength), "\n  […]");
    }

    // Maintainers write free text; control characters in it must not reach a terminal.
    private static string Plain(string line) =>
        line.Any(c => char.IsControl(c) && c != '\t') ? new string([.. line.Select(c => char.IsControl(c) && c != '\t' ? '\uFFFD' : c)]) : line;
}
