using System.Collections.Immutable;
using System.Security.Cryptography;
using PatchFlow.Core.Documents;

namespace PatchFlow.Core.Auditing;

/// <summary>
/// The Merkle tree of RFC 6962, section 2.1. It keeps every level, so that after building it in O(n) a proof costs O(log n).
/// An odd node at the end of a level moves up as it is, which gives the same tree as the RFC's split at the largest power of two.
/// </summary>
public sealed class MerkleTree
{
    private const int Size = SHA256.HashSizeInBytes;
    private readonly List<byte[]> _levels = [];

    /// <summary>The tree over leaf hashes in their order.</summary>
    public MerkleTree(ImmutableArray<Digest> leafHashes)
    {
        Count = leafHashes.Length;
        var level = new byte[leafHashes.Length * Size];
        for (var i = 0; i < leafHashes.Length; i++)
        {
            leafHashes[i].ToBytes().CopyTo(level, i * Size);
        }

        _levels.Add(level);
        while (level.Length > Size)
        {
            level = Parents(level);
            _levels.Add(level);
        }
    }

    /// <summary>How many leaves there are.</summary>
    public int Count { get; }

    /// <summary>The root; of no leaves, the SHA-256 of nothing.</summary>
    public Digest Root => Count == 0 ? Digest.Of([]) : Digest.FromBytes(_levels[^1]);

    /// <summary>The hash of a leaf: <c>SHA-256(0x00 ‖ leaf)</c>.</summary>
    public static Digest LeafHash(ReadOnlySpan<byte> leaf) => Digest.Of([0, .. leaf]);

    /// <summary>The proof that the leaf at this index, from 0, is in the tree.</summary>
    /// <exception cref="ArgumentOutOfRangeException">No leaf has that index: a bug of the caller.</exception>
    public InclusionProof ProofFor(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        var path = ImmutableArray.CreateBuilder<PathStep>();
        var at = index;
        foreach (var level in _levels)
        {
            var sibling = at ^ 1;
            if (sibling * Size < level.Length && level.Length > Size)
            {
                path.Add(new(sibling < at, Digest.FromBytes(level.AsSpan(sibling * Size, Size))));
            }

            at >>= 1;
        }

        return new(index, Count, path.ToImmutable());
    }

    /// <summary>
    /// Whether the proof leads from the leaf's hash to the root. Sides and number of the steps must be those that index and count
    /// give: a shorter or longer path, or one of another index, is refused. O(log n).
    /// </summary>
    public static bool Verify(Digest root, Digest leafHash, InclusionProof proof)
    {
        if (proof.Index < 0 || proof.Index >= proof.Count)
        {
            return false;
        }

        var hash = leafHash.ToBytes();
        var steps = 0;
        for (var (at, count) = (proof.Index, proof.Count); count > 1; (at, count) = (at >> 1, (count + 1) >> 1))
        {
            if ((at ^ 1) >= count)
            {
                continue;
            }

            if (steps == proof.Path.Length || proof.Path[steps].IsLeft != ((at & 1) == 1))
            {
                return false;
            }

            var step = proof.Path[steps++];
            hash = step.IsLeft ? Parent(step.Hash.ToBytes(), hash) : Parent(hash, step.Hash.ToBytes());
        }

        return steps == proof.Path.Length && Digest.FromBytes(hash) == root;
    }

    private static byte[] Parents(byte[] level)
    {
        var nodes = level.Length / Size;
        var parents = new byte[(nodes + 1) / 2 * Size];
        for (var i = 0; i + 1 < nodes; i += 2)
        {
            Parent(level.AsSpan(i * Size, Size), level.AsSpan((i + 1) * Size, Size)).CopyTo(parents, i / 2 * Size);
        }

        if (nodes % 2 == 1)
        {
            level.AsSpan(^Size..).CopyTo(parents.AsSpan(^Size..));
        }

        return parents;
    }

    private static byte[] Parent(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right) => SHA256.HashData([1, .. left, .. right]);
}

/// <summary>A proof that a leaf is in a tree.</summary>
/// <param name="Index">The leaf, from 0.</param>
/// <param name="Count">The leaves of the tree.</param>
/// <param name="Path">The siblings from the leaf up to the root.</param>
public sealed record InclusionProof(long Index, long Count, ImmutableArray<PathStep> Path);

/// <summary>One sibling on the way up.</summary>
/// <param name="IsLeft">It stands left of the hash so far (<c>L</c>), or right of it (<c>R</c>).</param>
/// <param name="Hash">Its hash.</param>
public readonly record struct PathStep(bool IsLeft, Digest Hash);
