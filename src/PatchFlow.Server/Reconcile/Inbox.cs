using Dapper;
using Microsoft.Data.Sqlite;
using PatchFlow.Core.Changes;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Planning;
using PatchFlow.Server.Auditing;
using PatchFlow.Server.Storage;

namespace PatchFlow.Server.Reconcile;

/// <summary>Who says it, from where, and with which token.</summary>
/// <param name="Subject"><c>user:ID</c>, or <c>system</c>.</param>
/// <param name="Address">The address it came from, or <c>reconciler</c>.</param>
/// <param name="Token">The token's id; null where there is none.</param>
internal sealed record Sender(string Subject, string Address, string? Token = null)
{
    /// <summary>PatchFlow itself.</summary>
    public static Sender System { get; } = new("system", ChangeStore.Origin);
}

/// <summary>A decision that was taken in.</summary>
/// <param name="Digest">The document's digest.</param>
/// <param name="Entry">The audit entry's sequence.</param>
/// <param name="Quorum">How the board stands with it.</param>
internal sealed record RecordedDecision(Digest Digest, long Entry, Quorum Quorum);

/// <summary>Why something was not taken in; nothing was written.</summary>
internal sealed class InboxRefusedException(string message) : Exception(message);

/// <summary>
/// The one door for people and API clients: they append a proposal, a decision or a command, each with its audit entry, and the
/// reconciler reads it. Nothing here has an effect on a host, and none of it changes a change's state.
/// </summary>
internal sealed class Inbox(Database database, TimeProvider time)
{
    /// <summary>Called after something was taken in, so that the next tick comes at once.</summary>
    public Action Received { get; set; } = () => { };

    /// <summary>Takes a proposal in; answers the change's number.</summary>
    public async Task<long> ProposeAsync(Proposal proposal, string pipeline, ChangeKind kind, Sender sender, CancellationToken cancel)
    {
        var id = await database.WriteAsync((c, t) => Propose(c, t, proposal, pipeline, kind, sender, time.GetUtcNow()), cancel);
        Received();
        return id;
    }

    /// <summary>Takes a command in; its answer will be in <c>commands</c>. Answers the command's number.</summary>
    /// <exception cref="InboxRefusedException">There is no such change, or a host is missing or too many.</exception>
    public async Task<long> CommandAsync(long change, CommandAction action, string? host, string? reason, Sender sender, CancellationToken cancel)
    {
        if (host is null == action is CommandAction.Retry or CommandAction.Skip)
        {
            throw new InboxRefusedException(host is null ? $"'{action}' needs a host" : $"'{action}' takes no host");
        }

        var id = await database.WriteAsync(
            (c, t) =>
            {
                Require(Rows.FindChange(c, change) is not null, $"there is no change {change}");
                var now = time.GetUtcNow();
                var number = c.ExecuteScalar<long>("SELECT COALESCE(MAX(id), 0) + 1 FROM commands", transaction: t);
                c.Execute(
                    "INSERT INTO commands (id, change_id, action, host, subject, reason, at) VALUES (@number, @change, @action, @host, @subject, @reason, @at)",
                    new { number, change, action = action.ToString(), host, subject = sender.Subject, reason, at = Utc.Text(now) },
                    t);
                string[] details = [$"command {number}", .. Detail("host", host), .. Detail("token", sender.Token), .. Detail("reason", reason)];
                AuditLog.Append(c, t, new Audit(sender.Subject, sender.Address, $"command.{action.ToString().ToLowerInvariant()}", $"change:{change}", null, [.. details]), now);
                return number;
            },
            cancel);
        Received();
        return id;
    }

    /// <summary>The answer to a command: whether there is one yet, and its words.</summary>
    public string? AnswerTo(long command) =>
        database.Read(c => c.QuerySingleOrDefault<string?>("SELECT answer FROM commands WHERE id = @command", new { command }));

    /// <summary>Takes a decision in: its document, its row and its audit entry.</summary>
    /// <exception cref="InboxRefusedException">It is not about what the change stands on now, or who decides may not.</exception>
    public async Task<RecordedDecision> DecideAsync(Decision decision, string gate, Sender sender, CancellationToken cancel)
    {
        var bytes = decision.ToBytes();
        var recorded = await database.WriteAsync(
            (c, t) =>
            {
                var change = Rows.FindChange(c, decision.Change);
                if (WhyNot(change, decision, gate, sender) is { } why)
                {
                    throw new InboxRefusedException(why);
                }

                var now = time.GetUtcNow();
                var kept = Documents.Put(c, t, "decision", bytes, now);
                c.Execute(
                    "INSERT INTO decisions (change_id, subject, digest, token, at) VALUES (@change, @subject, @digest, @token, @at)",
                    new { change = decision.Change, subject = decision.Subject, digest = kept.Hex, token = sender.Token, at = Utc.Text(now) },
                    t);
                var quorum = QuorumOf(c, change!, now);
                var action = $"change.{decision.Vote.ToString().ToLowerInvariant()}";
                string[] details =
                [
                    $"gate {decision.Gate}", .. Detail("token", sender.Token), $"votes {quorum.Approvals.Length} of {quorum.Needed}", .. Detail("reason", decision.Reason),
                ];
                var entry = AuditLog.Append(c, t, new Audit(sender.Subject, sender.Address, action, $"change:{decision.Change}", kept, [.. details]), now);
                return new RecordedDecision(kept, entry, quorum);
            },
            cancel);
        Received();
        return recorded;
    }

    private static Quorum QuorumOf(SqliteConnection connection, Change change, DateTimeOffset now)
    {
        var policy = Documents.Find(connection, change.Policy!.Value) ?? throw new InvalidDataException($"the pipeline {change.Policy} is not in the database: restore it from a backup");
        return Approvals.Count(change, PipelineFile.Parse($"{change.Pipeline}.yaml", policy), Rows.CountedDecisions(connection, change), now);
    }

    private static long Propose(
        SqliteConnection connection, SqliteTransaction transaction, Proposal proposal, string pipeline, ChangeKind kind, Sender sender, DateTimeOffset now)
    {
        var id = connection.ExecuteScalar<long>("SELECT COALESCE(MAX(id), 0) + 1 FROM changes", transaction: transaction);
        Rows.Insert(connection, transaction, new Change
        {
            Id = id,
            Status = ChangeStatus.Proposed,
            Since = now,
            Title = proposal.Title,
            Group = proposal.Group,
            Kind = kind,
            Pipeline = pipeline,
            ProposedBy = sender.Subject,
            TriggeredBy = sender.Subject,
            ProposedAt = now,
            Hosts = [.. proposal.Hosts.Order(StringComparer.Ordinal)],
            Patches = proposal.Patches,
            Feeds = proposal.Feeds,
            Applies = proposal.Applies,
        });
        string[] details = [proposal.Title, $"pipeline {pipeline}", .. Note.List("host", proposal.Hosts), .. Detail("token", sender.Token)];
        AuditLog.Append(connection, transaction, new Audit(sender.Subject, sender.Address, "change.proposed", $"change:{id}", proposal.Applies, [.. details]), now);
        return id;
    }

    // The count decides what a decision is worth; here only what could never count is refused, so that its maker hears of it at once.
    private static string? WhyNot(Change? change, Decision decision, string gate, Sender sender)
    {
        if (change is null)
        {
            return $"there is no change {decision.Change}";
        }

        if (change.Status is not (ChangeStatus.AwaitingApproval or ChangeStatus.Approved or ChangeStatus.RollingOut or ChangeStatus.Paused or ChangeStatus.Halted))
        {
            return $"{change.Name} is {change.Status}: there is nothing to decide";
        }

        if (decision.Subject != sender.Subject)
        {
            return $"{sender.Subject} can't decide as {decision.Subject}";
        }

        if (sender.Subject == change.ProposedBy || sender.Subject == change.TriggeredBy)
        {
            return $"{sender.Subject} proposed or triggered {change.Name}, and so may not decide on it";
        }

        return (decision.Plan, decision.Evidence, decision.Policy, decision.Gate) == (change.Plan, change.Evidence, change.Policy, gate)
            ? null
            : $"{change.Name} stands on another plan, evidence, policy or gate by now: read it again, and decide on that";
    }

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new InboxRefusedException(otherwise);
        }
    }

    private static string[] Detail(string name, string? value) => value is null ? [] : [$"{name} {value}"];
}
