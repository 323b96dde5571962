using System.Globalization;
using PatchFlow.Core.Advisories;
using PatchFlow.Server.Storage;

namespace PatchFlow.Server.Feeds;

/// <summary>
/// Carries feeds of vendors' documents across an air gap. What is exported is what was answered, as it came: kept since the last fetch that went well, or
/// fetched where it is not kept; what is imported takes that way once more, with the archive's answers instead of the vendor's.
/// </summary>
internal sealed class AdvisoryBundles(
    FeedList feeds, AdvisoryStore store, FeedStore marks, AdvisoryFetches fetches, AdvisoryFetcher fetcher, FeedFolders folders, FeedLimits limits, TimeProvider time, ILogger<AdvisoryBundles> log)
{
    private const string Head = "patchflow-feed v1";
    private const string About = "feed";
    private const string At = "answered ";
    private const int MostAboutBytes = 16 << 10;

    /// <summary>The most files that an archive has: each document with what stands beside it or does not, at each place that is looked at.</summary>
    public int MostFiles => 6 * limits.ListedDocuments;

    /// <summary>The most bytes of an archive.</summary>
    public static long MostBytes(FeedLimits limits) => limits.RemoteBytes + limits.IndexBytes;

    /// <summary>Writes the answers of the feed as an archive; the feed itself stays as it is.</summary>
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

        var folder = folders.BeginImport(feed.Name);
        try
        {
            var answered = await AnsweredAsync(feed, folder, cancel);
            await File.WriteAllLinesAsync(Path.Combine(folder, About), [Head, $"kind {feed.KindName}", $"address {feed.Address.AbsoluteUri}", $"{At}{answered.UtcDateTime:O}"], cancel);
            await FeedBundle.WriteAsync(Directory.EnumerateFiles(folder).Select(path => (Path.GetFileName(path), (Func<Stream>)(() => File.OpenRead(path)))), answered, to, cancel);
            return true;
        }
        finally
        {
            FeedFolders.Remove(folder);
            await store.ClearAsync(feed.Name, CancellationToken.None);
        }
    }

    private async Task<DateTimeOffset> AnsweredAsync(AdvisoryFeed feed, string folder, CancellationToken cancel)
    {
        var (row, kept) = (store.Row(feed.Name), fetcher.Answers(feed, store.Row(feed.Name)));
        if (await KeptAsync(feed, row, kept, folder, cancel) is not { } lack)
        {
            return kept.AnsweredAt!.Value;
        }

        log.LogWarning("Feed {Feed}: {Lack}: its source is asked for the export", feed.Name, lack);
        try
        {
            return await MixedAsync(feed, row, kept, folder, cancel) ?? await AskedAsync(feed, row, folder, cancel);
        }
        catch (FeedException e)
        {
            throw new FeedException(e.Fault, $"{lack}, so the source of feed {feed.Name} was asked for the export: {e.Message}", e);
        }
    }

    // What is in use, as it came: nobody is asked. Else which of it is not kept.
    private async Task<string?> KeptAsync(AdvisoryFeed feed, AdvisoryFeedRow row, KeptAnswers kept, string folder, CancellationToken cancel)
    {
        if (marks.Marks.Of(feed.Name).Rewound is { } to)
        {
            return $"a person has let it go back to {to:u} and nothing came since, so that what is in use is not carried on";
        }

        if (kept.AnsweredAt is null)
        {
            return feed.KeepBytes == 0 ? "its keepMegabytes is 0, so that no answer is kept" : "the answers that what is in use was read from are not kept";
        }

        using var way = FeedTransport.OfKept(kept, null, limits, folder, out var first);
        string? away = null;
        try
        {
            away = await fetcher.With(way, isAnew: true, null).AskAsync(feed, row, cancel);
        }
        catch (FeedException) when (first.Lacking is not null)
        {
            // That it could not be read goes back to what is not kept.
        }

        return first.Lacking is { } lacking ? $"what {lacking} answered is not kept{(kept.WasFull ? ", since all are more than the feed's keepMegabytes" : " as it came")}"
            : away is null ? null
            : throw Lacking(feed, away);
    }

    // What is kept need not be asked for, as long as the rest fits it.
    private async Task<DateTimeOffset?> MixedAsync(AdvisoryFeed feed, AdvisoryFeedRow row, KeptAnswers kept, string folder, CancellationToken cancel)
    {
        if (kept.AnsweredAt is null || marks.Marks.Of(feed.Name).Rewound is not null)
        {
            return null;
        }

        try
        {
            Renew(folder);
            using var source = new FeedTransport(feeds, limits);
            using var way = FeedTransport.OfKept(kept, source, limits, folder, out _);
            var look = await fetcher.With(way, isAnew: true, null).FetchAsync(feed, row, cancel);
            return look is { Away: null, Snapshot: { } all } && IsNoWorse(all.RefusedAndNoted(), store.RefusedAndNoted(feed.Name)) ? kept.AnsweredAt : null;
        }
        catch (FeedException e)
        {
            log.LogWarning("Feed {Feed}: what is kept does not fit what its source has now ({Reason}): all of it is fetched anew for the export", feed.Name, e.Message);
            return null;
        }
    }

    // More of either than is in use says that the rest is not of what is kept.
    private static bool IsNoWorse((long Refused, long Noted) mixed, (long Refused, long Noted) inUse) => mixed.Refused <= inUse.Refused && mixed.Noted <= inUse.Noted;

    private async Task<DateTimeOffset> AskedAsync(AdvisoryFeed feed, AdvisoryFeedRow row, string folder, CancellationToken cancel)
    {
        Renew(folder);
        var begun = time.GetUtcNow();
        using var recording = new FeedTransport(feeds, limits) { RecordTo = folder };
        return (await fetcher.With(recording, isAnew: true, null).FetchAsync(feed, row, cancel)).Away is { } away ? throw Lacking(feed, away) : begun;
    }

    private static void Renew(string folder) => Array.ForEach(Directory.GetFiles(folder), File.Delete);

    // Whoever takes it in can't ask for the rest. What the lists have wrong is as wrong there, and is said there.
    private static FeedException Lacking(AdvisoryFeed feed, string away) => new(FeedFault.Truncated,
        $"not all of feed {feed.Name} can be had ({away}): an archive of it would lack that; export it when all can be had, or tell the vendor what its list has wrong");

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

            throw e is FeedException || DiskTrouble.Is(e) ? e : new FeedException(FeedFault.Malformed, FeedAttempts.Why(feed.Name, e), e);
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
