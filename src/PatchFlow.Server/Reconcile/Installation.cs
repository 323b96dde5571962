using System.Globalization;
using Dapper;
using Microsoft.Data.Sqlite;

namespace PatchFlow.Server.Reconcile;

/// <summary>Numbers of this installation that only rise (table <c>meta</c>): hosts remember the highest they have seen.</summary>
internal static class Installation
{
    private const string EpochKey = "epoch";
    private const string Ahead = "ahead.";
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

    /// <summary>Keeps that a host has seen more than this database: then it is an old copy, and nothing may begin anywhere.</summary>
    public static void SetAhead(SqliteConnection connection, SqliteTransaction transaction, string host, long epoch, long sequence) => connection.Execute(
        "INSERT INTO meta (key, value) VALUES (@key, @value) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        new { key = Ahead + host, value = string.Create(CultureInfo.InvariantCulture, $"{epoch} {sequence}") },
        transaction);

    /// <summary>Why nothing may begin on any host; null where no host that is not retired has seen more than this database.</summary>
    public static string? WhyBehind(SqliteConnection connection)
    {
        var seen = connection.Query<(string Host, string Value)>(
            "SELECT h.id, m.value FROM hosts h JOIN meta m ON m.key = @prefix || h.id WHERE LOWER(h.state) <> 'retired' ORDER BY h.id", new { prefix = Ahead });
        foreach (var (host, value) in seen)
        {
            var numbers = value.Split(' ').Select(n => long.Parse(n, NumberStyles.None, CultureInfo.InvariantCulture)).ToArray();
            if (numbers[0] > Epoch(connection) || numbers[1] > Sequence(connection))
            {
                return $"{host} has seen epoch {numbers[0]} and plan sequence {numbers[1]}, this server knows {Epoch(connection)} and {Sequence(connection)}: its database "
                    + $"is an old copy, and nothing begins on any host; restore the newest one (or retire {host}, if it belonged to another installation)";
            }
        }

        return null;
    }

    private static long? Find(SqliteConnection connection, string key) =>
        connection.QuerySingleOrDefault<string>("SELECT value FROM meta WHERE key = @key", new { key }) is { } text
            ? long.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture)
            : null;
}
