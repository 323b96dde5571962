using System.Collections.Immutable;

namespace PatchFlow.Core.Advisories;

/// <summary>What a vendor's statement is about.</summary>
public enum AdvisoryKind
{
    /// <summary>It closes or describes a vulnerability; also where the vendor's word is missing but CVEs are named.</summary>
    Security,

    /// <summary>It mends a fault (bugfix, recommended).</summary>
    BugFix,

    /// <summary>It adds something (enhancement, newpackage, feature, optional).</summary>
    Enhancement,

    /// <summary>The vendor's word is none of the known ones.</summary>
    Other,
}

/// <summary>The vendor's statement on vulnerabilities, in one shape for every feed format: its id, its CVEs, what is affected and what is fixed.</summary>
public sealed record Advisory
{
    /// <summary>The vendor's id as published, for example <c>DSA-5532-1</c>, <c>RHSA-2024:0010</c>, <c>CVE-2024-6387</c>.</summary>
    public required string Id { get; init; }

    /// <summary>The vendor's revision of it, where one is stated (updateinfo's version, CSAF's tracking.version); ids alone need not be unique.</summary>
    public string? Revision { get; init; }

    /// <summary>What it is about.</summary>
    public AdvisoryKind Kind { get; init; } = AdvisoryKind.Security;

    /// <summary>Title or summary in a line, as published; null where there is none.</summary>
    public string? Title { get; init; }

    /// <summary>Longer text, as published; null where there is none.</summary>
    public string? Description { get; init; }

    /// <summary>The vendor's severity on one scale.</summary>
    public Severity Severity { get; init; }

    /// <summary>The vendor's own word for it; null where none is stated.</summary>
    public string? SeverityText { get; init; }

    /// <summary>CVE ids, distinct, in the order of the document.</summary>
    public ImmutableArray<string> Cves { get; init; } = [];

    /// <summary>Other ids of the same statement (GHSA, vendor bug ids are references instead), distinct, in the order of the document.</summary>
    public ImmutableArray<string> Aliases { get; init; } = [];

    /// <summary>CVSS scores and vectors as published.</summary>
    public ImmutableArray<PublishedScore> Scores { get; init; } = [];

    /// <summary>What the vendor says of exploits, as published.</summary>
    public ImmutableArray<ExploitStatement> Threats { get; init; } = [];

    /// <summary>First publication; null where not stated or unreadable (then the position is among the refused).</summary>
    public DateTimeOffset? Published { get; init; }

    /// <summary>The latest revision; null where not stated.</summary>
    public DateTimeOffset? Modified { get; init; }

    /// <summary>When it was withdrawn: such an advisory never matches. Null where it stands.</summary>
    public DateTimeOffset? Withdrawn { get; init; }

    /// <summary>The vendor suggests a reboot after the update.</summary>
    public bool RebootSuggested { get; init; }

    /// <summary>The vendor suggests that the package manager is started anew after the update, before it goes on with others.</summary>
    public bool RestartSuggested { get; init; }

    /// <summary>The vendor suggests that users log in again after the update.</summary>
    public bool ReloginSuggested { get; init; }

    /// <summary>The vendor's own word for its status (<c>final</c>, <c>stable</c>, <c>testing</c>); null where none is stated.</summary>
    public string? Status { get; init; }

    /// <summary>Whether the vendor still tests it: it is not an update for everybody yet.</summary>
    public bool InTesting => Status is "testing" or "pending";

    /// <summary>Links, as published.</summary>
    public ImmutableArray<string> References { get; init; } = [];

    /// <summary>What it says of each package, in the order of the document.</summary>
    public ImmutableArray<AffectedPackage> Affected { get; init; } = [];
}

/// <summary>A CVSS statement of a document: at least one of vector and score is there.</summary>
/// <param name="Vector">The vector as published, without a score before it; null where only a number is given.</param>
/// <param name="Score">The base score as published, 0.0 to 10.0; null where only a vector is given.</param>
/// <param name="Cve">The CVE it is about; null where it is about the whole advisory.</param>
public sealed record PublishedScore(string? Vector, decimal? Score, string? Cve);
