using System.Runtime.InteropServices;
using PatchFlow.Core.Advisories;
using PatchFlow.Server.Feeds;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>What lies in a folder that can't be looked into is not gone: the fetch says so, and what is in use stays.</summary>
public sealed class ForbiddenFolderTests
{
    // CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH (capabilities(7)), and the third version of capset(2)'s header.
    private const int IntoEverything = (1 << 1) | (1 << 2);
    private const int Version = 0x20080522;

    [Fact]
    public async Task ADocumentThatCantBeReachedIsNotLeftOutWithoutAWord()
    {
        var root = Directory.CreateTempSubdirectory("pf-forbidden-");
        try
        {
            var closed = root.CreateSubdirectory("2026");
            File.WriteAllText(Path.Combine(root.FullName, "a.json"), "{}");
            File.WriteAllText(Path.Combine(closed.FullName, "b.json"), "{}");
            var feed = new AdvisoryFeed("vendor", DocumentKind.Csaf, new Uri($"file://{root.FullName}/"), "", "0 17 * * * ?", TimeSpan.FromDays(7));
            var folder = new CsafFolder(feed, new FeedLimits(), root.FullName);
            Assert.Equal(["2026/b.json", "a.json"], folder.Documents().Select(d => d.Name));
            File.SetUnixFileMode(closed.FullName, UnixFileMode.None);
            var refused = await Assert.ThrowsAsync<FeedException>(() => AsOthersAsync(folder.Documents));
            Assert.Equal(FeedFault.Unreadable, refused.Fault);
            Assert.Contains($"{root.FullName} can't be looked into as a whole", refused.Message, StringComparison.Ordinal);
        }
        finally
        {
            Array.ForEach(root.GetDirectories(), d => File.SetUnixFileMode(d.FullName, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute));
            root.Delete(recursive: true);
        }
    }

    // Root may look into everything; that is a right of each thread (capset(2)), and this one ends with the work.
    private static Task AsOthersAsync(Func<object> read) => Task.Factory.StartNew(
        () =>
        {
            var (header, rights) = (new[] { Version, 0 }, new int[6]);
            Assert.Equal(0, Rights(header, rights));
            rights[0] &= ~IntoEverything;
            Assert.Equal(0, SetRights(header, rights));
            read();
        },
        CancellationToken.None,
        TaskCreationOptions.LongRunning,
        TaskScheduler.Default);

    [DllImport("libc", EntryPoint = "capget")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Rights(int[] header, [In, Out] int[] rights);

    [DllImport("libc", EntryPoint = "capset")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetRights(int[] header, int[] rights);
}
