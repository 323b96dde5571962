using System.IO.Compression;
using System.Text;
using Microsoft.AspNetCore.Http;
using PatchFlow.Core.Advisories;
using PatchFlow.Server.Feeds;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>What goes wrong with one page is said of it alone, and nothing that is open is closed by it.</summary>
public sealed class RemoteFaultTests
{
    private static readonly Dictionary<string, Func<HttpContext, byte[], Task>> Faults = new()
    {
        ["a web page"] = (context, _) => context.Response.WriteAsync("<html><body>sign in</body></html>"),
        ["no such page"] = (context, _) => StatusAsync(context, 404),
        ["a server's error"] = (context, _) => StatusAsync(context, 500),
        ["too many requests"] = (context, _) => StatusAsync(context, 429),
        ["an answer that was not asked for"] = (context, _) => StatusAsync(context, 304),
        ["a cut transfer"] = async (context, page) =>
        {
            context.Response.ContentLength = page.Length;
            await context.Response.Body.WriteAsync(page.AsMemory(0, page.Length / 2));
            await context.Response.Body.FlushAsync();
            context.Abort();
        },
        ["a cut document"] = async (context, page) => await context.Response.Body.WriteAsync(page.AsMemory(0, page.Length / 2)),
        ["a server that sleeps"] = (context, _) => Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default),
        ["a server that drips"] = async (context, _) =>
        {
            while (!context.RequestAborted.IsCancellationRequested)
            {
                await context.Response.Body.WriteAsync(" "u8.ToArray());
                await context.Response.Body.FlushAsync();
                await Task.Delay(20);
            }
        },
        ["too large a page"] = async (context, page) =>
        {
            await context.Response.Body.WriteAsync(page.AsMemory(0, page.Length - 1));
            await context.Response.Body.WriteAsync(new byte[(1 << 20) + 1]);
        },
        ["a redirect to another host"] = (context, _) => RedirectAsync(context, "http://127.0.0.2:1/security/notices.json"),
        ["a redirect in a circle"] = (context, _) => RedirectAsync(context, $"{context.Request.Path}{context.Request.QueryString}"),
        ["a bomb"] = (context, _) => GzipAsync(context, new byte[2 << 20]),
        ["a torn archive"] = async (context, _) => await context.Response.Body.WriteAsync(new byte[] { 0x1f, 0x8b, 8, 0, 1, 2, 3 }),
        ["another page"] = (context, page) => context.Response.WriteAsync(Encoding.UTF8.GetString(page).Replace("\"offset\":", "\"offset\":1", StringComparison.Ordinal)),
        ["a page without a total"] = (context, page) => context.Response.WriteAsync(Encoding.UTF8.GetString(page).Replace("total_results", "totals", StringComparison.Ordinal)),
        ["too many records"] = (context, page) => context.Response.WriteAsync(Encoding.UTF8.GetString(page).Replace("\"notices\":[", "\"notices\":[1,", StringComparison.Ordinal)),
        ["nothing"] = (_, _) => Task.CompletedTask,
    };

    public static TheoryData<string> FaultNames { get; } = [.. Faults.Keys];

    [Theory]
    [InlineData("a web page", "an object is expected")]
    [InlineData("no such page", "does not exist (404)")]
    [InlineData("a server's error", "answers 500")]
    [InlineData("too many requests", "answers 429")]
    [InlineData("an answer that was not asked for", "answers 304")]
    [InlineData("a cut transfer", "ended before its announced length")]
    [InlineData("a cut document", "the document ends within it")]
    [InlineData("a server that sleeps", "did not answer within 2 s")]
    [InlineData("a server that drips", "did not answer within 2 s")]
    [InlineData("too large a page", "is larger than the 1048576 bytes")]
    [InlineData("a redirect to another host", "redirects to 'http://127.0.0.2:1/security/notices.json'")]
    [InlineData("a redirect in a circle", "or too often")]
    [InlineData("a bomb", "grows beyond the 1048576 bytes")]
    [InlineData("a torn archive", "can't be decompressed (gzip: ")]
    [InlineData("another page", "it is at 12, and 2 was asked for")]
    [InlineData("a page without a total", "does not say how many records there are")]
    [InlineData("too many records", "it has 3 records, more than the 2 of a page")]
    [InlineData("nothing", "an object is expected")]
    public async Task APageThatIsBadLeavesWhatItSaidAndTheLaterPagesGoIn(string fault, string reason)
    {
        await using var world = await RemoteWorld.ListingAsync(DocumentKind.UsnNotices);
        world.Listing.Have("A-1", "A-2", "A-3", "A-4", "A-5", "A-6");
        await world.FetchWellAsync();
        world.Listing.Faults[2] = Faults[fault];
        world.Listing.Alter(3);
        world.Listing.Alter(5);
        // All move a place ahead: A-3 is now on the page that can't be had, and was on it; A-5 was on the third, and is on none that can be had.
        world.Listing.Records.RemoveAt(0);
        world.Listing.Records.Insert(4, world.Listing.Record("A-7"));
        await world.FetchWellAsync();
        Assert.Equal(["1 A-1", "1 A-2", "1 A-3", "1 A-4", "1 A-5", "2 A-6", "2 A-7"], world.Rows());
        var refused = Assert.Single(world.Refused());
        Assert.StartsWith("notices/00002 ", refused, StringComparison.Ordinal);
        Assert.Contains(reason, refused, StringComparison.Ordinal);

        world.Listing.Faults.Clear();
        await world.FetchWellAsync();
        Assert.Equal(["1 A-2", "1 A-3", "3 A-4", "1 A-5", "2 A-6", "2 A-7"], world.Rows());
        Assert.Empty(world.Refused());
    }

    [Theory]
    [MemberData(nameof(FaultNames))]
    public async Task WhereNoPageCanBeHadTheFeedFailsAndTheSnapshotStays(string fault)
    {
        await using var world = await RemoteWorld.ListingAsync(DocumentKind.UsnNotices);
        world.Listing.Have("A-1", "A-2", "A-3", "A-4", "A-5", "A-6", "A-7", "A-8");
        await world.FetchWellAsync();
        for (var page = 1; page <= 9; page++)
        {
            world.Listing.Faults[page] = Faults[fault];
        }

        world.Listing.Asked.Clear();
        var row = await world.FetchAsync();
        Assert.Contains("http://127.0.0.1:", row.LastError, StringComparison.Ordinal);
        Assert.Equal(8, world.Rows().Count(r => r.StartsWith("1 ", StringComparison.Ordinal)));
    }

    // What stood on it was read from another page meanwhile: that it is as it was before says nothing.
    [Fact]
    public async Task APageThatWasBadIsReadWhateverItIsLike()
    {
        await using var world = await RemoteWorld.ListingAsync(DocumentKind.UsnNotices);
        world.Listing.Have("A-1", "A-2", "A-3", "A-4");
        await world.FetchWellAsync();
        var first = world.Listing.Records.ToList();
        world.Listing.Records = [first[0], world.Listing.Record("A-3"), first[1], first[3]];
        world.Listing.Alter(1);
        world.Listing.Faults[2] = Faults["a server's error"];
        await world.FetchWellAsync();
        Assert.Equal(["1 A-1", "1 A-2", "2 A-3", "1 A-4"], world.Rows());
        world.Listing.Records = first;
        world.Listing.Faults.Clear();
        await world.FetchWellAsync();
        Assert.Equal(["1 A-1", "1 A-2", "3 A-3", "1 A-4"], world.Rows());
    }

    [Fact]
    public void MoreThanAHundredDifferentRecordsOfOneIdAreNotTaken()
    {
        var listing = new ListingRecords("x/", []);
        var record = new AdvisoryRecord("x/|A-1||", "x/", RecordKinds.Advisory, "A-1", "", 0, "[]", "{}");
        for (var n = 1; n <= 100; n++)
        {
            Assert.True(listing.Place(record with { Digest = n }).IsNew);
            Assert.False(listing.Place(record with { Digest = n }).IsNew);
        }

        Assert.Contains("more than 100 different records have the id A-1", Assert.Throws<FeedException>(() => listing.Place(record with { Digest = 101 })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheFirstPageMayBeTheBadOne()
    {
        await using var world = await RemoteWorld.ListingAsync(DocumentKind.RockyErrata);
        world.Listing.Have("A-1", "A-2", "A-3");
        await world.FetchWellAsync();
        world.Listing.Faults[1] = Faults["a server's error"];
        world.Listing.Alter(2);
        await world.FetchWellAsync();
        Assert.Equal(["1 A-1", "1 A-2", "2 A-3"], world.Rows());
    }

    [Fact]
    public async Task ThreeBadPagesInARowAreAVendorThatIsAway()
    {
        await using var world = await RemoteWorld.ListingAsync(DocumentKind.UsnNotices);
        world.Listing.Have([.. Enumerable.Range(10, 20).Select(n => $"A-{n}")]);
        world.Listing.Faults[3] = world.Listing.Faults[4] = world.Listing.Faults[5] = Faults["a server's error"];
        Assert.Contains("answers 500", (await world.FetchAsync()).LastError, StringComparison.Ordinal);
        Assert.Equal(["1 200", "2 200", "3 500", "4 500", "5 500"], world.Listing.Asked);
    }

    [Theory]
    [InlineData(DocumentKind.UsnNotices)]
    [InlineData(DocumentKind.RockyErrata)]
    [InlineData(DocumentKind.BodhiUpdates)]
    [InlineData(DocumentKind.MsrcVulnerabilities)]
    public async Task ATotalThatChangesFromPageToPageMeansThatAllIsAskedForOnceMore(DocumentKind kind)
    {
        await using var world = await RemoteWorld.ListingAsync(kind);
        world.Listing.Have("A-1", "A-2", "A-3", "A-4");
        await world.FetchWellAsync();
        world.Listing.Alter(0);
        world.Listing.Queries.Clear();
        world.Listing.Asked.Clear();
        world.Listing.Total = request => request == 2 ? 3 : null;
        await world.FetchWellAsync();
        Assert.Equal(["1 200", "2 200", "1 200", "2 200"], world.Listing.Asked);
        Assert.Equal(["2 A-1", "1 A-2", "1 A-3", "1 A-4"], world.Rows());
    }

    [Theory]
    [InlineData(DocumentKind.UsnNotices)]
    [InlineData(DocumentKind.RockyErrata)]
    [InlineData(DocumentKind.BodhiUpdates)]
    [InlineData(DocumentKind.MsrcVulnerabilities)]
    public async Task AListingThatNeverRestsIsNotUsedAndClosesNothing(DocumentKind kind)
    {
        await using var world = await RemoteWorld.ListingAsync(kind);
        world.Listing.Have("A-1", "A-2", "A-3", "A-4");
        await world.FetchWellAsync();
        world.Listing.Records.RemoveAt(3);
        world.Listing.Total = request => 3 + (request % 2);
        Assert.Contains("changed twice while its pages were asked for", (await world.FetchAsync()).LastError, StringComparison.Ordinal);
        Assert.Equal(["1 A-1", "1 A-2", "1 A-3", "1 A-4"], world.Rows());
    }

    [Fact]
    public async Task APageSizeThatChangesMeansThatNothingFitsTogether()
    {
        await using var world = await RemoteWorld.ListingAsync(DocumentKind.RockyErrata);
        world.Listing.Have("A-1", "A-2", "A-3", "A-4");
        world.Listing.Faults[2] = (context, page) => context.Response.WriteAsync(Encoding.UTF8.GetString(page).Replace("\"size\":2", "\"size\":50", StringComparison.Ordinal));
        Assert.Contains("changed twice", (await world.FetchAsync()).LastError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task APageMayGrowByTheRatioOfAllFeedsWhenItIsOpened()
    {
        await using var world = await RemoteWorld.ListingAsync(DocumentKind.UsnNotices, "", RemoteWorld.Limits with { Ratio = 3 });
        world.Listing.Have("A-1", "A-2", "A-3");
        world.Listing.Faults[2] = (context, page) => GzipAsync(context, [.. page, .. Enumerable.Repeat((byte)' ', 100_000)]);
        await world.FetchWellAsync();
        Assert.Contains("that it may have when decompressed", Assert.Single(world.Refused()), StringComparison.Ordinal);
    }

    // It says four and shows three: the fourth may be anywhere.
    [Theory]
    [InlineData(DocumentKind.UsnNotices)]
    [InlineData(DocumentKind.MsrcVulnerabilities)]
    public async Task WherePagesHaveFewerRecordsThanTheySayNothingIsGone(DocumentKind kind)
    {
        await using var world = await RemoteWorld.ListingAsync(kind);
        world.Listing.Have("A-1", "A-2", "A-3", "A-4");
        await world.FetchWellAsync();
        world.Listing.Records.RemoveAt(3);
        world.Listing.Alter(0);
        world.Listing.Total = _ => 4;
        await world.FetchWellAsync();
        Assert.Equal(["2 A-1", "1 A-2", "1 A-3", "1 A-4"], world.Rows());
        Assert.Contains("its pages have 3 of 4 records", Assert.Single(world.Refused()), StringComparison.Ordinal);
    }

    // It names no next page either: whether the others are gone or only not named, nobody can say.
    [Fact]
    public async Task WherePagesDoNotSayHowManyRecordsThereAreNothingIsGone()
    {
        await using var world = await RemoteWorld.ListingAsync(DocumentKind.MsrcVulnerabilities);
        world.Listing.Have("A-1", "A-2", "A-3", "A-4");
        await world.FetchWellAsync();
        world.Listing.Alter(0);
        world.Listing.Faults[1] = (context, _) =>
            context.Response.WriteAsync(Encoding.UTF8.GetString(world.Listing.Page(1)).Replace("@odata.count", "@odata.counts", StringComparison.Ordinal));
        await world.FetchWellAsync();
        Assert.Equal(["2 A-1", "1 A-2", "1 A-3", "1 A-4"], world.Rows());
        Assert.Contains("does not say how many records there are", Assert.Single(world.Refused()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AListingWithoutAnyRecordLeavesTheSnapshotAsItIs()
    {
        await using var world = await RemoteWorld.ListingAsync(DocumentKind.UsnNotices);
        world.Listing.Have("A-1", "A-2", "A-3");
        await world.FetchWellAsync();
        world.Listing.Have();
        Assert.Contains("lists nothing any more", (await world.FetchAsync()).LastError, StringComparison.Ordinal);
        Assert.Equal(3, world.Rows().Count());
    }

    [Theory]
    [InlineData("http://127.0.0.2:1/sug/v2.0/x?$skip=2", "only the feed's own scheme, host and port are followed")]
    [InlineData("https://127.0.0.1/sug/v2.0/x?$skip=2", "only the feed's own scheme, host and port are followed")]
    [InlineData("file:///etc/passwd", "only the feed's own scheme, host and port are followed")]
    [InlineData("//vendor.example/x", "only the feed's own scheme, host and port are followed")]
    [InlineData("/sug/v2.0/en-US/vulnerability?$skip=2", "its pages go round in a circle")]
    public async Task ANextPageElsewhereOrAskedForAlreadyIsNotFollowed(string next, string reason)
    {
        await using var world = await RemoteWorld.ListingAsync(DocumentKind.MsrcVulnerabilities);
        world.Listing.Have("A-1", "A-2", "A-3", "A-4", "A-5", "A-6");
        await world.FetchWellAsync();
        world.Listing.Alter(0);
        world.Listing.Next = number => number <= 2 ? next : null;
        await world.FetchWellAsync();
        Assert.Equal(["2 A-1", "1 A-2", "1 A-3", "1 A-4", "1 A-5", "1 A-6"], world.Rows());
        Assert.Contains(reason, Assert.Single(world.Refused()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task PagesWithoutAnEndAreGivenUp()
    {
        await using var world = await RemoteWorld.ListingAsync(DocumentKind.MsrcVulnerabilities);
        world.Listing.Have("A-1", "A-2");
        world.Listing.Total = _ => int.MaxValue;
        world.Listing.Next = number => $"/sug/v2.0/en-US/vulnerability?$skip={number * 2}";
        Assert.Contains("or 40 pages", (await world.FetchAsync()).LastError, StringComparison.Ordinal);
        Assert.Equal(40, world.Listing.Asked.Count);
    }

    [Fact]
    public async Task ATotalWithoutAnEndIsGivenUp()
    {
        await using var world = await RemoteWorld.ListingAsync(DocumentKind.RockyErrata);
        world.Listing.Have([.. Enumerable.Range(0, 200).Select(n => $"A-{n}")]);
        world.Listing.Total = _ => int.MaxValue;
        Assert.Contains("or 40 pages", (await world.FetchAsync()).LastError, StringComparison.Ordinal);
        Assert.Equal(40, world.Listing.Asked.Count);
    }

    [Fact]
    public async Task AllPagesTogetherMayHaveSoManyBytes()
    {
        await using var world = await RemoteWorld.ListingAsync(DocumentKind.RockyErrata, "", RemoteWorld.Limits with { RemoteBytes = 100 << 10 });
        world.Listing.Have([.. Enumerable.Range(0, 60).Select(n => $"A-{n}")]);
        Assert.Contains($"more than the {100 << 10} bytes", (await world.FetchAsync()).LastError, StringComparison.Ordinal);
        Assert.InRange(world.Listing.Asked.Count, 2, 10);
    }

    [Fact]
    public async Task ANextPageThatIsBadLeavesWhatItAndThoseBehindItSaid()
    {
        await using var world = await RemoteWorld.ListingAsync(DocumentKind.MsrcVulnerabilities);
        world.Listing.Have("A-1", "A-2", "A-3", "A-4", "A-5", "A-6");
        await world.FetchWellAsync();
        world.Listing.Records.RemoveAt(5);
        world.Listing.Alter(0);
        world.Listing.Faults[2] = Faults["a web page"];
        await world.FetchWellAsync();
        Assert.Equal(["2 A-1", "1 A-2", "1 A-3", "1 A-4", "1 A-5", "1 A-6"], world.Rows());
        Assert.StartsWith("vulnerability/00002 ", Assert.Single(world.Refused()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ACompressedPageIsOpenedWhetherItSaysSoOrNot(bool says)
    {
        await using var world = await RemoteWorld.ListingAsync(DocumentKind.BodhiUpdates);
        world.Listing.Have("A-1", "A-2", "A-3");
        world.Listing.Faults[2] = (context, page) => GzipAsync(context, page, says);
        await world.FetchWellAsync();
        Assert.Equal(["1 A-1", "1 A-2", "1 A-3"], world.Rows());
    }

    [Fact]
    public async Task ARedirectOnTheSameHostIsFollowed()
    {
        await using var world = await RemoteWorld.ListingAsync(DocumentKind.UsnNotices);
        world.Listing.Have("A-1", "A-2", "A-3");
        world.Listing.Faults[2] = (context, _) => RedirectAsync(context, "/elsewhere");
        world.Answer("/elsewhere", async context =>
        {
            Assert.Equal("application/json", context.Request.Headers.Accept);
            await context.Response.Body.WriteAsync(world.Listing.Page(2));
        });
        await world.FetchWellAsync();
        Assert.Equal(["1 A-1", "1 A-2", "1 A-3"], world.Rows());
    }

    [Fact]
    public async Task TheServerIsToldWhoAsks()
    {
        await using var world = await RemoteWorld.ListingAsync(DocumentKind.UsnNotices);
        var agents = new List<string>();
        world.Listing.Have("A-1");
        world.Listing.Faults[1] = async (context, page) =>
        {
            agents.Add(context.Request.Headers.UserAgent!);
            await context.Response.Body.WriteAsync(page);
        };
        await world.FetchWellAsync();
        Assert.Equal(["PatchFlow/0.1"], agents);
    }

    private static Task StatusAsync(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        return Task.CompletedTask;
    }

    private static Task RedirectAsync(HttpContext context, string to)
    {
        context.Response.Redirect(to);
        return Task.CompletedTask;
    }

    private static async Task GzipAsync(HttpContext context, byte[] bytes, bool says = true)
    {
        if (says)
        {
            context.Response.Headers.ContentEncoding = "gzip";
        }

        using var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            await gzip.WriteAsync(bytes);
        }

        await context.Response.Body.WriteAsync(packed.ToArray());
    }
}
