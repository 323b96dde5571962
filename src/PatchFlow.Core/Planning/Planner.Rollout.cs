using System.Collections.Immutable;
using PatchFlow.Core.Changes;
using PatchFlow.Core.Hosts;
using PatchFlow.Core.Rollouts;

namespace PatchFlow.Core.Planning;

public static partial class Planner
{
    /// <summary>
    /// Whether a host may begin now: the quorum stands, the plan's last moment has not passed, and no host knows more than this server.
    /// Asked when a step is planned, and once more right before it goes out.
    /// </summary>
    /// <param name="change">The change, which rolls out.</param>
    /// <param name="facts">Its facts.</param>
    /// <param name="pipeline">The pipeline as it was sealed.</param>
    /// <param name="now">The moment.</param>
    public static bool MayBegin(Change change, Facts facts, Pipeline pipeline, DateTimeOffset now) =>
        Approvals.Count(change, pipeline, facts.Decisions, now).IsReached && now <= facts.Plan!.NotAfter && facts.Behind is null;

    private static Agenda RollingOut(Change change, Facts facts, Pipeline pipeline, DateTimeOffset now)
    {
        if (change.Wave < 0)
        {
            return Agenda.Do(BeginWave(change, facts, 0));
        }

        if (ReasonToHalt(change, facts, pipeline, now) is { } reason)
        {
            return Agenda.Do(Enter(change.To(ChangeStatus.Halted, now, reason)));
        }

        var quorum = Approvals.Count(change, pipeline, facts.Decisions, now);
        var isTooLate = now > facts.Plan!.NotAfter;
        var mayBegin = MayBegin(change, facts, pipeline, now);
        var steps = WorkOn(facts, pipeline, _ => mayBegin, now);
        var wave = WaveOf(change, facts);
        var begin = isTooLate
            ? Unbegun(wave).Select(t => (Step)HostSteps.Skip(t, now, $"the plan's last moment, {Moment.Text(facts.Plan.NotAfter)}, passed before its turn"))
            : mayBegin ? Turns(facts.Tasks, change.Wave, facts.Plan.Waves[change.Wave].Concurrency, now) : [];
        steps = [.. steps, .. begin];
        if (facts.Behind is { } behind && Unbegun(wave).Any())
        {
            return new Agenda(steps, new("person", behind));
        }

        if (!quorum.IsReached && Unbegun(wave).Any())
        {
            return new Agenda(steps, new("approval", Approvals.Sentence(change, pipeline, quorum, facts.Plan.NotAfter) + "; no further host starts", facts.Plan.NotAfter));
        }

        return wave.All(t => t.Status.IsOver()) ? AfterWave(change, facts, wave, steps, now) : new Agenda(steps, WaitForHosts(change, wave));
    }

    // Every host of the wave has ended: soak, check the gate, then the next wave or the end.
    private static Agenda AfterWave(Change change, Facts facts, ImmutableArray<HostTask> wave, ImmutableArray<Step> steps, DateTimeOffset now)
    {
        var policy = facts.Plan!.Waves[change.Wave];
        if (change.WaveDoneAt is not { } doneAt)
        {
            var counts = wave.GroupBy(t => t.Status).OrderBy(g => g.Key).Select(g => $"{g.Key} {g.Count()}");
            return new Agenda([.. steps, new SaveChange(change with { WaveDoneAt = now }, new Note("wave.done", [$"wave {change.Wave}", .. counts], change.Plan))], null);
        }

        if (now < doneAt + policy.Soak)
        {
            var until = doneAt + policy.Soak;
            return new Agenda(steps, new("soak", $"soak of wave {change.Wave} until {Moment.Near(until)}", until));
        }

        if (policy.Soak > TimeSpan.Zero && change.GateAt is null)
        {
            return new Agenda([.. steps.Where(s => s is not CompleteTicket), CheckGate(change, wave, now)], null);
        }

        if (change.Wave + 1 < facts.Plan.Waves.Length)
        {
            return new Agenda([.. steps, BeginWave(change, facts, change.Wave + 1)], null);
        }

        return steps.IsEmpty && !OweTombstones(facts)
            ? Agenda.Do(Finish(change, facts, now))
            : new Agenda(steps, new("hosts", "the last hosts to note that their tickets are done with"));
    }

    // Health that held for a minute says little: the hosts of the wave are verified again after the soak.
    private static SaveChange CheckGate(Change change, ImmutableArray<HostTask> wave, DateTimeOffset now)
    {
        var again = wave.Where(t => t.Status == HostTaskStatus.Succeeded)
            .Select(t => t.To(HostTaskStatus.Verifying, now, "verified again after the soak").With(TicketKind.CheckAfter) with { Repeats = 0 })
            .ToImmutableArray();
        var note = new Note("wave.gate", [$"wave {change.Wave}", .. Note.List("ticket", again.Select(t => t.Ticket!))], change.Plan);
        return new SaveChange(change with { GateAt = now }, note) { Tasks = again };
    }

    private static SaveChange BeginWave(Change change, Facts facts, int wave) => new(
        change with { Wave = wave, WaveDoneAt = null, GateAt = null },
        new Note("wave.begin", [$"wave {wave} of {facts.Plan!.Waves.Length}", $"hosts {facts.Plan.Waves[wave].Hosts}"], change.Plan));

    private static SaveChange Finish(Change change, Facts facts, DateTimeOffset now)
    {
        var exceptions = facts.Tasks.Where(t => t.Status != HostTaskStatus.Succeeded).ToList();
        return exceptions.Count == 0
            ? Enter(change.To(ChangeStatus.Completed, now))
            : Enter(change.To(
                ChangeStatus.CompletedWithExceptions, now, string.Join("; ", exceptions.Take(20).Select(t => $"{t.Host} {t.Status}: {t.Detail}")) + More(exceptions.Count)));
    }

    private static string More(int count) => count > 20 ? $"; and {count - 20} more" : "";

    private static Agenda Paused(Change change, Facts facts, Pipeline pipeline, DateTimeOffset now) => new(
        WorkOn(facts, pipeline, _ => false, now),
        new("person", $"an operator to resume, abort or roll back{(change.Reason is null ? "" : $"; paused: {change.Reason}")}"));

    private static Agenda Halted(Change change, Facts facts, Pipeline pipeline, DateTimeOffset now)
    {
        // A retry is an operator's leave for one host that failed, and is how a halted rollout comes on again. The others wait.
        var mayRetry = Approvals.Count(change, pipeline, facts.Decisions, now).IsReached && now <= facts.Plan!.NotAfter && facts.Behind is null;
        var steps = WorkOn(facts, pipeline, t => mayRetry && t.IsError, now);
        var isActive = facts.Tasks.Any(t => t.Status is not HostTaskStatus.Staging && t.Status.IsActive());
        return !isActive && ReasonToHalt(change, facts, pipeline, now) is null
            ? new Agenda([.. steps, Enter(change.To(ChangeStatus.RollingOut, now) with { WaveDoneAt = null, GateAt = null }, "errors are within the limit again")], null)
            : new Agenda(steps, new("person", $"an operator to retry, abort or roll back; halted: {change.Reason}"));
    }

    private static Agenda Aborted(Change change, Facts facts, Pipeline pipeline, DateTimeOffset now)
    {
        ImmutableArray<Step> steps = [.. WorkOn(facts, pipeline, _ => false, now), .. Unbegun(facts.Tasks).Select(t => HostSteps.Skip(t, now, "the rollout was aborted"))];
        if (facts.Tasks.All(t => t.Status.IsOver() || t.Status == HostTaskStatus.NeedsAttention) && steps.IsEmpty && !OweTombstones(facts))
        {
            return change.IsSettled
                ? Agenda.Nothing
                : Agenda.Do(new SaveChange(change with { IsSettled = true }, new Note("change.settled", ["the last host has ended"], change.Plan)));
        }

        return new Agenda(steps, new("hosts", "running hosts to finish; the rollout is aborted"));
    }

    private static string? ReasonToHalt(Change change, Facts facts, Pipeline pipeline, DateTimeOffset now)
    {
        if (Approvals.Count(change, pipeline, facts.Decisions, now).Rejection is { } rejection)
        {
            return $"{rejection.Subject} rejected it: {rejection.Reason}";
        }

        var wave = WaveOf(change, facts);
        var failed = wave.Where(t => t.IsError).ToList();
        var limit = facts.Plan!.Waves[change.Wave].Errors;
        if (failed.Count > limit)
        {
            return $"wave {change.Wave}: {Count(failed.Count, "error")}, limit {limit}; {failed[0].Host}: {failed[0].Detail}";
        }

        // A wave that showed nothing can't open the next: an offline canary is no canary.
        var isLast = change.Wave + 1 >= facts.Plan.Waves.Length;
        return !isLast && wave.All(t => t.Status.IsOver()) && !wave.Any(t => t.Status == HostTaskStatus.Succeeded)
            ? $"wave {change.Wave}: no host was verified, so it says nothing about the next wave; {wave[0].Host}: {wave[0].Status}, {wave[0].Detail}"
            : null;
    }

    // A host that does not answer is told later, but not for ever: its task forgets what it owes after a few times.
    private static bool OweTombstones(Facts facts) => facts.Tasks.Any(t => !t.Uncompleted.IsEmpty);

    private static ImmutableArray<HostTask> WaveOf(Change change, Facts facts) => [.. facts.Tasks.Where(t => t.Wave == change.Wave)];

    private static ImmutableArray<Step> WorkOn(Facts facts, Pipeline pipeline, Func<HostTask, bool> mayBegin, DateTimeOffset now) =>
        [.. facts.Tasks.Select(t => HostSteps.Next(t, pipeline.InstallAttempts, mayBegin(t), now)).OfType<Step>()];

    private static IEnumerable<HostTask> Unbegun(IEnumerable<HostTask> tasks) => tasks.Where(t => t.Status is HostTaskStatus.Pending or HostTaskStatus.Staging);

    // A host that needs attention keeps its place: it may be down.
    private static IEnumerable<Step> Turns(ImmutableArray<HostTask> tasks, int wave, int concurrency, DateTimeOffset now)
    {
        var busy = tasks.Count(t => t.Status.IsActive() || t.Status == HostTaskStatus.NeedsAttention);
        return tasks.Where(t => t.Wave == wave && t.Status == HostTaskStatus.Pending).OrderBy(t => t.Leaf).Take(Math.Max(0, concurrency - busy)).Select(t => HostSteps.Begin(t, now));
    }

    private static Waiting WaitForHosts(Change change, ImmutableArray<HostTask> wave)
    {
        if (wave.FirstOrDefault(t => t.Status == HostTaskStatus.NeedsAttention) is { } needs)
        {
            return new("person", $"{needs.Host} needs attention: {needs.Detail}; then 'patchflow rollout retry' or 'skip' with this host");
        }

        if (wave.FirstOrDefault(t => t.Unreachable > 0) is { } silent)
        {
            return new("hosts", $"{silent.Host}, which does not answer: {silent.Detail}", silent.NotBefore);
        }

        var open = wave.Where(t => !t.Status.IsOver()).ToList();
        var names = open.Where(t => t.Status.IsActive()).Select(t => $"{t.Host} {t.Status.ToString().ToLowerInvariant()}").Take(5);
        return new("hosts", $"wave {change.Wave}: {Count(open.Count, "host")} to finish ({string.Join(", ", names)})");
    }
}
