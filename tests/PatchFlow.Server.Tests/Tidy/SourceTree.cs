namespace PatchFlow.Server.Tests.Tidy;

/// <summary>The repository that these tests were built from: its own files, without what builds and runs leave behind.</summary>
internal static class SourceTree
{
    // As .gitignore has them; a test compares the two.
    public static readonly string[] IgnoredFolders = ["bin", "obj", "artifacts", "TestResults", "data", ".vs", ".demo"];

    public static string Root { get; } = FindRoot();

    /// <summary>Paths relative to the root, with '/', sorted.</summary>
    public static IReadOnlyList<string> Files { get; } =
        [.. Walk(new DirectoryInfo(Root)).Select(file => Path.GetRelativePath(Root, file.FullName)).Order(StringComparer.Ordinal)];

    public static IEnumerable<string> CSharp => Files.Where(file => file.EndsWith(".cs", StringComparison.Ordinal));

    public static string Read(string file) => File.ReadAllText(Path.Combine(Root, file));

    private static IEnumerable<FileInfo> Walk(DirectoryInfo folder)
    {
        foreach (var entry in folder.EnumerateFileSystemInfos())
        {
            if (entry is FileInfo file && !entry.Name.EndsWith(".user", StringComparison.Ordinal) && entry.Name != ".git")
            {
                yield return file;
            }
            else if (entry is DirectoryInfo inner && inner.Name != ".git" && !IgnoredFolders.Contains(inner.Name))
            {
                foreach (var below in Walk(inner))
                {
                    yield return below;
                }
            }
        }
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "PatchFlow.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"No PatchFlow.sln in a folder above {AppContext.BaseDirectory}: run the tests from a clone.");
    }
}
