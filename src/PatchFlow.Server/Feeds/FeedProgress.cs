using System.Globalization;
using PatchFlow.Core.Documents;

namespace PatchFlow.Server.Feeds;

/// <summary>
/// How far a feed has come, by which what has a date is measured: what is older is refused, and what leaps ahead waits for a person.
/// </summary>
/// <param name="Feed">The feed.</param>
/// <param name="Seen">The latest date that was in use; null where nobody knows one.</param>
/// <param name="Mark">What is remembered apart from the database.</param>
/// <param name="Now">The time.</param>
internal sealed record FeedProgress(string Feed, DateTimeOffset? Seen, FeedMark Mark, DateTimeOffset Now)
{
    /// <summary>The way out where an archive is older than the last answer, to stand at the end.</summary>
    public const string OrBeginAnew = "; if what was newer was rightly taken back, or was of another source, give the feed another name, with which it begins anew";

    private const int MostYears = 2;

    /// <summary>The ways out where what was seen is newer than what the source has now, and a person knows that this is right, to stand at the end.</summary>
    /// <param name="feed">The feed.</param>
    /// <param name="date">The date of what the source has.</param>
    public static string OrRewind(string feed, DateTimeOffset? date) =>
        $"; if what was newer was rightly taken back, let it go back with 'patchflow feeds rewind {feed} --to {date?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture) ?? "DATE"} --reason WORDS'"
        + "; if it was of another source, give the feed another name, with which it begins anew";

    /// <summary>From when on a date is in the future, and not a clock that is a little fast.</summary>
    public DateTimeOffset Latest => Now.AddDays(1);

    /// <summary>Of a feed of vendors' documents. A person may have begun the marks anew: then it goes on from what the database knows.</summary>
    /// <exception cref="FeedException">The marks can't be read.</exception>
    public static FeedProgress Of(AdvisoryFeed feed, AdvisoryFeedRow row, FeedMarks marks, DateTimeOffset now)
    {
        var mark = marks.Of(feed.Name);
        return new(feed.Name, Later(mark.HighWaterOf(feed.DatedBy), IsDatedBy(feed, row) ? row.Time : null), mark, now);
    }

    /// <summary>Whether what is in use is measured by the same dates as the feed is now.</summary>
    public static bool IsDatedBy(AdvisoryFeed feed, AdvisoryFeedRow row) => $"{row.Source} ".StartsWith(feed.DatedBy + " ", StringComparison.Ordinal);

    /// <summary>Refuses a date far ahead: once taken, it would make every true one look old, and the feed would stand still for years (TUF: fast-forward).</summary>
    /// <param name="place">What is of that date.</param>
    /// <param name="index">Its digest, by which a person releases it.</param>
    /// <param name="date">The date.</param>
    /// <exception cref="LeaptAheadException">It leaps ahead.</exception>
    public void RefuseLeap(string place, Digest index, DateTimeOffset date)
    {
        if (Leaps(date, Seen) && !Mark.MayLeapTo(index, date, Seen))
        {
            throw Leap(place, index, date, Seen);
        }
    }

    /// <summary>Whether a date leaps ahead of the last one.</summary>
    public bool Leaps(DateTimeOffset date, DateTimeOffset? last) => !(date <= last) && (date > Latest || date > last?.AddYears(MostYears));

    /// <summary>Something whose date leaps ahead, and the way out.</summary>
    public LeaptAheadException Leap(string place, Digest index, DateTimeOffset date, DateTimeOffset? last) => new(index, date, date > Latest
        ? $"{place} is of {date:u}, which is in the future, and waits: check this machine's clock; if it is right, ask the vendor, then 'patchflow feeds release {Feed} {index}'"
        : $"{place} is of {date:u}, more than two years after {last:u} which was the last, and waits: ask the vendor, then 'patchflow feeds release {Feed} {index}'");

    /// <summary>Refuses what is older than what was seen.</summary>
    /// <param name="place">What is of that date.</param>
    /// <param name="date">The date.</param>
    /// <exception cref="FeedException">It is older.</exception>
    public void RefuseWentBack(string place, DateTimeOffset? date)
    {
        if (Seen is not null && !(date >= Seen))
        {
            throw new FeedException(FeedFault.WentBack, $"{place} is of {date?.ToString("u") ?? "no date that can be read"}, older than {Seen:u} which was seen already: "
                + $"a feed never goes back; a mirror lags or an old state is replayed; use another mirror, or wait{OrRewind(Feed, date)}");
        }
    }

    /// <summary>The later of two dates.</summary>
    public static DateTimeOffset? Later(DateTimeOffset? one, DateTimeOffset? other) => one > other || other is null ? one : other;
}
