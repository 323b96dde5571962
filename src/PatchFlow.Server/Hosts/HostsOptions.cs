using System.ComponentModel.DataAnnotations;

namespace PatchFlow.Server.Hosts;

/// <summary>Settings for reaching hosts: section <c>PatchFlow:Hosts</c>.</summary>
internal sealed class HostsOptions
{
    /// <summary>The name of the section.</summary>
    public const string Section = "PatchFlow:Hosts";

    /// <summary>Between two inventories of a host.</summary>
    [Range(1, 24 * 60)]
    public int InventoryMinutes { get; set; } = 15;

    /// <summary>Inventories at once.</summary>
    [Range(1, 50)]
    public int InventoryConcurrency { get; set; } = 16;

    /// <summary>How many days a report of a host that PatchFlow can't ask is good for: an older one is shown as such.</summary>
    [Range(1, 365)]
    public int ReportDays { get; set; } = 7;

    /// <summary>For reaching a host's port, key exchange and login together.</summary>
    [Range(1, 120)]
    public int ConnectSeconds { get; set; } = 10;

    /// <summary>PatchFlow's private key; empty for <c>keys/hosts_ecdsa</c> in the data directory.</summary>
    public string KeyFile { get; set; } = "";

    internal TimeSpan ReportTime => TimeSpan.FromDays(ReportDays);

    internal TimeSpan ConnectTimeout => TimeSpan.FromSeconds(ConnectSeconds);
}
