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
    private readonly ConcurrentDictionary<KeptList, Seen> _seen = new();

    /// <summary>The list's SHA-256.</summary>
    /// <exception cref="IOException">It can't be read.</exception>
    /// <exception cref="InvalidDataException">It is kept as a change that can't be read.</exception>
    public Digest DigestOf(KeptList list)
    {
        // Looked at before it is opened: what is written from here on is noticed.
        var (before, now) = (LookAt(list), time.GetUtcNow());
        var looksTheSame = _seen.TryGetValue(list, out var seen) && seen.Look == before;
        if (looksTheSame && now < seen.At + HashedAgainAfter && now >= seen.At)
        {
            return seen.Digest;
        }

        using var stream = list.Open();
        var digest = Digest.FromBytes(SHA256.HashData(stream));
        Remember(list, new Seen(before, digest, now, list.IsWhole ? now : looksTheSame ? seen.SharedAt : DateTimeOffset.MinValue));
        return digest;
    }

    /// <summary>
    /// Keeps the digest of a list that was written just now. Its bytes were hashed on their way; those that it shares with another list were when all of
    /// those were, and are hashed again when their day is over.
    /// </summary>
    public void Written(KeptList list, Digest digest, KeptList? shares)
    {
        var now = time.GetUtcNow();
        if (shares is null)
        {
            Remember(list, new Seen(LookAt(list), digest, now, now));
        }
        else if (_seen.TryGetValue(shares, out var seen) && LookAt(shares) == seen.Look)
        {
            Remember(list, new Seen(LookAt(list), digest, seen.SharedAt, seen.SharedAt));
        }
    }

    private void Remember(KeptList list, Seen seen)
    {
        if (_seen.Count >= Most)
        {
            _seen.Clear();
        }

        // One that was written to while it was hashed is hashed again next time.
        if (LookAt(list) == seen.Look)
        {
            _seen[list] = seen;
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

    /// <summary>What a list was when it was hashed.</summary>
    /// <param name="Look">How its files looked before.</param>
    /// <param name="Digest">Its SHA-256.</param>
    /// <param name="At">When it was hashed.</param>
    /// <param name="SharedAt">When all bytes were that others may share: those of a change's base which the change does not use are not hashed with it.</param>
    private readonly record struct Seen(Look Look, Digest Digest, DateTimeOffset At, DateTimeOffset SharedAt);

    /// <summary>How a list's files look: the same twice where there is one.</summary>
    private readonly record struct Look((long Length, DateTime Written) Bytes, (long Length, DateTime Written) Change);
}
