using System.Security.Cryptography;
using PatchFlow.Core.Advisories;

namespace PatchFlow.Server.Feeds;

/// <summary>
/// Fetches the advisories that an index of rpm lists: the packed file must be what the index says, and what is in it too; those bytes are read.
/// </summary>
internal sealed class RpmAdvisories(FeedTransport transport, FeedLimits limits)
{
    /// <summary>The document's name. In the repository it changes with each publication, and what it says is told from what it said by its name here.</summary>
    internal const string Document = "updateinfo.xml";

    /// <summary>The document, decompressed; one that is as known is not fetched.</summary>
    /// <exception cref="FeedException">It was refused, or can't be had.</exception>
    public async Task<SourceDocument> FetchAsync(
        AdvisoryFeed feed, RpmIndex index, Repomd repomd, IReadOnlyDictionary<string, KnownDocument> known, string work, CancellationToken cancel)
    {
        var file = repomd.Advisories ?? throw new FeedException(FeedFault.Malformed,
            $"{index.Address} lists advisories that can't be read here, as zchunk alone or with an entry that is wrong: look with 'patchflow feeds inspect', and tell the vendor");
        var address = Feed.Below(index.Base, file.Location);
        var suffix = Path.GetExtension(file.Location) is var end && Decompression.Suffixes.Contains(end) ? end : end == ".bz2" ? end : "";
        RefuseWeak(feed, index, file);
        if (known.TryGetValue(Document, out var same) && IsSame(suffix.Length == 0 ? file.Checksum : file.OpenChecksum, same) && !transport.LacksAll)
        {
            // Where it was only given another name it is kept already; where it was packed anew, an export asks for it.
            transport.Moved(address, file.Checksum.Hex);
            return new SourceDocument(Document, same.Digest, null);
        }

        var (packed, plain) = (Path.Combine(work, "updateinfo.packed"), Path.Combine(work, "updateinfo"));
        await transport.GetAsync(address, packed, Bounded(address, file.SizeBytes), null, cancel);
        await RefuseOtherAsync(address, packed, file.SizeBytes, file.Checksum, "", cancel);
        await Decompression.RunAsync(suffix, packed, plain, Bounded(address, file.OpenSizeBytes), limits, $"{address}", cancel);
        await RefuseOtherAsync(address, plain, file.OpenSizeBytes, file.OpenChecksum, " when decompressed", cancel);
        return new SourceDocument(Document, await HexAsync(SumKind.Sha256, plain, cancel), SourceDocument.MoveFrom(plain));
    }

    private static bool IsSame(FileSum? sum, KnownDocument known) => sum is { Kind: SumKind.Sha256 } && sum.Hex == known.Digest;

    // Through a broken checksum a signature vouches for whatever somebody makes fit.
    private static void RefuseWeak(AdvisoryFeed feed, RpmIndex index, RepomdFile file)
    {
        if (feed.Repository!.IsVouchedFor && !file.Checksum.Authorises)
        {
            throw new FeedException(FeedFault.Malformed, $"{index.Address} lists {file.Location} with {file.Checksum.Kind} alone, which is broken, so that nothing vouches for the file: "
                + "ask the vendor for SHA-256, or take keyring and metalink out of the feed if it may rank unsigned");
        }
    }

    private long Bounded(Uri address, long? size) => !(size > limits.IndexBytes) ? size ?? limits.IndexBytes : throw new FeedException(
        FeedFault.TooLarge, $"{address} has {size} bytes by the index, more than the {limits.IndexBytes} that it may have: it is not used; tell the vendor");

    private static async Task RefuseOtherAsync(Uri address, string path, long? size, FileSum? sum, string how, CancellationToken cancel)
    {
        var length = new FileInfo(path).Length;
        if (length < size)
        {
            throw new FeedException(FeedFault.Truncated, $"{address} has {length} bytes{how} where the index says {size}: the transfer was cut; it is tried again");
        }

        if (sum is not null && await HexAsync(sum.Kind, path, cancel) is var hex && (hex != sum.Hex || length > size))
        {
            throw new FeedException(FeedFault.WrongHash, $"{address} has the checksum {hex[..12]}…{how} where the index says {sum.Hex[..12]}…: "
                + "the mirror is in the middle of a publication, or the file was altered; it is tried again");
        }
    }

    // The broken ones still tell a torn file, where nothing vouches for the index anyway; what is vouched for was refused with them before.
    private static async Task<string> HexAsync(SumKind kind, string path, CancellationToken cancel)
    {
        using var hash = IncrementalHash.CreateHash(kind switch
        {
            SumKind.Sha512 => HashAlgorithmName.SHA512,
            SumKind.Sha384 => HashAlgorithmName.SHA384,
            SumKind.Sha256 => HashAlgorithmName.SHA256,
            SumKind.Sha1 => HashAlgorithmName.SHA1,
            SumKind.Md5 => HashAlgorithmName.MD5,
            _ => throw new FeedException(FeedFault.Malformed, $"the index lists its advisories with {kind}, which is not computed here: tell the vendor"),
        });
        await using var file = File.OpenRead(path);
        var buffer = new byte[1 << 17];
        for (var read = await file.ReadAsync(buffer, cancel); read > 0; read = await file.ReadAsync(buffer, cancel))
        {
            hash.AppendData(buffer.AsSpan(0, read));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
