using System.Globalization;

namespace PatchFlow.Core.Advisories;

/// <summary>A source package, or a pattern of names, whose security support has ended before that of its release, or is limited.</summary>
/// <param name="Pattern">The source package's name; <c>.*</c> in it stands for any text.</param>
/// <param name="Limited">Supported with the limits in the note; else support ends altogether.</param>
/// <param name="LastVersion">The last version with support; null where limited, and where no version had any.</param>
/// <param name="Ends">The day on which support ended or will end; null where limited.</param>
/// <param name="Note">The reason, as published; null where none is given.</param>
public sealed record DebianSupportEntry(string Pattern, bool Limited, string? LastVersion, DateOnly? Ends, string? Note)
{
    /// <summary>Whether a source package is meant.</summary>
    public bool Matches(string source)
    {
        var parts = Pattern.Split(".*");
        if (parts.Length == 1)
        {
            return source == Pattern;
        }

        if (!source.StartsWith(parts[0], StringComparison.Ordinal))
        {
            return false;
        }

        var at = parts[0].Length;
        foreach (var part in parts[1..^1])
        {
            var found = source.IndexOf(part, at, StringComparison.Ordinal);
            if (found < 0)
            {
                return false;
            }

            at = found + part.Length;
        }

        return source.Length - at >= parts[^1].Length && source.EndsWith(parts[^1], StringComparison.Ordinal);
    }
}

/// <summary>Reads <c>security-support-ended.deb*</c> and <c>security-support-limited</c> of the package debian-security-support.</summary>
public static class DebianSupport
{
    private static readonly string[] LimitedWords = ["list of packages", "security support", "limited"];

    /// <summary>Whether a comment is the one that the list of limited support begins with: <c># List of packages where security support is limited</c>.</summary>
    public static bool IsLimitedHead(ReadOnlySpan<char> line)
    {
        foreach (var word in LimitedWords)
        {
            if (!line.Contains(word, StringComparison.OrdinalIgnoreCase))
            {
                return false;
            }
        }

        return line.TrimStart().StartsWith('#');
    }

    /// <summary>Reads a list of ended support: name, last version, date, reason, in columns of blanks and tabs. A wrong line is refused alone.</summary>
    public static void ReadEnded(Stream document, AdvisorySink sink, Action<DebianSupportEntry> found)
    {
        foreach (var (position, words) in Rows(document, sink, 4))
        {
            if (!TryEnded(words, out var ends))
            {
                sink.Refuse(position, "a name, a version and a date (yyyy-mm-dd) are expected");
                continue;
            }

            found(new DebianSupportEntry(words[0], false, words[1] == "0" ? null : words[1], ends, words.Length > 3 ? words[3] : null));
        }
    }

    /// <summary>
    /// Reads a list of limited support: name, reason. Nearly any line of text is a name and a reason, so the comment must be there that says what the list is:
    /// without it nothing is read. A wrong line is refused alone.
    /// </summary>
    public static void ReadLimited(Stream document, AdvisorySink sink, Action<DebianSupportEntry> found)
    {
        var isHeaded = false;
        foreach (var (position, words) in Rows(document, sink, 2, comment => isHeaded |= IsLimitedHead(comment)))
        {
            if (!isHeaded)
            {
                sink.RefuseRest(position, "no comment before it says that this is a list of packages whose security support is limited: nothing is read of it");
                return;
            }

            if (LimitedProblem(words) is { } problem)
            {
                sink.Refuse(position, problem);
                continue;
            }

            found(new DebianSupportEntry(words[0], true, null, null, words.Length > 1 ? words[1] : null));
        }

        if (!isHeaded)
        {
            sink.RefuseRest("", "it is no list of packages whose security support is limited: no comment in it says so");
        }
    }

    private static string? LimitedProblem(string[] words) =>
        !IsPattern(words[0]) ? $"'{AptGrammar.Shown(words[0])}' is no name of a source package"
        : words.Length > 1 && words[1].Any(c => char.IsControl(c) && c != '\t') ? "its reason is not text"
        : words.Length > 1 && TryEnded([words[0], .. words[1].Split((char[]?)null, 3, StringSplitOptions.RemoveEmptyEntries)], out _) ? "it is a line of a list of ended support: give its kind as debian-support-ended"
        : null;

    private static bool TryEnded(string[] words, out DateOnly ends)
    {
        ends = default;
        return words.Length >= 3 && IsPattern(words[0]) && Patches.DebianVersion.TryParse(words[1], out _)
            && DateOnly.TryParseExact(words[2], "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out ends);
    }

    // A name, or one with .* in it for any text.
    private static bool IsPattern(string name) => AptGrammar.IsPackageName(name.Replace(".*", "..", StringComparison.Ordinal));

    private static IEnumerable<(string Position, string[] Words)> Rows(Stream document, AdvisorySink sink, int columns, Action<string>? comment = null)
    {
        var rows = 0;
        foreach (var (number, text) in TextLines.Of(document, sink))
        {
            var words = text.Split((char[]?)null, columns, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            if (words.Length == 0 || words[0][0] == '#')
            {
                comment?.Invoke(text);
                continue;
            }

            if (++rows > sink.Limits.Records)
            {
                sink.RefuseRest($"line {number}", $"the document has more than {sink.Limits.Records} records: the rest is not read");
                yield break;
            }

            yield return ($"line {number}", words);
        }
    }
}
