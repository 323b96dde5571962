namespace PatchFlow.Server.Feeds;

/// <summary>Paths of an archive's files, separated by slashes: one path is a file or a folder, and never both.</summary>
internal static class ArchivePaths
{
    /// <summary>The folders that a file is in, the outermost first.</summary>
    public static IEnumerable<string> FoldersOf(string path)
    {
        for (var slash = path.IndexOf('/', StringComparison.Ordinal); slash >= 0; slash = path.IndexOf('/', slash + 1))
        {
            yield return path[..slash];
        }
    }

    /// <summary>What is in the way of a file: another one where a folder of it would be, or, its own path, a folder; null where nothing is.</summary>
    /// <param name="path">The file's path.</param>
    /// <param name="isFile">Whether a file came of that path.</param>
    /// <param name="isFolder">Whether something came below that path.</param>
    public static string? InTheWay(string path, Predicate<string> isFile, Predicate<string> isFolder) => FoldersOf(path).FirstOrDefault(f => isFile(f)) ?? (isFolder(path) ? path : null);
}
