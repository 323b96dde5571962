using System.Collections.Concurrent;
using System.Text;
using PatchFlow.Core.Advisories;

namespace PatchFlow.Server.Feeds;

/// <summary>Compares a CSAF document with its checksums and its signature, before anything in it is read.</summary>
/// <param name="fetch">Has what stands beside it.</param>
/// <param name="places">Where addresses are asked for.</param>
/// <param name="signatures">The keys; null where signatures are not asked for.</param>
/// <param name="signedBefore">Documents that had a good signature once.</param>
internal sealed class CsafChecks(CsafFetch fetch, CsafPlaces places, CsafSignatures? signatures, IReadOnlySet<string> signedBefore)
{
    private const int HashBytes = 64 << 10;
    private const int SignatureBytes = 1 << 20;
    private readonly CsafHashes _hashes = new();
    private readonly ConcurrentDictionary<string, bool> _signed = new(StringComparer.Ordinal);

    /// <summary>Documents of which the signature was looked at: true where it is good, false where there is none.</summary>
    public IReadOnlyDictionary<string, bool> Signed => _signed;

    /// <summary>Those that have none and had one once.</summary>
    public IReadOnlyCollection<string> Stripped => [.. _signed.Where(s => !s.Value && signedBefore.Contains(s.Key)).Select(s => s.Key)];

    /// <summary>All addresses at which a document, or what stands beside it, may have been asked for.</summary>
    public IReadOnlyCollection<Uri> AddressesOf(CsafItem item) =>
    [
        .. item.Places,
        .. item.Places.SelectMany(p => CsafHashes.All.Append(".asc").Select(end => new Uri(p.AbsoluteUri + end))),
        .. item.Hashes.Append(item.Signature).OfType<Uri>().Select(a => places.Of(a, out _)).OfType<Uri>(),
    ];

    /// <summary>What is to be said of documents that were not refused.</summary>
    public IEnumerable<Refusal> Notes() => _hashes.Notes();

    /// <summary>Refuses a document that is not what stands beside it says.</summary>
    /// <param name="item">The document.</param>
    /// <param name="place">Where it was had.</param>
    /// <param name="bytes">Its bytes.</param>
    /// <param name="path">The file with them; what stands beside it is put beside it.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="FeedException">It is not, or that can't be had.</exception>
    public async Task VerifyAsync(CsafItem item, Uri place, byte[] bytes, string path, CancellationToken cancel)
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

    /// <summary>Has what stands beside a document that is as known, so that it is kept with it. Nothing is judged by it: that was when the document came.</summary>
    /// <inheritdoc cref="VerifyAsync"/>
    public async Task HaveAsync(CsafItem item, Uri place, byte[] bytes, string path, CancellationToken cancel)
    {
        try
        {
            await new CsafChecks(fetch, places, signatures, signedBefore).VerifyAsync(item, place, bytes, path, cancel);
        }
        catch (FeedException e) when (e.Fault is not FeedFault.Local)
        {
            // Who takes in an export of it judges anew, and says what is wrong.
        }
    }

    private async Task HashesAsync(CsafItem item, Uri place, byte[] bytes, string path, CancellationToken cancel)
    {
        var named = item.Hashes.Where(CsafHashes.IsGood).Select(h => places.Of(h, out _)).OfType<Uri>().ToList();
        var found = 0;
        foreach (var address in named)
        {
            found += await fetch.TryAsync(address, path, HashBytes, item.Changed, cancel) ? CsafHashes.Compare(address, path, bytes) : 0;
        }

        foreach (var ending in named.Count > 0 ? [] : _hashes.Endings(item.List))
        {
            var address = new Uri(place.AbsoluteUri + ending);
            if (await fetch.TryAsync(address, path, HashBytes, item.Changed, cancel) && !IsPage(await File.ReadAllBytesAsync(path, cancel)))
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
        if (!(named is not null && await HasSignatureAsync(named, path, item.Changed, cancel)) && !await HasSignatureAsync(beside, path, item.Changed, cancel))
        {
            throw Unsigned(item, $"{beside} does not exist, or is empty", null);
        }

        try
        {
            await signatures!.VerifyAsync(bytes, path, item.Name, cancel);
        }
        catch (FeedException e) when (e.Fault is FeedFault.Unsigned)
        {
            throw Unsigned(item, e.Message, e);
        }

        _signed[item.Name] = true;
    }

    private FeedException Unsigned(CsafItem item, string why, FeedException? inner)
    {
        _signed[item.Name] = false;
        return new(FeedFault.Unsigned, $"it has no signature ({why}){(signedBefore.Contains(item.Name) ? ", and had one before" : "")}: "
            + "the feed has a keyring, so what is not signed is not used; ask the vendor, or take the keyring away", inner);
    }

    // An empty one is as good as none: whoever takes signatures away can answer with nothing as well as with 404.
    private async Task<bool> HasSignatureAsync(Uri address, string path, string? changed, CancellationToken cancel) =>
        await fetch.TryAsync(address, path, SignatureBytes, changed, cancel) && new FileInfo(path).Length > 0;

    // Git's marks of a conflict begin with the same character.
    private static bool IsPage(ReadOnlySpan<byte> bytes) =>
        Encoding.UTF8.GetString(bytes[..Math.Min(bytes.Length, 64)]).TrimStart('\uFEFF', ' ', '\r', '\n', '\t') is ['<', not '<', ..];
}
