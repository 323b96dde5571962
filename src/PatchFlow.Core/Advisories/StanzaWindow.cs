using System.Buffers;

namespace PatchFlow.Core.Advisories;

/// <summary>What is held of a stream while its stanzas are read: as much as the longest piece that is looked at, and no more.</summary>
/// <param name="stream">Read to its end.</param>
/// <param name="seen">Takes each piece of the bytes, in order.</param>
internal sealed class StanzaWindow(Stream stream, Action<ReadOnlySpan<byte>> seen) : IDisposable
{
    private const int FirstSize = 1 << 18;
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(FirstSize);
    private int _start;
    private int _end;

    /// <summary>The bytes that were read and not taken.</summary>
    public ReadOnlySpan<byte> Held => _buffer.AsSpan(_start, _end - _start);

    /// <summary>Where in the stream they begin.</summary>
    public long Position { get; private set; }

    /// <summary>Reads on; false at the end of the stream.</summary>
    public bool Fill()
    {
        Held.CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
        if (_end == _buffer.Length)
        {
            Enlarge();
        }

        var read = stream.Read(_buffer, _end, _buffer.Length - _end);
        seen(_buffer.AsSpan(_end, read));
        _end += read;
        return read > 0;
    }

    /// <summary>Whether so many bytes are held, or can be.</summary>
    public bool Has(int bytes)
    {
        while (Held.Length < bytes && Fill())
        {
            // A stream may give little at a time.
        }

        return Held.Length >= bytes;
    }

    /// <summary>The bytes up to and with the next empty line, or all that is left.</summary>
    public ReadOnlySpan<byte> Stanza()
    {
        for (var looked = 0; ;)
        {
            var at = Held[looked..].IndexOf("\n\n"u8);
            if (at >= 0)
            {
                return Held[..(looked + at + 2)];
            }

            // The end of what is held may be the first half of what is sought.
            looked = Math.Max(0, Held.Length - 1);
            if (!Fill())
            {
                return Held;
            }
        }
    }

    /// <summary>Goes past the first bytes of what is held.</summary>
    public void Take(int bytes)
    {
        _start += bytes;
        Position += bytes;
    }

    /// <inheritdoc/>
    public void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);

    private void Enlarge()
    {
        var larger = ArrayPool<byte>.Shared.Rent(2 * _buffer.Length);
        _buffer.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
