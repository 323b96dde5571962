using Dapper;
using PatchFlow.Core.Advisories;
using PatchFlow.Server.Feeds;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>Which feeds may be configured as interfaces, and the other kinds of documents that have readers.</summary>
public sealed class RemoteKindTests
{
    [Theory]
    [InlineData("usn-notices", "https://vendor.example/", true)]
    [InlineData("usn-notices", "https://vendor.example/security/notices.json", true)]
    [InlineData("usn-notices", "https://vendor.example/saved/page-1.json", false)]
    [InlineData("usn-notices", "https://vendor.example/pages.zip", false)]
    [InlineData("rocky-errata", "https://vendor.example/", true)]
    [InlineData("rocky-errata", "https://vendor.example/api/v3/advisories", true)]
    [InlineData("bodhi-updates", "https://vendor.example/updates/?releases=F40", true)]
    [InlineData("msrc-cvrf", "https://vendor.example/", true)]
    [InlineData("msrc-cvrf", "https://vendor.example/cvrf/v3.0/updates", true)]
    [InlineData("msrc-cvrf", "https://vendor.example/cvrf/v3.0/cvrf/2016-Apr", false)]
    [InlineData("msrc-cvrf-json", "https://vendor.example/", true)]
    [InlineData("msrc-vulnerabilities", "https://vendor.example/sug/v2.0/en-US/vulnerability", true)]
    [InlineData("msrc-products", "https://vendor.example/", true)]
    [InlineData("msrc-deployments", "https://vendor.example/", true)]
    [InlineData("cvrf", "https://vendor.example/cvrf/index.txt", false)]
    [InlineData("update-catalog", "https://vendor.example/Search.aspx?q=KB5025239", false)]
    [InlineData("usn-notices", "file:///srv/saved/", false)]
    public async Task AnAddressThatEndsInASlashOrIsTheInterfaceItselfMeansTheInterface(string kind, string address, bool isRemote)
    {
        var feed = Assert.Single((await FeedList.LoadAsync([new() { Name = "x", Kind = kind, Address = address }])).Advisories);
        Assert.Equal(isRemote, RemoteAddress.Of(feed.Kind, feed.Address) is not null);
    }

    [Theory]
    [InlineData("usn-notices", "https://vendor.example/?offset=20", "asks for pages by 'offset'")]
    [InlineData("usn-notices", "https://vendor.example/?order=newest", "asks for pages by 'order'")]
    [InlineData("rocky-errata", "https://vendor.example/?page=1", "asks for pages by 'page'")]
    [InlineData("bodhi-updates", "https://vendor.example/updates/?rows_per_page=1", "asks for pages by 'rows_per_page'")]
    [InlineData("msrc-products", "https://vendor.example/?$skip=2", "asks for pages by '$skip'")]
    [InlineData("msrc-cvrf", "https://vendor.example/?id=2016-Apr", "months have none")]
    [InlineData("osv", "https://vendor.example/all/", "is a folder, which only a file address may be")]
    [InlineData("cvrf", "https://vendor.example/cvrf/", "is a folder, which only a file address may be")]
    public async Task AnAddressThatMeansNothingStopsTheStart(string kind, string address, string message) => Assert.Contains(
        message,
        (await Assert.ThrowsAsync<InvalidOperationException>(() => FeedList.LoadAsync([new() { Name = "x", Kind = kind, Address = address }]))).Message,
        StringComparison.Ordinal);

    [Fact]
    public async Task AdvisoriesOfOtherVendorsInCvrfAreReadFromAFolder()
    {
        await using var world = await RemoteWorld.FolderAsync(DocumentKind.Cvrf);
        world.Copy("cvrf/cisco/cisco-sa-ios-xr-verii-bypass-HhPwQRvx_cvrf.xml", "cisco.xml");
        world.Copy("cvrf/openeuler/cvrf-openEuler-SA-2022-1693.xml", "openeuler.xml");
        world.Copy("cvrf/redhat/cvrf-rhsa-2023-5628.xml", "redhat.xml");
        world.Copy("cvrf/suse/cvrf-opensuse-su-2015-0225-1.xml", "suse.xml");
        world.Write("torn.xml", "<cvrfdoc>");
        await world.FetchWellAsync();
        Assert.Equal(["1 RHSA-2023:5628", "1 cisco-sa-ios-xr-verii-bypass-HhPwQRvx", "1 openEuler-SA-2022-1693", "1 openSUSE-SU-2015:0225-1"], world.Rows());
        Assert.StartsWith("torn.xml ", Assert.Single(world.Refused()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AListOfCvrfDocumentsIsFollowed()
    {
        await using var world = await RemoteWorld.StartAsync(DocumentKind.Cvrf, (vendor, _) => new(vendor, "cvrf/index.txt"));
        world.Write("cvrf/index.txt", "2015/suse.xml\n2023/redhat.xml\n");
        world.Copy("cvrf/suse/cvrf-opensuse-su-2015-0225-1.xml", "cvrf/2015/suse.xml");
        world.Copy("cvrf/redhat/cvrf-rhsa-2023-5628.xml", "cvrf/2023/redhat.xml");
        await world.FetchWellAsync();
        Assert.Equal(["1 RHSA-2023:5628", "1 openSUSE-SU-2015:0225-1"], world.Rows());
    }

    [Fact]
    public async Task UpdatesOfTheCatalogueAreKeptAndAreNoAdvisories()
    {
        await using var world = await RemoteWorld.StartAsync(DocumentKind.UpdateCatalog, (vendor, _) => new(vendor, "Search.aspx?q=KB5025239"));
        world.Copy("msrc/update-catalog/Search-KB5025239.html", "Search.aspx");
        await world.FetchWellAsync();
        Assert.Equal(["1 KB5025239", "1 KB5025239"], world.Rows());
        var bodies = world.Server.Database.Read(c => c.Query<string>("SELECT body FROM advisory_records WHERE kind = 'update'").ToList());
        Assert.All(bodies.Select(AdvisoryRecord.Read<VendorUpdate>), update => Assert.EndsWith("(KB5025239)", update.Title, StringComparison.Ordinal));
        Assert.Empty((await (await world.ApiAsync()).AdvisoriesAsync()).Items);
    }

    [Fact]
    public async Task AnUpdateIsKeptWithWhatItReplaces()
    {
        await using var world = await RemoteWorld.FolderAsync(DocumentKind.MsrcDeployments);
        world.Copy("msrc/sug-api/deployment-0.json", "page.json");
        await world.FetchWellAsync();
        var update = AdvisoryRecord.Read<VendorUpdate>(world.Server.Database.Read(c => c.Query<string>("SELECT body FROM advisory_records WHERE id = 'KB3147461' ORDER BY key").First()));
        Assert.Equal(("Windows 10 for 32-bit Systems", "KB3140745", "Yes"), (update.Product, Assert.Single(update.Supersedes), update.Restart));
    }
}
