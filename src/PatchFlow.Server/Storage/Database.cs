using Dapper;
using Microsoft.Data.Sqlite;

namespace PatchFlow.Server.Storage;

/// <summary>
/// The SQLite database: WAL, synchronous FULL, foreign keys, one writer at a time. Readers see the last commit and never wait.
/// </summary>
internal sealed class Database : IDisposable
{
    private const int Busy = 5;
    private const string Patience = "PRAGMA busy_timeout = 30000";
    private static readonly AsyncLocal<CommitCount?> Counting = new();
    private readonly string _connectionString;
    private readonly SemaphoreSlim _writer = new(1, 1);
    private readonly SqliteConnection _writing;
    private long _commits;

    /// <summary>Opens (or creates) the database file, asserts its settings and runs the migrations that are missing.</summary>
    /// <exception cref="InvalidOperationException">The settings can't be had: the promise of durability would not hold.</exception>
    public Database(string path)
    {
        File = Path.GetFullPath(path);
        Directory.CreateDirectory(Path.GetDirectoryName(File)!);
        _connectionString = new SqliteConnectionStringBuilder { DataSource = path, Pooling = true, DefaultTimeout = 30 }.ToString();
        _writing = Open();
        _writing.Execute("PRAGMA journal_mode = WAL");
        AssertSetting("journal_mode", "wal");
        AssertSetting("synchronous", "2");
        AssertSetting("foreign_keys", "1");
        Migrations.Run(_writing);
    }

    /// <summary>The database's file: what must outlive a restored database lies beside it.</summary>
    public string File { get; }

    /// <summary>How often anything was committed since the start: while it stays the same, so does all that can be read.</summary>
    public long Commits => Volatile.Read(ref _commits);

    /// <summary>Counts from now on what the caller, and whatever it calls, commits.</summary>
    public static CommitCount CountCommits() => Counting.Value = new CommitCount();

    /// <summary>Reads on a connection of its own: a consistent snapshot for the length of the call.</summary>
    public T Read<T>(Func<SqliteConnection, T> read)
    {
        using var connection = Open();
        using var snapshot = connection.BeginTransaction(deferred: true);
        return read(connection);
    }

    /// <summary>Runs <paramref name="write"/> in the one write transaction; it is committed durably, or not at all.</summary>
    public async Task<T> WriteAsync<T>(Func<SqliteConnection, SqliteTransaction, T> write, CancellationToken cancel = default)
    {
        await _writer.WaitAsync(cancel);
        try
        {
            using var transaction = _writing.BeginTransaction(deferred: false);
            var result = write(_writing, transaction);
            transaction.Commit();
            Interlocked.Increment(ref _commits);
            Counting.Value?.Add();
            return result;
        }
        finally
        {
            _writer.Release();
        }
    }

    /// <inheritdoc cref="WriteAsync{T}"/>
    public Task WriteAsync(Action<SqliteConnection, SqliteTransaction> write, CancellationToken cancel = default) =>
        WriteAsync((c, t) => { write(c, t); return true; }, cancel);

    /// <summary>Writes a time that nobody reads, durably: whether anything can be written is known by writing. It counts as no commit, since nothing is new by it.</summary>
    /// <returns>Whether it was written; false where others write, here or in another process, all the time that it may wait for each.</returns>
    public async Task<bool> TryTouchAsync(DateTimeOffset now, TimeSpan most, CancellationToken cancel)
    {
        if (!await _writer.WaitAsync(most, cancel))
        {
            return false;
        }

        try
        {
            _writing.Execute($"PRAGMA busy_timeout = {(int)most.TotalMilliseconds}");
            _writing.Execute(
                "INSERT INTO meta (key, value) VALUES ('touched', @now) ON CONFLICT (key) DO UPDATE SET value = @now", new { now = Utc.Text(now) }, commandTimeout: (int)most.TotalSeconds);
            return true;
        }
        catch (SqliteException e) when (e.SqliteErrorCode == Busy)
        {
            return false;
        }
        finally
        {
            _writing.Execute(Patience);
            _writer.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _writing.Dispose();
        _writer.Dispose();
        SqliteConnection.ClearPool(new SqliteConnection(_connectionString));
    }

    private SqliteConnection Open()
    {
        var connection = new SqliteConnection(_connectionString);
        connection.Open();
        connection.Execute($"PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; {Patience}");
        return connection;
    }

    private void AssertSetting(string name, string expected)
    {
        var actual = _writing.ExecuteScalar<string>($"PRAGMA {name}");
        if (actual != expected)
        {
            throw new InvalidOperationException($"SQLite setting {name} is '{actual}', not '{expected}': refusing to run without it");
        }
    }
}

/// <summary>How many transactions were committed within a flow of calls.</summary>
internal sealed class CommitCount
{
    private int _count;

    /// <summary>Whether there was none.</summary>
    public bool IsNone => Volatile.Read(ref _count) == 0;

    /// <summary>One more.</summary>
    public void Add() => Interlocked.Increment(ref _count);
}
