using System.Collections.Frozen;
using System.Collections.Immutable;
using PatchFlow.Core.Rollouts;
using static PatchFlow.Core.Changes.ChangeStatus;
using S = PatchFlow.Core.Rollouts.HostTaskStatus;

namespace PatchFlow.Core.Changes;

/// <summary>THE table: where a change, and a host in a rollout, may go from where. What is not in it is a bug, and throws.</summary>
public static class Transitions
{
#pragma warning disable format // one aligned entry a line: the table is read as a table
    private static readonly FrozenDictionary<ChangeStatus, ImmutableArray<ChangeStatus>> Changes = new Dictionary<ChangeStatus, ImmutableArray<ChangeStatus>>
    {
        [Proposed]                 = [Resolving, Superseded, Cancelled],
        [Resolving]                = [Testing, Unresolvable, Superseded, Cancelled],
        [Unresolvable]             = [],
        [Testing]                  = [AwaitingApproval, TestFailed, Unresolvable, Expired, Superseded, Cancelled],
        [TestFailed]               = [],
        [AwaitingApproval]         = [Approved, Testing, Unresolvable, Rejected, Expired, Superseded, Cancelled],
        [Approved]                 = [RollingOut, AwaitingApproval, Testing, Unresolvable, Rejected, Expired, Superseded, Cancelled],
        [Rejected]                 = [],
        [Expired]                  = [],
        [Superseded]               = [],
        [Cancelled]                = [],
        [RollingOut]               = [Completed, CompletedWithExceptions, Paused, Halted, Aborted],
        [Paused]                   = [RollingOut, Aborted, RollingBack],
        [Halted]                   = [RollingOut, Aborted, RollingBack],
        [Aborted]                  = [RollingBack],
        [RollingBack]              = [RolledBack, RolledBackWithExceptions],
        [RolledBack]               = [],
        [RolledBackWithExceptions] = [RollingBack],
        [Completed]                = [RollingBack],
        [CompletedWithExceptions]  = [RollingBack],
    }.ToFrozenDictionary();

    private static readonly FrozenDictionary<HostTaskStatus, ImmutableArray<HostTaskStatus>> HostTasks = new Dictionary<HostTaskStatus, ImmutableArray<HostTaskStatus>>
    {
        [S.Pending]        = [S.Staging, S.Skipped, S.Drifted, S.Offline],
        [S.Staging]        = [S.Running, S.Failed, S.Skipped, S.Drifted, S.Offline, S.NeedsAttention],
        // Back to Staging: the host never had the ticket, or it changed nothing there, and meanwhile none may begin (ADR 7).
        [S.Running]        = [S.Staging, S.Verifying, S.Unknown, S.Failed, S.Drifted, S.NeedsAttention],
        [S.Unknown]        = [S.Staging, S.Running, S.Verifying, S.Failed, S.Drifted, S.NeedsAttention],
        [S.Verifying]      = [S.Succeeded, S.Failed, S.NeedsAttention],
        [S.Succeeded]      = [S.Verifying, S.RollingBack],
        [S.Failed]         = [S.Running, S.RollingBack],
        [S.NeedsAttention] = [S.Staging, S.Verifying, S.Skipped, S.RollingBack],
        [S.RollingBack]    = [S.RolledBack, S.NeedsAttention],
        [S.RolledBack]     = [],
        [S.Skipped]        = [S.RollingBack],
        [S.Drifted]        = [],
        [S.Offline]        = [S.Staging],
    }.ToFrozenDictionary();
#pragma warning restore format

    /// <summary>Where a change may go from there.</summary>
    public static ImmutableArray<ChangeStatus> From(ChangeStatus status) => Changes[status];

    /// <summary>Where a host task may go from there.</summary>
    public static ImmutableArray<HostTaskStatus> From(HostTaskStatus status) => HostTasks[status];

    /// <summary>The step must be in the table.</summary>
    /// <exception cref="InvalidOperationException">It is not: a bug.</exception>
    public static void Require(ChangeStatus from, ChangeStatus to)
    {
        if (!From(from).Contains(to))
        {
            throw new InvalidOperationException($"a change can't go from {from} to {to}");
        }
    }

    /// <inheritdoc cref="Require(ChangeStatus, ChangeStatus)"/>
    public static void Require(HostTaskStatus from, HostTaskStatus to)
    {
        if (!From(from).Contains(to))
        {
            throw new InvalidOperationException($"a host task can't go from {from} to {to}");
        }
    }
}
