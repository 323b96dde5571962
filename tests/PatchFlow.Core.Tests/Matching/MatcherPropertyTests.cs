using PatchFlow.Core.Advisories;
using PatchFlow.Core.Matching;
using PatchFlow.Core.Patches;

namespace PatchFlow.Core.Tests.Matching;

/// <summary>The index answers as the slow matcher does, which reads everything; on thousands of generated fleets.</summary>
public sealed class MatcherPropertyTests
{
    private const int Fleets = 200;
    private const int Seed = 7_919;

    [Theory]
    [InlineData(VersionScheme.Deb)]
    [InlineData(VersionScheme.Rpm)]
    [InlineData(VersionScheme.Apk)]
    [InlineData(VersionScheme.SemVer)]
    [InlineData(VersionScheme.Unknown)]
    public void WhatIsSaidOfAPackageIsWhatTheSlowMatcherSays(VersionScheme scheme)
    {
        var answers = new HashSet<Answer>();
        foreach (var (set, host, advisories, matcher) in Cases(scheme))
        {
            foreach (var package in set.Packages)
            {
                var slow = SlowMatcher.Of(host, package.Package, advisories);
                answers.UnionWith(slow.Select(s => s.Answer));
                Assert.Equal(slow.Select(s => $"{s}").Order(StringComparer.Ordinal), matcher.Explain(set, package).Select(Text).Order(StringComparer.Ordinal));
            }
        }

        Assert.Equal(Enum.GetValues<Answer>().Except(scheme == VersionScheme.Unknown ? [Answer.Patched] : []).Order(), answers.Order());
    }

    [Theory]
    [InlineData(VersionScheme.Deb)]
    [InlineData(VersionScheme.Rpm)]
    [InlineData(VersionScheme.Apk)]
    [InlineData(VersionScheme.SemVer)]
    [InlineData(VersionScheme.Unknown)]
    public void WhatIsOpenIsWhatTheSlowMatcherSaysFolded(VersionScheme scheme)
    {
        var open = 0;
        foreach (var (set, host, advisories, matcher) in Cases(scheme))
        {
            var found = matcher.Match(set).Packages.ToDictionary(p => p.Package, p => p.Verdict);
            for (var i = 0; i < set.Packages.Length; i++)
            {
                var package = set.Packages[i];
                var slow = set.StandingOf(i) == PackageStanding.Older ? [] : SlowMatcher.Of(host, package.Package, advisories);
                var verdict = found.GetValueOrDefault(package, Verdict.None);
                open += verdict.IsNone ? 0 : 1;
                Assert.Equal(Patch(slow), Patch(verdict, scheme));
                Assert.Equal(Unpatched(slow), verdict.Findings.Where(f => f.Answer != Answer.FixAvailable).SelectMany(f => f.Vulnerabilities.Select(v => $"{v} {f.Answer} {f.Advisory.Key}")).Distinct().Order(StringComparer.Ordinal));
                Assert.Equal(Patch(verdict, scheme), set.StandingOf(i) == PackageStanding.Older ? "none" : Patch(matcher.VerdictOf(set, package), scheme));
            }
        }

        Assert.True(open > Fleets, $"{open} packages were open: the fleets hardly meet their advisories");
    }

    private static IEnumerable<(PackageSet Set, HostPackages Host, List<IndexedAdvisory> Advisories, Matcher Matcher)> Cases(VersionScheme scheme)
    {
        for (var seed = Seed; seed < Seed + Fleets; seed++)
        {
            var (fleet, names) = (new RandomFleet(scheme, seed), new NameTable());
            var advisories = fleet.Advisories(12);
            var matcher = new Matcher(AdvisoryIndex.Of(names, advisories));
            var sets = new PackageSets(names);
            for (var host = 0; host < 3; host++)
            {
                var packages = fleet.Host();
                yield return (sets.Of(packages), packages, advisories, matcher);
            }
        }
    }

    private static string Text(Finding finding) =>
        $"{finding.Advisory.Key} {finding.Answer} {string.Join('+', finding.Vulnerabilities)} fixed {finding.Fixed ?? "-"} last {finding.LastAffected ?? "-"} {(finding.IsSource ? "source" : "package")}";

    private static string Patch(Verdict verdict, VersionScheme scheme) => verdict.Fix is not { } fix ? "none"
        : $"{Plain(scheme, fix.Version)} {Plain(scheme, fix.SourceVersion)} {string.Join(' ', fix.Advisories.Select(a => a.Key).Order(StringComparer.Ordinal))} closes {string.Join(' ', fix.Vulnerabilities.Order(StringComparer.Ordinal))}";

    private static string Patch(List<SlowMatcher.Said> said)
    {
        var fixes = said.Where(s => s.Answer == Answer.FixAvailable).ToList();
        return fixes.Count == 0 ? "none"
            : $"{Newest(fixes, false)} {Newest(fixes, true)} {string.Join(' ', fixes.Select(f => f.Advisory.Key).Distinct().Order(StringComparer.Ordinal))} closes {string.Join(' ', Closed(said).Order(StringComparer.Ordinal))}";
    }

    // Versions that are equal are one, whichever text stands for it.
    private static string Newest(List<SlowMatcher.Said> fixes, bool isSource)
    {
        var newest = fixes.Where(f => f.Affected.IsSource == isSource && f.Fixed is not null)
            .OrderBy(f => f.Advisory.Key, StringComparer.Ordinal)
            .Aggregate((SlowMatcher.Said?)null, (best, f) => best is null || VersionOrder.Compare(f.Scheme, f.Fixed!, best.Fixed!) > 0 ? f : best);
        return newest is null ? "-" : Plain(newest.Scheme, newest.Fixed);
    }

    private static string Plain(VersionScheme scheme, string? version) =>
        version is null ? "-" : VersionKey.Of(scheme, version) is { } key ? Convert.ToHexString(key) : version;

    private static IEnumerable<string> Closed(List<SlowMatcher.Said> said)
    {
        var denied = Denied(said).ToList();
        bool IsDenied((string Name, int Rank) v, FeedTrust trust) => denied.Exists(d => d.Vulnerability == v.Name && d.Rank <= v.Rank && d.Trust >= trust);
        return said.Where(s => s.Answer == Answer.FixAvailable).GroupBy(s => (s.Advisory.Key, s.Affected.IsSource, s.Advisory.Trust))
            .SelectMany(g => g.SelectMany(s => s.Vulnerabilities.Select(v => (Name: v, s.Rank))).Distinct().ToList() is var all && all.TrueForAll(v => IsDenied(v, g.Key.Trust)) ? all : all.Where(v => !IsDenied(v, g.Key.Trust)))
            .Select(v => v.Name)
            .Distinct();
    }

    private static IEnumerable<(string Vulnerability, int Rank, FeedTrust Trust)> Denied(List<SlowMatcher.Said> said) =>
        said.Where(s => s.Answer == Answer.NotAffected && s.Affected.State == FixState.NotAffected).SelectMany(s => s.Vulnerabilities.Select(v => (v, s.Rank, s.Advisory.Trust)));

    private static IEnumerable<string> Unpatched(List<SlowMatcher.Said> said)
    {
        var closed = Closed(said).ToHashSet();
        return said.Where(s => s.IsOpen && s.Answer != Answer.FixAvailable)
            .SelectMany(s => s.Vulnerabilities.Where(v => !closed.Contains(v)
                    && !Denied(said).Any(d => d.Vulnerability == v && d.Rank <= s.Rank && d.Trust >= s.Advisory.Trust)
                    && !said.Exists(other => !other.IsOpen && other.Rank < s.Rank && other.Advisory.Trust >= s.Advisory.Trust && other.Vulnerabilities.Contains(v)))
                .Select(v => $"{v} {s.Answer} {s.Advisory.Key}"))
            .Distinct().Order(StringComparer.Ordinal);
    }
}
