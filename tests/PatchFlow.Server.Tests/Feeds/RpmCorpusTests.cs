using System.Security.Cryptography;
using System.Text.RegularExpressions;
using PatchFlow.Client;
using PatchFlow.Server.Feeds;
using PatchFlow.Server.Tests.Matching;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>Vendors' real repositories of rpm, followed through <c>file:</c> addresses.</summary>
public sealed class RpmCorpusTests
{
    private const string OpenSuse = "rpm/opensuse-11.0-update/repodata/repomd.xml";

    [Fact]
    public async Task ARealRepositoryIsFollowedAndItsAgeIsSeen()
    {
        await using var world = await StartAsync(Entry("suse", OpenSuse));
        await world.FetchWellAsync("suse");
        var view = await (await world.ApiAsync()).FeedAsync("suse");

        // 164 updates of 132 ids: an id that comes with another version is another advisory.
        Assert.Equal((164L, FeedState.Stale, new DateTimeOffset(2008, 10, 23, 9, 52, 15, TimeSpan.Zero)), (view.Snapshot!.Packages, view.State, view.Snapshot.Time));
    }

    [Fact]
    public async Task ARealSignatureOfAnExpiredKeyVouchesForNothing()
    {
        var entry = Entry("suse", OpenSuse);
        entry.Keyring = FeedCorpus.PathOf("rpm/opensuse-11.0-update/repodata/repomd.xml.key");
        await using var world = await StartAsync(entry);
        Assert.Contains("A84EDAE89C800ACA (expired)", (await world.FetchAsync("suse")).LastError, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rpm/rocky-8.4/repodata/repomd.xml", "updateinfo.xml.gz does not exist")]
    [InlineData("rpm/almalinux-9-baseos/repodata/repomd.xml", "where the index says 106ba7d2cc8d")]
    [InlineData("rpm/fedora-43-updates/repodata/repomd.xml", "where the index says")]
    [InlineData("rpm/invalid/almalinux-badid/repodata/repomd.xml", "where the index says 106ba7d2cc8d")]
    [InlineData("rpm/invalid/almalinux-corruptcrc/repodata/repomd.xml", "lists advisories that can't be read here")]
    public async Task ARealIndexWithoutItsOwnAdvisoriesIsRefused(string repomd, string message)
    {
        await using var world = await StartAsync(Entry("x", repomd));
        var row = await world.FetchAsync("x");
        Assert.Contains(message, row.LastError, StringComparison.Ordinal);
        Assert.Null(row.Snapshot);
    }

    [Fact]
    public async Task ARealIndexThatListsNoAdvisoriesIsSilent()
    {
        await using var world = await StartAsync(new FeedOptions { Name = "amazon", Kind = "rpm-repository", Address = "file://ROOT/amazon" });
        world.Write("amazon/repodata/repomd.xml", await File.ReadAllBytesAsync(FeedCorpus.PathOf("rpm/amazon/repomd-without-updateinfo.xml"), TestContext.Current.CancellationToken));
        await world.FetchWellAsync("amazon");
        var view = await (await world.ApiAsync()).FeedAsync("amazon");
        Assert.Contains("lists no advisory data", view.Remark, StringComparison.Ordinal);
        Assert.Equal(new DateTimeOffset(2017, 12, 12, 6, 50, 51, TimeSpan.Zero), view.Snapshot!.Time);
    }

    [Theory]
    [InlineData("rpm/invalid/almalinux-corruptcrc/repodata/corrupt-updateinfo.xml.gz", ".gz", "can't be decompressed")]
    [InlineData("rpm/invalid/almalinux-badid/repodata/badid-updateinfo.xml.gz", ".gz", "can't be used as rpm-repository")]
    [InlineData("rpm/fedora-43-updates/repodata/74f58a91baa4a290e7ab058c6298b46ef49fc5ee990ede14d181340e5d22fca9-updateinfo.xml.zst", ".zst", null)]
    [InlineData("rpm/almalinux-9-baseos/repodata/106ba7d2cc8d0ba45aebfe29e32dbbc6ac0bb0378413184d62e6198d13fedb76-updateinfo.xml.gz", ".gz", null)]
    public async Task RealAdvisoriesAreReadUnderAnIndexThatNamesThem(string updateinfo, string packing, string? message)
    {
        var packed = await File.ReadAllBytesAsync(FeedCorpus.PathOf(updateinfo), TestContext.Current.CancellationToken);
        var index = await File.ReadAllTextAsync(FeedCorpus.PathOf("rpm/almalinux-9-baseos/repodata/repomd.xml"), TestContext.Current.CancellationToken);
        await using var world = await StartAsync(new FeedOptions { Name = "x", Kind = "rpm-repository", Address = "file://ROOT/repo" });
        world.Write($"repo/repodata/updateinfo.xml{packing}", packed);
        world.Write("repo/repodata/repomd.xml", Regex.Replace(index, "106ba7d2[0-9a-f]{56}-updateinfo.xml.gz", $"updateinfo.xml{packing}")
            .Replace("106ba7d2cc8d0ba45aebfe29e32dbbc6ac0bb0378413184d62e6198d13fedb76", Convert.ToHexStringLower(SHA256.HashData(packed)), StringComparison.Ordinal)
            .Replace("1784024265", "1763000000", StringComparison.Ordinal));
        var row = await world.FetchAsync("x");
        if (message is null)
        {
            Assert.Null(row.LastError);
            Assert.NotEqual(0, (await (await world.ApiAsync()).FeedAsync("x")).Snapshot!.Packages);
        }
        else
        {
            Assert.Contains(message, row.LastError, StringComparison.Ordinal);
        }
    }

    private static FeedOptions Entry(string name, string repomd) =>
        new() { Name = name, Kind = "rpm-repository", Address = "file://" + Path.GetDirectoryName(Path.GetDirectoryName(FeedCorpus.PathOf(repomd))) };

    private static Task<ExposureWorld> StartAsync(FeedOptions entry) => ExposureWorld.StartAsync((_, root) =>
    {
        entry.Address = entry.Address!.Replace("ROOT", root, StringComparison.Ordinal);
        return [AdvisoryFeed.Of(entry, "test")];
    });
}
