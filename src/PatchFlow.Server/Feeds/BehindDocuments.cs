using PatchFlow.Core.Advisories;
using PatchFlow.Server.Storage;

namespace PatchFlow.Server.Feeds;

/// <summary>
/// Documents that came older than they are in use. One alone must not stop all the others, and what it said stays; but where others went back or are gone as well, all
/// that came is an old state, for which the date that the one has kept does not vouch.
/// </summary>
/// <param name="feed">The feed.</param>
/// <param name="progress">How far it has come.</param>
internal sealed class BehindDocuments(AdvisoryFeed feed, FeedProgress progress)
{
    private readonly List<string> _older = [];
    private (Refusal Refusal, DateTimeOffset? Reached)? _first;

    /// <summary>Takes note of a document that was read whole.</summary>
    /// <param name="name">The document.</param>
    /// <param name="known">It as it is in use; null where it is new.</param>
    /// <param name="reached">The latest date that it has now.</param>
    /// <param name="mayRefuse">Whether it may be refused alone: not where it is the only one, or a date of it does not count.</param>
    /// <returns>Why it is refused alone; null where it is not.</returns>
    public Refusal? Note(string name, KnownDocument? known, DateTimeOffset? reached, bool mayRefuse)
    {
        if (progress.Mark.Rewound is not null || Utc.TimeOrNull(known?.Time) is not { } before || reached >= before)
        {
            return null;
        }

        _older.Add(name);
        // Only of one whose digest was not written down nobody knows whether its bytes are others now.
        if (!mayRefuse || known is not { Digest: "", EarlierDigest: null } || before < progress.Seen)
        {
            return null;
        }

        var refusal = new Refusal(name, "", $"{Words(reached, before)}: what it said stays; a mirror lags or an old state is replayed; use another mirror, or wait{FeedProgress.OrRewind(feed.Name, reached)}");
        _first ??= (refusal with { Reason = Words(reached, before) }, reached);
        return refusal;
    }

    /// <summary>Refuses all that came, where a document was refused alone and is not the only sign of an old state.</summary>
    /// <param name="vanished">Documents in use that the feed does not have any more.</param>
    /// <param name="notHad">What was refused before it could be read: nobody knows of which date it is.</param>
    /// <exception cref="FeedException">It is an old state.</exception>
    public void RefuseOldState(IReadOnlyCollection<string> vanished, IReadOnlyList<Refusal> notHad)
    {
        if (_first is not { } first)
        {
            return;
        }

        var also = _older.Find(o => o != first.Refusal.File) is { } older ? $"{older} is older than it was too"
            : vanished.Count > 0 ? $"{vanished.First()} is gone"
            : notHad.Count > 0 ? $"{notHad[0].File} could not be had ({notHad[0].Reason})" : null;
        if (also is not null)
        {
            throw new FeedException(FeedFault.WentBack, $"{feed.Address} has {first.Refusal.File}, and {first.Refusal.Reason}, and {also}: "
                + $"a feed never goes back; a mirror lags or an old state is replayed; use another mirror, or wait{FeedProgress.OrRewind(feed.Name, first.Reached)}");
        }
    }

    private static string Words(DateTimeOffset? reached, DateTimeOffset before) =>
        $"it is of {reached?.ToString("u") ?? "no date that can be read"}, older than {before:u} which was seen of it already";
}
