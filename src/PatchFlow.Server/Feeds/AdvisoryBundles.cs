using System.Globalization;
using PatchFlow.Core.Advisories;

namespace PatchFlow.Server.Feeds;

/// <summary>
/// Carries feeds of vendors' documents across an air gap. Only what was read is kept of documents, so what is exported is fetched anew, by the same way
/// and rules; what is imported takes that way once more, with the archive's answers instead of the vendor's.
/// </summary>
internal sealed class AdvisoryBundles(
    FeedList feeds, AdvisoryStore store, FeedStore marks, AdvisoryFetches fetches, AdvisoryFetcher fetcher, FeedFolders folders, FeedLimits limits, TimeProvider time)
{
    private const string Head = "patchflow-feed v1";
    private const string About = "feed";
    private const string At = "answered ";
    private const int MostAboutBytes = 16 << 10;

    /// <summary>The most files that an archive has: each document with what stands beside it or does not, at each place that is looked at.</summary>
    public int MostFiles => 6 * limits.ListedDocuments;

    /// <summary>The most bytes of an archive.</summary>
    public static long MostBytes(FeedLimits limits) => limits.RemoteBytes + limits.IndexBytes;

    /// <summary>Fetches all of the feed and writes it as an archive; the feed itself stays as it is.</summary>
    /// <exception cref="FeedException">It is refused, or can't be had.</exception>
    public Task<bool> ExportAsync(AdvisoryFeed feed, Stream to, CancellationToken cancel) => fetches.OneAtATimeAsync(feed, () => WriteAsync(feed, to, cancel), cancel);

    /// <summary>Takes an archive that was extracted into a folder: verified as a fetch is, against the feed's own keyring and marks. Answers whether it was new.</summary>
    /// <exception cref="FeedException">It was refused; the last good snapshot stays, and the feed stands as before.</exception>
    public Task<bool> ImportAsync(AdvisoryFeed feed, string folder, CancellationToken cancel) => fetches.OneAtATimeAsync(feed, () => ReadAsync(feed, folder, cancel), cancel);

    private async Task<bool> WriteAsync(AdvisoryFeed feed, Stream to, CancellationToken cancel)
    {
        if (feed.Address.IsFile)
        {
            throw new FeedException(FeedFault.Local, $"feed {feed.Name} is read from {feed.Address.LocalPath} on this machine: carry that across as it is, and give the feed there a file address");
        }

        var (folder, begun) = (folders.BeginImport(feed.Name), time.GetUtcNow());
        try
        {
            using var recording = new FeedTransport(feeds, limits) { RecordTo = folder };
            RefuseLack(feed, await fetcher.With(recording, isAnew: true, null).FetchAsync(feed, store.Row(feed.Name), cancel));
            await File.WriteAllLinesAsync(Path.Combine(folder, About), [Head, $"kind {feed.KindName}", $"address {feed.Address.AbsoluteUri}", $"{At}{begun.UtcDateTime:O}"], cancel);
            await FeedBundle.WriteAsync(Directory.EnumerateFiles(folder).Select(path => (Path.GetFileName(path), (Func<Stream>)(() => File.OpenRead(path)))), begun, to, cancel);
            return true;
        }
        finally
        {
            FeedFolders.Remove(folder);
            await store.ClearAsync(feed.Name, CancellationToken.None);
        }
    }

    // Whoever takes it in can't ask for the rest.
    private static void RefuseLack(AdvisoryFeed feed, AdvisoryLook look)
    {
        if (look.Lack is { } lack)
        {
            throw new FeedException(FeedFault.Truncated, $"not all of feed {feed.Name} can be had ({lack}): an archive of it would lack that; "
                + "export it when all can be had, or tell the vendor what its list has wrong");
        }
    }

    private async Task<bool> ReadAsync(AdvisoryFeed feed, string folder, CancellationToken cancel)
    {
        try
        {
            var row = store.Row(feed.Name);
            var answered = Answered(feed, row, folder);
            using var carried = FeedTransport.OfArchive(folder, limits);
            var look = await fetcher.With(carried, isAnew: false, answered).FetchAsync(feed, row, cancel);
            await fetches.SaveAsync(feed, row, look, answered, cancel);
            return look.Snapshot is not null;
        }
        catch (Exception e) when (FeedAttempts.IsFailure(e, cancel))
        {
            if (e is LeaptAheadException leap)
            {
                marks.Marks.Quarantine(feed.Name, leap.Index, leap.Time);
            }

            throw e as FeedException ?? new FeedException(FeedFault.Malformed, FeedAttempts.Why(feed.Name, e), e);
        }
        finally
        {
            await store.ClearAsync(feed.Name, CancellationToken.None);
        }
    }

    // What has no date is ordered by when it was fetched; whoever carries it could alter that as all else that is not signed.
    private DateTimeOffset Answered(AdvisoryFeed feed, AdvisoryFeedRow row, string folder)
    {
        var path = Path.Combine(folder, About);
        string[] lines = File.Exists(path) && new FileInfo(path).Length <= MostAboutBytes ? File.ReadAllLines(path) : [];
        if (lines is not [Head, var kind, var address, var answered]
            || !answered.StartsWith(At, StringComparison.Ordinal) || !DateTimeOffset.TryParseExact(answered.AsSpan(At.Length), "O", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at))
        {
            throw new FeedException(FeedFault.Malformed, $"the archive is none of vendors' documents: make it with 'patchflow feeds export {feed.Name} FILE' on a server that has the same feed");
        }

        if (kind != $"kind {feed.KindName}" || address != $"address {feed.Address.AbsoluteUri}")
        {
            throw new FeedException(FeedFault.WrongSuite, $"the archive is of another feed ({AptGrammar.Shown(kind)}, {AptGrammar.Shown(address)}): "
                + $"give the feed {feed.Name} here the kind and the address that it has there, or export one with those that it has here, {feed.KindName} and {feed.Address.AbsoluteUri}");
        }

        var now = time.GetUtcNow();
        return at < row.LastSuccessAt
            ? throw new FeedException(FeedFault.WentBack, $"the archive was made at {at:u}, and feed {feed.Name} answered at {row.LastSuccessAt:u} already: a feed never goes back; carry a newer one{FeedProgress.OrBeginAnew}")
            : at > now ? now : at;
    }
}
