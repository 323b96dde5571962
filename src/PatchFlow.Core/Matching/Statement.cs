using System.Collections.Immutable;
using PatchFlow.Core.Advisories;

namespace PatchFlow.Core.Matching;

/// <summary>What one advisory says of one package on one platform, as it is kept for matching.</summary>
internal sealed class Statement
{
    private Statement(AdvisorySummary advisory, int[] numbers, AffectedPackage affected, string platform, IndexedAdvisory indexed, NameTable names)
    {
        Advisory = advisory;
        Trust = indexed.Trust;
        AdvisoryNumber = names.Of(advisory.Key);
        Platform = names.Shared(platform);
        Name = names.Of(affected.Name);
        IsSource = affected.IsSource;
        Arch = affected.Arch is null || Archs.IsIndependent(affected.Arch) ? null : names.Of(affected.Arch);
        Module = affected.Module is null ? null : names.Shared(affected.Module);
        IsModular = Module is not null || affected.Ranges.Any(r => r.Fixed is not null && Modularity.IsModular(r.Fixed));
        Scheme = affected.Scheme != VersionScheme.Unknown ? affected.Scheme : Platforms.SchemeOf(platform);
        LacksEpochs = Scheme == VersionScheme.Rpm && Platforms.LacksEpochs(platform) && !NamedIn(affected.Ranges, affected.Versions).Any(v => v.Contains(':', StringComparison.Ordinal));
        State = affected.State;
        IsInTesting = indexed.Advisory.InTesting && affected.State == FixState.Fixed;
        Ranges = affected.Ranges;
        Versions = affected.Versions;
        Note = affected.Note ?? (IsInTesting ? "the vendor still tests the fix, which is no update for everybody yet" : null);
        Vulnerabilities = affected.Cves.IsEmpty ? NamesOf(advisory) : affected.Cves;
        VulnerabilityNumbers = affected.Cves.IsEmpty ? numbers : NumbersOf(affected.Cves, names);
    }

    public AdvisorySummary Advisory { get; }

    public FeedTrust Trust { get; }

    public int AdvisoryNumber { get; }

    public string Platform { get; }

    public int Name { get; }

    public bool IsSource { get; }

    // Null where every one is meant: also where the package is one for all, which can become one for each.
    public int? Arch { get; }

    public string? Module { get; }

    public bool IsModular { get; }

    public VersionScheme Scheme { get; }

    // Whether the vendor names versions without their epochs, so that they must be compared without them.
    public bool LacksEpochs { get; }

    public FixState State { get; }

    // Whether what is said to be fixed is so in a version that the vendor still tests: until it is an update for everybody, there is no fix.
    public bool IsInTesting { get; }

    public ImmutableArray<VersionRange> Ranges { get; }

    public ImmutableArray<string> Versions { get; }

    public string? Note { get; }

    public ImmutableArray<string> Vulnerabilities { get; }

    // The numbers of the same.
    public int[] VulnerabilityNumbers { get; }

    /// <summary>All versions that it names.</summary>
    public IEnumerable<string> NamedVersions => NamedIn(Ranges, Versions);

    /// <summary>Whether it says nothing of versions.</summary>
    public bool IsBare => Ranges.IsEmpty && Versions.IsEmpty;

    /// <summary>Whether every version is meant; a fix without a version says nothing of any.</summary>
    public bool IsWhole => IsBare && State != FixState.Fixed;

    /// <summary>
    /// The statements of an advisory that can be matched. What is withdrawn says nothing; neither does what mends faults that are no
    /// vulnerabilities, a product without a package, and a package whose platform nobody states.
    /// </summary>
    public static ImmutableArray<Statement> Of(IndexedAdvisory indexed, NameTable names)
    {
        var advisory = indexed.Advisory;
        if (advisory.Withdrawn is not null || (advisory.Kind != AdvisoryKind.Security && advisory.Cves.IsEmpty))
        {
            return [];
        }

        var summary = new AdvisorySummary(indexed.Key, advisory.Id, advisory.Severity, advisory.Cves, advisory.RebootSuggested, advisory.Published);
        var numbers = NumbersOf(NamesOf(summary), names);
        return [.. advisory.Affected
            .Select(a => (Affected: a, Platform: a.Platform.Length > 0 ? a.Platform : indexed.Platform))
            .Where(a => a.Affected.Name.Length > 0 && a.Platform.Length > 0 && !ProductIndex.IsOnProduct(a.Affected))
            .SelectMany(a => WithoutPro.Of(a.Affected, a.Platform) is { } without ? [a, without] : new[] { a })
            .Select(a => new Statement(summary, numbers, a.Affected, a.Platform, indexed, names))];
    }

    private static IEnumerable<string> NamedIn(ImmutableArray<VersionRange> ranges, ImmutableArray<string> versions) =>
        versions.Concat(ranges.SelectMany(r => new[] { r.Introduced, r.Fixed, r.LastAffected }).OfType<string>());

    private static ImmutableArray<string> NamesOf(AdvisorySummary advisory) => advisory.Cves.IsEmpty ? [advisory.Id] : advisory.Cves;

    private static int[] NumbersOf(ImmutableArray<string> vulnerabilities, NameTable names) => [.. vulnerabilities.Select(names.Of)];
}

/// <summary>An advisory with what the index needs beside it.</summary>
/// <param name="Key">
/// What tells it from every other, and by which it is replaced. The vendor's id alone is not enough: two feeds may have it, Debian's tracker
/// has a CVE once for each package, and updateinfo repeats ids with other package lists.
/// </param>
/// <param name="Advisory">The advisory.</param>
/// <param name="Platform">The feed's platform, for packages of which the advisory states none; empty where the feed has none.</param>
/// <param name="Trust">How far the feed is trusted.</param>
public sealed record IndexedAdvisory(string Key, Advisory Advisory, string Platform = "", FeedTrust Trust = FeedTrust.None);
