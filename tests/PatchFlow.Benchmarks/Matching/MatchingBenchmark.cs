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
        Against(HostLimitMs, "index just built", Turns.Of(Index, index => new Matcher(index).Match(set)));
        var warm = Index();
        Against(HostLimitMs, "other hosts were matched before", Turns.Of(() => warm, index => new Matcher(index).Match(set)));
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

    // From the advisory to the names of the hosts that are affected, and the index that the next match uses.
    private void OneAdvisory()
    {
        var index = Index();
        var fresh = Enumerable.Range(0, FreshAdvisories).Select(_feeds.Fresh).ToArray();
        var (hosts, p99, worst) = (0L, new List<double>(), new List<double>());
        var all = Turns.Of(() => _members, members =>
        {
            (hosts, var times) = (0, new double[fresh.Length]);
            for (var i = 0; i < fresh.Length; i++)
            {
                var clock = Stopwatch.GetTimestamp();
                _ = index.With([fresh[i]]);
                hosts += members.ConcernedBy(AdvisoryIndex.Of(_names, [fresh[i]])).Affected.Sum(s => s.Hosts.Count);
                times[i] = Stopwatch.GetElapsedTime(clock).TotalMilliseconds;
            }

            Array.Sort(times);
            p99.Add(times[times.Length * 99 / 100]);
            worst.Add(times[^1]);
        });
        p99.Sort();
        worst.Sort();
        Print($"matching: one new advisory to its affected hosts, of {_members.HostCount:N0}: p99 {p99[p99.Count / 2]:0.00} ms ({p99[0]:0.00}-{p99[^1]:0.00}), slowest {worst[worst.Count / 2]:0.00} ms; limit {FreshLimitMs} ms, {FreshLimitMs / p99[p99.Count / 2]:0.0} times as fast; {fresh.Length} advisories with {hosts / fresh.Length:N0} affected hosts each on average: {all}");
    }

    private static void Against(double limitMs, string when, Turns turns) =>
        Print($"matching: one host, {when}: {turns}; limit {limitMs} ms, {limitMs / (turns.WallMedian * 1000):0.0} times as fast");

    private static void Rate(string when, int decisions, Turns turns) =>
        Print($"matching: all hosts, {when}: {decisions / turns.CpuMedian / 1e6:0.00} million decisions a second of CPU, {decisions / turns.WallMedian / 1e6:0.00} of wall time; limit {DecisionsLimit / 1e6:0.0} million, {decisions / turns.CpuMedian / DecisionsLimit:0.0} times as fast: {turns}");

    private static void Print(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}
