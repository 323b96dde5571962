using System.Globalization;
using System.Text.RegularExpressions;

namespace PatchFlow.Client;

/// <summary>
/// Times as people type them where a mistake costs much: ISO 8601 alone, since <c>12/11/2026</c> is another day in another country, and a time without its offset another one
/// in another zone.
/// </summary>
public static partial class IsoTime
{
    /// <summary>What is expected, to stand behind a colon.</summary>
    public const string Expected = "write the day as 2026-11-23 (UTC), or the moment with its offset as 2026-11-23T12:00:00Z or 2026-11-23T13:00:00+01:00";

    /// <summary>Reads a day, which begins at midnight UTC, or a moment as RFC 3339 has it.</summary>
    public static bool TryParse(string? text, out DateTimeOffset time)
    {
        time = default;
        return text is not null && Form().IsMatch(text)
            && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out time);
    }

    [GeneratedRegex(@"\A[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,7})?(Z|[+-][0-9]{2}:[0-9]{2}))?\z")]
    private static partial Regex Form();
}
