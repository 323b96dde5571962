using System.Collections.Immutable;
using System.Text.Json;
using PatchFlow.Core.Advisories;
using PatchFlow.Core.Documents;

namespace PatchFlow.Server.Feeds;

/// <summary>
/// The feeds' marks, in <c>DATABASE.feeds.json</c>: beside the database and not in it, so that restoring an old database lets no feed go
/// back in time. The file is replaced as a whole, by one process at a time. Where it is not and yet feeds were used, nobody knows how far they had come.
/// </summary>
/// <param name="databaseFile">The database's file.</param>
/// <param name="wasUsed">Whether the database knows of an index that was used: each was marked before.</param>
internal sealed class FeedMarks(string databaseFile, Func<bool> wasUsed)
{
    /// <summary>The key in <c>meta</c> that says that feeds were used: since then there is a file of marks, also where nothing has dates.</summary>
    public const string Begun = "feed-marks";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };
    private static readonly TimeSpan MostWait = TimeSpan.FromSeconds(10);
    private readonly string _path = databaseFile + ".feeds.json";
    private readonly string _gate = Path.Combine(databaseFile + ".feeds.lock", ".marks");
    private readonly Lock _lock = new();
    private ImmutableSortedDictionary<string, FeedMark>? _marks;
    private (DateTime, long)? _stamp;

    /// <summary>The feed's mark; an empty one where there is none.</summary>
    /// <exception cref="FeedException">The file can't be read, or is gone: nothing is fetched or approved on a mark that is unknown.</exception>
    public FeedMark Of(string feed)
    {
        lock (_lock)
        {
            // Another process, or a person, may have written it since.
            var stamp = Stamp();
            if (_marks is null || stamp != _stamp)
            {
                (_marks, _stamp) = (Read(), stamp);
            }

            return _marks.GetValueOrDefault(feed, new FeedMark());
        }
    }

    /// <summary>An index of that date is used now.</summary>
    /// <param name="feed">The feed.</param>
    /// <param name="time">The date.</param>
    /// <param name="rewound">To which date a person had let the feed go back when its fetch began; null where none had.</param>
    /// <exception cref="FeedException">A person has let it go back since.</exception>
    public void Used(Feed feed, DateTimeOffset? time, DateTimeOffset? rewound) =>
        Set(feed.Name, mark => Since(feed.Name, mark, rewound).Used(time, feed.DatedBy, ImmutableDictionary<string, DateTimeOffset>.Empty));

    /// <summary>Documents of that date are used now, and lists of those. An alarm that stands where their signatures are looked at goes on: only those end it.</summary>
    /// <inheritdoc cref="Used(Feed, DateTimeOffset?, DateTimeOffset?)"/>
    public void Used(AdvisoryFeed feed, DateTimeOffset? time, IReadOnlyDictionary<string, DateTimeOffset> lists, DateTimeOffset? rewound) => Set(feed.Name, mark =>
        Since(feed.Name, mark, rewound).Used(time, feed.DatedBy, lists) with { Alarm = feed.Keyrings.IsEmpty ? null : mark.Alarm });

    /// <summary>Signatures were looked at.</summary>
    /// <param name="feed">The feed.</param>
    /// <param name="look">What was found; null where none are asked for.</param>
    /// <param name="now">The time.</param>
    /// <param name="refusedBefore">Documents that were refused at the look before: what waits for its signature is among them where the mark does not say yet.</param>
    /// <param name="alarm">What it means, in words, that those have none and no other has one; null where nothing was signed before.</param>
    public void Signed(AdvisoryFeed feed, SignatureLook? look, DateTimeOffset now, IEnumerable<string> refusedBefore, Func<IReadOnlyCollection<string>, string?> alarm) => Set(feed.Name, mark => look is null
        ? mark with { Unsigned = null, Waiting = null, MoreWaiting = 0, Began = null }
        : mark.Signed(feed.DatedBy, look, now).Weighed(look, refusedBefore, alarm));

    /// <summary>A person lets the feed go back to a date.</summary>
    public void Rewind(string feed, DateTimeOffset date) => Set(feed, mark => mark.RewoundTo(date));

    /// <summary>A fetch failed: what must outlive that is marked. Answers what is to be added to why it failed, where that can't be kept.</summary>
    /// <param name="feed">The feed.</param>
    /// <param name="failure">Why.</param>
    /// <param name="alarm">What it means where a signature is missing; null where there was none before.</param>
    public string Failed(string feed, Exception failure, Func<string?> alarm)
    {
        try
        {
            if (failure is LeaptAheadException leap)
            {
                Quarantine(feed, leap.Index, leap.Time);
            }
            else if (failure is FeedException { Fault: FeedFault.Unsigned } && alarm() is { } message)
            {
                Set(feed, mark => mark with { Alarm = mark.Alarm ?? message });
            }

            return "";
        }
        catch (FeedException e)
        {
            return $"; and the feeds' marks can't be kept ({e.Message})";
        }
    }

    /// <summary>What it means that a signature is missing which was there, in words.</summary>
    /// <param name="lastSuccess">When all was well.</param>
    /// <param name="now">The time.</param>
    /// <param name="names">The documents that came without one; none where it is of all.</param>
    public static string Unsigned(DateTimeOffset? lastSuccess, DateTimeOffset now, IReadOnlyCollection<string>? names = null) =>
        $"it was signed until {lastSuccess:u} and is not since {now:u}{(names is null ? "" : $" ({FeedMark.Named(names, AptGrammar.Shown)})")}: "
        + "the source or the way to it is in other hands, or broken; ask the vendor";

    /// <summary>An index waits for a person.</summary>
    public void Quarantine(string feed, Digest digest, DateTimeOffset time) => Set(feed, mark => mark with { Quarantined = new(digest.Hex, time) });

    /// <summary>A person lets the feed leap to this index. One that came to wait meanwhile goes on waiting.</summary>
    /// <returns>Whether it still waited.</returns>
    public bool Release(string feed, QuarantinedIndex index)
    {
        var waits = false;
        Set(feed, mark => (waits = mark.Quarantined == index) ? mark with { Quarantined = null, Released = index } : mark);
        return waits;
    }

    /// <summary>What was signed is not any more.</summary>
    public void Alarm(string feed, string message) => Set(feed, mark => mark with { Alarm = message });

    // What a fetch that began before a person let the feed go back has found is of what that person called wrong.
    private static FeedMark Since(string feed, FeedMark mark, DateTimeOffset? rewound) => mark.Rewound == rewound ? mark
        : throw new FeedException(FeedFault.Local, $"a person has let feed {feed} go back to {mark.Rewound:u} while it was fetched: what came is not used, and it is fetched anew");

    private void Set(string feed, Func<FeedMark, FeedMark> change)
    {
        try
        {
            // Whoever reads the marks meanwhile does not wait for whom this waits.
            using var alone = FileGate.Enter(_gate, MostWait);
            var marks = Read();
            var old = marks.GetValueOrDefault(feed, new FeedMark());
            var mark = change(old);
            if (mark != old)
            {
                marks = marks.SetItem(feed, mark);
                Write(marks);
            }

            lock (_lock)
            {
                (_marks, _stamp) = (marks, Stamp());
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FeedException(FeedFault.Local, $"{_path} can't be written ({e.Message}): without it a feed could go back in time, and nothing of {feed} is used or changed until it can; "
                + "look at the space and the rights of the data directory", e);
        }
    }

    private (DateTime, long)? Stamp() => new FileInfo(_path) is { Exists: true } file ? (file.LastWriteTimeUtc, file.Length) : null;

    private ImmutableSortedDictionary<string, FeedMark> Read()
    {
        try
        {
            return File.Exists(_path) ? JsonSerializer.Deserialize<ImmutableSortedDictionary<string, FeedMark>>(File.ReadAllBytes(_path), Json) is { } marks && !marks.ContainsValue(null!) ? marks : throw new JsonException("it is empty, or the mark of a feed is")
                : wasUsed() ? throw new FileNotFoundException("it is gone")
                : ImmutableSortedDictionary<string, FeedMark>.Empty;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new FeedException(FeedFault.Local, $"{_path} can't be read ({e.Message}): it keeps feeds from going back in time, and nothing is fetched, approved or started on "
                + "any of them; restore it from a backup, or, to go on from what the database knows, write the two characters {} into it", e);
        }
    }

    private void Write(ImmutableSortedDictionary<string, FeedMark> marks)
    {
        var part = _path + ".part";
        using (var file = new FileStream(part, FileMode.Create, FileAccess.Write))
        {
            JsonSerializer.Serialize(file, marks, Json);
            file.Flush(flushToDisk: true);
        }

        File.Move(part, _path, overwrite: true);
        // Else the name may be the old file's again after the power fails, which is a mark that went back.
        DiskFolder.Sync(Path.GetDirectoryName(Path.GetFullPath(_path))!);
    }
}
