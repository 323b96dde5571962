using PatchFlow.Core.Advisories;
using PatchFlow.Core.Documents;

namespace PatchFlow.Server.Feeds;

/// <summary>
/// Package files by content, <c>files/ab/DIGEST</c> below the data directory. A file is there only after its size and SHA-256 agreed with
/// the vendor's signed index, and is hashed again each time it is asked for.
/// </summary>
internal sealed class FileStore(string dataDirectory, FeedTransport transport, FeedLimits limits, TimeProvider time, ILogger<FileStore> log) : IDisposable
{
    private const int Attempts = 3;
    private const int AtOnce = 4;
    private readonly string _root = System.IO.Path.GetFullPath(System.IO.Path.Combine(dataDirectory, "files"));
    private readonly SemaphoreSlim _slots = new(AtOnce, AtOnce);
    private readonly SemaphoreSlim[] _stripes = [.. Enumerable.Range(0, 16).Select(_ => new SemaphoreSlim(1, 1))];

    /// <summary>The path of the file with that digest, or null where it is not kept or not what it was.</summary>
    public string? Path(Digest digest)
    {
        var path = PathOf(digest);
        if (!File.Exists(path))
        {
            return null;
        }

        using var file = File.OpenRead(path);
        if (Digest.FromBytes(System.Security.Cryptography.SHA256.HashData(file)) == digest)
        {
            return path;
        }

        log.LogWarning("{Path} was altered since it was verified: it is not used, and fetched again where possible", path);
        return null;
    }

    /// <summary>Whether a file of that digest is kept, without hashing it: for choosing, not for using.</summary>
    public bool Has(Digest digest) => File.Exists(PathOf(digest));

    /// <summary>Has the package's file: kept already, or fetched from the snapshot's archive, three times at most.</summary>
    /// <returns>Its path.</returns>
    /// <exception cref="FeedException">It can't be had; <see cref="FeedFault.NotFound"/> where the archive does not keep it any more.</exception>
    public async Task<string> EnsureAsync(FeedSnapshot snapshot, AptPackage package, CancellationToken cancel)
    {
        // Two who want the same file share one download; the stripe is taken first, so that waiting for it uses up no slot.
        var stripe = _stripes[Convert.ToInt32(package.Sha256.Hex[..1], 16)];
        await stripe.WaitAsync(cancel);
        try
        {
            return Path(package.Sha256) ?? await WithSlotAsync(snapshot, package, cancel);
        }
        finally
        {
            stripe.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _slots.Dispose();
        Array.ForEach(_stripes, s => s.Dispose());
    }

    private async Task<string> WithSlotAsync(FeedSnapshot snapshot, AptPackage package, CancellationToken cancel)
    {
        await _slots.WaitAsync(cancel);
        try
        {
            for (var attempt = 1; ; attempt++)
            {
                try
                {
                    return await FetchAsync(snapshot, package, cancel);
                }
                catch (FeedException e) when (attempt < Attempts && e.Fault is FeedFault.Unreachable or FeedFault.Truncated or FeedFault.TooSlow or FeedFault.WrongHash)
                {
                    log.LogWarning("attempt {Attempt} of {Attempts}: {Message}", attempt, Attempts, e.Message);
                    await Task.Delay(TimeSpan.FromSeconds(attempt), time, cancel);
                }
            }
        }
        finally
        {
            _slots.Release();
        }
    }

    private async Task<string> FetchAsync(FeedSnapshot snapshot, AptPackage package, CancellationToken cancel)
    {
        var path = PathOf(package.Sha256);
        var part = path + ".part";
        var address = Feed.Below(snapshot.BaseAddress, package.Filename);
        if (package.SizeBytes > limits.FileBytes)
        {
            throw new FeedException(FeedFault.TooLarge, $"{address} has {package.SizeBytes} bytes, more than the {limits.FileBytes} that a package may have");
        }

        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        var download = await transport.GetAsync(address, part, package.SizeBytes, null, cancel);
        if (download.SizeBytes != package.SizeBytes || download.Sha256 != package.Sha256)
        {
            File.Delete(part);
            throw new FeedException(
                download.SizeBytes < package.SizeBytes ? FeedFault.Truncated : FeedFault.WrongHash,
                $"{address} has {download.SizeBytes} bytes and SHA-256 {download.Sha256.Short}…, the signed index of {snapshot.Feed} says {package.SizeBytes} and {package.Sha256.Short}…: "
                + "the file is not used; the mirror is incomplete or altered, use another one");
        }

        File.Move(part, path, overwrite: true);
        return path;
    }

    private string PathOf(Digest digest) => System.IO.Path.Combine(_root, digest.Hex[..2], digest.Hex);
}
