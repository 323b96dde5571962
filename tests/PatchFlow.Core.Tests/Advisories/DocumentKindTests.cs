using System.Text;
using PatchFlow.Core.Advisories;

namespace PatchFlow.Core.Tests.Advisories;

public sealed class DocumentKindTests
{
    [Theory]
    [InlineData("alpine/secdb/v3.16/main.json", DocumentKind.AlpineSecdb)]
    [InlineData("alpine/chainguard-security.json", DocumentKind.AlpineSecdb)]
    [InlineData("csaf/advisories/microsoft/msrc_cve-2025-29795.json", DocumentKind.Csaf)]
    [InlineData("csaf/advisories/paloalto/CVE-2025-0114.json", DocumentKind.Csaf)]
    [InlineData("csaf/advisories/suse/changes.csv", DocumentKind.CsafIndex)]
    [InlineData("csaf/advisories/microsoft/index.txt", DocumentKind.CsafIndex)]
    [InlineData("csaf/advisories/redhat/index/deletions.csv", DocumentKind.CsafIndex)]
    [InlineData("csaf/aggregator/oasis-2.0-example-03-aggregator.json", DocumentKind.CsafAggregator)]
    [InlineData("csaf/providers/gocsaf-simple-rolie-provider/provider-metadata.json", DocumentKind.CsafProvider)]
    [InlineData("csaf/providers/gocsaf-simple-rolie-provider/service.json", DocumentKind.RolieService)]
    [InlineData("csaf/providers/cisa-ot/csaf_files/OT/white/cisa-csaf-ot-feed-tlp-white.json", DocumentKind.RolieFeed)]
    [InlineData("csaf/rolie/siemens-ssa-feed-tlp-white.json", DocumentKind.RolieFeed)]
    [InlineData("debian/security-tracker/DSA-list", DocumentKind.DebianList)]
    [InlineData("debian/security-support/security-support-ended.deb12", DocumentKind.DebianSupportEnded)]
    [InlineData("debian/security-support/security-support-limited", DocumentKind.DebianSupportLimited)]
    [InlineData("debian/tracker-json/tracker-excerpt-1.json", DocumentKind.DebianTracker)]
    [InlineData("debian/tracker-json/tracker-excerpt-2.json", DocumentKind.DebianTracker)]
    [InlineData("epss/epss-2024-10-25-excerpt.csv", DocumentKind.Epss)]
    [InlineData("epss/epss-2026-09-29-excerpt.csv", DocumentKind.Epss)]
    [InlineData("kev/known_exploited_vulnerabilities.json", DocumentKind.Kev)]
    [InlineData("kev/known_exploited_vulnerabilities.csv", DocumentKind.KevCsv)]
    [InlineData("ubuntu/openvex/cve/CVE-2025-0167.json", DocumentKind.OpenVex)]
    [InlineData("ubuntu/osv/cve/2014/UBUNTU-CVE-2014-2901.json", DocumentKind.Osv)]
    [InlineData("ubuntu/osv/usn/USN-7095-1.json", DocumentKind.Osv)]
    [InlineData("ubuntu/notices-api/notices-0_20.json", DocumentKind.UsnNotices)]
    [InlineData("debian/dsa-mail/DSA-3775-1.eml", DocumentKind.DebianMail)]
    [InlineData("rpm-json/alma-errata.full.json", DocumentKind.AlmaErrata)]
    [InlineData("rpm-json/fedora-bodhi-F40.json", DocumentKind.BodhiUpdates)]
    [InlineData("rpm-json/rocky-apollo-page1.json", DocumentKind.RockyErrata)]
    [InlineData("rpm/amazon/repomd.xml", DocumentKind.Repomd)]
    [InlineData("rpm/amazon/repomd-without-updateinfo.xml", DocumentKind.Repomd)]
    [InlineData("rpm/conformance/createrepo_c-updateinfo_00-empty.xml", DocumentKind.Updateinfo)]
    [InlineData("rpm/conformance/createrepo_c-updateinfo_03.xml", DocumentKind.Updateinfo)]
    [InlineData("rpm/rocky-8.4/repodata/updateinfo.xml", DocumentKind.Updateinfo)]
    [InlineData("cvrf/cisco/cisco-sa-ios-xr-verii-bypass-HhPwQRvx_cvrf.xml", DocumentKind.Cvrf)]
    [InlineData("cvrf/invalid/latin1-cvrf-opensuse-su-2016-0874-1.xml", DocumentKind.Cvrf)]
    [InlineData("cvrf/openeuler/cvrf-openEuler-SA-2022-1693.xml", DocumentKind.Cvrf)]
    [InlineData("cvrf/redhat/cvrf-rhsa-2023-5628.xml", DocumentKind.Cvrf)]
    [InlineData("cvrf/suse/cvrf-opensuse-su-2015-0225-1.xml", DocumentKind.Cvrf)]
    [InlineData("msrc/api-spec/swagger.json", null)]
    [InlineData("msrc/cvrf/2016-Apr.xml", DocumentKind.MsrcCvrf)]
    [InlineData("msrc/cvrf/updates.json", DocumentKind.MsrcMonths)]
    [InlineData("msrc/sug-api/deployment-0.json", DocumentKind.MsrcDeployments)]
    [InlineData("msrc/sug-api/product-0.json", DocumentKind.MsrcProducts)]
    [InlineData("msrc/sug-api/vulnerability-0.json", DocumentKind.MsrcVulnerabilities)]
    [InlineData("msrc/update-catalog/Search-KB5025239.html", DocumentKind.UpdateCatalog)]
    [InlineData("apt/debian/dists/bookworm-updates/InRelease", DocumentKind.AptRelease)]
    [InlineData("apt/debian/dists/bookworm-proposed-updates/Release", DocumentKind.AptRelease)]
    [InlineData("apt/legacy/debian-security-squeeze/Release", DocumentKind.AptRelease)]
    [InlineData("apt/debian-security/dists/bookworm-security/main/binary-arm64/Release", null)]
    [InlineData("apt/debian/dists/bookworm-proposed-updates/Release.gpg", null)]
    [InlineData("apt/debian/dists/bookworm-updates/main/binary-amd64/Packages", DocumentKind.AptPackages)]
    [InlineData("osv/almalinux/almalinux8/ALBA-2021:4166.json", DocumentKind.Osv)]
    public void TheKindOfAVendorsDocumentIsGuessed(string file, DocumentKind? kind)
    {
        using var document = Corpus.Open(file);
        var head = new byte[DocumentKinds.HeadBytes];
        Assert.Equal(kind, DocumentKinds.Guess(file, head.AsSpan(0, document.ReadAtLeast(head, head.Length, throwOnEndOfStream: false))));
    }

    [Fact]
    public void ADatabaseOfNoticesIsGuessed() =>
        Assert.Equal(DocumentKind.UsnDatabase, DocumentKinds.Guess("database-all.json", """{"4011-1":{"cves":["CVE-2019-0001"],"releases":{"bionic":{}}}}"""u8));

    [Theory]
    [InlineData("<?xml version=\"1.0\"?>\n<!-- <repomd/> --><x:metadata xmlns:x=\"u\">", DocumentKind.RpmPrimary)]
    [InlineData("\uFEFF<metalink version=\"3.0\">", DocumentKind.Metalink)]
    [InlineData("<updates/>", DocumentKind.Updateinfo)]
    [InlineData("<updatesx/>", null)]
    [InlineData("<updates", null)]
    [InlineData("<!DOCTYPE html><html>", null)]
    [InlineData("<c:cvrfdoc xmlns:c=\"u\"><c:ContactDetails>secure@microsoft.com</c:ContactDetails>", DocumentKind.MsrcCvrf)]
    [InlineData("{\"DocumentTitle\":{},\"DocumentPublisher\":{},\"DocumentTracking\":{}}", DocumentKind.MsrcCvrfJson)]
    [InlineData("<!-- ", null)]
    [InlineData("<", null)]
    [InlineData("[{\"updateinfo_id\":\"ALSA-2022:0001\",\"issued_date\":{},\"pkglist\":{\"packages\":[]}}]", DocumentKind.AlmaErrata)]
    public void ADocumentIsToldByItsRootOrItsNames(string text, DocumentKind? kind) => Assert.Equal(kind, DocumentKinds.Guess("document", Encoding.UTF8.GetBytes(text)));

    [Theory]
    [InlineData("security-support-limited", "the quick brown fox", null)]
    [InlineData("security-support-limited", "# Security support is limited\n", null)]
    [InlineData("security-support-ended.deb12", "the quick brown fox", null)]
    [InlineData("security-support-notes/words", "# a\nb c\n", null)]
    [InlineData("security-support-notes/CVE-1.json", "[{\"updateid\":1,\"builds\":[]}]", DocumentKind.BodhiUpdates)]
    [InlineData("limited.txt", "\n# List of packages where security support is limited\n\nvte x\n", DocumentKind.DebianSupportLimited)]
    public void AListOfSupportIsToldByWhatItSaysOfItself(string file, string text, DocumentKind? kind) => Assert.Equal(kind, DocumentKinds.Guess(file, Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void CharactersOfTwoBytesAreLookedAtToo()
    {
        foreach (var encoding in new[] { Encoding.Unicode, Encoding.BigEndianUnicode })
        {
            Assert.Equal(DocumentKind.Cvrf, DocumentKinds.Guess("document", [.. encoding.Preamble, .. encoding.GetBytes("<?xml version=\"1.0\" encoding=\"utf-16\"?><cvrfdoc/>")]));
        }
    }

    [Fact]
    public void EveryKindHasANameOfItsOwnThatLeadsBack() =>
        Assert.All(Enum.GetValues<DocumentKind>(), kind => Assert.Equal(kind, DocumentKinds.Named(DocumentKinds.NameOf(kind))));

    [Fact]
    public void WhatHasNoNameIsNoKind() => Assert.Null(DocumentKinds.Named("cobol"));

    // A document under the wrong name must be refused, never thrown at the caller.
    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("\0\u0001\u0002")]
    [InlineData("a,b\n\"c")]
    [InlineData("{\"id\":1,\"vulnerabilities\":{},\"document\":[],\"packages\":3,\"statements\":\"x\"}")]
    public void NoReaderThrowsForWhatADocumentHolds(string text)
    {
        foreach (var kind in Enum.GetValues<DocumentKind>())
        {
            var (found, refused) = (new List<object>(), new List<Refusal>());
            using var document = new MemoryStream(Encoding.UTF8.GetBytes(text));
            DocumentReader.Read(kind, document, "document", found.Add, refused.Add);
            Assert.All(refused, refusal => Assert.NotEmpty(refusal.Reason));
        }
    }
}
