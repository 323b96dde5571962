namespace PatchFlow.Server.Feeds;

/// <summary>What the log says of fetches of either sort of feed.</summary>
internal static class FeedLog
{
    /// <summary>A fetch failed.</summary>
    /// <param name="log">The log.</param>
    /// <param name="feed">The feed.</param>
    /// <param name="failure">What was thrown: its trace is logged where it is none of those that say all there is to say.</param>
    /// <param name="message">Why, and the remedy.</param>
    /// <param name="inUse">Of when the snapshot in use is; null where there is none.</param>
    public static void Failed(ILogger log, string feed, Exception failure, string message, DateTimeOffset? inUse) => log.LogError(
        failure is FeedException ? null : failure,
        "Feed {Feed}: {Message}. {Snapshot}",
        feed, message, inUse is { } time ? $"The snapshot of {time:u} stays in use" : "Nothing of it is in use yet");

    /// <summary>How its alarm stands: loud each time while there is one, and once when it has ended.</summary>
    public static void Alarm(ILogger log, string feed, string? before, string? now)
    {
        if (now is not null)
        {
            log.LogError("Feed {Feed}: ALARM: {Alarm}", feed, now);
        }
        else if (before is not null)
        {
            log.LogWarning("Feed {Feed}: the alarm has ended that was: {Alarm}", feed, before);
        }
    }
}
