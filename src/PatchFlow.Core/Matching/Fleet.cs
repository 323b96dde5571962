using System.Collections.Immutable;
using PatchFlow.Core.Documents;

namespace PatchFlow.Core.Matching;

/// <summary>A package set with the hosts that have it.</summary>
public sealed class FleetSet
{
    internal FleetSet(PackageSet set) => Set = set;

    /// <summary>The set.</summary>
    public PackageSet Set { get; }

    /// <summary>The hosts that have it now, sorted.</summary>
    public ImmutableSortedSet<string> Hosts { get; internal set; } = ImmutableSortedSet.Create<string>(StringComparer.Ordinal);

    // Set anew by each question, so that a set that has several of its packages is found once.
    internal int Mark { get; set; }
}

/// <summary>The sets that have a package of which an advisory says anything; of all others nothing changes with it.</summary>
/// <param name="Affected">Those of which it leaves something open, by itself.</param>
/// <param name="Others">Those of which it says that they are fixed, or not affected.</param>
public sealed record Concern(ImmutableArray<FleetSet> Affected, ImmutableArray<FleetSet> Others);

/// <summary>
/// Which hosts have which package sets, and which sets have which packages: the way from an advisory to the hosts that it concerns. One thread
/// at a time.
/// </summary>
public sealed class Fleet
{
    private readonly Dictionary<string, FleetSet> _byHost = new(StringComparer.Ordinal);
    private readonly Dictionary<Digest, FleetSet> _bySet = [];
    private readonly Dictionary<int, List<Use>> _byName = [];
    private readonly Dictionary<int, List<Use>> _bySource = [];
    private readonly Dictionary<KnownPackage, Use> _uses = [];
    private readonly List<FleetSet> _found = [];
    private int _mark;

    /// <summary>A package with the sets that have it, unless a newer one beside it counts there.</summary>
    private sealed class Use(KnownPackage package)
    {
        public KnownPackage Package { get; } = package;

        public List<FleetSet> Sets { get; } = [];
    }

    /// <summary>How many hosts there are.</summary>
    public int HostCount => _byHost.Count;

    /// <summary>How many different sets they have.</summary>
    public int SetCount => _bySet.Count;

    /// <summary>The sets.</summary>
    public IEnumerable<FleetSet> Sets => _bySet.Values;

    /// <summary>The source packages of all that is installed anywhere, each once; not of what a newer one beside it stands for.</summary>
    public IEnumerable<string> Sources => _bySource.Values.Where(uses => uses.Count > 0).Select(uses => uses[0].Package.Package.Source);

    /// <summary>Says which set a host has, in place of the one it had.</summary>
    public void Put(string host, PackageSet set)
    {
        if (_byHost.TryGetValue(host, out var old) && old.Set.Digest == set.Digest)
        {
            return;
        }

        Remove(host);
        if (!_bySet.TryGetValue(set.Digest, out var member))
        {
            _bySet[set.Digest] = member = new FleetSet(set);
            foreach (var package in Counting(set))
            {
                UseOf(package).Sets.Add(member);
            }
        }

        member.Hosts = member.Hosts.Add(host);
        _byHost[host] = member;
    }

    /// <summary>Forgets a host, and the set of which it was the last.</summary>
    public void Remove(string host)
    {
        if (!_byHost.Remove(host, out var member))
        {
            return;
        }

        member.Hosts = member.Hosts.Remove(host);
        if (member.Hosts.IsEmpty)
        {
            _bySet.Remove(member.Set.Digest);
            foreach (var package in Counting(member.Set))
            {
                Forget(_uses[package], member);
            }
        }
    }

    /// <summary>
    /// The sets that an advisory speaks of. Where it takes the place of an earlier one, the sets of that one change too. The index is one of
    /// that advisory alone.
    /// </summary>
    public Concern ConcernedBy(AdvisoryIndex alone)
    {
        var matcher = new Matcher(alone);
        _found.Clear();
        _mark += 2;
        foreach (var use in alone.Spoken().SelectMany(n => (n.IsSource ? _bySource : _byName).GetValueOrDefault(n.Name, [])).Distinct())
        {
            Mark(use, matcher);
        }

        return new Concern([.. _found.Where(s => s.Mark == _mark)], [.. _found.Where(s => s.Mark != _mark)]);
    }

    // Hosts that are alike are told the same of a package, and mostly those whose module streams differ too.
    private void Mark(Use use, Matcher matcher)
    {
        var (said, byModules) = (new Dictionary<PlatformList, Verdict?>(), new Dictionary<MatchContext, Verdict?>());
        var (last, verdict) = ((MatchContext?)null, (Verdict?)null);
        foreach (var set in use.Sets)
        {
            var context = set.Set.Context;
            if (context != last && !said.TryGetValue(context.Platforms, out verdict) && !byModules.TryGetValue(context, out verdict))
            {
                (verdict, var depends) = matcher.Said(use.Package, context);
                _ = depends ? byModules.TryAdd(context, verdict) : said.TryAdd(context.Platforms, verdict);
            }

            last = context;
            if (verdict is not null)
            {
                Mark(set, verdict.IsNone ? _mark - 1 : _mark);
            }
        }
    }

    private void Mark(FleetSet set, int mark)
    {
        if (set.Mark < _mark - 1)
        {
            _found.Add(set);
        }

        set.Mark = Math.Max(set.Mark, mark);
    }

    private static IEnumerable<KnownPackage> Counting(PackageSet set) => set.Packages.Where((_, i) => set.StandingOf(i) != PackageStanding.Older);

    private Use UseOf(KnownPackage package)
    {
        if (!_uses.TryGetValue(package, out var use))
        {
            _uses[package] = use = new Use(package);
            ListOf(_byName, package.Name).Add(use);
            ListOf(_bySource, package.Source).Add(use);
        }

        return use;
    }

    // The order of a package's sets means nothing, so the last takes the place of the one that is gone.
    private void Forget(Use use, FleetSet set)
    {
        use.Sets[use.Sets.IndexOf(set)] = use.Sets[^1];
        use.Sets.RemoveAt(use.Sets.Count - 1);
        if (use.Sets.Count == 0)
        {
            _uses.Remove(use.Package);
            _byName[use.Package.Name].Remove(use);
            _bySource[use.Package.Source].Remove(use);
        }
    }

    private static List<Use> ListOf(Dictionary<int, List<Use>> lists, int name)
    {
        if (!lists.TryGetValue(name, out var list))
        {
            lists[name] = list = [];
        }

        return list;
    }
}
