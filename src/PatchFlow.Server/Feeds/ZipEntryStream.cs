using System.IO.Compression;
using System.IO.Hashing;

namespace PatchFlow.Server.Feeds;

/// <summary>What an entry of a zip archive decompresses to, compared with the size and the CRC-32 that the archive's directory says of it, which the library does not do.</summary>
/// <param name="inner">Where its bytes come from.</param>
/// <param name="entry">The entry.</param>
internal sealed class ZipEntryStream(Stream inner, ZipArchiveEntry entry) : ReadOnlyStream(inner, isOwner: true)
{
    private readonly Crc32 _crc = new();
    private long _count;

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer) => Seen(buffer, Inner.Read(buffer));

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await Inner.ReadAsync(buffer, cancellationToken);
        return Seen(buffer.Span, read);
    }

    private int Seen(ReadOnlySpan<byte> buffer, int read)
    {
        _crc.Append(buffer[..read]);
        _count += read;
        var crc = _crc.GetCurrentHashAsUInt32();
        return read > 0 || buffer.IsEmpty || (_count == entry.Length && crc == entry.Crc32) ? read
            : throw new InvalidDataException($"it has {_count} bytes with the CRC-32 {crc:x8} where the archive says {entry.Length} with {entry.Crc32:x8}");
    }
}
