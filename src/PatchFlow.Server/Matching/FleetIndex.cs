using System.Collections.Immutable;
using System.Text.Json;
using PatchFlow.Core.Advisories;
using PatchFlow.Core.Hosts;
using PatchFlow.Core.Matching;
using PatchFlow.Core.Patches;

namespace PatchFlow.Server.Matching;

/// <summary>
/// The hosts' package sets and the advisories on their platforms, in memory, brought up to date by what is new. Rebuilt where a platform comes
/// up that was not there, since nothing was kept of it, or a feed is not configured any more.
/// </summary>
internal sealed class FleetIndex
{
    private const int MostConcerns = 2000;
    private const int SetsBeyond = 1000;
    // Ended support alone says nothing of vulnerabilities.
    private const string Support = "/support";
    private readonly RecordReads _records;
    private readonly NameTable _names = new();
    private readonly PackageSets _sets;
    private readonly Fleet _fleet = new();
    private readonly Dictionary<string, Known> _hosts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _feeds = new(StringComparer.Ordinal);
    private readonly Dictionary<string, FeedTrust> _trust = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _support = new(StringComparer.Ordinal);
    private readonly IReadOnlySet<string> _platforms;
    private readonly ProductIndex _products = new();
    private AdvisoryIndex _index;

    /// <summary>A host as it was last read.</summary>
    private sealed record Known(SeenHost Seen, PackageSet Set, Exposure Reach);

    private FleetIndex(RecordReads records, IReadOnlySet<string> platforms)
    {
        (_records, _platforms, _sets, _index) = (records, platforms, new PackageSets(_names), AdvisoryIndex.Empty(_names));
    }

    /// <summary>The hosts that are matched.</summary>
    public IReadOnlyCollection<string> Hosts => _hosts.Keys;

    /// <summary>The hosts of whose platforms or products no feed says anything, or only feeds that have fallen silent, and why.</summary>
    /// <param name="silent">Feeds whose sources have no advisory data: what they said before stays, and says nothing of what came since.</param>
    public IEnumerable<(string Host, string Why)> Unspoken(IReadOnlyCollection<SeenFeed> silent)
    {
        bool IsOf(SeenFeed feed, string key) => key.StartsWith($"{feed.Feed.Name}/", StringComparison.Ordinal);
        var spoken = _index.PlatformsOf(key => !key.EndsWith(Support, StringComparison.Ordinal) && !silent.Any(f => IsOf(f, key)));
        var fell = silent.Select(f => (f.Silence, Platforms: _index.PlatformsOf(key => IsOf(f, key)).Add(f.Feed.Platform))).ToList();
        return _hosts.SelectMany(h => HasProducts(h.Value.Set)
            ? UnknownProducts(h.Value.Set).Select(what => (h.Key, what))
            : Unspoken(h.Value.Set, spoken) is not { } platform ? []
            : [(h.Key, fell.Find(f => h.Value.Set.Platforms.Any(f.Platforms.Contains)).Silence ?? $"no configured feed says anything of {platform}")]);
    }

    // Of a variant of a release, what is said of the release does not say enough: it has builds, and packages, of its own.
    private static string? Unspoken(PackageSet set, ImmutableHashSet<string> spoken) =>
        set.Platforms.FirstOrDefault(p => HostPlatforms.IsVariant(p) && !spoken.Contains(p))
        ?? (set.Platforms.Any(p => !HostPlatforms.IsAddition(p) && spoken.Contains(p)) ? null : set.Platforms.First(p => !HostPlatforms.IsAddition(p)));

    /// <summary>An index of nothing yet, for hosts of these platforms.</summary>
    public static FleetIndex Empty(RecordReads records, IEnumerable<string> platforms) => new(records, platforms.ToHashSet(StringComparer.Ordinal));

    /// <summary>Whether it can be brought to a state, and is not full of what hosts had long ago. What a feed said counts anew where it is trusted otherwise.</summary>
    public bool CanFollow(FleetState state, IEnumerable<string> platforms) =>
        platforms.All(_platforms.Contains) && !_feeds.Keys.Except(state.Feeds.Select(f => f.Feed.Name)).Any()
        && state.Feeds.All(f => _trust.GetValueOrDefault(f.Feed.Name, f.Trust) == f.Trust)
        && _sets.SetCount <= (4 * _fleet.SetCount) + SetsBeyond;

    /// <summary>What a host's set is now; it counts from now on.</summary>
    /// <returns>Whether anything of it is new.</returns>
    public bool Put(SeenHost host, HostPackages packages, ImmutableArray<ListeningSocket> listens)
    {
        var labels = host.Exposure is null ? ImmutableDictionary<string, string>.Empty : ImmutableDictionary<string, string>.Empty.Add(Exposure.Label, host.Exposure);
        var known = new Known(host, _sets.Of(packages), Exposure.Of(listens, labels));
        var isNew = !_hosts.TryGetValue(host.Id, out var old) || old.Set.Digest != known.Set.Digest || old.Reach != known.Reach || old.Seen.Group != host.Group;
        _hosts[host.Id] = known;
        _fleet.Put(host.Id, known.Set);
        return isNew;
    }

    /// <summary>Whether the host was read from another inventory, or is not known.</summary>
    public bool NeedsReading(SeenHost host) =>
        !_hosts.TryGetValue(host.Id, out var known) || known.Seen.Inventory != host.Inventory || known.Seen.Exposure != host.Exposure || known.Seen.Group != host.Group;

    /// <summary>Forgets a host.</summary>
    public void Remove(string host)
    {
        _hosts.Remove(host);
        _fleet.Remove(host);
    }

    /// <summary>Takes in what is new in a feed.</summary>
    /// <returns>The hosts whose match may be another, and the vulnerabilities of which something else is known.</returns>
    public (IReadOnlyCollection<string> Hosts, IReadOnlyCollection<string> Rated) Follow(SeenFeed feed)
    {
        var changes = _records.Read(feed.Feed, _feeds.GetValueOrDefault(feed.Feed.Name), _platforms, feed.Trust);
        (_feeds[feed.Feed.Name], _trust[feed.Feed.Name]) = (feed.Sequence, feed.Trust);
        var changedUpdates = changes.Updates.Count(u => _products.Put(u.Key, u.Update));
        return ([.. Replace(changes.Changed, changes.Gone), .. changedUpdates > 0 ? OnProducts : []], changes.Rated);
    }

    /// <summary>Takes in lists of ended support: what they say depends on the hosts' packages and on the day.</summary>
    /// <returns>The hosts whose match may be another.</returns>
    public IReadOnlyCollection<string> FollowSupport(SeenFeed feed, DateOnly today)
    {
        var advisory = EndedSupport.Of(feed.Feed.Name, feed.Feed.Platform, _records.Support(feed.Feed.Name), _fleet.Sources, today);
        var text = JsonSerializer.Serialize(advisory.Affected.Select(a => new[] { a.Name, a.Note }));
        if (_support.GetValueOrDefault(feed.Feed.Name) == text)
        {
            return [];
        }

        _support[feed.Feed.Name] = text;
        return Replace([new IndexedAdvisory(feed.Feed.Name + Support, advisory, Trust: feed.Trust)], []);
    }

    /// <summary>What is open of hosts, each set matched once.</summary>
    public IEnumerable<(SeenHost Host, SetMatch Match, Exposure Reach)> Match(IEnumerable<string> hosts)
    {
        var matcher = new Matcher(_index);
        foreach (var set in hosts.Where(_hosts.ContainsKey).Select(id => _hosts[id]).GroupBy(h => h.Set.Digest))
        {
            var match = HasProducts(set.First().Set) ? ProductMatcher.Match(set.First().Set, _products) : matcher.Match(set.First().Set);
            foreach (var host in set)
            {
                yield return (host.Seen, match, host.Reach);
            }
        }
    }

    // What said something before and does not now counts as much as what says something new.
    private HashSet<string> Replace(List<IndexedAdvisory> changed, List<string> gone)
    {
        if (changed.Count + gone.Count == 0)
        {
            return [];
        }

        string[] keys = [.. changed.Select(a => a.Key), .. gone];
        var products = changed.Count(_products.Put) + gone.Count(_products.Remove) > 0 ? OnProducts : [];
        var isSmall = keys.Length <= MostConcerns;
        var before = isSmall ? _index.Only(keys) : null;
        _index = _index.With(changed, gone);
        return isSmall
            ? [.. products, .. new[] { before!, _index.Only(keys) }.Select(_fleet.ConcernedBy).SelectMany(c => c.Affected.Concat(c.Others)).SelectMany(s => s.Hosts)]
            : [.. _hosts.Keys];
    }

    private IEnumerable<string> OnProducts => _hosts.Where(h => HasProducts(h.Value.Set)).Select(h => h.Key);

    // Products are matched by their updates, all others by their versions.
    private static bool HasProducts(PackageSet set) => set.Platforms.All(Platforms.IsReportOnly);

    /// <summary>Whether a vulnerability of a host's product is still spoken of.</summary>
    public bool SaysOfProduct(PackageSet set, string product, string vulnerability) => HasProducts(set) && _products.SaysOf(product, vulnerability);

    private IEnumerable<string> UnknownProducts(PackageSet set) => set.Packages.Select(p => p.Package.Name).Where(p => !_products.SpeaksOf(p))
        .Select(p => $"no configured feed says anything of the product '{p}': its name must be as its vendor publishes it");
}
