namespace PatchFlow.Client;

/// <summary>A vendor's severity on one scale.</summary>
public enum AdvisorySeverity
{
    /// <summary>Not stated.</summary>
    Unknown,

    /// <summary>Stated to be none.</summary>
    None,

    /// <summary>Low.</summary>
    Low,

    /// <summary>Medium, moderate.</summary>
    Medium,

    /// <summary>High, important.</summary>
    High,

    /// <summary>Critical.</summary>
    Critical,
}

/// <summary>What vendors say of an installed package that is open to a vulnerability.</summary>
public enum ExposureAnswer
{
    /// <summary>A fixed version is published.</summary>
    FixAvailable,

    /// <summary>No fixed version is known yet.</summary>
    NoFixYet,

    /// <summary>The vendor will not mend it, or only with the next release.</summary>
    WillNotFix,

    /// <summary>Nobody looks any more whether it is affected: support has ended.</summary>
    SupportEnded,

    /// <summary>The vendor does not know yet whether it is affected.</summary>
    UnderInvestigation,

    /// <summary>It can't be told: a version can't be read, or the document names none.</summary>
    Undetermined,
}

/// <summary>How urgent it is.</summary>
public enum ExposurePriority
{
    /// <summary>Stated to have no severity.</summary>
    None,

    /// <summary>Low.</summary>
    Low,

    /// <summary>Medium, and what nobody has rated.</summary>
    Medium,

    /// <summary>High.</summary>
    High,

    /// <summary>Critical.</summary>
    Critical,

    /// <summary>Known to be exploited.</summary>
    Kev,
}

/// <summary>How a deadline stands.</summary>
public enum DeadlineStanding
{
    /// <summary>There is none: the pipeline sets none, or there is no fix.</summary>
    None,

    /// <summary>Open, with more than a quarter of its span left.</summary>
    OnTime,

    /// <summary>Open, in the last quarter of its span.</summary>
    AtRisk,

    /// <summary>The fix was there in time.</summary>
    Met,

    /// <summary>The fix was not there in time, or came late.</summary>
    Missed,
}

/// <summary>Why something is not open any more.</summary>
public enum ExposureEnd
{
    /// <summary>Another version is installed.</summary>
    Patched,

    /// <summary>The package is not installed any more.</summary>
    Removed,

    /// <summary>The same version is installed, and nobody says any more that it is affected.</summary>
    NoLongerApplies,
}

/// <summary>A vendor's advisory.</summary>
/// <param name="Feed">The feed that it is from.</param>
/// <param name="Id">The vendor's id.</param>
/// <param name="Severity">The vendor's severity.</param>
/// <param name="SeverityText">The vendor's own word for it.</param>
/// <param name="Title">Its title.</param>
/// <param name="Cves">The CVEs that it is about.</param>
/// <param name="Published">When it was first published.</param>
/// <param name="Modified">When it was last changed.</param>
/// <param name="Withdrawn">When it was withdrawn: it matches nothing then.</param>
/// <param name="Kev">The first of its CVEs that is known to be exploited.</param>
/// <param name="Epss">The greatest probability, 0 to 1, that one of its CVEs is exploited within 30 days.</param>
/// <param name="Affected">What it says of packages: the first ones.</param>
/// <param name="AffectedCount">Of how many packages it says something.</param>
public sealed record AdvisoryView(
    string Feed,
    string Id,
    AdvisorySeverity Severity,
    string? SeverityText,
    string? Title,
    IReadOnlyList<string> Cves,
    DateTimeOffset? Published,
    DateTimeOffset? Modified,
    DateTimeOffset? Withdrawn,
    ExploitedView? Kev,
    decimal? Epss,
    IReadOnlyList<AffectedView> Affected,
    int AffectedCount);

/// <summary>CISA's entry of a vulnerability that is known to be exploited.</summary>
/// <param name="Cve">The CVE.</param>
/// <param name="Added">Since when it is in the catalogue.</param>
/// <param name="Ransomware">Whether ransomware is known to use it.</param>
public sealed record ExploitedView(string Cve, DateOnly Added, bool Ransomware);

/// <summary>What an advisory says of a package.</summary>
/// <param name="Platform">The platform, as OSV writes ecosystems.</param>
/// <param name="Package">The package.</param>
/// <param name="State"><c>fixed</c>, <c>noFixYet</c>, <c>willNotFix</c>, <c>supportEnded</c>, <c>underInvestigation</c>, <c>notAffected</c>.</param>
/// <param name="Fixed">The first fixed version.</param>
/// <param name="Note">The vendor's reason in words.</param>
public sealed record AffectedView(string Platform, string Package, string State, string? Fixed, string? Note);

/// <summary>A vulnerability of a package on a host: since when, until when, how urgent, and what can be done.</summary>
/// <param name="Host">The host.</param>
/// <param name="Group">Its group.</param>
/// <param name="Package">The package.</param>
/// <param name="Arch">Its architecture.</param>
/// <param name="Vulnerability">The CVE, or the advisory's id where it names none.</param>
/// <param name="Installed">The installed version.</param>
/// <param name="Answer">What can be done.</param>
/// <param name="Fixed">The version that closes it, and all else that is open of the package; null where there is none, or it is not stated.</param>
/// <param name="Advisories">The advisories that say so.</param>
/// <param name="Note">The vendor's reason in words, where there is no fix; or that nobody knows which of several kernels runs; and which feeds that are trusted less say that it is not affected.</param>
/// <param name="Held">The package is on hold.</param>
/// <param name="NeedsReboot">A newer kernel is installed already: a reboot closes it.</param>
/// <param name="Priority">How urgent it is.</param>
/// <param name="Reasons">Why, in words: what decided first.</param>
/// <param name="Since">The first snapshot or inventory in which it was open.</param>
/// <param name="FixSince">The first one in which there was a fix: from then on the deadline runs.</param>
/// <param name="Due">Until when the host must have it.</param>
/// <param name="Deadline">How the deadline stands.</param>
/// <param name="Ended">The first snapshot or inventory in which it was not open any more.</param>
/// <param name="EndedBy">Why.</param>
public sealed record ExposureView(
    string Host,
    string Group,
    string Package,
    string Arch,
    string Vulnerability,
    string Installed,
    ExposureAnswer Answer,
    string? Fixed,
    IReadOnlyList<string> Advisories,
    string? Note,
    bool Held,
    bool NeedsReboot,
    ExposurePriority Priority,
    IReadOnlyList<string> Reasons,
    DateTimeOffset Since,
    DateTimeOffset? FixSince,
    DateTimeOffset? Due,
    DeadlineStanding Deadline,
    DateTimeOffset? Ended,
    ExposureEnd? EndedBy);

/// <summary>A part of the exposure, with what must be known to read it.</summary>
/// <param name="Items">The part.</param>
/// <param name="Next">The cursor of the next part; null where this is the last.</param>
/// <param name="Total">How many there are over all parts, under the same filters.</param>
/// <param name="Deadlines">How many of them stand how, over all parts.</param>
/// <param name="Advisories">How many advisories speak of the CVE that was asked for; null where none was asked for. 0: nobody has told of it, so no host can be said to be open to it, or not.</param>
/// <param name="Blind">Hosts of which nothing can be said, with the reason: the first hundred.</param>
/// <param name="Old">Hosts of which the last report is old, or is newer than the last look at them, so that what is said of them may not be so any more: the first hundred.</param>
/// <param name="Feeds">Feeds that are stale, failing, or without a snapshot: what they would say is missing here.</param>
/// <param name="LookedAt">When hosts were last matched with something new.</param>
public sealed record ExposurePage(
    IReadOnlyList<ExposureView> Items,
    string? Next,
    long Total,
    IReadOnlyDictionary<DeadlineStanding, long> Deadlines,
    long? Advisories,
    IReadOnlyList<BlindHost> Blind,
    IReadOnlyList<BlindHost> Old,
    IReadOnlyList<string> Feeds,
    DateTimeOffset? LookedAt);

/// <summary>A host of which nothing can be said, or not for sure.</summary>
/// <param name="Host">The host.</param>
/// <param name="Why">The reason.</param>
public sealed record BlindHost(string Host, string Why);
