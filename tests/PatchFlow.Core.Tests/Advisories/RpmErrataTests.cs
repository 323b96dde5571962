using PatchFlow.Core.Advisories;

namespace PatchFlow.Core.Tests.Advisories;

/// <summary>Advisories of rpm in the JSON of AlmaLinux, Rocky Linux and Fedora.</summary>
public sealed class RpmErrataTests
{
    private const string Alma = "rpm-json/alma-errata.full.json";
    private const string Rocky = "rpm-json/rocky-apollo-page1.json";
    private const string Fedora = "rpm-json/fedora-bodhi-F40.json";

    [Fact]
    public void AlmasErrataAreTwoWithDatesInSeconds()
    {
        var feed = ReadFeed.Of(Alma, AlmaErrata.Read);
        Assert.Empty(feed.Refusals);
        Assert.Equal(2, feed.Advisories.Count);
        var bugfix = feed["ALBA-2021:3049"];
        Assert.Equal((AdvisoryKind.BugFix, Severity.Unknown, DateTimeOffset.FromUnixTimeSeconds(1628589283), DateTimeOffset.FromUnixTimeSeconds(1628589276)),
            (bugfix.Kind, bugfix.Severity, bugfix.Published!.Value, bugfix.Modified!.Value));
        Assert.Equal(["pcsc-lite-ccid x86_64 1.4.29-5.1.el8_4", "pcsc-lite-devel i686 1.8.23-4.1.el8_4", "pcsc-lite-devel x86_64 1.8.23-4.1.el8_4", "pcsc-lite-ccid aarch64 1.4.29-5.1.el8_4", "pcsc-lite-ccid ppc64le 1.4.29-5.1.el8_4"],
            bugfix.Affected.Select(p => $"{p.Name} {p.Arch} {p.Ranges[0].Fixed}"));
        Assert.Equal(["https://errata.almalinux.org/8/ALBA-2021-3049.html"], bugfix.References);
    }

    [Fact]
    public void AlmasModularPackagesHaveTheirStreams()
    {
        var advisory = ReadFeed.Of(Alma, AlmaErrata.Read)["ALSA-2019:3708"];
        Assert.Equal((AdvisoryKind.Security, Severity.Medium, 12, 7), (advisory.Kind, advisory.Severity, advisory.Cves.Length, advisory.Affected.Length));
        Assert.Equal(("mariadb:10.3", "mariadb:10.3:8050020220427075058:c5368500:x86_64"), (advisory.Affected[0].Module, advisory.Affected[0].Product));
        Assert.Equal("mariadb-devel:10.3", advisory.Affected[^1].Module);
        Assert.All(advisory.Affected, p => Assert.Equal("AlmaLinux:8", p.Platform));
        Assert.Equal(new FileSum(SumKind.Sha256, "d02fc1640496c6b160680668c7082350371dc946b267813ab6d5de6615c738f1"), advisory.Affected[0].File!.Sum);
    }

    [Fact]
    public void AlmasOlderExportIsRead()
    {
        var feed = ReadFeed.OfText("""
            [{"updateinfo_id": "ALSA-2022:0001", "type": "security", "severity": "Important", "title": "", "summary": "s", "status": "final", "version": "3",
              "issued_date": {"$date": 1641081600000}, "updated_date": {"$date": 1641081600000},
              "pkglist": {"name": "almalinux-8-for-x86_64-appstream-rpms", "shortname": "x", "module": {"name": "m", "stream": "1", "version": 8, "context": "c", "arch": "x86_64"},
                "packages": [{"name": "a", "epoch": "1", "version": "2", "release": "3", "arch": "x86_64", "src": "a-2-3.src.rpm", "filename": "a-2-3.x86_64.rpm", "sum": "cb2c38843bced855f95945adcd7a84e7d192b48f87fe7f85d5b00e63019557e0", "sum_type": 5, "reboot_suggested": 1}]},
              "references": [{"href": "https://example.org/CVE-2022-0001", "type": "cve", "id": "CVE-2022-0001", "title": ""}]}]
            """, AlmaErrata.Read);
        Assert.Empty(feed.Refusals);
        Assert.Equal(("ALSA-2022:0001", "3", "s", true, DateTimeOffset.FromUnixTimeSeconds(1641081600), "CVE-2022-0001"),
            (feed.Only.Id, feed.Only.Revision, feed.Only.Title, feed.Only.RebootSuggested, feed.Only.Published!.Value, feed.Only.Cves[0]));
        var package = Assert.Single(feed.Only.Affected);
        Assert.Equal(("AlmaLinux:8", "a", "1:2-3", "m:1", "m:1:8:c:x86_64"), (package.Platform, package.Name, package.Ranges[0].Fixed, package.Module, package.Product));
        Assert.Equal(("a-2-3.x86_64.rpm", "a-2-3.src.rpm", SumKind.Sha256), (package.File!.Name, package.File.Source, package.File.Sum!.Kind));
    }

    [Theory]
    [InlineData("""{"id": "X-1"}""", "record 1 (line 1)", "ALSA-2022:4940")]
    [InlineData("""{"title": "x"}""", "record 1 (line 1)", "no id")]
    [InlineData("7", "record 1 (line 1)", "no id")]
    [InlineData("""{"id": "ALSA-2022:0002", "issued_date": "x"}""", "ALSA-2022:0002 issued_date", "no date")]
    [InlineData("""{"id": "ALSA-2022:0002", "issued_date": -1}""", "ALSA-2022:0002 issued_date", "seconds since 1970")]
    [InlineData("""{"id": "ALSA-2022:0002", "updated_date": {"$date": "x"}}""", "ALSA-2022:0002 updated_date", "no date")]
    [InlineData("""{"id": "ALSA-2022:0002", "updated_date": [1]}""", "ALSA-2022:0002 updated_date", "seconds since 1970")]
    [InlineData("""{"id": "ALSA-2022:0002", "references": [{"type": "cve", "id": "2222"}]}""", "ALSA-2022:0002", "names no CVE")]
    [InlineData("""{"id": "ALSA-2022:0002", "packages": [{"name": "a"}]}""", "ALSA-2022:0002 packages[0]", "version '' is none")]
    [InlineData("""{"id": "ALSA-2022:0002", "packages": [7]}""", "ALSA-2022:0002 packages[0]", "an object is expected")]
    [InlineData("""{"id": "ALSA-2022:0002", "packages": [{"name": "a", "version": "1", "release": "1", "arch": "noarch", "module": "m"}]}""", "ALSA-2022:0002 packages[0]", "no name and stream")]
    [InlineData("""{"id": "ALSA-2022:0002", "packages": [{"name": "a", "version": "1", "release": "1", "arch": "noarch", "checksum": "x", "checksum_type": "sha256"}]}""", "ALSA-2022:0002 packages[0]", "64 hex digits")]
    public void WhatIsWrongWithAlmasErrataIsRefusedAlone(string record, string position, string reason)
    {
        var feed = ReadFeed.OfText("{\"data\": [" + record + ", {\"id\": \"ALSA-2022:0001\"}]}", AlmaErrata.Read);
        Assert.Contains(feed.Advisories, a => a.Id == "ALSA-2022:0001");
        Assert.Equal(position, Assert.Single(feed.Refusals).Position);
        Assert.Contains(reason, feed.Refusals[0].Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void ARockysPageIsRead()
    {
        var feed = ReadFeed.Of(Rocky, RockyErrata.Read);
        Assert.Empty(feed.Refusals);
        Assert.Equal(("RLSA-2025:21816", AdvisoryKind.Security, Severity.Medium, "Moderate"), (feed.Only.Id, feed.Only.Kind, feed.Only.Severity, feed.Only.SeverityText));
        Assert.Equal(["CVE-2025-58183"], feed.Only.Cves);
        Assert.Equal([new PublishedScore("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H", 7.5m, "CVE-2025-58183")], feed.Only.Scores);
        Assert.Equal(["https://bugzilla.redhat.com/show_bug.cgi?id=2407258"], feed.Only.References);
        Assert.Equal(2025, feed.Only.Published!.Value.Year);
    }

    [Fact]
    public void APageSaysHowManyThereAre()
    {
        Assert.Equal(new ErrataPage { Number = 1, Size = 1, Total = 8019 }, PageOf(Corpus.Open(Rocky), RockyErrata.ReadPage).Page);
        Assert.Equal(new ErrataPage(), PageOf(Corpus.Open(Fedora), BodhiUpdates.ReadPage).Page);
        var (page, feed) = PageOf(new MemoryStream("""{"updates": [{"updateid": "F-1"}], "total": 41, "pages": 3, "page": 2, "rows_per_page": 20}"""u8.ToArray()), BodhiUpdates.ReadPage);
        Assert.Equal(new ErrataPage { Number = 2, Size = 20, Total = 41 }, page);
        Assert.Equal("F-1", feed.Only.Id);
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("1.5")]
    [InlineData("\"8019\"")]
    public void ACountOfPagesThatIsNoneIsRefusedAlone(string total)
    {
        var (page, feed) = PageOf(new MemoryStream(System.Text.Encoding.UTF8.GetBytes("{\"total\": " + total + ", \"page\": 1, \"size\": null, \"advisories\": [{\"name\": \"RLSA-1\"}]}")), RockyErrata.ReadPage);
        Assert.Equal(new ErrataPage { Number = 1 }, page);
        Assert.Equal(("RLSA-1", "total"), (feed.Only.Id, Assert.Single(feed.Refusals).Position));
    }

    // 49 entries: those of no architecture and the sources stand once for each product.
    [Fact]
    public void RockysPackagesComeOnce()
    {
        var packages = ReadFeed.Of(Rocky, RockyErrata.Read).Only.Affected;
        Assert.All(packages, p => Assert.Equal("Rocky Linux:10", p.Platform));
        Assert.Equal(packages.Length, packages.DistinctBy(p => (p.Name, p.Arch, p.IsSource)).Count());
        Assert.Equal(["golang noarch 1.25.3-1.el10_1"], packages.Where(p => p.Name == "golang-docs").Select(p => $"golang {p.Arch} {p.Ranges[0].Fixed}"));
        Assert.Equal(["aarch64", "ppc64le", "s390x", "x86_64"], packages.Where(p => p.Name == "golang-bin").Select(p => p.Arch));
        Assert.Equal(["delve", "golang"], packages.Where(p => p.IsSource).Select(p => p.Name));
        Assert.Equal(new PublishedFile("delve-1.25.2-1.el10_1.x86_64.rpm", null, new FileSum(SumKind.Sha256, "28162c2aa0f6da1137aafe28c551256f6753577d5e0ba1fceb3f4661b1a76ac4")),
            Assert.Single(packages, p => p.Name == "delve" && p.Arch == "x86_64").File);
    }

    [Theory]
    [InlineData("""{"cves": [{"cve": "x"}]}""", "no CVE")]
    [InlineData("""{"published_at": "x"}""", "no date")]
    [InlineData("""{"packages": [{"nevra": "x"}]}""", "is no release")]
    [InlineData("""{"packages": [{"nevra": "x-1-1"}]}""", "no name and architecture")]
    [InlineData("""{"packages": [7]}""", "an object is expected")]
    [InlineData("""{"packages": [{"nevra": "x-1-1.noarch.rpm", "module_name": "m"}]}""", "no stream")]
    [InlineData("""{"packages": [{"nevra": "x-1-1.noarch.rpm", "checksum": "00", "checksum_type": "sha256"}]}""", "64 hex digits")]
    public void WhatIsWrongWithARockysAdvisoryIsRefusedAlone(string rest, string reason)
    {
        var feed = ReadFeed.OfText("{\"advisories\": [{\"name\": \"RLSA-1\", " + rest[1..] + ", {\"name\": \"RLSA-2\"}, {}]}", RockyErrata.Read);
        Assert.Equal(["RLSA-1", "RLSA-2"], feed.Advisories.Select(a => a.Id));
        Assert.Equal(2, feed.Refusals.Count);
        Assert.Contains(reason, feed.Refusals[0].Reason, StringComparison.Ordinal);
        Assert.Contains("no id", feed.Refusals[1].Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void RockysModulesAndUnknownScoresAreRead()
    {
        var feed = ReadFeed.OfText("""
            {"advisories": [{"name": "RLBA-1", "kind": "Bug Fix", "severity": "None", "cves": [{"cve": "CVE-2024-0001", "cvss3_scoring_vector": "UNKNOWN", "cvss3_base_score": "UNKNOWN"}],
              "packages": [{"nevra": "a-0:1-1.module+el8.5.0+1+2.x86_64.rpm", "module_name": "m", "module_stream": "1", "module_version": "8", "module_context": "c", "product_name": "Rocky Linux 8 x86_64"}]},
             {"name": "RLBA-2", "kind": "Bug Fix"}, {"name": "RLEA-3", "kind": "Enhancement"}]}
            """, RockyErrata.Read);
        Assert.Empty(feed.Refusals);
        Assert.Empty(feed["RLBA-1"].Scores);
        Assert.Equal(("m:1", "m:1:8:c", "Rocky Linux:8"), (feed["RLBA-1"].Affected[0].Module, feed["RLBA-1"].Affected[0].Product, feed["RLBA-1"].Affected[0].Platform));
        Assert.Equal([AdvisoryKind.Security, AdvisoryKind.BugFix, AdvisoryKind.Enhancement], feed.Advisories.Select(a => a.Kind));
    }

    [Fact]
    public void FedorasUpdateIsRead()
    {
        var feed = ReadFeed.Of(Fedora, BodhiUpdates.Read);
        Assert.Empty(feed.Refusals);
        Assert.Equal(("FEDORA-2023-91e69ea326", AdvisoryKind.Security, Severity.Unknown, null, "stable"), (feed.Only.Id, feed.Only.Kind, feed.Only.Severity, feed.Only.SeverityText, feed.Only.Status));
        Assert.Equal(["CVE-2022-23518", "CVE-2022-23519", "CVE-2022-23520"], feed.Only.Cves);
        Assert.Equal(new DateTimeOffset(2023, 11, 23, 12, 33, 36, default), feed.Only.Published);
        var package = Assert.Single(feed.Only.Affected);
        Assert.Equal(("Fedora:40", "rubygem-rails-html-sanitizer", "1.6.0-1.fc40", true), (package.Platform, package.Name, package.Ranges[0].Fixed, package.IsSource));
        Assert.Null(package.Arch);
    }

    [Theory]
    [InlineData("""{"builds": [{"nvr": "x", "epoch": 0}]}""", "is no release")]
    [InlineData("""{"builds": [{"nvr": "1-1", "epoch": 0}]}""", "name-version-release")]
    [InlineData("""{"builds": [{"nvr": "x-1-1", "epoch": -1}]}""", "name-version-release")]
    [InlineData("""{"builds": [7]}""", "an object is expected")]
    [InlineData("""{"date_pushed": "x"}""", "no date")]
    public void WhatIsWrongWithFedorasUpdateIsRefusedAlone(string rest, string reason)
    {
        var feed = ReadFeed.OfText("{\"updates\": [{\"updateid\": \"F-1\", " + rest[1..] + ", {\"alias\": \"F-2\"}, {}]}", BodhiUpdates.Read);
        Assert.Equal(["F-1", "F-2"], feed.Advisories.Select(a => a.Id));
        Assert.Equal(2, feed.Refusals.Count);
        Assert.Contains(reason, feed.Refusals[0].Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"status": "obsolete", "date_submitted": "2024-01-01 00:00:00"}""", true, false)]
    [InlineData("""{"status": "unpushed", "date_submitted": "2024-01-01 00:00:00", "date_modified": "2024-01-02 00:00:00"}""", true, false)]
    [InlineData("""{"status": "testing"}""", false, true)]
    [InlineData("""{"status": "stable", "suggest": "reboot", "builds": [{"nvr": "m-1-8.c", "type": "module"}]}""", false, false)]
    public void FedorasStatusIsRead(string rest, bool withdrawn, bool testing)
    {
        var feed = ReadFeed.OfText("[{\"updateid\": \"F-1\", " + rest[1..] + "]", BodhiUpdates.Read);
        Assert.Empty(feed.Refusals);
        Assert.Equal((withdrawn, testing, rest.Contains("reboot", StringComparison.Ordinal)), (feed.Only.Withdrawn is not null, feed.Only.InTesting, feed.Only.RebootSuggested));
        Assert.Empty(feed.Only.Affected);
    }

    [Fact]
    public void AnUpdateThatWasTakenBackAtNoTimeIsNotUsed() =>
        Assert.Contains("it is not used", Assert.Single(ReadFeed.OfText("""[{"updateid": "F-1", "status": "obsolete"}]""", BodhiUpdates.Read).Refusals).Reason, StringComparison.Ordinal);

    private static (ErrataPage Page, ReadFeed Feed) PageOf(Stream document, Func<Stream, AdvisorySink, ErrataPage> read)
    {
        using (document)
        {
            var feed = new ReadFeed();
            return (read(document, feed.Sink()), feed);
        }
    }
}
