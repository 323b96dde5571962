using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text.Json;
using PatchFlow.Client;
using PatchFlow.Core.Changes;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Hosts;
using PatchFlow.Core.Patches;
using PatchFlow.Server.Hosts;
using PatchFlow.Server.Reconcile;
using PatchFlow.Server.Storage;

namespace PatchFlow.Server.Api.Reads;

/// <summary>What applies where, by the last inventories and the current snapshots; CVE ids as far as changes have found them.</summary>
internal sealed class PatchReads(ReconcileSources sources, HostStore hosts, ChangeStore changes, Documents documents)
{
    private readonly ConcurrentDictionary<Digest, ImmutableDictionary<(string Package, string To), ImmutableArray<string>>> _notes = new();
    private Judged _judged = new([]);

    /// <summary>What applies to a host.</summary>
    public HostPatches Of(HostRow host)
    {
        var feeds = sources.Feeds();
        var judged = _judged;
        if (!judged.IsOf(feeds))
        {
            // Two requests may both begin anew; each then reads its own, and both are right.
            _judged = judged = new(feeds);
        }

        return host.Inventory is { } digest
            ? judged.Hosts.GetOrAdd(digest, _ => Applicability.Of(Inventory.Parse(documents.Get(digest)), feeds))
            : new(host.Id, [], []);
    }

    /// <summary>All of it: a line per host and package.</summary>
    public IEnumerable<PatchView> All()
    {
        var all = changes.All();
        var cves = Cves(all);
        var open = all.Where(c => c.IsOpen).ToList();
        foreach (var host in hosts.Enrolled())
        {
            var of = Of(host);
            foreach (var patch in of.Patches)
            {
                var change = open.Find(c => c.Hosts.Contains(host.Id) && c.Patches.Any(p => p.Name == patch.Name && p.To == patch.To));
                var known = cves.TryGetValue((patch.Name, patch.To), out var ids) ? ids : default;
                yield return new(
                    host.Id, host.Group, patch.Name, patch.Arch, patch.From, patch.To, patch.Feed, known.IsDefault ? null : known, change is null ? null : ChangeId.Text(change.Id), null);
            }

            foreach (var apart in of.SetApart)
            {
                yield return new(host.Id, host.Group, apart.Name, apart.Arch, apart.Version, apart.Offered, null, null, null, apart.Detail);
            }
        }
    }

    private Dictionary<(string Package, string To), ImmutableArray<string>> Cves(ImmutableArray<Change> all)
    {
        var cves = new Dictionary<(string, string), ImmutableArray<string>>();
        foreach (var notes in all.Select(c => c.Notes).OfType<Digest>().Distinct())
        {
            foreach (var (key, ids) in _notes.GetOrAdd(notes, d => Read(documents.Get(d))))
            {
                cves[key] = ids;
            }
        }

        return cves;
    }

    // {package: {from, to, cves, entries}}
    private static ImmutableDictionary<(string, string), ImmutableArray<string>> Read(byte[] notes)
    {
        using var document = JsonDocument.Parse(notes);
        return document.RootElement.ValueKind != JsonValueKind.Object
            ? ImmutableDictionary<(string, string), ImmutableArray<string>>.Empty
            : document.RootElement.EnumerateObject()
                .Where(p => p.Value.ValueKind == JsonValueKind.Object && p.Value.TryGetProperty("to", out _) && p.Value.TryGetProperty("cves", out _))
                .ToImmutableDictionary(
                    p => (p.Name, p.Value.GetProperty("to").GetString()!),
                    p => p.Value.GetProperty("cves").EnumerateArray().Select(c => c.GetString()!).ToImmutableArray());
    }

    /// <summary>What was judged by one state of the feeds, by inventory.</summary>
    private sealed class Judged(IReadOnlyList<FeedIndex> feeds)
    {
        public ConcurrentDictionary<Digest, HostPatches> Hosts { get; } = new();

        public bool IsOf(IReadOnlyList<FeedIndex> others) =>
            feeds.Count == others.Count && feeds.Zip(others).All(p => p.First.Feed == p.Second.Feed && ReferenceEquals(p.First.Index, p.Second.Index));
    }
}
