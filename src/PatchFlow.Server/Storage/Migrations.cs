using System.Globalization;
using Dapper;
using Microsoft.Data.Sqlite;

namespace PatchFlow.Server.Storage;

/// <summary>Numbered SQL files (<c>NNNN_name.sql</c>, embedded), each run once, in order, in one transaction.</summary>
internal static class Migrations
{
    private const string Prefix = "PatchFlow.Server.Storage.Migrations.";

    public static void Run(SqliteConnection connection)
    {
        var done = connection.ExecuteScalar<long>("PRAGMA user_version");
        var known = Files().ToList();
        if (done > known[^1].Number)
        {
            throw new InvalidOperationException(
                $"the database has schema version {done}, this program knows {known[^1].Number}: start the newer program, or restore an older copy");
        }

        foreach (var (number, sql) in known.Where(m => m.Number > done))
        {
            using var transaction = connection.BeginTransaction();
            connection.Execute(sql, transaction: transaction);
            connection.Execute($"PRAGMA user_version = {number}", transaction: transaction);
            transaction.Commit();
        }
    }

    private static IEnumerable<(int Number, string Sql)> Files()
    {
        var assembly = typeof(Migrations).Assembly;
        foreach (var name in assembly.GetManifestResourceNames().Where(n => n.StartsWith(Prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            yield return (int.Parse(name.AsSpan(Prefix.Length, 4), CultureInfo.InvariantCulture), reader.ReadToEnd());
        }
    }
}
