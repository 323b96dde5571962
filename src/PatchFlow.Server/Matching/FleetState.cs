using System.Collections.Immutable;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Matching;
using PatchFlow.Core.Patches;
using PatchFlow.Server.Feeds;
using PatchFlow.Server.Hosts;
using PatchFlow.Server.Reconcile;

namespace PatchFlow.Server.Matching;

/// <summary>A snapshot of a feed, as matching sees it.</summary>
/// <param name="Feed">The feed.</param>
/// <param name="Sequence">The snapshot's number.</param>
/// <param name="At">When it came.</param>
/// <param name="Silence">Why its source says nothing of what came since, in words; null where it goes on saying what there is.</param>
/// <param name="Trust">How sure it is that the snapshot is the vendor's.</param>
internal sealed record SeenFeed(AdvisoryFeed Feed, long Sequence, DateTimeOffset At, string? Silence = null, FeedTrust Trust = FeedTrust.None);

/// <summary>A host with an inventory, as matching sees it.</summary>
/// <param name="Id">The host.</param>
/// <param name="Group">Its group.</param>
/// <param name="Inventory">Its last inventory.</param>
/// <param name="At">When that was taken.</param>
/// <param name="Exposure">What its label of that name says; null where it has none.</param>
/// <param name="IsReported">Whether the inventory is what somebody reported.</param>
internal sealed record SeenHost(string Id, string Group, Digest Inventory, DateTimeOffset At, string? Exposure, bool IsReported);

/// <summary>Everything that decides which host lacks which fix, how urgently, and until when.</summary>
internal sealed record FleetState(ImmutableArray<SeenFeed> Feeds, ImmutableArray<SeenHost> Hosts, ImmutableSortedDictionary<string, Policy> Policies, DateOnly Today)
{
    /// <summary>A text that is the same as long as nothing of it is new. An inventory that says what the one before said is nothing new.</summary>
    public string Text { get; } = string.Join('\n',
    [
        $"{Today:O}",
        .. Feeds.Select(f => $"feed {f.Feed.Name} {f.Sequence} {f.Trust}"),
        .. Hosts.Select(h => $"host {h.Id} {h.Group} {h.Inventory} {h.Exposure}"),
        .. Policies.Select(p => $"policy {p.Key} {p.Value.Digest}"),
    ]);

    /// <summary>The state now.</summary>
    public static FleetState Read(FeedList feeds, AdvisoryStore store, HostStore hosts, Pipelines pipelines, DateTimeOffset now)
    {
        var seen = hosts.Matched().Where(h => h.Inventory is not null)
            .Select(h => new SeenHost(h.Id, h.Group, h.Inventory!.Value, h.InventoryAt ?? now, h.Labels.GetValueOrDefault(Exposure.Label), h.IsReported)).ToImmutableArray();
        return new(
            [.. feeds.Advisories.Select(f => (Feed: f, Row: store.Row(f.Name))).Where(f => f.Row.Snapshot is not null).Select(f => new SeenFeed(f.Feed, f.Row.Sequence, f.Row.FetchedAt ?? now, f.Row.Remark, f.Feed.TrustIn(f.Row)))],
            seen,
            seen.Select(h => h.Group).Distinct().ToImmutableSortedDictionary(g => g, g => pipelines.Current(pipelines.NameFor(g)), StringComparer.Ordinal),
            DateOnly.FromDateTime(now.UtcDateTime));
    }

    /// <summary>Whether the pipelines' files and the day are still those of this state: all else is in the database.</summary>
    public bool HasPoliciesOf(Pipelines pipelines, DateTimeOffset now) =>
        Today == DateOnly.FromDateTime(now.UtcDateTime) && Policies.All(p => pipelines.Current(pipelines.NameFor(p.Key)).Digest == p.Value.Digest);

    /// <summary>When the newest of the snapshots came; null where there is none.</summary>
    public DateTimeOffset? NewestAt => Feeds.IsEmpty ? null : Feeds.Max(f => f.At);
}
