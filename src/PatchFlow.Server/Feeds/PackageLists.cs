using System.Security.Cryptography;
using PatchFlow.Core.Advisories;
using PatchFlow.Core.Documents;

namespace PatchFlow.Server.Feeds;

/// <summary>A package index that was read, and what its bytes were: it counts only where the signed index says the same of them.</summary>
internal sealed record ReadList<T>(T Packages, long SizeBytes, Digest Sha256);

/// <summary>The change of an index whose bytes are still hashed: what it says does not count before that is their digest which the signed index has.</summary>
internal sealed record UnverifiedChange(ListChange Packages, HashBeside Bytes) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose() => Bytes.Dispose();
}

/// <summary>Reads package indices, hashing the very bytes that are parsed, with the memory of a piece of them.</summary>
internal static class PackageLists
{
    private const int KeyBytes = 16;

    /// <summary>Reads a list that is kept.</summary>
    public static ReadList<AptPackageList> Read(KeptList list)
    {
        using var stream = list.Open();
        return Read((bytes, seen) => AptPackages.Read(bytes, stream.Length, seen), stream);
    }

    /// <summary>The same, remembered for its next state.</summary>
    public static ReadList<KnownList> ReadKnown(KeptList list)
    {
        using var stream = list.Open();
        return Read((bytes, seen) => AptPackages.ReadKnown(bytes, stream.Length, RandomNumberGenerator.GetBytes(KeyBytes), seen), stream);
    }

    /// <summary>Reads what is new in a list beside the file in which the known one is kept; null where that is more than it may be, and then the stream is not read to its end.</summary>
    public static UnverifiedChange? ReadChange(KnownList known, Stream stream, long mostChanged, FileStream kept)
    {
        // Asked for once: the stream sets its file's place each time.
        var file = kept.SafeFileHandle;
        var hash = new HashBeside();
        ListChange? change = null;
        try
        {
            change = known.Compare(stream, mostChanged, hash.Append, (at, to) => RandomAccess.Read(file, to.Span, at));
            hash.End();
            return change is null ? null : new UnverifiedChange(change, hash);
        }
        finally
        {
            if (change is null)
            {
                hash.Dispose();
            }
        }
    }

    private static ReadList<T> Read<T>(Func<Stream, Action<BlockPart>, T> read, Stream stream)
    {
        using var hash = new HashBeside();
        var packages = read(stream, hash.Append);
        hash.End();
        return new ReadList<T>(packages, hash.Count, hash.Sha256.GetAwaiter().GetResult());
    }
}
