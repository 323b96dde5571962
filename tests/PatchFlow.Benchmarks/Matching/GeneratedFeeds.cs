using System.Collections.Immutable;
using System.Globalization;
using PatchFlow.Core.Advisories;
using PatchFlow.Core.Matching;

namespace PatchFlow.Benchmarks.Matching;

/// <summary>
/// 60,000 advisories of a fixed seed, in the shapes of four kinds of feeds. How many advisories a package has falls with its rank as real ones'
/// do: a few have hundreds, most have a few.
/// </summary>
internal sealed class GeneratedFeeds
{
    private const int Seed = 20_261_126;
    private const int CvesAnUpdate = 3;

    public static Distribution[] Distributions { get; } =
    [
        new("d-", VersionScheme.Deb, ["Debian:11", "Debian:12", "Debian:13", "Debian:sid"], 6_000, 30_000, "amd64", "all"),
        new("u-", VersionScheme.Deb, ["Ubuntu:20.04", "Ubuntu:22.04", "Ubuntu:24.04"], 4_000, 14_000, "amd64", "all"),
        new("r-", VersionScheme.Rpm, ["Rocky Linux:8", "Rocky Linux:9", "AlmaLinux:9"], 3_000, 12_000, "x86_64", "noarch"),
        new("a-", VersionScheme.Apk, ["Alpine:3.18", "Alpine:3.19", "Alpine:3.20"], 2_000, 4_000, "x86_64", "noarch"),
    ];

    private static readonly string[] NoArch = ["noarch"];
    private static readonly string[] Archs = ["x86_64", "aarch64"];

    private readonly Random _random = new(Seed);
    private readonly Dictionary<Distribution, GeneratedSource[]> _sources = [];

    public GeneratedFeeds()
    {
        foreach (var distribution in Distributions)
        {
            var counts = new int[distribution.Sources];
            for (var i = 0; i < distribution.Advisories; i++)
            {
                counts[Popular(_random, distribution.Sources)]++;
            }

            _sources[distribution] = [.. counts.Select((count, rank) => new GeneratedSource(distribution, rank, Math.Min(60, (count + CvesAnUpdate - 1) / CvesAnUpdate), _random))];
            for (var rank = 0; rank < counts.Length; rank++)
            {
                Advisories.AddRange(Enumerable.Range(0, counts[rank]).Select(n => Advisory(distribution, _sources[distribution][rank], 1 + (n / CvesAnUpdate), _random)));
            }
        }
    }

    public List<IndexedAdvisory> Advisories { get; } = [];

    public GeneratedSource[] SourcesOf(Distribution distribution) => _sources[distribution];

    /// <summary>One more advisory, of the newest version of a package that is chosen as the others were.</summary>
    public IndexedAdvisory Fresh(int number)
    {
        var random = new Random(Seed + number);
        var distribution = Distributions[random.Next(10) switch { < 5 => 0, < 7 => 1, < 9 => 2, _ => 3 }];
        var source = _sources[distribution][Popular(random, distribution.Sources)];
        return Advisory(distribution, source, source.Updates, random) with { Key = $"fresh/{number}" };
    }

    /// <summary>A rank whose probability falls as that of words: the first is drawn about 500 times as often as the 1,000th.</summary>
    public static int Popular(Random random, int count) => Math.Min(count - 1, (int)(Math.Pow(count + 1, Math.Pow(random.NextDouble(), 0.8)) - 1));

    private IndexedAdvisory Advisory(Distribution distribution, GeneratedSource source, int update, Random random)
    {
        var number = Advisories.Count + 1;
        var cve = string.Create(CultureInfo.InvariantCulture, $"CVE-{2015 + (number % 12)}-{10_000 + number}");
        var advisory = new Advisory
        {
            Id = distribution.Scheme == VersionScheme.Rpm ? $"RLSA-{number}" : cve,
            Severity = (Severity)(2 + random.Next(4)),
            Cves = distribution.Scheme == VersionScheme.Rpm ? [cve, $"{cve}1", $"{cve}2"] : [cve],
            Published = DateTimeOffset.UnixEpoch.AddDays(number),
            Affected = [.. distribution.Releases.SelectMany(release => Affected(distribution, source, release, Math.Min(update, source.Updates), random))],
        };
        return new IndexedAdvisory($"{distribution.Prefix}{source.Name}/{number}", advisory);
    }

    private static IEnumerable<AffectedPackage> Affected(Distribution distribution, GeneratedSource source, string release, int update, Random random) => distribution.Prefix switch
    {
        "r-" => source.Binaries.SelectMany(name => (source.Arch == distribution.NoArch ? NoArch : Archs).Select(arch =>
            Fixed(distribution, release, name, source.VersionsIn(release)[update]) with { IsSource = false, Arch = arch, Module = source.Module })),
        "u-" when random.Next(10) == 0 =>
        [
            new() { Platform = release, Name = source.Name, IsSource = true, Scheme = distribution.Scheme, State = FixState.NoFixYet, Ranges = [VersionRange.All] },
            Fixed(distribution, release.Replace("Ubuntu:", "Ubuntu:Pro:", StringComparison.Ordinal), source.Name, source.VersionsIn(release)[update] + "+esm1"),
        ],
        "d-" => [Tracked(distribution, source, release, update, random)],
        _ => [Fixed(distribution, release, source.Name, source.VersionsIn(release)[update])],
    };

    // As Debian's tracker has them: most are fixed, many never affected a release, some get no fix.
    private static AffectedPackage Tracked(Distribution distribution, GeneratedSource source, string release, int update, Random random)
    {
        var stated = Fixed(distribution, release, source.Name, source.VersionsIn(release)[update]);
        return random.Next(20) switch
        {
            < 13 => stated,
            < 16 => stated with { State = FixState.NotAffected, Ranges = [] },
            16 => stated with { State = FixState.NoFixYet, Ranges = [VersionRange.All] },
            17 or 18 => stated with { State = FixState.WillNotFix, Ranges = [VersionRange.All], Note = "postponed: minor issue" },
            _ => stated with { State = FixState.UnderInvestigation, Ranges = [VersionRange.All] },
        };
    }

    private static AffectedPackage Fixed(Distribution distribution, string release, string name, string version) => new()
    {
        Platform = release,
        Name = name,
        IsSource = true,
        Scheme = distribution.Scheme,
        Ranges = [VersionRange.Before(version)],
    };
}
