using System.Collections.Immutable;
using PatchFlow.Core.Patches;

namespace PatchFlow.Core.Matching;

/// <summary>A vulnerability of a package on a host: since when, until when, how urgent, and what can be done.</summary>
public sealed record ExposureRow
{
    /// <summary>The host's id.</summary>
    public required string Host { get; init; }

    /// <summary>The package.</summary>
    public required string Package { get; init; }

    /// <summary>Its architecture.</summary>
    public required string Arch { get; init; }

    /// <summary>The CVE, or the advisory's id where it names none.</summary>
    public required string Vulnerability { get; init; }

    /// <summary>The installed version.</summary>
    public required string Version { get; init; }

    /// <summary>What the vendor says: only with <see cref="Answer.FixAvailable"/> can the host be patched.</summary>
    public required Answer Answer { get; init; }

    /// <summary>The version that closes it and all else that is open of the package; null where there is none, or it is not stated.</summary>
    public string? Fixed { get; init; }

    /// <summary>The ids of the advisories that say so.</summary>
    public ImmutableArray<string> Advisories { get; init; } = [];

    /// <summary>The vendor's reason in words, where there is no fix; or that nobody knows whether this kernel runs; and what a feed says against it that is trusted less. Else null.</summary>
    public string? Note { get; init; }

    /// <summary>The package is on hold.</summary>
    public bool IsHeld { get; init; }

    /// <summary>How the package stands among others of its name; <see cref="PackageStanding.RunningOlder"/> is closed by a reboot.</summary>
    public PackageStanding Standing { get; init; }

    /// <summary>How urgent it is, with the reasons.</summary>
    public required Priority Priority { get; init; }

    /// <summary>The time of the first snapshot in which it was open.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>The time of the first snapshot in which there was a fix for it, from which on the deadline runs; null where there is none.</summary>
    public DateTimeOffset? FixSince { get; init; }

    /// <summary>The time of the first snapshot in which it was no longer open: patched, or the package or the advisory gone. Null where it is open.</summary>
    public DateTimeOffset? Ended { get; init; }

    /// <summary>Until when the host must have the fix. Nothing is due while there is none.</summary>
    public required Deadline Deadline { get; init; }
}

/// <summary>What rows are made of, besides what is open.</summary>
/// <param name="Host">The host's id.</param>
/// <param name="Reach">How far the host can be reached.</param>
/// <param name="Threats">What is known of a vulnerability; the vendor's severity may be left out.</param>
/// <param name="Policy">The deadlines.</param>
/// <param name="Snapshot">The time of the snapshot that was matched.</param>
/// <param name="Now">The time.</param>
public sealed record ExposureFacts(
    string Host, Exposure Reach, Func<string, Threat> Threats, DeadlinePolicy Policy, DateTimeOffset Snapshot, DateTimeOffset Now);
