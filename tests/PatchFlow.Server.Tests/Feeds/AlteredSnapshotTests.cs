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
        await File.AppendAllTextAsync(snapshot.PackageLists[0], "\n");

        Assert.Empty(bench.Catalog.Indices());
        Assert.Contains("was altered", bench.Catalog.Trouble(snapshot), StringComparison.Ordinal);

        // The vendor's index is the same as before: the answer 304 must not leave the altered file in use.
        Assert.Null((await bench.FetchAsync()).LastError);
        Assert.Single(bench.Catalog.Indices());
        Assert.Null(bench.Catalog.Trouble(snapshot));
    }
}
