using PatchFlow.Core.Advisories;

namespace PatchFlow.Server.Feeds;

/// <summary>
/// Dates of a document's records that are ahead of the time. What such a record says counts, its date does not: taken for true, it would make what rightly follows
/// look old, and no correction of the record would ever take its place.
/// </summary>
/// <param name="latest">From when on a date is in the future.</param>
internal sealed class FutureDates(DateTimeOffset latest)
{
    /// <summary>The position of notes of them, which are no refusals.</summary>
    public const string Position = "date";

    private const int MostNamed = 5;
    private readonly List<string> _named = [];
    private int _count;

    /// <summary>The record without a date that is ahead of the time.</summary>
    public object Without(object record)
    {
        switch (record)
        {
            case Advisory a when a.Modified > latest || a.Published > latest:
                Name(a.Id, a.Modified > latest ? a.Modified : a.Published);
                return a with { Modified = a.Modified > latest ? null : a.Modified, Published = a.Published > latest ? null : a.Published };
            case VendorUpdate u when u.Released > latest:
                Name(u.Id, u.Released);
                return u with { Released = null };
            case KevEntry k when AdvisoryReader.DateOf(k) is { } added && added > latest:
                Name(k.Cve, added);
                return k;
            default:
                return record;
        }
    }

    /// <summary>What is to be said of them; null where there was none.</summary>
    public Refusal? Note(string document) => _count == 0 ? null : new(
        document,
        Position,
        $"dated in the future: {string.Join(", ", _named)}{(_count > MostNamed ? $" and {_count - MostNamed} more" : "")}: what is said there counts, and its date does not; "
            + "check this machine's clock; if it is right, tell the vendor");

    private void Name(string id, DateTimeOffset? date)
    {
        if (++_count <= MostNamed)
        {
            _named.Add($"{AptGrammar.Shown(id)} ({date:u})");
        }
    }
}
