using System.Globalization;

namespace PatchFlow.Core.Planning;

/// <summary>Moments in sentences for people.</summary>
internal static class Moment
{
    /// <summary><c>Thu 26 Nov 18:00Z</c>.</summary>
    internal static string Text(DateTimeOffset time) => time.UtcDateTime.ToString("ddd d MMM HH:mm'Z'", CultureInfo.InvariantCulture);

    /// <summary><c>18:00:05Z</c>, for what is near.</summary>
    internal static string Near(DateTimeOffset time) => time.UtcDateTime.ToString("HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
