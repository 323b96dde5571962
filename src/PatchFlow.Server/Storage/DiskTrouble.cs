using Microsoft.Data.Sqlite;

namespace PatchFlow.Server.Storage;

/// <summary>What says that the data directory's disk is full, or can't be written any more.</summary>
internal static class DiskTrouble
{
    /// <summary>What a person does about it.</summary>
    public const string Remedy = "look at the space and the rights of the data directory";

    // Result codes of SQLite (sqlite.org/rescode.html), and of system calls (errno(3)), which the framework hands on as they are.
    private const int SqliteReadOnly = 8, SqliteInputOutput = 10, SqliteFull = 13, SqliteCantOpen = 14;
    private const int InputOutput = 5, NoSpace = 28, ReadOnlyDisk = 30, Quota = 122;

    /// <summary>Whether an exception says so.</summary>
    public static bool Is(Exception e) => e switch
    {
        SqliteException sqlite => sqlite.SqliteErrorCode is SqliteReadOnly or SqliteInputOutput or SqliteFull or SqliteCantOpen,
        IOException io => io.HResult is InputOutput or NoSpace or ReadOnlyDisk or Quota,
        _ => false,
    };

    /// <summary>What an exception of a write means, without the remedy.</summary>
    public static string Why(Exception e) => e is SqliteException { SqliteErrorCode: SqliteFull } or IOException { HResult: NoSpace or Quota }
        ? $"the disk of the data directory is full ({Said(e)})"
        : $"{(e is SqliteException ? "the database" : "the data directory")} can't be written ({Said(e)})";

    private static string Said(Exception e) => e.Message.TrimEnd('.');
}
