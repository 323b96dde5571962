using PatchFlow.Server.Feeds;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>However an archive is made and whoever reads it, a path in it is a file or a folder, and never both.</summary>
public sealed class ArchivePathsTests
{
    [Theory]
    [InlineData("a", "", "", null)]
    [InlineData("a/b/c", "b c a/b/d a/bc", "a a/b", null)]
    [InlineData("a/b/c", "a a/b", "", "a")]
    [InlineData("a/b/c", "a/b", "a", "a/b")]
    [InlineData("a", "", "a", "a")]
    [InlineData("a/b", "", "a a/b", "a/b")]
    [InlineData("a/b", "a", "a/b", "a")]
    [InlineData("A/b", "a", "a/b", null)]
    public void WhatIsInTheWayOfAFileIsTold(string path, string files, string folders, string? inTheWay) =>
        Assert.Equal(inTheWay, ArchivePaths.InTheWay(path, files.Split(' ').Contains, folders.Split(' ').Contains));

    [Fact]
    public void TheFoldersOfAFileAreAllAboveIt() => Assert.Equal(["a", "a/b"], ArchivePaths.FoldersOf("a/b/c"));
}
