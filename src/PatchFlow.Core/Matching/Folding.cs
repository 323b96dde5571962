using System.Collections.Immutable;
using PatchFlow.Core.Patches;

namespace PatchFlow.Core.Matching;

/// <summary>
/// Makes one verdict of what all statements say of a package:
/// <list type="bullet">
/// <item>each advisory has one finding for what a patch closes, with its newest fixed version;</item>
/// <item>patches fold into the newest one, which closes what all of them close;</item>
/// <item>of a vulnerability that a patch closes no other advisory says that there is none;</item>
/// <item>where the vendor says that a vulnerability does not affect the package, it is not open without a patch, and a patch does not count it
/// unless it has no other;</item>
/// <item>what is said on a more specific platform, that it is fixed or not affected, comes before what a less specific one leaves open.</item>
/// </list>
/// </summary>
internal static class Folding
{
    /// <summary>The verdict; <see cref="Verdict.None"/> where nothing is open.</summary>
    public static Verdict Of(List<Judgement> judgements)
    {
        if (!judgements.Exists(j => j.IsOpen))
        {
            return Verdict.None;
        }

        var denied = BestRanks(judgements.Where(j => j.IsDenied));
        var settled = BestRanks(judgements.Where(j => !j.IsOpen));
        var fixes = Fixes(judgements, denied);
        var closed = fixes.SelectMany(f => f.Vulnerabilities).ToHashSet(StringComparer.Ordinal);
        var open = judgements.Where(j => j.IsOpen && j.Answer != Answer.FixAvailable)
            .Select(j => j.ToFinding() with
            {
                Vulnerabilities = [.. j.Statement.Vulnerabilities.Where(v => !closed.Contains(v) && !IsAtMost(denied, v, j.Rank) && !IsAtMost(settled, v, j.Rank - 1))],
            })
            .Where(f => !f.Vulnerabilities.IsEmpty)
            .GroupBy(f => (f.Advisory, f.Answer, f.Note)).Select(Together)
            .OrderBy(f => f.Answer).ThenBy(f => f.Advisory.Key, StringComparer.Ordinal).ThenBy(f => f.Note, StringComparer.Ordinal);
        ImmutableArray<Finding> findings = [.. fixes, .. open];
        return findings.IsEmpty ? Verdict.None : new Verdict(FixOf(fixes), findings);
    }

    // The most specific platform on which each vulnerability is spoken of.
    private static Dictionary<string, int> BestRanks(IEnumerable<Judgement> judgements)
    {
        var ranks = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var judgement in judgements)
        {
            foreach (var vulnerability in judgement.Statement.Vulnerabilities)
            {
                ranks[vulnerability] = Math.Min(judgement.Rank, ranks.GetValueOrDefault(vulnerability, judgement.Rank));
            }
        }

        return ranks;
    }

    private static bool IsAtMost(Dictionary<string, int> ranks, string vulnerability, int rank) => ranks.TryGetValue(vulnerability, out var best) && best <= rank;

    // One for each advisory and kind of version, the newest first.
    private static List<Finding> Fixes(List<Judgement> judgements, Dictionary<string, int> denied) =>
        [.. judgements.Where(j => j.Answer == Answer.FixAvailable).Select(j => (Judgement: j, Key: KeyOf(j)))
            .GroupBy(f => (f.Judgement.Statement.Advisory.Key, f.Judgement.Statement.IsSource))
            .Select(g => (Newest: g.Aggregate((a, b) => IsNewer(b, a) ? b : a), Group: g))
            .OrderBy(f => f, Comparer<((Judgement, byte[]?) Newest, IEnumerable<(Judgement, byte[]?)> Group)>.Create((a, b) => Compare(a.Newest, b.Newest)))
            .Select(f => f.Newest.Judgement.ToFinding() with { Vulnerabilities = Undenied(f.Group.SelectMany(j => j.Judgement.Statement.Vulnerabilities), denied) })];

    private static byte[]? KeyOf(Judgement judgement) => judgement.Fixed is null ? null : VersionKey.Of(judgement.Statement.Scheme, judgement.Fixed);

    private static bool IsNewer((Judgement Judgement, byte[]? Key) a, (Judgement Judgement, byte[]? Key) b) =>
        a.Key is not null && (b.Key is null || a.Key.AsSpan().SequenceCompareTo(b.Key) > 0);

    private static int Compare((Judgement Judgement, byte[]? Key) a, (Judgement Judgement, byte[]? Key) b) =>
        IsNewer(a, b) ? -1
        : IsNewer(b, a) ? 1
        : string.CompareOrdinal(a.Judgement.Statement.Advisory.Key, b.Judgement.Statement.Advisory.Key) is not 0 and var order ? order
        : a.Judgement.Statement.IsSource.CompareTo(b.Judgement.Statement.IsSource);

    private static ImmutableArray<string> Undenied(IEnumerable<string> vulnerabilities, Dictionary<string, int> denied)
    {
        var all = vulnerabilities.Distinct().ToImmutableArray();
        var rest = all.RemoveAll(denied.ContainsKey);
        return rest.IsEmpty ? all : rest;
    }

    private static Finding Together(IEnumerable<Finding> same) =>
        same.First() with { Vulnerabilities = [.. same.SelectMany(f => f.Vulnerabilities).Distinct()] };

    private static PackageFix? FixOf(List<Finding> fixes) => fixes.Count == 0 ? null : new PackageFix(
        fixes.Find(f => !f.IsSource && f.Fixed is not null)?.Fixed,
        fixes.Find(f => f.IsSource && f.Fixed is not null)?.Fixed,
        [.. fixes.Select(f => f.Advisory).Distinct()],
        [.. fixes.SelectMany(f => f.Vulnerabilities).Distinct()]);
}
