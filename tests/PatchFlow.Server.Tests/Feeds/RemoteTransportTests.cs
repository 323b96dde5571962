using System.Net;
using PatchFlow.Core.Advisories;
using PatchFlow.Server.Feeds;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>An interface of Refit has no way out but that of all feeds.</summary>
public sealed class RemoteTransportTests
{
    private static readonly Dictionary<string, string> Nothing = [];

    [Theory]
    [InlineData("http://127.0.0.2:1/")]
    [InlineData("http://localhost:1/")]
    public async Task AHostThatNoFeedNamesIsNotConnectedTo(string address)
    {
        await using var vendor = await FeedSimulator.StartAsync(Path.GetTempPath());
        Assert.Contains("is not the host of a configured feed", (await AskAsync(vendor.Address, new(address), false)).Message, StringComparison.Ordinal);
    }

    // Nobody listens there, which is another failure.
    [Theory]
    [InlineData("http://[::1]:1/")]
    [InlineData("http://127.0.0.1:1/")]
    public async Task AnAddressThatIsTheFeedsIsConnectedTo(string address) =>
        Assert.DoesNotContain("is not the host of a configured feed", (await AskAsync(new(address), new(address), false)).Message, StringComparison.Ordinal);

    [Fact]
    public async Task ANextPageOfAnotherHostIsNotConnectedToEither()
    {
        await using var vendor = await FeedSimulator.StartAsync(Path.GetTempPath());
        using var transport = Transport(vendor.Address, false);
        var api = Refit.RestService.For<IMsrcApi>(transport.ClientFor(vendor.Address));
        var refused = await Assert.ThrowsAsync<FeedException>(() => GetAsync(transport, cancel => api.NextAsync("http://127.0.0.2:1/x", cancel)));
        Assert.Contains("is not the host of a configured feed", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ANameThatResolvesToAPrivateAddressIsConnectedToOnlyWhereTheFeedSaysSo()
    {
        var name = Dns.GetHostName();
        var addresses = await Dns.GetHostAddressesAsync(name, TestContext.Current.CancellationToken);
        Assert.SkipUnless(addresses.Any(PrivateRanges.Contain), $"{name} of this machine has no private address");
        var address = new Uri($"http://{name}:1/");
        Assert.Contains("is in a private range", (await AskAsync(address, address, false)).Message, StringComparison.Ordinal);
        Assert.DoesNotContain("is in a private range", (await AskAsync(address, address, true)).Message, StringComparison.Ordinal);
    }

    private static async Task<FeedException> AskAsync(Uri feed, Uri address, bool isPrivate)
    {
        using var transport = Transport(feed, isPrivate);
        var api = Refit.RestService.For<IUbuntuNoticesApi>(transport.ClientFor(address));
        return await Assert.ThrowsAsync<FeedException>(() => GetAsync(transport, cancel => api.NoticesAsync(0, 20, Nothing, null, null, cancel)));
    }

    private static Task GetAsync(FeedTransport transport, Func<CancellationToken, Task<HttpResponseMessage>> ask) =>
        transport.AskAsync(new("http://vendor.example/"), ask, Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()), 1000, null, TestContext.Current.CancellationToken);

    private static FeedTransport Transport(Uri feed, bool isPrivate) => new(
        new FeedList([], [new AdvisoryFeed("x", DocumentKind.UsnNotices, feed, "", "0 17 * * * ?", TimeSpan.FromDays(7)) { PrivateNetwork = isPrivate }]),
        RemoteWorld.Limits);
}
