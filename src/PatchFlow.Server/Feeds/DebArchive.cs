using System.Formats.Tar;
using System.IO.Compression;
using System.Text;

namespace PatchFlow.Server.Feeds;

/// <summary>Looks into a package file without unpacking it.</summary>
internal static class DebArchive
{
    private const long MaxTarBytes = 8L << 30;
    private const int MaxChangelogBytes = 16 << 20;
    private static readonly TimeSpan Time = TimeSpan.FromSeconds(120);

    /// <summary>
    /// The changelog inside a <c>.deb</c>: <c>/usr/share/doc/NAME/changelog.Debian.gz</c>, or <c>changelog.gz</c> of a native package.
    /// Null where it has none of its own (its doc folder is then a link to that of another package of the same source).
    /// </summary>
    /// <exception cref="FeedException">The file is no package, or its changelog is beyond the limits.</exception>
    public static async Task<string?> ReadChangelogAsync(string path, CancellationToken cancel)
    {
        string? found = null;
        var end = await ExternalProgram.RunAsync(
            "dpkg-deb",
            ["--fsys-tarfile", path],
            Time,
            null,
            async (stream, token) =>
            {
                var limited = new LimitedStream(stream, MaxTarBytes, () => TooLarge(path));
                (found, var isCertain) = await SearchAsync(limited, path, token);
                return !isCertain;
            },
            cancel);
        return end.ExitCode is 0 or -1
            ? found
            : throw new FeedException(FeedFault.Malformed, $"{path} is not a package that dpkg-deb can read ({end.Errors.Trim()}): remove it, so that it is fetched again");
    }

    private static async Task<(string? Text, bool IsCertain)> SearchAsync(Stream tar, string path, CancellationToken cancel)
    {
        string? upstream = null;
        try
        {
            await using var reader = new TarReader(tar, leaveOpen: true);
            while (await reader.GetNextEntryAsync(copyData: false, cancel) is { } entry)
            {
                switch (Kind(entry))
                {
                    case "changelog.Debian.gz":
                        return (await TextAsync(entry.DataStream!, path, cancel), true);
                    case "changelog.gz":
                        upstream = await TextAsync(entry.DataStream!, path, cancel);
                        break;
                }
            }

            // The archive's padding follows its last entry; a writer whose reader goes away early would report an error.
            await tar.CopyToAsync(Stream.Null, cancel);
            return (upstream, false);
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            throw new FeedException(FeedFault.Malformed, $"{path} is not a package, or its changelog can't be read ({e.Message}): remove the file so that it is fetched again, and tell the vendor when it stays so", e);
        }
    }

    private static string? Kind(TarEntry entry)
    {
        var parts = entry.Name.TrimStart('.', '/').Split('/');
        return parts is ["usr", "share", "doc", _, var name] && entry is { EntryType: TarEntryType.RegularFile or TarEntryType.V7RegularFile, DataStream: not null } ? name : null;
    }

    private static async Task<string> TextAsync(Stream compressed, string path, CancellationToken cancel)
    {
        await using var gzip = new GZipStream(compressed, CompressionMode.Decompress);
        var limited = new LimitedStream(gzip, MaxChangelogBytes, () => TooLarge(path));
        using var text = new MemoryStream();
        await limited.CopyToAsync(text, cancel);
        return Encoding.UTF8.GetString(text.GetBuffer(), 0, (int)text.Length);
    }

    private static FeedException TooLarge(string path) => new(FeedFault.TooLarge, $"{path} or its changelog is larger than it may be: tell the vendor");
}
