using System.Collections.Immutable;
using System.Globalization;
using PatchFlow.Core.Planning;

namespace PatchFlow.Core.Changes;

/// <summary>How the board stands on a change.</summary>
/// <param name="Needed">Different members who must approve.</param>
/// <param name="Approvals">The approvals that count, one per person.</param>
/// <param name="Rejection">The rejection that ends it; null where there is none.</param>
public sealed record Quorum(int Needed, ImmutableArray<Decision> Approvals, Decision? Rejection)
{
    /// <summary>Enough members approved, and none rejects.</summary>
    public bool IsReached => Rejection is null && Approvals.Length >= Needed;
}

/// <summary>
/// Which decisions count (docs/formats.md): those on exactly the change's current plan, evidence and policy, at the
/// pipeline's gate, the latest of each person, never of who proposed or triggered. An approval expires; a rejection stands until that person
/// decides anew, since time alone is no reason to go on. Everything else counts for nothing.
/// </summary>
public static class Approvals
{
    /// <summary>Counts.</summary>
    /// <param name="change">The change with its current digests.</param>
    /// <param name="pipeline">Says the gate, the quorum and how long a decision lives.</param>
    /// <param name="decisions">All decisions in the order in which they were recorded.</param>
    /// <param name="now">The moment to count at.</param>
    public static Quorum Count(Change change, Pipeline pipeline, IEnumerable<Decision> decisions, DateTimeOffset now)
    {
        var latest = new Dictionary<string, Decision>(StringComparer.Ordinal);
        foreach (var decision in decisions.Where(d => IsAbout(d, change, pipeline)))
        {
            latest[decision.Subject] = decision;
        }

        var counted = latest.Values.OrderBy(d => d.Subject, StringComparer.Ordinal).ToList();
        return new(
            pipeline.Approvals,
            [.. counted.Where(d => d.Vote == Vote.Approve && now < ExpiryOf(d, pipeline))],
            counted.Find(d => d.Vote == Vote.Reject));
    }

    /// <summary>When an approval stops to count: what it says itself, but never longer than the pipeline lets decisions live.</summary>
    public static DateTimeOffset ExpiryOf(Decision decision, Pipeline pipeline)
    {
        var most = decision.At + pipeline.DecisionLifetime;
        return decision.Expires < most ? decision.Expires : most;
    }

    /// <summary>Whom the board's decision is asked of, for people.</summary>
    public static string Sentence(Change change, Pipeline pipeline, Quorum quorum, DateTimeOffset until)
    {
        var others = quorum.Approvals.Select(d => d.Subject)
            .Concat([change.ProposedBy, change.TriggeredBy])
            .Where(s => s != "system")
            .Distinct()
            .Order(StringComparer.Ordinal)
            .ToList();
        var except = others.Count == 0 ? "" : $" other than {string.Join(", ", others)}";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"approval: {quorum.Approvals.Length} of {quorum.Needed}, by members of {pipeline.Gate}{except}, until {Moment.Text(until)}");
    }

    private static bool IsAbout(Decision decision, Change change, Pipeline pipeline) =>
        decision.Change == change.Id
        && change.Plan == decision.Plan
        && change.Evidence == decision.Evidence
        && change.Policy == decision.Policy
        && decision.Gate == pipeline.Gate
        && decision.Subject != change.ProposedBy
        && decision.Subject != change.TriggeredBy;
}
