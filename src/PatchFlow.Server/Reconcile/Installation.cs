using System.Collections.Immutable;
using System.Globalization;
using Dapper;
using Microsoft.Data.Sqlite;

namespace PatchFlow.Server.Reconcile;

/// <summary>A host that has seen more than this database has.</summary>
internal sealed record AheadHost(string Host, long Epoch, long Sequence);

/// <summary>Numbers of this installation that only rise (table <c>meta</c>): hosts remember the highest they have seen.</summary>
internal static class Installation
{
    private const long MostAhead = 1_000_000;
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
        Set(connection, transaction, SequenceKey, next.ToString(CultureInfo.InvariantCulture));
        return next;
    }

    /// <summary>Keeps that a host has seen more than this database, where it has: then it is an old copy, and nothing may begin anywhere.</summary>
    public static void Compare(SqliteConnection connection, SqliteTransaction transaction, string host, long epoch, long sequence)
    {
        if (epoch > Epoch(connection) || sequence > Sequence(connection))
        {
            Set(connection, transaction, Ahead + host, string.Create(CultureInfo.InvariantCulture, $"{epoch} {sequence}"));
        }
    }

    /// <summary>
    /// Why nothing may begin on any host; null where no host that is not retired has seen more than this database. It does not pass by
    /// itself: plans that an old copy seals bring its own number up to what a host has seen, and make it no newer.
    /// </summary>
    public static string? WhyBehind(SqliteConnection connection) => Marks(connection) is [var (host, epoch, sequence), ..]
        ? $"{host} has seen epoch {epoch} and plan sequence {sequence}, which this server never gave out (it knows {Epoch(connection)} and {Sequence(connection)}): its "
            + $"database is an old copy, and nothing begins on any host; restore the newest one, or retire {host} if it is another installation's, or where "
            + "nothing newer is left, look at the hosts and then 'patchflow hosts overtake'"
        : null;

    /// <summary>
    /// Goes on from what every host has seen so far, with a higher epoch than any, so that hosts refuse the copy that came this far. Answers
    /// the hosts that were ahead; none where none was, and then nothing was changed.
    /// </summary>
    public static ImmutableArray<AheadHost> Overtake(SqliteConnection connection, SqliteTransaction transaction)
    {
        var marks = Marks(connection);
        if (!marks.IsEmpty)
        {
            Set(connection, transaction, EpochKey, (Math.Max(Epoch(connection), marks.Max(m => m.Epoch)) + 1).ToString(CultureInfo.InvariantCulture));
            Set(connection, transaction, SequenceKey, Math.Max(Sequence(connection), marks.Max(m => m.Sequence)).ToString(CultureInfo.InvariantCulture));
            connection.Execute("DELETE FROM meta WHERE substr(key, 1, length(@Ahead)) = @Ahead", new { Ahead }, transaction);
        }

        return marks;
    }

    /// <summary>
    /// The hosts whose numbers no copy of this installation can have reached. Taken over they would be spread to every host, and numbers
    /// never fall again: one host that lies could end the installation.
    /// </summary>
    public static ImmutableArray<AheadHost> Beyond(SqliteConnection connection)
    {
        var (epoch, sequence) = (Epoch(connection) + MostAhead, Sequence(connection) + MostAhead);
        return [.. Marks(connection).Where(m => m.Epoch > epoch || m.Sequence > sequence)];
    }

    /// <summary>Changes with a plan that have not ended, with their states: after an overtaking they would go on. Rolling back goes on: it only brings back what was there.</summary>
    public static ImmutableArray<string> Undecided(SqliteConnection connection) => Marks(connection).IsEmpty
        ? []
        : [.. connection.Query<(long Id, string Status)>(
                "SELECT id, status FROM changes WHERE open = 1 AND plan IS NOT NULL AND status NOT IN ('RollingBack', 'Aborted') ORDER BY id")
            .Select(c => $"CHG-{c.Id} ({c.Status})")];

    private static ImmutableArray<AheadHost> Marks(SqliteConnection connection) =>
    [
        .. connection.Query<(string Host, string Value)>(
                "SELECT h.id, m.value FROM hosts h JOIN meta m ON m.key = @prefix || h.id WHERE LOWER(h.state) <> 'retired' ORDER BY h.id", new { prefix = Ahead })
            .Select(m => (m.Host, Numbers: m.Value.Split(' ').Select(n => long.Parse(n, NumberStyles.None, CultureInfo.InvariantCulture)).ToArray()))
            .Select(m => new AheadHost(m.Host, m.Numbers[0], m.Numbers[1])),
    ];

    private static void Set(SqliteConnection connection, SqliteTransaction transaction, string key, string value) => connection.Execute(
        "INSERT INTO meta (key, value) VALUES (@key, @value) ON CONFLICT (key) DO UPDATE SET value = excluded.value", new { key, value }, transaction);

    private static long? Find(SqliteConnection connection, string key) =>
        connection.QuerySingleOrDefault<string>("SELECT value FROM meta WHERE key = @key", new { key }) is { } text
            ? long.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture)
            : null;
}
