using System.Globalization;
using System.Text;
using PatchFlow.Core.Documents;

namespace PatchFlow.Server.Feeds;

/// <summary>
/// The dates that lists of a CSAF distribution give themselves. None that is older than the one before is used, also after restoring an old
/// database; where one leaps ahead, the feed waits for a person.
/// </summary>
internal sealed class CsafListDates(AdvisoryFeed feed, FeedProgress progress)
{
    private readonly List<(string Name, string Digest, DateTimeOffset Time, DateTimeOffset? Before)> _leaps = [];
    private readonly Dictionary<string, DateTimeOffset> _times = new(StringComparer.Ordinal);

    /// <summary>Those of the lists that were used, by address.</summary>
    public IReadOnlyDictionary<string, DateTimeOffset> Times => _times;

    /// <summary>The latest of those that name documents; null where they have none.</summary>
    public DateTimeOffset? Latest { get; private set; }

    /// <summary>Takes the date of a list.</summary>
    /// <param name="name">The list's name.</param>
    /// <param name="list">The list.</param>
    /// <param name="updated">Its date; null where it has none.</param>
    /// <param name="known">What the database knows of its date.</param>
    /// <param name="isRare">Whether it names lists and no documents: years without a change are usual then.</param>
    /// <exception cref="FeedException">It is older than the one before.</exception>
    public void Take(string name, CsafList list, DateTimeOffset? updated, string? known, bool isRare)
    {
        var before = FeedProgress.Later(progress.Mark.ListOf(feed.DatedBy, list.Place.AbsoluteUri), known is null ? null : DateTimeOffset.Parse(known, CultureInfo.InvariantCulture));
        if (before is not null && !(updated >= before))
        {
            throw new FeedException(FeedFault.WentBack, $"{name} is of {updated?.ToString("u", CultureInfo.InvariantCulture) ?? "no date that can be read"}, and one of {before:u} was in use already: "
                + $"a list never goes back; look for an old mirror or cache{FeedProgress.OrRewind(feed.Name, updated)}");
        }

        if (updated is { } time)
        {
            _times[list.Place.AbsoluteUri] = time;
            Latest = isRare ? Latest : FeedProgress.Later(Latest, time);
            if (progress.Leaps(time, isRare ? null : before) && time != before)
            {
                _leaps.Add((name, list.Digest, time, before));
            }
        }
    }

    /// <summary>Refuses all of it where lists leap ahead, unless a person has let these: where several do, one word lets them all.</summary>
    /// <exception cref="LeaptAheadException">They do.</exception>
    public void RefuseLeaps()
    {
        if (_leaps.Count == 0)
        {
            return;
        }

        var index = _leaps is [var only] ? Digest.Parse(only.Digest) : Digest.Of(Encoding.UTF8.GetBytes(string.Join('\n', _leaps.Select(l => l.Digest).Order(StringComparer.Ordinal))));
        var (latest, before) = (_leaps.MaxBy(l => l.Time), _leaps.Min(l => l.Before));
        if (!progress.Mark.MayLeapTo(index, latest.Time, before))
        {
            throw progress.Leap(latest.Name, index, latest.Time, before);
        }
    }
}
