using Dapper;
using PatchFlow.Core.Auditing;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Hosts;
using PatchFlow.Server.Hosts;

namespace PatchFlow.Server.Tests.Reconcile;

/// <summary>What holds whatever went wrong at whichever effect.</summary>
internal static class CrashInvariants
{
    /// <summary>Before a call has its effect: its entry is there, and an attempt begins only where the one before has ended.</summary>
    public static void Witness(Ground ground, TestServer server, string host, HostCall call)
    {
        if (call.Words[0] is not ("start" or "stage"))
        {
            return;
        }

        var entry = server.Database.Read(c => c.Query<byte[]>(
            "SELECT bytes FROM audit_entries WHERE object IN ('change:1', @task) ORDER BY sequence DESC", new { task = $"change:1/{host}" }, buffered: false)
            .Select(b => AuditEntry.Parse(b)).FirstOrDefault(e => call.Words[0] == "stage" ? e.Action == "host.stage" : e.Details.Contains($"ticket {call.Words[1]}")));
        Assert.NotNull(entry);
        if (call.Words[0] == "start")
        {
            var ticket = TicketId.Parse(call.Words[1]);
            var before = ground.Fleet.Hosts[host].Tickets.Where(t => t.Id.Kind == ticket.Kind && t.Id.Attempt < ticket.Attempt).ToList();
            Assert.Equal(ticket.Attempt - 1, before.Count);
            Assert.DoesNotContain(before, t => t.State is "running" or "pending");
        }
    }

    /// <summary>Attempts of each kind are numbered without a gap, each is one ticket, and none is at work any more.</summary>
    public static void TicketsAreInOrder(SimulatedHost host)
    {
        foreach (var kind in host.Tickets.GroupBy(t => t.Id.Kind))
        {
            Assert.Equal(Enumerable.Range(1, kind.Count()), kind.Select(t => t.Id.Attempt).Order());
        }

        Assert.DoesNotContain(host.Tickets, t => t.State is "running" or "pending");
    }

    /// <summary>The audit log is whole: numbered without a gap, in order of time, and each row says what its bytes and their leaf hash say.</summary>
    public static void AuditVerifies(TestServer server)
    {
        var rows = server.Database.Read(c => c.Query<Row>("SELECT sequence, actor, action, object, bytes, leaf FROM audit_entries ORDER BY sequence").ToList());
        var before = DateTimeOffset.MinValue;
        foreach (var (row, number) in rows.Select((row, i) => (row, i + 1)))
        {
            var entry = AuditEntry.Parse(row.Bytes);
            Assert.Equal((number, number), (row.Sequence, entry.Sequence));
            Assert.Equal((entry.Actor, entry.Action, entry.Object), (row.Actor, row.Action, row.Object));
            Assert.Equal(MerkleTree.LeafHash(row.Bytes), Digest.Parse(row.Leaf));
            Assert.True(entry.At >= before, $"entry {number} is older than the one before");
            before = entry.At;
        }
    }

    private sealed record Row(long Sequence, string Actor, string Action, string Object, byte[] Bytes, string Leaf);
}
