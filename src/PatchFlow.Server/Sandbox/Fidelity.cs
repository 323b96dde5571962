using System.Collections.Immutable;
using System.Globalization;
using PatchFlow.Core.Hosts;

namespace PatchFlow.Server.Sandbox;

/// <summary>The fidelity list: every way in which a replica is not the host, said so that a board can weigh it.</summary>
internal static class Fidelity
{
    private const int MostNamed = 40;

    /// <summary>The lines for one replica.</summary>
    /// <param name="host">The host that it stands for.</param>
    /// <param name="image">What it was started from.</param>
    /// <param name="present">The packages that it has.</param>
    /// <param name="services">The services at work in it; null where it has no systemd.</param>
    /// <param name="whyNoSystemd">Why it has no systemd, or null.</param>
    /// <param name="kernel">The kernel that it runs on.</param>
    /// <param name="options">Its limits.</param>
    public static ImmutableArray<string> Of(
        Inventory host,
        ReplicaImage image,
        IReadOnlyCollection<PresentPackage> present,
        IReadOnlyCollection<string>? services,
        string? whyNoSystemd,
        string kernel,
        SandboxOptions options) =>
    [
        $"kernel: {kernel}, that of the sandbox's machine; the host has {host.Kernel}; boot, modules, firmware and mandatory access control are not tested",
        whyNoSystemd is null
            ? "init: systemd as PID 1 of a container, with a cgroup sub-tree of its own; no device units, no boot"
            : $"init: none, because {whyNoSystemd}; only services with a start script run, and nothing restarts them",
        .. Confinement.Fidelity(options),
        $"origin: packages of {image.BaseName} brought to those of the host {host.Host}; its own data and settings are not carried",
        .. Packages(host, present),
        .. Named("conffile", "edited on the host, as shipped here", host.EditedConffiles),
        .. services is null ? [] : Services(host, services),
    ];

    private static IEnumerable<string> Packages(Inventory host, IReadOnlyCollection<PresentPackage> present)
    {
        var here = present.ToDictionary(p => (p.Name, p.Arch), p => p.Version);
        var there = host.Packages.ToDictionary(p => (p.Name, p.Arch), p => p.Version);
        var differing = there.Where(p => here.GetValueOrDefault(p.Key) is var version && version != p.Value)
            .Select(p => $"{p.Key.Name} {p.Key.Arch}: {here.GetValueOrDefault(p.Key) ?? "none"} here, {p.Value} on the host")
            .Concat(here.Where(p => !there.ContainsKey(p.Key)).Select(p => $"{p.Key.Name} {p.Key.Arch}: {p.Value} here, none on the host"))
            .Order(StringComparer.Ordinal)
            .ToList();
        return differing.Count == 0 ? [string.Create(CultureInfo.InvariantCulture, $"packages: all {there.Count} as on the host")] : Named("package", null, differing);
    }

    private static IEnumerable<string> Services(Inventory host, IReadOnlyCollection<string> services)
    {
        var there = host.Services.Where(s => s.State == "active").Select(s => s.Unit).ToHashSet(StringComparer.Ordinal);
        return Named("service", "active on the host, not here", there.Except(services))
            .Concat(Named("service", "active here, not on the host", services.Except(there)));
    }

    private static IEnumerable<string> Named(string key, string? state, IEnumerable<string> names)
    {
        var sorted = names.Order(StringComparer.Ordinal).ToList();
        var shown = sorted.Take(MostNamed).Select(name => state is null ? $"{key}: {name}" : $"{key}: {name} is {state}");
        return sorted.Count <= MostNamed ? shown : shown.Append(string.Create(CultureInfo.InvariantCulture, $"{key}: and {sorted.Count - MostNamed} more"));
    }
}
