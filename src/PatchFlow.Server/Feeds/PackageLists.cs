using System.Security.Cryptography;
using PatchFlow.Core.Advisories;
using PatchFlow.Core.Documents;

namespace PatchFlow.Server.Feeds;

/// <summary>A package index that was read, and what its bytes were: it counts only where the signed index says the same of them.</summary>
internal sealed record ReadList(AptPackageList Packages, long SizeBytes, Digest Sha256);

/// <summary>Reads package indices from files, hashing the very bytes that are parsed, with the memory of a piece of them.</summary>
internal static class PackageLists
{
    /// <summary>Reads the index at <paramref name="path"/>.</summary>
    public static ReadList Read(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var (size, expected) = (0L, file.Length);
        var packages = AptPackages.Read(file, expected, bytes =>
        {
            size += bytes.Length;
            hash.AppendData(bytes);
        });
        return new ReadList(packages, size, Digest.FromBytes(hash.GetHashAndReset()));
    }
}
