using System.Globalization;
using System.Text;
using System.Text.Json;
using PatchFlow.Core.Documents;

namespace PatchFlow.Core.Advisories;

/// <summary>Dates as feeds write them.</summary>
internal static class FeedDate
{
    /// <summary>The end of the year 9999, in seconds since 1970.</summary>
    public const long LastSecond = 253_402_300_799;

    private const int ShortestUsual = 20, LongestUsual = 33;

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

    /// <summary>The same of a property: a text that is no date is refused where it stands.</summary>
    public static DateTimeOffset? Of(JsonElement owner, ReadOnlySpan<byte> name, AdvisorySink sink, string position) =>
        owner.Has(name, JsonValueKind.String, out var text) && TryUsual(text, out var date) ? date : Of(owner.Text(name, sink, position), sink, $"{position}/{Encoding.UTF8.GetString(name)}");

    /// <summary>
    /// Reads the form that nearly all write, <c>yyyy-MM-ddTHH:mm:ss</c> with up to seven digits of a second behind it or none, and <c>Z</c> or <c>±hh:mm</c>:
    /// many times as fast as any other, and with the same result. False where it is another form, or no date.
    /// </summary>
    public static bool TryUsual(JsonElement text, out DateTimeOffset date)
    {
        var isUsual = text.IsPlain(out var utf8) && utf8.Length is >= ShortestUsual and <= LongestUsual && utf8[0] is (byte)'1' or (byte)'2' && utf8[16] == ':'
            && (utf8[19] != '.' || (utf8.Length > ShortestUsual && char.IsAsciiDigit((char)utf8[20])))
            && (utf8[^1] == 'Z' ? utf8.Length <= LongestUsual - 5 : utf8.Length >= ShortestUsual + 5 && utf8[^6] is (byte)'+' or (byte)'-');
        date = isUsual && text.TryGetDateTimeOffset(out var read) ? read.ToUniversalTime() : default;
        return date != default;
    }

    /// <summary>Seconds since 1970; null before that and after the year 9999.</summary>
    public static DateTimeOffset? OfUnix(long seconds) => seconds is >= 0 and <= LastSecond ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null;

    /// <summary>As <see cref="Of(string?, AdvisorySink, string)"/>, for advisories of rpm, which have seconds since 1970 too (SUSE), and <c>UTC</c> in words behind a date and time.</summary>
    public static DateTimeOffset? OfRpm(string? text, AdvisorySink sink, string position) =>
        Numerals.TryRead(text, out long seconds) && OfUnix(seconds) is { } time
            ? time
            : Of(text is not null && text.EndsWith(" UTC", StringComparison.Ordinal) ? text[..^4] : text, sink, position);
}
