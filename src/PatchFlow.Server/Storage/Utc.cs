using System.Globalization;

namespace PatchFlow.Server.Storage;

/// <summary>Times as the database keeps them: ISO 8601 UTC with milliseconds, which sorts as text.</summary>
internal static class Utc
{
    private const string Format = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    public static string Text(DateTimeOffset time) => time.UtcDateTime.ToString(Format, CultureInfo.InvariantCulture);

    public static string? Text(DateTimeOffset? time) => time is { } t ? Text(t) : null;

    public static DateTimeOffset Time(string text) =>
        DateTimeOffset.ParseExact(text, Format, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal);

    public static DateTimeOffset? TimeOrNull(string? text) => text is null ? null : Time(text);
}
