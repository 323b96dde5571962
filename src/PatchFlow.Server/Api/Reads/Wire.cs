using PatchFlow.Client;
using PatchFlow.Core.Changes;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Planning;
using PatchFlow.Core.Rollouts;

namespace PatchFlow.Server.Api.Reads;

/// <summary>From the rules' records to the wire's.</summary>
internal static class Wire
{
    /// <summary>The same word in the other enum: a test holds the two against each other.</summary>
    public static TWire Same<TWire>(Enum value)
        where TWire : struct, Enum => Enum.Parse<TWire>(value.ToString());

    public static WaitingFor? Of(Waiting? waiting) => waiting is null ? null : new(waiting.For, waiting.Sentence, waiting.Until, waiting.IsPerson);

    public static ChangeSummary Summary(Change change, int waves) => new(
        ChangeId.Text(change.Id),
        change.Title,
        change.Group,
        Same<ChangeSort>(change.Kind),
        change.Pipeline,
        Same<ChangeState>(change.Status),
        change.Since,
        change.Reason,
        change.Hosts.Length,
        change.Patches.Length,
        change.Cves.Length,
        change.Plan?.Hex,
        change.Wave,
        waves,
        Of(change.Waiting),
        change.ProposedAt);

    public static PlanView Of(SealedPlan plan, Digest digest) => new(
        digest.Hex,
        plan.Sequence,
        plan.PipelineDigest.Hex,
        plan.NotAfter,
        [.. plan.Contents.Select(c => new PlanContentView(c.Profile, c.Content.Hex))],
        [.. plan.Snapshots.Select(s => new PlanSnapshotView(s.Feed, s.Time, s.Index.Hex))],
        [.. plan.Waves.Select(w => new PlanWaveView(w.Number, w.Hosts, w.Errors, CanonicalDuration.Format(w.Soak), w.Concurrency))]);

    public static SandboxRunView Of(WorkRun run)
    {
        var results = run.Results.ToDictionary(r => r.Profile, StringComparer.Ordinal);
        var profiles = run.Profiles.Select(p => p.Profile).Union(results.Keys).Order(StringComparer.Ordinal);
        var stages = run.Profiles.ToDictionary(p => p.Profile, p => p.Stages, StringComparer.Ordinal);
        return new(
            run.Number,
            Same<RunState>(run.Status),
            run.Plan?.Hex,
            run.StartedAt,
            run.EndedAt,
            run.Message,
            [.. profiles.Select(p => new ProfileRunView(
                p,
                stages.TryGetValue(p, out var done) ? [.. done.Select(s => new StageView(s.Name, s.State, s.Seconds, s.Detail))] : [],
                results.TryGetValue(p, out var result) ? Same<SandboxVerdict>(result.Verdict) : null,
                results.GetValueOrDefault(p)?.Bundle.Hex))]);
    }

    public static HostTaskView Of(HostTask task) => new(
        ChangeId.Text(task.Change),
        task.Host,
        task.Wave,
        task.Profile,
        Same<HostTaskState>(task.Status),
        task.Since,
        task.InstallAttempt,
        task.Ticket,
        task.Detail,
        task.Unreachable > 0,
        task.HealthyAt);
}
