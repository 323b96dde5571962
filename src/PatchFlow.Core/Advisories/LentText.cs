using System.Buffers;

namespace PatchFlow.Core.Advisories;

/// <summary>Bytes that are gathered in memory which the pool lends: what grows in fresh memory is cleared and copied again and again.</summary>
internal sealed class LentText : IDisposable
{
    private const int FirstSize = 1 << 16;
    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(FirstSize);

    /// <summary>How many there are.</summary>
    public int Length { get; private set; }

    /// <summary>Adds these.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        if (_bytes.Length - Length < bytes.Length)
        {
            Enlarge(checked(Length + bytes.Length));
        }

        bytes.CopyTo(_bytes.AsSpan(Length));
        Length += bytes.Length;
    }

    /// <summary>All of them, in memory of their own.</summary>
    public byte[] ToArray() => _bytes.AsSpan(0, Length).ToArray();

    /// <inheritdoc/>
    public void Dispose() => ArrayPool<byte>.Shared.Return(_bytes);

    private void Enlarge(int least)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(least, 2 * _bytes.Length));
        _bytes.AsSpan(0, Length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = larger;
    }
}
