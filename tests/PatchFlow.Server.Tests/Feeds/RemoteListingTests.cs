using System.Text.Json.Nodes;
using Dapper;
using PatchFlow.Core.Advisories;
using PatchFlow.Server.Feeds;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>Listings of vendors' interfaces: all pages are followed, and what moves from page to page stays what it is.</summary>
public sealed class RemoteListingTests
{
    public static TheoryData<DocumentKind> Kinds { get; } =
    [
        DocumentKind.UsnNotices, DocumentKind.RockyErrata, DocumentKind.BodhiUpdates, DocumentKind.MsrcVulnerabilities, DocumentKind.MsrcProducts, DocumentKind.MsrcDeployments,
    ];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task AListingIsFollowedToItsLastPageAndWhatIsUnchangedWritesNothing(DocumentKind kind)
    {
        await using var world = await RemoteWorld.ListingAsync(kind);
        world.Listing.Have("A-1", "A-2", "A-3", "A-4", "A-5");
        await world.FetchWellAsync();
        Assert.Equal(["1 A-1", "1 A-2", "1 A-3", "1 A-4", "1 A-5"], world.Rows());
        Assert.Equal(["1 200", "2 200", "3 200"], world.Listing.Asked);
        Assert.Empty(world.Refused());
        await world.FetchWellAsync();
        Assert.Equal(1, world.Server.Get<AdvisoryStore>().Row(RemoteWorld.Feed).Sequence);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task ANewRecordPushesTheOthersToTheNextPageAndItsOwnRowAloneIsWritten(DocumentKind kind)
    {
        await using var world = await RemoteWorld.ListingAsync(kind);
        world.Listing.Have("A-1", "A-2", "A-3", "A-4");
        await world.FetchWellAsync();
        world.Listing.Records.Insert(0, world.Listing.Record("A-5"));
        await world.FetchWellAsync();
        Assert.Equal(["1 A-1", "1 A-2", "1 A-3", "1 A-4", "2 A-5"], world.Rows());
        Assert.Equal(5, world.Server.Database.Read(c => c.ExecuteScalar<long>("SELECT COUNT(*) FROM advisory_records")));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task WhatIsOnNoPageAnyMoreIsGoneAndWhatSaysSomethingElseIsWritten(DocumentKind kind)
    {
        await using var world = await RemoteWorld.ListingAsync(kind);
        world.Listing.Have("A-1", "A-2", "A-3", "A-4", "A-5");
        await world.FetchWellAsync();
        world.Listing.Alter(3);
        world.Listing.Records.RemoveAt(1);
        await world.FetchWellAsync();
        Assert.Equal(["1 A-1", "1 A-3", "2 A-4", "1 A-5"], world.Rows());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task TheSavedPagesCanBeReadFromAFolder(DocumentKind kind)
    {
        await using var world = await RemoteWorld.FolderAsync(kind);
        var listing = new VendorListing(kind);
        listing.Have("A-1", "A-2", "A-3");
        world.Write("page-1.json", listing.Page(1));
        world.Write("page-2.json", listing.Page(2));
        await world.FetchWellAsync();
        Assert.Equal(["1 A-1", "1 A-2", "1 A-3"], world.Rows());
    }

    [Theory]
    [InlineData(DocumentKind.UsnNotices, 2)]
    [InlineData(DocumentKind.RockyErrata, 1)]
    [InlineData(DocumentKind.BodhiUpdates, 1)]
    [InlineData(DocumentKind.MsrcVulnerabilities, 2)]
    [InlineData(DocumentKind.MsrcProducts, 2)]
    [InlineData(DocumentKind.MsrcDeployments, 2)]
    public async Task TheVendorsRealPageIsReadFromAFolder(DocumentKind kind, int records)
    {
        await using var world = await RemoteWorld.FolderAsync(kind);
        world.Copy(VendorListing.FileOf(kind), "page.json");
        await world.FetchWellAsync();
        Assert.Equal(records, world.Rows().Count());
        Assert.Empty(world.Refused());
    }

    // The row is made to look old: reading the page again would write it.
    [Fact]
    public async Task APageWithTheSameRecordsIsNotReadAgain()
    {
        await using var world = await RemoteWorld.ListingAsync(DocumentKind.UsnNotices);
        world.Listing.Have("A-1", "A-2", "A-3");
        await world.FetchWellAsync();
        await world.Server.Database.WriteAsync((c, t) => c.Execute("UPDATE advisory_records SET digest = 0", transaction: t));
        world.Listing.Records.Add(world.Listing.Record("A-4"));
        await world.FetchWellAsync();
        Assert.Equal(["1 A-1", "1 A-2", "2 A-3", "2 A-4"], world.Rows());
    }

    // The row is made to look old, as another version of this program would have written it.
    [Fact]
    public async Task APageThatIsReadAgainForWhatWasRefusedHasEachRecordOnce()
    {
        await using var world = await RemoteWorld.ListingAsync(DocumentKind.UsnNotices);
        world.Listing.Have("A-1", "A-2", "A-3");
        Spoiled(world.Listing.Records[1]);
        await world.FetchWellAsync();
        await world.Server.Database.WriteAsync((c, t) => c.Execute("UPDATE advisory_records SET digest = 0", transaction: t));
        world.Listing.Records.Add(world.Listing.Record("A-4"));
        await world.FetchWellAsync();
        Assert.Equal(["2 A-1", "2 A-3", "2 A-4"], world.Rows());
    }

    [Theory]
    [InlineData(DocumentKind.UsnNotices)]
    [InlineData(DocumentKind.RockyErrata)]
    [InlineData(DocumentKind.BodhiUpdates)]
    public async Task AllPagesAreAskedForByTheirValidators(DocumentKind kind)
    {
        await using var world = await RemoteWorld.ListingAsync(kind);
        world.Listing.HasETags = true;
        world.Listing.Have("A-1", "A-2", "A-3", "A-4");
        await world.FetchWellAsync();
        // What changes on the last page alone: the number of all stays.
        world.Listing.Records[3] = world.Listing.Record("A-5");
        world.Listing.Asked.Clear();
        await world.FetchWellAsync();
        Assert.Equal(["1 304", "2 200"], world.Listing.Asked);
        Assert.Equal(["1 A-1", "1 A-2", "1 A-3", "2 A-5"], world.Rows());
    }

    [Fact]
    public async Task TheSecondTimeAllPagesAreHadWhole()
    {
        await using var world = await RemoteWorld.ListingAsync(DocumentKind.UsnNotices);
        world.Listing.HasETags = true;
        world.Listing.Have("A-1", "A-2", "A-3", "A-4");
        await world.FetchWellAsync();
        world.Listing.Alter(3);
        world.Listing.Queries.Clear();
        world.Listing.Asked.Clear();
        world.Listing.Total = request => request == 2 ? 3 : null;
        await world.FetchWellAsync();
        Assert.Equal(["1 304", "2 200", "1 200", "2 200"], world.Listing.Asked);
    }

    [Fact]
    public async Task ARecordThatIsBadIsRefusedAlone()
    {
        await using var world = await RemoteWorld.ListingAsync(DocumentKind.UsnNotices);
        world.Listing.Have("A-1", "A-2", "A-3");
        Spoiled(world.Listing.Records[1]);
        await world.FetchWellAsync();
        Assert.Equal(["1 A-1", "1 A-3"], world.Rows());
        Assert.StartsWith("notices/00001 ", Assert.Single(world.Refused()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ARecordThatCantBeReadAnyMoreSaysWhatItSaidUntilItIsGone()
    {
        await using var world = await RemoteWorld.ListingAsync(DocumentKind.UsnNotices);
        world.Listing.Have("A-1", "A-2", "A-3");
        await world.FetchWellAsync();
        Spoiled(world.Listing.Records[1]);
        await world.FetchWellAsync();
        Assert.Equal(["1 A-1", "1 A-2", "1 A-3"], world.Rows());
        world.Listing.Records.RemoveAt(1);
        await world.FetchWellAsync();
        Assert.Equal(["1 A-1", "1 A-3"], world.Rows());
    }

    // As many are refused as before, and it is another one: which of those that are on no page it is, nobody can say.
    [Fact]
    public async Task WhereAnotherPageHasTheRecordThatCantBeReadItSaysWhatItSaid()
    {
        await using var world = await RemoteWorld.ListingAsync(DocumentKind.UsnNotices);
        world.Listing.Have("A-1", "A-2", "A-3", "A-4");
        await world.FetchWellAsync();
        var (second, fourth) = (world.Listing.Records[1], Spoiled(world.Listing.Record("A-4")));
        (world.Listing.Records[1], world.Listing.Records[3]) = (Spoiled(world.Listing.Record("A-2")), fourth);
        await world.FetchWellAsync();
        (world.Listing.Records[1], world.Listing.Records[3]) = (fourth, second);
        await world.FetchWellAsync();
        Assert.Equal(["1 A-1", "1 A-2", "1 A-3", "1 A-4"], world.Rows());
        world.Listing.Have("A-1", "A-2", "A-3");
        await world.FetchWellAsync();
        Assert.Equal(["1 A-1", "1 A-2", "1 A-3"], world.Rows());
    }

    [Fact]
    public async Task WhereAPageThatIsAsItWasHasOneThatCantBeReadNothingIsGone()
    {
        await using var world = await RemoteWorld.ListingAsync(DocumentKind.UsnNotices);
        world.Listing.HasETags = true;
        world.Listing.Have("A-1", "A-2", "A-3", "A-4");
        Spoiled(world.Listing.Records[1]);
        await world.FetchWellAsync();
        world.Listing.Records[3] = world.Listing.Record("A-5");
        world.Listing.Asked.Clear();
        await world.FetchWellAsync();
        Assert.Equal(["1 304", "2 200"], world.Listing.Asked);
        Assert.Equal(["1 A-1", "1 A-3", "1 A-4", "2 A-5"], world.Rows());
    }

    [Fact]
    public async Task OfTheSameRecordOnTwoPagesOneIsKept()
    {
        await using var world = await RemoteWorld.ListingAsync(DocumentKind.RockyErrata);
        world.Listing.Have("A-1", "A-2", "A-2", "A-3");
        await world.FetchWellAsync();
        Assert.Equal(["1 A-1", "1 A-2", "1 A-3"], world.Rows());
    }

    [Fact]
    public async Task TwoRecordsOfOneIdStayWhatTheyAreOnWhicheverPage()
    {
        await using var world = await RemoteWorld.ListingAsync(DocumentKind.RockyErrata);
        world.Listing.Have("A-1", "A-2", "A-2", "A-3");
        world.Listing.Alter(2);
        await world.FetchWellAsync();
        Assert.Equal(["1 A-1", "1 A-2", "1 A-2", "1 A-3"], world.Rows());
        world.Listing.Records.Insert(0, world.Listing.Record("A-0"));
        (world.Listing.Records[2], world.Listing.Records[3]) = (world.Listing.Records[3], world.Listing.Records[2]);
        await world.FetchWellAsync();
        Assert.Equal(["2 A-0", "1 A-1", "1 A-2", "1 A-2", "1 A-3"], world.Rows());
    }

    // A vulnerability has an entry for each product, and they stand on several pages.
    [Fact]
    public async Task ProductsOfOneVulnerabilityStayWhatTheyAreOnWhicheverPage()
    {
        await using var world = await RemoteWorld.ListingAsync(DocumentKind.MsrcProducts);
        world.Listing.Have("CVE-2026-0001", "CVE-2026-0001", "CVE-2026-0001", "CVE-2026-0002");
        foreach (var (record, product) in world.Listing.Records.Zip(["Windows 10 for x64-based Systems", "Windows 11 for x64-based Systems", "Windows Server 2022", "Windows Server 2022"]))
        {
            record["product"] = product;
        }

        await world.FetchWellAsync();
        world.Listing.Records.Insert(0, world.Listing.Record("CVE-2026-0001"));
        world.Listing.Records[3]["vectorString"] = "something else";
        await world.FetchWellAsync();
        Assert.Equal(["2 CVE-2026-0001", "1 CVE-2026-0001", "1 CVE-2026-0001", "2 CVE-2026-0001", "1 CVE-2026-0002"], world.Rows());
        Assert.Equal(
            ["Azure Health Bot", "Windows 10 for x64-based Systems", "Windows 11 for x64-based Systems", "Windows Server 2022"],
            (await (await world.ApiAsync()).AdvisoriesAsync(cve: "CVE-2026-0001")).Items.Select(a => a.Title));
    }

    [Theory]
    [InlineData(DocumentKind.UsnNotices, "?release=jammy", "?offset=0&limit=20&order=oldest&release=jammy")]
    [InlineData(DocumentKind.RockyErrata, "", "?page=1&size=50")]
    [InlineData(DocumentKind.BodhiUpdates, "?releases=F40%2CF41&status=testing", "?page=1&rows_per_page=50&type=security&status=testing&releases=F40%2CF41")]
    [InlineData(DocumentKind.MsrcVulnerabilities, "?%24filter=severity%20eq%20%27Critical%27", "?%24filter=severity%20eq%20%27Critical%27")]
    public async Task TheQueryOfTheAddressNarrowsWhatIsAskedFor(DocumentKind kind, string query, string asked)
    {
        await using var world = await RemoteWorld.ListingAsync(kind, query);
        world.Listing.Have("A-1");
        await world.FetchWellAsync();
        Assert.Equal(asked, world.Listing.Queries.First());
    }

    [Theory]
    [InlineData("mirror/")]
    [InlineData("mirror/api/v3/advisories/")]
    [InlineData("mirror/api/v3/advisories")]
    public async Task TheInterfaceMayStandBelowAPathAndBeNamedItself(string address)
    {
        await using var world = await RemoteWorld.ListingAsync(DocumentKind.RockyErrata, address);
        world.Listing.Have("A-1", "A-2", "A-3");
        await world.FetchWellAsync();
        Assert.Equal(["/mirror/api/v3/advisories/ 200", "/mirror/api/v3/advisories/ 200"], world.Vendor.Requests);
    }

    [Fact]
    public async Task WhatTheInterfaceSaidIsGoneWhenTheFeedIsAFolder()
    {
        await using var world = await RemoteWorld.ListingAsync(DocumentKind.UsnNotices);
        world.Listing.Have("A-1", "A-2", "A-3");
        await world.FetchWellAsync();
        world.Write("saved/page.json", world.Listing.Page(1, 1));
        var (server, feed) = (world.Server, world.Server.Get<FeedList>().Advisories.Single() with { Address = new($"file://{world.Root}/saved/") });
        var fetched = await server.Get<AdvisoryFetcher>().FetchAsync(feed, server.Get<AdvisoryStore>().Row(RemoteWorld.Feed), TestContext.Current.CancellationToken);
        await server.Get<AdvisoryStore>().PublishAsync(fetched.Snapshot!, TestContext.Current.CancellationToken);
        Assert.Equal(["2 A-1"], world.Rows());
    }

    private static JsonNode Spoiled(JsonNode notice)
    {
        notice.AsObject().Remove("release_packages");
        return notice;
    }
}
