using System.Globalization;
using PatchFlow.Core.Documents;

namespace PatchFlow.Core.Advisories;

/// <summary>Dates as feeds write them.</summary>
internal static class FeedDate
{
    /// <summary>The end of the year 9999, in seconds since 1970.</summary>
    public const long LastSecond = 253_402_300_799;

    /// <summary>An ISO 8601 date or date and time; without an offset it is UTC. Null where it is none, which is refused, or absent.</summary>
    public static DateTimeOffset? Of(string? text, AdvisorySink sink, string position)
    {
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        if (text[0] is >= '1' and <= '2' && text.Length >= 10 && text[4] == '-' &&
            DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var date))
        {
            return date;
        }

        sink.Refuse(position, $"'{(text.Length > 40 ? text[..40] : text)}' is no date; the rest of it is kept");
        return null;
    }

    /// <summary>Seconds since 1970; null before that and after the year 9999.</summary>
    public static DateTimeOffset? OfUnix(long seconds) => seconds is >= 0 and <= LastSecond ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null;

    /// <summary>As <see cref="Of"/>, for advisories of rpm, which have seconds since 1970 too (SUSE), and <c>UTC</c> in words behind a date and time.</summary>
    public static DateTimeOffset? OfRpm(string? text, AdvisorySink sink, string position) =>
        Numerals.TryRead(text, out long seconds) && OfUnix(seconds) is { } time
            ? time
            : Of(text is not null && text.EndsWith(" UTC", StringComparison.Ordinal) ? text[..^4] : text, sink, position);
}
