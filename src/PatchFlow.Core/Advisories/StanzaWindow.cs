using PatchFlow.Core.Documents;

namespace PatchFlow.Core.Advisories;

/// <summary>What is held of a stream while its stanzas are read: as much as the longest piece that is looked at, and no more.</summary>
/// <param name="stream">Read to its end.</param>
/// <param name="seen">Takes the bytes, in order: a block at a time, and what is left at the end of the stream.</param>
/// <param name="longest">How many bytes may have to be held.</param>
internal sealed class StanzaWindow(Stream stream, Action<BlockPart> seen, int longest = StanzaWindow.MostStanza) : IDisposable
{
    /// <summary>How many bytes a stanza may have: more than any has, and what is held of a list is no more than three times as much.</summary>
    public const int MostStanza = 32 << 20;

    private const int FirstSize = 1 << 18;
    private SharedBlock _block = SharedBlock.Rent(FirstSize);
    private int _start;
    private int _end;
    private int _seen;

    /// <summary>The bytes that were read and not taken.</summary>
    public ReadOnlySpan<byte> Held => _block.Bytes.AsSpan(_start, _end - _start);

    /// <summary>Where in the stream they begin.</summary>
    public long Position { get; private set; }

    /// <summary>Reads on; false at the end of the stream.</summary>
    /// <exception cref="InvalidDataException">More than may be held would have to be.</exception>
    public bool Fill()
    {
        if (_end == _block.Length)
        {
            GoOnInAnother();
        }

        var read = stream.Read(_block.Bytes, _end, _block.Length - _end);
        _end += read;
        if (read == 0 || _end == _block.Length)
        {
            Show();
        }

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
    public void Dispose() => _block.Release();

    // What was shown stays as it is, since others may still be looking at it: only what is not taken yet goes along.
    private void GoOnInAnother()
    {
        if (Held.Length > longest)
        {
            throw new InvalidDataException($"a stanza is longer than {longest} bytes");
        }

        var next = SharedBlock.Rent(Math.Max(FirstSize, 2 * Held.Length));
        Held.CopyTo(next.Bytes);
        (_start, _end, _seen) = (0, Held.Length, Held.Length);
        _block.Release();
        _block = next;
    }

    // By whole blocks: who looks on another thread would wake for each of a pipe's small pieces.
    private void Show()
    {
        if (_end > _seen)
        {
            seen(new BlockPart(_block, _seen, _end - _seen));
            _seen = _end;
        }
    }
}
