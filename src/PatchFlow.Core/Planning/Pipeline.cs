using System.Collections.Immutable;
using PatchFlow.Core.Changes;
using PatchFlow.Core.Patches;

namespace PatchFlow.Core.Planning;

/// <summary>The policy for a change: a file in <c>pipelines/</c>, validated at load. Its digest is over the raw bytes.</summary>
public sealed record Pipeline
{
    /// <summary>The pipeline's id: the file's name without <c>.yaml</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Standard, normal or emergency.</summary>
    public required ChangeKind Kind { get; init; }

    /// <summary>The gate's name, for example <c>change-board</c>.</summary>
    public required string Gate { get; init; }

    /// <summary>Different members who must approve.</summary>
    public required int Approvals { get; init; }

    /// <summary>How long a decision counts, and how long the board has from the evidence on.</summary>
    public required TimeSpan DecisionLifetime { get; init; }

    /// <summary>How long after sealing a host may still start.</summary>
    public required TimeSpan PlanLifetime { get; init; }

    /// <summary>Whether the rollout starts by itself once approved, or an operator starts it.</summary>
    public required bool StartsByItself { get; init; }

    /// <summary>Waves in order; wave 0 is the canary.</summary>
    public required ImmutableArray<WavePolicy> Waves { get; init; }

    /// <summary>Checks by name, with the groups they are for.</summary>
    public required ImmutableArray<CheckPolicy> Checks { get; init; }

    /// <summary>Attempts of an install before a host counts as failed.</summary>
    public required int InstallAttempts { get; init; }

    /// <summary>Inconclusive sandbox runs before the test counts as failed.</summary>
    public required int InconclusiveRuns { get; init; }

    /// <summary>Whether a change may contain packages that can't be rolled back.</summary>
    public required bool AllowIrreversible { get; init; }

    /// <summary>Packages whose removal is allowed by name.</summary>
    public ImmutableArray<string> AllowedRemovals { get; init; } = [];

    /// <summary>How long the pipeline's hosts may lack a fix. They are reported on, and hold up and hurry nothing.</summary>
    public DeadlinePolicy Deadlines { get; init; } = DeadlinePolicy.None;
}

/// <summary>One wave of the policy.</summary>
/// <param name="Name">For people.</param>
/// <param name="Hosts">A number of hosts, or null.</param>
/// <param name="Percent">A share of all hosts, reached in total with this wave, rounded up; or null. Exactly one of the two is given.</param>
/// <param name="Errors">Errors tolerated: one more halts the rollout.</param>
/// <param name="Soak">How long to wait after the wave.</param>
/// <param name="Concurrency">Hosts at work at once.</param>
public sealed record WavePolicy(string Name, int? Hosts, int? Percent, int Errors, TimeSpan Soak, int Concurrency);

/// <summary>A check of the policy.</summary>
/// <param name="Name">The file <c>sandbox/checks/NAME.check</c>.</param>
/// <param name="Groups">Host groups, or empty for all.</param>
/// <param name="Must">A failure fails the run, or is only reported.</param>
/// <param name="Production">Also a health check in production.</param>
public sealed record CheckPolicy(string Name, ImmutableArray<string> Groups, bool Must, bool Production);
