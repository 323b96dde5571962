using Microsoft.AspNetCore.Http;
using PatchFlow.Core.Advisories;
using PatchFlow.Server.Feeds;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>A vendor's documents are found from its domain alone (CSAF 7.3).</summary>
public sealed class CsafDiscoveryTests
{
    private const string WellKnown = ".well-known/csaf/provider-metadata.json", Text = ".well-known/security.txt";

    [Theory]
    [InlineData(WellKnown, "", "")]
    [InlineData("elsewhere/provider-metadata.json", Text, "CSAF: {site}elsewhere/provider-metadata.json")]
    [InlineData("elsewhere/provider-metadata.json", "security.txt", "Contact: x\nCSAF: https://other.example/p.json\nCSAF: {site}nowhere.json\nCSAF: {site}elsewhere/provider-metadata.json")]
    public async Task TheDomainLeadsToTheMetadata(string metadata, string at, string text)
    {
        await using var bench = await CsafBench.StartAsync();
        Move(bench, metadata);
        if (at.Length > 0)
        {
            bench.Write(at, text.Replace("{site}", bench.Simulator.Address.AbsoluteUri, StringComparison.Ordinal));
        }

        bench.ConfigureAt("", isSigned: true);
        await bench.FetchWellAsync();
        Assert.Equal(["A-1 1", "B-1 1"], bench.InUse());
        Assert.Empty(bench.Refused());
        await bench.FetchWellAsync();
        Assert.Equal(1, bench.Store.Row("vendor").Sequence);
    }

    [Theory]
    [InlineData("https://vendor.example", true)]
    [InlineData("https://vendor.example/", true)]
    [InlineData("https://vendor.example/csaf/", false)]
    [InlineData("https://vendor.example/?x=1", false)]
    public async Task ADomainAloneMayBeConfigured(string address, bool isTaken)
    {
        var entries = new FeedOptions[] { new() { Name = "x", Kind = "csaf", Address = address } };
        if (isTaken)
        {
            Assert.Equal("https://vendor.example/", Assert.Single((await FeedList.LoadAsync(entries)).Advisories).Address.AbsoluteUri);
            return;
        }

        Assert.Contains("is a folder, which only a file address may be", (await Assert.ThrowsAsync<InvalidOperationException>(() => FeedList.LoadAsync(entries))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WithoutAnyItIsSaidWhereWasLooked()
    {
        await using var bench = await CsafBench.StartAsync();
        bench.Remove(CsafBench.Provider);
        bench.Write(Text, "CSAF: https://cdn.vendor.example/p.json\n");
        bench.Write(WellKnown, "<html>welcome</html>");
        bench.ConfigureAt("");
        var (site, error) = (bench.Simulator.Address, (await bench.FetchAsync()).LastError!);
        Assert.Equal(
            $"{site} leads to no provider-metadata.json of CSAF ({site}{WellKnown} is none; https://cdn.vendor.example/p.json: it is at cdn.vendor.example, which is no host of the feed: it is not asked for; "
            + "if the vendor keeps documents there, add 'cdn.vendor.example' to the feed's hosts; "
            + $"http://csaf.data.security.{site.Authority}/: it is at csaf.data.security.{site.Authority}, which is no host of the feed: it is not asked for; if the vendor keeps documents there, add 'csaf.data.security.{site.Authority}' to the feed's hosts): "
            + "give the address of that, of a ROLIE feed or of a changes.csv as the feed's address", error);
        Assert.DoesNotContain(bench.Simulator.Requests, request => request.StartsWith("/ ", StringComparison.Ordinal));
    }

    // Many sites show a page of their own in place of what there is not.
    [Fact]
    public async Task APageInPlaceOfTheTextIsPassedOver()
    {
        await using var bench = await CsafBench.StartAsync();
        Move(bench, "elsewhere/provider-metadata.json");
        bench.Write(Text, $"<html>{new string(' ', 2 << 20)}</html>");
        bench.ConfigureAt("", isSigned: true);
        Assert.Contains($"{Text} is larger than 1048576 bytes; ", (await bench.FetchAsync()).LastError!, StringComparison.Ordinal);
        bench.Write("security.txt", $"\uFEFFCSAF: {bench.Simulator.Address}elsewhere/provider-metadata.json\r\n");
        await bench.FetchWellAsync();
        Assert.Equal(["A-1 1", "B-1 1"], bench.InUse());
    }

    // There is no name below an address of numbers.
    [Fact]
    public async Task OfAnAddressOfNumbersTheTwoPlacesAtItAreAll()
    {
        var (folder, work) = (Directory.CreateTempSubdirectory("pf-none-").FullName, Directory.CreateTempSubdirectory("pf-work-").FullName);
        var site = new Uri("https://[::1]:8443/");
        foreach (var path in new[] { WellKnown, Text, "security.txt" })
        {
            await File.WriteAllBytesAsync(Path.Combine(folder, CarriedAnswers.AbsentNameOf(new(site, path))), [], TestContext.Current.CancellationToken);
        }

        var (feed, limits) = (new AdvisoryFeed("vendor", DocumentKind.Csaf, site, "", "0 17 * * * ?", TimeSpan.FromDays(7)), new FeedLimits());
        using var transport = FeedTransport.OfArchive(folder, limits);
        var places = new CsafPlaces(feed, null);
        var lists = new CsafLists(transport, limits, places, new Dictionary<string, KnownDocument>(), null!, work);
        var failure = await Assert.ThrowsAsync<FeedException>(() => new CsafDiscovery(feed, limits, places, lists).FindAsync(TestContext.Current.CancellationToken));
        Assert.Equal(FeedFault.NotFound, failure.Fault);
        Assert.StartsWith("https://[::1]:8443/ leads to no provider-metadata.json of CSAF", failure.Message, StringComparison.Ordinal);
    }

    // A host of the feed is not to be added to it once more.
    [Fact]
    public void WhatIsAtAHostOfTheFeedByHttpIsNotAskedForAndSaysWhy()
    {
        var feed = new AdvisoryFeed("vendor", DocumentKind.Csaf, new("https://vendor.example/"), "", "0 17 * * * ?", TimeSpan.FromDays(7));
        Assert.Null(new CsafPlaces(feed, null).Of(new("http://vendor.example/p.json"), out var problem));
        Assert.Equal("it is named with http, and the feed's address is https: it is not asked for; tell the vendor, or make its address with https the feed's", problem);
    }

    // What is known keeps its names, and is asked for no more than before.
    [Theory]
    [InlineData(WellKnown, "elsewhere/provider-metadata.json")]
    [InlineData("elsewhere/provider-metadata.json", WellKnown)]
    public async Task WhereTheMetadataMovesNothingIsNew(string from, string to)
    {
        await using var bench = await CsafBench.StartAsync();
        Move(bench, from);
        bench.Write(Text, $"CSAF: {bench.Simulator.Address}elsewhere/provider-metadata.json\n");
        bench.ConfigureAt("", isSigned: true);
        await bench.FetchWellAsync();
        Move(bench, to, from);
        bench.Put("white/a-1.json", "A-1", 2);
        bench.WriteFeed();
        await bench.FetchWellAsync();
        Assert.Equal(["A-1 2", "B-1 1"], bench.InUse());
        Assert.Empty(bench.Refused());
        Assert.Single(bench.Simulator.Requests, request => request.StartsWith("/white/b-1.json ", StringComparison.Ordinal));
    }

    // A site that is in trouble does not say that its metadata is elsewhere.
    [Fact]
    public async Task ASiteThatFailsIsNotLookedAroundIn()
    {
        await using var bench = await CsafBench.StartAsync();
        Move(bench, "elsewhere/provider-metadata.json");
        bench.Write(Text, $"CSAF: {bench.Simulator.Address}elsewhere/provider-metadata.json\n");
        bench.Simulator.Misbehaviour[WellKnown] = context =>
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return Task.CompletedTask;
        };
        bench.ConfigureAt("");
        Assert.Contains("503", (await bench.FetchAsync()).LastError!, StringComparison.Ordinal);
        Assert.DoesNotContain(bench.Simulator.Requests, request => request.StartsWith("/.well-known/security.txt", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("403", WellKnown)]
    [InlineData("another host", WellKnown)]
    [InlineData("403", WellKnown, Text)]
    [InlineData("another host", WellKnown, Text)]
    [InlineData("403", WellKnown, "nowhere.json")]
    [InlineData("another host", WellKnown, "nowhere.json")]
    public async Task APlaceThatIsNotForUsOrLeadsElsewhereIsPassedOver(string answer, params string[] places)
    {
        await using var bench = await CsafBench.StartAsync();
        await using var other = await FeedSimulator.StartAsync(bench.Root);
        Move(bench, "elsewhere/provider-metadata.json");
        var site = bench.Simulator.Address;
        bench.Write(places.Contains(Text) ? "security.txt" : Text, $"CSAF: {site}nowhere.json\nCSAF: {site}elsewhere/provider-metadata.json\n");
        Array.ForEach(places, place => bench.Simulator.Misbehaviour[$"/{place}"] = context => Answer(context, answer, other));
        bench.ConfigureAt("", isSigned: true);
        await using var near = await DatedBench.FarAsync(bench.Configured);
        await near.FetchWellAsync();
        Assert.Equal(["A-1", "B-1"], near.InUse());
        // An export asks nobody, and where it is taken in that place is passed over as well.
        var requests = bench.Simulator.Requests.Count;
        await using var far = await DatedBench.FarAsync(near.Feed);
        Assert.True(await far.ImportAsync(await near.ExportAsync()));
        Assert.Equal(requests, bench.Simulator.Requests.Count);
        Assert.Equal(["A-1", "B-1"], far.InUse());
        Assert.Empty(other.Requests);
    }

    [Fact]
    public async Task WhereNoPlaceIsForUsEachIsSaidWithItsReason()
    {
        await using var bench = await CsafBench.StartAsync();
        await using var other = await FeedSimulator.StartAsync(bench.Root);
        bench.Remove(CsafBench.Provider);
        bench.Simulator.Misbehaviour[$"/{WellKnown}"] = context => Answer(context, "403", other);
        bench.Simulator.Misbehaviour[$"/{Text}"] = context => Answer(context, "another host", other);
        bench.ConfigureAt("");
        var (site, error) = (bench.Simulator.Address, (await bench.FetchAsync()).LastError!);
        Assert.Equal(
            $"{site} leads to no provider-metadata.json of CSAF ({site}{WellKnown} answers 403: it is not for everybody; ask the vendor; "
            + $"{site}{Text} redirects to '{other.Address}{Text}' or too often: only 5 redirects to the same scheme, host and port are followed; if it is right, make it the feed's address; "
            + $"{site}security.txt is not there; "
            + $"http://csaf.data.security.{site.Authority}/: it is at csaf.data.security.{site.Authority}, which is no host of the feed: it is not asked for; if the vendor keeps documents there, add 'csaf.data.security.{site.Authority}' to the feed's hosts): "
            + "give the address of that, of a ROLIE feed or of a changes.csv as the feed's address", error);
        Assert.Empty(other.Requests);
    }

    private static Task Answer(HttpContext context, string answer, FeedSimulator other)
    {
        context.Response.StatusCode = answer == "403" ? StatusCodes.Status403Forbidden : StatusCodes.Status302Found;
        context.Response.Headers.Location = answer == "403" ? default : $"{other.Address}{context.Request.Path.Value![1..]}";
        return Task.CompletedTask;
    }

    private static void Move(CsafBench bench, string to, string from = CsafBench.Provider)
    {
        var text = File.ReadAllText(bench.PathOf(from)).Replace($"{CsafBench.Vendor}{from}", $"{CsafBench.Vendor}{to}", StringComparison.Ordinal);
        bench.Remove(from);
        bench.Write(to, text);
    }
}
