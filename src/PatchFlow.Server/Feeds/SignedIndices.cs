using PatchFlow.Core.Advisories;
using PatchFlow.Core.Documents;

namespace PatchFlow.Server.Feeds;

/// <summary>A signed index as it was fetched and verified.</summary>
/// <param name="Address">Where it came from.</param>
/// <param name="Text">What the signature covers; null where the index is that of the snapshot in use.</param>
/// <param name="Digest">The digest of the raw file.</param>
/// <param name="Files">The raw files in the work folder.</param>
/// <param name="Validators">For the next time.</param>
internal sealed record SignedIndex(Uri Address, byte[]? Text, Digest Digest, string[] Files, Validators Validators);

/// <summary>
/// Fetches a suite's signed index: <c>InRelease</c>, or <c>Release</c> with <c>Release.gpg</c> where the archive has no InRelease. A pair
/// is never worth less than an InRelease: without a good signature it is refused.
/// </summary>
internal sealed class SignedIndices(FeedTransport transport, FeedLimits limits)
{
    internal const string InRelease = "InRelease", Release = "Release", Signature = "Release.gpg";
    private const long SignatureBytes = 1 << 20;

    /// <summary>The index of the feed, verified.</summary>
    /// <param name="feed">The feed.</param>
    /// <param name="row">How it stands.</param>
    /// <param name="current">The snapshot in use.</param>
    /// <param name="work">Where to work.</param>
    /// <param name="came">Is given the text of a new one before it is verified.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="FeedException">It was refused.</exception>
    public async Task<SignedIndex> FetchAsync(Feed feed, FeedRow row, FeedSnapshot? current, string work, Action<byte[]> came, CancellationToken cancel)
    {
        try
        {
            return await InlineAsync(feed, row, current is { IsDetached: false } ? current : null, work, came, cancel);
        }
        catch (FeedException e) when (e.Fault == FeedFault.NotFound)
        {
            return await PairAsync(feed, row, current is { IsDetached: true } ? current : null, work, e, came, cancel);
        }
    }

    /// <summary>Verifies the signature of a snapshot that is kept, with the keys that are trusted now: one that was taken out of the keyring vouches for nothing any more.</summary>
    /// <exception cref="FeedException">No key that is trusted now has signed it.</exception>
    public static async Task VerifyKeptAsync(Feed feed, FeedSnapshot snapshot, string work, CancellationToken cancel)
    {
        var bytes = await File.ReadAllBytesAsync(snapshot.SignedIndex, cancel);
        if (snapshot.IsDetached)
        {
            await OpenPgp.VerifyDetachedAsync(bytes, Path.Combine(snapshot.Folder, Signature), feed.Keyrings, work, snapshot.SignedIndex, cancel);
        }
        else
        {
            await OpenPgp.VerifiedTextAsync(bytes, feed.Keyrings, work, snapshot.SignedIndex, cancel);
        }
    }

    /// <summary>The text of a snapshot's signed index, whose bytes must still have the digest that the database knows.</summary>
    /// <exception cref="InvalidDataException">They have not.</exception>
    public static byte[] TextOf(FeedSnapshot snapshot)
    {
        var bytes = File.ReadAllBytes(snapshot.SignedIndex);
        var text = Digest.Of(bytes) != snapshot.Index ? null : snapshot.IsDetached ? bytes : ClearSigned.Text(bytes);
        return text ?? throw new InvalidDataException(
            $"{snapshot.SignedIndex} was altered since it was verified: restore it from a backup, and look for who wrote to the data directory");
    }

    private async Task<SignedIndex> InlineAsync(Feed feed, FeedRow row, FeedSnapshot? current, string work, Action<byte[]> came, CancellationToken cancel)
    {
        var (path, address) = (Path.Combine(work, InRelease), feed.InSuite(InRelease));
        var download = await transport.GetAsync(address, path, limits.ReleaseBytes, current is null ? null : row.Validators, cancel);
        if (current is not null && (download.IsNotModified || download.Sha256 == current.Index))
        {
            return new(address, null, current.Index, [], download.Validators);
        }

        var bytes = await File.ReadAllBytesAsync(path, cancel);
        if (ClearSigned.Text(bytes) is { } claimed)
        {
            came(claimed);
        }

        var text = await OpenPgp.VerifiedTextAsync(bytes, feed.Keyrings, work, $"{address}", cancel);
        return new(address, text, Digest.Of(bytes), [InRelease], download.Validators);
    }

    private async Task<SignedIndex> PairAsync(Feed feed, FeedRow row, FeedSnapshot? current, string work, FeedException noInRelease, Action<byte[]> came, CancellationToken cancel)
    {
        var (path, address) = (Path.Combine(work, Release), feed.InSuite(Release));
        var download = await GetReleaseAsync(address, path, current is null ? null : row.Validators, noInRelease, cancel);
        if (current is not null && (download.IsNotModified || download.Sha256 == current.Index))
        {
            return new(address, null, current.Index, [], download.Validators);
        }

        await GetSignatureAsync(feed, Path.Combine(work, Signature), address, cancel);
        var bytes = await File.ReadAllBytesAsync(path, cancel);
        came(bytes);
        await OpenPgp.VerifyDetachedAsync(bytes, Path.Combine(work, Signature), feed.Keyrings, work, $"{address}", cancel);
        return new(address, bytes, Digest.Of(bytes), [Release, Signature], download.Validators);
    }

    private async Task<Download> GetReleaseAsync(Uri address, string path, Validators? validators, FeedException noInRelease, CancellationToken cancel)
    {
        try
        {
            return await transport.GetAsync(address, path, limits.ReleaseBytes, validators, cancel);
        }
        catch (FeedException e) when (e.Fault == FeedFault.NotFound)
        {
            // Neither is there: what the operator configured is InRelease's place, so that is the message.
            throw noInRelease;
        }
    }

    private async Task GetSignatureAsync(Feed feed, string path, Uri release, CancellationToken cancel)
    {
        try
        {
            await transport.GetAsync(feed.InSuite(Signature), path, SignatureBytes, null, cancel);
        }
        catch (FeedException e) when (e.Fault == FeedFault.NotFound)
        {
            throw new FeedException(FeedFault.Unsigned, $"{release} is not signed: there is neither InRelease nor Release.gpg, and an unsigned feed is never used; check the address", e);
        }
    }
}
