using System.Collections.Immutable;
using PatchFlow.Core.Advisories;
using PatchFlow.Core.Matching;

namespace PatchFlow.Core.Tests.Matching;

/// <summary>Advisories and hosts of few names, so that they often meet; of a seed.</summary>
internal sealed class RandomFleet(VersionScheme scheme, int seed)
{
    private readonly Random _random = new(seed);
    private readonly string[] _platforms = scheme switch
    {
        VersionScheme.Deb => ["Ubuntu:Pro:22.04", "Ubuntu:22.04", "Debian:12"],
        VersionScheme.Rpm => ["Rocky Linux:9", "AlmaLinux:9", "Fedora:40"],
        VersionScheme.Apk => ["Alpine:3.20", "Wolfi", "Alpine:3.19"],
        VersionScheme.SemVer => ["npm", "crates.io", "Go"],
        _ => ["a:1", "b:2", "c:3"],
    };

    private readonly string[] _archs = scheme switch
    {
        VersionScheme.Deb => ["amd64", "arm64", "all"],
        _ => ["x86_64", "i686", "noarch"],
    };

    public List<IndexedAdvisory> Advisories(int count) => [.. Enumerable.Range(0, count).Select(i => Advisory($"feed/{i}"))];

    public IndexedAdvisory Advisory(string key) => new(
        key,
        new Advisory
        {
            Id = $"A-{_random.Next(6)}",
            Kind = Maybe(12) ? AdvisoryKind.BugFix : AdvisoryKind.Security,
            Withdrawn = Maybe(15) ? DateTimeOffset.UnixEpoch : null,
            Severity = (Severity)_random.Next(6),
            Cves = Cves(3),
            Affected = [.. Many(4, 1, Affected)],
        },
        Maybe(2) ? _platforms[0] : "",
        (FeedTrust)_random.Next(3));

    public HostPackages Host() => new()
    {
        Platforms = [.. _platforms.Where(_ => Maybe(2)).DefaultIfEmpty(_platforms[1])],
        Scheme = scheme,
        Packages = [.. Many(8, 1, Package)],
        Modules = [.. Many(3, 0, () => $"m:{_random.Next(3)}")],
        Holds = [.. Many(2, 0, () => $"p{_random.Next(5)}")],
    };

    private HostPackage Package()
    {
        var version = RandomVersions.OrNone(scheme, _random);
        return new($"p{_random.Next(5)}", version, One(_archs), $"p{_random.Next(3)}", Maybe(2) ? version : RandomVersions.OrNone(scheme, _random), Maybe(5) ? $"m:{_random.Next(3)}" : null);
    }

    private AffectedPackage Affected() => new()
    {
        Platform = Maybe(10) ? "" : One(_platforms),
        Name = Maybe(20) ? "" : $"p{_random.Next(4)}",
        IsSource = Maybe(2),
        Arch = Maybe(3) ? One(_archs) : null,
        Module = scheme == VersionScheme.Rpm && Maybe(4) ? $"m:{_random.Next(3)}" : null,
        Scheme = Maybe(6) ? VersionScheme.Unknown : scheme,
        State = Maybe(2) ? FixState.Fixed : (FixState)_random.Next(6),
        Ranges = Maybe(5) ? [VersionRange.All] : [.. Many(3, 0, Range)],
        Versions = Maybe(4) ? [.. Many(3, 0, () => RandomVersions.OrNone(scheme, _random))] : [],
        Note = Maybe(3) ? $"note {_random.Next(2)}" : null,
        Cves = Maybe(4) ? Cves(2) : [],
    };

    private VersionRange Range()
    {
        var from = Maybe(2) ? null : RandomVersions.OrNone(scheme, _random);
        var to = RandomVersions.OrNone(scheme, _random);
        return _random.Next(6) switch
        {
            0 => new(from, null, null),
            1 or 2 => new(from, null, to),
            _ => new(from, to, null),
        };
    }

    private ImmutableArray<string> Cves(int most) => [.. Many(most, 0, () => $"CVE-2026-000{_random.Next(5)}").Distinct()];

    private List<T> Many<T>(int most, int least, Func<T> one) => [.. Enumerable.Range(0, _random.Next(least, most + 1)).Select(_ => one())];

    private T One<T>(T[] all) => all[_random.Next(all.Length)];

    private bool Maybe(int oneIn) => _random.Next(oneIn) == 0;
}
