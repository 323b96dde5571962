namespace PatchFlow.Server.Feeds;

/// <summary>Fetches feeds one at a time each, and records how it went. A failure is recorded and never thrown: the last good snapshot stays in use.</summary>
internal sealed class FeedFetches(FeedList feeds, FeedStore store, FeedCatalog catalog, AptFetcher fetcher, TimeProvider time, ILogger<FeedFetches> log)
{
    private readonly FeedGates _gates = new(store);

    /// <summary>Fetches the feed now. Answers how it stands afterwards; a next attempt is set where it failed.</summary>
    /// <exception cref="KeyNotFoundException">There is no such feed.</exception>
    public async Task<FeedRow> FetchAsync(string name, CancellationToken cancel)
    {
        var feed = feeds.Find(name) ?? throw new KeyNotFoundException($"there is no feed '{name}': see 'patchflow feeds'");
        try
        {
            return await _gates.OneAtATimeAsync(name, () => FetchAsync(feed, cancel), cancel);
        }
        catch (Exception e) when (FeedAttempts.IsFailure(e, cancel))
        {
            // That its turn could not be had is a failure of the feed as any other.
            await FailedAsync(feed, store.Row(name), null, e, cancel);
            return store.Row(name);
        }
    }

    /// <summary>
    /// Takes a snapshot from a folder that is laid out as the feed's archive: verified as a fetch is, against the feed's own keyring and
    /// marks. Answers whether it was new.
    /// </summary>
    /// <exception cref="KeyNotFoundException">There is no such feed.</exception>
    /// <exception cref="FeedException">It was refused; the last good snapshot stays, and the feed stands as before.</exception>
    public Task<bool> ImportAsync(string name, string folder, CancellationToken cancel)
    {
        var feed = feeds.Find(name) ?? throw new KeyNotFoundException($"there is no feed '{name}': see 'patchflow feeds'");
        return _gates.OneAtATimeAsync(name, () => ImportAsync(feed, folder, cancel), cancel);
    }

    private async Task<bool> ImportAsync(Feed feed, string folder, CancellationToken cancel)
    {
        try
        {
            var row = store.Row(feed.Name);
            _ = store.Marks.Of(feed.Name);
            var current = await TrustedOrNullAsync(feed, cancel);
            var fetched = await fetcher.FetchAsync(feed with { Address = LocalFile.FolderAddress(folder) }, row, current, cancel);
            if (fetched.Snapshot is { } snapshot)
            {
                await SaveAsync(feed, row, fetched with { Snapshot = snapshot with { BaseAddress = feed.Address } }, cancel);
            }

            return fetched.Snapshot is not null;
        }
        catch (LeaptAheadException e)
        {
            store.Marks.Quarantine(feed.Name, e.Index, e.Time);
            throw;
        }
    }

    private FeedSnapshot? UsableOrNull(Feed feed) =>
        catalog.Current(feed) is { } snapshot && FeedCatalog.IsCompleteFor(feed, snapshot) && catalog.IsIntact(snapshot) ? snapshot : null;

    // That nothing is new says nothing about who may vouch for it: a key may have been taken out of the keyring since.
    private async Task<bool> IsTrustedAsync(Feed feed, FeedSnapshot snapshot, CancellationToken cancel)
    {
        var why = await fetcher.WhyDistrustedAsync(feed, snapshot, cancel);
        catalog.Distrust(snapshot, why);
        return why is null;
    }

    private async Task<FeedRow> FetchAsync(Feed feed, CancellationToken cancel)
    {
        var row = store.Row(feed.Name);
        FeedSnapshot? current = null;
        try
        {
            current = await TrustedOrNullAsync(feed, cancel);
            _ = store.Marks.Of(feed.Name);
            // While an alarm stands the index is asked for whole: that nothing is new, whoever is on the way can say.
            var asked = row.Mark.Alarm is null ? row : row with { Validators = new Validators(null, null) };
            await SaveAsync(feed, row, await fetcher.FetchAsync(feed, asked, current, cancel), cancel);
        }
        catch (Exception e) when (FeedAttempts.IsFailure(e, cancel))
        {
            await FailedAsync(feed, row, current, e, cancel);
        }

        var now = store.Row(feed.Name);
        FeedLog.Alarm(log, feed.Name, row.Mark.Alarms, now.Mark.Alarms);
        return now;
    }

    // What approvals stand on is judged before anybody in the network is asked, who could keep us waiting; also where it is not usable for this fetch.
    private async Task<FeedSnapshot?> TrustedOrNullAsync(Feed feed, CancellationToken cancel)
    {
        var isTrusted = catalog.Current(feed) is { } snapshot && await IsTrustedAsync(feed, snapshot, cancel);
        // Where a person has let the feed go back, what is in use is measured anew as everything else.
        return isTrusted && store.Row(feed.Name).Mark.Rewound is null ? UsableOrNull(feed) : null;
    }

    private async Task FailedAsync(Feed feed, FeedRow row, FeedSnapshot? current, Exception e, CancellationToken cancel)
    {
        var now = time.GetUtcNow();
        var why = FeedAttempts.Why(feed.Name, e);
        // Only an archive's indices are found by more than the address.
        why = why.EndsWith(FeedException.CheckAddress, StringComparison.Ordinal) ? why + ", suite and components" : why;
        var message = why + store.Marks.Failed(feed.Name, e, () => row.SeenOf(feed.DatedBy) is null ? null : FeedMarks.Unsigned(row.LastSuccessAt, now));
        await store.Attempts.FailedAsync(feed.Name, message, row.Failures, now, cancel, (e as FeedException)?.Refused);
        FeedLog.Failed(log, feed.Name, e, message, current?.Time);
    }

    private async Task SaveAsync(Feed feed, FeedRow row, Fetched fetched, CancellationToken cancel)
    {
        if (fetched is not { Snapshot: { } snapshot, Lists: { } lists })
        {
            store.Marks.Used(feed, store.Row(feed.Name).SeenOf(feed.DatedBy), row.Mark.Rewound);
            await store.Attempts.UnchangedAsync(feed.Name, fetched.Validators, time.GetUtcNow(), cancel);
            log.LogInformation("Feed {Feed}: unchanged", feed.Name);
            return;
        }

        // The mark goes first: a crash between the two loses a snapshot that is fetched again, and never the mark.
        store.Marks.Used(feed, snapshot.Time, row.Mark.Rewound);
        catalog.Distrust(snapshot, null);
        await store.FetchedAsync(snapshot, fetched.Validators, cancel);
        catalog.Remember(snapshot, lists);
        log.LogInformation(
            "Feed {Feed}: snapshot of {Time:u} with {Packages} packages, {Refused} refused, {Digest}", feed.Name, snapshot.Time, snapshot.Packages, snapshot.Refused, snapshot.Index.Short);
    }
}
