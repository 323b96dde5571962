using System.Buffers;

namespace PatchFlow.Core.Advisories;

/// <summary>How far a value of a JSON stream could be read.</summary>
internal enum JsonExtent
{
    /// <summary>It is whole, and its bytes are there.</summary>
    Whole,

    /// <summary>It was longer than a record may be: it was skipped.</summary>
    TooLong,

    /// <summary>It was nested deeper than allowed: it was skipped.</summary>
    TooDeep,

    /// <summary>The stream ended within it.</summary>
    Cut,
}

/// <summary>
/// Finds where values of a JSON stream begin and end, without knowing what is in them, and holds the bytes of one value at a time. What it
/// skips costs no memory; what it finds is checked by whoever parses it. Its memory is lent by the pool, and goes back when it is disposed.
/// </summary>
internal sealed class JsonBuffer(Stream stream, AdvisoryLimits limits) : IDisposable
{
    private const int FirstSize = 1 << 16;
    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(FirstSize);
    private int _start;
    private int _at;
    private int _end;
    private bool _dropping;

    /// <summary>The line of the next byte, from 1.</summary>
    public long Line { get; private set; } = 1;

    /// <summary>Tells whether nobody wants what the stream still has: then it has nothing more.</summary>
    public Func<bool>? IsUnwanted { get; set; }

    /// <summary>Why the stream could not be read to its end; null where it could.</summary>
    public string? Problem { get; private set; }

    /// <inheritdoc/>
    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_bytes);
        (_bytes, _start, _at, _end) = ([], 0, 0, 0);
    }

    /// <summary>Whether the stream has more than a buffer at its beginning; it is asked before anything was taken.</summary>
    public bool IsLong()
    {
        var more = true;
        while (more && _end < _bytes.Length)
        {
            more = Fill();
        }

        return more;
    }

    /// <summary>Skips a byte order mark, which RFC 8259 lets a reader ignore.</summary>
    public void SkipMark()
    {
        while (_end - _start < 3 && More())
        {
            // A stream may hand out single bytes.
        }

        Drop(_bytes.AsSpan(_start, _end - _start).StartsWith("\uFEFF"u8) ? 3 : 0);
    }

    /// <summary>The next byte that is no white space, which is not taken; -1 at the end.</summary>
    public int Peek()
    {
        while (true)
        {
            var blank = _bytes.AsSpan(_start, _end - _start).IndexOfAnyExcept(" \t\r\n"u8);
            Drop(blank < 0 ? _end - _start : blank);
            if (blank >= 0)
            {
                return _bytes[_start];
            }

            if (!More())
            {
                return -1;
            }
        }
    }

    /// <summary>Whether nothing but blanks is left on this line.</summary>
    public bool EndsLine()
    {
        var line = Line;
        return Peek() < 0 || Line > line;
    }

    /// <summary>Takes the next byte where it is this one.</summary>
    public bool Take(byte expected)
    {
        var there = Peek() == expected;
        Drop(there ? 1 : 0);
        return there;
    }

    /// <summary>Takes the value that begins at the next byte that is no white space; its bytes hold until the next call.</summary>
    public JsonExtent TakeValue(out ReadOnlyMemory<byte> value)
    {
        var first = Peek();
        var deep = false;
        var whole = first is '{' or '[' ? TakeNested(out deep) : first == '"' ? TakeString() : TakeLiteral();
        return Taken(whole, deep, out value);
    }

    /// <summary>Takes what is left of this line.</summary>
    public JsonExtent TakeLine(out ReadOnlyMemory<byte> value)
    {
        _at = _start;
        int end;
        while ((end = _bytes.AsSpan(_at, _end - _at).IndexOf((byte)'\n')) < 0)
        {
            _at = _end;
            if (!More())
            {
                return Taken(true, false, out value);
            }
        }

        _at += end;
        return Taken(true, false, out value);
    }

    private JsonExtent Taken(bool whole, bool deep, out ReadOnlyMemory<byte> value)
    {
        var extent = deep ? JsonExtent.TooDeep : _dropping || _at - _start > limits.RecordBytes ? JsonExtent.TooLong : whole ? JsonExtent.Whole : JsonExtent.Cut;
        value = extent == JsonExtent.Whole ? _bytes.AsMemory(_start, _at - _start) : default;
        Drop(_at - _start);
        _dropping = false;
        return extent;
    }

    private bool TakeNested(out bool deep)
    {
        _at = _start;
        var scan = new JsonScan(limits.Depth);
        int end;
        while ((end = scan.EndIn(_bytes.AsSpan(_at, _end - _at))) < 0)
        {
            _at = _end;
            // Nobody will look at what is too deep, and a bracket each byte would fill the memory for nothing.
            _dropping |= scan.IsTooDeep;
            if (!More())
            {
                break;
            }
        }

        _at += Math.Max(end, 0);
        deep = scan.IsTooDeep;
        return end >= 0;
    }

    private bool TakeString()
    {
        _at = _start;
        var whole = SkipString();
        _at += whole ? 1 : 0;
        return whole;
    }

    // From the opening quotation mark to the closing one.
    private bool SkipString()
    {
        _at++;
        while (true)
        {
            var next = _bytes.AsSpan(_at, _end - _at).IndexOfAny((byte)'"', (byte)'\\');
            _at = next < 0 ? _end : _at + next;
            if (next >= 0 && _bytes[_at] == '"')
            {
                return true;
            }

            // A backslash takes the byte behind it along, which may not have been read yet.
            if (next >= 0 && _at + 1 < _end)
            {
                _at += 2;
            }
            else if (!More())
            {
                _at = _end;
                return false;
            }
        }
    }

    private bool TakeLiteral()
    {
        _at = _start;
        int end;
        while ((end = _bytes.AsSpan(_at, _end - _at).IndexOfAny(" \t\r\n,]}"u8)) < 0)
        {
            _at = _end;
            if (!More())
            {
                return true;
            }
        }

        // A stray bracket or comma is taken alone, so that nothing stands still.
        _at = Math.Min(_end, Math.Max(_at + end, _start + 1));
        return true;
    }

    private void Drop(int count)
    {
        Line += _bytes.AsSpan(_start, count).Count((byte)'\n');
        _start += count;
    }

    private bool More()
    {
        if (IsUnwanted?.Invoke() == true)
        {
            return false;
        }

        if (_at < _start)
        {
            _at = _start;
        }

        if (_dropping || _end - _start >= limits.RecordBytes)
        {
            _dropping = _dropping || _end > _start;
            Drop(_at - _start);
        }

        MakeRoom();
        return Fill();
    }

    private bool Fill()
    {
        try
        {
            var read = stream.Read(_bytes, _end, _bytes.Length - _end);
            _end += read;
            return read > 0;
        }
        catch (InvalidDataException e)
        {
            Problem = e.Message;
            return false;
        }
    }

    private void MakeRoom()
    {
        if (_start > 0)
        {
            _bytes.AsSpan(_start, _end - _start).CopyTo(_bytes);
            (_at, _end, _start) = (_at - _start, _end - _start, 0);
        }

        if (_end == _bytes.Length)
        {
            var longer = ArrayPool<byte>.Shared.Rent((int)Math.Min(_bytes.Length * 2L, limits.RecordBytes + (long)FirstSize));
            _bytes.AsSpan(0, _end).CopyTo(longer);
            ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = longer;
        }
    }
}
