using System.IO.Compression;
using PatchFlow.Server.Feeds;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>An archive of many documents is opened once for all of them, and closed behind them.</summary>
public sealed class ZipDocumentsTests
{
    private static readonly DateTimeOffset Start = new(FeedBench.Start.Date, TimeSpan.Zero);

    [Fact]
    public async Task AnArchiveIsOpenedOnce()
    {
        var (folder, cancel) = (Directory.CreateTempSubdirectory("pf-zip-"), TestContext.Current.CancellationToken);
        var (archive, to) = (Path.Combine(folder.FullName, "all.zip"), Path.Combine(folder.FullName, "document"));
        try
        {
            await WriteAsync(archive, ("a.json", "first"), ("b.json", "second"));
            await using (var documents = new ZipDocuments(archive))
            {
                await documents.ExtractAsync("b.json", to, cancel);
                Assert.Equal("second", await File.ReadAllTextAsync(to, cancel));
                // Who would open it again would not find it.
                File.Delete(archive);
                await documents.ExtractAsync("a.json", to, cancel);
                Assert.Equal("first", await File.ReadAllTextAsync(to, cancel));
                Assert.Single(OpenBelow(folder.FullName));
            }

            Assert.Empty(OpenBelow(folder.FullName));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task AFetchClosesItsArchive()
    {
        await using var bench = await DatedBench.StartAsync("osv");
        bench.Publish("CVE-2026-0001", Start, ("CVE-2026-0002", Start));
        await bench.FetchWellAsync();
        Assert.Equal(2, bench.InUse().Count());
        Assert.DoesNotContain(OpenBelow(bench.DataDirectory), path => path.Contains("/fetched", StringComparison.Ordinal));
    }

    private static async Task WriteAsync(string path, params (string Name, string Text)[] entries)
    {
        await using var zip = await ZipFile.OpenAsync(path, ZipArchiveMode.Create, TestContext.Current.CancellationToken);
        foreach (var (name, text) in entries)
        {
            await using var entry = new StreamWriter(await zip.CreateEntry(name).OpenAsync(TestContext.Current.CancellationToken));
            await entry.WriteAsync(text);
        }
    }

    // What this process has open; another test's descriptor may be closed while it is looked at.
    private static List<string> OpenBelow(string folder) =>
        [.. Directory.EnumerateFileSystemEntries("/proc/self/fd").Select(fd => new FileInfo(fd).LinkTarget).OfType<string>().Where(path => path.StartsWith(folder, StringComparison.Ordinal))];
}
