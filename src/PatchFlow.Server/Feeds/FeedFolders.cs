using PatchFlow.Core.Documents;

namespace PatchFlow.Server.Feeds;

/// <summary>Where feeds lie below the data directory: <c>feeds/FEED/DIGEST</c> for snapshots, <c>feeds/.work/FEED</c> for a fetch under way.</summary>
internal sealed class FeedFolders(string dataDirectory) : IDisposable
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const string Import = ".import-";

    // Another server that sweeps just now, whose start is no reason for this one not to.
    private static readonly TimeSpan MostSweep = TimeSpan.FromMinutes(1);
    private readonly string _root = Path.GetFullPath(Path.Combine(dataDirectory, "feeds"));
    private IDisposable? _use;

    /// <summary>The data directory, for messages.</summary>
    public string DataDirectory => Path.GetDirectoryName(_root)!;

    /// <summary>An empty private folder for a fetch; what an interrupted one left is removed.</summary>
    public string Begin(string feed)
    {
        var work = Path.Combine(_root, ".work", feed);
        Remove(work);
        Create(work);
        return work;
    }

    /// <summary>The same for an archive that is taken in, of which several may be under way.</summary>
    public string BeginImport(string feed) => Begin($"{feed}{Import}{Guid.NewGuid():N}");

    /// <summary>
    /// Removes what imports and exports left that ended with their process: at start, when none is under way here. Where another server has this data directory they may be its own,
    /// and are left: each holds a file as long as it runs.
    /// </summary>
    /// <returns>Whether another server has this data directory.</returns>
    public bool Sweep()
    {
        var (work, use) = (new DirectoryInfo(Path.Combine(_root, ".work")), Path.Combine(_root, ".use"));
        bool isShared;
        using (var alone = FileGate.TryEnter(use))
        {
            isShared = alone is null;
            if (!isShared && work.Exists)
            {
                Array.ForEach(work.GetDirectories($"*{Import}*"), folder => folder.Delete(recursive: true));
                Array.ForEach(work.GetFiles("*.tar"), file => file.Delete());
            }
        }

        _use ??= FileGate.Share(use, MostSweep);
        return isShared;
    }

    /// <inheritdoc/>
    public void Dispose() => _use?.Dispose();

    /// <summary>A file of no name that is gone when it is closed.</summary>
    public FileStream Scratch()
    {
        var folder = Path.Combine(_root, ".work");
        Create(folder);
        return new(Path.Combine(folder, $"{Guid.NewGuid():N}.tar"), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16, FileOptions.DeleteOnClose | FileOptions.Asynchronous);
    }

    /// <summary>Removes the folder of a fetch.</summary>
    public static void Remove(string work)
    {
        if (Directory.Exists(work))
        {
            Directory.Delete(work, recursive: true);
        }
    }

    /// <summary>The folder of what a feed of documents was answered.</summary>
    public string AnswersOf(string feed) => Path.Combine(_root, feed, "answers");

    /// <summary>The folder of a snapshot.</summary>
    public string Of(string feed, Digest index) => Path.Combine(_root, feed, index.Hex);

    /// <summary>Moves the files of a fetch to their place, each list in one of its forms. They count from the moment on at which the database names them, and not before.</summary>
    public string Publish(string feed, Digest index, string work, IReadOnlyCollection<string> names)
    {
        var folder = Of(feed, index);
        Create(folder);
        foreach (var name in names)
        {
            // Names are fixed by the digest of what lists them, so overwriting replaces a file by itself.
            File.Move(Path.Combine(work, name), Path.Combine(folder, name), overwrite: true);
        }

        foreach (var name in names)
        {
            // What is left of the other form belongs to nothing any more.
            Array.ForEach(KeptList.OtherFiles(name), other => File.Delete(Path.Combine(folder, other)));
        }

        return folder;
    }

    /// <summary>Creates a folder that only this process may enter.</summary>
    public static void Create(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            throw new PlatformNotSupportedException("feeds need a folder that only this process may enter: run the server on Linux");
        }

        Directory.CreateDirectory(folder, Private);
    }
}
