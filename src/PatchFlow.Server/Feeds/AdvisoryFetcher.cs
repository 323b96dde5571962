using System.Text;
using PatchFlow.Core.Advisories;
using PatchFlow.Core.Documents;

namespace PatchFlow.Server.Feeds;

/// <summary>
/// Fetches vendors' documents and reads what is new of them. A document that can't be read is refused alone, and what it said before stays;
/// where nothing of a feed can be read, the whole snapshot stays as it is.
/// </summary>
internal sealed class AdvisoryFetcher(FeedTransport transport, FeedFolders folders, FeedLimits limits, AdvisoryStore store, RpmRepositories repositories, TimeProvider time)
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
        var source = AdvisoryStore.SourceOf(feed);
        var isSame = row.Snapshot is not null && row.Source == source;
        var before = store.Documents(feed.Name).ToDictionary(d => d.Name, StringComparer.Ordinal);
        var known = isSame ? before : [];
        var gathered = feed.Repository is null
            ? await new AdvisorySources(transport, limits) { LastSuccess = row.LastSuccessAt, Now = time.GetUtcNow() }.GatherAsync(feed, isSame ? row.Validators : null, known, work, cancel)
            : await repositories.GatherAsync(feed, row, isSame, known, work, cancel);
        if (gathered is null || (isSame && DigestOf(gathered) == row.Snapshot))
        {
            return (gathered?.Validators ?? row.Validators, null);
        }

        if (gathered.HasNone)
        {
            return (gathered.Validators, Silent(feed, source, gathered, [.. before.Values]));
        }

        if (feed.IsOfThreats && gathered.Documents.Count != 1)
        {
            throw new FeedException(FeedFault.NotAnIndex, $"{feed.Address} has {gathered.Documents.Count} documents: a feed of kind {feed.KindName} is one document, name it");
        }

        var reading = new Reading(feed, store, limits, work, isSame);
        foreach (var document in gathered.Documents)
        {
            await reading.ReadAsync(document, known.GetValueOrDefault(document.Name), cancel);
        }

        var documents = Documents(gathered, reading, known);
        await reading.EndAsync(before.Keys.Except(documents.Select(d => d.Name), StringComparer.Ordinal), cancel);
        RefuseWorse(feed, isSame ? row : row with { Time = null }, reading, gathered);
        return (gathered.Validators, Snapshot(feed, source, gathered, reading, documents));
    }

    // What was refused before it could be read says what it said, and is asked for anew.
    private static List<KnownDocument> Documents(Gathered gathered, Reading reading, Dictionary<string, KnownDocument> known)
    {
        var refused = gathered.Refused.GroupBy(r => r.File).ToDictionary(r => r.Key, r => r.Count(), StringComparer.Ordinal);
        var kept = refused.Keys.Where(known.ContainsKey).Select(name => known[name] with { Changed = null, Etag = null, LastModified = null, Refused = 0 });
        List<KnownDocument> documents = [.. reading.Documents.Concat(kept).DistinctBy(d => d.Name).Select(d => d with { Refused = d.Refused + refused.GetValueOrDefault(d.Name) })];
        if (gathered.Documents is [{ IsList: true }, ..])
        {
            // Those that have neither a row of their own nor one among the first refusals are counted with the list that named them.
            var names = documents.Select(d => d.Name).ToHashSet(StringComparer.Ordinal);
            documents[0] = documents[0] with { Refused = documents[0].Refused + gathered.Refused.Skip(MostRefusedKept).Count(r => !names.Contains(r.File)) };
        }

        return documents;
    }

    private AdvisorySnapshot Snapshot(AdvisoryFeed feed, string source, Gathered gathered, Reading reading, List<KnownDocument> documents) => new()
    {
        Feed = feed,
        Source = source,
        Digest = DigestOf(gathered),
        Time = reading.Time ?? gathered.Time,
        FetchedAt = time.GetUtcNow(),
        Validators = gathered.Validators,
        Documents = documents,
        Gone = reading.Gone,
        Looked = [.. reading.Looked.Concat(gathered.Refused.Concat(gathered.Notes).Select(r => r.File)).Distinct()],
        Refused = [.. reading.Refused, .. gathered.Refused.Take(MostRefusedKept), .. gathered.Notes.Where(n => documents.Exists(d => d.Name == n.File)).Take(MostRefusedKept)],
    };

    // What it said stays: that a vendor says nothing any more mends nothing.
    private AdvisorySnapshot Silent(AdvisoryFeed feed, string source, Gathered gathered, KnownDocument[] before) => new()
    {
        Feed = feed,
        Source = source,
        Digest = DigestOf(gathered),
        Time = gathered.Time,
        FetchedAt = time.GetUtcNow(),
        Validators = gathered.Validators,
        Documents = before,
        Gone = [],
        Looked = [],
        Refused = [],
        Remark = RpmRepositories.Silence(feed, before.Length > 0),
    };

    // What would close what is open, and is more likely a broken feed, is no snapshot.
    private void RefuseWorse(AdvisoryFeed feed, AdvisoryFeedRow row, Reading reading, Gathered gathered)
    {
        if ((reading.Time ?? gathered.Time) is { } now && row.Time is { } before && now < before)
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

    private static Digest DigestOf(Gathered gathered) => gathered.Index ?? Digest.Of(Encoding.UTF8.GetBytes(string.Concat(
        gathered.Documents.Select(d => $"{d.Digest} {d.Name}{(d.Changed is null ? "" : $" {d.Changed}")}\n").Concat(gathered.Refused.Select(r => $"- {r.File} {r.Position} {r.Reason}\n")).Order(StringComparer.Ordinal))));

    /// <summary>What one fetch has read so far.</summary>
    private sealed class Reading(AdvisoryFeed feed, AdvisoryStore store, FeedLimits limits, string work, bool isSame)
    {
        private readonly List<AdvisoryRecord> _batch = [];

        public List<KnownDocument> Documents { get; } = [];

        public List<string> Gone { get; } = [];

        public List<string> Looked { get; } = [];

        public List<Refusal> Refused { get; } = [];

        public DateTimeOffset? Time { get; private set; }

        /// <summary>Whether one document at least could be read, or need not be.</summary>
        public bool IsAnyGood { get; private set; }

        /// <summary>How many records the documents have that were read, and those that need not be read at least one.</summary>
        public long Records { get; private set; }

        public async Task ReadAsync(SourceDocument document, KnownDocument? known, CancellationToken cancel)
        {
            if (document.IsList)
            {
                Looked.Add(document.Name);
                Documents.Add(new KnownDocument(document.Name, document.Digest, document.Changed, null, null, 0));
                return;
            }

            if (known is not null && known.Digest == document.Digest && (known.Refused == 0 || document.CopyAsync is null))
            {
                (Records, IsAnyGood) = (Records + 1, true);
                Documents.Add(known with { Changed = document.Changed, Etag = document.Validators.ETag, LastModified = document.Validators.LastModified });
                return;
            }

            if (document.Withdrawn is { } time)
            {
                Withdraw(document, time, cancel);
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
                Keep(known, [new Refusal(document.Name, "", e.Message)]);
            }
        }

        private void Withdraw(SourceDocument document, DateTimeOffset time, CancellationToken cancel)
        {
            Looked.Add(document.Name);
            var (keys, seen) = (store.Keys(feed.Name, document.Name), new Dictionary<string, int>(StringComparer.Ordinal));
            foreach (var advisory in store.Advisories(feed.Name, keys.Keys))
            {
                Take(document.Name, advisory with { Withdrawn = advisory.Withdrawn ?? time }, keys, seen, cancel);
            }

            (Records, IsAnyGood) = (Records + seen.Count, true);
            Documents.Add(new KnownDocument(document.Name, document.Digest, document.Changed, null, null, 0));
        }

        public async Task EndAsync(IEnumerable<string> vanished, CancellationToken cancel)
        {
            foreach (var name in vanished)
            {
                Gone.AddRange(store.Keys(feed.Name, name).Keys);
            }

            await FlushAsync(cancel);
        }

        private void Read(SourceDocument document, KnownDocument? known, string plain, CancellationToken cancel)
        {
            var (keys, seen, refused, count) = (store.Keys(feed.Name, document.Name), new Dictionary<string, int>(StringComparer.Ordinal), new List<Refusal>(), 0L);
            var isCut = false;
            using (var stream = File.OpenRead(plain))
            {
                Time = AdvisoryReader.Read(feed.Kind, stream, document.Name, TakeUnlessOlder, Refuse) ?? Time;
            }

            if (isCut || (seen.Count == 0 && count > 0))
            {
                Discard(document.Name);
                Keep(known, refused);
                return;
            }

            (Records, IsAnyGood) = (Records + seen.Count, true);
            Refused.AddRange(refused);
            Gone.AddRange(keys.Keys.Where(key => !seen.ContainsKey(key)));
            Documents.Add(new KnownDocument(document.Name, document.Digest, document.Changed, document.Validators.ETag, document.Validators.LastModified, count));

            void TakeUnlessOlder(object found)
            {
                if (isSame && feed.Kind == DocumentKind.Csaf && found is Advisory advisory && CsafRevisions.Refusal(advisory, document, store.Advisories(feed.Name, keys.Keys), store.Advisories(feed.Name, advisory.Id)) is { } refusal)
                {
                    Refuse(refusal);
                }
                else
                {
                    Take(document.Name, found, keys, seen, cancel);
                }
            }

            void Refuse(Refusal refusal)
            {
                isCut |= refusal.IsOfTheRest;
                count++;
                if (refused.Count < MostRefusedKept)
                {
                    refused.Add(refusal);
                }
            }
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
        private void Keep(KnownDocument? known, List<Refusal> refused)
        {
            Refused.AddRange(refused);
            if (known is not null)
            {
                Records++;
                Documents.Add(known with { Changed = null, Etag = null, LastModified = null, Refused = refused.Count });
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
