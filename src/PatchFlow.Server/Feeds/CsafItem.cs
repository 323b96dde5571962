using System.Collections.Immutable;
using PatchFlow.Core.Advisories;

namespace PatchFlow.Server.Feeds;

/// <summary>A document of a CSAF distribution that is still to be had.</summary>
/// <param name="Name">Its path below the feed's address; its address where it is elsewhere.</param>
/// <param name="Places">Where it may be, the likeliest first.</param>
/// <param name="Changed">When its list says that it was changed; null where there is no list, or it says nothing.</param>
/// <param name="List">The list that names it.</param>
internal sealed record CsafItem(string Name, ImmutableArray<Uri> Places, string? Changed, string List)
{
    /// <summary>Where its list says that its checksums are; beside it where the list says nothing.</summary>
    public ImmutableArray<Uri> Hashes { get; init; } = [];

    /// <summary>Where its list says that its signature is; beside it where the list says nothing.</summary>
    public Uri? Signature { get; init; }

    /// <summary>Why it is not asked for; null where it is.</summary>
    public string? Refusal { get; init; }
}

/// <summary>What the lists of a feed name.</summary>
internal sealed class CsafListing
{
    private readonly Dictionary<string, CsafItem> _items = new(StringComparer.Ordinal);

    /// <summary>The documents, each once.</summary>
    public IReadOnlyCollection<CsafItem> Items => _items.Values;

    /// <summary>Whether a list names the document, or says that it was deleted.</summary>
    public bool Has(string name) => _items.ContainsKey(name) || Deleted.ContainsKey(name);

    /// <summary>The lists themselves, to be remembered.</summary>
    public List<SourceDocument> Lists { get; } = [];

    /// <summary>What of the lists was refused.</summary>
    public List<Refusal> Refused { get; } = [];

    /// <summary>Documents that the vendor has deleted, with the time.</summary>
    public Dictionary<string, DateTimeOffset> Deleted { get; } = new(StringComparer.Ordinal);

    /// <summary>Why not all of all lists was read: then that a document is missing means nothing. Null where all was.</summary>
    public string? Lack { get; set; }

    /// <summary>Which list may be there and could not be had; null where none.</summary>
    public string? Away { get; set; }

    /// <summary>The first list that could not be used.</summary>
    public FeedException? Failure { get; set; }

    /// <summary>Adds a document; of one that is named twice the later entry counts.</summary>
    public void Add(CsafItem item)
    {
        if (!_items.TryGetValue(item.Name, out var other) || string.CompareOrdinal(item.Changed, other.Changed) > 0)
        {
            _items[item.Name] = item;
        }
    }

    /// <summary>Takes out what the vendor has deleted since it was listed. What is listed without a time is there: it may have come back.</summary>
    public void Delete(string name, DateTimeOffset time)
    {
        if (!_items.TryGetValue(name, out var item) || (item.Changed is not null && string.CompareOrdinal(item.Changed, TextOf(time)) <= 0))
        {
            _items.Remove(name);
            Deleted[name] = time;
        }
    }

    /// <summary>A time as it is compared and remembered.</summary>
    public static string? TextOf(DateTimeOffset? time) => time?.UtcDateTime.ToString("O", System.Globalization.CultureInfo.InvariantCulture);
}
