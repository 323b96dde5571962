using System.Globalization;

namespace PatchFlow.Core.Documents;

/// <summary>Times as documents write them: UTC, to the second; in audit entries with exactly three decimals.</summary>
public static class CanonicalTime
{
    private const string Seconds = "yyyy-MM-dd'T'HH:mm:ss'Z'";
    private const string Milliseconds = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    /// <summary>The same moment in UTC without parts of a second: what a document can hold.</summary>
    public static DateTimeOffset ToSeconds(DateTimeOffset time) => Truncate(time, TimeSpan.TicksPerSecond);

    /// <summary>The same moment in UTC without parts of a millisecond: what an audit entry can hold.</summary>
    public static DateTimeOffset ToMilliseconds(DateTimeOffset time) => Truncate(time, TimeSpan.TicksPerMillisecond);

    /// <summary><c>2026-11-23T18:00:00Z</c>.</summary>
    /// <exception cref="FormatException">Not UTC, or parts of a second: <see cref="ToSeconds"/> first.</exception>
    public static string FormatSeconds(DateTimeOffset time) => Format(time, Seconds, TimeSpan.TicksPerSecond);

    /// <summary><c>2026-11-23T18:00:01.123Z</c>.</summary>
    /// <exception cref="FormatException">Not UTC, or parts of a millisecond: <see cref="ToMilliseconds"/> first.</exception>
    public static string FormatMilliseconds(DateTimeOffset time) => Format(time, Milliseconds, TimeSpan.TicksPerMillisecond);

    /// <summary>Reads <c>2026-11-23T18:00:00Z</c> and nothing else.</summary>
    public static bool TryParseSeconds(ReadOnlySpan<char> text, out DateTimeOffset time) => TryParse(text, Seconds, out time);

    /// <summary>Reads <c>2026-11-23T18:00:01.123Z</c> and nothing else.</summary>
    public static bool TryParseMilliseconds(ReadOnlySpan<char> text, out DateTimeOffset time) => TryParse(text, Milliseconds, out time);

    private static DateTimeOffset Truncate(DateTimeOffset time, long unit) => new(time.UtcTicks - (time.UtcTicks % unit), TimeSpan.Zero);

    private static string Format(DateTimeOffset time, string format, long unit) => time.Offset == TimeSpan.Zero && time.Ticks % unit == 0
        ? time.ToString(format, CultureInfo.InvariantCulture)
        : throw new FormatException($"the time {time:O} is not in UTC or finer than documents hold; truncate it first (CanonicalTime.To…)");

    // Written again and compared, so that nothing depends on how strictly the library reads.
    private static bool TryParse(ReadOnlySpan<char> text, string format, out DateTimeOffset time)
    {
        const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        if (DateTimeOffset.TryParseExact(text, format, CultureInfo.InvariantCulture, Utc, out time)
            && text.SequenceEqual(time.ToString(format, CultureInfo.InvariantCulture)))
        {
            return true;
        }

        time = default;
        return false;
    }
}
