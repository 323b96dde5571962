using static PatchFlow.Core.Rollouts.HostTaskStatus;

namespace PatchFlow.Core.Rollouts;

/// <summary>Groups of states that rules speak of.</summary>
public static class HostTaskStatuses
{
    /// <summary>Something is, or may be, at work on the host.</summary>
    public static bool IsActive(this HostTaskStatus status) => status is Staging or Running or Unknown or Verifying or RollingBack;

    /// <summary>Its wave does not wait for it any more.</summary>
    public static bool IsOver(this HostTaskStatus status) => status is Succeeded or Failed or Skipped or Drifted or Offline or RolledBack;
}
