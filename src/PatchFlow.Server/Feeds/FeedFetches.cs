using System.Collections.Concurrent;

namespace PatchFlow.Server.Feeds;

/// <summary>Fetches feeds one at a time each, and records how it went. A failure is recorded and never thrown: the last good snapshot stays in use.</summary>
internal sealed class FeedFetches(FeedList feeds, FeedStore store, FeedCatalog catalog, AptFetcher fetcher, TimeProvider time, ILogger<FeedFetches> log)
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMinutes(1), LongestDelay = TimeSpan.FromHours(1);
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _oneEach = new(StringComparer.Ordinal);

    /// <summary>Fetches the feed now. Answers how it stands afterwards; a next attempt is set where it failed.</summary>
    /// <exception cref="KeyNotFoundException">There is no such feed.</exception>
    public async Task<FeedRow> FetchAsync(string name, CancellationToken cancel)
    {
        var feed = feeds.Find(name) ?? throw new KeyNotFoundException($"there is no feed '{name}': see 'patchflow feeds'");
        var gate = _oneEach.GetOrAdd(name, _ => new SemaphoreSlim(1, 1));
        await gate.WaitAsync(cancel);
        try
        {
            await FetchAsync(feed, cancel);
            return store.Row(name);
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>
    /// Takes a snapshot from a folder that is laid out as the feed's archive: verified as a fetch is, against the feed's own keyring and
    /// marks. Answers whether it was new.
    /// </summary>
    /// <exception cref="KeyNotFoundException">There is no such feed.</exception>
    /// <exception cref="FeedException">It was refused; the last good snapshot stays, and the feed stands as before.</exception>
    public async Task<bool> ImportAsync(string name, string folder, CancellationToken cancel)
    {
        var feed = feeds.Find(name) ?? throw new KeyNotFoundException($"there is no feed '{name}': see 'patchflow feeds'");
        var gate = _oneEach.GetOrAdd(name, _ => new SemaphoreSlim(1, 1));
        await gate.WaitAsync(cancel);
        try
        {
            var row = store.Row(name);
            _ = store.Marks.Of(name);
            var current = await TrustedOrNullAsync(feed, cancel);
            var fetched = await fetcher.FetchAsync(feed with { Address = new Uri($"file://{folder}/") }, row, current, cancel);
            if (fetched.Snapshot is { } snapshot)
            {
                await SaveAsync(feed, fetched with { Snapshot = snapshot with { BaseAddress = feed.Address } }, cancel);
            }

            return fetched.Snapshot is not null;
        }
        catch (LeaptAheadException e)
        {
            store.Marks.Quarantine(name, e.Index, e.Time);
            throw;
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>How long to wait after so many failures in a row.</summary>
    internal static TimeSpan DelayAfter(long failures) =>
        TimeSpan.FromTicks(Math.Min(LongestDelay.Ticks, FirstDelay.Ticks << (int)Math.Min(failures - 1, 10)));

    private FeedSnapshot? UsableOrNull(Feed feed) =>
        catalog.Current(feed) is { } snapshot && FeedCatalog.IsCompleteFor(feed, snapshot) && catalog.IsIntact(snapshot) ? snapshot : null;

    // That nothing is new says nothing about who may vouch for it: a key may have been taken out of the keyring since.
    private async Task<bool> IsTrustedAsync(Feed feed, FeedSnapshot snapshot, CancellationToken cancel)
    {
        var why = await fetcher.WhyDistrustedAsync(feed, snapshot, cancel);
        catalog.Distrust(snapshot, why);
        return why is null;
    }

    private async Task FetchAsync(Feed feed, CancellationToken cancel)
    {
        var row = store.Row(feed.Name);
        FeedSnapshot? current = null;
        try
        {
            current = await TrustedOrNullAsync(feed, cancel);
            _ = store.Marks.Of(feed.Name);
            // While an alarm stands the index is asked for whole: that nothing is new, whoever is on the way can say.
            var asked = row.Mark?.Alarm is null ? row : row with { Validators = new Validators(null, null) };
            await SaveAsync(feed, await fetcher.FetchAsync(feed, asked, current, cancel), cancel);
        }
        catch (Exception e) when (!(e is OperationCanceledException && cancel.IsCancellationRequested) && e is not OutOfMemoryException)
        {
            await FailedAsync(feed, row, current, e, cancel);
        }
    }

    // What approvals stand on is judged before anybody in the network is asked, who could keep us waiting; also where it is not usable for this fetch.
    private async Task<FeedSnapshot?> TrustedOrNullAsync(Feed feed, CancellationToken cancel)
    {
        var isTrusted = catalog.Current(feed) is { } snapshot && await IsTrustedAsync(feed, snapshot, cancel);
        return isTrusted ? UsableOrNull(feed) : null;
    }

    private async Task FailedAsync(Feed feed, FeedRow row, FeedSnapshot? current, Exception e, CancellationToken cancel)
    {
        var (message, now) = (WhyFailed(feed, e), time.GetUtcNow());
        try
        {
            Mark(feed.Name, row, e, now);
        }
        catch (Exception marking) when (marking is FeedException or IOException or UnauthorizedAccessException)
        {
            message = $"{message}; and the feeds' marks can't be kept ({marking.Message})";
        }

        await store.FailedAsync(feed.Name, message, now, now + DelayAfter(row.Failures + 1), cancel);
        log.LogError(e is FeedException ? null : e, "Feed {Feed}: {Message}. The snapshot of {Snapshot} stays in use", feed.Name, message, current?.Time);
    }

    // Whatever a vendor's bytes or this program's own fault bring about, the feed has failed and says so.
    private static string WhyFailed(Feed feed, Exception e) => e switch
    {
        FeedException => e.Message,
        IOException or UnauthorizedAccessException or InvalidDataException =>
            $"feed {feed.Name} can't be kept ({e.Message}): look at the space and the rights of the data directory",
        _ => $"feed {feed.Name} can't be fetched ({e.GetType().Name}: {e.Message}): what it answers is not understood; see the log",
    };

    private void Mark(string feed, FeedRow row, Exception e, DateTimeOffset now)
    {
        if (e is LeaptAheadException leap)
        {
            store.Marks.Quarantine(feed, leap.Index, leap.Time);
        }
        else if (e is FeedException { Fault: FeedFault.Unsigned } && row.Mark is { HighWater: not null, Alarm: null })
        {
            store.Marks.Alarm(feed, $"it was signed until {row.LastSuccessAt:u} and is not since {now:u}: the archive or the way to it is in other hands, or broken; ask the vendor");
        }
    }

    private async Task SaveAsync(Feed feed, Fetched fetched, CancellationToken cancel)
    {
        if (fetched is not { Snapshot: { } snapshot, Lists: { } lists })
        {
            store.Marks.Used(feed.Name, store.Row(feed.Name).HighWater ?? DateTimeOffset.MinValue);
            await store.UnchangedAsync(feed.Name, fetched.Validators, time.GetUtcNow(), cancel);
            log.LogInformation("Feed {Feed}: unchanged", feed.Name);
            return;
        }

        // The mark goes first: a crash between the two loses a snapshot that is fetched again, and never the mark.
        store.Marks.Used(feed.Name, snapshot.Time);
        catalog.Distrust(snapshot, null);
        await store.FetchedAsync(snapshot, fetched.Validators, cancel);
        catalog.Remember(snapshot, lists);
        log.LogInformation(
            "Feed {Feed}: snapshot of {Time} with {Packages} packages, {Refused} refused, {Digest}", feed.Name, snapshot.Time, snapshot.Packages, snapshot.Refused, snapshot.Index.Short);
    }
}
