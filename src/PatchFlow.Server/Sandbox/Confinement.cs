using System.Globalization;
using Docker.DotNet.Models;

namespace PatchFlow.Server.Sandbox;

/// <summary>What PID 1 of a replica is.</summary>
internal enum InitMode
{
    /// <summary>systemd, as on the host.</summary>
    Systemd,

    /// <summary>Nothing that starts services: only those with a start script of their own run.</summary>
    None,
}

/// <summary>
/// How a replica is shut in: what it runs may be broken or hostile. No network, no capability but the few that package scripts need,
/// no new privileges, limits on memory, processes and processors, no device, no socket of the engine.
/// </summary>
internal static class Confinement
{
    /// <summary>
    /// Capabilities left. Files change owner and mode (CHOWN, FOWNER, DAC_OVERRIDE), services change user and drop what they don't need
    /// (SETUID, SETGID, SETPCAP: without it apt takes seven times as long), stop each other (KILL), and sshd shuts itself in (SYS_CHROOT).
    /// </summary>
    public static readonly string[] Capabilities = ["CHOWN", "DAC_OVERRIDE", "FOWNER", "KILL", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"];

    /// <summary>The container of a replica, or of the making of one.</summary>
    /// <param name="name">The container's name.</param>
    /// <param name="image">What it starts from.</param>
    /// <param name="command">PID 1.</param>
    /// <param name="labels">To find it by, also after a crash.</param>
    /// <param name="options">Limits.</param>
    public static CreateContainerParameters Container(string name, string image, string[] command, IDictionary<string, string> labels, SandboxOptions options) => new()
    {
        Name = name,
        Image = image,
        Cmd = command,
        Hostname = "replica",
        Env = ["container=docker"],
        Labels = labels,
        StopSignal = "SIGRTMIN+3",
        HostConfig = new HostConfig
        {
            // Not NetworkDisabled: that leaves /etc/hosts empty, and what listens on localhost does not start.
            NetworkMode = "none",
            CapDrop = ["ALL"],
            CapAdd = [.. Capabilities],
            SecurityOpt = ["no-new-privileges"],
            Memory = options.MemoryMiB * 1024L * 1024,
            MemorySwap = options.MemoryMiB * 1024L * 1024,
            PidsLimit = options.Pids,
            NanoCPUs = (long)(Math.Min(options.Cpus, Environment.ProcessorCount) * 1_000_000_000),
            RestartPolicy = new RestartPolicy { Name = RestartPolicyKind.No },
            LogConfig = new LogConfig { Type = "none" },
            Tmpfs = new Dictionary<string, string> { ["/run"] = "", ["/run/lock"] = "", ["/tmp"] = "" },
        },
    };

    /// <summary>Lets systemd be PID 1, with the cgroup sub-tree of that folder as its own and no other visible.</summary>
    public static CreateContainerParameters WithSystemd(this CreateContainerParameters container, string cgroup, string folder)
    {
        container.HostConfig!.CgroupParent = cgroup;
        container.HostConfig.Tmpfs!["/sys/fs/cgroup"] = "rw,mode=755";
        container.HostConfig.Tmpfs["/sys/fs/cgroup/systemd"] = "rw,mode=755";
        // At its own full path: bound elsewhere it boots, but services that read their own cgroup hang.
        container.HostConfig.Binds = [$"{folder}:{folder}:rw"];
        return container;
    }

    /// <summary>The limits and the shutting-in as lines of the fidelity list.</summary>
    public static IEnumerable<string> Fidelity(SandboxOptions options) =>
    [
        "network: none, not even to the host's own addresses; the host has its own",
        $"capabilities: only {string.Join(' ', Capabilities)}, and no-new-privileges; the host's root has all",
        string.Create(CultureInfo.InvariantCulture, $"limits: {options.MemoryMiB} MiB of memory, {options.Pids} processes, {Math.Min(options.Cpus, Environment.ProcessorCount)} processors; the host has its own"),
        "delivery: files are put in as one archive and hashed before use; on the host each comes through a call of the helper",
        "access: commands enter as root through the container engine; on the host they come through ssh and sudo",
    ];
}
