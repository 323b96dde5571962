using System.Globalization;
using PatchFlow.Core.Advisories;

namespace PatchFlow.Core.Tests.Advisories;

/// <summary>What real documents and those of createrepo_c and dnf say.</summary>
public sealed class UpdateInfoTests
{
    private const string Alma = "rpm/almalinux-9-baseos/repodata/106ba7d2cc8d0ba45aebfe29e32dbbc6ac0bb0378413184d62e6198d13fedb76-updateinfo.xml.gz";
    private const string Suse = "rpm/opensuse-11.0-update/repodata/updateinfo.xml.gz";
    private const string Rocky = "rpm/rocky-8.4/repodata/updateinfo.xml";
    private const string Modular = "rpm/conformance/dnf-dnf-ci-multicontext-modular-advisory-updateinfo.xml";
    private const string Writer = "rpm/conformance/createrepo_c-updateinfo_03.xml";

    [Theory]
    [InlineData(Alma, "ALSA-2022:4940", AdvisoryKind.Security, "Important", Severity.High, "2022-06-08 00:00:00", 1, "CVE-2022-1271")]
    [InlineData(Alma, "ALBA-2023:0123", AdvisoryKind.BugFix, "None", Severity.Unknown, "2023-01-10 00:00:00", 1, "")]
    [InlineData("rpm/amazon/updateinfo-al1-ALAS-2011-1.xml.gz", "ALAS-2011-1", AdvisoryKind.Security, "medium", Severity.Medium, "2011-09-27 22:46:00", 1, "CVE-2011-3192")]
    [InlineData("rpm/amazon/updateinfo-al2-ALAS2-2018-939.xml.gz", "ALAS2-2018-939", AdvisoryKind.Security, "critical", Severity.Critical, "2018-01-11 21:05:00", 1, "CVE-2017-5715 CVE-2017-5754")]
    [InlineData("rpm/amazon/updateinfo-al2023-nvidia.xml.gz", "ALAS2023NVIDIA-2025-001", AdvisoryKind.Security, "important", Severity.High, "2025-02-14 23:13:00", 6, "CVE-2025-23359")]
    [InlineData(Rocky, "RLBA-2021:2580", AdvisoryKind.BugFix, "None", Severity.Unknown, "2021-07-22 18:25:24", 3, "")]
    [InlineData(Rocky, "RLSA-2021:2575", AdvisoryKind.Security, "Moderate", Severity.Medium, "2021-07-22 03:13:55", 1, "CVE-2021-3520")]
    [InlineData(Rocky, "RLSA-2021:3057", AdvisoryKind.Security, "Important", Severity.High, "2021-08-12 21:14:23", 1, "CVE-2021-22543 CVE-2021-22555 CVE-2021-3609")]
    [InlineData(Rocky, "RLSA-2019:1972", AdvisoryKind.Security, "Important", Severity.High, "2019-07-30 11:16:25", 2, "CVE-2019-8324")]
    [InlineData(Writer, "RHEA-2012:0055", AdvisoryKind.Security, null, Severity.Unknown, "2012-01-27 16:08:06", 3, "")]
    [InlineData(Writer, "RHEA-2012:0060", AdvisoryKind.Enhancement, null, Severity.Unknown, "2019-04-16 15:41:24", 1, "")]
    [InlineData("rpm/conformance/dnf-advisories-updates-updateinfo.xml", "FEDORA-2019-57b5902ed1", AdvisoryKind.Security, "Critical", Severity.Critical, "2019-09-15 01:34:29", 3, "")]
    [InlineData("rpm/conformance/dnf-advisories-updates-updateinfo.xml", "FEDORA-2022-2222222222", AdvisoryKind.Other, "custom_severity", Severity.Unknown, "2019-09-15 01:34:29", 3, "")]
    public void AnUpdateOfTheCorpusIsFound(string file, string id, AdvisoryKind kind, string? word, Severity severity, string issued, int packages, string cves)
    {
        var advisory = Read(file)[id];
        Assert.Equal((kind, word, severity), (advisory.Kind, advisory.SeverityText, advisory.Severity));
        Assert.Equal(issued, advisory.Published?.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture));
        Assert.Equal(packages, advisory.Affected.Length);
        Assert.Equal(cves, string.Join(' ', advisory.Cves));
    }

    [Theory]
    [InlineData(Alma, "ALSA-2022:4940", "xz", "x86_64", "5.2.5-8.el9_0", "AlmaLinux:9")]
    [InlineData("rpm/amazon/updateinfo-al1-ALAS-2011-1.xml.gz", "ALAS-2011-1", "httpd-devel", "i686", "2.2.21-1.18.amzn1", "Amazon Linux:1")]
    [InlineData("rpm/amazon/updateinfo-al2023-nvidia.xml.gz", "ALAS2023NVIDIA-2025-001", "libnvidia-container1", "x86_64", "1.17.4-1", "Amazon Linux:2023:Nvidia")]
    [InlineData(Rocky, "RLSA-2021:2575", "lz4", "x86_64", "1.8.3-3.el8_4", "Rocky Linux:8")]
    [InlineData(Rocky, "RLSA-2021:3057", "kernel", "x86_64", "4.18.0-305.12.1.el8_4", "Rocky Linux:8")]
    [InlineData(Writer, "RHEA-2012:0058", "gorilla", "noarch", "0.62-1", "")]
    public void APackageIsMendedFromItsVersionOnOnItsPlatform(string file, string id, string name, string arch, string version, string platform)
    {
        var package = Assert.Single(Read(file)[id].Affected, p => p.Name == name);
        Assert.Equal((arch, false, platform, VersionScheme.Rpm, FixState.Fixed), (package.Arch, package.IsSource, package.Platform, package.Scheme, package.State));
        Assert.Equal([VersionRange.Before(version)], package.Ranges);
        Assert.Null(package.Module);
    }

    [Fact]
    public void AFileHasItsNameItsSourceAndItsChecksum()
    {
        var file = Read(Alma)["ALSA-2022:4940"].Affected[0].File;
        Assert.Equal(new PublishedFile("xz-5.2.5-8.el9_0.x86_64.rpm", "xz-5.2.5-8.el9_0.src.rpm", new FileSum(SumKind.Sha256, "4567587f72bb7fdcc4f2e5b6c731d83b0e14e841680c557d4ca2e19775a364c2")), file);
        Assert.True(file!.Sum!.Authorises);
        var other = Read(Writer)["RHEA-2012:0058"].Affected[0].File;
        Assert.Equal(new PublishedFile("gorilla-0.62-1.noarch.rpm", null, null), other);
    }

    [Fact]
    public void AmazonsKernelHasThirteenCvesAndThirtyOnePackages()
    {
        var advisory = Read("rpm/amazon/updateinfo-al2-kernel-5.15.xml.gz").Only;
        Assert.Equal(("ALAS2KERNEL-5.15-2022-001", Severity.High, "important", 13, 31), (advisory.Id, advisory.Severity, advisory.SeverityText, advisory.Cves.Length, advisory.Affected.Length));
        Assert.Equal(["5.15.43-20.123.amzn2"], advisory.Affected.Where(p => p.Name == "kernel").Select(p => p.Ranges[0].Fixed).Distinct());
        Assert.All(advisory.Affected, p => Assert.Equal("Amazon Linux:2:Kernel-5.15", p.Platform));
    }

    [Fact]
    public void FedorasUpdateNamesItsBuildsInItsTitle()
    {
        var feed = new ReadFeed();
        using var document = Corpus.OpenWith("zstd", "rpm/fedora-43-updates/repodata/74f58a91baa4a290e7ab058c6298b46ef49fc5ee990ede14d181340e5d22fca9-updateinfo.xml.zst");
        UpdateInfo.Read(document, feed.Sink());
        Assert.Empty(feed.Refusals);
        Assert.Equal(("FEDORA-2025-4a08954c02", AdvisoryKind.BugFix, Severity.Low, new DateTimeOffset(2025, 12, 1, 18, 15, 47, default), 6, 3),
            (feed.Only.Id, feed.Only.Kind, feed.Only.Severity, feed.Only.Published!.Value, feed.Only.Affected.Length, feed.Only.Title!.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries).Count(word => word.Contains(".fc43", StringComparison.Ordinal))));
        Assert.All(feed.Only.Affected, p => Assert.Equal("Fedora:43", p.Platform));
    }

    [Fact]
    public void SusesUpdatesAreCountedByIdAndVersion()
    {
        var feed = Read(Suse);
        Assert.Empty(feed.Refusals);
        Assert.Equal((164, 132), (feed.Advisories.Count, feed.Advisories.DistinctBy(a => a.Id).Count()));
        Assert.Equal((76, 86, 2), (Count(AdvisoryKind.Security), Count(AdvisoryKind.BugFix), Count(AdvisoryKind.Enhancement)));
        Assert.True(feed.Advisories.Where(a => a.Id == "xorg-x11-Xvnc").Select(a => a.Revision).Distinct().Count() > 1);
        Assert.Contains(feed.Advisories, a => a.Id == "opera" && a.Revision is not null);

        int Count(AdvisoryKind kind) => feed.Advisories.Count(a => a.Kind == kind);
    }

    [Fact]
    public void SusesDefaultNamespaceEpochSecondsAndMissingPartsAreRead()
    {
        var feed = Read(Suse);
        var first = feed.Advisories[0];
        Assert.Equal(("xorg-x11-Xvnc", "36", DateTimeOffset.FromUnixTimeSeconds(1213630432)), (first.Id, first.Revision, first.Published!.Value));
        Assert.Equal(2287, feed.Advisories.Sum(a => a.Affected.Length));
        Assert.Equal((63, 50), (CountSuggested(SuggestedActions.Reboot), CountSuggested(SuggestedActions.Restart)));
        Assert.All(feed.Advisories, a => Assert.Equal((a.RebootSuggested, a.RestartSuggested), (a.Affected.Any(p => p.Suggested == SuggestedActions.Reboot), a.Affected.Any(p => p.Suggested == SuggestedActions.Restart))));
        Assert.All(feed.Advisories, a => Assert.Equal((null, Severity.Unknown), (a.SeverityText, a.Severity)));
        Assert.All(feed.Advisories.SelectMany(a => a.Affected), p => Assert.Equal(("openSUSE:11.0", false), (p.Platform, p.Ranges[0].Fixed!.Contains(':', StringComparison.Ordinal))));

        int CountSuggested(SuggestedActions action) => feed.Advisories.Sum(a => a.Affected.Count(p => p.Suggested == action));
    }

    // Its references are to bugs only.
    [Fact]
    public void WhereNoReferenceNamesACveTheDescriptionDoes() =>
        Assert.Equal("CVE-2008-2360 CVE-2008-2361 CVE-2008-2362 CVE-2008-1379 CVE-2008-1377", string.Join(' ', Read(Suse).Advisories[0].Cves));

    [Fact]
    public void ADateThatIsNoneIsRefusedAloneAndTheUpdateGoesIn()
    {
        var feed = Read(Writer);
        Assert.Equal(6, feed.Advisories.Count);
        var refusal = Assert.Single(feed.Refusals);
        Assert.Equal("RHEA-2012:0057 (line 49) issued", refusal.Position);
        Assert.Contains("15mangled2", refusal.Reason, StringComparison.Ordinal);
        Assert.Null(feed["RHEA-2012:0057"].Published);
        Assert.Equal(new DateTimeOffset(2013, 1, 27, 16, 8, 5, default), feed["RHEA-2012:0057"].Modified);
    }

    [Fact]
    public void EachCollectionHasItsOwnModule()
    {
        var advisory = Read(Writer)["RHEA-2012:0059"];
        Assert.True(advisory.RebootSuggested);
        Assert.Equal([("kangaroo", "kangaroo:0", "kangaroo:0:20180730223407:deadbeef:noarch"), ("duck", "duck:0", "duck:0:20180730233102:deadbeef:noarch")],
            advisory.Affected.Select(p => (p.Name, p.Module, p.Product)));
        Assert.All(Read(Rocky)["RLSA-2019:1972"].Affected, p => Assert.Equal("ruby:2.6", p.Module));
    }

    [Fact]
    public void BuildsOfOneStreamWithOtherContextsStayApart()
    {
        var feed = Read(Modular);
        Assert.Equal([("perl-DBI:master", "perl-DBI:master:2:iiiiiiiii:x86_64", "1-2.module_el8+6745+9879ate3"), ("perl-DBI:master", "perl-DBI:master:2:hhhhhhhhhh:x86_64", "1-2.module_el8+6587+9879afr5")],
            feed.Only.Affected.Select(p => (p.Module, p.Product, p.Ranges[0].Fixed)));
        Assert.Equal((true, Severity.Unknown, AdvisoryKind.Enhancement), (feed.Only.RebootSuggested, feed.Only.Severity, feed.Only.Kind));
    }

    [Fact]
    public void AReferenceOfTypeCveThatNamesNoneIsReportedAndKeptAsALink()
    {
        var feed = Read(Modular);
        Assert.Equal("FEDORA-2019-0329090518 (line 13)", Assert.Single(feed.Refusals).Position);
        Assert.Empty(feed.Only.Cves);
        Assert.Equal(["https://foobar/foobarupdate_2", "https://foobar/foobarupdate_2"], feed.Only.References);
    }

    [Fact]
    public void UpdatesWithTheSameIdAndVersionBecomeOne()
    {
        var feed = Read("rpm/conformance/dnf-security-upgrade-duplicates-1-updateinfo.xml");
        Assert.Equal(["id C A B", "custom_id E", "custom_id_F F"], feed.Advisories.Select(a => $"{a.Id} {string.Join(' ', a.Affected.Select(p => p.Name))}"));
        Assert.Equal((new DateTimeOffset(2019, 2, 17, 0, 0, 0, default), new DateTimeOffset(2022, 12, 17, 0, 0, 0, default)), (feed["custom_id"].Published!.Value, feed["custom_id"].Modified!.Value));
        var other = Read("rpm/conformance/dnf-security-upgrade-duplicates-2-updateinfo.xml");
        Assert.Equal("D not-present-packageE not-present-packageF", string.Join(' ', other["id"].Affected.Select(p => p.Name)));
    }

    [Fact]
    public void EntitiesAreReadWhereverTheyStand()
    {
        var feed = Read("rpm/conformance/createrepo_c-updateinfo_ampersand.xml");
        Assert.Empty(feed.Refusals);
        Assert.Equal(("foobarupd&ate_1", "3", true, true, true), (feed.Only.Id, feed.Only.Revision, feed.Only.RebootSuggested, feed.Only.RestartSuggested, feed.Only.ReloginSuggested));
        Assert.Equal(["https://foo&bar/foobarupdate_1"], feed.Only.References);
        Assert.Equal(("ba&r", "bar&-2.0.1-3.noarch.rpm"), (feed.Only.Affected[0].Name, feed.Only.Affected[0].File!.Name));
    }

    [Fact]
    public void ASourcePackageIsMeantAsOne()
    {
        var packages = Read("rpm/conformance/dnf-advisories-updates-updateinfo.xml")["FEDORA-2019-f4eb34cf4c"].Affected;
        Assert.Equal([("i686", false), ("x86_64", false), (null, true)], packages.Select(p => (p.Arch, p.IsSource)));
        Assert.All(packages, p => Assert.Equal("Fedora:30", p.Platform));
        Assert.Equal([null, null, "labirinto-1.56.2-1.fc30.src.rpm"], packages.Select(p => p.File!.Source));
    }

    [Fact]
    public void ADocumentWithoutUpdatesIsRead()
    {
        var feed = Read("rpm/conformance/createrepo_c-updateinfo_00-empty.xml");
        Assert.Empty(feed.Advisories);
        Assert.Empty(feed.Refusals);
    }

    [Fact]
    public void AnIdThatIsNotTheVendorsIsRefused()
    {
        var feed = Read("rpm/invalid/almalinux-badid/repodata/badid-updateinfo.xml.gz");
        Assert.Empty(feed.Advisories);
        var refusal = Assert.Single(feed.Refusals);
        Assert.Equal("NOT-A-VALID-ADVISORY-ID (line 3)", refusal.Position);
        Assert.Contains(
            "is not of the form of AlmaLinux' ids, such as ALSA-2022:4940, so that it could not be looked up at AlmaLinux: this record is left out and the others count; tell the vendor,",
            refusal.Reason, StringComparison.Ordinal);
    }

    // The checksum stands behind the last element.
    [Fact]
    public void AWrongChecksumOfTheCompressedStreamComesOut()
    {
        var feed = Read("rpm/invalid/almalinux-corruptcrc/repodata/corrupt-updateinfo.xml.gz");
        Assert.Contains("the rest is not read", Assert.Single(feed.Refusals).Reason, StringComparison.Ordinal);
    }

    private static ReadFeed Read(string file) => file.EndsWith(".gz", StringComparison.Ordinal) ? ReadFeed.OfZipped(file, UpdateInfo.Read) : ReadFeed.Of(file, UpdateInfo.Read);
}
