using System.IO.Compression;

namespace PatchFlow.Server.Feeds;

/// <summary>
/// Opens zip archives of others. The library has all of an archive's directory in memory before it answers, six times as large as it is on the disk, and
/// looks at the number of entries that the archive says only afterwards: so its bytes are bounded while it is read.
/// </summary>
internal static class ZipReading
{
    /// <summary>More than the directory of as many documents as a feed may have (46 bytes each and the name; vendors' names have 20 to 80).</summary>
    public const long MostDirectoryBytes = 64 << 20;

    /// <summary>Opens an archive, with its directory read.</summary>
    /// <param name="path">The archive.</param>
    /// <param name="cancel">Ends it.</param>
    /// <param name="mostBytes">How many may be read for the directory.</param>
    /// <exception cref="InvalidDataException">It is none, or its directory is longer than it may be.</exception>
    /// <exception cref="IOException">It can't be read.</exception>
    public static async Task<ZipArchive> OpenAsync(string path, CancellationToken cancel, long mostBytes = MostDirectoryBytes)
    {
        var bytes = new Bytes(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 12, FileOptions.Asynchronous), mostBytes);
        try
        {
            var archive = await ZipArchive.CreateAsync(bytes, ZipArchiveMode.Read, leaveOpen: false, entryNameEncoding: null, cancel);
            _ = archive.Entries.Count;
            bytes.IsDirectoryRead = true;
            return archive;
        }
        catch
        {
            await bytes.DisposeAsync();
            throw;
        }
    }

    private sealed class Bytes(FileStream file, long mostBytes) : ReadOnlyStream(file, isOwner: true)
    {
        private long _read;

        public bool IsDirectoryRead { private get; set; }

        public override bool CanSeek => true;

        public override long Length => file.Length;

        public override long Position { get => file.Position; set => file.Position = value; }

        public override long Seek(long offset, SeekOrigin origin) => file.Seek(offset, origin);

        public override int Read(Span<byte> buffer) => Counted(file.Read(buffer));

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => Counted(await file.ReadAsync(buffer, cancellationToken));

        private int Counted(int read) => IsDirectoryRead || (_read += read) <= mostBytes ? read
            : throw new InvalidDataException($"its directory has more than the {mostBytes} bytes that it may have");
    }
}
