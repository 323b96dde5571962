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
    private readonly ConcurrentDictionary<KeptList, (Look Look, Digest Digest, DateTimeOffset At)> _seen = new();

    /// <summary>The list's SHA-256.</summary>
    /// <exception cref="IOException">It can't be read.</exception>
    /// <exception cref="InvalidDataException">It is kept as a change that can't be read.</exception>
    public Digest DigestOf(KeptList list)
    {
        // Looked at before it is opened: what is written from here on is noticed.
        var (before, now) = (LookAt(list), time.GetUtcNow());
        if (_seen.TryGetValue(list, out var seen) && seen.Look == before && now < seen.At + HashedAgainAfter && now >= seen.At)
        {
            return seen.Digest;
        }

        using var stream = list.Open();
        var digest = Digest.FromBytes(SHA256.HashData(stream));
        Remember(list, before, digest, now);
        return digest;
    }

    /// <summary>
    /// Keeps the digest of a list that was written just now. Its bytes were hashed on their way; those that it shares with another list were when that
    /// one was hashed, and are hashed again when its day is over. Of a list that is itself a change not all bytes of its base were: what shares them is hashed
    /// at the next look.
    /// </summary>
    public void Written(KeptList list, Digest digest, KeptList? shares)
    {
        if (shares is null || shares == list)
        {
            Remember(list, LookAt(list), digest, time.GetUtcNow());
        }
        else if (shares.IsWhole && _seen.TryGetValue(shares, out var seen) && LookAt(shares) == seen.Look)
        {
            Remember(list, LookAt(list), digest, seen.At);
        }
    }

    private void Remember(KeptList list, Look before, Digest digest, DateTimeOffset at)
    {
        if (_seen.Count >= Most)
        {
            _seen.Clear();
        }

        // One that was written to while it was hashed is hashed again next time.
        if (LookAt(list) == before)
        {
            _seen[list] = (before, digest, at);
        }
    }

    private static Look LookAt(KeptList list)
    {
        var files = list.Files;
        return new Look(LookAt(list, files[0]), LookAt(list, files[^1]));
    }

    private static (long Length, DateTime Written) LookAt(KeptList list, string name)
    {
        // It looks at the file when it is first asked, and remembers what it saw.
        var file = new FileInfo(Path.Combine(list.Folder, name));
        return (file.Length, file.LastWriteTimeUtc);
    }

    /// <summary>How a list's files look: the same twice where there is one.</summary>
    private readonly record struct Look((long Length, DateTime Written) Bytes, (long Length, DateTime Written) Change);
}
