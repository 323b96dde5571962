using System.Collections.Concurrent;
using PatchFlow.Core.Advisories;
using PatchFlow.Core.Documents;

namespace PatchFlow.Server.Feeds;

/// <summary>What a fetch found: a new snapshot with its lists, or nothing new.</summary>
internal sealed record Fetched(FeedSnapshot? Snapshot, FetchedLists? Lists, Validators Validators);

/// <summary>
/// Fetches a suite: the signed index, its signature, its claims, then the package indices that it lists. Each step trusts only what the step
/// before it proved; nothing is visible to others before the last.
/// </summary>
internal sealed class AptFetcher(FeedTransport transport, FeedFolders folders, FeedLimits limits, TimeProvider time)
{
    private static readonly TimeSpan VerifiedAgainAfter = TimeSpan.FromDays(1);
    private readonly SignedIndices _signed = new(transport, limits);
    private readonly ListFetcher _lists = new(transport, limits);
    private readonly ConcurrentDictionary<string, (Digest Index, Digest Keys, DateTimeOffset At)> _verified = new(StringComparer.Ordinal);

    /// <summary>Fetches the feed. <paramref name="current"/> is the snapshot in use, if it is complete for this configuration.</summary>
    /// <exception cref="FeedException">It was refused.</exception>
    public async Task<Fetched> FetchAsync(Feed feed, FeedRow row, FeedSnapshot? current, CancellationToken cancel)
    {
        var work = folders.Begin(feed.Name);
        try
        {
            // The keys are looked at before they are used: one that is taken out meanwhile is noticed the next time.
            var (keys, now) = (Keyring.DigestOf(feed.Keyrings), time.GetUtcNow());
            var progress = new FeedProgress(feed.Name, row.SeenOf(feed.DatedBy), row.Mark, now);
            await using var begun = new Begun();
            var signed = await _signed.FetchAsync(feed, row, current, work, text => begun.Lists = Begin(feed, text, current, work, cancel), cancel);
            if (signed.Text is null)
            {
                progress.RefuseWentBack($"{signed.Address}", current!.Time);
                RefuseExpired(signed.Address, current.Time, current.ValidUntil, feed.MaxAge);
                return new Fetched(null, null, signed.Validators);
            }

            var release = Read(feed, signed.Address, signed.Text);
            progress.RefuseLeap($"{signed.Address}", signed.Digest, release.Date);
            progress.RefuseWentBack($"{signed.Address}", release.Date);
            RefuseExpired(signed.Address, release.Date, release.ValidUntil, feed.MaxAge);
            var lists = await _lists.FetchAsync(feed, release, current, work, begun.Lists, cancel);
            _verified[feed.Name] = (signed.Digest, keys, now);
            return new Fetched(Published(feed, release, signed, work, lists), lists, signed.Validators);
        }
        finally
        {
            FeedFolders.Remove(work);
        }
    }

    /// <summary>
    /// Why a snapshot that is kept may not be used any more, since no key that is trusted now has signed it, or that can't be found out; null
    /// where one has. With the same keys and the same snapshot it is found out once a day: a key that expires is noticed so, one that is taken out
    /// of the keyring at once.
    /// </summary>
    public async Task<string?> WhyDistrustedAsync(Feed feed, FeedSnapshot snapshot, CancellationToken cancel)
    {
        var work = "";
        try
        {
            var (keys, now) = (Keyring.DigestOf(feed.Keyrings), time.GetUtcNow());
            if (_verified.TryGetValue(feed.Name, out var seen) && seen.Index == snapshot.Index && seen.Keys == keys && now >= seen.At && now < seen.At + VerifiedAgainAfter)
            {
                return null;
            }

            work = folders.Begin(feed.Name);
            await SignedIndices.VerifyKeptAsync(feed, snapshot, work, cancel);
            _verified[feed.Name] = (snapshot.Index, keys, now);
            return null;
        }
        catch (Exception e) when (e is FeedException or IOException or UnauthorizedAccessException)
        {
            return $"the snapshot of feed {feed.Name} in use is not trusted any more: {e.Message}";
        }
        finally
        {
            FeedFolders.Remove(work);
        }
    }

    private ListHeadStart? Begin(Feed feed, byte[] unverified, FeedSnapshot? current, string work, CancellationToken cancel) =>
        current is not null && AptReleaseParser.TryParse(unverified, out var release, out _) ? _lists.Begin(feed, release, current, work, cancel) : null;

    private FeedSnapshot Published(Feed feed, AptRelease release, SignedIndex signed, string work, FetchedLists lists) => new(
        feed.Name,
        feed.Suite,
        feed.Security,
        release.Date,
        signed.Digest,
        release.ValidUntil,
        time.GetUtcNow(),
        folders.Publish(feed.Name, signed.Digest, work, [.. lists.Lists.SelectMany(l => l.Files), .. signed.Files]),
        feed.Address,
        feed.MaxAge,
        lists.Index.Count,
        lists.Index.RefusedCount);

    private static AptRelease Read(Feed feed, Uri address, byte[] text)
    {
        if (!AptReleaseParser.TryParse(text, out var release, out var problem))
        {
            throw new FeedException(FeedFault.Malformed, $"{address} is signed, but not a release: {problem}; tell the vendor");
        }

        // The suite squeeze/updates is named squeeze, as apt knows as well. Flat repositories often have no name.
        var expected = feed.Suite.LastIndexOf('/') is > 0 and var slash ? feed.Suite[..slash] : feed.Suite;
        string[] names = [release.Codename, release.Suite];
        if (!feed.IsFlat && !names.Contains(feed.Suite) && !names.Contains(expected))
        {
            throw new FeedException(FeedFault.WrongSuite, $"{address} is of suite '{release.Suite}' with codename '{release.Codename}', not of '{feed.Suite}': "
                + "another suite was served in its place; check the mirror, or correct the feed's suite");
        }

        return release;
    }

    private void RefuseExpired(Uri address, DateTimeOffset date, DateTimeOffset? validUntil, TimeSpan maxAge)
    {
        var now = time.GetUtcNow();
        if (now > (validUntil ?? date + maxAge))
        {
            throw new FeedException(FeedFault.Expired, validUntil is { } until
                ? $"{address} was valid until {until:u} and is past that: the mirror has stopped updating, or this machine's clock is wrong; use another mirror"
                : $"{address} is of {date:u}, older than the {maxAge.TotalHours:0} hours that it may be: use another mirror, or raise the feed's maxAgeHours");
        }
    }

    /// <summary>What was begun before it was known whether it is needed.</summary>
    private sealed class Begun : IAsyncDisposable
    {
        public ListHeadStart? Lists { get; set; }

        public ValueTask DisposeAsync() => Lists?.DisposeAsync() ?? ValueTask.CompletedTask;
    }
}
