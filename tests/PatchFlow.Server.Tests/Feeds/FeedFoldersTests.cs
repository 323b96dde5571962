using PatchFlow.Server.Feeds;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>What a server that starts removes is what nobody writes any more.</summary>
public sealed class FeedFoldersTests : IDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("pf-folders-").FullName;

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Fact]
    public void WhatAnotherServerOnThisDataDirectoryTakesInIsLeftUntilNoneRuns()
    {
        var (first, second) = (new FeedFolders(_data), new FeedFolders(_data));
        Assert.False(first.Sweep());
        var import = first.BeginImport("own");
        using var export = first.Scratch();
        Assert.True(second.Sweep());
        Assert.True(Directory.Exists(import));
        Assert.True(File.Exists(export.Name));

        // The second one runs on, with what it has begun since.
        first.Dispose();
        var own = second.BeginImport("own");
        using (var third = new FeedFolders(_data))
        {
            Assert.True(third.Sweep());
            Assert.True(Directory.Exists(import));
            Assert.True(Directory.Exists(own));
        }

        second.Dispose();
        var left = Path.Combine(_data, "feeds", ".work", "left.tar");
        File.WriteAllText(left, "as an export whose process was killed");
        using var last = new FeedFolders(_data);
        Assert.False(last.Sweep());
        Assert.False(Directory.Exists(import));
        Assert.False(Directory.Exists(own));
        Assert.False(File.Exists(left));
    }

    [Fact]
    public void AServerThatSweepsTwiceHoldsNothingUp()
    {
        using var folders = new FeedFolders(_data);
        folders.Sweep();
        folders.Sweep();
        using var other = new FeedFolders(_data);
        other.Sweep();
    }
}
