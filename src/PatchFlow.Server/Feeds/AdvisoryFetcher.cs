using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using PatchFlow.Core.Advisories;
using PatchFlow.Core.Documents;
using PatchFlow.Server.Storage;

namespace PatchFlow.Server.Feeds;

/// <summary>How a fetch of documents went.</summary>
/// <param name="Validators">For the next request.</param>
/// <param name="Snapshot">What is new, whose records were put aside in the store; null where nothing is.</param>
internal sealed record AdvisoryLook(Validators Validators, AdvisorySnapshot? Snapshot)
{
    /// <inheritdoc cref="Gathered.Lists"/>
    public required IReadOnlyDictionary<string, DateTimeOffset> Lists { get; init; }

    /// <inheritdoc cref="Gathered.Signatures"/>
    public SignatureLook? Signatures { get; init; }

    /// <summary>To which date a person had let the feed go back when it began; null where none had.</summary>
    public DateTimeOffset? Rewound { get; init; }

    /// <inheritdoc cref="Gathered.Away"/>
    public string? Away { get; init; }

    /// <summary>Documents and lists that were refused before they could be read, as where they could not be had.</summary>
    public IReadOnlySet<string> NotHad { get; init; } = FrozenSet<string>.Empty;

    /// <summary>What was answered, to be kept once this is in use; null where nothing is kept.</summary>
    public KeptAnswers? Answers { get; init; }
}

/// <summary>
/// Fetches vendors' documents and reads what is new of them. A document that can't be read is refused alone, and what it said before stays;
/// where nothing of a feed can be read, the whole snapshot stays as it is.
/// </summary>
internal sealed class AdvisoryFetcher(FeedTransport transport, FeedFolders folders, FeedLimits limits, AdvisoryStore store, FeedStore feeds, TimeProvider time)
{
    internal const int MostRefusedKept = 100;
    private const int MostRefusedStored = 10_000;

    // What came in many fetches may be more than one may have.
    private const int MostSteps = 4;

    /// <summary>Whether all is had and read, whatever is known of it.</summary>
    private bool IsAnew { get; init; }

    /// <summary>Whether all is answered by what is kept of the last fetch, which stays as it is.</summary>
    private bool IsOfKept { get; init; }

    /// <summary>Digests of documents whose signatures were verified by the keys of now.</summary>
    private HashSet<string> Verified { get; set; } = [];

    /// <summary>When what is read was had from its source; null: now.</summary>
    private DateTimeOffset? AnsweredAt { get; init; }

    /// <summary>How long it may take at most to read anew what is kept.</summary>
    public TimeSpan KeptTime => limits.TurnTime / 2;

    /// <summary>The same by another way.</summary>
    public AdvisoryFetcher With(FeedTransport other, bool isAnew, DateTimeOffset? answeredAt) =>
        new(other, folders, limits, store, feeds, time) { IsAnew = isAnew, AnsweredAt = answeredAt };

    /// <summary>Fetches the feed.</summary>
    /// <param name="feed">The feed.</param>
    /// <param name="row">How it stands.</param>
    /// <param name="cancel">Ends it.</param>
    /// <param name="spent">How much of the turn's time was spent already.</param>
    /// <param name="course">Where what it has at hand is noted.</param>
    /// <exception cref="FeedException">It is refused, or can't be had.</exception>
    public async Task<AdvisoryLook> FetchAsync(AdvisoryFeed feed, AdvisoryFeedRow row, CancellationToken cancel, TimeSpan spent = default, FetchCourse? course = null)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(spent < limits.TurnTime ? limits.TurnTime - spent : TimeSpan.Zero);
        var work = folders.Begin(feed.Name);
        var answers = Keeping(feed, row);
        using var keeping = answers is null ? null : transport.Keeping(answers);
        try
        {
            await store.ClearAsync(feed.Name, cancel);
            var rewound = feeds.Marks.Of(feed.Name).Rewound;
            answers?.Begin();
            return await FetchAsync(feed, row, keeping ?? transport, work, course ?? new(), limit.Token) with { Rewound = rewound, Answers = answers };
        }
        catch (Exception e) when (e is FeedException failure ? !FeedAbsences.IsAway(failure) && failure.Fault is not FeedFault.Local : e is not (OperationCanceledException or IOException))
        {
            // A fetch that was refused was not cut off: the vendor may mend what it was answered without another date.
            answers?.End(mayGoOn: false);
            throw;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new FeedException(FeedFault.TooSlow, $"feed {feed.Name} took longer than {limits.TurnTime.TotalHours:0.#} h: use a nearer mirror, or an archive of its documents");
        }
        finally
        {
            // First, since where the disk is full the other fails.
            FeedFolders.Remove(work);
            answers?.End(mayGoOn: true);
        }
    }

    /// <summary>Reads what is in use anew, from what is kept of it: nobody is asked.</summary>
    /// <returns>The same snapshot by these readers, put aside in the store; what is not kept of it as it came is to be read yet. Null where nothing is kept, or is to be believed.</returns>
    /// <exception cref="FeedException">These readers can't read it.</exception>
    public async Task<AdvisorySnapshot?> ReadKeptAsync(AdvisoryFeed feed, AdvisoryFeedRow row, CancellationToken cancel)
    {
        if (feed.Address.IsFile || feeds.Marks.Of(feed.Name) is not { Rewound: null })
        {
            return null;
        }

        using var kept = Answers(feed, row);
        if (kept.AnsweredAt is not { } at)
        {
            return null;
        }

        using var way = FeedTransport.OfKept(kept, null, limits, null, out var first);
        try
        {
            var reader = new AdvisoryFetcher(way, folders, limits with { TurnTime = KeptTime, RemoteBytes = MostSteps * limits.RemoteBytes, ListedDocuments = MostSteps * limits.ListedDocuments }, store, feeds, time) { IsOfKept = true, AnsweredAt = row.LastSuccessAt ?? at };
            var look = await reader.FetchAsync(feed, row, cancel);
            return look.Snapshot is { } snapshot ? InUse(snapshot, row, look.NotHad) : null;
        }
        catch (FeedException) when (first.Lacking is not null)
        {
            return null;
        }
    }

    // It stays what it was, of the same time and no fresher, and what was said of documents that are not kept is said of them still.
    private AdvisorySnapshot InUse(AdvisorySnapshot snapshot, AdvisoryFeedRow row, IReadOnlySet<string> notHad) => snapshot with
    {
        Documents = [.. snapshot.Documents.GroupJoin(store.Documents(row.Name), d => d.Name, b => b.Name, (d, b) => notHad.Contains(d.Name) && b.FirstOrDefault() is { } before ? d with { Refused = before.Refused } : d)],
        Digest = row.Snapshot!.Value,
        Time = row.Time,
        FetchedAt = row.FetchedAt ?? snapshot.FetchedAt,
        Remark = row.Remark,
        Refused = [.. snapshot.Refused.Where(r => !notHad.Contains(r.File)), .. store.Refused(row.Name, MostRefusedStored).Where(r => notHad.Contains(r.File))],
        IsReadAnew = true,
    };

    /// <summary>What is kept of what the feed was answered.</summary>
    /// <remarks>What a fetch that was cut off was answered is no answer to an import, nor where all must be asked for whole: under other keys, or while an alarm stands.</remarks>
    public KeptAnswers Answers(AdvisoryFeed feed, AdvisoryFeedRow row)
    {
        var source = AdvisoryStore.SourceOf(feed);
        return new(folders.AnswersOf(feed.Name), source, row.Source == source ? row.Snapshot : null, feed.KeepBytes, time)
        {
            IsImported = AnsweredAt is not null,
            MayResume = AnsweredAt is null && (row.Snapshot is null || row.Source == source) && feeds.Marks.Of(feed.Name) is { Alarms: null, Rewound: null },
        };
    }

    private KeptAnswers? Keeping(AdvisoryFeed feed, AdvisoryFeedRow row)
    {
        if (IsAnew || IsOfKept || feed.Address.IsFile)
        {
            return null;
        }

        if (feed.KeepBytes > 0)
        {
            return Answers(feed, row);
        }

        FeedFolders.Remove(folders.AnswersOf(feed.Name));
        return null;
    }

    /// <summary>Has all that a fetch would have, and reads nothing of it: what is in use was read when it came.</summary>
    /// <returns>What may be there and could not be had; null where all was.</returns>
    /// <exception cref="FeedException">It can't be had.</exception>
    public async Task<string?> AskAsync(AdvisoryFeed feed, AdvisoryFeedRow row, CancellationToken cancel)
    {
        var work = folders.Begin(feed.Name);
        try
        {
            var progress = FeedProgress.Of(feed, row, feeds.Marks, time.GetUtcNow());
            Verified = store.Documents(feed.Name).Where(d => d.Refused == 0).Select(d => d.Digest).ToHashSet(StringComparer.Ordinal);
            return (await GatherAsync(feed, row, progress, isSame: false, [], transport, work, cancel))?.Away;
        }
        finally
        {
            FeedFolders.Remove(work);
        }
    }

    private async Task<AdvisoryLook> FetchAsync(AdvisoryFeed feed, AdvisoryFeedRow row, FeedTransport way, string work, FetchCourse course, CancellationToken cancel)
    {
        var (source, progress) = (AdvisoryStore.SourceOf(feed), FeedProgress.Of(feed, row, feeds.Marks, time.GetUtcNow()));
        var isSame = !IsAnew && row.Snapshot is not null && row.Source == source;
        var before = (IsAnew ? [] : store.Documents(feed.Name)).Select(d => Rewound(row.IsOfOtherReaders ? d.ByOtherReaders() : d, progress.Mark.Rewound)).ToDictionary(d => d.Name, StringComparer.Ordinal);
        var known = isSame ? before : [];
        var gathered = course.Gathered = await GatherAsync(feed, row, progress, isSame, before, way, work, cancel);
        await using var archive = gathered?.Archive;
        if (gathered is null || (isSame && progress.Mark.Rewound is null && !row.IsOfOtherReaders && !IsUnread(gathered, known) && DigestOf(gathered) == row.Snapshot))
        {
            RefuseWentBack(feed, progress, gathered, row.Time);
            Unkeep(gathered?.Documents ?? [], known);
            return Look(gathered, row, null);
        }

        if (gathered.HasNone)
        {
            return Look(gathered, row, Silent(feed, source, gathered, [.. before.Values]));
        }

        if (!isSame && before.Count > 0 && gathered.Lack is { } lack)
        {
            throw NotYet(feed, lack);
        }

        if (feed.IsOfThreats && gathered.Documents.Count != 1)
        {
            throw new FeedException(FeedFault.NotAnIndex, $"{feed.Address} has {gathered.Documents.Count} documents: a feed of kind {feed.KindName} is one document, name it");
        }

        var reading = course.Reading = new AdvisoryReading(feed, store, limits, progress, work, IsOfSamePlace(feed, row)) { IsOfKept = IsOfKept, IsOfSnapshot = progress.Mark.Rewound is null && DigestOf(gathered) == row.Snapshot };
        await reading.ReadAsync(gathered, known, cancel);
        if (!isSame && before.Count > 0 && reading.WentBack is { } old)
        {
            throw NotYet(feed, $"{Place(old)}{old.Reason}");
        }

        var documents = Documents(gathered, reading, known);
        documents.AddRange(feed.Kind == DocumentKind.Csaf ? Moved(reading, documents, known) : []);
        reading.Vanish(gathered.IsWhole ? before.Values : []);
        string[] vanished = [.. before.Keys.Except(documents.Select(d => d.Name), StringComparer.Ordinal)];
        if (!isSame && vanished.Any(name => store.Keys(feed.Name, name).Count > 0) && Unreadable(feed, reading, gathered, documents) is { } unread)
        {
            throw NotYet(feed, $"{Place(unread)}{unread.Reason}");
        }

        await reading.EndAsync(vanished, cancel);
        RefuseWorse(feed, reading, gathered);
        reading.Behind.RefuseOldState(vanished, gathered.Refused);
        var reached = gathered.Time ?? Utc.TimeOrNull(documents.Max(d => d.Time));
        RefuseWentBack(feed, progress, gathered, reached);
        var snapshot = Snapshot(feed, source, gathered, reading, documents);
        // Bytes that came before are no fresher for being read anew.
        var came = isSame && snapshot.Digest == row.Snapshot && row.FetchedAt is { } at ? at : snapshot.FetchedAt;
        return Look(gathered, row, snapshot with { FetchedAt = came, Refused = [.. snapshot.Refused.Union(SaidOf(feed, known, documents))], Time = FeedProgress.Later(reached, progress.Seen) });
    }

    // The first document that can't be had or read: under whichever name, it may be one of those that are missing. What other keys refuse, as they do of CSAF, is not used, and may be gone;
    // what else could not be had of that is its lack.
    private static Refusal? Unreadable(AdvisoryFeed feed, AdvisoryReading reading, Gathered gathered, List<KnownDocument> documents) =>
        reading.Refused.Concat(feed.Kind == DocumentKind.Csaf ? [] : gathered.Refused).FirstOrDefault(r => !documents.Exists(d => d.Name == r.File));

    // What stands beside the same bytes is not looked at again, so what was said of that is said still.
    private IEnumerable<Refusal> SaidOf(AdvisoryFeed feed, Dictionary<string, KnownDocument> known, List<KnownDocument> documents)
    {
        var same = documents.Where(d => known.GetValueOrDefault(d.Name)?.EarlierDigest == d.Digest).Select(d => d.Name).ToHashSet(StringComparer.Ordinal);
        return same.Count == 0 ? [] : store.Refused(feed.Name, MostRefusedStored).Where(r => r.Position == CsafHashes.Position && same.Contains(r.File));
    }

    // A document that came as it was, and that only other readers have read yet.
    private static bool IsUnread(Gathered gathered, Dictionary<string, KnownDocument> known) =>
        gathered.Documents.Any(d => d.CopyAsync is not null && known.GetValueOrDefault(d.Name)?.EarlierDigest is not null);

    // What could not be read is had anew each time, and it is not read again where it is still the same. Where no digest was written down and something was refused of what
    // came, nobody knows whether that is in use: what is kept of it already stays.
    private static void Unkeep(IEnumerable<SourceDocument> documents, Dictionary<string, KnownDocument> known)
    {
        foreach (var document in documents.Where(d => known.GetValueOrDefault(d.Name) is { } used && (used.Digest.Length > 0 ? used.Digest != d.Digest : used.Refused > 0)))
        {
            document.Unkeep?.Invoke();
        }
    }

    // Which keys vouch for documents says nothing of which of them are newer.
    private static bool IsOfSamePlace(AdvisoryFeed feed, AdvisoryFeedRow row) =>
        row.Snapshot is not null && $"{row.Source} ".StartsWith($"{feed.KindName} {feed.Address.AbsoluteUri} ", StringComparison.Ordinal);

    // What is of later than a person has let the feed go back to is had and measured anew.
    private static KnownDocument Rewound(KnownDocument document, DateTimeOffset? to) =>
        Utc.TimeOrNull(document.Time) > to || (DateTimeOffset.TryParse(document.Changed, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var changed) && changed > to)
            ? ListingRecords.Unread(document) with { Digest = "", Changed = null, Etag = null, LastModified = null } : document;

    // While an alarm stands, a person has let it go back, or the database is of before what was in use, all is asked for whole: that nothing is new, whoever is on the way can say.
    // So it is where other readers have read what is in use, which has to be read anew.
    private async Task<Gathered?> GatherAsync(
        AdvisoryFeed feed, AdvisoryFeedRow row, FeedProgress progress, bool isSame, Dictionary<string, KnownDocument> before, FeedTransport way, string work, CancellationToken cancel)
    {
        var known = isSame ? before : [];
        var isBelieved = isSame && !row.IsOfOtherReaders && progress.Mark is { Alarms: null, Rewound: null } && (progress.Seen is null || row.Time >= progress.Seen);
        return feed.Repository is null
            ? await new AdvisorySources(way, limits) { LastSuccess = row.LastSuccessAt, Progress = progress, SignedBefore = SignedBefore(feed, row, progress.Mark, before.Keys), Verified = Verified }
                .GatherAsync(feed, isBelieved ? row.Validators : null, known, work, cancel)
            : await new RpmRepositories(way, limits).GatherAsync(feed, row, progress, isBelieved, known, work, cancel);
    }

    // What a signed snapshot has was verified when it came, by whichever keys.
    private static FrozenSet<string> SignedBefore(AdvisoryFeed feed, AdvisoryFeedRow row, FeedMark mark, IEnumerable<string> known) =>
        mark.UnsignedOf(feed.DatedBy).Concat(feed.WasSigned(row, mark) ? known : []).ToFrozenSet(StringComparer.Ordinal);

    private static AdvisoryLook Look(Gathered? gathered, AdvisoryFeedRow row, AdvisorySnapshot? snapshot) => new(gathered?.Validators ?? row.Validators, snapshot)
    {
        Lists = gathered?.Lists ?? ImmutableDictionary<string, DateTimeOffset>.Empty,
        Signatures = gathered?.Signatures,
        Away = gathered?.Away,
        NotHad = gathered?.Refused.Select(r => r.File).ToFrozenSet(StringComparer.Ordinal) ?? FrozenSet<string>.Empty,
    };

    // A list that is newer says by itself that what is missing was taken back.
    private static void RefuseWentBack(AdvisoryFeed feed, FeedProgress progress, Gathered? gathered, DateTimeOffset? reached) =>
        progress.RefuseWentBack($"{feed.Address}", FeedProgress.Later(reached, gathered?.ListTime));

    // Nothing that was known vouches for the source as it is now: what is only away would close what is open.
    private static FeedException NotYet(AdvisoryFeed feed, string lack) => new(FeedFault.Truncated,
        $"the address or the keys of {feed.Name} are not those of before, and not all can be had ({lack}): what it said stays in use until all can be had once; "
        + "mend that, or give the feed another name, with which it begins anew");

    // What was refused before it could be read says what it said, and is asked for anew.
    private static List<KnownDocument> Documents(Gathered gathered, AdvisoryReading reading, Dictionary<string, KnownDocument> known)
    {
        var refused = gathered.Refused.GroupBy(r => r.File).ToDictionary(r => r.Key, r => r.Count(), StringComparer.Ordinal);
        var kept = refused.Keys.Where(known.ContainsKey).Select(name => ListingRecords.Unread(known[name]) with { Changed = null, Etag = null, LastModified = null, Refused = 0 });
        List<KnownDocument> documents = [.. reading.Documents.Concat(kept).DistinctBy(d => d.Name).Select(d => d with { Refused = d.Refused + refused.GetValueOrDefault(d.Name) })];
        if (gathered.Documents is [{ IsList: true }, ..])
        {
            // Those that have neither a row of their own nor one among the first refusals are counted with the list that named them.
            var names = documents.Select(d => d.Name).ToHashSet(StringComparer.Ordinal);
            documents[0] = documents[0] with { Refused = documents[0].Refused + gathered.Refused.Skip(MostRefusedKept).Count(r => !names.Contains(r.File)) };
        }

        return documents;
    }

    // What was refused under a name that nobody knows may be a known document that was moved: then the old name says what it said.
    private static List<KnownDocument> Moved(AdvisoryReading reading, List<KnownDocument> documents, Dictionary<string, KnownDocument> known)
    {
        var names = documents.Select(d => d.Name).ToHashSet(StringComparer.Ordinal);
        return reading.Refused.TrueForAll(r => names.Contains(r.File)) ? [] : [.. known.Values.Where(k => !names.Contains(k.Name))];
    }

    private AdvisorySnapshot Snapshot(AdvisoryFeed feed, string source, Gathered gathered, AdvisoryReading reading, List<KnownDocument> documents) => new()
    {
        Feed = feed,
        Source = source,
        Digest = DigestOf(gathered),
        FetchedAt = time.GetUtcNow(),
        ReadAt = time.GetUtcNow(),
        AnsweredAt = AnsweredAt ?? time.GetUtcNow(),
        // What is to be read anew yet is asked for, whatever the list that names it says of itself.
        Validators = documents.Exists(d => d.EarlierDigest is not null) ? new(null, null) : gathered.Validators,
        Documents = documents,
        Gone = reading.Gone,
        Looked = [.. reading.Looked.Concat(gathered.Refused.Concat(gathered.Notes).Select(r => r.File)).Distinct()],
        Refused = [.. reading.Refused, .. gathered.Refused.Take(MostRefusedKept), .. reading.Notes.Concat(gathered.Notes).Where(n => documents.Exists(d => d.Name == n.File)).Take(MostRefusedKept)],
    };

    // What it said stays: that a vendor says nothing any more mends nothing.
    private AdvisorySnapshot Silent(AdvisoryFeed feed, string source, Gathered gathered, KnownDocument[] before) => new()
    {
        Feed = feed,
        Source = source,
        Digest = DigestOf(gathered),
        Time = gathered.Time,
        FetchedAt = time.GetUtcNow(),
        ReadAt = time.GetUtcNow(),
        AnsweredAt = AnsweredAt ?? time.GetUtcNow(),
        Validators = gathered.Validators,
        Documents = before,
        Gone = [],
        Looked = [],
        Refused = [],
        Remark = RpmRepositories.Silence(feed, before.Length > 0),
    };

    // What would close what is open, and is more likely a broken feed, is no snapshot.
    private void RefuseWorse(AdvisoryFeed feed, AdvisoryReading reading, Gathered gathered)
    {
        if (!reading.IsAnyGood && (reading.Refused.Count > 0 || gathered.Refused.Count > 0))
        {
            var first = reading.Refused.Concat(gathered.Refused).First();
            throw new FeedException(gathered.Signatures is { Good: 0, Missing.Count: > 0 } ? FeedFault.Unsigned : FeedFault.NotAnIndex,
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
}
