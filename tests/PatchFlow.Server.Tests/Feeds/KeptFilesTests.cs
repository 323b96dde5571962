using System.Text;
using PatchFlow.Core.Documents;
using PatchFlow.Server.Feeds;

namespace PatchFlow.Server.Tests.Feeds;

public sealed class KeptFilesTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();
    private readonly SetClock _clock = new(new DateTimeOffset(2026, 11, 28, 9, 0, 0, TimeSpan.Zero));

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void AFileThatWasWrittenToIsHashedAgain()
    {
        var files = new KeptFiles(_clock);
        File.WriteAllText(_path, "one");
        files.DigestOf(List);
        File.WriteAllText(_path, "two");
        Assert.Equal(Digest.Of("two"u8), files.DigestOf(List));
    }

    [Fact]
    public void AFileThatLooksAsItDidIsNotHashedWithinADay()
    {
        Assert.Equal(Digest.Of("one"u8), AlteredUnseenAfter(TimeSpan.FromHours(23)));
    }

    [Fact]
    public void AFileThatLooksAsItDidIsHashedAgainAfterADay()
    {
        Assert.Equal(Digest.Of("two"u8), AlteredUnseenAfter(TimeSpan.FromHours(24)));
    }

    [Fact]
    public void AClockThatWentBackMakesAFileHashedAgain()
    {
        Assert.Equal(Digest.Of("two"u8), AlteredUnseenAfter(TimeSpan.FromHours(-1)));
    }

    [Fact]
    public void AFileThatIsGoneIsAnError()
    {
        var files = new KeptFiles(_clock);
        files.DigestOf(List);
        File.Delete(_path);
        Assert.ThrowsAny<IOException>(() => files.DigestOf(List));
    }

    // The clock is asked after the file was looked at and before it is read.
    [Fact]
    public void AFileThatIsWrittenToWhileItIsHashedIsHashedAgainNextTime()
    {
        File.WriteAllText(_path, "before");
        var files = new KeptFiles(new WritingClock(_path));
        files.DigestOf(List);
        var written = File.GetLastWriteTimeUtc(_path);
        File.WriteAllText(_path, "two");
        File.SetLastWriteTimeUtc(_path, written);
        Assert.Equal(Digest.Of("two"u8), files.DigestOf(List));
    }

    [Theory]
    [InlineData(23, "one")]
    [InlineData(24, "two")]
    public void BytesThatTwoListsShareAreHashedAgainADayAfterTheyWere(int hours, string expected)
    {
        var (files, second) = (new KeptFiles(_clock), new KeptList(List.Folder, List.Name + ".second"));
        File.WriteAllText(_path, "one");
        files.DigestOf(List);
        _clock.Now += TimeSpan.FromHours(20);
        Assert.True(KeptList.TryLink(_path, second.Whole));
        files.Written(second, Digest.Of("one"u8), List);
        var written = File.GetLastWriteTimeUtc(_path);
        File.WriteAllText(_path, "two");
        File.SetLastWriteTimeUtc(_path, written);
        _clock.Now += TimeSpan.FromHours(hours - 20);
        Assert.Equal(Digest.Of(Encoding.ASCII.GetBytes(expected)), files.DigestOf(second));
        File.Delete(second.Whole);
    }

    // Bytes of its base that a change does not use are not hashed with it, and what shares them may use them: they count from when all of the base was.
    [Theory]
    [InlineData(true, 0, true)]
    [InlineData(true, 23, true)]
    [InlineData(true, 25, false)]
    [InlineData(false, 0, false)]
    public async Task WhatSharesTheBytesOfAChangeIsHashedADayAfterItsWholeBaseWas(bool baseWasHashed, int hours, bool isTakenAsTold)
    {
        await using var world = await ListWorld.StartAsync();
        var files = new KeptFiles(_clock);
        var whole = await world.FetchAsync(100, "1");
        if (baseWasHashed)
        {
            files.DigestOf(whole);
        }

        var change = await world.FetchAsync(100, "2", changed: 50);
        files.Written(change, Digest.Of(Encoding.UTF8.GetBytes(world.Text)), whole);
        _clock.Now += TimeSpan.FromHours(hours);
        files.DigestOf(change);
        var next = await world.FetchAsync(100, "3", changed: 20);
        Assert.Equal((true, false, false), (whole.IsWhole, change.IsWhole, next.IsWhole));
        var told = Digest.Of("what was told"u8);
        files.Written(next, told, change);
        Assert.Equal(isTakenAsTold ? told : Digest.Of(Encoding.UTF8.GetBytes(world.Text)), files.DigestOf(next));
    }

    [Fact]
    public void WhereAFileHasNoSecondNameItIsCopied()
    {
        File.WriteAllText(_path, "one");
        // The one of the two that is not where temporary files are.
        var elsewhere = Path.GetTempPath().StartsWith("/dev/shm/", StringComparison.Ordinal) ? AppContext.BaseDirectory : "/dev/shm";
        var folder = Directory.CreateDirectory(Path.Combine(elsewhere, $"pf-copied-{Guid.NewGuid():N}"));
        try
        {
            Assert.False(KeptList.TryLink(_path, Path.Combine(folder.FullName, "linked")), "another file system was expected");
            List.LinkTo(folder.FullName);
            Assert.Equal("one", File.ReadAllText(Path.Combine(folder.FullName, List.Name)));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private KeptList List => new(Path.GetDirectoryName(_path)!, Path.GetFileName(_path));

    private Digest AlteredUnseenAfter(TimeSpan time)
    {
        var files = new KeptFiles(_clock);
        File.WriteAllText(_path, "one");
        var written = File.GetLastWriteTimeUtc(_path);
        files.DigestOf(List);
        File.WriteAllBytes(_path, Encoding.UTF8.GetBytes("two"));
        File.SetLastWriteTimeUtc(_path, written);
        _clock.Now += time;
        return files.DigestOf(List);
    }

    private sealed class WritingClock(string path) : TimeProvider
    {
        private bool _hasWritten;

        public override DateTimeOffset GetUtcNow()
        {
            if (!_hasWritten)
            {
                File.WriteAllText(path, "one");
                _hasWritten = true;
            }

            return new DateTimeOffset(2026, 11, 28, 9, 0, 0, TimeSpan.Zero);
        }
    }
}
