using PatchFlow.Core.Advisories;
using PatchFlow.Core.Documents;

namespace PatchFlow.Server.Feeds;

/// <summary>The index of a repository of rpm as it was fetched, and vouched for as the feed asks.</summary>
/// <param name="Base">The address of the repository that answered.</param>
/// <param name="Repomd">What it says; null where it is that of the snapshot in use.</param>
/// <param name="Digest">The digest of its raw bytes.</param>
/// <param name="Validators">For the next time.</param>
internal sealed record RpmIndex(Uri Base, Repomd? Repomd, Digest Digest, Validators Validators)
{
    /// <summary>Its address.</summary>
    public Uri Address => new(Base, RpmIndices.Path);

    /// <summary>Its date; null where it has none that can be read. What these readers find in the very index that is in use takes back nothing of how far others have read that it had come.</summary>
    /// <param name="inUse">The snapshot in use; null where it measures nothing.</param>
    public DateTimeOffset? TimeAfter(AdvisoryFeedRow? inUse) => Digest == inUse?.Snapshot ? FeedProgress.Later(Repomd?.Time, inUse.Time) : Repomd?.Time;
}

/// <summary>
/// Fetches <c>repodata/repomd.xml</c>. What vouches for it (a detached signature beside it, a checksum in a list of mirrors) is looked at before
/// anything in it is read, and the bytes that were vouched for are those that are read.
/// </summary>
internal sealed class RpmIndices(FeedTransport transport, FeedLimits limits)
{
    internal const string Path = "repodata/repomd.xml";
    private const long SignatureBytes = 1 << 20;
    private const long MetalinkBytes = 4 << 20;

    /// <summary>The index of the feed.</summary>
    /// <param name="feed">The feed.</param>
    /// <param name="current">The snapshot in use, where nothing forbids to leave it at that; else null.</param>
    /// <param name="inUse">The snapshot in use of this configuration, whoever has read it; null where there is none, or it is to be measured anew.</param>
    /// <param name="progress">How far the feed has come: an older index is refused.</param>
    /// <param name="work">The private folder of the fetch.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="FeedException">It was refused, or can't be had.</exception>
    public async Task<RpmIndex> FetchAsync(AdvisoryFeed feed, AdvisoryFeedRow? current, AdvisoryFeedRow? inUse, FeedProgress progress, string work, CancellationToken cancel)
    {
        var list = feed.Repository!.Metalink is { } metalink ? await MetalinkAsync(metalink, work, cancel) : null;
        if (list is not null && current?.Snapshot is { } known && list.Newest.Sums.Contains(new FileSum(SumKind.Sha256, known.Hex)))
        {
            return new(feed.Address, null, known, current.Validators);
        }

        foreach (var mirror in feed.Repository.Mirrors.Prepend(feed.Address).SkipLast(1))
        {
            try
            {
                return RefuseWentBack(await FetchAsync(feed, mirror, list, mirror == feed.Address ? current : null, work, cancel), inUse, progress);
            }
            catch (FeedException e) when (e.Fault is FeedFault.Unreachable or FeedFault.TooSlow or FeedFault.NotFound or FeedFault.Truncated or FeedFault.WrongHash or FeedFault.WentBack)
            {
                // It does not answer or lags behind, so the next is asked; what the last one says counts.
            }
        }

        var last = feed.Repository.Mirrors.LastOrDefault(feed.Address);
        return RefuseWentBack(await FetchAsync(feed, last, list, last == feed.Address ? current : null, work, cancel), inUse, progress);
    }

    private async Task<RpmIndex> FetchAsync(AdvisoryFeed feed, Uri repository, Metalink? list, AdvisoryFeedRow? current, string work, CancellationToken cancel)
    {
        var (path, address) = (System.IO.Path.Combine(work, "repomd.xml"), new Uri(repository, Path));
        // Where a list of mirrors says that there is a newer one, a mirror's word that there is none does not count.
        var download = await transport.GetAsync(address, path, limits.ReleaseBytes, list is null ? current?.Validators : null, cancel);
        if (list is null && current is not null && (download.IsNotModified || download.Sha256 == current.Snapshot))
        {
            return new(repository, null, current.Snapshot!.Value, download.Validators);
        }

        var bytes = await File.ReadAllBytesAsync(path, cancel);
        RefuseWebPage(address, bytes);
        RefuseUnlisted(address, feed.Repository!.Metalink, list, bytes);
        await VerifyAsync(feed, address, bytes, work, cancel);
        var digest = Digest.Of(bytes);
        // What one mirror says of its file means nothing to another.
        var validators = repository == feed.Address ? download.Validators : new Validators(null, null);
        return new(repository, digest == current?.Snapshot ? null : Read(address, bytes), digest, validators);
    }

    private static RpmIndex RefuseWentBack(RpmIndex index, AdvisoryFeedRow? inUse, FeedProgress progress)
    {
        if (index.Repomd is not null && index.TimeAfter(inUse) is { } made)
        {
            progress.RefuseWentBack($"{index.Address}", made);
        }

        return index;
    }

    private static void RefuseWebPage(Uri address, byte[] bytes)
    {
        var start = System.Text.Encoding.UTF8.GetString(bytes.AsSpan(0, Math.Min(bytes.Length, 512))).TrimStart();
        if (start.StartsWith("<!doctype", StringComparison.OrdinalIgnoreCase) || start.StartsWith("<html", StringComparison.OrdinalIgnoreCase))
        {
            throw new FeedException(FeedFault.NotAnIndex, $"{address} is a web page and not an index: a proxy or a login page answers in the repository's place; check the address");
        }
    }

    // Mirrors follow one after the other: the list names the earlier editions that some may still have.
    private static void RefuseUnlisted(Uri address, Uri? metalink, Metalink? list, byte[] bytes)
    {
        if (list is not null && list.EditionOf(bytes) is null)
        {
            throw new FeedException(FeedFault.WrongHash, $"{address} has the SHA-256 {Digest.Of(bytes).Short}…, which {metalink} lists neither as the newest nor as an earlier edition: "
                + "the mirror lags far behind, or the index was altered; it is tried again, use another mirror if it stays");
        }
    }

    private async Task VerifyAsync(AdvisoryFeed feed, Uri address, byte[] bytes, string work, CancellationToken cancel)
    {
        if (feed.Repository!.Keyrings.IsEmpty)
        {
            return;
        }

        var signature = System.IO.Path.Combine(work, "repomd.xml.asc");
        try
        {
            await transport.GetAsync(new Uri($"{address}.asc"), signature, SignatureBytes, null, cancel);
        }
        catch (FeedException e) when (e.Fault == FeedFault.NotFound)
        {
            throw new FeedException(FeedFault.Unsigned, $"{address} is not signed: there is no repomd.xml.asc beside it, and the feed has a keyring; "
                + "ask the vendor, or take the keyring out if it never was signed", e);
        }

        await OpenPgp.VerifyDetachedAsync(bytes, signature, feed.Repository.Keyrings, work, $"{address}", cancel);
    }

    private async Task<Metalink> MetalinkAsync(Uri address, string work, CancellationToken cancel)
    {
        var path = System.IO.Path.Combine(work, "metalink");
        await transport.GetAsync(address, path, MetalinkBytes, null, cancel);
        var refused = new List<Refusal>();
        await using var document = File.OpenRead(path);
        return Metalink.Read(document, $"{address}", refused.Add)
            ?? throw new FeedException(FeedFault.NotAnIndex, $"{address} is no list of mirrors that vouches for an index ({refused.FirstOrDefault()?.Reason}): check the feed's metalink");
    }

    private static Repomd Read(Uri address, byte[] bytes)
    {
        var refused = new List<Refusal>();
        using var document = new MemoryStream(bytes);
        return Repomd.Read(document, $"{address}", refused.Add)
            ?? throw new FeedException(FeedFault.NotAnIndex, $"{address} is no index of a repository ({refused.FirstOrDefault()?.Reason}): check the address, or tell the vendor");
    }
}
