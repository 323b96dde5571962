using System.Collections.Immutable;
using System.Globalization;

namespace PatchFlow.Server.Feeds;

/// <summary>
/// When a document that has no date in it was last changed, as the server says that answers (<c>Last-Modified</c>). Nobody vouches for that, and yet it tells a copy
/// that stands still, or was put back, from the one that was in use. A file's own time says when it was copied, and so nothing.
/// </summary>
/// <param name="feed">The feed, whose address is the document's.</param>
/// <param name="progress">How far it has come.</param>
internal sealed class AnswerDates(AdvisoryFeed feed, FeedProgress progress)
{
    // The nodes of one mirror get the same document at different moments.
    private static readonly TimeSpan Tolerance = TimeSpan.FromHours(1);

    /// <summary>What an answer says; null where it says nothing that can be, or where the document has dates.</summary>
    public DateTimeOffset? Of(Validators answer) =>
        feed.IsUndated && DateTimeOffset.TryParseExact(answer.LastModified, "r", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) && time <= progress.Latest ? time : null;

    /// <summary>Whether an answer is a little older than what was in use: then it is nothing new, unless what is in use now is older yet.</summary>
    /// <param name="time">What the answer says.</param>
    /// <param name="inUse">What the answer said that is in use; null where that is not known.</param>
    /// <exception cref="FeedException">It is older than that.</exception>
    public bool IsBehind(DateTimeOffset? time, DateTimeOffset? inUse)
    {
        var before = FeedProgress.Later(progress.Mark.ListOf(feed.DatedBy, feed.Address.AbsoluteUri), inUse);
        return time < before && (time >= before - Tolerance ? progress.Mark.Rewound is null && !(time > inUse) : throw new FeedException(FeedFault.WentBack,
            $"{feed.Address} was last changed at {time:u} as its server says, and a copy of {before:u} was in use already: a feed never goes back; "
            + $"a mirror lags or an old state is replayed; use another mirror, or wait{FeedProgress.OrRewind(feed.Name, time)}"));
    }

    /// <summary>What the next request says of an answer: nothing where that was older than what was in use, so that nothing else that is older is taken for newer.</summary>
    public Validators Next(Validators answer) => Of(answer) < progress.Mark.ListOf(feed.DatedBy, feed.Address.AbsoluteUri) ? new(null, null) : answer;

    /// <summary>The date as it is remembered.</summary>
    public ImmutableDictionary<string, DateTimeOffset> Kept(DateTimeOffset? time) =>
        time is { } at ? ImmutableDictionary<string, DateTimeOffset>.Empty.Add(feed.Address.AbsoluteUri, at) : ImmutableDictionary<string, DateTimeOffset>.Empty;
}
