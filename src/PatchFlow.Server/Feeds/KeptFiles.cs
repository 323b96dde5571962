using System.Collections.Concurrent;
using System.Security.Cryptography;
using PatchFlow.Core.Documents;

namespace PatchFlow.Server.Feeds;

/// <summary>
/// What kept files were when they were last hashed. One that looks as it did then is not hashed again before a day is over; so feeds that are
/// looked at every hour cost next to nothing, and a disk that loses bits is noticed all the same. Nobody reads a file's content on its word.
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
        var (file, now) = (new FileInfo(path), time.GetUtcNow());
        if (_seen.TryGetValue(path, out var seen) && file.Exists && seen.Length == file.Length && seen.Written == file.LastWriteTimeUtc && now < seen.At + HashedAgainAfter && now >= seen.At)
        {
            return seen.Digest;
        }

        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);
        var digest = Digest.FromBytes(SHA256.HashData(stream));
        Remember(path, file, digest, now);
        return digest;
    }

    private void Remember(string path, FileInfo before, Digest digest, DateTimeOffset now)
    {
        var after = new FileInfo(path);
        if (_seen.Count >= Most)
        {
            _seen.Clear();
        }

        // One that was written to while it was hashed is hashed again next time.
        if (after.Length == before.Length && after.LastWriteTimeUtc == before.LastWriteTimeUtc)
        {
            _seen[path] = (after.Length, after.LastWriteTimeUtc, digest, now);
        }
    }
}
