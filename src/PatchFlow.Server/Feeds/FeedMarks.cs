using System.Collections.Immutable;
using System.Text.Json;
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
    public void Used(Feed feed, DateTimeOffset? time) => Set(feed.Name, mark => mark.Used(time, feed.DatedBy, ImmutableDictionary<string, DateTimeOffset>.Empty));

    /// <summary>Documents of that date are used now, and lists of those. What was signed and is not is an alarm all the same, and the first one stays.</summary>
    public void Used(AdvisoryFeed feed, DateTimeOffset? time, IReadOnlyDictionary<string, DateTimeOffset> lists, string? alarm) =>
        Set(feed.Name, mark => mark.Used(time, feed.DatedBy, lists) with { Alarm = alarm is null ? null : mark.Alarm ?? alarm });

    /// <summary>Signatures were looked at; null where none are asked for.</summary>
    public void Signed(AdvisoryFeed feed, SignatureLook? look, DateTimeOffset now) =>
        Set(feed.Name, mark => look is null ? mark with { Unsigned = null } : mark.Signed(feed.DatedBy, look, now));

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
        catch (Exception e) when (e is FeedException or IOException or UnauthorizedAccessException)
        {
            return $"; and the feeds' marks can't be kept ({e.Message})";
        }
    }

    /// <summary>What it means that a signature is missing which was there, in words.</summary>
    public static string Unsigned(DateTimeOffset? lastSuccess, DateTimeOffset now) =>
        $"it was signed until {lastSuccess:u} and is not since {now:u}: the source or the way to it is in other hands, or broken; ask the vendor";

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

    private void Set(string feed, Func<FeedMark, FeedMark> change)
    {
        lock (_lock)
        {
            using var alone = FileGate.Enter(_gate, MostWait);
            var marks = Read();
            var old = marks.GetValueOrDefault(feed, new FeedMark());
            var mark = change(old);
            if (mark != old)
            {
                marks = marks.SetItem(feed, mark);
                Write(marks);
            }

            (_marks, _stamp) = (marks, Stamp());
        }
    }

    private (DateTime, long)? Stamp() => new FileInfo(_path) is { Exists: true } file ? (file.LastWriteTimeUtc, file.Length) : null;

    private ImmutableSortedDictionary<string, FeedMark> Read()
    {
        try
        {
            return File.Exists(_path) ? JsonSerializer.Deserialize<ImmutableSortedDictionary<string, FeedMark>>(File.ReadAllBytes(_path), Json) ?? throw new JsonException("it is empty")
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
    }
}
