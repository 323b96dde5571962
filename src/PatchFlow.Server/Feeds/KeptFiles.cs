using System.Collections.Concurrent;
using System.Security.Cryptography;
using PatchFlow.Core.Documents;

namespace PatchFlow.Server.Feeds;

/// <summary>
/// What kept files were when they were last hashed. One that looks as it did then is not hashed again before a day is over; so feeds that are
/// looked at every hour cost next to nothing, and a disk that loses bits is noticed all the same. Whoever reads
/// a list here hashes what they read and does not take its word; only the sandbox hands the kept lists on to its replicas as they are.
/// </summary>
internal sealed class KeptFiles(TimeProvider time)
{
    private const int Most = 1000;
    private static readonly TimeSpan HashedAgainAfter = TimeSpan.FromDays(1);
    private readonly ConcurrentDictionary<string, (long Length, DateTime Written, Digest Digest, DateTimeOffset At)> _seen = new(StringComparer.Ordinal);

    /// <summary>The file's SHA-256.</summary>
    /// <exception cref="IOException">It can't be read.</exception>
    public Digest DigestOf(string path)
    {
        // Looked at before it is opened: what is written from here on is noticed.
        var (before, now) = (LookAt(path), time.GetUtcNow());
        if (_seen.TryGetValue(path, out var seen) && (seen.Length, seen.Written) == before && now < seen.At + HashedAgainAfter && now >= seen.At)
        {
            return seen.Digest;
        }

        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);
        var digest = Digest.FromBytes(SHA256.HashData(stream));
        Remember(path, before, digest, now);
        return digest;
    }

    private void Remember(string path, (long Length, DateTime Written) before, Digest digest, DateTimeOffset now)
    {
        if (_seen.Count >= Most)
        {
            _seen.Clear();
        }

        // One that was written to while it was hashed is hashed again next time.
        if (LookAt(path) == before)
        {
            _seen[path] = (before.Length, before.Written, digest, now);
        }
    }

    private static (long Length, DateTime Written) LookAt(string path)
    {
        // It looks at the file when it is first asked, and remembers what it saw.
        var file = new FileInfo(path);
        return (file.Length, file.LastWriteTimeUtc);
    }
}
