using System.IO.Compression;
using System.Security.Cryptography;
using PatchFlow.Core.Advisories;
using PatchFlow.Core.Documents;
using PatchFlow.Server.Feeds;
using PatchFlow.Server.Hosts;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>A stream over another closes what it owns and nothing else, and nothing that was read stays open.</summary>
public sealed class ReadOnlyStreamTests : IDisposable
{
    private static readonly AdvisoryFeed Feed = new("vendor", DocumentKind.Csaf, new("https://vendor.example/all.zip"), "", "0 17 * * * ?", TimeSpan.FromDays(7));
    private readonly string _folder = Directory.CreateTempSubdirectory("pf-open-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("limited, owner", false)]
    [InlineData("limited", true)]
    [InlineData("plain tar", true)]
    [InlineData("exact", true)]
    public async Task WhatIsOwnedIsClosedAndTheRestIsLeftOpen(string sort, bool isOpen)
    {
        using var inner = new MemoryStream([1, 2, 3]);
        Stream outer = sort switch
        {
            "plain tar" => new PlainTarStream(inner),
            "exact" => new ExactStream(inner, 3),
            _ => new LimitedStream(inner, 3, () => new FeedException(FeedFault.TooLarge, "x"), isOwner: sort != "limited"),
        };
        await using (outer)
        {
            Assert.Equal((true, sort == "exact", false), (outer.CanRead, outer.CanSeek, outer.CanWrite));
            await outer.FlushAsync();
            Assert.Equal(1, outer.ReadByte());
            Assert.Equal(2, await outer.ReadAsync(new byte[2].AsMemory()));
        }

        Assert.Equal(isOpen, inner.CanRead);
        Assert.Equal(isOpen, outer.CanRead);
    }

    [Fact]
    public async Task AnExactStreamGoesBackToWhereItBegan()
    {
        using var inner = new MemoryStream([9, 1, 2, 3, 4]) { Position = 1 };
        await using var exact = new ExactStream(inner, 3);
        using var first = new MemoryStream();
        using var second = new MemoryStream();
        await exact.CopyToAsync(first, TestContext.Current.CancellationToken);
        Assert.Equal(3, exact.Position);
        exact.Position = 0;
        await exact.CopyToAsync(second, TestContext.Current.CancellationToken);
        Assert.Equal([1, 2, 3], first.ToArray());
        Assert.Equal([1, 2, 3], second.ToArray());
        Assert.Throws<ArgumentOutOfRangeException>(() => exact.Seek(4, SeekOrigin.Begin));
    }

    [Fact]
    public async Task WhatAnEntryDecompressesToIsBoundedAndClosed()
    {
        await using var zip = await ZipFile.OpenReadAsync(Zip(), TestContext.Current.CancellationToken);
        var content = await LimitedStream.OpenAsync(Feed, zip.Entries[0], 4999, TestContext.Current.CancellationToken);
        Assert.Contains("grows beyond what it may", Assert.Throws<FeedException>(() => content.CopyTo(Stream.Null)).Message, StringComparison.Ordinal);
        Assert.True(content.CanRead);
        await content.DisposeAsync();
        Assert.False(content.CanRead);
    }

    [Fact]
    public async Task AnArchiveThatWasExtractedIsClosed()
    {
        await new CsafArchive(Feed, new FeedLimits(), Path.Combine(_folder, "to")).ExtractAsync(Zip(), TestContext.Current.CancellationToken);
        Assert.Equal(5000, new FileInfo(Path.Combine(_folder, "to", "a.json")).Length);
        Assert.Empty(Open());
    }

    [Fact]
    public async Task ABodyThatWasLookedAtIsClosed()
    {
        var (path, bodies, sha256) = (Path.Combine(_folder, "body"), new KeptBodies(_folder), Digest.FromBytes(SHA256.HashData(new byte[5000])));
        File.WriteAllBytes(path, new byte[5000]);
        bodies.Settle((await bodies.PackAsync(path, Feed.Address, 9000, TestContext.Current.CancellationToken))!.Value.Path, sha256);
        Assert.True(bodies.IsWhole(new KeptAnswer(default, sha256, 5000, 1, FeedBench.Start)));
        Assert.False(bodies.IsWhole(new KeptAnswer(default, sha256, 4999, 1, FeedBench.Start)));
        Assert.Empty(Open());
    }

    // A pipe of a program is closed as a file is.
    [Theory]
    [InlineData("", "cp")]
    [InlineData(".gz", "gzip -c")]
    [InlineData(".xz", "xz -c")]
    [InlineData(".bz2", "bzip2 -c")]
    [InlineData(".zst", "zstd -qc")]
    public async Task WhatWasDecompressedIsClosed(string suffix, string program)
    {
        var (plain, packed) = (Path.Combine(_folder, "plain"), Path.Combine(_folder, "packed"));
        File.WriteAllBytes(plain, new byte[5000]);
        Tool.Run("sh", "-c", program == "cp" ? $"cp {plain} {packed}" : $"{program} {plain} > {packed}");
        Stream? read = null;
        using var to = new MemoryStream();
        await Decompression.ReadAsync(suffix, packed, 5000, new FeedLimits { Ratio = 1000 }, "it", (stream, token) => (read = stream).CopyToAsync(to, token), TestContext.Current.CancellationToken);
        Assert.Equal(5000, to.Length);
        Assert.Throws<ObjectDisposedException>(() => read!.ReadByte());
        Assert.Empty(Open());
    }

    [Fact]
    public async Task AProgramThatIsStoppedIsClosed()
    {
        Stream? read = null;
        await ExternalProgram.RunAsync("yes", [], TimeSpan.FromSeconds(30), null, (stream, _) => Task.FromResult((read = stream).ReadByte() < 0), TestContext.Current.CancellationToken);
        Assert.Throws<ObjectDisposedException>(() => read!.ReadByte());
    }

    private string Zip()
    {
        var path = Path.Combine(_folder, "all.zip");
        using var zip = ZipFile.Open(path, ZipArchiveMode.Create);
        using var entry = zip.CreateEntry("a.json").Open();
        entry.Write(new byte[5000]);
        return path;
    }

    // What this process has open of the folder.
    private List<string> Open() => [.. Directory.GetFiles("/proc/self/fd").Select(Target).Where(t => t?.StartsWith(_folder, StringComparison.Ordinal) == true).OfType<string>()];

    private static string? Target(string link)
    {
        try
        {
            return new FileInfo(link).LinkTarget;
        }
        catch (IOException)
        {
            // Others open and close files at the same time.
            return null;
        }
    }
}
