using System.Collections.Immutable;
using Dapper;
using Microsoft.Data.Sqlite;
using PatchFlow.Core.Changes;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Planning;
using PatchFlow.Core.Rollouts;
using PatchFlow.Server.Storage;

namespace PatchFlow.Server.Reconcile;

/// <summary>The rows of a change, read and written within a caller's snapshot or transaction. Each update finds the revision it was planned from, or nothing.</summary>
internal static class Rows
{
    private const string ChangeColumns = "revision, waiting, body FROM changes";
    private const string RunColumns = "id, revision, body FROM work_runs";

    public static Change? FindChange(SqliteConnection connection, long id) =>
        connection.QuerySingleOrDefault<ChangeRow>($"SELECT {ChangeColumns} WHERE id = @id", new { id })?.Change;

    public static IEnumerable<Change> Changes(SqliteConnection connection) =>
        connection.Query<ChangeRow>($"SELECT {ChangeColumns} ORDER BY id").Select(r => r.Change);

    public static IEnumerable<Change> ChangesOf(SqliteConnection connection, string group) =>
        connection.Query<ChangeRow>($"SELECT {ChangeColumns} WHERE grp = @group ORDER BY id", new { group }).Select(r => r.Change);

    /// <summary>
    /// The open changes but one, as far as they can be in its way. One whose body can't be read holds the hosts that its tasks' rows name:
    /// what is wrong with it is said where it is loaded itself, and must not stop the others.
    /// </summary>
    public static ImmutableArray<OtherChange> Others(SqliteConnection connection, long except) =>
    [
        .. connection.Query<OtherRow>("SELECT id, status, body FROM changes WHERE open = 1 AND id <> @except ORDER BY id", new { except }).Select(r => new OtherChange(
            r.Id,
            Enum.TryParse<ChangeStatus>(r.Status, out var status) ? status : ChangeStatus.RollingOut,
            r.Status != nameof(ChangeStatus.Proposed),
            HostsOf(r.Body) ?? [.. connection.Query<string>("SELECT host FROM host_tasks WHERE change_id = @id ORDER BY host", new { id = r.Id })])),
    ];

    private static ImmutableArray<string>? HostsOf(string body)
    {
        try
        {
            return StateJson.Read<Change>(body).Hosts;
        }
        catch (Exception e) when (e is System.Text.Json.JsonException or InvalidDataException or FormatException or ArgumentException or DocumentException)
        {
            // The same exception comes where the change itself is loaded, and is shown in health then.
            return null;
        }
    }

    public static IEnumerable<Change> OpenChanges(SqliteConnection connection) =>
        connection.Query<ChangeRow>($"SELECT {ChangeColumns} WHERE open = 1 ORDER BY id").Select(r => r.Change);

    public static ImmutableArray<HostTask> Tasks(SqliteConnection connection, long change) =>
    [
        .. connection.Query<BodyRow>("SELECT revision, body FROM host_tasks WHERE change_id = @change ORDER BY wave, host", new { change })
            .Select(r => StateJson.Read<HostTask>(r.Body) with { Revision = r.Revision }),
    ];

    public static ImmutableArray<WorkRun> Runs(SqliteConnection connection, long change) =>
        [.. connection.Query<RunRow>($"SELECT {RunColumns} WHERE change_id = @change ORDER BY id", new { change }).Select(r => r.Run)];

    public static WorkRun? LastRun(SqliteConnection connection, long change, WorkKind kind) => connection.QuerySingleOrDefault<RunRow>(
        $"SELECT {RunColumns} WHERE change_id = @change AND kind = @kind ORDER BY id DESC LIMIT 1", new { change, kind = kind.ToString() })?.Run;

    public static ImmutableArray<Decision> Decisions(SqliteConnection connection, long change) =>
        [.. KeptDecisions(connection, change).Select(d => d.Decision)];

    /// <summary>The decisions as they count: an approval that is <see cref="Uncounted"/> counts as an abstention; a rejection stands (ADR 8).</summary>
    public static ImmutableArray<Decision> CountedDecisions(SqliteConnection connection, Change change)
    {
        var uncounted = Uncounted(connection, change);
        return [.. KeptDecisions(connection, change.Id).Select(d => uncounted.Contains(d.Digest) ? d.Decision with { Vote = Vote.Abstain } : d.Decision)];
    }

    /// <summary>
    /// The approvals that don't count: until the rollout starts those of whoever may not approve any more, and from then on those that did
    /// not count when it started.
    /// </summary>
    public static ImmutableArray<Digest> Uncounted(SqliteConnection connection, Change change)
    {
        if (!change.Status.IsBeforeRollout())
        {
            return change.Uncounted;
        }

        var decisions = KeptDecisions(connection, change.Id).Where(d => d.Decision.Vote == Vote.Approve).ToList();
        if (decisions.Count == 0)
        {
            return [];
        }

        var stripped = connection.Query<string>("SELECT 'user:' || id FROM users WHERE disabled <> 0 OR ',' || LOWER(roles) || ',' NOT LIKE '%,approver,%'").ToHashSet();
        return [.. decisions.Where(d => stripped.Contains(d.Decision.Subject)).Select(d => d.Digest)];
    }

    private static IEnumerable<(Digest Digest, Decision Decision)> KeptDecisions(SqliteConnection connection, long change) =>
        connection.Query<string>("SELECT digest FROM decisions WHERE change_id = @change ORDER BY id", new { change })
            .Select(hex => Digest.Parse(hex))
            .Select(digest => (digest, Decision.Parse(Documents.Find(connection, digest))));

    public static long LastDecision(SqliteConnection connection, long change, SqliteTransaction? transaction = null) =>
        connection.ExecuteScalar<long>("SELECT COALESCE(MAX(id), 0) FROM decisions WHERE change_id = @change", new { change }, transaction);

    public static ImmutableArray<OperatorCommand> Commands(SqliteConnection connection, long change) =>
    [
        .. connection.Query<CommandRow>("SELECT id, action, host, subject, reason FROM commands WHERE change_id = @change AND answer IS NULL ORDER BY id", new { change })
            .Select(r => new OperatorCommand(r.Id, Enum.Parse<CommandAction>(r.Action), r.Host, r.Subject, r.Reason)),
    ];

    public static void Insert(SqliteConnection connection, SqliteTransaction transaction, Change change) => connection.Execute(
        "INSERT INTO changes (id, revision, status, open, grp, plan, body) VALUES (@id, 0, @status, @open, @grp, @plan, @body)", Columns(change), transaction);

    public static bool Update(SqliteConnection connection, SqliteTransaction transaction, Change change) => 1 == connection.Execute(
        """
        UPDATE changes SET revision = revision + 1, status = @status, open = @open, grp = @grp, plan = @plan, body = @body
        WHERE id = @id AND revision = @revision
        """,
        Columns(change),
        transaction);

    public static void Insert(SqliteConnection connection, SqliteTransaction transaction, HostTask task) => connection.Execute(
        "INSERT INTO host_tasks (change_id, host, revision, wave, status, body) VALUES (@change, @host, 0, @wave, @status, @body)", Columns(task), transaction);

    public static bool Update(SqliteConnection connection, SqliteTransaction transaction, HostTask task) => 1 == connection.Execute(
        "UPDATE host_tasks SET revision = revision + 1, status = @status, body = @body WHERE change_id = @change AND host = @host AND revision = @revision",
        Columns(task),
        transaction);

    public static WorkRun Insert(SqliteConnection connection, SqliteTransaction transaction, WorkRun run)
    {
        var id = connection.ExecuteScalar<long>("SELECT COALESCE(MAX(id), 0) + 1 FROM work_runs", transaction: transaction);
        var numbered = run with { Id = id };
        connection.Execute(
            "INSERT INTO work_runs (id, revision, change_id, kind, plan, status, body) VALUES (@id, 0, @change, @kind, @plan, @status, @body)",
            Columns(numbered),
            transaction);
        return numbered;
    }

    public static bool Update(SqliteConnection connection, SqliteTransaction transaction, WorkRun run) => 1 == connection.Execute(
        "UPDATE work_runs SET revision = revision + 1, status = @status, body = @body WHERE id = @id AND revision = @revision", Columns(run), transaction);

    private static object Columns(Change change) => new
    {
        id = change.Id,
        revision = change.Revision,
        status = change.Status.ToString(),
        open = change.IsOpen ? 1 : 0,
        grp = change.Group,
        plan = change.Plan?.Hex,
        body = StateJson.Write(change),
    };

    private static object Columns(HostTask task) => new
    {
        change = task.Change,
        host = task.Host,
        revision = task.Revision,
        wave = task.Wave,
        status = task.Status.ToString(),
        body = StateJson.Write(task),
    };

    private static object Columns(WorkRun run) => new
    {
        id = run.Id,
        revision = run.Revision,
        change = run.Change,
        kind = run.Kind.ToString(),
        plan = run.Plan?.Hex,
        status = run.Status.ToString(),
        body = StateJson.Write(run),
    };

    private sealed record ChangeRow(long Revision, string? Waiting, string Body)
    {
        public Change Change => StateJson.Read<Change>(Body) with { Revision = Revision, Waiting = Waiting is null ? null : StateJson.Read<Waiting>(Waiting) };
    }

    private sealed record OtherRow(long Id, string Status, string Body);

    private sealed record BodyRow(long Revision, string Body);

    private sealed record RunRow(long Id, long Revision, string Body)
    {
        public WorkRun Run => StateJson.Read<WorkRun>(Body) with { Id = Id, Revision = Revision };
    }

    private sealed record CommandRow(long Id, string Action, string? Host, string Subject, string? Reason);
}
