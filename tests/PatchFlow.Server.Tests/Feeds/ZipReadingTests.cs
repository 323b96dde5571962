using System.IO.Compression;
using PatchFlow.Server.Feeds;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>An archive's directory is bounded before it is in memory, and its entries are not bounded with it.</summary>
public sealed class ZipReadingTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ADirectoryThatIsTooLongIsReadNoFurther()
    {
        using var archive = await WrittenAsync(20_000, entry: "x");
        var refused = await Assert.ThrowsAsync<InvalidDataException>(() => ZipReading.OpenAsync(archive.Path, Cancel, mostBytes: 1_000_000));
        Assert.Equal("its directory has more than the 1000000 bytes that it may have", refused.Message);
        Assert.DoesNotContain(Directory.EnumerateFileSystemEntries("/proc/self/fd"), fd => new FileInfo(fd).LinkTarget == archive.Path);
        await using var all = await ZipReading.OpenAsync(archive.Path, Cancel);
        Assert.Equal(20_000, all.Entries.Count);
    }

    [Fact]
    public async Task AnEntryMayHaveMoreBytesThanTheDirectory()
    {
        var text = string.Concat(Enumerable.Range(0, 50_000).Select(i => $"{i * 7919} "));
        using var archive = await WrittenAsync(2, text);
        await using var zip = await ZipReading.OpenAsync(archive.Path, Cancel, mostBytes: 40_000);
        using var content = new StreamReader(await zip.Entries[1].OpenAsync(Cancel));
        Assert.Equal(text, await content.ReadToEndAsync(Cancel));
    }

    private static async Task<TempFile> WrittenAsync(int entries, string entry)
    {
        var file = new TempFile();
        await using var zip = new ZipArchive(File.Create(file.Path), ZipArchiveMode.Create);
        for (var i = 0; i < entries; i++)
        {
            await using var writer = new StreamWriter(await zip.CreateEntry($"advisories/a-name-of-some-length-{i:00000000}.json", CompressionLevel.Fastest).OpenAsync(Cancel));
            await writer.WriteAsync(entry);
        }

        return file;
    }

    private sealed class TempFile : IDisposable
    {
        public string Path { get; } = System.IO.Path.GetTempFileName();

        public void Dispose() => File.Delete(Path);
    }
}
