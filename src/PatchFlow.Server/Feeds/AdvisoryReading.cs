using PatchFlow.Core.Advisories;
using PatchFlow.Core.Documents;
using PatchFlow.Server.Storage;

namespace PatchFlow.Server.Feeds;

/// <summary>What one fetch has read so far.</summary>
/// <param name="feed">The feed.</param>
/// <param name="store">What is in use.</param>
/// <param name="limits">What a feed may cost.</param>
/// <param name="progress">How far it has come.</param>
/// <param name="work">A private folder.</param>
/// <param name="isOfSamePlace">Whether what is in use is of this kind and address, by whichever keys: then no document goes back.</param>
internal sealed class AdvisoryReading(AdvisoryFeed feed, AdvisoryStore store, FeedLimits limits, FeedProgress progress, string work, bool isOfSamePlace)
{
    private const int BatchRecords = 2000;
    private readonly List<AdvisoryRecord> _batch = [];
    private readonly Dictionary<string, ListingRecords> _listings = new(StringComparer.Ordinal);
    private bool _isAlone;

    /// <summary>Whether all that comes is what was kept of the bytes in use.</summary>
    public bool IsOfKept { get; init; }

    /// <summary>Whether all that came is together as it was when it came last.</summary>
    public bool IsOfSnapshot { get; init; }

    /// <summary>Documents that came older than they are in use.</summary>
    public BehindDocuments Behind { get; } = new(feed, progress);

    public List<KnownDocument> Documents { get; } = [];

    public List<string> Gone { get; } = [];

    public List<string> Looked { get; } = [];

    public List<Refusal> Refused { get; } = [];

    /// <summary>How much more was refused than is kept.</summary>
    public long MoreRefused { get; private set; }

    /// <summary>What is to be said of documents that count.</summary>
    public List<Refusal> Notes { get; } = [];

    /// <summary>The first document that went back, or became another one; null where none did.</summary>
    public Refusal? WentBack { get; private set; }

    /// <summary>Whether one document at least could be read, or need not be.</summary>
    public bool IsAnyGood { get; private set; }

    /// <summary>How many records the documents have that were read, and those that need not be read at least one.</summary>
    public long Records { get; private set; }

    /// <summary>Reads all documents in their order, but those that are as known.</summary>
    public async Task ReadAsync(Gathered gathered, Dictionary<string, KnownDocument> known, CancellationToken cancel)
    {
        Begin(gathered, known);
        foreach (var document in gathered.Documents)
        {
            await ReadAsync(document, known.GetValueOrDefault(document.Name), cancel);
        }
    }

    // Opens the listings, with what is on the pages that need not be read.
    private void Begin(Gathered gathered, Dictionary<string, KnownDocument> known)
    {
        // One beside which another could not be had is not alone: the date that the other one has kept does not vouch for it.
        _isAlone = gathered.Documents.Count(d => !d.IsList) == 1 && gathered.Refused.Count == 0;
        foreach (var page in gathered.Documents.Where(d => d.Listing is not null))
        {
            if (!_listings.TryGetValue(page.Listing!, out var listing))
            {
                _listings[page.Listing!] = listing = new ListingRecords(page.Listing!, store.Keys(feed.Name, page.Listing!)) { IsWhole = gathered.IsWhole };
            }

            if (known.GetValueOrDefault(page.Name) is { } same && IsSame(same, page))
            {
                listing.Same(same);
            }
        }
    }

    /// <summary>Takes for gone what listings said that the feed does not have any more.</summary>
    public void Vanish(IEnumerable<KnownDocument> before)
    {
        foreach (var listing in before.Select(d => d.Listing).OfType<string>().Distinct().Where(l => !_listings.ContainsKey(l)))
        {
            Gone.AddRange(store.Keys(feed.Name, listing).Keys);
        }
    }

    private async Task ReadAsync(SourceDocument document, KnownDocument? known, CancellationToken cancel)
    {
        if (document.IsList)
        {
            Looked.Add(document.Name);
            Documents.Add(new KnownDocument(document.Name, document.Digest, document.Changed, null, null, 0));
            return;
        }

        if (known is not null && IsSame(known, document))
        {
            (Records, IsAnyGood) = (Records + 1, true);
            Behind.Same(known);
            Documents.Add(known with { Changed = document.Changed, Etag = document.Validators.ETag, LastModified = document.Validators.LastModified });
            return;
        }

        if (document.Withdrawn is { } time)
        {
            Withdraw(document, known, time, cancel);
            return;
        }

        var (raw, plain) = (Path.Combine(work, "raw"), Path.Combine(work, "plain"));
        await document.CopyAsync!(raw, cancel);
        Looked.Add(document.Name);
        try
        {
            await Decompression.RunAsync(document.Compression, raw, plain, limits.IndexBytes, limits, $"{feed.Name}: {document.Name}", cancel);
            await Task.Run(() => Read(document, known, plain, cancel), cancel);
        }
        catch (FeedException e) when (e.Fault is FeedFault.Malformed or FeedFault.TooLarge)
        {
            Keep(document, known, [new Refusal(document.Name, "", e.Message)]);
        }
    }

    private static bool IsSame(KnownDocument known, SourceDocument document)
    {
        if (document.CopyAsync is not null)
        {
            // One of which something was refused is read again: another version of this program may understand it.
            return known.Digest == document.Digest && known.Refused == 0;
        }

        return document.Withdrawn is null ? known.IsOf(document.Digest) : known.Digest == document.Digest;
    }

    private void Withdraw(SourceDocument document, KnownDocument? known, DateTimeOffset time, CancellationToken cancel)
    {
        Looked.Add(document.Name);
        var (keys, seen) = (store.Keys(feed.Name, document.Name), new Dictionary<string, int>(StringComparer.Ordinal));
        foreach (var advisory in store.Advisories(feed.Name, keys.Keys))
        {
            Take(document.Name, advisory with { Withdrawn = advisory.Withdrawn ?? time }, keys, seen, cancel);
        }

        (Records, IsAnyGood) = (Records + seen.Count, true);
        Documents.Add(new KnownDocument(document.Name, document.Digest, document.Changed, null, null, 0, Time: known?.Time));
    }

    public async Task EndAsync(IEnumerable<string> vanished, CancellationToken cancel)
    {
        foreach (var name in vanished)
        {
            Gone.AddRange(store.Keys(feed.Name, name).Keys);
        }

        foreach (var listing in _listings.Values)
        {
            Gone.AddRange(listing.Gone);
        }

        await FlushAsync(cancel);
    }

    // All of a page or nothing: what a torn one says is not put aside.
    private void ReadPage(SourceDocument page, KnownDocument? known, string plain, CancellationToken cancel)
    {
        var (listing, found, refused, count, isCut) = (_listings[page.Listing!], new List<AdvisoryRecord>(), new List<Refusal>(), 0L, false);
        var (latest, dates) = ((DateTimeOffset?)null, new FutureDates(progress.Latest));
        using (var stream = File.OpenRead(plain))
        {
            AdvisoryReader.Read(feed.Kind, stream, page.Name, Take, refusal =>
            {
                isCut |= refusal.IsOfTheRest;
                if (++count <= AdvisoryFetcher.MostRefusedKept)
                {
                    refused.Add(refusal);
                }
            });
        }

        MoreRefused += count - refused.Count;
        if (isCut || (found.Count == 0 && count > 0))
        {
            Keep(page, known, refused);
            return;
        }

        listing.IsWhole &= count == 0;
        var placed = found.ConvertAll(listing.Place);
        _batch.AddRange(placed.Where(p => p.IsNew).Select(p => p.Record));
        if (_batch.Count >= BatchRecords)
        {
            FlushAsync(cancel).GetAwaiter().GetResult();
        }

        (Records, IsAnyGood) = (Records + placed.Count, true);
        Refused.AddRange(refused);
        Add(new KnownDocument(page.Name, page.Digest, page.Changed, page.Validators.ETag, page.Validators.LastModified, count, listing.Name, ListingRecords.Text(placed.Select(p => p.Record.Key)), Utc.Text(LatestOf(latest, known, page))), known, dates);

        void Take(object one)
        {
            var record = dates.Without(one);
            latest = Latest(latest, record);
            found.AddRange(new[] { AdvisoryRecord.Of(listing.Name, record) }.OfType<AdvisoryRecord>());
        }
    }

    // One with a date that does not count is read again when anything of the feed changes: the clock may have been wrong.
    private void Add(KnownDocument document, KnownDocument? known, FutureDates dates)
    {
        if (dates.Note(document.Name) is not { } note)
        {
            Documents.Add(document);
            return;
        }

        Notes.Add(note);
        // How far it had come it has come still: that the newest record has no date any more takes nothing back.
        var before = progress.Mark.Rewound is null ? Utc.TimeOrNull(known?.Time) : null;
        Documents.Add(document with { Digest = "", Changed = null, Etag = null, LastModified = null, Time = Utc.Text(FeedProgress.Later(Utc.TimeOrNull(document.Time), before)) });
    }

    // A record's date ahead of the time is a mistake of that record, by which nothing else is measured.
    private DateTimeOffset? Latest(DateTimeOffset? latest, object record) =>
        AdvisoryReader.DateOf(record) is { } date && date <= progress.Latest ? FeedProgress.Later(latest, date) : latest;

    private void Read(SourceDocument document, KnownDocument? known, string plain, CancellationToken cancel)
    {
        if (document.Listing is null)
        {
            ReadWhole(document, known, plain, cancel);
        }
        else
        {
            ReadPage(document, known, plain, cancel);
        }
    }

    private void ReadWhole(SourceDocument document, KnownDocument? known, string plain, CancellationToken cancel)
    {
        var (keys, seen, refused, count) = (store.Keys(feed.Name, document.Name), new Dictionary<string, int>(StringComparer.Ordinal), new List<Refusal>(), 0L);
        var (isCut, latest, own, dates) = (false, (DateTimeOffset?)null, (DateTimeOffset?)null, new FutureDates(progress.Latest));
        using (var stream = File.OpenRead(plain))
        {
            own = AdvisoryReader.Read(feed.Kind, stream, document.Name, TakeUnlessOlder, Refuse);
        }

        MoreRefused += count - refused.Count;
        var reached = LatestOf(feed.IsDated ? own : latest, known, document);
        if (isCut || (seen.Count == 0 && count > 0) || IsBehind(document, known, reached, dates, refused))
        {
            Discard(document.Name);
            Keep(document, known, refused);
            return;
        }

        if (own is { } date)
        {
            progress.RefuseLeap($"{feed.Address}", Digest.Parse(document.Digest), date);
        }

        (Records, IsAnyGood) = (Records + seen.Count, true);
        Refused.AddRange(refused);
        var held = Held(document, known, refused, count, ([.. keys.Keys.Where(key => !seen.ContainsKey(key))], keys.Count));
        Add(new KnownDocument(
            document.Name, document.Digest, document.Changed, document.Validators.ETag, document.Validators.LastModified, count, Keys: held.Length == 0 ? null : ListingRecords.Text(held), Time: Utc.Text(reached)), known, dates);

        void TakeUnlessOlder(object one)
        {
            var found = dates.Without(one);
            if (found is Advisory advisory && WentBackTo(advisory, document, known, keys.Keys) is { } refusal)
            {
                WentBack ??= refusal;
                Refuse(refusal);
            }
            else
            {
                latest = Latest(latest, found);
                Take(document.Name, found, keys, seen, cancel);
            }
        }

        void Refuse(Refusal refusal)
        {
            isCut |= refusal.IsOfTheRest;
            count++;
            if (refused.Count < AdvisoryFetcher.MostRefusedKept)
            {
                refused.Add(refusal);
            }
        }
    }

    // What is of later than a person has let the feed go back to, or of no date that counts, holds nothing up then.
    private Refusal? WentBackTo(Advisory advisory, SourceDocument document, KnownDocument? known, IEnumerable<string> keys) => !isOfSamePlace || feed.Kind != DocumentKind.Csaf || IsReadAnew(known, document) ? null
        : CsafRevisions.Refusal(advisory, document, store.Advisories(feed.Name, keys), store.Advisories(feed.Name, advisory.Id).Where(k => progress.Mark.Rewound is not { } to || k.Advisory.Modified <= to), feed.Name);

    // What these readers find in the same bytes takes back nothing of how far it had come.
    private DateTimeOffset? LatestOf(DateTimeOffset? latest, KnownDocument? known, SourceDocument document) =>
        IsReadAnew(known, document) ? FeedProgress.Later(latest, Utc.TimeOrNull(known!.Time)) : latest;

    // The same bytes as other readers have read. Where a date of it did not count, its digest was not written down, and it is in use as it came last where nothing of it was refused then.
    // What is kept of it by itself is of what is in use; what is kept of an archive may be what was refused alone.
    private bool IsReadAnew(KnownDocument? known, SourceDocument document) => known is not null
        && (known.EarlierDigest == document.Digest || (known is { Digest: "", EarlierDigest: null }
            && ((IsOfKept && (known.Refused == 0 || _isAlone || document.Unkeep is not null)) || (IsOfSnapshot && known.Refused == 0))));

    // That one document alone does not reach what it had reached must not stop all the others. What it said stays.
    private bool IsBehind(SourceDocument document, KnownDocument? known, DateTimeOffset? reached, FutureDates dates, List<Refusal> refused)
    {
        var isOther = known?.IsOf(document.Digest) == false && !IsReadAnew(known, document);
        if (Behind.Note(document.Name, known, reached, _isAlone, dates.Note(document.Name) is not null, isOther) is not { } refusal)
        {
            return false;
        }

        refused.Add(refusal);
        return true;
    }

    // Those that are gone are gone with this; answers which count on, with a note where that is in doubt.
    private string[] Held(SourceDocument document, KnownDocument? known, List<Refusal> refused, long count, (string[] Missing, int All) keys)
    {
        var doubt = known is null ? null : MissingRecords.Doubt(feed.Kind, keys.Missing.Length, keys.All);
        if (doubt is not null)
        {
            Notes.Add(new Refusal(document.Name, "", doubt));
        }

        var held = doubt is not null ? keys.Missing
            : count == 0 ? [] : MissingRecords.Held(known, refused, count, [.. store.RefusedParts(feed.Name, document.Name).Select(r => (MissingRecords.Shape(r.Position), r.Reason))], keys.Missing);
        Gone.AddRange(keys.Missing.Except(held));
        return held;
    }

    private void Take(string document, object found, Dictionary<string, long> keys, Dictionary<string, int> seen, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        if (AdvisoryRecord.Of(document, found) is not { } record)
        {
            return;
        }

        var number = seen.GetValueOrDefault(record.Key) + 1;
        seen[record.Key] = number;
        record = record.Numbered(number);
        seen.TryAdd(record.Key, 1);
        if (keys.TryGetValue(record.Key, out var digest) && digest == record.Digest)
        {
            return;
        }

        _batch.Add(record);
        if (_batch.Count >= BatchRecords)
        {
            FlushAsync(cancel).GetAwaiter().GetResult();
        }
    }

    // What it said before counts on, and it is looked at again next time.
    private void Keep(SourceDocument document, KnownDocument? known, List<Refusal> refused)
    {
        Refused.AddRange(refused);
        if (document.Listing is { } listing)
        {
            _listings[listing].IsWhole = false;
        }

        if (known is not null)
        {
            if (!IsReadAnew(known, document))
            {
                document.Unkeep?.Invoke();
            }

            Records++;
            // These readers have looked at it: it is refused as any other, and not to be read anew.
            Documents.Add(ListingRecords.Unread(known) with { Changed = null, Etag = null, LastModified = null, Refused = refused.Count, EarlierDigest = null });
        }
    }

    private void Discard(string document)
    {
        _batch.RemoveAll(r => r.Document == document);
        store.DiscardAsync(feed.Name, document).GetAwaiter().GetResult();
    }

    private async Task FlushAsync(CancellationToken cancel)
    {
        if (_batch.Count > 0)
        {
            await store.StageAsync(feed.Name, _batch, cancel);
            _batch.Clear();
        }
    }
}
