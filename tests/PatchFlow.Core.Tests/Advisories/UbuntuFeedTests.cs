using System.Diagnostics;
using PatchFlow.Core.Advisories;

namespace PatchFlow.Core.Tests.Advisories;

public sealed class UbuntuFeedTests
{
    private static readonly Lazy<ReadFeed> Database = new(() =>
    {
        using var bzip2 = Process.Start(new ProcessStartInfo("bzip2", ["-dc", Corpus.PathOf("ubuntu/usn-db/database-all.json.bz2")]) { RedirectStandardOutput = true })!;
        var feed = new ReadFeed();
        UbuntuNotices.ReadDatabase(bzip2.StandardOutput.BaseStream, feed.Sink());
        return feed;
    });

    [Theory]
    [InlineData("USN-4011-1", 2, "Ubuntu:16.04 Ubuntu:18.04 Ubuntu:18.10 Ubuntu:19.04")]
    [InlineData("USN-2274-1", 1, "Ubuntu:14.04")]
    [InlineData("USN-6342-1", 6, "Ubuntu:Pro:16.04 Ubuntu:Pro:18.04")]
    public void ANoticeOfTheDatabaseIsRead(string id, int cves, string platforms)
    {
        Assert.Empty(Database.Value.Refusals);
        Assert.Equal(3, Database.Value.Advisories.Count);
        var notice = Database.Value[id];
        Assert.Equal(cves, notice.Cves.Length);
        Assert.Equal(platforms, string.Join(' ', notice.Affected.Select(a => a.Platform).Distinct().Order()));
    }

    [Fact]
    public void TimeInTheDatabaseIsAFraction() =>
        Assert.Equal(DateTimeOffset.FromUnixTimeMilliseconds(1559819644967), Database.Value["USN-4011-1"].Published);

    [Fact]
    public void BinaryPackagesOfTheSourcesVersionAreNotRepeated()
    {
        var affected = Database.Value["USN-4011-1"].Affected;
        Assert.All(affected, a => Assert.Equal(("jinja2", true), (a.Name, a.IsSource)));
        Assert.Equal(VersionRange.Before("2.8-1ubuntu0.1"), Assert.Single(affected, a => a.Platform == "Ubuntu:16.04").Ranges[0]);
    }

    [Fact]
    public void AMetapackageHasAVersionOfItsOwn()
    {
        var meta = Assert.Single(Database.Value["USN-6342-1"].Affected, a => a is { Name: "linux-image-generic", Platform: "Ubuntu:Pro:18.04" });
        Assert.Equal((false, "4.15.0.216.200"), (meta.IsSource, meta.Ranges[0].Fixed));
    }

    [Fact]
    public void ANoticeThatAsksForARebootSaysSo()
    {
        Assert.True(Database.Value["USN-2274-1"].RebootSuggested);
        Assert.False(Database.Value["USN-4011-1"].RebootSuggested);
    }

    [Fact]
    public void APageOfNoticesIsRead()
    {
        var feed = ReadFeed.Of("ubuntu/notices-api/notices-0_20.json", UbuntuNotices.ReadPage);
        Assert.Empty(feed.Refusals);
        Assert.Equal(["USN-1-1", "USN-2-1"], feed.Advisories.Select(a => a.Id));
        Assert.Equal("CVE-2004-0955", Assert.Single(feed.Advisories[0].Cves));
        Assert.Equal(new DateTimeOffset(2004, 10, 23, 1, 17, 50, TimeSpan.Zero), feed.Advisories[0].Published);
        Assert.Equal((4, "Ubuntu:4.10", "the notice gives no version"), (feed.Advisories[0].Affected.Length, feed.Advisories[0].Affected[0].Platform, feed.Advisories[0].Affected[0].Note));
    }

    [Fact]
    public void APackageOfAPageIsScopedToItsPocket()
    {
        const string Text = """
            {"notices":[{"id":"USN-9-1","release_packages":{"xenial":[
              {"name":"curl","version":"7.47.0-1ubuntu2.19+esm1","is_source":true},
              {"name":"libcurl3","version":"7.47.0-1ubuntu2.19+esm1","is_source":false,"pocket":"esm-infra"}],
              "jammy":[{"name":"curl","version":"7.81.0-1","is_source":true}, {"name":"curl-meta","version":"9","is_source":false}]}}]}
            """;
        Assert.Equal(
            ["curl True Ubuntu:Pro:16.04", "curl True Ubuntu:22.04", "curl-meta False Ubuntu:22.04"],
            ReadFeed.OfText(Text, UbuntuNotices.ReadPage).Only.Affected.Select(a => $"{a.Name} {a.IsSource} {a.Platform}"));
    }

    [Theory]
    [InlineData("""{"1-1":7,"2-1":{"releases":{}}}""", "1-1")]
    [InlineData("""{"1-1":{},"2-1":{"releases":{}}}""", "1-1")]
    [InlineData("""{"2-1":{"releases":{},"timestamp":"x"}}""", "USN-2-1 timestamp")]
    [InlineData("""{"2-1":{"releases":{},"timestamp":1e300}}""", "USN-2-1 timestamp")]
    public void AWrongNoticeIsRefusedAlone(string text, string position)
    {
        var feed = ReadFeed.OfText(text, UbuntuNotices.ReadDatabase);
        Assert.Equal(position, Assert.Single(feed.Refusals).Position);
        Assert.Equal("USN-2-1", feed.Only.Id);
    }

    [Fact]
    public void UbuntusOpenVexIsRead()
    {
        var feed = ReadFeed.Of("ubuntu/openvex/cve/CVE-2025-0167.json", OpenVex.Read);
        Assert.Empty(feed.Refusals);
        Assert.Equal(("CVE-2025-0167", "1"), (feed.Only.Id, feed.Only.Revision));
        Assert.Equal("CVE-2025-0167", Assert.Single(feed.Only.Cves));
        Assert.Equal(
            ["Ubuntu:Pro:14.04 NotAffected", "Ubuntu:Pro:16.04 NotAffected", "Ubuntu:Pro:18.04 NotAffected", "Ubuntu:20.04 NotAffected", "Ubuntu:22.04 NoFixYet", "Ubuntu:24.10 NoFixYet", "Ubuntu:24.04 NoFixYet"],
            feed.Only.Affected.Where(a => a.IsSource).Select(a => $"{a.Platform} {a.State}"));
        Assert.All(feed.Only.Affected, a => Assert.True(a.IsSource, a.Product));
        Assert.StartsWith("vulnerable_code_not_present", feed.Only.Affected[0].Note, StringComparison.Ordinal);
    }

    [Fact]
    public void PlainOpenVexIsRead()
    {
        const string Text = """
            {"@context":"https://openvex.dev/ns/v0.2.0","@id":"https://x","author":"a","timestamp":"2023-01-08T18:02:03-06:00","version":2,"statements":[
              {"vulnerability":{"name":"CVE-2023-12345","aliases":["GHSA-x"]},"products":[{"@id":"pkg:apk/wolfi/git@2.39.0-r1?arch=x86_64"}],"status":"fixed"},
              {"vulnerability":"CVE-2023-12345","products":["pkg:apk/wolfi/git@1%2B2?arch=armv7"],"status":"affected","action_statement":"update"},
              {"vulnerability":{"name":"CVE-2023-2"},"products":[{"@id":"https://product.example/p1"}],"status":"under_investigation"}]}
            """;
        var feed = ReadFeed.OfText(Text, OpenVex.Read);
        Assert.Empty(feed.Refusals);
        Assert.Equal(["CVE-2023-12345", "CVE-2023-2"], feed.Advisories.Select(a => a.Id));
        var (fixedOne, affected) = (feed.Advisories[0].Affected[0], feed.Advisories[0].Affected[1]);
        Assert.Equal(("git", "x86_64", VersionScheme.Apk, FixState.Fixed, "2.39.0-r1"), (fixedOne.Name, fixedOne.Arch, fixedOne.Scheme, fixedOne.State, fixedOne.Ranges[0].Fixed));
        Assert.Equal((FixState.NoFixYet, "1+2", "update"), (affected.State, Assert.Single(affected.Versions), affected.Note));
        Assert.Equal("https://product.example/p1", feed.Advisories[1].Affected[0].Product);
        Assert.Equal("GHSA-x", Assert.Single(feed.Advisories[0].Aliases));
    }

    [Theory]
    [InlineData("""{"document":{}}""", "")]
    [InlineData("""{"@context":"https://openvex.dev/ns","statements":[{"status":"fixed"}]}""", "statements[0]")]
    [InlineData("""{"@context":"https://openvex.dev/ns","statements":[{"vulnerability":"CVE-2023-1234","status":"maybe"}]}""", "statements[0]")]
    [InlineData("""{"@context":"https://openvex.dev/ns","statements":[{"vulnerability":"CVE-2023-1234","status":"fixed","products":[{}]}]}""", "statements[0].products[0]")]
    public void WrongOpenVexIsRefusedWithItsPlace(string text, string position) =>
        Assert.Equal(position, Assert.Single(ReadFeed.OfText(text, OpenVex.Read).Refusals).Position);
}
