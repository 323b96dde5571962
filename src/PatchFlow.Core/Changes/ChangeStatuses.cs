using static PatchFlow.Core.Changes.ChangeStatus;

namespace PatchFlow.Core.Changes;

/// <summary>Groups of states that rules speak of.</summary>
public static class ChangeStatuses
{
    /// <summary>Before the first host may be touched: it can be superseded or cancelled, and its policy may still be edited.</summary>
    public static bool IsBeforeRollout(this ChangeStatus status) => status is Proposed or Resolving or Testing or AwaitingApproval or Approved;

    /// <summary>Hosts may be at work for it: the sealed plan holds, whatever the pipeline's file says by now.</summary>
    public static bool IsRollout(this ChangeStatus status) =>
        status is RollingOut or Paused or Halted or Aborted or RollingBack or RolledBack or RolledBackWithExceptions or Completed or CompletedWithExceptions;

    /// <summary>Nothing happens in it by itself any more. (An aborted change ends when its last host has.)</summary>
    public static bool IsOver(this ChangeStatus status) => status is Completed or CompletedWithExceptions or RolledBackWithExceptions || Transitions.From(status).IsEmpty;
}
