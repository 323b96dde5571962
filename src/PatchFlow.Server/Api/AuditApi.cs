using Dapper;
using PatchFlow.Client;
using PatchFlow.Core.Auditing;
using PatchFlow.Server.Storage;

namespace PatchFlow.Server.Api;

/// <summary><c>/api/v1/audit</c>: the append-only log, cut in the database since it only grows.</summary>
internal static class AuditApi
{
    private static readonly QueryMark List = new(
        ["sequence"],
        new QueryFilter("actor", typeof(string), "only entries of this actor, system or user:ID"),
        new QueryFilter("action", typeof(string), "only entries of this action, for example change.approve"),
        new QueryFilter("object", typeof(string), "only entries on this object, for example change:42"),
        new QueryFilter("since", typeof(DateTimeOffset), "only entries from this time on"));

    private const string Where = """
        (@actor IS NULL OR actor = @actor) AND (@action IS NULL OR action = @action)
        AND (@of IS NULL OR object = @of) AND (@since IS NULL OR at >= @since)
        """;

    public static void Map(IEndpointRouteBuilder api)
    {
        var audit = api.MapGroup("/audit").WithTags("audit").RequirePermission(Permission.ReadAudit);
        audit.MapGet("/", (ListRequest list, Database database) => new Answer<Page<AuditView>>(Read(list, database)))
            .WithMetadata(List).WithSummary("Audit entries, oldest first.");
        audit.MapGet("/{sequence:long}", (long sequence, Database database) => new Answer<AuditView>(View(Get(database, sequence))))
            .WithSummary("An audit entry.");
        audit.MapGet("/{sequence:long}/text", (long sequence, Database database) => new TextAnswer(Get(database, sequence).Bytes))
            .WithSummary("An audit entry's own bytes.");
    }

    /// <summary>What an entry says, in the wire's words.</summary>
    internal static AuditView View(AuditRow row)
    {
        var entry = AuditEntry.Parse(row.Bytes);
        return new(entry.Sequence, entry.At, entry.Actor, entry.Origin, entry.Action, entry.Object, entry.Digest?.Hex, entry.Details, row.Leaf);
    }

    private static Page<AuditView> Read(ListRequest list, Database database)
    {
        var filter = new
        {
            actor = list.Text("actor"),
            action = list.Text("action"),
            of = list.Text("object"),
            since = Utc.Text(list.Value<DateTimeOffset>("since")),
            after = list.After is { } place ? long.Parse(place, System.Globalization.CultureInfo.InvariantCulture) : list.IsDescending ? long.MaxValue : 0,
            limit = list.Limit + 1,
        };
        var (order, beyond) = list.IsDescending ? ("DESC", "<") : ("ASC", ">");
        var (rows, total) = database.Read(c => (
            c.Query<AuditRow>($"SELECT sequence, bytes, leaf FROM audit_entries WHERE {Where} AND sequence {beyond} @after ORDER BY sequence {order} LIMIT @limit", filter).AsList(),
            c.ExecuteScalar<long>($"SELECT COUNT(*) FROM audit_entries WHERE {Where}", filter)));
        var items = rows.Take(list.Limit).ToList();
        return new([.. items.Select(View)], rows.Count > items.Count ? list.CursorAt($"{items[^1].Sequence}") : null, total);
    }

    private static AuditRow Get(Database database, long sequence) =>
        database.Read(c => c.QuerySingleOrDefault<AuditRow>("SELECT sequence, bytes, leaf FROM audit_entries WHERE sequence = @sequence", new { sequence }))
        ?? throw RefusedException.NotFound($"there is no audit entry {sequence}: see /api/v1/audit");
}

/// <summary>A row of <c>audit_entries</c>.</summary>
internal sealed record AuditRow(long Sequence, byte[] Bytes, string Leaf);
