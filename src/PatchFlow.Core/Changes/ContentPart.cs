using System.Collections.Immutable;
using PatchFlow.Core.Documents;

namespace PatchFlow.Core.Changes;

/// <summary>What one profile of hosts gets: <c>content.txt</c> of docs/formats.md.</summary>
public sealed partial record ContentPart
{
    /// <summary><c>{group}-{os}-{release}-{arch}-{8 hex}</c>.</summary>
    public required string Profile { get; init; }

    /// <summary>os-release ID.</summary>
    public required string OsId { get; init; }

    /// <summary>os-release VERSION_ID.</summary>
    public required string OsRelease { get; init; }

    /// <summary>Architecture.</summary>
    public required string Arch { get; init; }

    /// <summary>The signed indices that together list every file below.</summary>
    public required ImmutableArray<PlanSnapshot> Indices { get; init; }

    /// <summary>Installed packages that change version.</summary>
    public required ImmutableArray<PackageUpgrade> Upgrades { get; init; }

    /// <summary>New dependencies.</summary>
    public ImmutableArray<PackageVersion> Installs { get; init; } = [];

    /// <summary>Every new file, and every old one that a rollback needs.</summary>
    public required ImmutableArray<PackageFile> Files { get; init; }

    /// <summary>Old versions whose file can't be had.</summary>
    public ImmutableArray<PackageVersion> Irreversible { get; init; } = [];

    /// <summary>Units restarted after the install.</summary>
    public ImmutableArray<string> Restarts { get; init; } = [];

    /// <summary>Whether a reboot belongs to it.</summary>
    public bool Reboot { get; init; }
}

/// <summary>An upgrade of an installed package.</summary>
public sealed record PackageUpgrade(string Name, string Arch, string From, string To);

/// <summary>A package at a version.</summary>
public sealed record PackageVersion(string Name, string Arch, string Version);

/// <summary>A package file by content: size in bytes and SHA-256.</summary>
public sealed record PackageFile(string Name, string Arch, string Version, long SizeBytes, Digest Digest);
