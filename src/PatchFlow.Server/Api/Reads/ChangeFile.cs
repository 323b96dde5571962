using System.Collections.Immutable;
using Dapper;
using Microsoft.Data.Sqlite;
using PatchFlow.Core.Changes;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Planning;
using PatchFlow.Core.Rollouts;
using PatchFlow.Server.Reconcile;
using PatchFlow.Server.Storage;

namespace PatchFlow.Server.Api.Reads;

/// <summary>A recorded decision with the row it came from.</summary>
/// <param name="Decision">The document.</param>
/// <param name="Digest">Its digest.</param>
/// <param name="Token">The token that made it.</param>
/// <param name="IsUncounted">Whether it counts as an abstention, since its maker may not approve any more (ADR 8).</param>
internal sealed record KeptDecision(Decision Decision, Digest Digest, string? Token, bool IsUncounted)
{
    /// <summary>As the planner counts it.</summary>
    public Decision Counted => IsUncounted ? Decision with { Vote = Vote.Abstain } : Decision;
}

/// <summary>Everything that is known of a change, read in one snapshot: what a page shows fits together.</summary>
internal sealed record ChangeFile
{
    /// <summary>The change.</summary>
    public required Change Change { get; init; }

    /// <summary>The sealed plan; null before.</summary>
    public SealedPlan? Plan { get; init; }

    /// <summary>The pipeline as it was when the plan was sealed; null before.</summary>
    public Pipeline? Policy { get; init; }

    /// <summary>The plan's content parts.</summary>
    public ImmutableArray<ContentPart> Contents { get; init; } = [];

    /// <summary>The hosts of the rollout, by wave.</summary>
    public ImmutableArray<HostTask> Tasks { get; init; } = [];

    /// <summary>Resolving and sandbox runs, oldest first.</summary>
    public ImmutableArray<WorkRun> Runs { get; init; } = [];

    /// <summary>The decisions, oldest first.</summary>
    public ImmutableArray<KeptDecision> Decisions { get; init; } = [];

    /// <summary>The fidelity list over all profiles of the current evidence.</summary>
    public ImmutableArray<string> NotTested { get; init; } = [];

    /// <summary>The last sandbox run on the current plan.</summary>
    public WorkRun? Tested => Runs.LastOrDefault(r => r.Kind == WorkKind.Sandbox && r.Plan == Change.Plan && Change.Plan is not null);

    /// <summary>Reads it; null where there is no such change.</summary>
    public static ChangeFile? Find(SqliteConnection connection, long id)
    {
        if (Rows.FindChange(connection, id) is not { } change)
        {
            return null;
        }

        var plan = change.Plan is { } head ? SealedPlan.Parse(Get(connection, head)) : null;
        var runs = Rows.Runs(connection, id);
        return new ChangeFile
        {
            Change = change,
            Plan = plan,
            Policy = plan is null ? null : PipelineFile.Parse($"{plan.Pipeline}.yaml", Get(connection, plan.PipelineDigest)),
            Contents = plan is null ? [] : [.. plan.Contents.Select(c => ContentPart.Parse(Get(connection, c.Content)))],
            Tasks = Rows.Tasks(connection, id),
            Runs = runs,
            Decisions = KeptDecisions(connection, change),
            NotTested = change.Evidence is { } evidence ? FidelityList(connection, Evidence.Parse(Get(connection, evidence))) : [],
        };
    }

    private static ImmutableArray<KeptDecision> KeptDecisions(SqliteConnection connection, Change change)
    {
        var uncounted = Rows.Uncounted(connection, change);
        return
        [
            .. connection.Query<DecisionRow>("SELECT digest, token FROM decisions WHERE change_id = @id ORDER BY id", new { id = change.Id })
                .Select(row => (Digest: Digest.Parse(row.Digest), row.Token))
                .Select(row => new KeptDecision(Decision.Parse(Get(connection, row.Digest)), row.Digest, row.Token, uncounted.Contains(row.Digest))),
        ];
    }

    private static ImmutableArray<string> FidelityList(SqliteConnection connection, Evidence evidence) =>
        [.. evidence.Runs.SelectMany(run => BundleText.Fidelity(Get(connection, run.Bundle))).Distinct(StringComparer.Ordinal)];

    private static byte[] Get(SqliteConnection connection, Digest digest) =>
        Documents.Find(connection, digest) ?? throw new InvalidDataException($"document {digest} is not in the database: restore it from a backup");

    private sealed record DecisionRow(string Digest, string? Token);
}
