using System.Text;
using PatchFlow.Core.Advisories;
using PatchFlow.Core.Documents;

namespace PatchFlow.Server.Feeds;

/// <summary>
/// Fetches vendors' documents and reads what is new of them. A document that can't be read is refused alone, and what it said before stays;
/// where nothing of a feed can be read, the whole snapshot stays as it is.
/// </summary>
internal sealed class AdvisoryFetcher(FeedTransport transport, FeedFolders folders, FeedLimits limits, AdvisoryStore store, TimeProvider time)
{
    private const int BatchRecords = 2000;
    private const int MostRefusedKept = 100;
    private static readonly TimeSpan MostTime = TimeSpan.FromHours(2);

    /// <summary>Fetches the feed; the validators where nothing is new, else the snapshot, whose records were put aside in the store.</summary>
    /// <exception cref="FeedException">It is refused, or can't be had.</exception>
    public async Task<(Validators Validators, AdvisorySnapshot? Snapshot)> FetchAsync(AdvisoryFeed feed, AdvisoryFeedRow row, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(MostTime);
        var work = folders.Begin(feed.Name);
        try
        {
            await store.ClearAsync(feed.Name, cancel);
            return await FetchAsync(feed, row, work, limit.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new FeedException(FeedFault.TooSlow, $"feed {feed.Name} took longer than {MostTime.TotalHours:0} h: use a nearer mirror, or an archive of its documents");
        }
        finally
        {
            FeedFolders.Remove(work);
        }
    }

    private async Task<(Validators, AdvisorySnapshot?)> FetchAsync(AdvisoryFeed feed, AdvisoryFeedRow row, string work, CancellationToken cancel)
    {
        var isSame = row.Snapshot is not null && row.Source == AdvisoryStore.SourceOf(feed);
        var before = store.Documents(feed.Name).ToDictionary(d => d.Name, StringComparer.Ordinal);
        var known = isSame ? before : [];
        var gathered = await new AdvisorySources(transport, limits).GatherAsync(feed, isSame ? row.Validators : null, known, work, cancel);
        if (gathered is null || (isSame && DigestOf(gathered) == row.Snapshot))
        {
            return (gathered?.Validators ?? row.Validators, null);
        }

        if (feed.IsOfThreats && gathered.Documents.Count != 1)
        {
            throw new FeedException(FeedFault.NotAnIndex, $"{feed.Address} has {gathered.Documents.Count} documents: a feed of kind {feed.KindName} is one document, name it");
        }

        var reading = new Reading(feed, store, limits, work);
        reading.Begin(gathered, known);
        foreach (var document in gathered.Documents)
        {
            await reading.ReadAsync(document, known.GetValueOrDefault(document.Name), cancel);
        }

        reading.Vanish(gathered.IsWhole ? before.Values : []);
        await reading.EndAsync(before.Keys.Except(gathered.Documents.Select(d => d.Name).Concat(gathered.Refused.Select(r => r.File)), StringComparer.Ordinal), cancel);
        RefuseWorse(feed, isSame ? row : row with { Time = null }, reading, gathered);
        return (gathered.Validators, Snapshot(feed, gathered, reading, known));
    }

    private AdvisorySnapshot Snapshot(AdvisoryFeed feed, Gathered gathered, Reading reading, Dictionary<string, KnownDocument> known) => new()
    {
        Feed = feed,
        Digest = DigestOf(gathered),
        Time = reading.Time,
        FetchedAt = time.GetUtcNow(),
        Validators = gathered.Validators,
        Documents = [.. reading.Documents, .. gathered.Refused.Select(r => known.GetValueOrDefault(r.File)).OfType<KnownDocument>().Select(ListingRecords.Unread)],
        Gone = reading.Gone,
        Looked = [.. reading.Looked, .. gathered.Refused.Select(r => r.File).Distinct()],
        Refused = [.. reading.Refused, .. gathered.Refused.Take(MostRefusedKept)],
    };

    // What would close what is open, and is more likely a broken feed, is no snapshot.
    private void RefuseWorse(AdvisoryFeed feed, AdvisoryFeedRow row, Reading reading, Gathered gathered)
    {
        if (reading.Time is { } now && row.Time is { } before && now < before)
        {
            throw new FeedException(FeedFault.WentBack, $"{feed.Address} is of {now:u}, and {before:u} was in use already: a feed never goes back; look for an old mirror or cache");
        }

        if (!reading.IsAnyGood && (reading.Refused.Count > 0 || gathered.Refused.Count > 0))
        {
            var first = reading.Refused.Concat(gathered.Refused).First();
            throw new FeedException(FeedFault.NotAnIndex,
                $"{feed.Address} can't be used as {feed.KindName}: {Place(first)}{first.Reason}; check the address and the kind, or tell the vendor");
        }

        var had = store.Counts(feed.Name).Records;
        if (had > 0 && reading.Records == 0 && reading.Gone.Count >= had)
        {
            throw new FeedException(FeedFault.Malformed, $"{feed.Address} lists nothing any more, and had {had} records: what it said stays in use; ask the vendor");
        }
    }

    private static string Place(Refusal refusal) => $"{refusal.File}{(refusal.Position.Length > 0 ? $" {refusal.Position}" : "")}: ";

    private static Digest DigestOf(Gathered gathered) => Digest.Of(Encoding.UTF8.GetBytes(string.Concat(
        gathered.Documents.Select(d => $"{d.Digest} {d.Name}\n").Concat(gathered.Refused.Select(r => $"- {r.File} {r.Position}\n")).Order(StringComparer.Ordinal))));

    /// <summary>What one fetch has read so far.</summary>
    private sealed class Reading(AdvisoryFeed feed, AdvisoryStore store, FeedLimits limits, string work)
    {
        private readonly List<AdvisoryRecord> _batch = [];
        private readonly Dictionary<string, ListingRecords> _listings = new(StringComparer.Ordinal);

        public List<KnownDocument> Documents { get; } = [];

        public List<string> Gone { get; } = [];

        public List<string> Looked { get; } = [];

        public List<Refusal> Refused { get; } = [];

        public DateTimeOffset? Time { get; private set; }

        /// <summary>Whether one document at least could be read, or need not be.</summary>
        public bool IsAnyGood { get; private set; }

        /// <summary>How many records the documents have that were read, and those that need not be read at least one.</summary>
        public long Records { get; private set; }

        /// <summary>Opens the listings, with what is on the pages that need not be read.</summary>
        public void Begin(Gathered gathered, Dictionary<string, KnownDocument> known)
        {
            foreach (var page in gathered.Documents.Where(d => d.Listing is not null))
            {
                if (!_listings.TryGetValue(page.Listing!, out var listing))
                {
                    _listings[page.Listing!] = listing = new ListingRecords(page.Listing!, store.Keys(feed.Name, page.Listing!)) { IsWhole = gathered.IsWhole };
                }

                if (known.GetValueOrDefault(page.Name) is { } same && same.Digest == page.Digest)
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

        public async Task ReadAsync(SourceDocument document, KnownDocument? known, CancellationToken cancel)
        {
            if (known is not null && known.Digest == document.Digest)
            {
                (Records, IsAnyGood) = (Records + 1, true);
                Documents.Add(known with { Changed = document.Changed, Etag = document.Validators.ETag, LastModified = document.Validators.LastModified });
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

        public async Task EndAsync(IEnumerable<string> vanished, CancellationToken cancel)
        {
            foreach (var name in vanished)
            {
                Gone.AddRange(store.Keys(feed.Name, name).Keys);
            }

            Gone.AddRange(_listings.Values.SelectMany(l => l.Gone));
            await FlushAsync(cancel);
        }

        // All of a page or nothing: what a torn one says is not put aside.
        private void ReadPage(SourceDocument page, KnownDocument? known, string plain, CancellationToken cancel)
        {
            var (listing, found, refused, count, isCut) = (_listings[page.Listing!], new List<AdvisoryRecord>(), new List<Refusal>(), 0L, false);
            using (var stream = File.OpenRead(plain))
            {
                AdvisoryReader.Read(feed.Kind, stream, page.Name, one => found.AddRange(new[] { AdvisoryRecord.Of(listing.Name, one) }.OfType<AdvisoryRecord>()), refusal =>
                {
                    isCut |= refusal.IsOfTheRest;
                    if (++count <= MostRefusedKept)
                    {
                        refused.Add(refusal);
                    }
                });
            }

            if (isCut || (found.Count == 0 && count > 0))
            {
                Keep(page, known, refused);
                return;
            }

            var placed = found.ConvertAll(listing.Place);
            _batch.AddRange(placed.Where(p => p.IsNew).Select(p => p.Record));
            if (_batch.Count >= BatchRecords)
            {
                FlushAsync(cancel).GetAwaiter().GetResult();
            }

            (Records, IsAnyGood) = (Records + placed.Count, true);
            Refused.AddRange(refused);
            Documents.Add(new KnownDocument(page.Name, page.Digest, page.Changed, page.Validators.ETag, page.Validators.LastModified, count, listing.Name, ListingRecords.Text(placed.Select(p => p.Record.Key))));
        }

        private void Read(SourceDocument document, KnownDocument? known, string plain, CancellationToken cancel)
        {
            if (document.Listing is not null)
            {
                ReadPage(document, known, plain, cancel);
                return;
            }

            var (keys, seen, refused, count) = (store.Keys(feed.Name, document.Name), new Dictionary<string, int>(StringComparer.Ordinal), new List<Refusal>(), 0L);
            var isCut = false;
            using (var stream = File.OpenRead(plain))
            {
                Time = AdvisoryReader.Read(feed.Kind, stream, document.Name, found => Take(document.Name, found, keys, seen, cancel), refusal =>
                {
                    isCut |= refusal.IsOfTheRest;
                    count++;
                    if (refused.Count < MostRefusedKept)
                    {
                        refused.Add(refusal);
                    }
                }) ?? Time;
            }

            if (isCut || (seen.Count == 0 && count > 0))
            {
                Discard(document.Name);
                Keep(document, known, refused);
                return;
            }

            (Records, IsAnyGood) = (Records + seen.Count, true);
            Refused.AddRange(refused);
            Gone.AddRange(keys.Keys.Where(key => !seen.ContainsKey(key)));
            Documents.Add(new KnownDocument(document.Name, document.Digest, document.Changed, document.Validators.ETag, document.Validators.LastModified, count));
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
                Records++;
                Documents.Add(ListingRecords.Unread(known) with { Refused = refused.Count });
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
}
