using System.Collections.Concurrent;

namespace PatchFlow.Server.Feeds;

/// <summary>Fetches feeds of vendors' documents one at a time each, and records how it went. A failure is recorded and never thrown: the last good snapshot stays in use.</summary>
internal sealed class AdvisoryFetches(FeedList feeds, AdvisoryStore store, AdvisoryFetcher fetcher, RpmRepositories repositories, TimeProvider time, ILogger<AdvisoryFetches> log)
{
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _oneEach = new(StringComparer.Ordinal);

    /// <summary>Fetches the feed now. Answers how it stands afterwards; a next attempt is set where it failed.</summary>
    /// <exception cref="KeyNotFoundException">There is no such feed.</exception>
    public async Task<AdvisoryFeedRow> FetchAsync(string name, CancellationToken cancel)
    {
        var feed = feeds.FindAdvisories(name) ?? throw new KeyNotFoundException($"there is no feed '{name}': see 'patchflow feeds'");
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

    private async Task FetchAsync(AdvisoryFeed feed, CancellationToken cancel)
    {
        var row = store.Row(feed.Name);
        try
        {
            var (validators, snapshot) = await fetcher.FetchAsync(feed, row, cancel);
            // The mark goes first: a crash between the two loses a snapshot that is fetched again, and never the mark.
            repositories.Used(feed, row, snapshot);
            if (snapshot is null)
            {
                await store.UnchangedAsync(feed.Name, validators, time.GetUtcNow(), cancel);
                log.LogInformation("Feed {Feed}: unchanged", feed.Name);
                return;
            }

            var sequence = await store.PublishAsync(snapshot, cancel);
            log.LogInformation(
                "Feed {Feed}: snapshot {Sequence} of {Documents} documents, {Refused} parts refused, {Digest}",
                feed.Name, sequence, snapshot.Documents.Count, snapshot.Refused.Count, snapshot.Digest.Short);
        }
        catch (Exception e) when (!(e is OperationCanceledException && cancel.IsCancellationRequested) && e is not OutOfMemoryException)
        {
            var now = time.GetUtcNow();
            var message = e is FeedException ? e.Message
                : e is IOException or UnauthorizedAccessException ? $"feed {feed.Name} can't be kept ({e.Message}): look at the space and the rights of the data directory"
                : $"feed {feed.Name} can't be fetched ({e.GetType().Name}: {e.Message}): what it answers is not understood; see the log";
            repositories.Failed(feed, row, e);
            await store.ClearAsync(feed.Name, cancel);
            await store.FailedAsync(feed.Name, message, now, now + FeedFetches.DelayAfter(row.Failures + 1), cancel);
            log.LogError(e is FeedException ? null : e, "Feed {Feed}: {Message}. The snapshot of {Snapshot} stays in use", feed.Name, message, row.FetchedAt);
        }
    }
}
