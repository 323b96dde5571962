using PatchFlow.Core.Advisories;

namespace PatchFlow.Server.Feeds;

/// <summary>
/// Follows repositories of rpm: from the index, whose date never goes back, to the advisories that it lists. That it lists none is an answer, and
/// means that its vendor says nothing here: not that there is nothing to patch.
/// </summary>
internal sealed class RpmRepositories(FeedTransport transport, FeedLimits limits, FeedStore store, TimeProvider time)
{
    private readonly RpmIndices _indices = new(transport, limits);
    private readonly RpmAdvisories _advisories = new(transport, limits);

    /// <summary>The advisories that the repository lists.</summary>
    /// <param name="feed">The feed.</param>
    /// <param name="row">How the feed stands.</param>
    /// <param name="isSame">Whether the snapshot in use is of this configuration.</param>
    /// <param name="known">Its documents, by name.</param>
    /// <param name="work">The private folder of the fetch.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="FeedException">They were refused, or can't be had.</exception>
    public async Task<Gathered> GatherAsync(
        AdvisoryFeed feed, AdvisoryFeedRow row, bool isSame, IReadOnlyDictionary<string, KnownDocument> known, string work, CancellationToken cancel)
    {
        var mark = store.Marks.Of(feed.Name);
        var seen = Seen(mark, row);
        // While an alarm stands, or the database is of before what was in use, the index is asked for whole: that nothing is new, whoever is on the way can say.
        var index = await _indices.FetchAsync(feed, isSame && mark.Alarm is null && row.Time >= seen ? row : null, seen, work, cancel);
        if (index.Repomd is not { } repomd)
        {
            return new Gathered([], index.Validators, []) { Index = index.Digest };
        }

        var made = repomd.Time ?? throw new FeedException(FeedFault.Malformed,
            $"{index.Address} has neither times of its files nor a revision that is one: nobody could tell it from an older one, so it is not used; tell the vendor");
        RefuseLeap(feed, index, made, seen, mark);
        IReadOnlyList<SourceDocument> documents = repomd.AdvisoryData == AdvisoryData.None ? [] : [await _advisories.FetchAsync(feed, index, repomd, known, work, cancel)];
        return new Gathered(documents, index.Validators, []) { Index = index.Digest, Time = made, HasNone = documents.Count == 0 };
    }

    /// <summary>What a repository that lists no advisories means, in words.</summary>
    /// <param name="feed">The feed.</param>
    /// <param name="hadSome">Whether it listed some before.</param>
    public static string Silence(AdvisoryFeed feed, bool hadSome) => hadSome
        ? $"{feed.Address} lists no advisory data any more: what it said before stays open, and what was found since is missing here; ask the vendor, or declare another feed of its advisories"
        : $"{feed.Address} lists no advisory data: that does not mean that there is nothing to patch; declare another feed of its vendor's advisories";

    /// <summary>A fetch went well. How far the feed has come is marked before anybody sees the snapshot.</summary>
    public void Used(AdvisoryFeed feed, AdvisoryFeedRow row, AdvisorySnapshot? snapshot)
    {
        if (feed.Repository is not null)
        {
            store.Marks.Used(feed.Name, snapshot?.Time ?? row.Time ?? DateTimeOffset.MinValue);
        }
    }

    /// <summary>A fetch failed: what must outlive that is marked.</summary>
    public void Failed(AdvisoryFeed feed, AdvisoryFeedRow row, Exception e)
    {
        if (e is LeaptAheadException leap)
        {
            store.Marks.Quarantine(feed.Name, leap.Index, leap.Time);
        }
        else if (e is FeedException { Fault: FeedFault.Unsigned } && WasSigned(feed, row) && store.Marks.Of(feed.Name) is { HighWater: not null, Alarm: null })
        {
            store.Marks.Alarm(feed.Name, $"it was signed until {row.LastSuccessAt:u} and is not since {time.GetUtcNow():u}: the repository or the way to it is in other hands, or broken; ask the vendor");
        }
    }

    // A person may have begun the marks anew: then the feed goes on from what the database knows.
    private static DateTimeOffset? Seen(FeedMark mark, AdvisoryFeedRow row) =>
        row.Source is { } source && source.StartsWith(RpmRepository.KindName + " ", StringComparison.Ordinal) && !(row.Time < mark.HighWater) ? row.Time : mark.HighWater;

    // What was in use may be of a time when no signature was asked for; by which keys it was signed does not matter. Where the database does not know, it counts as signed.
    private static bool WasSigned(AdvisoryFeed feed, AdvisoryFeedRow row) => row.Source is null || RpmRepository.IsSigned(row.Source, feed.Address);

    // A date far ahead, once taken, would make every true one look old: the feed would stand still for years (TUF: fast-forward).
    private void RefuseLeap(AdvisoryFeed feed, RpmIndex index, DateTimeOffset made, DateTimeOffset? seen, FeedMark mark)
    {
        var isFuture = made > time.GetUtcNow().AddDays(1);
        if ((isFuture || made > seen?.AddYears(2)) && !mark.MayLeapTo(index.Digest, made))
        {
            throw new LeaptAheadException(index.Digest, made, isFuture
                ? $"{index.Address} is of {made:u}, which is in the future, and waits: check this machine's clock; if it is right, ask the vendor, then 'patchflow feeds release {feed.Name} {index.Digest}'"
                : $"{index.Address} is of {made:u}, more than two years after {seen:u} which was the last, and waits: ask the vendor, then 'patchflow feeds release {feed.Name} {index.Digest}'");
        }
    }
}
