using PatchFlow.Core.Advisories;
using PatchFlow.Core.Matching;

namespace PatchFlow.Core.Tests.Matching;

/// <summary>An index, or a fleet, that was changed step by step equals one that was made at once; on generated ones.</summary>
public sealed class ChangePropertyTests
{
    private const int Cases = 60;

    [Theory]
    [InlineData(VersionScheme.Deb)]
    [InlineData(VersionScheme.Rpm)]
    [InlineData(VersionScheme.Apk)]
    public void AChangedIndexAnswersAsAFreshOne(VersionScheme scheme)
    {
        for (var seed = 0; seed < Cases; seed++)
        {
            var (random, fleet, names) = (new Random(seed), new RandomFleet(scheme, seed), new NameTable());
            var hosts = Enumerable.Range(0, 4).Select(_ => new PackageSets(names).Of(fleet.Host())).ToList();
            var (standing, index) = (new Dictionary<string, IndexedAdvisory>(), AdvisoryIndex.Empty(names));
            for (var step = 0; step < 12; step++)
            {
                var changed = Enumerable.Range(0, random.Next(4)).Select(_ => fleet.Advisory($"feed/{random.Next(8)}")).ToList();
                var gone = Enumerable.Range(0, random.Next(2)).Select(_ => $"feed/{random.Next(8)}").ToList();
                var before = hosts.ConvertAll(h => Text(index, h));
                var next = index.With(changed, gone);
                changed.ForEach(a => standing[a.Key] = a);
                gone.ForEach(key => standing.Remove(key));
                Assert.All(hosts, h => Assert.Equal(Text(AdvisoryIndex.Of(names, standing.Values), h), Text(next, h)));
                Assert.Equal(before, hosts.Select(h => Text(index, h)));
                index = next;
            }
        }
    }

    [Fact]
    public void AnAdvisoryConcernsTheSetsOfWhichItSaysAnythingAndNoOthers()
    {
        for (var seed = 0; seed < Cases * 3; seed++)
        {
            var (random, source, names) = (new Random(seed), new RandomFleet(seed % 2 == 0 ? VersionScheme.Deb : VersionScheme.Rpm, seed), new NameTable());
            var (sets, fleet, hosts) = (new PackageSets(names), new Fleet(), new Dictionary<string, PackageSet>());
            for (var step = 0; step < 25; step++)
            {
                var host = $"host-{random.Next(9)}";
                fleet.Remove(random.Next(3) == 0 && hosts.Remove(host) ? host : "none");
                host = $"host-{random.Next(9)}";
                fleet.Put(host, hosts[host] = random.Next(3) == 0 && hosts.Count > 0 ? hosts.Values.First() : sets.Of(source.Host()));
            }

            Assert.Equal((hosts.Count, hosts.Values.Distinct().Count()), (fleet.HostCount, fleet.SetCount));
            var alone = AdvisoryIndex.Of(names, [source.Advisory("feed/new")]);
            var matcher = new Matcher(alone);
            var concern = fleet.ConcernedBy(alone);
            Assert.Equal(hosts.Where(h => !matcher.Match(h.Value).Packages.IsEmpty).Select(h => h.Key).Order(), concern.Affected.SelectMany(s => s.Hosts).Order());
            Assert.Equal(hosts.Where(h => IsSpokenOf(matcher, h.Value) && matcher.Match(h.Value).Packages.IsEmpty).Select(h => h.Key).Order(), concern.Others.SelectMany(s => s.Hosts).Order());
            Assert.Equal(concern.Affected.Select(s => s.Set), fleet.ConcernedBy(alone).Affected.Select(s => s.Set));
        }
    }

    private static bool IsSpokenOf(Matcher matcher, PackageSet set) =>
        set.Packages.Where((p, i) => set.StandingOf(i) != PackageStanding.Older && !matcher.Explain(set, p).IsEmpty).Any();

    private static string Text(AdvisoryIndex index, PackageSet set)
    {
        var matcher = new Matcher(index);
        return string.Join('\n', set.Packages.SelectMany(p => matcher.Explain(set, p).Select(f => $"{p} {f.Advisory.Key} {f.Answer} {string.Join('+', f.Vulnerabilities)} {f.Fixed} {f.LastAffected} {f.IsSource} {f.Note}").Order()))
            + string.Join('\n', matcher.Match(set).Packages.Select(p => $"{p.Package} {p.Verdict.Fix?.Version} {string.Join(' ', p.Verdict.Findings.Select(f => f.Advisory.Key).Order())}"));
    }
}
