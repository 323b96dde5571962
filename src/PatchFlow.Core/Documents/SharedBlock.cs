using System.Buffers;

namespace PatchFlow.Core.Documents;

/// <summary>
/// Memory that its reader and others look at, each at its own pace: whoever needs it longer than the call in which it was given holds it, and it goes back
/// to the pool when nobody does any more. Bytes that were given are never written again.
/// </summary>
public sealed class SharedBlock
{
    private readonly byte[] _bytes;
    private int _holders = 1;

    private SharedBlock(byte[] bytes) => _bytes = bytes;

    /// <summary>How many bytes it has room for.</summary>
    public int Length => _bytes.Length;

    internal byte[] Bytes => _bytes;

    /// <summary>Has it stay as it is until <see cref="Release"/>.</summary>
    /// <exception cref="ObjectDisposedException">Nobody holds it any more.</exception>
    public void Hold() => Count(1);

    /// <summary>Takes back one hold.</summary>
    /// <exception cref="ObjectDisposedException">Nobody holds it any more: its memory may be somebody else's by now.</exception>
    public void Release()
    {
        if (Count(-1) == 0)
        {
            ArrayPool<byte>.Shared.Return(_bytes);
        }
    }

    /// <summary>One with room for so many bytes, or for more, that the caller holds.</summary>
    public static SharedBlock Rent(int bytes) => new(ArrayPool<byte>.Shared.Rent(bytes));

    private int Count(int more)
    {
        lock (_bytes)
        {
            ObjectDisposedException.ThrowIf(_holders == 0, this);
            return _holders += more;
        }
    }
}

/// <summary>Bytes in a block: they may be read during the call that gives them, and afterwards by who holds the block.</summary>
/// <param name="Block">Where they are.</param>
/// <param name="Start">The place of the first.</param>
/// <param name="Length">How many.</param>
public readonly record struct BlockPart(SharedBlock Block, int Start, int Length)
{
    /// <summary>The bytes.</summary>
    public ReadOnlySpan<byte> Span => Block.Bytes.AsSpan(Start, Length);
}
