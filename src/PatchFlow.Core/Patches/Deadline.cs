namespace PatchFlow.Core.Patches;

/// <summary>How a deadline stands.</summary>
public enum DeadlineState
{
    /// <summary>There is none.</summary>
    None,

    /// <summary>Open, with more than a quarter of its span left.</summary>
    OnTime,

    /// <summary>Open, in the last quarter of its span.</summary>
    AtRisk,

    /// <summary>The patch was there in time.</summary>
    Met,

    /// <summary>The patch was not there in time, or came late.</summary>
    Missed,
}

/// <summary>Until when a patch must be on a host.</summary>
/// <param name="Since">The time of the first snapshot in which it applied.</param>
/// <param name="Due">The last moment that is in time; null where the policy has none.</param>
/// <param name="State">How it stands.</param>
public sealed record Deadline(DateTimeOffset Since, DateTimeOffset? Due, DeadlineState State)
{
    // At risk is the last quarter.
    private const int Parts = 4;

    /// <summary>From when on it is at risk; null where there is no deadline.</summary>
    public DateTimeOffset? RiskAt => Due is { } due ? due - ((due - Since) / Parts) : null;

    /// <summary>The deadline of a patch on a host.</summary>
    /// <param name="policy">The pipeline's.</param>
    /// <param name="priority">The class it has now: one that becomes more urgent is due earlier, from the same beginning.</param>
    /// <param name="since">The time of the first snapshot in which it applied.</param>
    /// <param name="patched">When the host was seen with it; null where it still lacks it.</param>
    /// <param name="now">The time.</param>
    public static Deadline Of(DeadlinePolicy policy, PriorityClass priority, DateTimeOffset since, DateTimeOffset? patched, DateTimeOffset now)
    {
        if (policy.SpanOf(priority) is not { } span)
        {
            return new(since, null, DeadlineState.None);
        }

        var due = since + span;
        var state = patched is { } at ? at <= due ? DeadlineState.Met : DeadlineState.Missed
            : now > due ? DeadlineState.Missed
            : now >= due - (span / Parts) ? DeadlineState.AtRisk
            : DeadlineState.OnTime;
        return new(since, due, state);
    }
}
