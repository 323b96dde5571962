using PatchFlow.Core.Advisories;
using PatchFlow.Core.Matching;

namespace PatchFlow.Benchmarks.Matching;

/// <summary>Hosts of a fixed seed: packages that all have, others by their popularity, each at a version that lags behind by what the host was not updated.</summary>
internal sealed class GeneratedHosts(GeneratedFeeds feeds)
{
    private const int OnEveryHost = 60;

    /// <summary>A host with that many packages; of the distribution and release that its number says.</summary>
    public HostPackages Of(int number, int packages)
    {
        var random = new Random(number);
        var distribution = GeneratedFeeds.Distributions[random.Next(20) switch { < 12 => 0, < 15 => 1, < 19 => 2, _ => 3 }];
        return Of(distribution, distribution.Releases[random.Next(4) == 0 ? 0 : 1], packages, random);
    }

    /// <summary>A host of a release.</summary>
    public HostPackages Of(Distribution distribution, string release, int packages, Random random)
    {
        var (sources, chosen) = (feeds.SourcesOf(distribution), new HashSet<int>(Enumerable.Range(0, OnEveryHost)));
        var (lag, isPro) = (random.Next(10), distribution.Prefix == "u-" && random.Next(3) == 0);
        var found = new List<HostPackage>(packages);
        var modules = new List<string>();
        foreach (var source in Enumerable.Range(0, OnEveryHost).Concat(More(sources.Length, chosen, random)).Select(rank => sources[rank]))
        {
            var versions = source.VersionsIn(release);
            var version = versions[Math.Max(0, versions.Length - 1 - random.Next(lag + 1))] + (isPro && random.Next(4) == 0 ? "+esm1" : "");
            modules.AddRange(source.Module is null ? [] : [source.Module]);
            found.AddRange(source.Binaries.Take(1 + random.Next(source.Binaries.Length)).Select(name => new HostPackage(name, version, source.Arch, source.Name, version, source.Module)));
            if (found.Count >= packages)
            {
                break;
            }
        }

        return new HostPackages
        {
            Platforms = isPro ? [release.Replace("Ubuntu:", "Ubuntu:Pro:", StringComparison.Ordinal), release] : [release],
            Scheme = distribution.Scheme,
            Packages = [.. found.Take(packages)],
            Modules = [.. modules],
            Holds = [found[random.Next(found.Count)].Name],
        };
    }

    private static IEnumerable<int> More(int count, HashSet<int> chosen, Random random)
    {
        while (true)
        {
            var rank = random.Next(3) == 0 ? random.Next(count) : GeneratedFeeds.Popular(random, count);
            if (chosen.Add(rank))
            {
                yield return rank;
            }
        }
    }
}
