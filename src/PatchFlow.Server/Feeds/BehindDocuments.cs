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
    private readonly List<(string Name, bool HasFuture)> _older = [];
    private string? _undated;
    private Older? _refused;
    private Older? _held;
    private bool _isReached;

    private sealed record Older(string Name, DateTimeOffset? Reached, DateTimeOffset Before);

    /// <summary>Takes note of a document that came as it is in use: no old state has the newest one.</summary>
    public void Same(KnownDocument known) => _isReached |= Utc.TimeOrNull(known.Time) >= progress.Seen;

    /// <summary>Takes note of a document that was read whole.</summary>
    /// <param name="name">The document.</param>
    /// <param name="known">It as it is in use; null where it is new.</param>
    /// <param name="reached">The latest date that it has now.</param>
    /// <param name="isAlone">Whether it is the only one: then it is not refused alone.</param>
    /// <param name="hasFuture">Whether a date of it does not count: then it is not refused, and is of the date of which it was.</param>
    /// <param name="isOther">Whether its bytes are not those in use, as far as anybody knows.</param>
    /// <returns>Why it is refused alone; null where it is not.</returns>
    public Refusal? Note(string name, KnownDocument? known, DateTimeOffset? reached, bool isAlone, bool hasFuture, bool isOther)
    {
        _isReached |= reached >= progress.Seen;
        if (progress.Mark.Rewound is not null || known is null || reached >= Utc.TimeOrNull(known.Time))
        {
            return null;
        }

        if (Utc.TimeOrNull(known.Time) is not { } before)
        {
            _undated ??= reached is null && isOther ? name : null;
            return null;
        }

        _older.Add((name, hasFuture));
        if (before < progress.Seen)
        {
            return null;
        }

        var older = new Older(name, reached, before);
        _held ??= hasFuture ? older : null;
        // Only of one whose digest was not written down nobody knows whether its bytes are others now.
        if (isAlone || hasFuture || known is not { Digest: "", EarlierDigest: null })
        {
            return null;
        }

        _refused ??= older;
        return new Refusal(name, "", $"{Words(older)}: what it said stays; a mirror lags or an old state is replayed; use another mirror, or wait{FeedProgress.OrRewind(feed.Name, reached)}");
    }

    /// <summary>
    /// Refuses all that came, where a document was refused alone and is not the only sign of an old state; or where one keeps its date since another of its dates does not
    /// count, nothing that came is of so late a date, and another document is older than it was.
    /// </summary>
    /// <param name="vanished">Documents in use that the feed does not have any more.</param>
    /// <param name="notHad">What was refused before it could be read: nobody knows of which date it is.</param>
    /// <exception cref="FeedException">It is an old state.</exception>
    public void RefuseOldState(IReadOnlyCollection<string> vanished, IReadOnlyList<Refusal> notHad)
    {
        if (_refused is { } first && (AlsoOlder(first, _ => true)
            ?? (_undated is { } undated ? $"{undated} is another one now, and has no date"
                : vanished.Count > 0 ? $"{vanished.First()} is gone"
                : notHad.Count > 0 ? $"{notHad[0].File} could not be had ({notHad[0].Reason})" : null)) is { } also)
        {
            throw OldState(first, also);
        }

        // A vendor whose clock was wrong may have dated several in the future: those are no sign.
        if (_held is { } held && !_isReached && AlsoOlder(held, hasFuture => !hasFuture) is { } other)
        {
            throw OldState(held, other);
        }
    }

    private string? AlsoOlder(Older than, Func<bool, bool> counts) =>
        _older.Find(o => o.Name != than.Name && counts(o.HasFuture)).Name is { } older ? $"{older} is older than it was too" : null;

    private FeedException OldState(Older first, string also) => new(FeedFault.WentBack, $"{feed.Address} has {first.Name}, and {Words(first)}, and {also}: "
        + $"a feed never goes back; a mirror lags or an old state is replayed; use another mirror, or wait{FeedProgress.OrRewind(feed.Name, first.Reached)}");

    private static string Words(Older older) =>
        $"it is of {older.Reached?.ToString("u") ?? "no date that can be read"}, older than {older.Before:u} which was seen of it already";
}
