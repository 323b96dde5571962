namespace PatchFlow.Core.Advisories;

/// <summary>The lines of a stream as bytes, without their ends, in a buffer of fixed size: a line that is longer than allowed is skipped and said so.</summary>
internal sealed class ByteLines(Stream stream, int mostBytes)
{
    private readonly byte[] _buffer = new byte[Math.Max(64 * 1024, 2 * mostBytes)];
    private int _start;
    private int _end;
    private bool _ended;

    /// <summary>The number of the line that was read last, from 1.</summary>
    public int Number { get; private set; }

    /// <summary>Whether the line that was read last is longer than allowed: then it was read as empty.</summary>
    public bool WasTooLong { get; private set; }

    /// <summary>The next line; it is valid until the next call. False at the end.</summary>
    public bool TryRead(out ReadOnlySpan<byte> line)
    {
        WasTooLong = false;
        for (int length; ;)
        {
            length = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
            if (length >= 0 || _ended)
            {
                return Take(length, out line);
            }

            // Of a line that is too long nothing is kept but that it was.
            WasTooLong |= _end - _start > mostBytes;
            Fill(WasTooLong ? _end : _start);
        }
    }

    private bool Take(int length, out ReadOnlySpan<byte> line)
    {
        var isLast = length < 0;
        length = isLast ? _end - _start : length;
        line = _buffer.AsSpan(_start, length);
        var isThere = !isLast || length > 0 || WasTooLong;
        WasTooLong |= length > mostBytes;
        line = WasTooLong ? default : line.TrimEnd((byte)'\r');
        _start = Math.Min(_end, _start + length + 1);
        Number += isThere ? 1 : 0;
        return isThere;
    }

    private void Fill(int from)
    {
        _buffer.AsSpan(from, _end - from).CopyTo(_buffer);
        (_start, _end) = (0, _end - from);
        var read = stream.Read(_buffer, _end, _buffer.Length - _end);
        _end += read;
        _ended = read == 0;
    }
}
