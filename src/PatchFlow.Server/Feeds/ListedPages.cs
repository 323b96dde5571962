using PatchFlow.Core.Advisories;

namespace PatchFlow.Server.Feeds;

/// <summary>The pages of a listing that were had so far, and whether they fit together.</summary>
internal sealed class ListedPages(string listing)
{
    private readonly List<SourceDocument> _documents = [];
    private readonly List<Refusal> _refused = [];
    private long _records;
    private int? _total;

    /// <summary>Whether all records stand on pages before that one.</summary>
    public bool IsAllBefore(int page, int size) => _total is { } total && (long)(page - 1) * size >= total && page > 1;

    /// <summary>Takes a page; false where it says another number of records than the pages before it.</summary>
    public bool Add(RemotePage page)
    {
        if (page is not { Document: { } document, Outline: { } outline })
        {
            _refused.Add(page.Refused!);
            return true;
        }

        _documents.Add(document);
        _records += outline.Records;
        _total ??= outline.Total;
        return outline.Total is null || outline.Total == _total;
    }

    /// <summary>Notes that the pages end too early.</summary>
    public void Refuse(Refusal refusal) => _refused.Add(refusal);

    /// <summary>All of it; null where there are more records than there should be.</summary>
    public Gathered? Gathered()
    {
        if (_refused.Count == 0 && _records > _total)
        {
            return null;
        }

        if (_refused.Count == 0 && _records < _total)
        {
            _refused.Add(new Refusal(listing, "", $"its pages have {_records} of {_total} records: that something is missing counts for nothing"));
        }

        if (_refused.Count == 0 && _total is null)
        {
            _refused.Add(new Refusal(listing, "", "it does not say how many records there are: that something is missing counts for nothing"));
        }

        return new Gathered(_documents, new Validators(null, null), _refused) { IsWhole = _refused.Count == 0 };
    }
}
