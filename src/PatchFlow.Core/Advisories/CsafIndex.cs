using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace PatchFlow.Core.Advisories;

/// <summary>A document that a provider's directory lists.</summary>
/// <param name="Path">Its path, relative and plain.</param>
/// <param name="Changed">When it was last changed, or deleted; null where the list says no time.</param>
public sealed record CsafEntry(string Path, DateTimeOffset? Changed);

/// <summary>Reads the lists of a directory-based distribution: index.txt, changes.csv (CSAF 7.1.12, 7.1.13) and Red Hat's deletions.csv.</summary>
public static class CsafIndex
{
    /// <summary>
    /// The documents, each once with its latest time, in the order of their paths' first mention: vendors sort these lists by time, by name
    /// or not at all. A line that is no plain relative path below the directory, or has no readable time where it has one, is refused.
    /// </summary>
    public static ImmutableArray<CsafEntry> Read(string text, AdvisorySink sink)
    {
        var (found, order) = (new Dictionary<string, CsafEntry>(), new List<string>());
        var number = 0;
        foreach (var raw in text.TrimStart('\uFEFF').Split('\n'))
        {
            number++;
            if (raw.Trim() is not { Length: > 0 } line)
            {
                continue;
            }

            if (order.Count >= sink.Limits.Records)
            {
                sink.Refuse($"line {number}", $"the list has more than {sink.Limits.Records} documents: the rest is not read");
                break;
            }

            if (Entry(line) is not { } entry)
            {
                sink.Refuse($"line {number}", $"'{AptGrammar.Shown(line)}' is not a relative path below the directory, with a time in a CSV list");
                continue;
            }

            if (!found.TryGetValue(entry.Path, out var known))
            {
                order.Add(entry.Path);
            }

            found[entry.Path] = known?.Changed > entry.Changed ? known : entry;
        }

        return [.. order.Select(path => found[path])];
    }

    /// <summary>As <see cref="Read(string, AdvisorySink)"/>, from bytes.</summary>
    public static ImmutableArray<CsafEntry> Read(Stream document, AdvisorySink sink) =>
        JsonText.Bytes(document, sink) is { } bytes ? Read(Encoding.UTF8.GetString(bytes.Span), sink) : [];

    private static CsafEntry? Entry(string line)
    {
        var comma = line.LastIndexOf(',');
        var (path, time) = comma < 0 ? (line, null) : (line[..comma], Unquoted(line[(comma + 1)..]));
        var changed = DateTimeOffset.TryParse(time, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var read) ? read : (DateTimeOffset?)null;
        return AptGrammar.TryPath(Unquoted(path), out var plain) && (time is null || changed is not null) ? new CsafEntry(plain, changed) : null;
    }

    private static string Unquoted(string text) => text.Trim() is ['"', .. var inside, '"'] ? inside : text.Trim();
}
