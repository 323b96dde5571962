using System.Globalization;
using Dapper;
using PatchFlow.Client;
using PatchFlow.Core.Auditing;
using PatchFlow.Core.Documents;
using PatchFlow.Server.Storage;

namespace PatchFlow.Server.Api.Reads;

/// <summary>The audit log, cut in the database since it only grows.</summary>
internal sealed class AuditReads(Database database)
{
    private const string All = """
        (@actor IS NULL OR actor = @actor) AND (@action IS NULL OR action = @action)
        AND (@of IS NULL OR object = @of) AND (@since IS NULL OR at >= @since)
        """;

    // The character after '/' is '0': the range holds the change's hosts, and no other change.
    private const string OfChange = "(object = @of OR (object >= @of || '/' AND object < @of || '0'))";

    /// <summary>The part of the log that the request asks for.</summary>
    public Page<AuditView> Page(ListRequest list) => Read(list, All, View, new
    {
        actor = list.Text("actor"),
        action = list.Text("action"),
        of = list.Text("object"),
        since = Utc.Text(list.Value<DateTimeOffset>("since")),
    });

    /// <summary>What happened to a change and its hosts.</summary>
    public Page<TimelineEntry> Timeline(ListRequest list, long change) => Read(list, OfChange, Line, new
    {
        of = string.Create(CultureInfo.InvariantCulture, $"change:{change}"),
    });

    /// <summary>The entry.</summary>
    /// <exception cref="RefusedException">There is none.</exception>
    public AuditRow Get(long sequence) =>
        database.Read(c => c.QuerySingleOrDefault<AuditRow>("SELECT sequence, bytes, leaf FROM audit_entries WHERE sequence = @sequence", new { sequence }))
        ?? throw RefusedException.NotFound($"there is no audit entry {sequence}: see /api/v1/audit");

    /// <summary>What an entry says, in the wire's words.</summary>
    public static AuditView View(AuditRow row)
    {
        var entry = AuditEntry.Parse(row.Bytes);
        return new(entry.Sequence, entry.At, entry.Actor, entry.Origin, entry.Action, entry.Object, entry.Digest?.Hex, entry.Details, row.Leaf);
    }

    private static TimelineEntry Line(AuditRow row)
    {
        var entry = AuditEntry.Parse(row.Bytes);
        return new(entry.Sequence, entry.At, entry.Actor, entry.Action, entry.Object, entry.Details);
    }

    private static long ReadPlace(string place) =>
        Numerals.TryRead(place, out long sequence) ? sequence : throw ListRequest.ForeignCursor();

    private Page<T> Read<T>(ListRequest list, string where, Func<AuditRow, T> view, object filter)
    {
        var parameters = new DynamicParameters(filter);
        parameters.Add("after", list.After is { } place ? ReadPlace(place) : list.IsDescending ? long.MaxValue : 0);
        parameters.Add("limit", list.Limit + 1);
        var (order, beyond) = list.IsDescending ? ("DESC", "<") : ("ASC", ">");
        var (rows, total) = database.Read(c => (
            c.Query<AuditRow>($"SELECT sequence, bytes, leaf FROM audit_entries WHERE {where} AND sequence {beyond} @after ORDER BY sequence {order} LIMIT @limit", parameters).AsList(),
            c.ExecuteScalar<long>($"SELECT COUNT(*) FROM audit_entries WHERE {where}", parameters)));
        var items = rows.Take(list.Limit).ToList();
        return new([.. items.Select(view)], rows.Count > items.Count ? list.CursorAt($"{items[^1].Sequence}") : null, total);
    }
}

/// <summary>A row of <c>audit_entries</c>.</summary>
internal sealed record AuditRow(long Sequence, byte[] Bytes, string Leaf);
