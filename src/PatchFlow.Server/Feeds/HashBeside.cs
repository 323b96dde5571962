using System.Buffers;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using PatchFlow.Core.Documents;

namespace PatchFlow.Server.Feeds;

/// <summary>Hashes what it is given, in order, on a thread of its own while its caller goes on reading: a few blocks behind, and never more.</summary>
internal sealed class HashBeside : IDisposable
{
    // As large as what a reader has at once: whoever hands over less sleeps and wakes so often that both wait for each other.
    private const int BlockBytes = 1 << 18;
    private const int MostBlocks = 8;
    private readonly BlockingCollection<(byte[] Block, int Length)> _blocks = new(MostBlocks);
    private readonly Task<Digest> _digest;

    public HashBeside() => _digest = Task.Factory.StartNew(Hash, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>How many bytes it was given.</summary>
    public long Count { get; private set; }

    /// <summary>Gives it the next bytes: they are copied.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        Count += bytes.Length;
        while (!bytes.IsEmpty)
        {
            var block = ArrayPool<byte>.Shared.Rent(BlockBytes);
            var length = Math.Min(bytes.Length, block.Length);
            bytes[..length].CopyTo(block);
            _blocks.Add((block, length));
            bytes = bytes[length..];
        }
    }

    /// <summary>The SHA-256 of all of it.</summary>
    public Digest Finish()
    {
        _blocks.CompleteAdding();
        return _digest.GetAwaiter().GetResult();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Finish();
        _blocks.Dispose();
    }

    private Digest Hash()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (block, length) in _blocks.GetConsumingEnumerable())
        {
            hash.AppendData(block, 0, length);
            ArrayPool<byte>.Shared.Return(block);
        }

        return Digest.FromBytes(hash.GetHashAndReset());
    }
}
