using System.Collections.Immutable;
using System.Text.Json;
using PatchFlow.Core.Matching;
using PatchFlow.Core.Patches;
using PatchFlow.Server.Storage;

namespace PatchFlow.Server.Matching;

/// <summary>Why a row is no longer open.</summary>
internal enum EndedBy
{
    /// <summary>Another version is installed.</summary>
    Patched,

    /// <summary>The package is not installed any more.</summary>
    Removed,

    /// <summary>The same version is installed, and nobody says any more that it is affected: no deadline was met.</summary>
    NoLongerApplies,
}

/// <summary>A row of <c>exposures</c>; equal where nothing of it needs to be written.</summary>
internal sealed record StoredExposure
{
    /// <summary>The columns, for reading.</summary>
    public const string Columns = """
        host, package, arch, vulnerability, version, answer, fixed, advisories, note, held, standing, priority, rank, reasons, since,
        fix_since AS FixSince, due, risk_at AS RiskAt, ended, ended_by AS EndedBy
        """;

    public required string Host { get; init; }

    public required string Package { get; init; }

    public required string Arch { get; init; }

    public required string Vulnerability { get; init; }

    public required string Version { get; init; }

    public required string Answer { get; init; }

    public string? Fixed { get; init; }

    public required string Advisories { get; init; }

    public string? Note { get; init; }

    public required long Held { get; init; }

    public required string Standing { get; init; }

    public required string Priority { get; init; }

    public required string Rank { get; init; }

    public required string Reasons { get; init; }

    public required string Since { get; init; }

    public string? FixSince { get; init; }

    public string? Due { get; init; }

    public string? RiskAt { get; init; }

    public string? Ended { get; init; }

    public string? EndedBy { get; init; }

    /// <summary>What tells it from the host's other rows.</summary>
    public (string Package, string Arch, string Vulnerability) Key => (Package, Arch, Vulnerability);

    /// <summary>The row of what is open.</summary>
    public static StoredExposure Of(ExposureRow row) => new()
    {
        Host = row.Host,
        Package = row.Package,
        Arch = row.Arch,
        Vulnerability = row.Vulnerability,
        Version = row.Version,
        Answer = row.Answer.ToString(),
        Fixed = row.Fixed,
        Advisories = JsonSerializer.Serialize(row.Advisories),
        Note = row.Note,
        Held = row.IsHeld ? 1 : 0,
        Standing = row.Standing.ToString(),
        Priority = row.Priority.Class.ToString(),
        Rank = row.Priority.SortKey,
        Reasons = JsonSerializer.Serialize(row.Priority.Reasons),
        Since = Utc.Text(row.Since),
        FixSince = Utc.Text(row.FixSince),
        Due = Utc.Text(row.Deadline.Due),
        RiskAt = Utc.Text(row.Deadline.RiskAt),
    };

    /// <summary>What the next snapshot is compared with: when it began and ended, and whether a reboot was to end it.</summary>
    public ExposureRow Row() => new()
    {
        Host = Host,
        Package = Package,
        Arch = Arch,
        Vulnerability = Vulnerability,
        Version = Version,
        Answer = Enum.Parse<Answer>(Answer),
        Fixed = Fixed,
        Standing = Enum.Parse<PackageStanding>(Standing),
        Priority = new Priority(Vulnerability, Enum.Parse<PriorityClass>(Priority), Texts(Reasons)),
        Since = Utc.Time(Since),
        FixSince = Utc.TimeOrNull(FixSince),
        Ended = Utc.TimeOrNull(Ended),
        Deadline = new Deadline(Utc.Time(Since), Utc.TimeOrNull(Due), DeadlineState.None),
    };

    /// <summary>A list of texts in a column.</summary>
    public static ImmutableArray<string> Texts(string column) => JsonSerializer.Deserialize<ImmutableArray<string>>(column);
}
