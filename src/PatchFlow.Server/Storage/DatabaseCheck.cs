using Dapper;
using Microsoft.Data.Sqlite;

namespace PatchFlow.Server.Storage;

/// <summary>How the database is.</summary>
/// <param name="Trouble">What is wrong, with the remedy; null where nothing is.</param>
/// <param name="CanRead">Whether it can be read.</param>
/// <param name="CanWrite">Whether it can be written: without that nothing that is asked for can be done.</param>
internal sealed record DatabaseState(string? Trouble, bool CanRead, bool CanWrite);

/// <summary>
/// Whether the database can be read and written, and its disk has space left. That it can be written is found out by writing: rights, quotas, and a file system that the
/// kernel has made read-only are seen by nothing else. What a look costs is bounded by how often it writes (one row, flushed to the disk, four times a minute at most), and by how long it
/// waits for who writes just then. A database of which a write succeeds while its disk is full reuses space of its own, and fails with the next one that is larger: so the
/// space is looked at besides.
/// </summary>
internal sealed class DatabaseCheck(Database database, TimeProvider time, ILogger<DatabaseCheck> log) : IDisposable
{
    private const long Megabyte = 1 << 20;
    private static readonly TimeSpan WrittenAgainAfter = TimeSpan.FromSeconds(15), MostWait = TimeSpan.FromSeconds(2);
    private readonly SemaphoreSlim _one = new(1, 1);
    private DateTimeOffset? _writtenAt;
    private string? _trouble;

    /// <summary>With fewer bytes left the disk counts as full: about what a day's log and a large feed take while they are written.</summary>
    public long LeastBytes { get; init; } = 64 * Megabyte;

    /// <summary>Looks.</summary>
    public async Task<DatabaseState> LookAsync(CancellationToken cancel)
    {
        try
        {
            database.Read(c => c.ExecuteScalar<long>("SELECT COUNT(*) FROM meta"));
        }
        catch (Exception e) when (e is SqliteException or IOException)
        {
            log.LogError(e, "the database does not answer");
            return new($"it does not answer: {DiskTrouble.Remedy}, and at the log", false, false);
        }

        return await WhyNotWritableAsync(cancel) is { } trouble ? new(trouble, true, false) : new(WhyNarrow(), true, true);
    }

    /// <inheritdoc/>
    public void Dispose() => _one.Dispose();

    private async Task<string?> WhyNotWritableAsync(CancellationToken cancel)
    {
        await _one.WaitAsync(cancel);
        try
        {
            var now = time.GetUtcNow();
            if (_writtenAt is not { } last || now - last >= WrittenAgainAfter || now < last)
            {
                var trouble = await TryWriteAsync(now, cancel);
                if (trouble != _trouble)
                {
                    log.Log(trouble is null ? LogLevel.Warning : LogLevel.Error, "database: {Trouble}", trouble ?? "it can be written again");
                }

                (_writtenAt, _trouble) = (now, trouble);
            }

            return _trouble;
        }
        finally
        {
            _one.Release();
        }
    }

    // That others write for so long says neither that it can be written nor that it can't.
    private async Task<string?> TryWriteAsync(DateTimeOffset now, CancellationToken cancel)
    {
        try
        {
            return await database.TryTouchAsync(now, MostWait, cancel) ? null : _trouble;
        }
        catch (Exception e) when (e is SqliteException or IOException)
        {
            return $"{DiskTrouble.Why(e)}: nothing is fetched, decided or carried out until it can; {DiskTrouble.Remedy}";
        }
    }

    private string? WhyNarrow()
    {
        try
        {
            var left = new DriveInfo(Path.GetDirectoryName(database.File)!).AvailableFreeSpace;
            return left >= LeastBytes ? null
                : $"the disk of the data directory has {left / Megabyte} MB left, less than {LeastBytes / Megabyte}: make room there, soon nothing can be fetched, decided or carried out";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"how much space the disk of the data directory has left can't be found out ({e.Message}): {DiskTrouble.Remedy}";
        }
    }
}
