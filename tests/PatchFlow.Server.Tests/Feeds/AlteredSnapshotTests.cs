namespace PatchFlow.Server.Tests.Feeds;

public sealed class AlteredSnapshotTests
{
    [Fact]
    public async Task AnAlteredIndexIsLeftOutAndShownAndTheNextFetchMendsIt()
    {
        await using var bench = await FeedBench.StartPublishedAsync();
        await bench.FetchAsync();
        bench.Configure(bench.Feed);
        var snapshot = bench.Catalog.Current(bench.Feed)!;
        await File.AppendAllTextAsync(snapshot.PackageLists[0].Whole, "\n");

        Assert.Empty(bench.Catalog.Indices());
        Assert.Contains("was altered", bench.Catalog.Trouble(snapshot), StringComparison.Ordinal);

        // The vendor's index is the same as before: the answer 304 must not leave the altered file in use.
        Assert.Null((await bench.FetchAsync()).LastError);
        Assert.Single(bench.Catalog.Indices());
        Assert.Null(bench.Catalog.Trouble(snapshot));
    }

    [Fact]
    public async Task ASignedIndexThatCanNotBeReadLeavesTheFeedOutAlthoughItsPackagesAreKnown()
    {
        await using var bench = await FeedBench.StartPublishedAsync();
        await bench.FetchAsync();
        var snapshot = bench.Catalog.Current(bench.Feed)!;
        await File.AppendAllTextAsync(snapshot.SignedIndex, "\n");
        Assert.Empty(bench.Catalog.Indices());
        Assert.Equal(bench.Catalog.Trouble(snapshot), Assert.Single(bench.Catalog.Unusable(bench.Clock.Now)).Sentence);
    }

    [Fact]
    public async Task NothingIsStartedOnAFeedWhoseSnapshotIsGoneOrThatIsNotDeclaredAnyMore()
    {
        await using var bench = await FeedBench.StartPublishedAsync();
        Assert.Contains("has no snapshot here", Assert.Single(bench.Catalog.Unusable(bench.Clock.Now)).Sentence, StringComparison.Ordinal);
        await bench.FetchAsync();
        Assert.Empty(bench.Catalog.Unusable(bench.Clock.Now));

        bench.Configure(bench.Feed with { Name = "renamed" });
        Assert.Equal(
            ["own: feed own is not configured any more: declare it again, or propose the change anew", "renamed: feed renamed has no snapshot here: fetch it with 'patchflow feeds refresh renamed'"],
            bench.Catalog.Unusable(bench.Clock.Now).Select(f => $"{f.Feed}: {f.Sentence}").Order(StringComparer.Ordinal));

        bench.Configure(bench.Feed with { Name = "own" });
        Directory.Delete(bench.Catalog.Current(bench.Feed)!.Folder, recursive: true);
        Assert.Equal("own", Assert.Single(bench.Catalog.Unusable(bench.Clock.Now)).Feed);
    }
}
