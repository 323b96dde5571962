using System.ComponentModel;
using System.Diagnostics;

namespace PatchFlow.Core.Tests.Advisories;

/// <summary>Vendors' real documents, which lie beside the repository in <c>shared/feeds</c>, or where PATCHFLOW_FEEDS says.</summary>
internal static class Corpus
{
    private static readonly string? Folder = Environment.GetEnvironmentVariable("PATCHFLOW_FEEDS") is { Length: > 0 } set ? set : Beside(AppContext.BaseDirectory);

    /// <summary>A document's path. Where there is no corpus the test is skipped, and in CI it fails.</summary>
    public static string PathOf(string relative)
    {
        if (Folder is null || !Directory.Exists(Folder))
        {
            Assert.False(Environment.GetEnvironmentVariable("CI") == "true", "shared/feeds is missing: put it beside the repository, or set PATCHFLOW_FEEDS");
            Assert.Skip("shared/feeds is not there");
        }

        return Path.Combine(Folder, relative);
    }

    /// <summary>A document's bytes.</summary>
    public static Stream Open(string relative) => File.OpenRead(PathOf(relative));

    /// <summary>A document's bytes as a program of the distribution decompresses them. Where it is not installed the test is skipped, and in CI it fails.</summary>
    public static Stream OpenWith(string program, string relative)
    {
        try
        {
            return Process.Start(new ProcessStartInfo(program, ["-dcq", PathOf(relative)]) { RedirectStandardOutput = true })!.StandardOutput.BaseStream;
        }
        catch (Win32Exception)
        {
            Assert.False(Environment.GetEnvironmentVariable("CI") == "true", $"{program} is missing: sandbox/setup {program}");
            Assert.Skip($"{program} is not installed");
            throw;
        }
    }

    private static string? Beside(string folder)
    {
        for (var at = new DirectoryInfo(folder); at is not null; at = at.Parent)
        {
            var feeds = Path.Combine(at.FullName, "shared", "feeds");
            if (Directory.Exists(feeds))
            {
                return feeds;
            }
        }

        return null;
    }
}
