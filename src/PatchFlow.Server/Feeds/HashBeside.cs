using System.Collections.Concurrent;
using System.Security.Cryptography;
using PatchFlow.Core.Documents;

namespace PatchFlow.Server.Feeds;

/// <summary>Hashes what it is given, in order, on a thread of its own while its caller goes on reading: behind by so many bytes, or by one block that has more, and never further.</summary>
internal sealed class HashBeside : IDisposable
{
    // Who compares is a third faster than who hashes, and what comes after it needs no hash either until the end. By bytes, since a block is as large as the longest stanza.
    private const long MostAhead = 16 << 20;
    private readonly BlockingCollection<BlockPart> _blocks = [];
    private readonly object _room = new();
    private long _ahead;

    public HashBeside() => Sha256 = Task.Factory.StartNew(Hash, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>How many bytes it was given.</summary>
    public long Count { get; private set; }

    /// <summary>The SHA-256 of all of it, some time after <see cref="End"/>.</summary>
    public Task<Digest> Sha256 { get; }

    /// <summary>Gives it the next bytes: they are not copied, and held until they are hashed. Waits while it is too far behind.</summary>
    public void Append(BlockPart part)
    {
        lock (_room)
        {
            while (_ahead > 0 && _ahead + part.Block.Length > MostAhead)
            {
                Monitor.Wait(_room);
            }

            _ahead += part.Block.Length;
        }

        part.Block.Hold();
        Count += part.Length;
        _blocks.Add(part);
    }

    /// <summary>There is no more.</summary>
    public void End() => _blocks.CompleteAdding();

    /// <summary>Waits until it is through.</summary>
    public void Dispose()
    {
        End();
        Sha256.Wait();
        _blocks.Dispose();
    }

    private Digest Hash()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var part in _blocks.GetConsumingEnumerable())
        {
            hash.AppendData(part.Span);
            part.Block.Release();
            lock (_room)
            {
                _ahead -= part.Block.Length;
                Monitor.Pulse(_room);
            }
        }

        return Digest.FromBytes(hash.GetHashAndReset());
    }
}
