namespace PatchFlow.Server.Feeds;

/// <summary>Reads at most so many bytes; one more is an error and not an end, so that a cut never looks like a whole.</summary>
/// <param name="inner">Where they come from.</param>
/// <param name="maxBytes">How many there may be.</param>
/// <param name="tooLarge">The error.</param>
/// <param name="stop">Ends also a reader that waits for its bytes.</param>
internal sealed class LimitedStream(Stream inner, long maxBytes, Func<FeedException> tooLarge, CancellationToken stop = default) : Stream
{
    /// <summary>Bytes read so far.</summary>
    public long Count { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => Count; set => throw new NotSupportedException(); }

    public override int Read(byte[] buffer, int offset, int count)
    {
        stop.ThrowIfCancellationRequested();
        // A file answers at once; a program may never.
        return stop.CanBeCanceled && inner is not FileStream
            ? Counted(inner.ReadAsync(buffer.AsMemory(offset, count), stop).AsTask().GetAwaiter().GetResult())
            : Counted(inner.Read(buffer, offset, count));
    }

    public override int Read(Span<byte> buffer) => Counted(inner.Read(buffer));

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        Counted(await inner.ReadAsync(buffer, cancellationToken));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private int Counted(int read) => (Count += read) <= maxBytes ? read : throw tooLarge();
}
