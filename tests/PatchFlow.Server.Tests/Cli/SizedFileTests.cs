using PatchFlow.Cli;

namespace PatchFlow.Server.Tests.Cli;

public sealed class SizedFileTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public SizedFileTests() => File.WriteAllBytes(_path, [.. Enumerable.Range(0, 10).Select(number => (byte)number)]);

    [Theory]
    [InlineData(10, 10)]
    [InlineData(4, 4)]
    [InlineData(20, 10)]
    public void WhatIsReadEndsWithTheSizeOrTheFile(long size, int read)
    {
        using var file = new SizedFile(File.OpenHandle(_path), size);
        var bytes = new byte[30];
        Assert.Equal(read, file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false));
        Assert.Equal(Enumerable.Range(0, read), bytes[..read].Select(b => (int)b));
        Assert.Equal((read, 0), (file.Position, file.Read(bytes)));
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
        using var file = Decompression.Open("/proc/self/status", bytes => Assert.Equal(0, bytes));
        Assert.NotEqual(-1, file.ReadByte());
    }

    // Lists of text do not tell that they are cut.
    [Fact]
    public void AFileThatIsReplacedWhileItWaitsIsReadWhole()
    {
        var other = $"{_path}.new";
        using var file = Decompression.Open(_path, _ =>
        {
            File.WriteAllBytes(other, new byte[20]);
            File.Move(other, _path, overwrite: true);
        });
        Assert.Equal(20, file.Length);
    }

    public void Dispose() => File.Delete(_path);
}
