using System.IO.Compression;
using System.Security.Cryptography;
using PatchFlow.Core.Documents;

namespace PatchFlow.Server.Feeds;

/// <summary>Bodies of answers by their SHA-256, packed, in a folder of a feed: <c>ab/DIGEST.gz</c>. None is believed by its name: it is hashed before it is used.</summary>
internal sealed class KeptBodies(string folder)
{
    private const string Unfinished = ".unfinished";
    private static readonly string[] Packed = [".zip", ".gz", ".xz", ".bz2", ".zst"];

    /// <summary>Keeps the bytes of a file. Answers how many it takes up; null where that is more than there is room for, and nothing is kept then.</summary>
    /// <exception cref="FeedException">The disk can't hold it.</exception>
    public async Task<long?> KeepAsync(string path, string name, string sha256, long room, CancellationToken cancel)
    {
        var to = PathOf(sha256);
        if (File.Exists(to))
        {
            return new FileInfo(to).Length;
        }

        var unfinished = Path.Combine(folder, $"{Guid.NewGuid():N}{Unfinished}");
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            await PackAsync(path, unfinished, Packed.Contains(Path.GetExtension(name)) ? CompressionLevel.NoCompression : CompressionLevel.Fastest, cancel);
            var length = new FileInfo(unfinished).Length;
            if (length > room)
            {
                return null;
            }

            // Whether all of it came to the disk its digest says when it is read.
            File.Move(unfinished, to, overwrite: true);
            return length;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FeedException(FeedFault.Local, $"what {name} answered can't be kept in {folder} ({e.Message}): make room there, or give the feed a smaller keepMegabytes; what was in use stays", e);
        }
        finally
        {
            File.Delete(unfinished);
        }
    }

    /// <summary>The bytes of a body that is what it was; null where it is not there, or was altered.</summary>
    public Stream? Open(KeptAnswer answer)
    {
        try
        {
            using (var all = OpenPacked(answer))
            {
                if (Digest.FromBytes(SHA256.HashData(all)).Hex != answer.Sha256)
                {
                    return null;
                }
            }

            return OpenPacked(answer);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException or FeedException)
        {
            return null;
        }
    }

    /// <summary>Removes one that is not what it was.</summary>
    public void Remove(string sha256) => File.Delete(PathOf(sha256));

    /// <summary>Removes all but these.</summary>
    public void Sweep(IReadOnlySet<string> wanted)
    {
        foreach (var path in Directory.EnumerateFiles(folder, "*.gz", SearchOption.AllDirectories).Where(path => !wanted.Contains(Path.GetFileNameWithoutExtension(path)))
            .Concat(Directory.EnumerateFiles(folder, $"*{Unfinished}")))
        {
            File.Delete(path);
        }
    }

    private string PathOf(string sha256) => Path.Combine(folder, sha256[..2], $"{sha256}.gz");

    // No more is unpacked than came.
    private LimitedStream OpenPacked(KeptAnswer answer) => new(
        new GZipStream(File.OpenRead(PathOf(answer.Sha256)), CompressionMode.Decompress),
        answer.SizeBytes,
        () => new FeedException(FeedFault.WrongHash, $"what is kept of {answer.Name} is not what was answered: it is fetched again"));

    private static async Task PackAsync(string from, string to, CompressionLevel level, CancellationToken cancel)
    {
        await using var source = File.OpenRead(from);
        await using var file = new FileStream(to, FileMode.CreateNew, FileAccess.Write);
        await using var packing = new GZipStream(file, level);
        await source.CopyToAsync(packing, 1 << 17, cancel);
    }
}
