using System.Formats.Tar;
using PatchFlow.Core.Advisories;
using PatchFlow.Server.Storage;

namespace PatchFlow.Server.Feeds;

/// <summary>
/// A snapshot as a tar archive that crosses an air gap: the exact signed bytes, laid out as the vendor's archive has them. It proves
/// nothing by itself: who imports it verifies all of it against the own keyring, as if it came from the vendor.
/// </summary>
internal static class FeedBundle
{
    /// <summary>The most files of a suite's archive.</summary>
    public const int SuiteFiles = 256;

    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>The most bytes of a suite's archive.</summary>
    public static long SuiteBytes(FeedLimits limits) => 2 * limits.IndexBytes;

    /// <summary>Writes the snapshot; the same snapshot gives the same bytes.</summary>
    public static Task WriteAsync(Feed feed, FeedSnapshot snapshot, AptRelease release, Stream to, CancellationToken cancel) =>
        WriteAsync(Files(feed, snapshot, release), snapshot.Time, to, cancel);

    /// <summary>Writes files as an archive of that time.</summary>
    public static async Task WriteAsync(IEnumerable<(string Name, Func<Stream> Open)> files, DateTimeOffset time, Stream to, CancellationToken cancel)
    {
        await using var tar = new TarWriter(to, TarEntryFormat.Pax, leaveOpen: true);
        foreach (var (name, open) in files.OrderBy(f => f.Name, StringComparer.Ordinal))
        {
            await using var file = open();
            var entry = new UstarTarEntry(TarEntryType.RegularFile, name) { DataStream = file, ModificationTime = time, Mode = Mode };
            await tar.WriteEntryAsync(entry, cancel);
        }
    }

    /// <summary>Extracts an archive into an empty folder: plain files with plain paths, and no more than the limits allow.</summary>
    /// <exception cref="FeedException">It is no such archive.</exception>
    public static async Task ExtractAsync(Stream from, string folder, int mostFiles, long mostBytes, CancellationToken cancel)
    {
        var limited = new LimitedStream(from, mostBytes, () => new FeedException(FeedFault.TooLarge, $"the archive is larger than {mostBytes} bytes: it is not used"));
        try
        {
            await using var tar = new TarReader(new PlainTarStream(limited));
            var (files, folders) = (new HashSet<string>(StringComparer.Ordinal), new HashSet<string>(StringComparer.Ordinal));
            for (var count = 0; await tar.GetNextEntryAsync(cancellationToken: cancel) is { } entry; count++)
            {
                if (count >= mostFiles || entry is not { EntryType: TarEntryType.RegularFile or TarEntryType.V7RegularFile } || !AptGrammar.TryPath(entry.Name, out var path))
                {
                    throw new FeedException(FeedFault.Malformed, $"the archive's entry {count + 1} ('{AptGrammar.Shown(entry.Name)}') is not a plain file with a relative path, or is one of more than {mostFiles}: "
                        + "make it with 'patchflow feeds export'");
                }

                if (Clash(path, files, folders) is { } clash)
                {
                    throw new FeedException(FeedFault.Malformed, $"the archive's entry {count + 1} ('{path}') {clash}: make it with 'patchflow feeds export'");
                }

                await WriteAsync(entry, Path.Combine(folder, path), cancel);
            }
        }
        catch (Exception e) when (e is InvalidDataException or FormatException or EndOfStreamException or ArgumentException)
        {
            throw new FeedException(FeedFault.Malformed, $"the archive can't be read ({e.Message}): make it with 'patchflow feeds export', and copy it whole", e);
        }
    }

    // What can't be beside what came before it.
    private static string? Clash(string path, HashSet<string> files, HashSet<string> folders)
    {
        if (!files.Add(path))
        {
            return "is in it twice";
        }

        folders.UnionWith(ArchivePaths.FoldersOf(path));
        return ArchivePaths.InTheWay(path, files.Contains, folders.Contains) is not { } other ? null
            : other == path ? "is a file, and there are others below it" : $"is below '{other}', which is a file in it";
    }

    private static async Task WriteAsync(TarEntry entry, string path, CancellationToken cancel)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        try
        {
            await using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write);
            await (entry.DataStream ?? Stream.Null).CopyToAsync(file, cancel);
        }
        catch (IOException e) when (!DiskTrouble.Is(e) && File.Exists(path))
        {
            throw new FeedException(FeedFault.Malformed, $"the archive is cut at {Path.GetFileName(path)} ({e.Message}): make it with 'patchflow feeds export', and copy it whole", e);
        }
    }

    private static IEnumerable<(string Name, Func<Stream> Open)> Files(Feed feed, FeedSnapshot snapshot, AptRelease release)
    {
        var paths = release.Files.Keys.ToLookup(FeedSnapshot.ListName);
        foreach (var list in snapshot.PackageLists)
        {
            yield return (feed.InArchive(paths[list.Name].First()), list.Open);
        }

        yield return (feed.InArchive(Path.GetFileName(snapshot.SignedIndex)), () => File.OpenRead(snapshot.SignedIndex));
        if (snapshot.IsDetached)
        {
            yield return (feed.InArchive(SignedIndices.Signature), () => File.OpenRead(Path.Combine(snapshot.Folder, SignedIndices.Signature)));
        }
    }
}
