using PatchFlow.Core.Advisories;
using PatchFlow.Core.Patches;

namespace PatchFlow.Core.Tests.Advisories;

/// <summary>What is made of updates that the corpus does not have.</summary>
public sealed class UpdateInfoRuleTests
{
    private const string Package = """<package name="a" version="1" release="2" arch="noarch"/>""";

    [Theory]
    [InlineData("<title>x</title>", "update 2 (line 3)", "it has no id")]
    [InlineData("<id/>", "update 2 (line 3)", "it has no id")]
    [InlineData("<id>a b</id>", "a b (line 3)", "white space")]
    [InlineData("<id>X-1</id><id>X-2</id>", "X-2 (line 3)", "two ids")]
    public void AnUpdateThatIsWrongIsRefusedAloneWithItsLine(string children, string position, string reason)
    {
        var feed = Read($"<updates>\n<update><id>A-1</id></update>\n<update>{children}</update>\n<update><id>A-3</id></update></updates>");
        Assert.Equal(["A-1", "A-3"], feed.Advisories.Select(a => a.Id));
        var refusal = Assert.Single(feed.Refusals);
        Assert.Equal(position, refusal.Position);
        Assert.Contains(reason, refusal.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void ALongIdIsRefused() => Assert.Single(Update($"<id>{new string('x', 201)}</id>").Refusals);

    [Theory]
    [InlineData("""<package version="1" release="2" arch="noarch"/>""", "no name")]
    [InlineData("""<package name="b c" version="1" release="2" arch="noarch"/>""", "no name")]
    [InlineData("""<package name="b" release="2" arch="noarch"/>""", "version '' is none")]
    [InlineData("""<package name="b" version="1-1" release="2" arch="noarch"/>""", "version '1-1' is none")]
    [InlineData("""<package name="b" version="1" arch="noarch"/>""", "release '' is none")]
    [InlineData("""<package name="b" version="1" release="2"/>""", "architecture '' is none")]
    [InlineData("""<package name="b" version="1" release="2" arch="x/y"/>""", "architecture 'x/y' is none")]
    [InlineData("""<package name="b" version="1" release="2" arch="noarch" epoch="-1"/>""", "epoch '-1' is no number")]
    public void APackageThatIsWrongIsRefusedAlone(string package, string reason)
    {
        var feed = Update($"<id>A-1</id><pkglist><collection>\n{package}\n{Package}</collection></pkglist>");
        Assert.Equal(["a"], feed.Only.Affected.Select(p => p.Name));
        var refusal = Assert.Single(feed.Refusals);
        Assert.Equal("A-1 (line 2)", refusal.Position);
        Assert.Contains(reason, refusal.Reason, StringComparison.Ordinal);
    }

    // Fedora has published such, for modules.
    [Theory]
    [InlineData("")]
    [InlineData("<pkglist/>")]
    [InlineData("<pkglist><collection short=\"F\"><name>Fedora 40</name></collection></pkglist>")]
    public void AnUpdateWithoutPackagesIsRead(string list)
    {
        var feed = Update($"<id>A-1</id>{list}", "type=\"security\"");
        Assert.Empty(feed.Refusals);
        Assert.Equal(("A-1", AdvisoryKind.Security, 0), (feed.Only.Id, feed.Only.Kind, feed.Only.Affected.Length));
    }

    [Theory]
    [InlineData("epoch=\"0\"", "1-2")]
    [InlineData("epoch=\"\"", "1-2")]
    [InlineData("", "1-2")]
    [InlineData("epoch=\"3\"", "3:1-2")]
    public void AnEpochMayBeMissing(string epoch, string version)
    {
        var feed = Update($"<id>A-1</id><pkglist><collection><package name=\"a\" {epoch} version=\"1\" release=\"2\" arch=\"noarch\" src=\"\"/></collection></pkglist>");
        Assert.Empty(feed.Refusals);
        Assert.Equal(version, feed.Only.Affected[0].Ranges[0].Fixed);
        Assert.Null(feed.Only.Affected[0].File);
    }

    [Theory]
    [InlineData("<sum type=\"sha256\">00</sum>", "64 hex digits")]
    [InlineData("<sum type=\"crc32\">00000000</sum>", "no kind of checksum")]
    [InlineData("<sum>00000000</sum>", "no kind of checksum")]
    public void AChecksumThatIsWrongIsRefusedAndThePackageKept(string sum, string reason)
    {
        var feed = Update($"<id>A-1</id><pkglist><collection><package name=\"a\" version=\"1\" release=\"2\" arch=\"noarch\">{sum}</package></collection></pkglist>");
        Assert.Null(Assert.Single(feed.Only.Affected).File?.Sum);
        Assert.Contains(reason, Assert.Single(feed.Refusals).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void OfTwoChecksumsTheStrongerCounts()
    {
        var (weak, strong) = ($"<sum type=\"md5\">{new string('a', 32)}</sum>", $"<sum type=\"sha256\">{new string('b', 64)}</sum>");
        Assert.All([weak + strong, strong + weak], sums =>
        {
            var feed = Update($"<id>A-1</id><pkglist><collection><package name=\"a\" version=\"1\" release=\"2\" arch=\"noarch\">{sums}</package></collection></pkglist>");
            Assert.Equal(SumKind.Sha256, feed.Only.Affected[0].File!.Sum!.Kind);
        });
    }

    [Theory]
    [InlineData("security", AdvisoryKind.Security)]
    [InlineData("Security", AdvisoryKind.Security)]
    [InlineData("bugfix", AdvisoryKind.BugFix)]
    [InlineData("recommended", AdvisoryKind.BugFix)]
    [InlineData("enhancement", AdvisoryKind.Enhancement)]
    [InlineData("optional", AdvisoryKind.Enhancement)]
    [InlineData("feature", AdvisoryKind.Enhancement)]
    [InlineData("newpackage", AdvisoryKind.Enhancement)]
    [InlineData("custom_type", AdvisoryKind.Other)]
    public void TheVendorsWordTellsTheKind(string type, AdvisoryKind kind) => Assert.Equal(kind, Update("<id>A-1</id>", $"type=\"{type}\"").Only.Kind);

    [Fact]
    public void WithoutAWordAnUpdateThatNamesACveIsOnSecurity()
    {
        Assert.Equal(AdvisoryKind.Security, Update("<id>A-1</id><title>CVE-2024-0001</title>").Only.Kind);
        Assert.Equal(AdvisoryKind.Other, Update("<id>A-1</id>").Only.Kind);
    }

    // What a bugfix update says in words may be a comparison: it counts only in references.
    [Theory]
    [InlineData("bugfix", "<reference id=\"CVE-2024-0001\" type=\"cve\"/>", "", AdvisoryKind.Security, "CVE-2024-0001")]
    [InlineData("bugfix", "", "mends what CVE-2024-0001 broke", AdvisoryKind.BugFix, "")]
    [InlineData("security", "", "cve-2024-0001 and CVE-2024-0002, CVE-2024-0001", AdvisoryKind.Security, "CVE-2024-0001 CVE-2024-0002")]
    [InlineData("security", "<reference id=\"7\" type=\"bugzilla\" title=\"CVE-2024-0003 a: b [fedora-all]\"/>", "unlike CVE-2024-0001", AdvisoryKind.Security, "CVE-2024-0003")]
    [InlineData("security", "<reference id=\"x\" type=\"cve\" title=\"CVE-2024-0004\"/><reference id=\"CVE-2024-0004\" type=\"cve\"/>", "", AdvisoryKind.Security, "CVE-2024-0004")]
    public void CvesComeFromReferencesAndElseFromWords(string type, string references, string description, AdvisoryKind kind, string cves)
    {
        var feed = Update($"<id>A-1</id><description>{description}</description><references>{references}</references>", $"type=\"{type}\"");
        Assert.Empty(feed.Refusals);
        Assert.Equal((kind, cves), (feed.Only.Kind, string.Join(' ', feed.Only.Cves)));
    }

    [Theory]
    [InlineData("<reboot_suggested/>", true)]
    [InlineData("<reboot_suggested></reboot_suggested>", true)]
    [InlineData("<reboot_suggested>1</reboot_suggested>", true)]
    [InlineData("<reboot_suggested>True</reboot_suggested>", true)]
    [InlineData("<reboot_suggested>0</reboot_suggested>", false)]
    [InlineData("<reboot_suggested>False</reboot_suggested>", false)]
    [InlineData("<relogin_suggested/>", false)]
    public void AFlagIsSetUnlessItSaysNo(string flag, bool isSet) => Assert.Equal(isSet, Update($"<id>A-1</id>{flag}").Only.RebootSuggested);

    [Theory]
    [InlineData("2011-09-27 22:46", "2011-09-27T22:46:00Z")]
    [InlineData("2023-02-17 20:41:00", "2023-02-17T20:41:00Z")]
    [InlineData("2025-06-11T19:52:52Z", "2025-06-11T19:52:52Z")]
    [InlineData("2013-01-27 16:08:05 UTC", "2013-01-27T16:08:05Z")]
    [InlineData("2025-06-11", "2025-06-11T00:00:00Z")]
    [InlineData("2025-06-11T21:52:52+02:00", "2025-06-11T19:52:52Z")]
    [InlineData("1213630432", "2008-06-16T15:33:52Z")]
    public void EveryShapeOfADateIsRead(string written, string time) =>
        Assert.Equal(DateTimeOffset.Parse(time, System.Globalization.CultureInfo.InvariantCulture), Update($"<id>A-1</id><issued date=\"{written}\"/>").Only.Published);

    [Theory]
    [InlineData("15mangled2")]
    [InlineData("99999999999999999999")]
    [InlineData("999999999999")]
    [InlineData("2025-13-01")]
    [InlineData("UTC")]
    public void ADateThatIsNoneIsRefusedAlone(string written)
    {
        var feed = Update($"<id>A-1</id><updated date=\"{written}\"/>");
        Assert.Null(feed.Only.Modified);
        Assert.Equal("A-1 (line 1) updated", Assert.Single(feed.Refusals).Position);
    }

    [Theory]
    [InlineData("retracted")]
    [InlineData("obsolete")]
    public void AnUpdateThatWasTakenBackNeverMatches(string status)
    {
        var feed = Update("<id>A-1</id><issued date=\"2024-01-01\"/><updated date=\"2024-02-01\"/>", $"status=\"{status}\"");
        Assert.Equal((new DateTimeOffset(2024, 2, 1, 0, 0, 0, default), status), (feed.Only.Withdrawn!.Value, feed.Only.Status));
        Assert.Contains(status, Assert.Single(Update("<id>A-1</id>", $"status=\"{status}\"").Refusals).Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("final", false)]
    [InlineData("stable", false)]
    [InlineData("testing", true)]
    [InlineData("pending", true)]
    public void AnUpdateInTestingIsMarked(string status, bool inTesting)
    {
        var advisory = Update("<id>A-1</id>", $"status=\"{status}\"").Only;
        Assert.Equal((status, inTesting, true), (advisory.Status, advisory.InTesting, advisory.Withdrawn is null));
    }

    [Theory]
    [InlineData("<module stream=\"1\"/>")]
    [InlineData("<module name=\"m\"/>")]
    [InlineData("<module name=\"m:n\" stream=\"1\"/>")]
    [InlineData("<module name=\"m\" stream=\"1 2\"/>")]
    public void PackagesOfAModuleThatIsNotKnownAreLeftOut(string module)
    {
        var feed = Update($"<id>A-1</id><pkglist><collection>{module}{Package}</collection><collection>{Package}</collection></pkglist>");
        Assert.Null(Assert.Single(feed.Only.Affected).Module);
        Assert.Contains("module", Assert.Single(feed.Refusals).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void AModulesPackageConcernsOnlyHostsWithItsStream()
    {
        var package = Update($"<id>A-1</id><pkglist><collection><module name=\"nginx\" stream=\"1.20\" version=\"8\" context=\"c\" arch=\"x86_64\"/>{Package}</collection></pkglist>").Only.Affected[0];
        Assert.True(ModuleStream.Concerns(package, new HashSet<string> { "nginx:1.20" }));
        Assert.False(ModuleStream.Concerns(package, new HashSet<string> { "nginx:1.22" }));
        Assert.False(ModuleStream.Concerns(package, new HashSet<string>()));
        Assert.True(ModuleStream.Concerns(package with { Module = null }, new HashSet<string>()));
    }

    [Theory]
    [InlineData("ruby:2.7:8080020250909:63b34585", "ruby:2.7")]
    [InlineData("ruby:2.7", "ruby:2.7")]
    [InlineData("container-tools:rhel8:1:2:x86_64", "container-tools:rhel8")]
    [InlineData("ruby", null)]
    [InlineData("ruby:", null)]
    [InlineData(":2.7", null)]
    [InlineData("ru by:2.7", null)]
    public void AStreamHasOneForm(string text, string? stream) => Assert.Equal(stream, ModuleStream.Of(text));

    [Theory]
    [InlineData("Fedora 43", "Fedora:43")]
    [InlineData("Fedora EPEL 9", "EPEL:9")]
    [InlineData("Rocky Linux 8.4", "Rocky Linux:8")]
    [InlineData("AlmaLinux 10", "AlmaLinux:10")]
    [InlineData("Red Hat Enterprise Linux 9", "Red Hat:9")]
    [InlineData("openSUSE 11.0", "openSUSE:11.0")]
    [InlineData("openSUSE Leap 15.5", "openSUSE:Leap 15.5")]
    [InlineData("Amazon Linux 2", "Amazon Linux:2")]
    [InlineData("Amazon Linux 2023 - Nvidia", "Amazon Linux:2023:Nvidia")]
    [InlineData("Fedora Rawhide", "")]
    [InlineData("0", "")]
    public void ThePlatformIsToldByTheReleaseOrTheCollection(string name, string platform)
    {
        Assert.Equal(platform, Update($"<id>A-1</id><release>{name}</release><pkglist><collection short=\"x\">{Package}</collection></pkglist>").Only.Affected[0].Platform);
        Assert.Equal(platform, Update($"<id>A-1</id><pkglist><collection><name>{name}</name>{Package}</collection></pkglist>").Only.Affected[0].Platform);
    }

    [Fact]
    public void OfRepeatedUpdatesTheWorseCounts()
    {
        var feed = Read("""
            <updates>
            <update type="bugfix" version="1"><id>A</id><severity>Low</severity><issued date="2024-02-01"/></update>
            <update type="security" version="1" status="testing"><id>A</id><severity>Critical</severity><issued date="2024-01-01"/><reboot_suggested/></update>
            <update type="bugfix" version="2"><id>A</id></update>
            </updates>
            """);
        Assert.Equal(["1", "2"], feed.Advisories.Select(a => a.Revision));
        var first = feed.Advisories[0];
        Assert.Equal((AdvisoryKind.Security, Severity.Critical, "Critical", true, false), (first.Kind, first.Severity, first.SeverityText, first.RebootSuggested, first.InTesting));
        Assert.Equal(1, first.Published!.Value.Month);
    }

    [Theory]
    [InlineData("obsolete", "stable", "stable", false)]
    [InlineData("stable", "obsolete", "stable", false)]
    [InlineData("obsolete", "obsolete", "obsolete", true)]
    public void OnlyWhatIsTakenBackEverywhereIsTakenBack(string a, string b, string status, bool withdrawn)
    {
        var feed = Read($"<updates><update status=\"{a}\"><id>A</id><issued date=\"2024-01-01\"/></update><update status=\"{b}\"><id>A</id><issued date=\"2024-01-02\"/></update></updates>");
        Assert.Equal((withdrawn, status), (feed.Only.Withdrawn is not null, feed.Only.Status));
    }

    private static ReadFeed Update(string children, string attributes = "") => Read($"<updates><update {attributes}>{children}</update></updates>");

    private static ReadFeed Read(string text) => ReadFeed.OfText(text, UpdateInfo.Read);
}
