using PatchFlow.Core.Advisories;

namespace PatchFlow.Server.Feeds;

/// <summary>
/// Follows repositories of rpm: from the index, whose date never goes back, to the advisories that it lists. That it lists none is an answer, and
/// means that its vendor says nothing here: not that there is nothing to patch.
/// </summary>
internal sealed class RpmRepositories(FeedTransport transport, FeedLimits limits)
{
    private readonly RpmIndices _indices = new(transport, limits);
    private readonly RpmAdvisories _advisories = new(transport, limits);

    /// <summary>The advisories that the repository lists.</summary>
    /// <param name="feed">The feed.</param>
    /// <param name="row">How the feed stands.</param>
    /// <param name="progress">How far it has come.</param>
    /// <param name="isSame">Whether the snapshot in use is of this configuration, and nothing forbids to leave it at that.</param>
    /// <param name="known">Its documents, by name.</param>
    /// <param name="work">The private folder of the fetch.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="FeedException">They were refused, or can't be had.</exception>
    public async Task<Gathered> GatherAsync(
        AdvisoryFeed feed, AdvisoryFeedRow row, FeedProgress progress, bool isSame, IReadOnlyDictionary<string, KnownDocument> known, string work, CancellationToken cancel)
    {
        var inUse = row.Source == AdvisoryStore.SourceOf(feed) && progress.Mark.Rewound is null ? row : null;
        var index = await _indices.FetchAsync(feed, isSame ? row : null, inUse, progress, work, cancel);
        if (index.Repomd is not { } repomd)
        {
            return new Gathered([], index.Validators, []) { Index = index.Digest };
        }

        var made = index.TimeAfter(inUse) ?? throw new FeedException(FeedFault.Malformed,
            $"{index.Address} has neither times of its files nor a revision that is one: nobody could tell it from an older one, so it is not used; tell the vendor");
        progress.RefuseLeap($"{index.Address}", index.Digest, made);
        IReadOnlyList<SourceDocument> documents = repomd.AdvisoryData == AdvisoryData.None ? [] : [await _advisories.FetchAsync(feed, index, repomd, known, work, cancel)];
        return new Gathered(documents, index.Validators, []) { Index = index.Digest, Time = made, HasNone = documents.Count == 0 };
    }

    /// <summary>What a repository that lists no advisories means, in words.</summary>
    /// <param name="feed">The feed.</param>
    /// <param name="hadSome">Whether it listed some before.</param>
    public static string Silence(AdvisoryFeed feed, bool hadSome) => hadSome
        ? $"{feed.Address} lists no advisory data any more: what it said before stays open, and what was found since is missing here; ask the vendor, or declare another feed of its advisories"
        : $"{feed.Address} lists no advisory data: that does not mean that there is nothing to patch; declare another feed of its vendor's advisories";
}
