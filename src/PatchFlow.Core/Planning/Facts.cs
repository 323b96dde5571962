using System.Collections.Frozen;
using System.Collections.Immutable;
using PatchFlow.Core.Changes;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Rollouts;

namespace PatchFlow.Core.Planning;

/// <summary>Everything beside the change itself that the planner looks at, read in one snapshot.</summary>
public sealed record Facts
{
    /// <summary>The change's hosts.</summary>
    public ImmutableArray<HostTask> Tasks { get; init; } = [];

    /// <summary>The sealed plan's head; null before sealing.</summary>
    public SealedPlan? Plan { get; init; }

    /// <summary>The last resolving run.</summary>
    public WorkRun? Resolve { get; init; }

    /// <summary>The last sandbox run, also where it was on an earlier plan.</summary>
    public WorkRun? Sandbox { get; init; }

    /// <summary>Runs that have a living worker in this process.</summary>
    public FrozenSet<long> LivingRuns { get; init; } = [];

    /// <summary>All decisions in the order in which they were recorded.</summary>
    public ImmutableArray<Decision> Decisions { get; init; } = [];

    /// <summary>The approvals, by digest and in order, that count as abstentions since their makers can't approve any more (ADR 8).</summary>
    public ImmutableArray<Digest> Uncounted { get; init; } = [];

    /// <summary>Commands that have no answer yet, in order.</summary>
    public ImmutableArray<OperatorCommand> Commands { get; init; } = [];

    /// <summary>Other changes that are open.</summary>
    public ImmutableArray<OtherChange> Others { get; init; } = [];

    /// <summary>The digest of the pipeline's file as it is now.</summary>
    public required Digest Policy { get; init; }

    /// <summary>Feeds that can't be relied on at present.</summary>
    public ImmutableArray<StaleFeed> StaleFeeds { get; init; } = [];

    /// <summary>
    /// Why nothing may begin on any host: one has seen a higher epoch or plan sequence than this database has, which so is an old copy.
    /// Null where none has.
    /// </summary>
    public string? Behind { get; init; }

    /// <summary>Why nothing may begin for a feed's sake: one that the change depends on is stale. Null where none is.</summary>
    public string? WhyStale(Change change)
    {
        var feeds = Plan is null ? change.Feeds : [.. Plan.Snapshots.Select(s => s.Feed)];
        return StaleFeeds.FirstOrDefault(f => feeds.Contains(f.Feed))?.Sentence;
    }
}

/// <summary>A feed that can't be relied on.</summary>
/// <param name="Feed">Its name.</param>
/// <param name="Sentence">Why, with the remedy.</param>
public sealed record StaleFeed(string Feed, string Sentence);

/// <summary>Another open change, as far as it can be in the way.</summary>
public sealed record OtherChange(long Id, ChangeStatus Status, bool IsInFlight, ImmutableArray<string> Hosts);

/// <summary>What an operator asked for. It is carried out, or refused with a reason; never forgotten.</summary>
/// <param name="Id">Its place in the order.</param>
/// <param name="Action">What is asked.</param>
/// <param name="Host">The host, for <see cref="CommandAction.Retry"/> and <see cref="CommandAction.Skip"/>.</param>
/// <param name="Subject"><c>user:ID</c>.</param>
/// <param name="Reason">Free text; null where none was given.</param>
public sealed record OperatorCommand(long Id, CommandAction Action, string? Host, string Subject, string? Reason);

/// <summary>The answer to a command.</summary>
/// <param name="Command">The command's id.</param>
/// <param name="Accepted">Whether it was carried out.</param>
/// <param name="Text">The answer in words.</param>
public sealed record CommandAnswer(long Command, bool Accepted, string Text);

/// <summary>What operators may ask for.</summary>
public enum CommandAction
{
    /// <summary>Begin the rollout of an approved change.</summary>
    Start,

    /// <summary>Let running hosts finish, start none.</summary>
    Pause,

    /// <summary>Go on after a pause.</summary>
    Resume,

    /// <summary>End the rollout: running hosts finish.</summary>
    Abort,

    /// <summary>Bring touched hosts back to the FROM versions.</summary>
    Rollback,

    /// <summary>Withdraw the change before its rollout.</summary>
    Cancel,

    /// <summary>Run the sandbox again before deciding.</summary>
    Test,

    /// <summary>Try a failed host again.</summary>
    Retry,

    /// <summary>Leave a host out.</summary>
    Skip,
}
