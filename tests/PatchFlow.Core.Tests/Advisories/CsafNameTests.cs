using PatchFlow.Core.Advisories;

namespace PatchFlow.Core.Tests.Advisories;

/// <summary>What package a product of a CSAF document is, by its name and by its purl, and what is kept of it.</summary>
public sealed class CsafNameTests
{
    private static readonly string Long = new('a', 200);

    private static AffectedPackage Of(string name, string? purl = null)
    {
        var helper = purl is null ? "" : $$""","product_identification_helper":{"purl":"{{purl}}"}""";
        return Assert.Single(Read($$$"""{"full_product_names":[{"product_id":"p","name":"{{{name}}}"{{{helper}}}}]}""", """{"cve":"CVE-2024-0001","product_status":{"fixed":["p"]}}""").Only.Affected);
    }

    private static ReadFeed Read(string tree, string vulnerabilities) => ReadFeed.OfText(
        $$$"""{"document":{"csaf_version":"2.0","tracking":{"id":"A-1","version":"1"}},"product_tree":{{{tree}}},"vulnerabilities":[{{{vulnerabilities}}}]}""", Csaf.Read);

    [Theory]
    [InlineData("bash-5.1.8-6.el9.x86_64", "bash", "5.1.8-6.el9", "x86_64")]
    [InlineData("bash-0:5.1.8-6.el9.x86_64", "bash", "0:5.1.8-6.el9", "x86_64")]
    [InlineData("bash-5.1.8-6.el9.x86_64.rpm", "bash", "5.1.8-6.el9", "x86_64")]
    [InlineData("java-1.8.0-openjdk-1:1.8.0.402.b06-2.el8.ppc64le", "java-1.8.0-openjdk", "1:1.8.0.402.b06-2.el8", "ppc64le")]
    [InlineData("a-1-2-3-4.noarch", "a-1-2", "3-4", "noarch")]
    [InlineData("gcc-1.0~rc1^git-2.i686", "gcc", "1.0~rc1^git-2", "i686")]
    [InlineData("x-1-2.src.x86_64", "x", "1-2.src", "x86_64")]
    [InlineData("x-1-2.x86_64.src.rpm", "x", "1-2.x86_64", null)]
    [InlineData("x-1-2.nosrc", "x", "1-2", null)]
    [InlineData("rubygem-pg-0:1.2.3-1.module+el8.s390x-ruby:2.7", "rubygem-pg", "0:1.2.3-1.module+el8", "s390x")]
    [InlineData("n-1-2.src-x-5-6.src:y", "n", "1-2", null)]
    public void ABuildOfRpmIsToldFromItsName(string name, string package, string version, string? arch)
    {
        var found = Of(name);
        Assert.Equal((package, version, arch, VersionScheme.Rpm), (found.Name, Assert.Single(found.Ranges).Fixed, found.Arch, found.Scheme));
        Assert.Equal(arch is null, found.IsSource);
    }

    [Fact]
    public void TheLongestPartsAreStillABuild() => Assert.Equal($"a{Long}", Of($"a{Long}-{Long}-{Long}.src").Name);

    [Theory]
    [InlineData("bash-5.1.8.x86_64")]
    [InlineData("bash-5.1.8-6.el9.mips")]
    [InlineData("bash-5.1.8-6.el9.x86_64.deb")]
    [InlineData("bash-5.1.8-6.rpm")]
    [InlineData("bash 1-5.1.8-6.el9.x86_64")]
    [InlineData("-bash-5.1.8-6.el9.x86_64")]
    [InlineData("-1-2.x86_64")]
    [InlineData("bash--6.el9.x86_64")]
    [InlineData("bash-5-.x86_64")]
    [InlineData("bash-x:5-6.x86_64")]
    [InlineData("bash-1234567890:5-6.x86_64")]
    [InlineData("bash-:5-6.x86_64")]
    [InlineData("bash-5-6.x86_64-ruby")]
    [InlineData("bash-5-6.x86_64-ruby:")]
    [InlineData("bash-5-6.x86_64-:2.7")]
    [InlineData("bash-5-6.x86_64-ruby:2:7")]
    [InlineData("bash-5-6.x86_64 ")]
    [InlineData("x86_64")]
    public void AnyOtherNameIsAProductAlone(string name) => Assert.Equal(("", VersionScheme.Unknown), (Of(name).Name, Of(name).Scheme));

    [Fact]
    public void NoPartMayBeLonger()
    {
        Assert.Equal("", Of($"ab{Long}-1-2.src").Name);
        Assert.Equal("", Of($"a-b{Long}-2.src").Name);
        Assert.Equal("", Of($"a-1-b{Long}.src").Name);
    }

    [Theory]
    [InlineData("pkg:rpm/redhat/bash@5.1.8-6.el9?arch=x86_64&epoch=1", "bash", "1:5.1.8-6.el9", "x86_64")]
    [InlineData("pkg:rpm/redhat/bash@5.1%2B8-6?arch=src#sub/path", "bash", "5.1+8-6", null)]
    [InlineData("pkg:rpm//redhat//bash@1-2?archive=no&arch=aarch64&arch=x86_64", "bash", "1-2", "aarch64")]
    [InlineData("pkg:rpm/bash@1-2?arch", "bash", "1-2", "")]
    public void APurlSaysWhichPackageIsMeant(string purl, string package, string version, string? arch)
    {
        var found = Of("some product", purl);
        Assert.Equal((package, version, arch, VersionScheme.Rpm), (found.Name, Assert.Single(found.Ranges).Fixed, found.Arch, found.Scheme));
    }

    [Fact]
    public void APathOfOneProductIsAProductOfItsOwn()
    {
        var feed = Read("""{"full_product_names":[{"product_id":"p","name":"P"}],"product_paths":[{"beginning_product_reference":"p","full_product_name":{"product_id":"q","name":"Q"}}]}""",
            """{"cve":"CVE-2024-0001","product_status":{"known_affected":["p","q"]}}""");
        Assert.Equal(2, feed.Only.Affected.Length);
    }

    [Fact]
    public void WhatSeveralVulnerabilitiesSayAlikeIsSaidOnceWithTheirCves()
    {
        string[] cves = ["CVE-2024-0001", "CVE-2024-0002", "CVE-2024-0001", "CVE-2024-0003", "CVE-2024-0002"];
        var feed = Read("""{"full_product_names":[{"product_id":"p","name":"P"},{"product_id":"q","name":"Q"}]}""",
            string.Join(',', cves.Select((cve, i) => $$$"""{"cve":"{{{cve}}}","product_status":{"known_affected":["p","p"{{{(i == 3 ? "" : ",\"q\"")}}}]}}""")));
        Assert.Equal(["P ", "Q CVE-2024-0001 CVE-2024-0002"], feed.Only.Affected.Select(p => $"{p.Product} {string.Join(' ', p.Cves)}"));
    }

    [Fact]
    public void OneNoteInTwoCopiesIsOneStatement()
    {
        static string Said(string cve, string note) => $$"""{"cve":"{{cve}}","product_status":{"known_affected":["p"]},"remediations":[{"category":"workaround","details":"{{note}}","product_ids":["p"]}]}""";
        var feed = Read("""{"full_product_names":[{"product_id":"p","name":"P"}]}""", $"{Said("CVE-2024-0001", "wait")},{Said("CVE-2024-0002", "wait")},{Said("CVE-2024-0003", "run!")}");
        Assert.Equal(["wait CVE-2024-0001 CVE-2024-0002", "run! CVE-2024-0003"], feed.Only.Affected.Select(p => $"{p.Note} {string.Join(' ', p.Cves)}"));
    }
}
