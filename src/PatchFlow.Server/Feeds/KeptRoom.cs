using PatchFlow.Core.Documents;

namespace PatchFlow.Server.Feeds;

/// <summary>
/// The room that the bodies of a feed's answers have, and what of it is taken: by all that a list on the disk names, of whichever configuration, until they are
/// removed. So what is in use and what is new count together.
/// </summary>
/// <param name="folder">The feed's folder of answers.</param>
/// <param name="bodies">The bodies in it.</param>
/// <param name="mostBytes">How many bytes they may take up.</param>
internal sealed class KeptRoom(string folder, KeptBodies bodies, long mostBytes)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<Digest, long> _stored = [];
    private HashSet<Digest>? _wanted;
    private long _bytes;

    /// <summary>Whether there was no room for an answer.</summary>
    public bool IsFull { get; private set; }

    /// <summary>Counts the bodies of answers that are on the disk.</summary>
    public void Count(IEnumerable<KeptAnswer> answers)
    {
        foreach (var answer in answers.Where(a => !a.IsAbsent && _stored.TryAdd(a.Sha256, a.StoredBytes)))
        {
            _bytes += answer.StoredBytes;
        }
    }

    /// <summary>How many bytes a body takes up; 0 where it is not there.</summary>
    public long StoredOf(Digest sha256)
    {
        lock (_gate)
        {
            return _stored.GetValueOrDefault(sha256);
        }
    }

    /// <summary>Packs a body; one that is there and was spoiled makes room for itself. Answers how many bytes it takes up; null where there is no room.</summary>
    /// <exception cref="FeedException">The disk can't hold it.</exception>
    public async Task<long?> PackAsync(Digest sha256, string path, Uri address, CancellationToken cancel)
    {
        try
        {
            if (await bodies.PackAsync(path, address, mostBytes - Interlocked.Read(ref _bytes) + StoredOf(sha256), cancel) is { } packed)
            {
                if (IsTaken(sha256, packed.Bytes))
                {
                    bodies.Settle(packed.Path, sha256);
                    return packed.Bytes;
                }

                File.Delete(packed.Path);
            }

            IsFull = true;
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FeedException(FeedFault.Local, $"what {address} answered can't be kept in {folder} ({e.Message}): make room there, or give the feed a smaller keepMegabytes; what was in use stays", e);
        }
    }

    /// <summary>Leaves out answers, the greatest first, until the rest has room: a limit that was made smaller holds for what is kept already. Answers how many bytes the rest takes up.</summary>
    public long Bound(Dictionary<UInt128, KeptAnswer> answers)
    {
        var bytes = answers.Values.DistinctBy(a => a.Sha256).Sum(a => a.StoredBytes);
        foreach (var same in bytes <= mostBytes ? [] : answers.Values.GroupBy(a => a.Sha256).OrderByDescending(same => same.First().StoredBytes).ToList())
        {
            if (bytes <= mostBytes)
            {
                break;
            }

            IsFull = true;
            bytes -= same.First().StoredBytes;
            foreach (var answer in same)
            {
                answers.Remove(answer.Key);
            }
        }

        _wanted = [.. answers.Values.Select(a => a.Sha256)];
        return bytes;
    }

    /// <summary>Removes the bodies that were left out, or are of nothing any more.</summary>
    public void Tidy()
    {
        foreach (var sha256 in _wanted is null ? [] : _stored.Keys.Where(sha256 => !_wanted.Contains(sha256)))
        {
            bodies.Remove(sha256);
        }
    }

    /// <summary>Removes the bodies that were not counted.</summary>
    public void Sweep() => bodies.Sweep(_stored);

    // Several are packed at the same time, and each of them found the room.
    private bool IsTaken(Digest sha256, long bytes)
    {
        lock (_gate)
        {
            var more = bytes - _stored.GetValueOrDefault(sha256);
            if (_bytes + more > mostBytes)
            {
                return false;
            }

            _bytes += more;
            _stored[sha256] = bytes;
            return true;
        }
    }
}
