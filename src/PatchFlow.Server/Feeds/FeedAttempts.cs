using System.Collections.Concurrent;
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
            return await runAsync();
        }
        finally
        {
            gate.Release();
        }
    }
}

/// <summary>How attempts to fetch went: the columns that the tables of both sorts of feeds have in common.</summary>
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

    /// <summary>Whether a fetch that threw this has failed: whatever a vendor's bytes or this program's own fault bring about, the feed says so.</summary>
    public static bool IsFailure(Exception e, CancellationToken cancel) => !(e is OperationCanceledException && cancel.IsCancellationRequested) && e is not OutOfMemoryException;

    /// <summary>Why a fetch failed, in words.</summary>
    public static string Why(string feed, Exception e) => e switch
    {
        FeedException => e.Message,
        IOException or UnauthorizedAccessException or InvalidDataException =>
            $"feed {feed} can't be kept ({e.Message}): look at the space and the rights of the data directory",
        _ => $"feed {feed} can't be fetched ({e.GetType().Name}: {e.Message}): what it answers is not understood; see the log",
    };

    /// <summary>How long to wait after so many failures in a row.</summary>
    public static TimeSpan DelayAfter(long failures) => TimeSpan.FromTicks(Math.Min(LongestDelay.Ticks, FirstDelay.Ticks << (int)Math.Min(failures - 1, 10)));

    /// <summary>A fetch found nothing new.</summary>
    public Task UnchangedAsync(string feed, Validators validators, DateTimeOffset now, CancellationToken cancel) =>
        database.WriteAsync((c, t) => Succeeded(c, t, feed, validators, now), cancel);

    /// <summary>A fetch went well, within the caller's transaction.</summary>
    public void Succeeded(SqliteConnection connection, SqliteTransaction transaction, string feed, Validators validators, DateTimeOffset now) => connection.Execute(
        $"""
        INSERT INTO {table} (name, last_attempt_at, last_success_at, etag, last_modified) VALUES (@feed, @now, @now, @etag, @modified)
        ON CONFLICT (name) DO UPDATE SET last_attempt_at = @now, last_success_at = @now, last_error = NULL, failures = 0,
          next_attempt_at = NULL, etag = @etag, last_modified = @modified
        """,
        new { feed, now = Utc.Text(now), etag = validators.ETag, modified = validators.LastModified },
        transaction);

    /// <summary>A fetch failed, after so many in a row; the snapshot stays.</summary>
    public Task FailedAsync(string feed, string error, long failures, DateTimeOffset now, CancellationToken cancel) => database.WriteAsync(
        (c, t) => c.Execute(
            $"""
            INSERT INTO {table} (name, last_attempt_at, last_error, failures, next_attempt_at) VALUES (@feed, @now, @error, 1, @next)
            ON CONFLICT (name) DO UPDATE SET last_attempt_at = @now, last_error = @error, failures = failures + 1, next_attempt_at = @next
            """,
            new { feed, now = Utc.Text(now), next = Utc.Text(now + DelayAfter(failures + 1)), error = error.Length <= MostErrorLength ? error : error[..MostErrorLength] },
            t),
        cancel);
}
