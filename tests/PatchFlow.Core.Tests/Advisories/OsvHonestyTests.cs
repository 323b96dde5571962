using PatchFlow.Core.Advisories;
using PatchFlow.Core.Matching;
using PatchFlow.Core.Tests.Matching;

namespace PatchFlow.Core.Tests.Advisories;

/// <summary>What is wrong in a record of OSV, or said by halves, makes no host look patched.</summary>
public sealed class OsvHonestyTests
{
    private const string Cve = "CVE-2026-0001";
    private const string Good = """{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"9"}]}""";
    private const string Empty = """{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"0"}]}""";
    private const string Bad = """{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":""}]}""";
    private const string Rest = "a part of what the advisory says of versions can't be read";

    private static readonly Advisory Tracker = Matched.Advisory(Cve, Matched.Source("curl", FixState.NoFixYet, VersionRange.All));

    [Theory]
    [InlineData($"\"ranges\":[{Bad}]")]
    [InlineData($"\"ranges\":[{Empty},{Bad}]")]
    [InlineData($"\"ranges\":[{Bad},{Empty}]")]
    [InlineData("\"ranges\":[{\"type\":\"ECOSYSTEM\",\"events\":[{\"introduced\":\"0\"},{\"fxied\":\"9\"}]}]")]
    [InlineData("\"ranges\":[{\"type\":\"ECOSYSTEM\",\"events\":{\"introduced\":\"0\"}}]")]
    [InlineData("\"ranges\":[{\"type\":\"ECOSYSTEM\"}]")]
    [InlineData("\"ranges\":[7]")]
    [InlineData("\"ranges\":{\"type\":\"ECOSYSTEM\"}")]
    [InlineData($"\"ranges\":[{Empty}],\"versions\":\"1\"")]
    [InlineData($"\"ranges\":[{Empty}],\"versions\":[1]")]
    public void WhatCanNotBeReadDeniesNothing(string stated)
    {
        var feed = Curl(stated);
        Assert.Single(feed.Refusals);
        Assert.Equal((FixState.Fixed, 0, Rest), (Assert.Single(feed.Only.Affected).State, feed.Only.Affected[0].Ranges.Length, feed.Only.Affected[0].Note));
        Assert.Equal($"curl Undetermined {Cve} ({Rest})", Found("1", feed.Only));
        Assert.Equal($"curl NoFixYet {Cve}; Undetermined {Cve} ({Rest})", Found("1", feed.Only, Tracker));
    }

    // Before 9 there is a fix, which is all that can be told of these versions; of those from 9 on nothing is known.
    [Theory]
    [InlineData($"\"ranges\":[{Good},{Bad}]", "1", $"curl fix 9 closes {Cve}")]
    [InlineData($"\"ranges\":[{Bad},{Good}]", "9", $"curl Undetermined {Cve} ({Rest})")]
    [InlineData($"\"ranges\":[{Good}],\"versions\":[9]", "9", $"curl Undetermined {Cve} ({Rest})")]
    [InlineData($"\"ranges\":[{Good}],\"versions\":[\"9\",false]", "10", $"curl Undetermined {Cve} ({Rest})")]
    [InlineData($"\"ranges\":[{Bad}],\"versions\":[\"1\"]", "1", $"curl NoFixYet {Cve}; Undetermined {Cve} ({Rest})")]
    [InlineData($"\"ranges\":[{Bad}],\"versions\":[\"1\"]", "2", $"curl Undetermined {Cve} ({Rest})")]
    [InlineData($"\"ranges\":[{Bad},{{\"type\":\"ECOSYSTEM\",\"events\":[{{\"introduced\":\"0\"}}]}}]", "2", $"curl NoFixYet {Cve}")]
    public void WhatIsLeftSaysNoMoreThanItKnows(string stated, string installed, string found) => Assert.Equal(found, Found(installed, Curl(stated).Only));

    [Theory]
    [InlineData($"\"ranges\":[{Empty}]")]
    [InlineData($"\"ranges\":[{Empty},{Empty}]")]
    [InlineData($"\"ranges\":[{Empty},{{\"type\":\"GIT\",\"events\":7}}],\"versions\":null")]
    public void WhereEveryRangeWasReadAndIsEmptyItIsNotAffected(string stated)
    {
        var feed = Curl(stated);
        Assert.Empty(feed.Refusals);
        Assert.Equal(FixState.NotAffected, Assert.Single(feed.Only.Affected).State);
        Assert.Equal("", Found("1", feed.Only, Tracker));
    }

    [Fact]
    public void ATypingErrorInOneRecordLeavesWhatOthersSayOfItsOtherCves()
    {
        var other = Read($$"""{"id":"DSA-2","related":["{{Cve}}","CVE-2026-0002"],"affected":[{"package":{"ecosystem":"Debian:12","name":"curl"},"ranges":[{{Bad}}]}]}""").Only;
        Assert.StartsWith($"curl NoFixYet {Cve}; Undetermined", Found("1", other, Tracker), StringComparison.Ordinal);
    }

    // The places of a record are a union.
    [Theory]
    [InlineData("Debian:12", $"curl NoFixYet {Cve}")]
    [InlineData("Debian:11", "")]
    public void APackageIsDeniedOnlyWhereNoPlaceOfTheRecordSaysOtherwise(string elsewhere, string found)
    {
        const string Open = """[{"type":"ECOSYSTEM","events":[{"introduced":"0"}]}]""";
        var record = Read($$"""{"id":"{{Cve}}","affected":[{"package":{"ecosystem":"{{elsewhere}}","name":"curl"},"ranges":{{Open}}},{"package":{"ecosystem":"Debian:12","name":"curl"},"ranges":[{{Empty}}]}]}""");
        Assert.Equal(found, Found("1", record.Only));
        Assert.Equal(found, Found("1", record.Only, Tracker with { Affected = [] }));
    }

    [Theory]
    [InlineData("""{"id":"X-1","affected":{"package":{}}}""", "X-1 affected", "an array is expected, and it is an object")]
    [InlineData("""{"id":"X-1","affected":"curl"}""", "X-1 affected", "an array is expected, and it is a text")]
    [InlineData("""{"id":"X-1","affected":[7]}""", "X-1 affected[0]", "a package with ecosystem and name is expected")]
    [InlineData("""{"id":"X-1","affected":[{"package":"curl"}]}""", "X-1 affected[0]", "a package with ecosystem and name is expected")]
    [InlineData("""{"id":"X-1","affected":[{"ranges":{}}]}""", "X-1 affected[0]", "a package with ecosystem and name is expected")]
    [InlineData("""{"id":"X-1","affected":[],"aliases":"CVE-2026-0001"}""", "X-1 aliases", "an array is expected, and it is a text")]
    [InlineData("""{"id":"X-1","affected":[],"aliases":["CVE-2026-0001",7]}""", "X-1 aliases[1]", "a text is expected, and it is a number")]
    [InlineData("""{"id":"X-1","affected":[],"upstream":{}}""", "X-1 upstream", "an array is expected, and it is an object")]
    [InlineData("""{"id":"X-1","affected":[],"related":true}""", "X-1 related", "an array is expected, and it is true or false")]
    [InlineData("""{"id":"X-1","affected":[],"severity":{}}""", "X-1 severity", "an array is expected")]
    [InlineData("""{"id":"X-1","affected":[],"references":{}}""", "X-1 references", "an array is expected")]
    [InlineData("""{"id":"X-1","affected":[],"database_specific":[]}""", "X-1 database_specific", "an object is expected, and it is an array")]
    [InlineData("""{"id":"X-1","affected":[],"summary":7}""", "X-1 summary", "a text is expected")]
    [InlineData("""{"id":"X-1","affected":[],"details":7}""", "X-1 details", "a text is expected")]
    [InlineData("""{"id":"X-1","affected":[],"published":7}""", "X-1 published", "a text is expected")]
    [InlineData("""{"id":"X-1","affected":[],"modified":[null]}""", "X-1 modified", "a text is expected")]
    [InlineData("""{"id":"X-1","affected":[{"package":{"ecosystem":"Debian:12","name":"a"},"ranges":{}}]}""", "X-1 affected[0].ranges", "an array is expected")]
    [InlineData("""{"id":"X-1","affected":[{"package":{"ecosystem":"Debian:12","name":"a"},"versions":"1"}]}""", "X-1 affected[0].versions", "an array is expected")]
    [InlineData("""{"id":"X-1","affected":[{"package":{"ecosystem":"Debian:12","name":"a"},"versions":["1",2]}]}""", "X-1 affected[0].versions[1]", "a text is expected")]
    [InlineData("""{"id":"X-1","affected":[{"package":{"ecosystem":"Debian:12","name":"a"},"severity":7}]}""", "X-1 affected[0].severity", "an array is expected")]
    [InlineData("""{"id":"X-1","affected":[{"package":{"ecosystem":"Debian:12","name":"a"},"ecosystem_specific":7}]}""", "X-1 affected[0].ecosystem_specific", "an object is expected")]
    [InlineData("""{"id":"X-1","affected":[{"package":{"ecosystem":"Debian:12","name":"a"},"ranges":[{"events":[{"introduced":"0"},{"fixed":"1"}]}],"ecosystem_specific":{"binaries":{}}}]}""", "X-1 affected[0].binaries", "an array is expected")]
    public void AKnownNameWithAValueOfAnotherKindIsRefusedWithItsPlaceAndTheRestGoesIn(string text, string position, string reason)
    {
        var feed = Read(text);
        Assert.Equal("X-1", feed.Only.Id);
        Assert.Equal(position, Assert.Single(feed.Refusals).Position);
        Assert.StartsWith(reason, feed.Refusals[0].Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void NullIsAbsent()
    {
        var feed = Read("""{"id":"X-1","summary":null,"details":"d","aliases":null,"upstream":null,"related":null,"severity":null,"references":null,"database_specific":null,"affected":null}""");
        Assert.Equal(("X-1", 0), (feed.Only.Id, feed.Refusals.Count));
    }

    [Theory]
    [InlineData("cve-2026-1004", "CVE-2026-1004")]
    [InlineData("Cve-2026-1004", "CVE-2026-1004")]
    [InlineData("ubuntu-cve-2026-1004", "CVE-2026-1004")]
    [InlineData("CVE-2026-1004", "CVE-2026-1004")]
    [InlineData("cve-2026-x", "")]
    [InlineData("nocve-2026-1004", "")]
    public void ACveMayBeWrittenInSmallLetters(string alias, string cves)
    {
        var advisory = Read($$"""{"id":"X-1","aliases":["{{alias}}"],"affected":[]}""").Only;
        Assert.Equal((cves, cves.Length > 0 ? "" : alias), (string.Join(' ', advisory.Cves), string.Join(' ', advisory.Aliases)));
    }

    // OSV lets the release be left out: hosts of each are told of it.
    [Theory]
    [InlineData("Debian", "Debian")]
    [InlineData("Debian:", "Debian")]
    [InlineData("AlmaLinux", "AlmaLinux")]
    [InlineData("SUSE", "SUSE")]
    [InlineData("Wolfi", "Wolfi")]
    public void ADistributionWithoutItsReleaseIsReadAndReachesItsHosts(string ecosystem, string platform)
    {
        var feed = Read($$"""{"id":"X-1","affected":[{"package":{"ecosystem":"{{ecosystem}}","name":"a"},"ranges":[{{Good}}]}]}""");
        Assert.Empty(feed.Refusals);
        Assert.Equal(platform, Assert.Single(feed.Only.Affected).Platform);
        Assert.Contains(platform, new[] { "debian", "almalinux", "sles", "wolfi" }.SelectMany(id => HostPlatforms.Of(id, "12", []).Platforms));
    }

    private static ReadFeed Curl(string stated) => Read($$"""{"id":"{{Cve}}","affected":[{"package":{"ecosystem":"Debian:12","name":"curl"},{{stated}}}]}""");

    private static string Found(string installed, params Advisory[] advisories) =>
        Matched.Text(Matched.Debian(new HostPackage("curl", installed, "amd64", "curl", installed)), advisories);

    private static ReadFeed Read(string text) => ReadFeed.OfText(text, (s, k) => Osv.Read(s, k));
}
