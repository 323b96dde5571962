using PatchFlow.Client;
using PatchFlow.Core.Changes;
using PatchFlow.Core.Planning;
using PatchFlow.Server.Reconcile;

namespace PatchFlow.Server.Api.Reads;

/// <summary>How the board stands on a change, and whether somebody may decide on it now.</summary>
internal sealed class BoardReads(Pipelines pipelines, ReconcileSources sources, TimeProvider time)
{
    /// <summary>The board's view; null before there is evidence to decide on.</summary>
    public BoardView? Of(ChangeFile file, Caller caller)
    {
        if (file is not { Change: { Plan: { } plan, Evidence: { } evidence, Policy: { } digest } change, Policy: { } policy })
        {
            return null;
        }

        var now = time.GetUtcNow();
        var quorum = Approvals.Count(change, policy, file.Decisions.Select(d => d.Counted), now);
        var whyNot = caller.May(Permission.DecideChanges) ? WhyNot(file, caller.Subject, Vote.Approve)?.Message : "only members of the board decide: that is the role approver";
        return new(
            policy.Gate,
            policy.Approvals,
            quorum.Approvals.Length,
            plan.Hex,
            evidence.Hex,
            digest.Hex,
            change.Status == ChangeStatus.AwaitingApproval ? Until(file) : null,
            whyNot is null,
            whyNot,
            [.. file.Decisions.Select(d => Of(d, file, now))]);
    }

    /// <summary>A decision, with whether it counts.</summary>
    public static DecisionView Of(KeptDecision kept, ChangeFile file, DateTimeOffset now)
    {
        var (decision, whyNot) = (kept.Decision, WhyItDoesNotCount(kept, file, now));
        return new(
            kept.Digest.Hex,
            decision.Subject,
            Wire.Same<VoteKind>(decision.Vote),
            decision.At,
            decision.Expires,
            decision.Plan.Hex,
            decision.Evidence.Hex,
            decision.Policy.Hex,
            decision.Reason,
            kept.Token,
            whyNot is null,
            whyNot);
    }

    /// <summary>Why somebody can't decide so on the change as it stands; null where it is possible.</summary>
    public RefusedException? WhyNot(ChangeFile file, string subject, Vote vote)
    {
        var change = file.Change;
        if (change.Status is not (ChangeStatus.AwaitingApproval or ChangeStatus.Approved or ChangeStatus.RollingOut or ChangeStatus.Paused or ChangeStatus.Halted))
        {
            return RefusedException.Conflict($"{change.Name} is {change.Status}: {(change.Waiting ?? new("", change.Reason ?? "the board has nothing to decide on it")).Sentence}");
        }

        if (subject == change.ProposedBy || subject == change.TriggeredBy)
        {
            return new(ProblemKind.Forbidden, $"you {(subject == change.ProposedBy ? "proposed" : "triggered")} {change.Name}, so you can't decide on it: ask another member of the board");
        }

        var now = time.GetUtcNow();
        if (change.Status == ChangeStatus.AwaitingApproval && now >= Until(file))
        {
            return RefusedException.Conflict($"the board's time for {change.Name} was over at {Until(file):u}: propose the change again");
        }

        return (change.Status.IsBeforeRollout() ? WhyNotBeforeRollout(file) : null) ?? (vote == Vote.Approve ? WhyStale(file, now) : null);
    }

    private RefusedException? WhyNotBeforeRollout(ChangeFile file)
    {
        var change = file.Change;
        var current = pipelines.Current(change.Pipeline);
        if (current.Error is { } error)
        {
            return RefusedException.Conflict($"the policy can't be read, so nothing is decided: {error}");
        }

        return current.Digest == change.Policy ? null
            : new(ProblemKind.Changed, $"the pipeline {change.Pipeline} was edited ({change.Policy?.Short} to {current.Digest.Short}): the plan is sealed and tested again, then decide on that");
    }

    // Also while it rolls out: an approval lets the hosts begin that have not yet.
    private RefusedException? WhyStale(ChangeFile file, DateTimeOffset now)
    {
        var facts = new Facts { Policy = file.Change.Policy ?? default, Plan = file.Plan, StaleFeeds = sources.StaleFeeds(now) };
        return facts.WhyStale(file.Change) is { } stale ? RefusedException.Conflict($"{stale}; until then nothing is approved, since newer fixes may be missing") : null;
    }

    private static DateTimeOffset Until(ChangeFile file)
    {
        var until = file.Change.Since + file.Policy!.DecisionLifetime;
        return file.Plan!.NotAfter < until ? file.Plan.NotAfter : until;
    }

    private static string? WhyItDoesNotCount(KeptDecision kept, ChangeFile file, DateTimeOffset now)
    {
        var (decision, change) = (kept.Decision, file.Change);
        return decision.Plan != change.Plan ? "it is on an earlier plan"
            : decision.Evidence != change.Evidence ? "it is on earlier evidence"
            : decision.Policy != change.Policy ? "it is under an earlier policy"
            : file.Policy is not { } policy || decision.Gate != policy.Gate ? "it is for another gate"
            : decision.Subject == change.ProposedBy || decision.Subject == change.TriggeredBy ? "its maker proposed or triggered the change"
            : kept.IsUncounted ? "its maker may not approve any more: the account is disabled, or has no role approver"
            : now >= Approvals.ExpiryOf(decision, policy) ? "it has expired"
            : file.Decisions.Last(d => d.Decision.Subject == decision.Subject).Digest != kept.Digest ? "its maker has decided again since"
            : null;
    }
}
