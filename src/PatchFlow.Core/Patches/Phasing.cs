using PatchFlow.Core.Advisories;

namespace PatchFlow.Core.Patches;

/// <summary>
/// Updates that the vendor releases to some machines first. apt draws lots with each machine's id; a fleet would get a mixture that no replica has
/// tested. So PatchFlow decides once for all hosts, by the snapshot alone: what is not released to all is not taken.
/// </summary>
public static class Phasing
{
    private const string SecuritySuite = "-security";

    /// <summary>
    /// To how many of a hundred machines a suite's package is released; null where it is for all. Security suites are not phased, whatever a stanza
    /// says: apt takes what comes from them at once too.
    /// </summary>
    public static int? PercentOf(string suite, AptPackage package) => suite.TrimEnd('/').EndsWith(SecuritySuite, StringComparison.Ordinal) ? null : package.PhasedPercent;
}
