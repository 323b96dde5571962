using System.Collections.Concurrent;
using Dapper;
using Microsoft.Data.Sqlite;
using PatchFlow.Server.Storage;
using Quartz;

namespace PatchFlow.Server.Feeds;

/// <summary>
/// Since when the server knows of each feed (table <c>meta</c>). One that was never fetched has neither a snapshot that grows old nor a failure: for how
/// long nobody has answered for it is all that tells a new feed from one that stands still.
/// </summary>
internal sealed class FeedDebuts(Database database)
{
    private const string Prefix = "feed.known.";

    // A first fetch of a vendor of thousands of documents takes a while.
    private static readonly TimeSpan Margin = TimeSpan.FromHours(1);

    // Where the database can't be written: a restart begins anew.
    private readonly ConcurrentDictionary<string, DateTimeOffset> _unwritten = new(StringComparer.Ordinal);

    /// <summary>Keeps since when feeds are known; those that are configured no more are new when they come back.</summary>
    public async Task KnowAsync(IReadOnlyCollection<string> feeds, DateTimeOffset now, CancellationToken cancel)
    {
        var keys = feeds.Select(f => Prefix + f).ToArray();
        try
        {
            await database.WriteAsync(
                (c, t) =>
                {
                    var gone = c.Query<string>("SELECT key FROM meta WHERE substr(key, 1, length(@Prefix)) = @Prefix", new { Prefix }, t).Except(keys, StringComparer.Ordinal).ToList();
                    c.Execute("DELETE FROM meta WHERE key = @key", gone.Select(key => new { key }), t);
                    c.Execute("INSERT INTO meta (key, value) VALUES (@key, @now) ON CONFLICT (key) DO NOTHING", keys.Select(key => new { key, now = Utc.Text(now) }), t);
                },
                cancel);
        }
        catch (SqliteException e) when (DiskTrouble.Is(e))
        {
            foreach (var feed in feeds)
            {
                _unwritten.TryAdd(feed, now);
            }
        }
    }

    /// <summary>Why a feed that was never fetched is no new one any more, with the remedy; null while it is.</summary>
    /// <param name="feed">The feed.</param>
    /// <param name="schedule">When it is fetched: a cron expression, UTC.</param>
    /// <param name="maxAge">From when on what is in use of it would be stale.</param>
    /// <param name="now">The time.</param>
    public string? WhyOverdue(string feed, string schedule, TimeSpan maxAge, DateTimeOffset now) => Known(feed) is { } since && now > Until(since, schedule, maxAge)
        ? $"feed {feed} is known since {since:u} and was never fetched: see the log for what holds it up, and fetch it with 'patchflow feeds refresh {feed}'"
        : null;

    private static DateTimeOffset Until(DateTimeOffset since, string schedule, TimeSpan maxAge) =>
        new CronExpression(schedule, TimeZoneInfo.Utc).GetNextValidTimeAfter(since) + Margin is { } first && first < since + maxAge ? first : since + maxAge;

    private DateTimeOffset? Known(string feed) =>
        database.Read(c => c.QuerySingleOrDefault<string>("SELECT value FROM meta WHERE key = @key", new { key = Prefix + feed })) is { } text ? Utc.Time(text)
        : _unwritten.TryGetValue(feed, out var since) ? since : null;
}
