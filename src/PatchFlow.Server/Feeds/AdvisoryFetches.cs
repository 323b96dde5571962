using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;
using PatchFlow.Server.Storage;

namespace PatchFlow.Server.Feeds;

/// <summary>Fetches feeds of vendors' documents one at a time each, and records how it went. A failure is recorded and never thrown: the last good snapshot stays in use.</summary>
internal sealed class AdvisoryFetches(FeedList feeds, AdvisoryStore store, FeedStore marks, AdvisoryFetcher fetcher, TimeProvider time, ILogger<AdvisoryFetches> log)
{
    private readonly FeedGates _gates = new(marks);
    private readonly ConcurrentDictionary<string, bool> _tooSlow = new(StringComparer.Ordinal);

    /// <summary>Fetches the feed now. Answers how it stands afterwards; a next attempt is set where it failed.</summary>
    /// <exception cref="KeyNotFoundException">There is no such feed.</exception>
    public async Task<AdvisoryFeedRow> FetchAsync(string name, CancellationToken cancel)
    {
        var feed = feeds.FindAdvisories(name) ?? throw new KeyNotFoundException($"there is no feed '{name}': see 'patchflow feeds'");
        try
        {
            return await _gates.OneAtATimeAsync(name, () => FetchAsync(feed, cancel), cancel);
        }
        catch (Exception e) when (FeedAttempts.IsFailure(e, cancel))
        {
            // That its turn could not be had is a failure of the feed as any other. What another has put aside in its turn is not touched.
            await FailedAsync(feed, store.Row(name), e, null, cancel);
            return store.Row(name);
        }
    }

    private async Task<AdvisoryFeedRow> FetchAsync(AdvisoryFeed feed, CancellationToken cancel)
    {
        var (row, alarm, began, course) = (store.Row(feed.Name), marks.Row(feed.Name).Mark.Alarms, time.GetTimestamp(), new FetchCourse());
        try
        {
            row = await ReadAnewAsync(feed, row, began, cancel);
            await SaveAsync(feed, row, await fetcher.FetchAsync(feed, row, cancel, time.GetElapsedTime(began), course), time.GetUtcNow(), cancel);
        }
        catch (Exception e) when (FeedAttempts.IsFailure(e, cancel))
        {
            await TryClearAsync(feed, cancel);
            await FailedAsync(feed, row, e, course.RefusedBefore(e), cancel);
        }

        FeedLog.Alarm(log, feed.Name, alarm, marks.Row(feed.Name).Mark.Alarms);
        return store.Row(feed.Name);
    }

    // What other readers have read is read anew before anybody is asked, so that it is right also while the vendor is away; what is not kept, the fetch asks for.
    private async Task<AdvisoryFeedRow> ReadAnewAsync(AdvisoryFeed feed, AdvisoryFeedRow row, long began, CancellationToken cancel)
    {
        if (!row.IsOfOtherReaders)
        {
            return row;
        }

        // To ask for all takes longer than to read what is kept: where that took too long, the next turn is for the other alone.
        if (_tooSlow.TryRemove(feed.Name, out _))
        {
            log.LogInformation("Feed {Feed}: what is kept of it took too long to read anew: all of it is asked for, with the time of a whole turn", feed.Name);
            return row;
        }

        log.LogInformation("Feed {Feed}: what is in use was read by another version of PatchFlow: it is read anew, from what is kept of it", feed.Name);
        try
        {
            if (await fetcher.ReadKeptAsync(feed, row, cancel) is { } snapshot)
            {
                var sequence = await store.PublishAsync(snapshot, cancel);
                var left = snapshot.Documents.Count(d => d.EarlierDigest is not null);
                log.LogInformation("Feed {Feed}: it was read anew as snapshot {Sequence}: {Gone} records are gone, {Left} documents are not kept and asked for", feed.Name, sequence, snapshot.Gone.Count, left);
                return store.Row(feed.Name);
            }

            log.LogInformation("Feed {Feed}: it is not kept: all of it is asked for, to be read anew", feed.Name);
        }
        catch (Exception e) when (e is FeedException or IOException or UnauthorizedAccessException)
        {
            log.LogWarning("Feed {Feed}: what is kept of what is in use can't be read any more ({Reason}): all of it is asked for", feed.Name, e.Message);
        }

        if (time.GetElapsedTime(began) >= fetcher.KeptTime)
        {
            _tooSlow[feed.Name] = true;
        }

        return row;
    }

    // The next fetch clears it too, before it puts anything aside: that it can't be done now is not why this one failed.
    private async Task TryClearAsync(AdvisoryFeed feed, CancellationToken cancel)
    {
        try
        {
            await store.ClearAsync(feed.Name, cancel);
        }
        catch (SqliteException e)
        {
            log.LogWarning("Feed {Feed}: what it has put aside can't be thrown away yet, since {Reason}", feed.Name, DiskTrouble.Why(e));
        }
    }

    private async Task FailedAsync(AdvisoryFeed feed, AdvisoryFeedRow row, Exception e, FailedParts? refused, CancellationToken cancel)
    {
        var message = FeedAttempts.Why(feed.Name, e) + marks.Marks.Failed(feed.Name, e, () => AlarmOf(feed, row));
        await store.Attempts.FailedAsync(feed.Name, message, row.Failures, time.GetUtcNow(), cancel, refused);
        FeedLog.Failed(log, feed.Name, e, message, row.FetchedAt);
    }

    /// <summary>Runs something of a feed when nothing else is under way for it.</summary>
    public Task<T> OneAtATimeAsync<T>(AdvisoryFeed feed, Func<Task<T>> runAsync, CancellationToken cancel) => _gates.OneAtATimeAsync(feed.Name, runAsync, cancel);

    /// <summary>Keeps what a look has found, and how far the feed has come with it.</summary>
    public async Task SaveAsync(AdvisoryFeed feed, AdvisoryFeedRow row, AdvisoryLook look, DateTimeOffset answeredAt, CancellationToken cancel)
    {
        look.Answers?.Prepare(look.Snapshot?.Digest, answeredAt);
        // The mark goes first: a crash between the two loses a snapshot that is fetched again, and never the mark.
        marks.Marks.Used(feed, look.Snapshot is { } used ? used.Time : row.Time, look.Lists, look.Rewound);
        if (feed.Keyrings.IsEmpty || look.Signatures is not null)
        {
            marks.Marks.Signed(feed, look.Signatures, time.GetUtcNow(), store.RefusedDocuments(feed.Name), names => AlarmOf(feed, row, names));
        }

        if (look.Snapshot is not { } snapshot)
        {
            await store.Attempts.UnchangedAsync(feed.Name, look.Validators, answeredAt, cancel);
            Keep(feed, look);
            log.LogInformation("Feed {Feed}: unchanged", feed.Name);
            return;
        }

        var sequence = await store.PublishAsync(snapshot, cancel);
        Keep(feed, look);
        var (refused, noted) = store.RefusedAndNoted(feed.Name);
        log.LogInformation(
            "Feed {Feed}: snapshot {Sequence} of {Documents} documents, {Refused} parts refused, {Noted} noted, {Digest}",
            feed.Name, sequence, snapshot.Documents.Count, refused, noted, snapshot.Digest.Short);
    }

    // After the snapshot: what was prepared names it, and is as good as kept where a crash comes between the two.
    private void Keep(AdvisoryFeed feed, AdvisoryLook look)
    {
        try
        {
            look.Answers?.Commit();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log.LogWarning("Feed {Feed}: what it answered could not be tidied up ({Reason}): the next fetch does it; look at the rights of the data directory", feed.Name, e.Message);
        }

        if (look.Answers is { IsFull: true, WasFull: false })
        {
            log.LogWarning("Feed {Feed}: not all that it answers is kept, which is more than {Bytes} bytes: an export asks the vendor for the rest; raise the feed's keepMegabytes", feed.Name, feed.KeepBytes);
        }
    }

    private string? AlarmOf(AdvisoryFeed feed, AdvisoryFeedRow row, IReadOnlyCollection<string>? names = null) =>
        feed.WasSigned(row, marks.Marks.Of(feed.Name)) ? FeedMarks.Unsigned(row.LastSuccessAt, time.GetUtcNow(), names) : null;
}
