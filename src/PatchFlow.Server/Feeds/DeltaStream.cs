using PatchFlow.Core.Advisories;

namespace PatchFlow.Server.Feeds;

/// <summary>The bytes of a list that is kept as a change of another.</summary>
internal sealed class DeltaStream : ReadOnlyStream
{
    private readonly ListDelta _delta;
    private readonly FileStream _base;
    private int _piece;
    private long _position;

    private DeltaStream(ListDelta delta, FileStream from)
        : base(from, isOwner: true) => (_delta, _base) = (delta, from);

    public override bool CanSeek => true;

    public override long Length => _delta.Length;

    public override long Position
    {
        get => _position;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            (_position, _piece) = (value, 0);
        }
    }

    /// <summary>Opens the list.</summary>
    /// <exception cref="InvalidDataException">The base is not as long as the delta says.</exception>
    public static DeltaStream Open(ListDelta delta, string path)
    {
        var from = KeptList.OpenFile(path);
        if (from.Length == delta.BaseLength)
        {
            return new DeltaStream(delta, from);
        }

        from.Dispose();
        throw new InvalidDataException($"{path} has not the {delta.BaseLength} bytes that it had: fetch the feed again, and look for who wrote to the data directory");
    }

    public override int Read(Span<byte> buffer)
    {
        while (_piece < _delta.Pieces.Count && _delta.Pieces[_piece].End <= _position)
        {
            _piece++;
        }

        if (_piece == _delta.Pieces.Count || buffer.IsEmpty)
        {
            return 0;
        }

        var read = Read(_delta.Pieces[_piece], buffer);
        _position += read;
        return read;
    }

    // The disk is waited for on a thread of the pool, and not on the reader's.
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        new(Task.Run(() => Read(buffer.Span), cancellationToken));

    public override long Seek(long offset, SeekOrigin origin) => Position = offset + (origin switch
    {
        SeekOrigin.Begin => 0,
        SeekOrigin.Current => _position,
        _ => Length,
    });

    private int Read(DeltaPiece piece, Span<byte> buffer)
    {
        var into = _position - piece.Start;
        if (into >= piece.Copied)
        {
            var text = _delta.Bytes.Span.Slice(piece.Text, piece.Added)[(int)(into - piece.Copied)..];
            text = text[..Math.Min(text.Length, buffer.Length)];
            text.CopyTo(buffer);
            return text.Length;
        }

        var read = RandomAccess.Read(_base.SafeFileHandle, buffer[..(int)Math.Min(buffer.Length, piece.Copied - into)], piece.From + into);
        return read > 0 ? read : throw new InvalidDataException($"{_base.Name} was cut while it was read: fetch the feed again");
    }
}
