namespace PatchFlow.Server.Hosts;

/// <summary>Reads exactly a number of bytes of another stream: an early end is an error, what follows is left alone.</summary>
internal sealed class ExactStream(Stream inner, long length) : ReadOnlyStream(inner, isOwner: false)
{
    private readonly long _length = length;
    private long _left = length;

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
