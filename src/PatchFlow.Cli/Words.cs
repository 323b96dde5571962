using System.Globalization;
using System.Text;
using PatchFlow.Client;
using Spectre.Console;

namespace PatchFlow.Cli;

/// <summary>Numbers, times, digests and statuses, as every command writes them.</summary>
internal static class Words
{
    /// <summary>Text from hosts and feeds without control characters: it can't move the cursor or change colours.</summary>
    public static string Clean(string? text) => text is null ? "" : string.Concat(text.Select(c => char.IsControl(c) || IsDirection(c) ? ' ' : c));

    /// <summary>Text of several lines, line ends kept.</summary>
    public static string CleanLines(string text) => string.Concat(text.Select(c => c is '\n' or '\t' || !(char.IsControl(c) || IsDirection(c)) ? c : ' '));

    /// <summary>JSON in which what could move the cursor or turn the direction of text is escaped: such characters stand in its strings only.</summary>
    public static string Visible(string json) => json.Any(IsHidden) ? string.Concat(json.Select(c => IsHidden(c) ? $"\\u{(int)c:X4}" : $"{c}")) : json;

    /// <summary>Cleaned, and no markup.</summary>
    public static string Safe(string? text) => Markup.Escape(Clean(text));

    /// <summary>The enum's word, spaced: <c>AwaitingApproval</c> is "Awaiting approval".</summary>
    public static string Spaced(Enum status)
    {
        var text = new StringBuilder();
        foreach (var c in status.ToString())
        {
            text.Append(text.Length > 0 && char.IsUpper(c) ? $" {char.ToLowerInvariant(c)}" : c);
        }

        return text.ToString();
    }

    /// <summary>A digest's first 12 digits in groups of four.</summary>
    public static string Digest(string? digest) => digest is { Length: >= 12 } d ? $"{d[..4]} {d[4..8]} {d[8..12]}" : "-";

    /// <summary>All of a digest, in 4 lines of 4 groups.</summary>
    public static string WholeDigest(string digest) =>
        string.Join('\n', digest.Chunk(16).Select(line => string.Join(' ', line.Chunk(4).Select(group => new string(group)))));

    /// <summary><c>47 s</c>, <c>2 m 14 s</c>, <c>3 h 05 m</c>, <c>6 d 2 h</c>.</summary>
    public static string Duration(TimeSpan time) => time switch
    {
        { TotalMinutes: < 1 } => $"{Math.Max(0, (int)time.TotalSeconds)} s",
        { TotalHours: < 1 } => $"{(int)time.TotalMinutes} m {time.Seconds:00} s",
        { TotalDays: < 1 } => $"{(int)time.TotalHours} h {time.Minutes:00} m",
        _ => $"{(int)time.TotalDays} d {time.Hours} h",
    };

    /// <summary>UTC, to the second.</summary>
    public static string Time(DateTimeOffset? time) =>
        time is { } t ? t.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture) : "never";

    /// <summary><c>Tue 24 Nov 14:05Z (in 3 h 05 m)</c>.</summary>
    public static string Until(DateTimeOffset time, DateTimeOffset now) =>
        time.UtcDateTime.ToString("ddd d MMM HH:mm'Z'", CultureInfo.InvariantCulture)
        + (time > now ? $" (in {Duration(time - now)})" : $" ({Duration(now - time)} ago)");

    /// <summary>With thousands separators.</summary>
    public static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary><c>1 host</c>, <c>3 hosts</c>.</summary>
    public static string Count(long count, string noun) => $"{Count(count)} {noun}{(count == 1 ? "" : "s")}";

    /// <summary>At most <paramref name="most"/> of them, and how many more.</summary>
    public static string Some(IReadOnlyCollection<string> all, int most = 4) =>
        all.Count <= most ? string.Join(", ", all) : $"{string.Join(", ", all.Take(most))} and {all.Count - most} more";

    /// <summary>The change's number from <c>CHG-7</c>, <c>chg-7</c> or <c>7</c>.</summary>
    public static string ChangeId(string text)
    {
        var digits = text.StartsWith("CHG-", StringComparison.OrdinalIgnoreCase) ? text[4..] : text;
        return digits.Length is > 0 and < 19 && digits.All(char.IsAsciiDigit)
            ? $"CHG-{digits}"
            : throw new UsageException($"'{text}' is no change", "changes are named CHG-NUMBER; 'patchflow changes' lists them");
    }

    private static bool IsHidden(char c) => c != '\n' && (char.IsControl(c) || IsDirection(c));

    // Marks that turn the direction of text can make a line read as another.
    private static bool IsDirection(char c) => c is (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069') or '\u200E' or '\u200F';
}

/// <summary>How a status looks: one table, from the board's design.</summary>
internal static class StatusLook
{
    /// <summary>Colour of a change's status.</summary>
    public static string Colour(ChangeState status) => status switch
    {
        ChangeState.Testing or ChangeState.Resolving or ChangeState.RollingOut => "blue",
        ChangeState.Approved or ChangeState.Completed => "green",
        ChangeState.AwaitingApproval or ChangeState.Paused or ChangeState.Expired or ChangeState.CompletedWithExceptions => "yellow",
        ChangeState.TestFailed or ChangeState.Unresolvable or ChangeState.Halted or ChangeState.RolledBack or ChangeState.RolledBackWithExceptions => "red",
        ChangeState.RollingBack => "purple",
        _ => "grey",
    };

    /// <summary>The status as a coloured word.</summary>
    public static string Word(ChangeState status) => $"[{Colour(status)}]{Words.Spaced(status)}[/]";

    /// <summary>Colour and glyph of a host in a rollout.</summary>
    public static (string Colour, string Glyph) Of(HostTaskState status, bool utf8) => status switch
    {
        HostTaskState.Pending => ("grey", "."),
        HostTaskState.Running => ("blue", utf8 ? "▸" : ">"),
        HostTaskState.Staging => ("blue", ":"),
        HostTaskState.Verifying => ("blue", "~"),
        HostTaskState.Succeeded => ("green", utf8 ? "✓" : "+"),
        HostTaskState.Failed => ("red", utf8 ? "✗" : "x"),
        HostTaskState.RollingBack => ("purple", utf8 ? "↶" : "<"),
        HostTaskState.RolledBack => ("purple", utf8 ? "↩" : "b"),
        HostTaskState.Unknown => ("yellow", "?"),
        HostTaskState.NeedsAttention => ("yellow", "!"),
        HostTaskState.Skipped => ("grey", "-"),
        HostTaskState.Drifted => ("grey", "d"),
        _ => ("grey", "o"),
    };

    /// <summary>Colour and glyph of a sandbox stage.</summary>
    public static (string Colour, string Glyph) OfStage(string state, bool utf8) => state switch
    {
        "running" => ("blue", utf8 ? "▸" : ">"),
        "pass" => ("green", utf8 ? "✓" : "+"),
        "fail" => ("red", utf8 ? "✗" : "x"),
        "inconclusive" => ("yellow", "?"),
        _ => ("grey", "."),
    };
}
