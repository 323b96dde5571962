using System.Buffers.Binary;
using System.IO.Compression;

namespace PatchFlow.Server.Feeds;

/// <summary>What an entry of a zip archive decompresses to, compared with the size and the CRC-32 that the archive's directory says of it, which the library does not do.</summary>
/// <param name="inner">Where its bytes come from.</param>
/// <param name="entry">The entry.</param>
internal sealed class ZipEntryStream(Stream inner, ZipArchiveEntry entry) : ReadOnlyStream(inner, isOwner: true)
{
    private const uint Polynomial = 0xedb88320;
    private const int Bytes = 256, AtOnce = 8;
    private static readonly uint[] Tables = Made();
    private uint _crc = uint.MaxValue;
    private long _count;

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer) => Seen(buffer, Inner.Read(buffer));

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await Inner.ReadAsync(buffer, cancellationToken);
        return Seen(buffer.Span, read);
    }

    // By eight bytes at once: one after another, this would take longer than to hash them.
    private static uint With(uint crc, ReadOnlySpan<byte> bytes)
    {
        var tables = Tables.AsSpan();
        for (; bytes.Length >= AtOnce; bytes = bytes[AtOnce..])
        {
            var eight = BinaryPrimitives.ReadUInt64LittleEndian(bytes) ^ crc;
            crc = tables[(7 * Bytes) + (byte)eight] ^ tables[(6 * Bytes) + (byte)(eight >> 8)] ^ tables[(5 * Bytes) + (byte)(eight >> 16)] ^ tables[(4 * Bytes) + (byte)(eight >> 24)]
                ^ tables[(3 * Bytes) + (byte)(eight >> 32)] ^ tables[(2 * Bytes) + (byte)(eight >> 40)] ^ tables[Bytes + (byte)(eight >> 48)] ^ tables[(byte)(eight >> 56)];
        }

        foreach (var one in bytes)
        {
            crc = tables[(byte)(crc ^ one)] ^ (crc >> 8);
        }

        return crc;
    }

    private static uint[] Made()
    {
        var tables = new uint[AtOnce * Bytes];
        for (var at = 0; at < tables.Length; at++)
        {
            tables[at] = at < Bytes
                ? Enumerable.Range(0, 8).Aggregate((uint)at, (crc, _) => (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ Polynomial)
                : (tables[at - Bytes] >> 8) ^ tables[(byte)tables[at - Bytes]];
        }

        return tables;
    }

    private int Seen(ReadOnlySpan<byte> buffer, int read)
    {
        _crc = With(_crc, buffer[..read]);
        _count += read;
        return read > 0 || buffer.IsEmpty || (_count == entry.Length && ~_crc == entry.Crc32) ? read
            : throw new InvalidDataException($"it has {_count} bytes with the CRC-32 {~_crc:x8} where the archive says {entry.Length} with {entry.Crc32:x8}");
    }
}
