using System.Globalization;
using Dapper;
using Microsoft.Data.Sqlite;

namespace PatchFlow.Server.Reconcile;

/// <summary>Numbers of this installation that only rise (table <c>meta</c>): hosts remember the highest they have seen.</summary>
internal static class Installation
{
    private const string EpochKey = "epoch";
    private const string SequenceKey = "sequence";

    /// <summary>The epoch: 1 until a restored copy takes a higher one.</summary>
    public static long Epoch(SqliteConnection connection) => Find(connection, EpochKey) ?? 1;

    /// <summary>The highest plan sequence that was given out.</summary>
    public static long Sequence(SqliteConnection connection) => Find(connection, SequenceKey) ?? 0;

    /// <summary>Takes the next plan sequence.</summary>
    public static long NextSequence(SqliteConnection connection, SqliteTransaction transaction)
    {
        var next = Sequence(connection) + 1;
        connection.Execute(
            "INSERT INTO meta (key, value) VALUES (@key, @value) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            new { key = SequenceKey, value = next.ToString(CultureInfo.InvariantCulture) },
            transaction);
        return next;
    }

    private static long? Find(SqliteConnection connection, string key) =>
        connection.QuerySingleOrDefault<string>("SELECT value FROM meta WHERE key = @key", new { key }) is { } text
            ? long.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture)
            : null;
}
