using System.Buffers;
using System.Formats.Tar;
using System.Security.Cryptography;
using PatchFlow.Core.Advisories;
using PatchFlow.Core.Documents;

namespace PatchFlow.Server.Feeds;

/// <summary>Gathers the documents of a tar archive, packed or not. It can be read from its front only, so they are put into the work folder as they come.</summary>
/// <param name="feed">The feed.</param>
/// <param name="limits">What it may become.</param>
/// <param name="work">Where documents are put.</param>
/// <param name="isDocument">Whether a path is that of a document.</param>
internal sealed class TarDocuments(AdvisoryFeed feed, FeedLimits limits, string work, Func<string, bool> isDocument)
{
    private const int BlockBytes = 512, CopiedBytes = 1 << 16;
    private readonly SortedDictionary<string, SourceDocument> _documents = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, string> _refused = new(StringComparer.Ordinal);
    private int _met;

    /// <summary>How an archive of this name is packed, empty where it is not; null where the name is not that of a tar archive.</summary>
    public static string? PackingOf(string name) =>
        name.EndsWith(".tgz", StringComparison.OrdinalIgnoreCase) ? ".gz"
        : Array.Find([".tar", ".tar.gz", ".tar.xz", ".tar.bz2", ".tar.zst"], end => name.EndsWith(end, StringComparison.OrdinalIgnoreCase))?[".tar".Length..];

    /// <summary>Its documents. One that is too large, no file, or there twice is refused alone.</summary>
    /// <param name="path">The archive.</param>
    /// <param name="packing">How it is packed: see <see cref="PackingOf"/>.</param>
    /// <param name="validators">For the next request.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="FeedException">It is cut, no archive, too large, or has no document.</exception>
    public async Task<Gathered> GatherAsync(string path, string packing, Validators validators, CancellationToken cancel)
    {
        try
        {
            await Decompression.ReadAsync(packing, path, limits.ArchiveBytes, limits, $"{feed.Address}", ReadAsync, cancel);
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or FormatException)
        {
            throw new FeedException(FeedFault.Malformed, $"{feed.Address} is no tar archive that can be read ({e.Message}): check the address, and tell the vendor", e);
        }

        return _documents.Count > 0 || _refused.Count == 0 ? new Gathered([.. _documents.Values], validators, [.. _refused.Select(r => new Refusal(r.Key, "", r.Value))])
            : throw new FeedException(FeedFault.Malformed, $"{feed.Address} has no document that can be unpacked: {_refused.First().Value}");
    }

    private async Task ReadAsync(Stream stream, CancellationToken cancel)
    {
        var whole = new TrailingZeros(stream);
        await using (var tar = new TarReader(whole, leaveOpen: true))
        {
            while (await tar.GetNextEntryAsync(copyData: false, cancel) is { } entry)
            {
                var name = entry.Name.StartsWith("./", StringComparison.Ordinal) ? entry.Name[2..] : entry.Name;
                if (entry.EntryType is not (TarEntryType.Directory or TarEntryType.GlobalExtendedAttributes) && isDocument(name))
                {
                    await TakeAsync(name, entry, cancel);
                }
            }
        }

        await whole.CopyToAsync(Stream.Null, cancel);
        // The library takes one that is cut between two entries for a whole one.
        if (whole.Count < BlockBytes)
        {
            throw new InvalidDataException("it ends without the mark of its end: the transfer was cut");
        }
    }

    private async Task TakeAsync(string name, TarEntry entry, CancellationToken cancel)
    {
        if (++_met > limits.Documents)
        {
            throw new FeedException(FeedFault.TooLarge, $"{feed.Address} has more than {limits.Documents} documents: it is not used; check the address");
        }

        var problem = _documents.Remove(name) || _refused.ContainsKey(name) ? "the archive has several documents of this name, and nobody knows which of them counts: tell the vendor"
            : entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile) ? "it is no file but a link, or something else that is not followed: tell the vendor"
            : entry.Length > limits.IndexBytes ? $"it is larger than the {limits.IndexBytes} bytes that a document may have: tell the vendor" : null;
        if (problem is not null)
        {
            _refused[name] = problem;
            return;
        }

        var to = Path.Combine(work, $"entry{_met}");
        _documents[name] = new SourceDocument(name, await WriteAsync(entry.DataStream ?? Stream.Null, to, cancel), SourceDocument.MoveFrom(to));
    }

    private static async Task<string> WriteAsync(Stream content, string to, CancellationToken cancel)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var lent = ArrayPool<byte>.Shared.Rent(CopiedBytes);
        try
        {
            await using var file = File.Create(to, bufferSize: 0);
            for (int read; (read = await content.ReadAsync(lent, cancel)) > 0;)
            {
                hash.AppendData(lent, 0, read);
                await file.WriteAsync(lent.AsMemory(0, read), cancel);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(lent);
        }

        return Digest.FromBytes(hash.GetHashAndReset()).Hex;
    }

    /// <summary>Counts the zeros with which what was read ends.</summary>
    private sealed class TrailingZeros(Stream inner) : ReadOnlyStream(inner, isOwner: false)
    {
        public long Count { get; private set; }

        public override int Read(Span<byte> buffer) => Seen(buffer, Inner.Read(buffer));

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = await Inner.ReadAsync(buffer, cancellationToken);
            return Seen(buffer.Span, read);
        }

        private int Seen(ReadOnlySpan<byte> buffer, int read)
        {
            var last = buffer[..read].LastIndexOfAnyExcept((byte)0);
            Count = last < 0 ? Count + read : read - last - 1;
            return read;
        }
    }
}
