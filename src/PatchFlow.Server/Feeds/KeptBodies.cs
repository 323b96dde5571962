using System.IO.Compression;
using System.Security.Cryptography;
using PatchFlow.Core.Documents;

namespace PatchFlow.Server.Feeds;

/// <summary>
/// Bodies of answers by their SHA-256, packed, in a folder of a feed: <c>ab/DIGEST.gz</c>. None is believed by its name: whoever uses one compares the digest
/// of the bytes that it used.
/// </summary>
internal sealed class KeptBodies(string folder)
{
    private const string Unfinished = ".unfinished";
    private const int Chunk = 1 << 17;
    private static readonly string[] Packed = [".zip", ".gz", ".xz", ".bz2", ".zst"];

    /// <summary>Packs the bytes of a file. Answers where they lie until they are <see cref="Settle">settled</see>, and how many they are; null where that is more than there is room for.</summary>
    public async Task<(string Path, long Bytes)?> PackAsync(string path, Uri address, long room, CancellationToken cancel)
    {
        var unfinished = Path.Combine(folder, $"{Guid.NewGuid():N}{Unfinished}");
        var level = Packed.Contains(Path.GetExtension(address.AbsolutePath)) ? CompressionLevel.NoCompression : CompressionLevel.Fastest;
        var isWhole = false;
        try
        {
            await using var source = File.OpenRead(path);
            await using var file = new FileStream(unfinished, FileMode.CreateNew, FileAccess.Write);
            await using (var packing = new GZipStream(file, level, leaveOpen: true))
            {
                var buffer = new byte[Chunk];
                // What does not fit is not written to its end to find that out.
                for (var read = await source.ReadAsync(buffer, cancel); read > 0 && file.Length <= room; read = await source.ReadAsync(buffer, cancel))
                {
                    await packing.WriteAsync(buffer.AsMemory(0, read), cancel);
                }
            }

            isWhole = file.Length <= room;
            return isWhole ? (unfinished, file.Length) : null;
        }
        finally
        {
            if (!isWhole)
            {
                File.Delete(unfinished);
            }
        }
    }

    /// <summary>Puts packed bytes where they are found. Whether all of them came to the disk their digest says when they are read.</summary>
    public void Settle(string packed, Digest sha256)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(sha256))!);
        File.Move(packed, PathOf(sha256), overwrite: true);
    }

    /// <summary>The bytes of a body, not looked at yet.</summary>
    public Stream Open(KeptAnswer answer) => new GZipStream(File.OpenRead(PathOf(answer.Sha256)), CompressionMode.Decompress);

    /// <summary>Whether reading a kept body, no further than it was long, ended so because it is not what it was.</summary>
    public static bool IsSpoiled(Exception e) => e is InvalidDataException or IOException or UnauthorizedAccessException or FeedException { Fault: FeedFault.TooLarge };

    /// <summary>Whether a body is there and what it was.</summary>
    public bool IsWhole(KeptAnswer answer)
    {
        try
        {
            using var body = new LimitedStream(Open(answer), answer.SizeBytes, () => new FeedException(FeedFault.TooLarge, $"{answer.Sha256} is longer than it was"), isOwner: true);
            return Digest.FromBytes(SHA256.HashData(body)) == answer.Sha256;
        }
        catch (Exception e) when (IsSpoiled(e))
        {
            return false;
        }
    }

    /// <summary>Removes one.</summary>
    public void Remove(Digest sha256)
    {
        if (File.Exists(PathOf(sha256)))
        {
            File.Delete(PathOf(sha256));
        }
    }

    /// <summary>Removes all but these: after a fetch that ended with its process, which may have left some that no list names.</summary>
    public void Sweep(IReadOnlyDictionary<Digest, long> wanted)
    {
        foreach (var path in Directory.EnumerateFiles(folder, "*.gz", SearchOption.AllDirectories)
            .Where(path => !Digest.TryParse(Path.GetFileNameWithoutExtension(path.AsSpan()), out var digest) || !wanted.ContainsKey(digest)))
        {
            File.Delete(path);
        }
    }

    private string PathOf(Digest sha256) => sha256.Hex is var hex ? Path.Combine(folder, hex[..2], $"{hex}.gz") : "";
}
