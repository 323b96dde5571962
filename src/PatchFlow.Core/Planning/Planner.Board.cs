using PatchFlow.Core.Changes;

namespace PatchFlow.Core.Planning;

public static partial class Planner
{
    private static Agenda AwaitingApproval(Change change, Facts facts, Pipeline pipeline, DateTimeOffset now)
    {
        if (Ahead(change, facts, now) is { } agenda)
        {
            return agenda;
        }

        var quorum = Approvals.Count(change, pipeline, facts.Decisions, now);
        if (quorum.Rejection is { } rejection)
        {
            return Agenda.Do(Reject(change, rejection, now));
        }

        if (quorum.IsReached)
        {
            var by = quorum.Approvals.Select(d => $"approved by {d.Subject}").ToArray();
            return Agenda.Do(Enter(change.To(ChangeStatus.Approved, now), by));
        }

        var until = BoardHasUntil(change, facts, pipeline);
        return now >= until
            ? Agenda.Do(Enter(change.To(ChangeStatus.Expired, now, $"{quorum.Approvals.Length} of {quorum.Needed} approvals by {Moment.Text(until)}: propose the change again")))
            : Agenda.Wait("approval", Approvals.Sentence(change, pipeline, quorum, until), until);
    }

    private static Agenda Approved(Change change, Facts facts, Pipeline pipeline, DateTimeOffset now)
    {
        if (Ahead(change, facts, now) is { } agenda)
        {
            return agenda;
        }

        var quorum = Approvals.Count(change, pipeline, facts.Decisions, now);
        if (quorum.Rejection is { } rejection)
        {
            return Agenda.Do(Reject(change, rejection, now));
        }

        if (!quorum.IsReached)
        {
            var decayed = change.To(ChangeStatus.AwaitingApproval, now, "a decision expired before the rollout started");
            return Agenda.Do(Enter(decayed));
        }

        if (facts.WhyStale(change) is { } stale)
        {
            return Agenda.Wait("feed", stale);
        }

        return pipeline.StartsByItself
            ? Agenda.Do(Start(change, facts, now))
            : Agenda.Wait("start", "an operator to start the rollout: patchflow rollout start", facts.Plan?.NotAfter);
    }

    // From here on the plan is executed as decided: what did not count now does not come to count later, whoever gets a role back.
    internal static SaveChange Start(Change change, Facts facts, DateTimeOffset now)
    {
        var next = change.To(ChangeStatus.RollingOut, now) with { RolloutAt = now, Uncounted = facts.Uncounted };
        return Enter(next, $"evidence {change.Evidence}", $"policy {change.Policy}") with { Begins = true };
    }

    private static SaveChange Reject(Change change, Decision rejection, DateTimeOffset now) =>
        Enter(change.To(ChangeStatus.Rejected, now, $"{rejection.Subject} rejected it: {rejection.Reason}"));

    private static DateTimeOffset BoardHasUntil(Change change, Facts facts, Pipeline pipeline)
    {
        var until = change.Since + pipeline.DecisionLifetime;
        return facts.Plan is { } plan && plan.NotAfter < until ? plan.NotAfter : until;
    }
}
