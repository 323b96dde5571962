using PatchFlow.Cli;
using PatchFlow.Server.Tests.Feeds;

namespace PatchFlow.Server.Tests.Cli;

public sealed class SizedFileTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public SizedFileTests() => File.WriteAllBytes(_path, [.. Enumerable.Range(0, 10).Select(number => (byte)number)]);

    [Theory]
    [InlineData(3)]
    [InlineData(10)]
    [InlineData(11)]
    [InlineData(30)]
    public void WhatIsReadEndsWithTheFile(int atOnce)
    {
        using var file = new SizedFile(File.OpenHandle(_path), 10);
        var (bytes, found) = (new byte[atOnce], new List<byte>());
        for (int read; (read = file.Read(bytes)) > 0;)
        {
            found.AddRange(bytes[..read]);
        }

        Assert.Equal(Enumerable.Range(0, 10), found.Select(b => (int)b));
        Assert.Equal((10, 0), (file.Position, file.Read(bytes)));
    }

    // Lists of text do not tell that they are cut.
    [Theory]
    [InlineData(4, 3, "it had 4 bytes when it was opened, and has more now: somebody writes to it")]
    [InlineData(4, 4, "it had 4 bytes when it was opened, and has more now: somebody writes to it")]
    [InlineData(4, 30, "it had 4 bytes when it was opened, and has more now: somebody writes to it")]
    [InlineData(20, 30, "it had 20 bytes when it was opened, and ends after 10: somebody writes to it")]
    public void WhatHasAnotherSizeNowIsReadToNoEnd(long size, int atOnce, string reason)
    {
        using var file = new SizedFile(File.OpenHandle(_path), size);
        var bytes = new byte[atOnce];
        var failure = Assert.Throws<InvalidDataException>(() =>
        {
            while (file.Read(bytes) > 0)
            {
                // It goes on until it can't.
            }
        });
        Assert.StartsWith(reason, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ItCanBeReadFromTheFrontAgain()
    {
        using var file = new SizedFile(File.OpenHandle(_path), 10);
        var bytes = new byte[3];
        file.ReadExactly(bytes);
        file.Position = 0;
        file.ReadExactly(bytes);
        Assert.Equal([0, 1, 2], bytes);
        Assert.Equal((5L, 9L, 1L), (file.Seek(2, SeekOrigin.Current), file.Seek(-1, SeekOrigin.End), file.Seek(1, SeekOrigin.Begin)));
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Position = -1);
    }

    // /proc says of its files that they are empty.
    [Fact]
    public void AFileThatSaysThatItIsEmptyIsReadToItsEnd()
    {
        using var file = Decompression.Open("/proc/self/status", bytes => Assert.Equal(long.MaxValue, bytes));
        Assert.NotEqual(-1, file.ReadByte());
    }

    [Fact]
    public void OfAFileThatSaysThatItIsEmptyNoMoreIsReadThanThat()
    {
        using var file = new SizedFile(File.OpenHandle("/proc/self/status"), 0, 10);
        Assert.Equal(10, file.Read(new byte[10]));
        Assert.Contains("has more than 10: copy it", Assert.Throws<InvalidDataException>(() => file.Read(new byte[10])).Message, StringComparison.Ordinal);
    }

    // It weighed what it weighed, and as much as that there is room for.
    [Theory]
    [InlineData("", 20, "it had 10 bytes when it was looked at, and has 20 now: somebody writes to it, so it is not read to its end; give it again when it is whole")]
    [InlineData("", 0, "it had 10 bytes when it was looked at, and has 0 now: ")]
    [InlineData(".gz", 20, "it had 10 bytes when it was looked at, and has 20 now: ")]
    public void AFileThatBecomesAnotherWhileItWaitsIsNotRead(string end, int size, string reason)
    {
        var (path, other) = (_path + end, $"{_path}.new");
        File.Move(_path, path);
        var failure = Assert.Throws<InvalidDataException>(() => Decompression.Open(path, _ =>
        {
            File.WriteAllBytes(other, new byte[size]);
            File.Move(other, path, overwrite: true);
        }));
        Assert.StartsWith(reason, failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "pipe", "it is a pipe and no file with bytes, so it is not opened: ")]
    [InlineData(".gz", "pipe", "it is a pipe and no file with bytes, so it is not opened: ")]
    [InlineData(".gz", "folder", "it is a folder and no file with bytes, so it is not opened: ")]
    [InlineData("", "device", "it is a device and no file with bytes, so it is not opened: ")]
    public async Task WhatTakesItsPlaceWhileItWaitsIsRefusedAndNobodyWaitsForIt(string end, string kind, string reason)
    {
        var path = _path + end;
        File.Move(_path, path);
        // As many as a pipe says that it has.
        File.WriteAllBytes(path, []);
        var failure = await Assert.ThrowsAsync<InvalidDataException>(() => SpecialFile.SoonAsync(() => Task.FromResult(Decompression.Open(path, _ =>
        {
            File.Delete(path);
            SpecialFile.Make(kind, path);
        }))));
        Assert.StartsWith(reason, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AFileThatIsTakenAwayWhileItWaitsIsNamed() =>
        Assert.Contains(_path, Assert.Throws<FileNotFoundException>(() => Decompression.Open(_path, _ => File.Delete(_path))).Message, StringComparison.Ordinal);

    // So much that the program waits for who reads it, long before the end of the file.
    [Fact]
    public void APackedFileThatGrowsWhileItIsReadIsReadToNoEnd()
    {
        var noise = new byte[1 << 20];
        new Random(7).NextBytes(noise);
        File.WriteAllBytes(_path, noise);
        Tool.Run("gzip", "--force", "--keep", _path);
        using var file = Decompression.Open(_path + ".gz", _ => { });
        File.AppendAllText(_path + ".gz", "more");
        var failure = Assert.Throws<InvalidDataException>(() => file.CopyTo(Stream.Null));
        Assert.Contains("when it was opened, and has more now", failure.Message, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        Directory.GetFileSystemEntries(Path.GetDirectoryName(_path)!, Path.GetFileName(_path) + "*").ToList().ForEach(path =>
        {
            if (Directory.Exists(path))
            {
                Directory.Delete(path);
            }
            else
            {
                File.Delete(path);
            }
        });
    }
}
