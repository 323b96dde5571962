using Microsoft.Win32.SafeHandles;

namespace PatchFlow.Cli;

/// <summary>
/// A file of a known size, from front to back: its end is known without a look for what follows, one system call of six for a small document. It is never read beyond
/// its size, and where it has become longer or shorter that is said at its end.
/// </summary>
/// <param name="file">The open file; closed with this.</param>
/// <param name="size">How many bytes it had when it was opened. Some files of the system say that they have none, and have.</param>
/// <param name="mostUntold">How many of those are read, at most.</param>
internal sealed class SizedFile(SafeFileHandle file, long size, long mostUntold = 16 << 20) : Stream
{
    private long _at;
    private bool _isUntold;
    private bool _isAtEnd;

    private long Most => _isUntold ? mostUntold : size;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => size;

    public override long Position
    {
        get => _at;
        set => (_at, _isAtEnd) = value >= 0 ? (value, false) : throw new ArgumentOutOfRangeException(nameof(value), value, "before the first byte");
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        if (_isAtEnd || buffer.IsEmpty || _at > Most)
        {
            return 0;
        }

        // One byte more than there should be: where it comes the file has grown, and where it does not, that was the end.
        var (left, wanted) = (Most - _at, (int)Math.Min(buffer.Length, Most - _at + 1));
        var read = RandomAccess.Read(file, buffer[..wanted], _at);
        if (read > left)
        {
            return IsUntold() ? Read(buffer) : throw TooMuch();
        }

        if (read == 0 && left > 0 && !_isUntold)
        {
            throw PlainFile.Changed($"it had {size} bytes when it was opened, and ends after {_at}");
        }

        _isAtEnd = read == 0 || (read == left && wanted > left);
        _at += read;
        return read;
    }

    public override long Seek(long offset, SeekOrigin origin) => Position = offset + origin switch
    {
        SeekOrigin.Begin => 0,
        SeekOrigin.Current => _at,
        _ => size,
    };

    public override void Flush()
    {
        // Nothing is written.
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private bool IsUntold()
    {
        if (_isUntold || size != 0 || RandomAccess.GetLength(file) != 0)
        {
            return false;
        }

        _isUntold = true;
        return true;
    }

    private InvalidDataException TooMuch() => !_isUntold ? PlainFile.Changed($"it had {size} bytes when it was opened, and has more now")
        : new($"it says that it has no bytes, and has more than {Most}: copy it, and give the copy");

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            file.Dispose();
        }

        base.Dispose(disposing);
    }
}
