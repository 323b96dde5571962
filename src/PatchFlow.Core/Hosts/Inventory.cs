using System.Collections.Immutable;

namespace PatchFlow.Core.Hosts;

/// <summary>What a host says of itself: <c>inventory.txt</c> of docs/formats.md.</summary>
public sealed partial record Inventory
{
    /// <summary>The host's id, as given at enrolment.</summary>
    public required string Host { get; init; }

    /// <summary>os-release <c>ID</c>, for example <c>debian</c>.</summary>
    public required string OsId { get; init; }

    /// <summary>os-release <c>VERSION_ID</c>, for example <c>12</c>.</summary>
    public required string OsRelease { get; init; }

    /// <summary>The package manager's architecture, for example <c>amd64</c>.</summary>
    public required string Arch { get; init; }

    /// <summary>The running kernel's release.</summary>
    public required string Kernel { get; init; }

    /// <summary>The kernel's boot id.</summary>
    public required string BootId { get; init; }

    /// <summary>PID 1's start time, in the host's own unit: only equality means something.</summary>
    public required long InitStart { get; init; }

    /// <summary>The highest epoch that the host has seen.</summary>
    public required long Epoch { get; init; }

    /// <summary>The highest plan sequence that the host has seen.</summary>
    public required long Sequence { get; init; }

    /// <summary>Names of held packages.</summary>
    public ImmutableArray<string> Holds { get; init; } = [];

    /// <summary>Package sources the host has configured.</summary>
    public ImmutableArray<PackageSource> Sources { get; init; } = [];

    /// <summary>Installed packages.</summary>
    public ImmutableArray<InstalledPackage> Packages { get; init; } = [];

    /// <summary>The sources of those installed packages whose source package has another name or version; an older helper names none.</summary>
    public ImmutableArray<PackageOrigin> Origins { get; init; } = [];

    /// <summary>Conffiles that differ from what the package shipped.</summary>
    public ImmutableArray<string> EditedConffiles { get; init; } = [];

    /// <summary>Services with their state (<c>active</c>, <c>inactive</c>, <c>failed</c>, …).</summary>
    public ImmutableArray<HostService> Services { get; init; } = [];

    /// <summary>Listening sockets.</summary>
    public ImmutableArray<ListeningSocket> Listens { get; init; } = [];

    /// <summary>Units that still map a replaced library.</summary>
    public ImmutableArray<string> RestartNeeded { get; init; } = [];

    /// <summary>Whether the host says that it must be rebooted.</summary>
    public required bool RebootNeeded { get; init; }

    /// <summary>Tickets on the host with their states.</summary>
    public ImmutableArray<HostTicket> Tickets { get; init; } = [];
}

/// <summary>A configured source: <c>source URI SUITE</c>.</summary>
public sealed record PackageSource(string Uri, string Suite);

/// <summary>An installed package: name, architecture, version, in the package manager's own grammar.</summary>
public sealed record InstalledPackage(string Name, string Arch, string Version);

/// <summary>What an installed package was built from, as its package manager says; advisories speak of sources.</summary>
public sealed record PackageOrigin(string Name, string Arch, string Source, string SourceVersion);

/// <summary>A service unit and its state.</summary>
public sealed record HostService(string Unit, string State);

/// <summary>A listening socket: <c>tcp</c> or <c>udp</c>, address, port.</summary>
public sealed record ListeningSocket(string Protocol, string Address, int Port);

/// <summary>
/// A ticket directory on the host and its state word: <c>pending</c>, <c>running</c>, <c>exited</c> (with which code, <c>status</c>
/// says), <c>interrupted</c>, <c>lost</c> or <c>done</c>.
/// </summary>
public sealed record HostTicket(TicketId Ticket, string State);
