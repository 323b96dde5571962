using System.Globalization;

namespace PatchFlow.Core.Advisories;

/// <summary>Dates as feeds write them.</summary>
internal static class FeedDate
{
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
}
