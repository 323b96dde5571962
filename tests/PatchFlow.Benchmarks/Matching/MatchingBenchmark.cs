using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using PatchFlow.Core.Matching;

namespace PatchFlow.Benchmarks.Matching;

/// <summary>Installed packages against all advisories, on generated data of a fixed seed, against the limits that the project sets itself. One thread.</summary>
internal sealed class MatchingBenchmark
{
    private const int Hosts = 10_000;
    private const int PackagesAHost = 500;
    private const int FreshAdvisories = 500;
    private const int WarmTurns = 10;
    private const double HostLimitMs = 10;
    private const double DecisionsLimit = 2_000_000;
    private const double FreshLimitMs = 10;

    private readonly GeneratedFeeds _feeds = new();
    private readonly GeneratedHosts _hosts;
    private readonly NameTable _names = new();
    private readonly PackageSets _sets;
    private readonly PackageSet[] _fleet;
    private readonly Fleet _members = new();

    private MatchingBenchmark()
    {
        (_hosts, _sets) = (new(_feeds), new(_names));
        _ = Index();
        var clock = Stopwatch.StartNew();
        _fleet = [.. Enumerable.Range(0, Hosts).Select(n => _sets.Of(_hosts.Of(n, PackagesAHost)))];
        Print($"matching: generated with a fixed seed: {_feeds.Advisories.Count:N0} advisories, {Hosts:N0} hosts with {_sets.SetCount:N0} different package sets of {_fleet.Min(s => s.Packages.Length)}-{_fleet.Max(s => s.Packages.Length)}, {_sets.PackageCount:N0} different packages; sets made in {clock.Elapsed.TotalSeconds:0.0} s");
        for (var n = 0; n < Hosts; n++)
        {
            _members.Put($"host-{n}", _fleet[n]);
        }
    }

    /// <summary>Measures all of it.</summary>
    public static void Run()
    {
        var benchmark = new MatchingBenchmark();
        benchmark.BuildIndex();
        benchmark.OneHost();
        benchmark.AllHosts();
        benchmark.OneAdvisory();
    }

    private AdvisoryIndex Index() => AdvisoryIndex.Of(_names, _feeds.Advisories);

    private void BuildIndex()
    {
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var index = Index();
        var bytes = GC.GetTotalMemory(forceFullCollection: true) - before;
        Print($"matching: index of {index.Count:N0} advisories built: {Turns.Of(() => 0, _ => Index())}; {bytes >> 20} MiB");
    }

    private void OneHost()
    {
        var set = _sets.Of(_hosts.Of(GeneratedFeeds.Distributions[0], "Debian:12", 1000, new Random(1)));
        var open = new Matcher(Index()).Match(set);
        Print($"matching: one host of {set.Packages.Length:N0} packages, {open.Packages.Length} of them open with {open.Packages.Sum(p => p.Verdict.Findings.Length):N0} findings");
        Against(HostLimitMs, "index just built", Turns.Of(Index, index => new Matcher(index).Match(set), WarmTurns));
        var warm = Index();
        Against(HostLimitMs, "other hosts were matched before", Turns.Of(() => warm, index => new Matcher(index).Match(set), WarmTurns));
    }

    private void AllHosts()
    {
        var decisions = _fleet.Sum(s => s.Packages.Length);
        var open = 0L;
        Rate("index just built", decisions, Turns.Of(Index, index => open = MatchAll(index)));
        var warm = Index();
        Rate("every package was seen before", decisions, Turns.Of(() => warm, index => open = MatchAll(index)));
        Print($"matching: {open:N0} of {decisions:N0} packages were open");
    }

    private long MatchAll(AdvisoryIndex index)
    {
        var (matcher, open) = (new Matcher(index), 0L);
        foreach (var set in _fleet)
        {
            open += matcher.Match(set).Packages.Length;
        }

        return open;
    }

    // From the advisory to the names of the hosts that are affected, and the index that the next match uses; and then also what is open of those hosts.
    private void OneAdvisory()
    {
        var (index, fresh, hosts) = (Index(), Enumerable.Range(0, FreshAdvisories).Select(_feeds.Fresh).ToArray(), 0L);
        Fresh("to its affected hosts", Tail.Of(fresh, advisory =>
        {
            _ = index.With([advisory]);
            hosts += Concerned(advisory).SelectMany(s => s.Hosts).Count();
        }), FreshLimitMs);
        Print($"matching: {FreshAdvisories} new advisories have {hosts / Tail.Rounds / FreshAdvisories:N0} affected hosts each on average, of {_members.HostCount:N0}");
        Fresh($"and all that is open of those hosts, for {FreshAdvisories / 10} of them", Tail.Of(fresh[..(FreshAdvisories / 10)], advisory =>
        {
            var matcher = new Matcher(index.With([advisory]));
            foreach (var set in Concerned(advisory))
            {
                _ = matcher.Match(set.Set);
            }
        }), null);
    }

    private ImmutableArray<FleetSet> Concerned(IndexedAdvisory advisory) => _members.ConcernedBy(AdvisoryIndex.Of(_names, [advisory])).Affected;

    private static void Fresh(string what, Tail tail, double? limitMs) =>
        Print($"matching: one new advisory {what}: p99 {tail}{(limitMs is { } limit ? FormattableString.Invariant($"; limit {limit} ms, {limit / tail.P99:0.0} times as fast") : "")}: {tail.All}");

    private static void Against(double limitMs, string when, Turns turns) =>
        Print($"matching: one host, {when}: {turns}; limit {limitMs} ms, {limitMs / (turns.WallMedian * 1000):0.0} times as fast");

    private static void Rate(string when, int decisions, Turns turns) =>
        Print($"matching: all hosts, {when}: {decisions / turns.CpuMedian / 1e6:0.00} million decisions a second of CPU, {decisions / turns.WallMedian / 1e6:0.00} of wall time; limit {DecisionsLimit / 1e6:0.0} million, {decisions / turns.CpuMedian / DecisionsLimit:0.0} times as fast: {turns}");

    private static void Print(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}
