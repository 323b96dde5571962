using System.Collections.Immutable;
using Dapper;
using PatchFlow.Core.Advisories;
using PatchFlow.Core.Matching;
using PatchFlow.Server.Feeds;
using PatchFlow.Server.Storage;

namespace PatchFlow.Server.Matching;

/// <summary>What snapshots say, and what is new in them, as the index of advisories takes it.</summary>
internal sealed class RecordReads(Database database)
{
    /// <summary>What a feed says that is newer than a snapshot; 0 is before the first.</summary>
    /// <param name="feed">The feed.</param>
    /// <param name="after">The number of the snapshot that is known.</param>
    /// <param name="platforms">Of other platforms nothing is kept, since no host has them.</param>
    /// <param name="trust">How sure it is that the snapshot is the vendor's.</param>
    public RecordChanges Read(AdvisoryFeed feed, long after, IReadOnlySet<string> platforms, FeedTrust trust) => database.Read(c =>
    {
        var changes = new RecordChanges(trust);
        // One by one: what an advisory says of other platforms is never in memory all at once.
        var rows = c.Query<Row>(
            "SELECT key, kind, id, body FROM advisory_records WHERE feed = @feed AND sequence > @after", new { feed = feed.Name, after }, buffered: false);
        foreach (var row in rows)
        {
            changes.Add(feed, row.Key, row.Kind, row.Id, row.Body, platforms);
        }

        return changes;
    });

    /// <summary>All entries of a list of packages whose support has ended.</summary>
    public ImmutableArray<DebianSupportEntry> Support(string feed) => database.Read(c => c.Query<string>(
        "SELECT body FROM advisory_records WHERE feed = @feed AND kind = 'support' AND body IS NOT NULL ORDER BY key", new { feed })
        .Select(AdvisoryRecord.Read<DebianSupportEntry>).ToImmutableArray());

    private sealed record Row(string Key, string Kind, string Id, string? Body);
}

/// <summary>What is new in a snapshot.</summary>
/// <param name="trust">How sure it is that the snapshot is the vendor's.</param>
internal sealed class RecordChanges(FeedTrust trust)
{
    /// <summary>Advisories that are new or say something else now.</summary>
    public List<IndexedAdvisory> Changed { get; } = [];

    /// <summary>Keys of advisories that are gone, or say nothing any more of any platform that hosts have.</summary>
    public List<string> Gone { get; } = [];

    /// <summary>Vulnerabilities of which something else is known now: exploits, likelihood, scores.</summary>
    public HashSet<string> Rated { get; } = new(StringComparer.Ordinal);

    /// <summary>Updates that are listed by themselves, by key; null for one that is not listed any more.</summary>
    public List<(string Key, VendorUpdate? Update)> Updates { get; } = [];

    /// <summary>Takes a record.</summary>
    public void Add(AdvisoryFeed feed, string key, string kind, string id, string? body, IReadOnlySet<string> platforms)
    {
        switch (kind)
        {
            case RecordKinds.Epss or RecordKinds.Kev:
                Rated.Add(id);
                break;
            case RecordKinds.Update when platforms.Any(Platforms.IsReportOnly):
                Updates.Add((KeyOf(feed, key), body is null ? null : Replacing(feed, AdvisoryRecord.Read<VendorUpdate>(body))));
                break;
            case RecordKinds.Advisory when body is null:
                Gone.Add(KeyOf(feed, key));
                break;
            case RecordKinds.Advisory:
                Add(new IndexedAdvisory(KeyOf(feed, key), AdvisoryRecord.Read<Advisory>(body), feed.Platform, trust), platforms);
                break;
        }
    }

    private void Add(IndexedAdvisory indexed, IReadOnlySet<string> platforms)
    {
        var advisory = indexed.Advisory;
        ImmutableArray<AffectedPackage> left = [.. advisory.Affected.Where(a => IsAny(a.Platform.Length > 0 ? a.Platform : indexed.Platform, platforms))];
        if (!advisory.Scores.IsEmpty || !advisory.Threats.IsEmpty)
        {
            Rated.UnionWith(advisory.Cves);
        }

        if (left.IsEmpty)
        {
            Gone.Add(indexed.Key);
        }
        else
        {
            // Texts are for people, who are shown them from the database.
            Changed.Add(indexed with { Advisory = advisory with { Affected = left, Description = null, Title = null, Scores = [], Threats = [] } });
        }
    }

    // An update of which is not said what it replaces is as good as not described. The catalogue's products are families of those that hosts have.
    private static VendorUpdate? Replacing(AdvisoryFeed feed, VendorUpdate update) =>
        update.Supersedes.IsEmpty && update.SupersededBy.IsEmpty ? null
        : feed.Kind == DocumentKind.UpdateCatalog ? update with { Product = null } : update;

    private static bool IsAny(string platform, IReadOnlySet<string> platforms) =>
        platforms.Contains(platform) || (WithoutPro.Of(platform) is { } without && platforms.Contains(without));

    private static string KeyOf(AdvisoryFeed feed, string key) => $"{feed.Name}/{key}";
}
