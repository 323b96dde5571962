using System.Collections.Immutable;

namespace PatchFlow.Server.Feeds;

/// <summary>A configured apt feed: one suite, of the components and the architecture that are wanted.</summary>
/// <param name="Name">Its id.</param>
/// <param name="Address">The archive's base address, ending in a slash.</param>
/// <param name="Suite">The suite's folder below <c>dists/</c>; of a flat repository its folder below the address, <c>.</c> for the address itself.</param>
/// <param name="Components">At least one; none in a flat repository, which has its index beside its release (repository format, "Flat Repository Format").</param>
/// <param name="Arch">The architecture.</param>
/// <param name="Keyrings">Files with the keys that may sign.</param>
/// <param name="Security">Whether its newer versions are security patches.</param>
/// <param name="Schedule">Cron expression, UTC.</param>
/// <param name="MaxAge">How old an index without Valid-Until may be.</param>
internal sealed record Feed(
    string Name,
    Uri Address,
    string Suite,
    ImmutableArray<string> Components,
    string Arch,
    ImmutableArray<string> Keyrings,
    bool Security,
    string Schedule,
    TimeSpan MaxAge)
{
    /// <summary>The kind's name in the configuration.</summary>
    public const string KindName = "apt";

    /// <summary>What its dates are of: each suite has its own.</summary>
    public string DatedBy => DatedByOf(Suite);

    /// <summary>What the dates of a suite's snapshots are of.</summary>
    public static string DatedByOf(string suite) => $"{KindName} {suite}";

    /// <summary>The address of a file of the suite.</summary>
    public Uri InSuite(string path) => Below(Address, InArchive(path));

    /// <summary>The path of a file of the suite below the archive's base address.</summary>
    public string InArchive(string path) => !IsFlat ? $"dists/{Suite}/{path}" : Suite == "." ? path : $"{Suite}/{path}";

    /// <summary>Whether its host's name may resolve to a private address.</summary>
    public bool PrivateNetwork { get; init; }

    /// <summary>Whether a private address may be connected to: so configured, or the address itself stands in the configuration.</summary>
    public bool MayBePrivate => PrivateNetwork || Address.HostNameType is UriHostNameType.IPv4 or UriHostNameType.IPv6 || Address.Host == "localhost";

    /// <summary>Whether it is a flat repository.</summary>
    public bool IsFlat => Components.IsEmpty;

    /// <summary>The address of a file below a base address; the path was validated when the index was read, and is escaped as data.</summary>
    public static Uri Below(Uri address, string path) => new(address, string.Join('/', path.Split('/').Select(Uri.EscapeDataString)));
}

/// <summary>The configured feeds, validated: a mistake stops the start, so that a feed never silently misses.</summary>
internal sealed class FeedList
{
    private readonly ImmutableSortedDictionary<string, Feed> _feeds;
    private readonly ImmutableSortedDictionary<string, AdvisoryFeed> _advisories;

    public FeedList(IEnumerable<Feed> feeds, IEnumerable<AdvisoryFeed>? advisories = null)
    {
        var byName = ImmutableSortedDictionary.CreateBuilder<string, Feed>(StringComparer.Ordinal);
        foreach (var feed in feeds)
        {
            if (!byName.TryAdd(feed.Name, feed))
            {
                throw new InvalidOperationException($"{FeedOptions.Section}: two feeds are named '{feed.Name}': give each a name of its own");
            }
        }

        _feeds = byName.ToImmutable();
        _advisories = Named(advisories ?? []);
        if (_feeds.Count + _advisories.Count > FeedSlots.MostFeeds)
        {
            throw new InvalidOperationException($"{FeedOptions.Section}: there are {_feeds.Count + _advisories.Count} feeds, more than {FeedSlots.MostFeeds}: share them among several servers");
        }
    }

    /// <summary>The feeds of packages by name: these, and no others, plans can be made from.</summary>
    public IEnumerable<Feed> All => _feeds.Values;

    /// <summary>The feeds of vendors' documents by name, which rank patches and authorise none.</summary>
    public IEnumerable<AdvisoryFeed> Advisories => _advisories.Values;

    /// <summary>Names and schedules of all feeds of both sorts.</summary>
    public IEnumerable<(string Name, string Schedule)> Schedules => All.Select(f => (f.Name, f.Schedule)).Concat(Advisories.Select(f => (f.Name, f.Schedule)));

    /// <summary>Addresses of all feeds of both sorts, with whether their hosts' names may resolve to private ones.</summary>
    public IEnumerable<(Uri Address, bool MayBePrivate)> Addresses => All.Select(f => (f.Address, f.MayBePrivate)).Concat(Advisories.SelectMany(f => f.Addresses));

    /// <summary>The feed of packages, or null.</summary>
    public Feed? Find(string name) => _feeds.GetValueOrDefault(name);

    /// <summary>The feed of vendors' documents, or null.</summary>
    public AdvisoryFeed? FindAdvisories(string name) => _advisories.GetValueOrDefault(name);

    /// <summary>Reads the entries; presets are asked of this machine.</summary>
    /// <exception cref="InvalidOperationException">An entry is wrong: the message names it and the remedy.</exception>
    public static async Task<FeedList> LoadAsync(IReadOnlyList<FeedOptions> entries, CancellationToken cancel = default)
    {
        var (feeds, advisories) = (new List<Feed>(), new List<AdvisoryFeed>());
        foreach (var (given, index) in entries.Select((e, i) => (e, i)))
        {
            var entry = FeedPresets.Expanded(given, $"{FeedOptions.Section}[{index}]", OsRelease);
            switch (entry.Kind)
            {
                case Feed.KindName:
                    feeds.Add(FeedValidation.Feed(entry, $"{FeedOptions.Section}[{index}]"));
                    break;
                case MachineApt.KindName:
                    feeds.AddRange(await MachineApt.FeedsAsync(entry, cancel));
                    break;
                default:
                    advisories.Add(AdvisoryFeed.Of(entry, $"{FeedOptions.Section}[{index}]"));
                    break;
            }
        }

        return new FeedList(feeds, advisories);
    }

    private static string OsRelease() => File.Exists("/etc/os-release") ? File.ReadAllText("/etc/os-release") : "";

    private ImmutableSortedDictionary<string, AdvisoryFeed> Named(IEnumerable<AdvisoryFeed> feeds)
    {
        var byName = ImmutableSortedDictionary.CreateBuilder<string, AdvisoryFeed>(StringComparer.Ordinal);
        foreach (var feed in feeds)
        {
            if (_feeds.ContainsKey(feed.Name) || !byName.TryAdd(feed.Name, feed))
            {
                throw new InvalidOperationException($"{FeedOptions.Section}: two feeds are named '{feed.Name}': give each a name of its own");
            }
        }

        return byName.ToImmutable();
    }
}
