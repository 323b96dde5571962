using System.Collections.Immutable;

namespace PatchFlow.Core.Hosts;

/// <summary>
/// What somebody reports of a host that PatchFlow can't ask, and never deploys to: <c>report</c> of docs/formats.md. A host of Windows has products
/// and updates, any other has packages.
/// </summary>
public sealed partial record HostReport
{
    /// <summary>The <c>ID</c> of hosts of Windows.</summary>
    public const string Windows = "windows";

    /// <summary>os-release <c>ID</c> in lowercase, for example <c>rocky</c>; <see cref="Windows"/>.</summary>
    public required string OsId { get; init; }

    /// <summary>os-release <c>VERSION_ID</c>; empty where it has none.</summary>
    public required string OsRelease { get; init; }

    /// <summary>The architecture in the words of its package manager.</summary>
    public required string Arch { get; init; }

    /// <summary>The running kernel's release; empty where it is not reported.</summary>
    public string Kernel { get; init; } = "";

    /// <summary>When it was taken on the host, in UTC to the second; null where it does not say.</summary>
    public DateTimeOffset? Taken { get; init; }

    /// <summary>Names of its package sources: ids of repositories, suites.</summary>
    public ImmutableArray<string> Sources { get; init; } = [];

    /// <summary>The enabled module streams, <c>name:stream</c>.</summary>
    public ImmutableArray<string> Modules { get; init; } = [];

    /// <summary>Names of held packages.</summary>
    public ImmutableArray<string> Holds { get; init; } = [];

    /// <summary>Installed packages.</summary>
    public ImmutableArray<ReportedPackage> Packages { get; init; } = [];

    /// <summary>Installed products.</summary>
    public ImmutableArray<ReportedProduct> Products { get; init; } = [];

    /// <summary>Installed updates, <c>KB5034122</c>.</summary>
    public ImmutableArray<string> Updates { get; init; } = [];

    /// <summary>Listening sockets.</summary>
    public ImmutableArray<ListeningSocket> Listens { get; init; } = [];

    /// <summary>Whether it is a host of Windows.</summary>
    public bool IsWindows => OsId == Windows;
}

/// <summary>An installed package as it is reported.</summary>
/// <param name="Name">The package.</param>
/// <param name="Arch">Its architecture.</param>
/// <param name="Version">Its version, with its epoch where it has one.</param>
/// <param name="Source">Its source package; null where it is not reported.</param>
/// <param name="SourceVersion">That one's version; null where rpm tells the file of the source package, <c>bash-5.1.8-9.el9.src.rpm</c>, in its place.</param>
/// <param name="Module">The module stream that it was built for, <c>name:stream</c>; null where that is not reported.</param>
public sealed record ReportedPackage(string Name, string Arch, string Version, string? Source = null, string? SourceVersion = null, string? Module = null);

/// <summary>An installed product.</summary>
/// <param name="Build">Its build, <c>10.0.19045.3803</c>; null where it has none.</param>
/// <param name="Name">Its name exactly as its vendor publishes it, <c>Windows 10 Version 22H2 for x64-based Systems</c>.</param>
public sealed record ReportedProduct(string? Build, string Name);
