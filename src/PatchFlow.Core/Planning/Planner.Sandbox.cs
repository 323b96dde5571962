using System.Globalization;
using PatchFlow.Core.Changes;

namespace PatchFlow.Core.Planning;

public static partial class Planner
{
    private static readonly Waiting Sealing = new("resolving", "sealing: the plan is being written; see the troubles in patchflow status where it does not end");

    // One change in flight per host. The older one goes first, so that no order of ticks lets two of them start.
    private static Agenda Proposed(Change change, Facts facts, DateTimeOffset now)
    {
        var ahead = facts.Others.Where(o => o.IsInFlight || o.Id < change.Id).OrderBy(o => o.Id);
        foreach (var other in ahead)
        {
            if (change.Hosts.Intersect(other.Hosts).Order(StringComparer.Ordinal).FirstOrDefault() is { } host)
            {
                var does = other.IsInFlight ? "is in flight" : "was proposed earlier";
                return Agenda.Wait("change", $"CHG-{other.Id}, which {does} on {host}");
            }
        }

        return facts.WhyStale(change) is { } stale
            ? Agenda.Wait("feed", stale)
            : Agenda.Do(Enter(change.To(ChangeStatus.Resolving, now), [.. Note.List("host", change.Hosts)]));
    }

    private static Agenda Resolving(Change change, Facts facts, DateTimeOffset now)
    {
        var waits = new Waiting("resolving", $"resolving: the exact files are being found, run {change.ResolveRuns}");
        return facts.Resolve switch
        {
            null => Begin(change with { ResolveRuns = change.ResolveRuns + 1 }, WorkKind.Resolve, 1),
            { Status: WorkStatus.Running } run => StillRunning(run, facts, waits),
            { Status: WorkStatus.Refused } run => Agenda.Do(Enter(change.To(ChangeStatus.Unresolvable, now, run.Message))),
            { Status: WorkStatus.Done, Found: { } found } => Agenda.Do(new SealPlan(change, found), Sealing),
            { } run when change.ResolveRuns >= Limits.WorkRuns =>
                Agenda.Do(Enter(change.To(ChangeStatus.Unresolvable, now, $"{change.ResolveRuns} runs failed, the last: {run.Message}"))),
            { } run => Again(change with { ResolveRuns = change.ResolveRuns + 1 }, run, change.ResolveRuns, now),
        };
    }

    private static Agenda Testing(Change change, Facts facts, Pipeline pipeline, DateTimeOffset now)
    {
        if (Ahead(change, facts, now) is { } agenda)
        {
            return agenda;
        }

        if (facts.Sandbox is { Status: WorkStatus.Running } old && old.Plan != change.Plan)
        {
            return Agenda.Do(new LoseWork(old, new Note("run.lost", [$"sandbox run {Text(old.Number)} tested an earlier plan"], old.Plan)));
        }

        var number = (facts.Sandbox?.Number ?? 0) + 1;
        var last = facts.Sandbox?.Plan == change.Plan ? facts.Sandbox : null;
        var waits = new Waiting("sandbox", $"sandbox: run {change.SandboxRuns} on {Count(facts.Plan?.Contents.Length ?? 0, "profile")}");
        var started = change with { SandboxRuns = change.SandboxRuns + 1 };
        return last switch
        {
            { Status: WorkStatus.Running } run => StillRunning(run, facts, waits),
            { Status: WorkStatus.Done } run when run.Id > change.TakenRun => Agenda.Do(TakeEvidence(change, facts, pipeline, run, now)),
            _ when change.SandboxRuns >= Limits.WorkRuns =>
                Agenda.Do(Enter(change.To(ChangeStatus.TestFailed, now, $"{change.SandboxRuns} sandbox runs came to no result, the last: {last?.Message}"))),
            { Status: WorkStatus.Done } run when IsInconclusive(run, facts) && run.EndedAt + Limits.InconclusiveBackOff(change.InconclusiveRuns) is { } at && now < at =>
                Agenda.Wait("sandbox", $"sandbox run {Text(run.Number)} came to no result: {run.Message ?? "see its evidence"}; again at {Moment.Near(at)}", at),
            null or { Status: WorkStatus.Done } => Begin(started, WorkKind.Sandbox, number),
            { } run => Again(started, run, change.SandboxRuns, now),
        };
    }

    private static bool IsInconclusive(WorkRun run, Facts facts) =>
        run.Results.Any(r => r.Verdict == Verdict.Inconclusive) || facts.Plan!.Contents.Any(c => !run.Results.Any(r => r.Profile == c.Profile));

    // What holds before the rollout in every state with a plan: an edited policy seals again, a plan that is too old ends.
    private static Agenda? Ahead(Change change, Facts facts, DateTimeOffset now)
    {
        if (change.Policy != facts.Policy && facts.Resolve?.Found is { } found)
        {
            return Agenda.Do(new SealPlan(change, found), Sealing);
        }

        return facts.Plan is { } plan && now > plan.NotAfter
            ? Agenda.Do(Enter(change.To(ChangeStatus.Expired, now, $"the plan's last moment, {Moment.Text(plan.NotAfter)}, has passed: propose the change again")))
            : null;
    }

    private static SaveChange TakeEvidence(Change change, Facts facts, Pipeline pipeline, WorkRun run, DateTimeOffset now)
    {
        var evidence = new Evidence { Plan = change.Plan!.Value, Runs = run.Results };
        var bytes = evidence.ToBytes();
        var taken = change with
        {
            TakenRun = run.Id,
            Evidence = Documents.Digest.Of(bytes),
            EvidenceAt = run.EndedAt,
        };
        return Judge(taken, facts, pipeline, run, now) with { Documents = [new KeptDocument("evidence", bytes)] };
    }

    // A profile without a result says nothing, so it is as good as inconclusive: never a pass.
    private static SaveChange Judge(Change taken, Facts facts, Pipeline pipeline, WorkRun run, DateTimeOffset now)
    {
        var verdicts = run.Results.ToDictionary(r => r.Profile, r => r.Verdict);
        var missing = facts.Plan!.Contents.Any(c => !verdicts.ContainsKey(c.Profile));
        var details = Note.List("profile", run.Results.Select(r => $"{r.Profile} {Word(r.Verdict)}")).Add($"run {Text(run.Number)}").ToArray();
        if (verdicts.ContainsValue(Verdict.Fail))
        {
            var failed = verdicts.Where(v => v.Value == Verdict.Fail).Select(v => v.Key).Order(StringComparer.Ordinal);
            return Enter(taken.To(ChangeStatus.TestFailed, now, $"the sandbox failed on {string.Join(", ", failed)}: {run.Message ?? "see its evidence"}"), details);
        }

        if (!missing && !verdicts.ContainsValue(Verdict.Inconclusive))
        {
            return Enter(taken.To(ChangeStatus.AwaitingApproval, now), details);
        }

        taken = taken with { InconclusiveRuns = taken.InconclusiveRuns + 1 };
        return taken.InconclusiveRuns >= pipeline.InconclusiveRuns
            ? Enter(taken.To(ChangeStatus.TestFailed, now, $"{Count(taken.InconclusiveRuns, "sandbox run")} came to no result, the last: {run.Message ?? "see its evidence"}"), details)
            : new SaveChange(taken, new Note("change.inconclusive", [.. details, run.Message ?? "see its evidence"], taken.Plan));
    }

    private static Agenda StillRunning(WorkRun run, Facts facts, Waiting waiting) => facts.LivingRuns.Contains(run.Id)
        ? new Agenda([], waiting)
        : Agenda.Do(new LoseWork(run, new Note("run.lost", [$"{Word(run.Kind)} run {Text(run.Number)}: its worker is gone"], run.Plan)) { IsWorkerGone = true }, waiting);

    private static Agenda Begin(Change next, WorkKind kind, int number) =>
        Agenda.Do(new BeginWork(next, kind, number, new Note($"run.{Word(kind)}", [$"run {Text(number)}"], next.Plan)));

    // A lost run says nothing about the work: it begins again at once. One that failed waits.
    private static Agenda Again(Change next, WorkRun run, int runs, DateTimeOffset now)
    {
        var at = (run.EndedAt ?? run.StartedAt) + Limits.WorkBackOff(runs);
        return run.Status == WorkStatus.Lost || now >= at
            ? Begin(next, run.Kind, run.Number + 1)
            : Agenda.Wait(run.Kind == WorkKind.Resolve ? "resolving" : "sandbox", $"{Word(run.Kind)} run {Text(run.Number)} failed: {run.Message}; again at {Moment.Near(at)}", at);
    }

    private static string Word(WorkKind kind) => kind == WorkKind.Resolve ? "resolve" : "sandbox";

    private static string Word(Verdict verdict) => verdict switch
    {
        Verdict.Pass => "pass",
        Verdict.Fail => "fail",
        _ => "inconclusive",
    };

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Count(int number, string what) => $"{Text(number)} {what}{(number == 1 ? "" : "s")}";
}
