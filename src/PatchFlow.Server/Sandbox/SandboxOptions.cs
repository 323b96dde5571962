using System.ComponentModel.DataAnnotations;
using PatchFlow.Core.Hosts;

namespace PatchFlow.Server.Sandbox;

/// <summary>The settings of the sandbox: section <c>PatchFlow:Sandbox</c> of appsettings.json.</summary>
internal sealed class SandboxOptions
{
    /// <summary>The name of the section.</summary>
    public const string Section = "PatchFlow:Sandbox";

    /// <summary>The image that every replica starts from; <c>{os}</c>, <c>{release}</c> and <c>{arch}</c> are the host's. It is never pulled.</summary>
    [Required]
    public string BaseImage { get; set; } = "patchflow/base:{os}-{release}-{arch}";

    /// <summary>What the base is missing to be told how to make it.</summary>
    [Required]
    public string BaseImageRemedy { get; set; } = "make it with sandbox/base/make-base";

    /// <summary>Memory of one replica, in MiB; it has no swap beside.</summary>
    [Range(256, 1024 * 1024)]
    public int MemoryMiB { get; set; } = 2048;

    /// <summary>Processes and threads of one replica.</summary>
    [Range(64, 100_000)]
    public int Pids { get; set; } = 1024;

    /// <summary>Processors of one replica; never more than the machine has.</summary>
    [Range(0.1, 1024)]
    public double Cpus { get; set; } = 2;

    /// <summary>Replicas at work at once, over all changes.</summary>
    [Range(1, 64)]
    public int Concurrency { get; set; } = 2;

    /// <summary>Replica images kept; the oldest go first.</summary>
    [Range(1, 1000)]
    public int CachedReplicas { get; set; } = 8;

    /// <summary>Whether systemd may be PID 1 where this machine allows it; without it only services with a start script run.</summary>
    public bool Systemd { get; set; } = true;

    /// <summary>How long making a replica may take, in seconds.</summary>
    [Range(10, 86_400)]
    public int BuildSeconds { get; set; } = 900;

    /// <summary>How long a started replica may take until its services are up, in seconds.</summary>
    [Range(5, 3600)]
    public int StartSeconds { get; set; } = 90;

    /// <summary>How long one ticket (checks, install, rollback) may take, in seconds.</summary>
    [Range(10, 86_400)]
    public int TicketSeconds { get; set; } = 1200;

    /// <summary>How often leftovers are looked for, in minutes.</summary>
    [Range(1, 1440)]
    public int SweepMinutes { get; set; } = 10;

    /// <summary>The base image of a host.</summary>
    public string BaseImageFor(Inventory inventory) => BaseImage
        .Replace("{os}", inventory.OsId, StringComparison.Ordinal)
        .Replace("{release}", inventory.OsRelease, StringComparison.Ordinal)
        .Replace("{arch}", inventory.Arch, StringComparison.Ordinal);
}
