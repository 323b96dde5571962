using System.Collections.Immutable;
using System.Globalization;
using PatchFlow.Core.Advisories;

namespace PatchFlow.Core.Patches;

/// <summary>How urgent a patch is; in ascending order. Each has its own deadline in a policy.</summary>
public enum PriorityClass
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

/// <summary>What is known of a vulnerability that a patch closes.</summary>
/// <param name="Id">The CVE, or the advisory's id where it names none.</param>
/// <param name="Kev">CISA's entry; null where it is not in the catalogue.</param>
/// <param name="Epss">FIRST's score; null where there is none.</param>
/// <param name="Cvss">The scores of its vector; null where there is none.</param>
/// <param name="Vendor">The vendor's severity.</param>
/// <param name="Exploits">The worst that a vendor says of exploits.</param>
public sealed record Threat(
    string Id, KevEntry? Kev = null, EpssScore? Epss = null, CvssScores? Cvss = null, Severity Vendor = Severity.Unknown, ExploitStatus Exploits = ExploitStatus.Unknown);

/// <summary>
/// The rank of a vulnerability on a host, with its reasons. The class is:
/// <list type="number">
/// <item>kev, where the vulnerability is in CISA's catalogue;</item>
/// <item>else the vendor's severity, who knows how the package was built; else CVSS's rating; else medium;</item>
/// <item>critical, where a vendor says that it is exploited; else one step higher where it is likely to be (EPSS of <see cref="Likely"/> or more, or a
/// vendor says so); and one step higher where the host is exposed and it is high already, but at most critical.</item>
/// </list>
/// Within a class what ransomware uses comes first, then the likelier, then the higher CVSS score, then what is exposed, then by id.
/// </summary>
/// <param name="Id">The vulnerability.</param>
/// <param name="Class">How urgent it is.</param>
/// <param name="Reasons">Why, in words: what decided first.</param>
public sealed record Priority(string Id, PriorityClass Class, ImmutableArray<string> Reasons)
{
    /// <summary>The probability of being exploited within 30 days from which on it counts: about one CVE in twenty has it.</summary>
    public const decimal Likely = 0.1m;

    /// <summary>The total order: what is most urgent first; equal only where the ids are.</summary>
    public static IComparer<Priority> MostUrgentFirst { get; } = Comparer<Priority>.Create(Compare);

    /// <summary>The same order as text that is compared bytewise, so that a database can sort by it; with the id it is total.</summary>
    public string SortKey => string.Create(
        CultureInfo.InvariantCulture, $"{(int)(PriorityClass.Kev - Class)}{(Ransomware ? 0 : 1)}{1m - Probability:0.0000000000}{10m - Score:00.0}{(IsExposed ? 0 : 1)} {Id}");

    private bool Ransomware { get; init; }

    private decimal Probability { get; init; }

    private decimal Score { get; init; }

    private bool IsExposed { get; init; }

    /// <summary>The rank of one vulnerability.</summary>
    public static Priority Of(Threat threat, Exposure exposure)
    {
        var reasons = ImmutableArray.CreateBuilder<string>();
        var rated = Rated(threat, reasons);
        var raised = threat.Kev is not null ? PriorityClass.Kev : Raised(Exploitable(rated, threat, reasons), exposure, reasons);
        return new(threat.Id, raised, reasons.ToImmutable())
        {
            Ransomware = threat.Kev?.Ransomware == RansomwareUse.Known,
            Probability = threat.Epss?.Probability ?? 0m,
            Score = threat.Cvss?.Score ?? 0m,
            IsExposed = exposure.IsExposed,
        };
    }

    /// <summary>The rank of a patch: that of the most urgent vulnerability that it closes; null where it closes none.</summary>
    public static Priority? Of(IEnumerable<Threat> threats, Exposure exposure) => threats.Select(t => Of(t, exposure)).Min(MostUrgentFirst);

    private static PriorityClass Rated(Threat threat, ImmutableArray<string>.Builder reasons)
    {
        if (threat.Kev is { } kev)
        {
            reasons.Add($"it is exploited: CISA lists it since {kev.Added.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}{(kev.Ransomware == RansomwareUse.Known ? ", and ransomware uses it" : "")}");
        }

        var score = threat.Cvss is { } c ? $"CVSS {c.Score.ToString("0.0", CultureInfo.InvariantCulture)}" : "";
        if (threat.Vendor != Severity.Unknown)
        {
            reasons.Add($"the vendor says {Word(threat.Vendor)}{(score.Length > 0 ? $" ({score})" : "")}");
            return ClassOf(threat.Vendor);
        }

        reasons.Add(score.Length > 0 ? $"{score} is {Word(threat.Cvss!.Severity)}" : "nobody has rated it: it is taken as medium");
        return score.Length > 0 ? ClassOf(threat.Cvss!.Severity) : PriorityClass.Medium;
    }

    // That a vendor and EPSS hold it for likely is one reason to hurry and not two.
    private static PriorityClass Exploitable(PriorityClass rated, Threat threat, ImmutableArray<string>.Builder reasons)
    {
        var isLikely = threat.Epss is { Probability: >= Likely };
        if (threat.Exploits >= ExploitStatus.MoreLikely)
        {
            reasons.Add(threat.Exploits == ExploitStatus.Exploited ? "it is exploited: a vendor says so" : "it is likely to be exploited: a vendor says so");
        }

        if (isLikely)
        {
            reasons.Add($"it is likely to be exploited: EPSS {threat.Epss!.Probability.ToString("0.#####", CultureInfo.InvariantCulture)}");
        }

        return threat.Exploits == ExploitStatus.Exploited ? PriorityClass.Critical
            : isLikely || threat.Exploits == ExploitStatus.MoreLikely ? OneStepUp(rated)
            : rated;
    }

    private static PriorityClass Raised(PriorityClass rated, Exposure exposure, ImmutableArray<string>.Builder reasons)
    {
        if (rated >= PriorityClass.High && exposure.IsExposed)
        {
            reasons.Add(exposure.Reason);
            rated = OneStepUp(rated);
        }

        return rated;
    }

    private static PriorityClass OneStepUp(PriorityClass rated) => rated < PriorityClass.Critical ? rated + 1 : rated;

    private static PriorityClass ClassOf(Severity severity) => severity switch
    {
        Severity.Critical => PriorityClass.Critical,
        Severity.High => PriorityClass.High,
        Severity.Low => PriorityClass.Low,
        Severity.None => PriorityClass.None,
        _ => PriorityClass.Medium,
    };

    private static string Word(Severity severity) => severity switch
    {
        Severity.Critical => "critical",
        Severity.High => "high",
        Severity.Medium => "medium",
        Severity.Low => "low",
        _ => "none",
    };

    private static int Compare(Priority? a, Priority? b) =>
        a is null || b is null ? (a is null).CompareTo(b is null)
        : (b.Class, b.Ransomware, b.Probability, b.Score, b.IsExposed).CompareTo((a.Class, a.Ransomware, a.Probability, a.Score, a.IsExposed)) is not 0 and var order ? order
        : string.CompareOrdinal(a.Id, b.Id);
}
