using System.ComponentModel.DataAnnotations;

namespace PatchFlow.Server.Reconcile;

/// <summary>Settings of the reconciler: section <c>PatchFlow:Reconcile</c>.</summary>
internal sealed class ReconcileOptions
{
    /// <summary>The name of the section.</summary>
    public const string Section = "PatchFlow:Reconcile";

    /// <summary>How often it looks, in milliseconds. It looks at once where something ended.</summary>
    [Range(50, 60_000)]
    public int TickMilliseconds { get; set; } = 1000;

    /// <summary>Steps at work at once.</summary>
    [Range(1, 1000)]
    public int StepsAtOnce { get; set; } = 64;

    /// <summary>Resolving and sandbox runs at work at once.</summary>
    [Range(1, 64)]
    public int Workers { get; set; } = 2;

    /// <summary>How long snapshots and hosts must have been at rest before changes are proposed, in seconds.</summary>
    [Range(0, 3600)]
    public int SettleSeconds { get; set; } = 10;
}
