namespace PatchFlow.Server.Tests.Feeds;

/// <summary>Vendors' real documents, which lie beside the repository in <c>shared/feeds</c> or where <c>PATCHFLOW_FEEDS</c> says.</summary>
internal static class FeedCorpus
{
    /// <summary>The path of a document. Without the folder the test is skipped; with <c>CI=true</c> it fails.</summary>
    public static string PathOf(string relative)
    {
        var root = Environment.GetEnvironmentVariable("PATCHFLOW_FEEDS") ?? Found(AppContext.BaseDirectory);
        var path = root is null ? null : Path.Combine(root, relative);
        if (path is null || !File.Exists(path))
        {
            Assert.SkipUnless(Environment.GetEnvironmentVariable("CI") == "true", $"shared/feeds has no {relative}: set PATCHFLOW_FEEDS");
            Assert.Fail($"shared/feeds has no {relative}: set PATCHFLOW_FEEDS");
        }

        return path!;
    }

    private static string? Found(string folder)
    {
        for (var at = new DirectoryInfo(folder); at is not null; at = at.Parent)
        {
            if (Directory.Exists(Path.Combine(at.FullName, "shared/feeds")))
            {
                return Path.Combine(at.FullName, "shared/feeds");
            }
        }

        return null;
    }
}
