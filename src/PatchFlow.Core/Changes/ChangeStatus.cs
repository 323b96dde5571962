namespace PatchFlow.Core.Changes;

/// <summary>The life of a change (docs/architecture.md, "State"; the table is <c>Transitions</c>).</summary>
public enum ChangeStatus
{
    /// <summary>Patches apply to its hosts; nothing is fixed yet.</summary>
    Proposed,

    /// <summary>The exact files are being found in a replica.</summary>
    Resolving,

    /// <summary>There is no way to install it as the pipeline demands.</summary>
    Unresolvable,

    /// <summary>The sealed plan is on its replicas.</summary>
    Testing,

    /// <summary>The sandbox showed that the patch breaks something, or never came to a result.</summary>
    TestFailed,

    /// <summary>The board decides.</summary>
    AwaitingApproval,

    /// <summary>The quorum is there.</summary>
    Approved,

    /// <summary>A member of the board said no.</summary>
    Rejected,

    /// <summary>Nobody decided in time, or the plan's last day has passed.</summary>
    Expired,

    /// <summary>A newer change takes its place.</summary>
    Superseded,

    /// <summary>A person withdrew it before the rollout.</summary>
    Cancelled,

    /// <summary>Waves are running on production hosts.</summary>
    RollingOut,

    /// <summary>An operator paused it: running hosts finish, nothing starts.</summary>
    Paused,

    /// <summary>It stopped by itself: errors passed a threshold.</summary>
    Halted,

    /// <summary>An operator ended it: running hosts finish.</summary>
    Aborted,

    /// <summary>Hosts go back to the FROM versions.</summary>
    RollingBack,

    /// <summary>All touched hosts are back.</summary>
    RolledBack,

    /// <summary>Some host did not get back: a person must look.</summary>
    RolledBackWithExceptions,

    /// <summary>Every host has it, verified.</summary>
    Completed,

    /// <summary>Finished, with hosts that failed within the limit, drifted, were offline or skipped.</summary>
    CompletedWithExceptions,
}
