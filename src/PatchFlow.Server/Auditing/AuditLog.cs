using System.Collections.Immutable;
using Dapper;
using Microsoft.Data.Sqlite;
using PatchFlow.Core.Auditing;
using PatchFlow.Core.Documents;
using PatchFlow.Server.Storage;

namespace PatchFlow.Server.Auditing;

/// <summary>What is to be written to the audit log; sequence and time are given by the log.</summary>
internal sealed record Audit(string Actor, string Origin, string Action, string Object, Digest? Digest = null, ImmutableArray<string> Details = default);

/// <summary>The append-only audit log. An entry is written in the transaction of what it records, and so precedes the effect.</summary>
internal static class AuditLog
{
    /// <summary>Appends an entry; returns its sequence.</summary>
    public static long Append(SqliteConnection connection, SqliteTransaction transaction, Audit audit, DateTimeOffset now)
    {
        var sequence = 1 + connection.ExecuteScalar<long>("SELECT COALESCE(MAX(sequence), 0) FROM audit_entries", transaction: transaction);
        var entry = new AuditEntry
        {
            Sequence = sequence,
            At = CanonicalTime.ToMilliseconds(now),
            Actor = audit.Actor,
            Origin = audit.Origin,
            Action = audit.Action,
            Object = audit.Object,
            Digest = audit.Digest,
            // What hosts and programs said may be anything; the log's lines are bounded and printable.
            Details = audit.Details.IsDefault ? [] : [.. audit.Details.Select(FreeText.From)],
        };
        var bytes = entry.ToBytes();
        connection.Execute(
            "INSERT INTO audit_entries (sequence, at, actor, action, object, bytes, leaf) VALUES (@sequence, @at, @Actor, @Action, @Object, @bytes, @leaf)",
            new { sequence, at = Utc.Text(entry.At), entry.Actor, entry.Action, entry.Object, bytes, leaf = MerkleTree.LeafHash(bytes).Hex },
            transaction);
        return sequence;
    }
}
