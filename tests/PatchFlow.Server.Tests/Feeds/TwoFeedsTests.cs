using PatchFlow.Core.Documents;
using PatchFlow.Server.Feeds;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>A feed that is bad keeps its last good snapshot, and the other is fetched as if nothing were.</summary>
public sealed class TwoFeedsTests : IAsyncLifetime
{
    private readonly OwnRepository _repository = new();
    private FeedBench _bench = null!;
    private FeedSimulator _simulator = null!;
    private Feed _bad = null!;
    private Digest _lastGood;

    public async ValueTask InitializeAsync()
    {
        _bench = await FeedBench.StartPublishedAsync();
        _repository.Add("other", "2.0-1");
        _repository.Publish(FeedBench.Start.AddHours(-1), FeedBench.Start.AddDays(7));
        _simulator = await FeedSimulator.StartAsync(_repository.Root);
        // It is first by name, so that whatever takes the feeds in turn meets it first.
        _bad = _bench.Feed with { Name = "bad", Address = _simulator.Address };
        _bench.Others.Add(_bad);
        _bench.Configure(_bench.Feed);
        await _bench.FetchAsync();
        _lastGood = (await FetchBadAsync()).Snapshot!.Value;
    }

    public async ValueTask DisposeAsync()
    {
        await _simulator.DisposeAsync();
        await _bench.DisposeAsync();
        _repository.Dispose();
    }

    [Theory]
    [InlineData("signed with another key", "none of which is valid in")]
    [InlineData("unreachable", "can't be reached")]
    [InlineData("altered on disk", null)]
    public async Task ABadFeedStaysWhereItWasAndTheOtherGoesOn(string badness, string? message)
    {
        _bench.Clock.Now += TimeSpan.FromHours(3);
        _bench.Repository.Add("demo", "1.0-1+deb12u2");
        _bench.Publish();
        await BreakAsync(badness);
        if (message is not null)
        {
            var bad = await FetchBadAsync();
            Assert.Contains(message, bad.LastError, StringComparison.Ordinal);
            Assert.Contains(_bad.Address.Authority, bad.LastError, StringComparison.Ordinal);
            Assert.Equal((_lastGood, 1, FeedBench.Start), (bad.Snapshot, (int)bad.Failures, bad.LastSuccessAt));
        }

        await TheOtherIsFetchedAsync("1.0-1+deb12u2");
        Assert.Equal(_lastGood, _bench.Catalog.Current(_bad)!.Index);
        Assert.Equal(message is null ? ["own"] : ["bad", "own"], _bench.Catalog.Indices().Select(i => i.Feed));
        Assert.Equal(message is null ? ["bad"] : [], _bench.Catalog.Unusable(_bench.Clock.Now).Select(f => f.Feed));
    }

    [Fact]
    public async Task ABadFeedGetsStaleInTheEndAndTheOtherStaysFresh()
    {
        await BreakAsync("unreachable");
        _bench.Clock.Now += TimeSpan.FromDays(8);
        _bench.Repository.Add("demo", "1.0-1+deb12u2");
        _bench.Publish();
        await FetchBadAsync();
        await TheOtherIsFetchedAsync("1.0-1+deb12u2");
        var stale = Assert.Single(_bench.Catalog.Unusable(_bench.Clock.Now));
        Assert.Equal("bad", stale.Feed);
        Assert.StartsWith("feed bad is stale since 2026-11-30", stale.Sentence, StringComparison.Ordinal);
    }

    private async Task BreakAsync(string badness)
    {
        switch (badness)
        {
            case "signed with another key":
                _repository.Publish(_bench.Clock.Now.AddHours(-1), _bench.Clock.Now.AddDays(7));
                _repository.Sign(_repository.ReleaseText, _repository.MakeKey("other"));
                break;
            case "unreachable":
                await _simulator.DisposeAsync();
                break;
            default:
                File.AppendAllText(_bench.Catalog.Current(_bad)!.PackageLists[0].Whole, "\n");
                _bench.Configure(_bench.Feed);
                break;
        }
    }

    private async Task TheOtherIsFetchedAsync(string version)
    {
        var row = await _bench.FetchAsync();
        Assert.Equal((null, 0, _bench.Clock.Now), (row.LastError, (int)row.Failures, row.LastSuccessAt));
        var snapshot = _bench.Catalog.Current(_bench.Feed)!;
        Assert.Equal((row.Snapshot, _bench.Clock.Now.AddHours(-1)), (snapshot.Index, snapshot.Time));
        Assert.Null(_bench.Catalog.WhyUnusable(snapshot, _bench.Clock.Now));
        var index = _bench.Catalog.Indices().Single(i => i.Feed == _bench.Feed.Name).Index;
        Assert.NotNull(index.Find("demo", version, "amd64"));
    }

    private Task<FeedRow> FetchBadAsync() => _bench.Fetches.FetchAsync(_bad.Name, CancellationToken.None);
}
