namespace PatchFlow.Server.Hosts;

/// <summary>Reads exactly a number of bytes of another stream: an early end is an error, what follows is left alone.</summary>
internal sealed class ExactStream(Stream inner, long length) : ReadOnlyStream(inner, isOwner: false)
{
    private readonly long _length = length;
    private readonly long _begin = inner.CanSeek ? inner.Position : 0;
    private long _left = length;

    /// <summary>Whether it can be gone back to its beginning, as a call that is made once more must.</summary>
    public override bool CanSeek => Inner.CanSeek;

    /// <summary>The number of bytes that are read, whatever the other stream has.</summary>
    public override long Length => _length;

    /// <inheritdoc/>
    public override long Position { get => _length - _left; set => Seek(value, SeekOrigin.Begin); }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin)
    {
        if (origin != SeekOrigin.Begin || offset < 0 || offset > _length)
        {
            throw new ArgumentOutOfRangeException(nameof(offset), offset, $"a place is counted from the beginning, 0 to {_length}");
        }

        Inner.Position = _begin + offset;
        _left = _length - offset;
        return offset;
    }

    public override int Read(Span<byte> buffer) => Count(Inner.Read(buffer[..Most(buffer.Length)]), buffer.Length);

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        Count(await Inner.ReadAsync(buffer[..Most(buffer.Length)], cancellationToken), buffer.Length);

    private int Most(int wanted) => (int)Math.Min(wanted, _left);

    private int Count(int read, int wanted)
    {
        if (read == 0 && wanted > 0 && _left > 0)
        {
            throw new EndOfStreamException($"the input ended {_left} bytes before its length of {_length}");
        }

        _left -= read;
        return read;
    }
}
