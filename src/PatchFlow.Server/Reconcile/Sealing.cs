using System.Collections.Immutable;
using Dapper;
using Microsoft.Data.Sqlite;
using PatchFlow.Core.Changes;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Planning;
using PatchFlow.Server.Storage;

namespace PatchFlow.Server.Reconcile;

/// <summary>What resolving found, as kept: sealing again under an edited pipeline needs no new resolving.</summary>
/// <param name="Profiles">One per profile.</param>
/// <param name="Snapshots">The feed snapshots used.</param>
/// <param name="Applied">What applied when it was resolved, over all hosts: a fix that is not among it is a newer one.</param>
/// <param name="Cves">CVE ids that the upgrades mend.</param>
/// <param name="Notes">The document for people.</param>
internal sealed record Found(
    ImmutableArray<FoundProfile> Profiles, ImmutableArray<PlanSnapshot> Snapshots, ImmutableArray<PackageUpgrade> Applied, ImmutableArray<string> Cves, Digest Notes)
{
    /// <summary>The hosts that the plan leaves out, and why, in words; null where it takes all.</summary>
    public string? LeftOut { get; init; }
}

/// <summary>One profile.</summary>
/// <param name="Content">The content part's canonical text.</param>
/// <param name="Hosts">The hosts that share it.</param>
/// <param name="Example">The inventory of one of them.</param>
internal sealed record FoundProfile(string Content, ImmutableArray<string> Hosts, Digest Example);

/// <summary>Performs the sealing: number, parts, tasks and the change's next state are one transaction.</summary>
internal sealed class Sealing(ChangeStore store, Documents documents, Pipelines pipelines, CheckFiles checks, TimeProvider time)
{
    /// <summary>Seals; false where the change has moved, or its policy can't be read now.</summary>
    public async Task<bool> SealAsync(SealPlan step, CancellationToken cancel)
    {
        var policy = pipelines.Current(step.Change.Pipeline);
        if (policy.Pipeline is not { } pipeline)
        {
            return false;
        }

        var found = StateJson.Read<Found>(documents.Get(step.Found));
        var files = CheckFilesOf(pipeline);
        return await store.WriteAsync((c, t) => Seal(c, t, step.Change, policy, found, files), cancel);
    }

    private bool Seal(SqliteConnection c, SqliteTransaction t, Change change, Policy policy, Found found, ImmutableDictionary<string, byte[]> files)
    {
        var now = time.GetUtcNow();
        var result = PlanSealer.Seal(new SealInput
        {
            Change = change,
            Sequence = Installation.NextSequence(c, t),
            Pipeline = policy.Pipeline!,
            Policy = policy.Digest,
            Profiles = [.. found.Profiles.Select(p => new SealProfile(ContentPart.Parse(System.Text.Encoding.UTF8.GetBytes(p.Content)), p.Hosts))],
            Snapshots = found.Snapshots,
            CheckFiles = files,
            Now = now,
        });
        switch (result)
        {
            case SealResult.Sealed plan:
                Keep(c, t, plan, policy, files.Values, now);
                var next = Next(change, plan, found, now) with { Targets = [.. plan.Targets.Select(part => Digest.Of(part))] };
                ChangeStore.Require(Rows.Update(c, t, next));
                ReplaceTasks(c, t, plan, now);
                ChangeStore.Append(c, t, NoteOf(plan, found), $"change:{change.Id}", now);
                return true;
            case SealResult.Refused refused:
                var refusal = Planner.Enter(change.To(ChangeStatus.Unresolvable, now, refused.Reason));
                ChangeStore.Require(Rows.Update(c, t, refusal.Next));
                ChangeStore.Append(c, t, refusal.Note, $"change:{change.Id}", now);
                return true;
            default:
                throw new InvalidOperationException($"unknown result {result}");
        }
    }

    // Evidence and decisions were on another plan: none of it counts for this one.
    private static Change Next(Change change, SealResult.Sealed plan, Found found, DateTimeOffset now) =>
        (change.Status == ChangeStatus.Testing ? change : change.To(ChangeStatus.Testing, now, change.Plan is null ? found.LeftOut : "the pipeline was edited: sealed again")) with
        {
            Plan = plan.Digest,
            Sequence = plan.Plan.Sequence,
            Policy = plan.Plan.PipelineDigest,
            Evidence = null,
            EvidenceAt = null,
            SandboxRuns = 0,
            InconclusiveRuns = 0,
            Hosts = [.. plan.Tasks.Select(task => task.Host).Order(StringComparer.Ordinal)],
            Patches = found.Applied,
            Cves = found.Cves,
            Notes = found.Notes,
        };

    private static void Keep(SqliteConnection c, SqliteTransaction t, SealResult.Sealed plan, Policy policy, IEnumerable<byte[]> checkFiles, DateTimeOffset now)
    {
        Documents.Put(c, t, "plan", plan.Head, now);
        Documents.Put(c, t, "checks", plan.Checks, now);
        Documents.Put(c, t, "pipeline", policy.Bytes, now);
        plan.Contents.ToList().ForEach(part => Documents.Put(c, t, "content", part, now));
        plan.Targets.ToList().ForEach(part => Documents.Put(c, t, "targets", part, now));
        checkFiles.ToList().ForEach(file => Documents.Put(c, t, "check", file, now));
    }

    // Before the rollout no host was touched, so the tasks of an earlier plan hold nothing.
    private static void ReplaceTasks(SqliteConnection c, SqliteTransaction t, SealResult.Sealed plan, DateTimeOffset now)
    {
        c.Execute("DELETE FROM host_tasks WHERE change_id = @change", new { change = plan.Plan.Change }, t);
        plan.Tasks.ToList().ForEach(task => Rows.Insert(c, t, task with { Since = now }));
    }

    private static Note NoteOf(SealResult.Sealed plan, Found found) => new(
        "change.sealed",
        [$"sequence {plan.Plan.Sequence}", $"pipeline {plan.Plan.Pipeline} {plan.Plan.PipelineDigest}", .. Note.List("content", plan.Plan.Contents.Select(c => $"{c.Profile} {c.Content}")), .. found.LeftOut is null ? Array.Empty<string>() : [found.LeftOut]],
        plan.Digest);

    private ImmutableDictionary<string, byte[]> CheckFilesOf(Pipeline pipeline) => pipeline.Checks
        .Select(c => (c.Name, Bytes: checks.Find(c.Name)))
        .Where(f => f.Bytes is not null)
        .ToImmutableDictionary(f => f.Name, f => f.Bytes!);
}
