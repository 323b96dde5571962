using System.Globalization;
using PatchFlow.Core.Documents;

namespace PatchFlow.Core.Changes;

/// <summary>
/// The words of a <c>window</c> line: <c>weekly DAY HH:MM DURATION ZONE</c>, the day in three letters, the duration at most a week,
/// the zone as the IANA database names it. Whether this machine knows the zone is not a question of the format.
/// </summary>
public static class WindowWords
{
    private static readonly string[] Days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

    /// <summary>Whether a plan takes this window.</summary>
    public static bool IsCanonical(string window)
    {
        try
        {
            var line = new LineReader("window", 0, $"window {window}", "window".Length);
            _ = Read(line);
            return true;
        }
        catch (DocumentException)
        {
            return false;
        }
    }

    internal static string Read(LineReader line)
    {
        string[] words =
        [
            line.OneOf("weekly") == 0 ? "weekly" : "",
            Days[line.OneOf(Days)],
            line.Word(IsTimeOfDay, "a time of day, HH:MM"),
            Length(line),
            line.Word(IsZone, "a time zone of the IANA database"),
        ];
        line.End();
        return string.Join(' ', words);
    }

    private static string Length(LineReader line)
    {
        var length = line.Duration();
        return length > TimeSpan.Zero && length <= TimeSpan.FromDays(7)
            ? CanonicalDuration.Format(length)
            : throw line.Refuse("a window is open for longer than nothing and at most P7D");
    }

    private static bool IsTimeOfDay(ReadOnlySpan<char> text) =>
        text.Length == 5 && TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out _);

    // Letters, digits and + - _ in parts between slashes; never '..' or a leading slash, since zone names are file names somewhere.
    private static bool IsZone(ReadOnlySpan<char> text) =>
        text.Length is >= 1 and <= 64 && char.IsAsciiLetter(text[0]) && !text.Contains("//", StringComparison.Ordinal) && text[^1] != '/'
        && !text.ContainsAnyExcept("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-_/");
}
