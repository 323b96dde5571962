using System.Text.Json;

namespace PatchFlow.Server.Feeds;

/// <summary>
/// What the pages of a listing say, as one heap: a new record pushes the others to the next page, and must neither rewrite them nor make them look gone.
/// Records are therefore known by the listing and not by the page, and each page remembers which were on it when it was last read.
/// </summary>
/// <param name="name">The listing.</param>
/// <param name="stored">Keys and digests of the records in use.</param>
internal sealed class ListingRecords(string name, Dictionary<string, long> stored)
{
    // More of one id than any vendor has: each is looked at for each of the others.
    private const int MostOfOneKey = 100;
    private readonly Dictionary<string, long> _seen = new(StringComparer.Ordinal);

    /// <summary>The listing.</summary>
    public string Name => name;

    /// <summary>
    /// Whether all pages were had, and every part of each could be read: only then is gone what none of them has. A record that can't be read any more may be any of those
    /// that were found on no page, on whichever page it stands.
    /// </summary>
    public bool IsWhole { get; set; } = true;

    /// <summary>Keys of records in use that are on no page any more.</summary>
    public IEnumerable<string> Gone => IsWhole ? stored.Keys.Where(key => !_seen.ContainsKey(key)) : [];

    /// <summary>A page that could not be had or read, so that it is read next time whatever it is like: its records may have been found on others meanwhile.</summary>
    public static KnownDocument Unread(KnownDocument document) =>
        document.Listing is null ? document : document with { Digest = "", Changed = null, Etag = null, LastModified = null, Keys = null };

    /// <summary>Keys as they are kept with a page.</summary>
    public static string Text(IEnumerable<string> keys) => JsonSerializer.Serialize(keys.Distinct());

    /// <summary>Keys that are kept with a page, or with a document.</summary>
    public static string[] KeysOf(KnownDocument? document) => JsonSerializer.Deserialize<string[]>(document?.Keys ?? "[]")!;

    /// <summary>Notes what is on a page that need not be read, of which something may have been refused when it was.</summary>
    public void Same(KnownDocument page)
    {
        IsWhole &= page.Refused == 0;
        foreach (var key in KeysOf(page))
        {
            _seen[key] = stored.GetValueOrDefault(key);
        }
    }

    /// <summary>The record under the key that it has in the listing, and whether it has to be written.</summary>
    /// <exception cref="FeedException">There are too many of one key.</exception>
    public (AdvisoryRecord Record, bool IsNew) Place(AdvisoryRecord record)
    {
        AdvisoryRecord? free = null;
        var isLast = false;
        for (var number = 1; !isLast && number <= MostOfOneKey; number++)
        {
            var candidate = record.Numbered(number);
            var (isSeen, isStored) = (_seen.TryGetValue(candidate.Key, out var seen), stored.TryGetValue(candidate.Key, out var kept));
            if (isSeen ? seen == record.Digest : isStored && kept == record.Digest)
            {
                _seen[candidate.Key] = record.Digest;
                return (candidate, false);
            }

            free ??= isSeen ? null : candidate;
            isLast = !isSeen && !isStored;
        }

        if (free is not null)
        {
            _seen[free.Key] = record.Digest;
            return (free, true);
        }

        throw new FeedException(FeedFault.Malformed, $"more than {MostOfOneKey} different records have the id {record.Id}: tell the vendor");
    }
}
