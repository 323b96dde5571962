using System.Globalization;
using System.Text;

namespace PatchFlow.Core.Documents;

/// <summary>
/// ISO 8601 durations of days, hours, minutes and seconds in one spelling: no zero parts, no more than 23 hours, 59 minutes or
/// 59 seconds beside a greater part, nothing as <c>PT0S</c>.
/// </summary>
public static class CanonicalDuration
{
    private const int MostDays = 3660;

    /// <summary><c>PT1H30M</c>.</summary>
    /// <exception cref="FormatException">Negative, longer than ten years, or with parts of a second.</exception>
    public static string Format(TimeSpan duration) => IsWritable(duration)
        ? Write(duration)
        : throw new FormatException($"the duration {duration} is negative, over {MostDays} days, or has parts of a second");

    /// <summary>Reads what <see cref="Format"/> writes, and nothing else.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out TimeSpan duration)
    {
        duration = default;
        if (text.Length is < 3 or > 24 || text[0] != 'P' || !TryParseParts(text[1..], out var seconds) || seconds > MostDays * 86_400L)
        {
            return false;
        }

        duration = TimeSpan.FromSeconds(seconds);
        return text.SequenceEqual(Write(duration));
    }

    private static bool IsWritable(TimeSpan duration) =>
        duration >= TimeSpan.Zero && duration.Ticks % TimeSpan.TicksPerSecond == 0 && duration <= TimeSpan.FromDays(MostDays);

    private static string Write(TimeSpan duration)
    {
        var text = new StringBuilder("P");
        Append(text, duration.Days, 'D');
        if (duration.Seconds + duration.Minutes + duration.Hours > 0 || duration == TimeSpan.Zero)
        {
            text.Append('T');
            Append(text, duration.Hours, 'H');
            Append(text, duration.Minutes, 'M');
            Append(text, duration.Seconds, 'S');
        }

        return text.Length > 2 ? text.ToString() : "PT0S";
    }

    private static void Append(StringBuilder text, int value, char unit)
    {
        if (value > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"{value}{unit}");
        }
    }

    // Only sums the parts; whether they were spelled canonically is decided by writing the sum again.
    private static bool TryParseParts(ReadOnlySpan<char> text, out long seconds)
    {
        seconds = 0;
        while (text.Length > 0)
        {
            if (text[0] == 'T')
            {
                text = text[1..];
                continue;
            }

            var digits = text.IndexOfAnyExcept("0123456789");
            if (digits is < 1 or > 8)
            {
                return false;
            }

            seconds += long.Parse(text[..digits], NumberStyles.None, CultureInfo.InvariantCulture) * SecondsIn(text[digits]);
            text = text[(digits + 1)..];
        }

        return true;
    }

    private static long SecondsIn(char unit) => unit switch { 'D' => 86_400, 'H' => 3600, 'M' => 60, _ => 1 };
}
