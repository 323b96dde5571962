using System.Collections.Immutable;
using Dapper;
using Microsoft.Data.Sqlite;
using PatchFlow.Core.Changes;
using PatchFlow.Core.Planning;
using PatchFlow.Core.Rollouts;
using PatchFlow.Server.Auditing;
using PatchFlow.Server.Storage;

namespace PatchFlow.Server.Reconcile;

/// <summary>Stands around every write, so that a test can end the process before or after any of them.</summary>
internal delegate Task AroundWrite(Func<Task> write);

/// <summary>A change as it was loaded, with the marks by which a later write knows that nothing moved meanwhile.</summary>
internal sealed record Loaded(Change Change, Facts Facts, long LastDecision);

/// <summary>
/// Changes, host tasks, runs, decisions and commands. Every save is a compare-and-swap with its audit entry in the same transaction; a
/// save that finds another revision writes nothing and answers false, and then it is planned again.
/// </summary>
internal sealed class ChangeStore(Database database, TimeProvider time, AroundWrite? around = null)
{
    /// <summary>Where entries of the reconciler come from.</summary>
    public const string Origin = "reconciler";

    /// <summary>The change, or null.</summary>
    public Change? Find(long id) => database.Read(c => Rows.FindChange(c, id));

    /// <summary>All changes by id.</summary>
    public ImmutableArray<Change> All() => database.Read(c => Rows.Changes(c).ToImmutableArray());

    /// <summary>All changes of a host group by id.</summary>
    public ImmutableArray<Change> OfGroup(string group) => database.Read(c => Rows.ChangesOf(c, group).ToImmutableArray());

    /// <summary>The runs of a change, also where its row can't be read.</summary>
    public ImmutableArray<long> RunIds(long change) =>
        database.Read(c => c.Query<long>("SELECT id FROM work_runs WHERE change_id = @change", new { change }).ToImmutableArray());

    /// <summary>Changes in which something is still to happen.</summary>
    public ImmutableArray<Change> Open() => database.Read(c => Rows.OpenChanges(c).ToImmutableArray());

    /// <summary>The hosts of a change's rollout, by wave.</summary>
    public ImmutableArray<HostTask> Tasks(long change) => database.Read(c => Rows.Tasks(c, change));

    /// <summary>The long work done for a change, oldest first.</summary>
    public ImmutableArray<WorkRun> Runs(long change) => database.Read(c => Rows.Runs(c, change));

    /// <summary>The decisions on a change in the order in which they were recorded.</summary>
    public ImmutableArray<Decision> Decisions(long change) => database.Read(c => Rows.Decisions(c, change));

    /// <summary>Changes that a tick must look at: open ones, and those with a command that has no answer.</summary>
    public ImmutableArray<long> ToPlan() => database.Read(c => c.Query<long>(
        "SELECT id FROM changes WHERE open = 1 OR id IN (SELECT change_id FROM commands WHERE answer IS NULL) ORDER BY id").ToImmutableArray());

    /// <summary>Why nothing may begin on any host; null where nothing stands against it.</summary>
    public string? WhyBehind() => database.Read(Installation.WhyBehind);

    /// <summary>The change with its facts, of one snapshot. Policy, feeds and living workers are the caller's to add.</summary>
    public Loaded? Load(long id) => database.Read(c =>
    {
        if (Rows.FindChange(c, id) is not { } change)
        {
            return null;
        }

        var facts = new Facts
        {
            Policy = change.Policy ?? default,
            Tasks = Rows.Tasks(c, id),
            Plan = change.Plan is { } plan ? SealedPlan.Parse(Documents.Find(c, plan)) : null,
            Resolve = Rows.LastRun(c, id, WorkKind.Resolve),
            Sandbox = Rows.LastRun(c, id, WorkKind.Sandbox),
            Decisions = Rows.CountedDecisions(c, change),
            Uncounted = Rows.Uncounted(c, change),
            Commands = Rows.Commands(c, id),
            Others = Rows.Others(c, id),
            Behind = Installation.WhyBehind(c),
        };
        return new Loaded(change, facts, Rows.LastDecision(c, id));
    });

    /// <summary>Shows what the change waits for. It is no decision, so it moves no revision.</summary>
    public Task SaveWaitingAsync(long change, Waiting? waiting, CancellationToken cancel) => WriteAsync(
        (c, t) => c.Execute(
            "UPDATE changes SET waiting = @waiting WHERE id = @change",
            new { change, waiting = waiting is null ? null : StateJson.Write(waiting) },
            t) == 1,
        cancel);

    /// <summary>Saves a change's step.</summary>
    public Task<bool> SaveAsync(SaveChange step, CancellationToken cancel) => WriteAsync((c, t) => Save(c, t, step), cancel);

    /// <summary>Saves a change's step. What lets something begin holds only if the board's decisions have not moved since either.</summary>
    public Task<bool> SaveAsync(SaveChange step, Loaded from, CancellationToken cancel) => WriteAsync(
        (c, t) =>
        {
            Require(!step.Begins || Stands(c, t, from));
            return Save(c, t, step);
        },
        cancel);

    /// <summary>Saves a change's step, unless anybody has decided on it.</summary>
    public Task<bool> SaveUndecidedAsync(SaveChange step, CancellationToken cancel) => WriteAsync(
        (c, t) =>
        {
            Require(Rows.LastDecision(c, step.Next.Id, t) == 0);
            return Save(c, t, step);
        },
        cancel);

    /// <summary>Answers a command.</summary>
    public Task<bool> SaveAsync(AnswerCommand step, CancellationToken cancel) => WriteAsync(
        (c, t) =>
        {
            var now = time.GetUtcNow();
            if (step.Task is { } task)
            {
                Require(Rows.Update(c, t, task));
            }

            Answer(c, t, step.Change, step.Answer, now);
            Append(c, t, step.Note, step.Task is null ? $"change:{step.Change}" : $"change:{step.Change}/{step.Task.Host}", now);
            return true;
        },
        cancel);

    /// <summary>Saves a host's step. What lets something begin holds only if neither the change nor the board's decisions have moved since.</summary>
    public Task<bool> SaveAsync(SaveTask step, Loaded from, CancellationToken cancel) => WriteAsync(
        (c, t) =>
        {
            Require(!step.Begins || Stands(c, t, from));
            Require(Rows.Update(c, t, step.Next));
            Append(c, t, step.Note, $"change:{step.Next.Change}/{step.Next.Host}", time.GetUtcNow());
            return true;
        },
        cancel);

    /// <summary>Whether neither the change nor the board's decisions, nor who of it may approve, have moved since it was loaded.</summary>
    public static bool Stands(SqliteConnection connection, SqliteTransaction? transaction, Loaded from)
    {
        var id = from.Change.Id;
        return from.Change.Revision == connection.ExecuteScalar<long>("SELECT revision FROM changes WHERE id = @id", new { id }, transaction)
            && from.LastDecision == Rows.LastDecision(connection, id, transaction)
            && from.Facts.Uncounted.SequenceEqual(Rows.Uncounted(connection, from.Change));
    }

    /// <summary>Saves what happened on a host, with what its ticket said. An entry is written where something of note happened.</summary>
    public Task<bool> SaveOutcomeAsync(HostTask next, Note? note, TicketWords? words, CancellationToken cancel) => WriteAsync(
        (c, t) =>
        {
            Require(Rows.Update(c, t, next));
            words?.Append(c, t, next);
            if (note is not null)
            {
                Append(c, t, note, $"change:{next.Change}/{next.Host}", time.GetUtcNow());
            }

            return true;
        },
        cancel);

    /// <summary>Whether a task is still as it was loaded.</summary>
    public bool IsCurrent(HostTask task) => database.Read(c => task.Revision == c.ExecuteScalar<long>(
        "SELECT revision FROM host_tasks WHERE change_id = @change AND host = @host", new { change = task.Change, host = task.Host }));

    /// <summary>Begins a run: the row is there before the worker is. Null where the change has moved.</summary>
    public async Task<WorkRun?> BeginAsync(BeginWork step, CancellationToken cancel)
    {
        WorkRun? begun = null;
        var isSaved = await WriteAsync(
            (c, t) =>
            {
                var now = time.GetUtcNow();
                Require(Rows.Update(c, t, step.Next));
                begun = Rows.Insert(c, t, new WorkRun
                {
                    Id = 0,
                    Change = step.Next.Id,
                    Kind = step.Kind,
                    Number = step.Number,
                    Plan = step.Kind == WorkKind.Sandbox ? step.Next.Plan : null,
                    Status = WorkStatus.Running,
                    StartedAt = now,
                });
                Append(c, t, step.Note, $"change:{step.Next.Id}", now);
                return true;
            },
            cancel);
        return isSaved ? begun : null;
    }

    /// <summary>Ends a run with documents that belong to its result.</summary>
    public Task<bool> EndRunAsync(WorkRun run, Note note, ImmutableArray<KeptDocument> documents, CancellationToken cancel) => WriteAsync(
        (c, t) =>
        {
            var now = time.GetUtcNow();
            documents.ToList().ForEach(d => Documents.Put(c, t, d.Kind, d.Bytes, now));
            Require(Rows.Update(c, t, run with { EndedAt = now }));
            Append(c, t, note, $"change:{run.Change}", now);
            return true;
        },
        cancel);

    /// <summary>Shows a run's progress; answers its new revision, or null where the run has ended.</summary>
    public async Task<WorkRun?> ProgressAsync(WorkRun run, CancellationToken cancel) =>
        await WriteAsync((c, t) => { Require(Rows.Update(c, t, run)); return true; }, cancel) ? run with { Revision = run.Revision + 1 } : null;

    /// <summary>Runs a write of several rows; a stale revision undoes all of it and answers false.</summary>
    internal async Task<bool> WriteAsync(Func<SqliteConnection, SqliteTransaction, bool> write, CancellationToken cancel)
    {
        var isSaved = false;
        async Task Write()
        {
            try
            {
                isSaved = await database.WriteAsync(write, cancel);
            }
            catch (StaleRevisionException)
            {
                isSaved = false;
            }
        }

        await (around is null ? Write() : around(Write));
        return isSaved;
    }

    internal static void Append(SqliteConnection connection, SqliteTransaction transaction, Note note, string target, DateTimeOffset now) =>
        AuditLog.Append(connection, transaction, new Audit(note.Actor, Origin, note.Action, target, note.Digest, note.Details), now);

    internal static void Require(bool isCurrent)
    {
        if (!isCurrent)
        {
            throw new StaleRevisionException();
        }
    }

    private bool Save(SqliteConnection c, SqliteTransaction t, SaveChange step)
    {
        var now = time.GetUtcNow();
        RequireFreeHosts(c, step.Next);
        step.Documents.ToList().ForEach(d => Documents.Put(c, t, d.Kind, d.Bytes, now));
        Require(Rows.Update(c, t, step.Next));
        step.Tasks.ToList().ForEach(moved => Require(Rows.Update(c, t, moved)));
        Answer(c, t, step.Next.Id, step.Answer, now);
        var target = step is { Answer: not null, Tasks: [var task] } ? $"change:{step.Next.Id}/{task.Host}" : $"change:{step.Next.Id}";
        Append(c, t, step.Note, target, now);
        return true;
    }

    private static void Answer(SqliteConnection connection, SqliteTransaction transaction, long change, CommandAnswer? answer, DateTimeOffset now)
    {
        if (answer is not null)
        {
            var text = answer.Accepted ? $"done: {answer.Text}" : $"refused: {answer.Text}";
            Require(1 == connection.Execute(
                "UPDATE commands SET answer = @text, applied_at = @at WHERE id = @id AND change_id = @change AND answer IS NULL",
                new { id = answer.Command, change, text, at = Utc.Text(now) },
                transaction));
        }
    }

    // One change in flight per host, also where two processes plan at once: the write transaction is the one place that sees both.
    private static void RequireFreeHosts(SqliteConnection connection, Change next)
    {
        if (next.IsInFlight && !(Rows.FindChange(connection, next.Id)?.IsInFlight ?? false))
        {
            Require(!Rows.Others(connection, next.Id).Any(o => o.IsInFlight && o.Hosts.Intersect(next.Hosts).Any()));
        }
    }

    private sealed class StaleRevisionException : Exception;
}
