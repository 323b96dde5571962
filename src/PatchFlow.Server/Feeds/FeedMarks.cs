using System.Collections.Immutable;
using System.Text.Json;
using PatchFlow.Core.Documents;

namespace PatchFlow.Server.Feeds;

/// <summary>An index that was signed and yet not used, because its date leaps ahead: it waits for a person.</summary>
/// <param name="Digest">The raw signed index.</param>
/// <param name="Time">Its own date.</param>
internal sealed record QuarantinedIndex(string Digest, DateTimeOffset Time);

/// <summary>What is remembered of a feed apart from the database.</summary>
internal sealed record FeedMark
{
    /// <summary>The latest date of an index that was used: it never goes back.</summary>
    public DateTimeOffset? HighWater { get; init; }

    /// <summary>The index that waits for a person; null where none does.</summary>
    public QuarantinedIndex? Quarantined { get; init; }

    /// <summary>The index to which a person has let the feed leap; null where none was let.</summary>
    public QuarantinedIndex? Released { get; init; }

    /// <summary>What was signed once and is not now; null where all is well.</summary>
    public string? Alarm { get; init; }

    /// <summary>Whether a person has let the feed leap to this index: to the very one that was looked at, and after it was used to what follows within a week.</summary>
    public bool MayLeapTo(Digest index, DateTimeOffset time) =>
        Released is { } released && (released.Digest == index.Hex || (HighWater >= released.Time && time <= released.Time.AddDays(7)));
}

/// <summary>
/// The feeds' marks, in <c>DATABASE.feeds.json</c>: beside the database and not in it, so that restoring an old database lets no feed go
/// back in time. The file is replaced as a whole. Where it is not and yet feeds were used, nobody knows how far they had come.
/// </summary>
/// <param name="databaseFile">The database's file.</param>
/// <param name="wasUsed">Whether the database knows of an index that was used: each was marked before.</param>
internal sealed class FeedMarks(string databaseFile, Func<bool> wasUsed)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };
    private readonly string _path = databaseFile + ".feeds.json";
    private readonly Lock _lock = new();
    private ImmutableSortedDictionary<string, FeedMark>? _marks;

    /// <summary>The feed's mark; an empty one where there is none.</summary>
    /// <exception cref="FeedException">The file can't be read, or is gone: nothing is fetched or approved on a mark that is unknown.</exception>
    public FeedMark Of(string feed)
    {
        lock (_lock)
        {
            return (_marks ??= Read()).GetValueOrDefault(feed, new FeedMark());
        }
    }

    /// <summary>An index of that date is used now.</summary>
    public void Used(string feed, DateTimeOffset time) => Set(feed, mark => mark with
    {
        HighWater = mark.HighWater > time ? mark.HighWater : time,
        Quarantined = null,
        Alarm = null,
    });

    /// <summary>An index waits for a person.</summary>
    public void Quarantine(string feed, Digest digest, DateTimeOffset time) => Set(feed, mark => mark with { Quarantined = new(digest.Hex, time) });

    /// <summary>A person lets the feed leap to this index. One that came to wait meanwhile goes on waiting.</summary>
    public void Release(string feed, QuarantinedIndex index) =>
        Set(feed, mark => mark with { Quarantined = mark.Quarantined == index ? null : mark.Quarantined, Released = index });

    /// <summary>What was signed is not any more.</summary>
    public void Alarm(string feed, string message) => Set(feed, mark => mark with { Alarm = message });

    private void Set(string feed, Func<FeedMark, FeedMark> change)
    {
        lock (_lock)
        {
            var old = (_marks ??= Read()).GetValueOrDefault(feed, new FeedMark());
            var mark = change(old);
            if (mark != old)
            {
                var marks = _marks.SetItem(feed, mark);
                Write(marks);
                _marks = marks;
            }
        }
    }

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
