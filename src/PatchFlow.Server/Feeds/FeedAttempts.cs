using System.Collections.Concurrent;
using System.Text.Json;
using Dapper;
using Microsoft.Data.Sqlite;
using PatchFlow.Server.Storage;

namespace PatchFlow.Server.Feeds;

/// <summary>Lets each feed be fetched, taken in or written out once at a time, also where several processes have the same database.</summary>
internal sealed class FeedGates(FeedStore store)
{
    // A little more than the longest fetch may take.
    private static readonly TimeSpan MostWait = TimeSpan.FromHours(3);
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _oneEach = new(StringComparer.Ordinal);

    /// <summary>Runs it when nothing else is under way for the feed.</summary>
    public async Task<T> OneAtATimeAsync<T>(string feed, Func<Task<T>> runAsync, CancellationToken cancel)
    {
        var gate = _oneEach.GetOrAdd(feed, _ => new SemaphoreSlim(1, 1));
        await gate.WaitAsync(cancel);
        try
        {
            using var alone = await FileGate.EnterAsync(store.LockOf(feed), MostWait, cancel);
            await store.FollowRewindAsync(feed, cancel);
            return await runAsync();
        }
        finally
        {
            gate.Release();
        }
    }
}

/// <summary>Failed attempts that the database does not have, since it could not be written.</summary>
/// <param name="At">When the last was.</param>
/// <param name="Error">Why it failed, and why that is not in the database.</param>
/// <param name="Count">How many there were since the last one that the database has.</param>
/// <param name="NextAttemptAt">When it is tried again.</param>
/// <param name="Refused">What the last one refused before it failed.</param>
internal sealed record UnwrittenFailure(DateTimeOffset At, string Error, long Count, DateTimeOffset NextAttemptAt, FailedParts? Refused);

/// <summary>
/// How attempts to fetch went: the columns that the tables of both sorts of feeds have in common. Where the disk is full that can't be written either: this process
/// remembers it, and whoever reads a feed's row is told, until something of the feed can be written again. A restart forgets it and tries at once.
/// </summary>
/// <param name="database">The database.</param>
/// <param name="table">The table, whose rows are feeds.</param>
internal sealed class FeedAttempts(Database database, string table)
{
    /// <summary>The columns, named as the rows' records have them.</summary>
    public const string Columns = """
        name, last_attempt_at AS LastAttemptAt, last_success_at AS LastSuccessAt, last_error AS LastError, failures,
               next_attempt_at AS NextAttemptAt, etag AS Etag, last_modified AS LastModified
        """;

    private const int MostErrorLength = 2000;
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMinutes(1), LongestDelay = TimeSpan.FromHours(1);
    private readonly ConcurrentDictionary<string, UnwrittenFailure> _unwritten = new(StringComparer.Ordinal);

    /// <summary>Whether a fetch that threw this has failed: whatever a vendor's bytes or this program's own fault bring about, the feed says so.</summary>
    public static bool IsFailure(Exception e, CancellationToken cancel) => !(e is OperationCanceledException && cancel.IsCancellationRequested) && e is not OutOfMemoryException;

    /// <summary>Why a fetch failed, in words.</summary>
    public static string Why(string feed, Exception e) => e switch
    {
        FeedException => e.Message,
        _ when e is SqliteException || DiskTrouble.Is(e) => $"feed {feed} can't be kept, since {DiskTrouble.Why(e)}: {DiskTrouble.Remedy}",
        IOException or UnauthorizedAccessException or InvalidDataException => $"feed {feed} can't be kept ({e.Message}): {DiskTrouble.Remedy}",
        _ => $"feed {feed} can't be fetched ({e.GetType().Name}: {e.Message}): what it answers is not understood; see the log",
    };

    /// <summary>How long to wait after so many failures in a row.</summary>
    public static TimeSpan DelayAfter(long failures) => TimeSpan.FromTicks(Math.Min(LongestDelay.Ticks, FirstDelay.Ticks << (int)Math.Min(failures - 1, 10)));

    /// <summary>What failed of a feed and is not in the database; null where all is.</summary>
    public UnwrittenFailure? UnwrittenOf(string feed) => _unwritten.GetValueOrDefault(feed);

    /// <summary>An attempt failed, and that can't be written. Answers when it is tried again.</summary>
    /// <param name="feed">The feed.</param>
    /// <param name="error">Why, with the remedy.</param>
    /// <param name="now">The time.</param>
    /// <param name="failures">How many failed in a row before it, where that can be read.</param>
    /// <param name="refused">What it refused before it failed.</param>
    public DateTimeOffset Unwritten(string feed, string error, DateTimeOffset now, long failures = 0, FailedParts? refused = null) => _unwritten.AddOrUpdate(
        feed,
        _ => new(now, Cut(error), 1, now + DelayAfter(failures + 1), refused),
        (_, before) => new(now, Cut(error), before.Count + 1, now + DelayAfter(Math.Max(failures, before.Count) + 1), refused)).NextAttemptAt;

    /// <summary>What the last attempt refused before it failed; null where it refused nothing, or did not fail.</summary>
    public FailedParts? RefusedOf(string feed) => UnwrittenOf(feed) is { } failure ? failure.Refused
        : database.Read(c => c.ExecuteScalar<string?>($"SELECT failed_parts FROM {table} WHERE name = @feed", new { feed })) is { } json ? JsonSerializer.Deserialize<FailedParts>(json) : null;

    /// <summary>How the last attempt went is in the database.</summary>
    public void Written(string feed) => _unwritten.TryRemove(feed, out _);

    /// <summary>A fetch found nothing new.</summary>
    public async Task UnchangedAsync(string feed, Validators validators, DateTimeOffset now, CancellationToken cancel)
    {
        await database.WriteAsync((c, t) => Succeeded(c, t, feed, validators, now), cancel);
        Written(feed);
    }

    /// <summary>A fetch went well, within the caller's transaction, after which <see cref="Written"/> is called.</summary>
    public void Succeeded(SqliteConnection connection, SqliteTransaction transaction, string feed, Validators validators, DateTimeOffset now) => connection.Execute(
        $"""
        INSERT INTO {table} (name, last_attempt_at, last_success_at, etag, last_modified) VALUES (@feed, @now, @now, @etag, @modified)
        ON CONFLICT (name) DO UPDATE SET last_attempt_at = @now, last_success_at = @now, last_error = NULL, failures = 0,
          next_attempt_at = NULL, failed_parts = NULL, etag = @etag, last_modified = @modified
        """,
        new { feed, now = Utc.Text(now), etag = validators.ETag, modified = validators.LastModified },
        transaction);

    /// <summary>A fetch failed, after so many in a row; the snapshot stays. Where the database can't be written, that is remembered and not thrown.</summary>
    public async Task FailedAsync(string feed, string error, long failures, DateTimeOffset now, CancellationToken cancel, FailedParts? refused = null)
    {
        var more = 1 + (UnwrittenOf(feed)?.Count ?? 0);
        try
        {
            await database.WriteAsync(
                (c, t) => c.Execute(
                    $"""
                    INSERT INTO {table} (name, last_attempt_at, last_error, failures, next_attempt_at, failed_parts) VALUES (@feed, @now, @error, @more, @next, @parts)
                    ON CONFLICT (name) DO UPDATE SET last_attempt_at = @now, last_error = @error, failures = failures + @more, next_attempt_at = @next, failed_parts = @parts
                    """,
                    new { feed, now = Utc.Text(now), next = Utc.Text(now + DelayAfter(failures + 1)), error = Cut(error), more, parts = refused is null ? null : JsonSerializer.Serialize(refused) },
                    t),
                cancel);
            Written(feed);
        }
        catch (SqliteException e)
        {
            var isSaid = error.EndsWith(DiskTrouble.Remedy, StringComparison.Ordinal);
            Unwritten(feed, isSaid ? error : $"{error}; and that is not in the database, since {DiskTrouble.Why(e)}: {DiskTrouble.Remedy}", now, failures, refused);
        }
    }

    /// <summary>Words that are kept no longer than they may be.</summary>
    public static string Cut(string error) => error.Length <= MostErrorLength ? error : error[..MostErrorLength];
}
