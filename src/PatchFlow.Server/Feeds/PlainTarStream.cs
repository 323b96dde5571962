using System.Formats.Tar;

namespace PatchFlow.Server.Feeds;

/// <summary>
/// Lets a tar archive through as long as all its headers are plain ones. Extended headers (of PAX and of GNU) are held in memory by who reads them, and
/// may say another size than the header that they precede: archives that are exported here have none.
/// </summary>
/// <param name="inner">The archive; whoever opened it closes it.</param>
internal sealed class PlainTarStream(Stream inner) : ReadOnlyStream(inner, isOwner: false)
{
    private const int Block = 512, TypeAt = 156, SizeAt = 124, SizeLength = 12;
    private readonly byte[] _header = new byte[Block];
    private int _filled;
    private long _skip;

    public override int Read(Span<byte> buffer) => Looked(buffer[..Inner.Read(buffer)]);

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await Inner.ReadAsync(buffer, cancellationToken);
        return Looked(buffer.Span[..read]);
    }

    private int Looked(ReadOnlySpan<byte> bytes)
    {
        var read = bytes.Length;
        while (!bytes.IsEmpty)
        {
            var take = (int)Math.Min(_skip > 0 ? _skip : Block - _filled, bytes.Length);
            if (_skip > 0)
            {
                _skip -= take;
            }
            else
            {
                bytes[..take].CopyTo(_header.AsSpan(_filled));
                _filled += take;
                LookAtHeader();
            }

            bytes = bytes[take..];
        }

        return read;
    }

    private void LookAtHeader()
    {
        if (_filled < Block)
        {
            return;
        }

        _filled = 0;
        if (_header.AsSpan().IndexOfAnyExcept((byte)0) < 0)
        {
            return;
        }

        if ((TarEntryType)_header[TypeAt] is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile))
        {
            throw new FeedException(FeedFault.Malformed, "the archive has something else than plain files with plain headers: make it with 'patchflow feeds export'");
        }

        _skip = (Size(_header.AsSpan(SizeAt, SizeLength)) + Block - 1) / Block * Block;
    }

    private static long Size(ReadOnlySpan<byte> octal)
    {
        var size = 0L;
        foreach (var digit in octal.Trim(" \0"u8))
        {
            size = digit is >= (byte)'0' and <= (byte)'7' ? (size << 3) + digit - '0'
                : throw new FeedException(FeedFault.Malformed, "the archive has a file whose size is no number: make it with 'patchflow feeds export'");
        }

        return size;
    }
}
