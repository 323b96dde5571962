using System.Text;
using System.Text.RegularExpressions;
using Dapper;
using Microsoft.Data.Sqlite;
using PatchFlow.Core.Rollouts;
using PatchFlow.Server.Hosts;
using PatchFlow.Server.Storage;

namespace PatchFlow.Server.Reconcile;

/// <summary>
/// Log bytes that came with an answer. They are kept in the transaction that moves the cursor past them, so each byte is kept once.
/// </summary>
/// <param name="Ticket">The ticket.</param>
/// <param name="Bytes">The bytes from the task's cursor on.</param>
internal sealed partial record TicketWords(string Ticket, ReadOnlyMemory<byte> Bytes)
{
    /// <summary>Of a longer log the last part is kept.</summary>
    public const int KeptBytes = 1024 * 1024;

    /// <summary>Keeps them.</summary>
    public void Append(SqliteConnection connection, SqliteTransaction transaction, HostTask task)
    {
        var before = connection.QuerySingleOrDefault<byte[]>("SELECT bytes FROM ticket_logs WHERE ticket = @Ticket", new { Ticket }, transaction);
        byte[] all = [.. before ?? [], .. Bytes.Span];
        connection.Execute(
            """
            INSERT INTO ticket_logs (ticket, change_id, host, bytes) VALUES (@Ticket, @change, @host, @bytes)
            ON CONFLICT (ticket) DO UPDATE SET bytes = excluded.bytes
            """,
            new { Ticket, change = task.Change, host = task.Host, bytes = all[Math.Max(0, all.Length - KeptBytes)..] },
            transaction);
    }

    /// <summary>What is kept of a ticket's log; null where the ticket never said anything.</summary>
    public static byte[]? Read(Database database, string ticket) =>
        database.Read(c => c.QuerySingleOrDefault<byte[]>("SELECT bytes FROM ticket_logs WHERE ticket = @ticket", new { ticket }));

    /// <summary>The tickets of a host in a change that said something.</summary>
    public static IReadOnlyList<string> TicketsOf(Database database, long change, string host) => database.Read(
        c => c.Query<string>("SELECT ticket FROM ticket_logs WHERE change_id = @change AND host = @host ORDER BY rowid", new { change, host }).ToList());

    /// <summary>The sentence of the last <c>@fail CODE SENTENCE</c>: for people; only the exit status proves anything.</summary>
    public static string? LastComplaint(ReadOnlySpan<byte> log)
    {
        var tail = Encoding.UTF8.GetString(log[Math.Max(0, log.Length - 64 * 1024)..]);
        return Complaint().Matches(tail) is [.., var last] ? HostAnswer.Clean(last.Groups[1].Value) : null;
    }

    [GeneratedRegex(@"^@fail \d+ (.+)$", RegexOptions.CultureInvariant | RegexOptions.Multiline)]
    private static partial Regex Complaint();
}
