using PatchFlow.Core.Advisories;

namespace PatchFlow.Core.Tests.Advisories;

public sealed class AlpineSecdbTests
{
    [Theory]
    [InlineData("alpine/secdb/v3.16/main.json", "Alpine:3.16", "apache2", "2.4.27-r1", "CVE-2017-9798")]
    [InlineData("alpine/secdb/v3.16/main.json", "Alpine:3.16", "apache2", "2.4.35-r0", "CVE-2018-11763")]
    [InlineData("alpine/secdb/v3.2/main.json", "Alpine:3.2", "bash", "4.3.33-r2", "CVE-2016-9401")]
    [InlineData("alpine/secdb/edge/main.json", "Alpine:edge", "aom", "3.1.1-r0", "CVE-2021-30475")]
    [InlineData("alpine/secdb/edge/community.json", "Alpine:edge", "advancecomp", "2.1-r2", "CVE-2019-9210")]
    [InlineData("alpine/chainguard-security.json", "Chainguard", "actions-runner-controller-fips", "0.10.1-r1", "CVE-2024-45338")]
    [InlineData("alpine/chainguard-security.json", "Chainguard", "actions-runner-controller-fips", "0.10.1-r1", "GHSA-w32m-9786-jp63")]
    public void AFixOfTheCorpusIsFound(string file, string platform, string package, string version, string id)
    {
        var feed = ReadFeed.Of(file, AlpineSecdb.Read);
        Assert.Empty(feed.Refusals);
        var affected = Assert.Single(feed[id].Affected, a => a.Name == package);
        Assert.Equal((platform, VersionScheme.Apk, FixState.Fixed, true), (affected.Platform, affected.Scheme, affected.State, affected.IsSource));
        Assert.Equal([VersionRange.Before(version)], affected.Ranges);
        Assert.Equal(id.StartsWith("CVE", StringComparison.Ordinal) ? [id] : [], feed[id].Cves);
    }

    [Fact]
    public void EveryDocumentOfTheCorpusIsReadWhole()
    {
        string[] files = ["v3.16/main.json", "v3.16/community.json", "v3.2/main.json", "edge/main.json", "edge/community.json"];
        Assert.All(files, file =>
        {
            var feed = ReadFeed.Of($"alpine/secdb/{file}", AlpineSecdb.Read);
            Assert.Empty(feed.Refusals);
            Assert.NotEmpty(feed.Advisories);
        });
    }

    [Fact]
    public void TheYamlFormIsRefusedWithWhatToTakeInstead()
    {
        var feed = ReadFeed.Of("alpine/secdb-yaml/v3.15-main.yaml", AlpineSecdb.Read);
        Assert.Empty(feed.Advisories);
        Assert.Contains(".json", Assert.Single(feed.Refusals).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void AnHtmlPageIsRefused()
    {
        var feed = ReadFeed.Of("alpine/secdb/indexof.html", AlpineSecdb.Read);
        Assert.Empty(feed.Advisories);
        Assert.Single(feed.Refusals);
    }

    [Fact]
    public void KeyZeroMeansNeverAffected()
    {
        var affected = Assert.Single(Read("\"0\":[\"CVE-2020-0001\"]").Only.Affected);
        Assert.Equal((FixState.NotAffected, true), (affected.State, affected.Ranges.IsEmpty));
    }

    // Whichever stands first: an id under two versions was not wholly fixed in the first.
    [Theory]
    [InlineData("\"1.0-r0\":[\"CVE-2020-0001\"],\"1.0-r1\":[\"CVE-2020-0001\"]", "1.0-r1")]
    [InlineData("\"1.0-r10\":[\"CVE-2020-0001\"],\"1.0-r9\":[\"CVE-2020-0001\"]", "1.0-r10")]
    [InlineData("\"0\":[\"CVE-2020-0001\"],\"1.0-r9\":[\"CVE-2020-0001\"]", "1.0-r9")]
    [InlineData("\"1.0-r9\":[\"CVE-2020-0001\"],\"0\":[\"CVE-2020-0001\"]", "1.0-r9")]
    public void OfTwoFixesTheLaterOneCounts(string fixes, string version) =>
        Assert.Equal(version, Assert.Single(Read(fixes).Only.Affected).Ranges[0].Fixed);

    [Theory]
    [InlineData("CVE-2016-9932 XSA-200", "CVE-2016-9932", "XSA-200")]
    [InlineData("CVE-2017-2616 (+ regression fix)", "CVE-2017-2616", "")]
    [InlineData("cve-2017-2616", "CVE-2017-2616", "")]
    [InlineData("XSA-200", "XSA-200", "")]
    public void RemarksAndSecondNamesBesideAnIdAreRead(string item, string id, string aliases)
    {
        var feed = Read($"\"1.0-r0\":[\"{item}\"]");
        Assert.Empty(feed.Refusals);
        Assert.Equal((id, aliases), (feed.Only.Id, string.Join(' ', feed.Only.Aliases)));
    }

    [Theory]
    [InlineData("CVE_2019-2426")]
    [InlineData("CVE-2019")]
    [InlineData("CVE-20019-1234")]
    [InlineData("CVE--2019-2426")]
    [InlineData("")]
    public void AMisspeltIdIsReportedAndTheRestGoesIn(string item)
    {
        var feed = Read($"\"1.0-r0\":[\"{item}\",\"CVE-2020-0001\"]");
        Assert.Equal("CVE-2020-0001", feed.Only.Id);
        Assert.Equal("x 1.0-r0", Assert.Single(feed.Refusals).Position);
    }

    [Theory]
    [InlineData("\"one\":[\"CVE-2020-0002\"]")]
    [InlineData("\"1.0-r0\":\"CVE-2020-0002\"")]
    [InlineData("\"1.0-r0\":[7]")]
    public void ABadFixIsRefusedAlone(string fix)
    {
        var feed = Read($"{fix},\"1.1-r0\":[\"CVE-2020-0001\"]");
        Assert.Equal("CVE-2020-0001", feed.Only.Id);
        Assert.Single(feed.Refusals);
    }

    [Theory]
    [InlineData("https://packages.wolfi.dev/os", "Wolfi")]
    [InlineData("https://packages.cgr.dev/chainguard", "Chainguard")]
    [InlineData("https://example.org", "")]
    public void WithoutAReleaseThePlatformIsToldByTheAddress(string address, string platform)
    {
        var feed = ReadFeed.OfText("{\"urlprefix\":\"" + address + "\",\"packages\":[{\"pkg\":{\"name\":\"x\",\"secfixes\":{\"1.0-r0\":[\"CVE-2020-0001\"]}}}]}", AlpineSecdb.Read);
        Assert.Equal(platform, Assert.Single(feed.Only.Affected).Platform);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("""{"packages":7}""")]
    [InlineData("""{"packages":[""")]
    [InlineData("")]
    public void WhatIsNoSecdbIsRefused(string text) => Assert.Single(ReadFeed.OfText(text, AlpineSecdb.Read).Refusals);

    private static ReadFeed Read(string fixes) => ReadFeed.OfText("{\"distroversion\":\"v3.16\",\"packages\":[{\"pkg\":{\"name\":\"x\",\"secfixes\":{" + fixes + "}}}]}", AlpineSecdb.Read);
}
