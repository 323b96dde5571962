using System.Collections.Immutable;
using PatchFlow.Core.Advisories;

namespace PatchFlow.Core.Matching;

/// <summary>What advisories say of an installed package.</summary>
public enum Answer
{
    /// <summary>Affected, and a fixed version is published.</summary>
    FixAvailable,

    /// <summary>Affected, and no fixed version is known yet.</summary>
    NoFixYet,

    /// <summary>Affected, and the vendor will not mend it, or only with the next release.</summary>
    WillNotFix,

    /// <summary>Nobody looks any more whether it is affected: support has ended.</summary>
    SupportEnded,

    /// <summary>The vendor does not know yet whether it is affected.</summary>
    UnderInvestigation,

    /// <summary>It can't be told: a version can't be read, or the document does not say which versions are affected.</summary>
    Undetermined,

    /// <summary>Not affected, and never was.</summary>
    NotAffected,

    /// <summary>The installed version is fixed.</summary>
    Patched,
}

/// <summary>What is kept of an advisory for matching; its texts are not.</summary>
/// <param name="Key">What tells it from every other, see <see cref="IndexedAdvisory"/>.</param>
/// <param name="Id">The vendor's id.</param>
/// <param name="Severity">The vendor's severity.</param>
/// <param name="Cves">Its CVEs, in the order of the document.</param>
/// <param name="RebootSuggested">The vendor suggests a reboot after the update.</param>
/// <param name="Published">First publication; null where not stated.</param>
public sealed record AdvisorySummary(string Key, string Id, Severity Severity, ImmutableArray<string> Cves, bool RebootSuggested, DateTimeOffset? Published);

/// <summary>What one advisory says of an installed package.</summary>
/// <param name="Answer">What it says.</param>
/// <param name="Advisory">The advisory.</param>
/// <param name="Vulnerabilities">The CVEs that this is about, or the advisory's id where it names none.</param>
/// <param name="Fixed">The first fixed version, of the source package where <paramref name="IsSource"/>; null where none is known.</param>
/// <param name="LastAffected">Where the advisory gives that instead: the last affected version, behind which any other is fixed; else null.</param>
/// <param name="IsSource">Whether it speaks of the source package, by whose version it was judged.</param>
/// <param name="Note">The vendor's reason in words; null where none is given.</param>
public sealed record Finding(
    Answer Answer, AdvisorySummary Advisory, ImmutableArray<string> Vulnerabilities, string? Fixed, string? LastAffected, bool IsSource, string? Note)
{
    /// <summary>What feeds that are trusted less say against it; and that there is no fix, where it is one, as feeds say that are trusted further.</summary>
    public ImmutableArray<Contradiction> Contradictions { get; init; } = [];
}

/// <summary>The one patch of an installed package: superseded ones are folded into the newest, which closes what they close.</summary>
/// <param name="Version">The newest fixed version of the package itself; null where none is stated.</param>
/// <param name="SourceVersion">The newest fixed version of its source package; null where none is stated. Where both are null there is a fix, and its version is not stated.</param>
/// <param name="Advisories">The advisories that it closes, the newest fixed version first.</param>
/// <param name="Vulnerabilities">The vulnerabilities that it closes, in the order of the advisories.</param>
public sealed record PackageFix(string? Version, string? SourceVersion, ImmutableArray<AdvisorySummary> Advisories, ImmutableArray<string> Vulnerabilities)
{
    /// <summary>Whether the findings' notes are on how the fix is got, and so for people also where there is one.</summary>
    public bool HasNotes { get; init; }

    /// <summary>Whether one of the vendors suggests a reboot after the update.</summary>
    public bool RebootSuggested => Advisories.Any(a => a.RebootSuggested);
}

/// <summary>What all advisories together say of an installed package that is open; shared by all hosts that have it.</summary>
/// <param name="Fix">The patch; null where none is available.</param>
/// <param name="Findings">What is open: what the patch closes first, then what no patch closes.</param>
public sealed record Verdict(PackageFix? Fix, ImmutableArray<Finding> Findings)
{
    /// <summary>Nothing is open.</summary>
    public static Verdict None { get; } = new(null, []);

    /// <summary>Whether nothing is open.</summary>
    public bool IsNone => Findings.IsEmpty;
}
