using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using PatchFlow.Core.Advisories;
using PatchFlow.Core.Documents;

namespace PatchFlow.Server.Feeds;

/// <summary>
/// Has CSAF documents with what stands beside them. The bytes that were verified are the bytes that are read: they lie in a private folder. A
/// document that can't be had or verified is refused alone.
/// </summary>
/// <param name="transport">The way out.</param>
/// <param name="limits">What a feed may cost.</param>
/// <param name="places">Where addresses are asked for.</param>
/// <param name="signatures">The keys; null where signatures are not asked for.</param>
/// <param name="known">The documents of the snapshot in use, by name.</param>
/// <param name="isDue">Whether a document is asked for although its list says that it is as known.</param>
/// <param name="work">A private folder.</param>
internal sealed class CsafDocuments(
    FeedTransport transport, FeedLimits limits, CsafPlaces places, CsafSignatures? signatures, IReadOnlyDictionary<string, KnownDocument> known, Func<string, bool> isDue, string work)
{
    private const int AtOnce = 4;
    private const int HashBytes = 64 << 10;
    private const int SignatureBytes = 1 << 20;
    private readonly CsafHashes _hashes = new();
    private readonly TimeSpan _time = limits.Time * 3;
    private int _inARow;
    private int _slow;

    /// <summary>The documents, and those that were refused.</summary>
    /// <exception cref="FeedException">Too many can't be had.</exception>
    public async Task<(IEnumerable<SourceDocument> Documents, IEnumerable<Refusal> Refused)> HaveAsync(IReadOnlyCollection<CsafItem> items, CancellationToken cancel)
    {
        var (documents, refused) = (new ConcurrentDictionary<int, SourceDocument>(), new ConcurrentDictionary<int, Refusal>());
        await Parallel.ForEachAsync(items.Index(), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancel }, async (item, token) =>
        {
            try
            {
                documents[item.Index] = await HaveAsync(item.Item, Path.Combine(work, $"document{item.Index}"), token);
                Interlocked.Exchange(ref _inARow, 0);
            }
            catch (FeedException e) when (e.Fault is not FeedFault.Local)
            {
                refused[item.Index] = new Refusal(item.Item.Name, "", e.Message);
                GiveUpAfterTooMany(e);
            }
            catch (UnauthorizedAccessException e)
            {
                refused[item.Index] = new Refusal(item.Item.Name, "", $"{e.Message}: let the server's user read it");
            }
        });
        return (documents.OrderBy(d => d.Key).Select(d => d.Value), refused.OrderBy(r => r.Key).Select(r => r.Value));
    }

    /// <summary>What is to be said of documents that were had.</summary>
    public IEnumerable<Refusal> Notes() => _hashes.Notes();

    private async Task<SourceDocument> HaveAsync(CsafItem item, string path, CancellationToken cancel)
    {
        if (item.Refusal is { } reason)
        {
            throw new FeedException(places.IsLocal ? FeedFault.NotFound : FeedFault.Redirected, reason);
        }

        var before = known.GetValueOrDefault(item.Name);
        if (before is not null && await IsAsKnownAsync(item, before, cancel))
        {
            return new SourceDocument(item.Name, before.Digest, null) { Changed = item.Changed, Validators = new(before.Etag, before.LastModified) };
        }

        var (place, download) = await FirstAsync(item, path, before is null ? null : new(before.Etag, before.LastModified), cancel);
        var validators = download.Validators;
        if (download.IsNotModified)
        {
            return new SourceDocument(item.Name, before!.Digest, null) { Changed = item.Changed, Validators = validators };
        }

        // What is as known was verified when it came.
        if (before?.Digest != download.Sha256.Hex || before.Refused > 0)
        {
            await VerifyAsync(item, place, await File.ReadAllBytesAsync(path, cancel), path, cancel);
        }

        return new SourceDocument(item.Name, download.Sha256.Hex, AdvisorySources.MoveFrom(path)) { Changed = item.Changed, Validators = validators, IsListed = item.List.Length > 0 };
    }

    // A date need not be believed where looking costs nothing.
    private async Task<bool> IsAsKnownAsync(CsafItem item, KnownDocument before, CancellationToken cancel)
    {
        if (!places.IsLocal)
        {
            return item.Changed is not null && before.Changed == item.Changed && !isDue(item.Name);
        }

        if (before.Refused > 0 || item.Places.FirstOrDefault(p => File.Exists(p.LocalPath)) is not { } place)
        {
            return false;
        }

        await using var file = File.OpenRead(place.LocalPath);
        return Digest.FromBytes(await SHA256.HashDataAsync(file, cancel)).Hex == before.Digest;
    }

    private async Task<(Uri Place, Download Download)> FirstAsync(CsafItem item, string path, Validators? validators, CancellationToken cancel)
    {
        for (var i = 0; ; i++)
        {
            try
            {
                return (item.Places[i], await GetAsync(item.Places[i], path, AdvisoryLimits.Default.RecordBytes, validators, cancel));
            }
            catch (FeedException e) when (e.Fault is FeedFault.NotFound && i + 1 < item.Places.Length)
            {
                // Some lists name two places, of which one is wrong.
            }
        }
    }

    private async Task VerifyAsync(CsafItem item, Uri place, byte[] bytes, string path, CancellationToken cancel)
    {
        if (IsPage(bytes))
        {
            throw new FeedException(FeedFault.NotAnIndex, "it is a web page and not a document: a proxy or a login page answers in the vendor's place, or the vendor moved it");
        }

        await HashesAsync(item, place, bytes, path + ".sum", cancel);
        if (signatures is not null)
        {
            await SignatureAsync(item, place, bytes, path + ".asc", cancel);
        }
    }

    private async Task HashesAsync(CsafItem item, Uri place, byte[] bytes, string path, CancellationToken cancel)
    {
        var named = item.Hashes.Where(CsafHashes.IsGood).Select(h => places.Of(h, out _)).OfType<Uri>().ToList();
        var found = 0;
        foreach (var address in named)
        {
            found += await BesideAsync(address, path, HashBytes, cancel) ? CsafHashes.Compare(address, path, bytes) : 0;
        }

        foreach (var ending in named.Count > 0 ? [] : _hashes.Endings(item.List))
        {
            var address = new Uri(place.AbsoluteUri + ending);
            if (await BesideAsync(address, path, HashBytes, cancel) && !IsPage(await File.ReadAllBytesAsync(path, cancel)))
            {
                found += CsafHashes.Compare(address, path, bytes);
                _hashes.Found(item.List, ending);
                break;
            }
        }

        if (found == 0)
        {
            _hashes.Missing(item.Name);
        }
    }

    private async Task SignatureAsync(CsafItem item, Uri place, byte[] bytes, string path, CancellationToken cancel)
    {
        var beside = new Uri(place.AbsoluteUri + ".asc");
        var named = item.Signature is { } address ? places.Of(address, out _) : null;
        if (!(named is not null && await BesideAsync(named, path, SignatureBytes, cancel)) && !await BesideAsync(beside, path, SignatureBytes, cancel))
        {
            throw new FeedException(FeedFault.Unsigned, $"it has no signature ({beside} does not exist): the feed has a keyring, so what is not signed is not used; ask the vendor, or take the keyring away");
        }

        await signatures!.VerifyAsync(bytes, path, item.Name, cancel);
    }

    private async Task<bool> BesideAsync(Uri address, string path, long maxBytes, CancellationToken cancel)
    {
        try
        {
            await GetAsync(address, path, maxBytes, null, cancel);
            return true;
        }
        catch (FeedException e) when (e.Fault is FeedFault.NotFound)
        {
            return false;
        }
    }

    // Documents are small: the time that a server may take for one is less than for what has its greatest size.
    private async Task<Download> GetAsync(Uri address, string path, long maxBytes, Validators? validators, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(_time);
        try
        {
            return await transport.GetAsync(address, path, maxBytes, validators, limit.Token);
        }
        catch (OperationCanceledException e) when (!cancel.IsCancellationRequested)
        {
            throw new FeedException(FeedFault.TooSlow, $"{address} did not come within {_time.TotalSeconds:0} s: it is tried again; use a nearer mirror when it stays so", e);
        }
    }

    private void GiveUpAfterTooMany(FeedException e)
    {
        var isAway = e.Fault is FeedFault.Unreachable or FeedFault.TooSlow or FeedFault.Truncated;
        var inARow = isAway ? Interlocked.Increment(ref _inARow) : Interlocked.Exchange(ref _inARow, 0);
        var slow = e.Fault is FeedFault.TooSlow ? Interlocked.Increment(ref _slow) : 0;
        if (isAway && Math.Max(inARow, slow) >= limits.Unreachable)
        {
            throw new FeedException(e.Fault, $"{limits.Unreachable} documents could not be had, the last because {e.Message}", e);
        }
    }

    // Git's marks of a conflict begin with the same character.
    private static bool IsPage(ReadOnlySpan<byte> bytes) =>
        Encoding.UTF8.GetString(bytes[..Math.Min(bytes.Length, 64)]).TrimStart('\uFEFF', ' ', '\r', '\n', '\t') is ['<', not '<', ..];
}
