using System.Collections.Immutable;
using PatchFlow.Core.Documents;

namespace PatchFlow.Core.Matching;

/// <summary>A package set that an advisory speaks of.</summary>
/// <param name="Set">The set.</param>
/// <param name="Hosts">The hosts that have it, sorted.</param>
/// <param name="Packages">Its packages that the advisory speaks of, with what is open of them by this advisory alone.</param>
public sealed record ConcernedSet(PackageSet Set, ImmutableSortedSet<string> Hosts, ImmutableArray<PackageMatch> Packages)
{
    /// <summary>Whether something is open by this advisory.</summary>
    public bool IsAffected => Packages.Any(p => !p.Verdict.IsNone);
}

/// <summary>
/// Which hosts have which package sets, and which sets have which packages: the way from an advisory to the hosts that it concerns. One thread
/// at a time.
/// </summary>
public sealed class Fleet
{
    private readonly Dictionary<string, Member> _byHost = new(StringComparer.Ordinal);
    private readonly Dictionary<Digest, Member> _bySet = [];
    private readonly Dictionary<int, List<Use>> _byName = [];
    private readonly Dictionary<int, List<Use>> _bySource = [];
    private readonly Dictionary<KnownPackage, Use> _uses = [];

    /// <summary>A set with its hosts.</summary>
    private sealed class Member(PackageSet set)
    {
        public PackageSet Set { get; } = set;

        public ImmutableSortedSet<string> Hosts { get; set; } = ImmutableSortedSet.Create<string>(StringComparer.Ordinal);

        private List<PackageMatch>? _concerned;

        // Whether it is the first package of the set of which something is said.
        public bool Concern(int index, Verdict verdict)
        {
            var (standing, isFirst) = (Set.StandingOf(index), _concerned is null);
            if (standing == PackageStanding.Older)
            {
                return false;
            }

            (_concerned ??= new(1)).Add(new PackageMatch(Set.Packages[index], verdict, Set.IsHeld(index), standing));
            return isFirst;
        }

        public ImmutableArray<PackageMatch> TakeConcerned()
        {
            ImmutableArray<PackageMatch> taken = [.. _concerned!];
            _concerned = null;
            return taken;
        }
    }

    /// <summary>A package with the sets that have it.</summary>
    private sealed class Use(KnownPackage package)
    {
        public KnownPackage Package { get; } = package;

        // With its place in each set.
        public List<(Member Member, int Index)> Members { get; } = [];
    }

    /// <summary>How many hosts there are.</summary>
    public int HostCount => _byHost.Count;

    /// <summary>How many different sets they have.</summary>
    public int SetCount => _bySet.Count;

    /// <summary>The sets, each with its hosts.</summary>
    public IEnumerable<(PackageSet Set, ImmutableSortedSet<string> Hosts)> Sets => _bySet.Values.Select(m => (m.Set, m.Hosts));

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
            _bySet[set.Digest] = member = new Member(set);
            for (var i = 0; i < set.Packages.Length; i++)
            {
                UseOf(set.Packages[i]).Members.Add((member, i));
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
            foreach (var package in member.Set.Packages)
            {
                Forget(_uses[package], member);
            }
        }
    }

    /// <summary>
    /// The sets that have a package of which an advisory says anything; of all others nothing changes with it. Where it takes the place of an
    /// earlier one, the sets of that one change too. The index is one of that advisory alone.
    /// </summary>
    public ImmutableArray<ConcernedSet> ConcernedBy(AdvisoryIndex alone)
    {
        var (found, matcher) = (new List<Member>(), new Matcher(alone));
        foreach (var use in alone.Spoken().SelectMany(n => (n.IsSource ? _bySource : _byName).GetValueOrDefault(n.Name, [])).Distinct())
        {
            AddConcerned(use, matcher, found);
        }

        return [.. found.Select(m => new ConcernedSet(m.Set, m.Hosts, m.TakeConcerned()))];
    }

    // Hosts that are alike are told the same of a package, and mostly those whose module streams differ too.
    private static void AddConcerned(Use use, Matcher matcher, List<Member> found)
    {
        var (said, byModules) = (new Dictionary<PlatformList, Verdict?>(), new Dictionary<MatchContext, Verdict?>());
        foreach (var (member, index) in use.Members)
        {
            var context = member.Set.Context;
            if (!said.TryGetValue(context.Platforms, out var verdict) && !byModules.TryGetValue(context, out verdict))
            {
                (verdict, var depends) = matcher.Said(use.Package, context);
                if (depends)
                {
                    byModules[context] = verdict;
                }
                else
                {
                    said[context.Platforms] = verdict;
                }
            }

            if (verdict is not null && member.Concern(index, verdict))
            {
                found.Add(member);
            }
        }
    }

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

    private void Forget(Use use, Member member)
    {
        use.Members.RemoveAt(use.Members.FindIndex(m => m.Member == member));
        if (use.Members.Count == 0)
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
