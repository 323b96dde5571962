using PatchFlow.Core.Advisories;
using PatchFlow.Core.Matching;
using PatchFlow.Core.Tests.Advisories;

namespace PatchFlow.Core.Tests.Matching;

/// <summary>What documents of CSAF say of vulnerabilities without a fix, against packages that hosts have: none of it may be lost, and none of it be said of another.</summary>
public sealed class CsafMatchingTests
{
    private static readonly string Rhel8 = Product("r8", "Red Hat Enterprise Linux 8", "\"cpe\":\"cpe:/o:redhat:enterprise_linux:8\"");

    // The corpus' own documents. Red Hat's branches name the package where a version is expected, and their purls have none: every version is meant.
    [Theory]
    [InlineData("cve-2023-6228.json", "Red Hat:8", "libtiff 4.0.9-32.el8_10", "libtiff NoFixYet CVE-2023-6228")]
    [InlineData("cve-2023-6228.json", "Red Hat:8", "libtiff-tools 4.0.9-32.el8_10 libtiff", "libtiff-tools NoFixYet CVE-2023-6228")]
    [InlineData("cve-2023-6228.json", "Red Hat:8", "compat-libtiff3 3.9.4-12.el8", "compat-libtiff3 WillNotFix CVE-2023-6228")]
    [InlineData("cve-2023-6228.json", "Red Hat:6", "libtiff 3.9.4-21.el6_8", "libtiff WillNotFix CVE-2023-6228")]
    [InlineData("cve-2023-6228.json", "Red Hat:9", "libtiff 4.4.0-10.el9", "libtiff fix 0:4.4.0-12.el9 closes CVE-2023-6228")]
    [InlineData("cve-2023-6228.json", "Red Hat:9", "libtiff 4.4.0-12.el9", "")]
    [InlineData("cve-2023-6228.json", "Red Hat:8", "libpng 1.6.34-5.el8", "")]
    [InlineData("CVE-2024-34507.json", "Red Hat:openshift:3.11", "mediawiki 1.27.7-1.el7", "mediawiki WillNotFix CVE-2024-34507 (Out of support scope)")]
    public void WhatRedHatLeavesUnfixedIsOpenInEveryVersion(string file, string platform, string package, string expected) =>
        Assert.StartsWith(expected.Length == 0 ? "|" : expected, Matched.Text(Matched.Host(platform, Parsed(package)), ReadFeed.Of($"csaf/vex/redhat/{file}", Csaf.Read).Advisories) + "|", StringComparison.Ordinal);

    [Theory]
    [InlineData("kernel 4.18.0-553.el8_10", "")]
    [InlineData("kernel-core 4.18.0-553.el8_10 kernel", "")]
    [InlineData("kernel-rt 4.18.0-553.rt7.342.el8_10", "")]
    [InlineData("kernel-tools-libs 4.18.0-553.el8_10", "kernel-tools-libs NoFixYet CVE-2023-6238")]
    public void WhatRedHatSaysIsNotAffectedIsSoInEveryVersion(string package, string expected)
    {
        var installed = Parsed(package);
        var other = Matched.Advisory("CVE-2023-6238", new AffectedPackage { Platform = "Red Hat:8", Name = installed.Name, Scheme = VersionScheme.Rpm, State = FixState.NoFixYet });
        Assert.Equal(expected, Matched.Text(Matched.Host("Red Hat:8", installed), [other, .. ReadFeed.Of("csaf/vex/redhat/cve-2023-6238.json", Csaf.Read).Advisories]));
    }

    // Both ways in which Red Hat wrote a package of a stream, and the branch names stream and package.
    [Theory]
    [InlineData("pkg:rpmmod/redhat/ruby:2.5/ruby", "ruby:2.5", "ruby NoFixYet CVE-2024-0001")]
    [InlineData("pkg:rpm/redhat/ruby?arch=src&rpmmod=ruby:2.5", "ruby:2.5", "ruby NoFixYet CVE-2024-0001")]
    [InlineData("pkg:rpmmod/redhat/ruby:2.5/ruby", "ruby:3.1", "")]
    [InlineData("pkg:rpmmod/redhat/ruby@2.5:8040020210420090912:522a0ee4", "ruby:2.5", "")]
    public void WhatIsUnfixedInAStreamIsOpenWhereTheStreamIs(string purl, string enabled, string expected)
    {
        var document = OfBranch("ruby:2.5/ruby", purl, "known_affected");
        Assert.Equal(expected, Matched.Text(Matched.Host("Red Hat:8", Parsed("ruby 2.5.9-112.module+el8.10.0+1+2")) with { Modules = [enabled] }, document));
    }

    // A branch that is a version, or a build, is one also where the purl has none.
    [Theory]
    [InlineData("1.2-3.el8", "1.2-3.el8", "x NoFixYet CVE-2024-0001")]
    [InlineData("1.2-3.el8", "1.2-4.el8", "")]
    [InlineData("x-0:1.2-3.el8.x86_64", "1.2-3.el8", "x NoFixYet CVE-2024-0001")]
    [InlineData("x-0:1.2-3.el8.x86_64", "1.2-4.el8", "")]
    [InlineData("x", "1.2-4.el8", "x NoFixYet CVE-2024-0001")]
    [InlineData("x on all systems", "1.2-4.el8", "x NoFixYet CVE-2024-0001")]
    public void ABranchThatIsAVersionIsOne(string branch, string installed, string expected) =>
        Assert.Equal(expected, Matched.Text(Matched.Host("Red Hat:8", Parsed($"x {installed}")), OfBranch(branch, "pkg:rpm/redhat/x", "known_affected")));

    [Fact]
    public void APackageWhoseNameBeginsWithADigitIsNoVersion() =>
        Assert.Equal("389-ds-base NoFixYet CVE-2024-0001", Matched.Text(Matched.Host("Red Hat:8", Parsed("389-ds-base 1.4.3-1.el8")), OfBranch("389-ds-base", "pkg:rpm/redhat/389-ds-base?arch=src", "known_affected")));

    // What is said of a vulnerability without a CVE, or with a misspelt one, is said of no other; a name of the document's own is told from that of another.
    [Theory]
    [InlineData("cve=CVE-2026-2001 known_affected; ids=BUG-77 known_not_affected", "iota NoFixYet CVE-2026-2001")]
    [InlineData("cve=CVE-2026-2001 known_affected; known_not_affected", "iota NoFixYet CVE-2026-2001")]
    [InlineData("known_not_affected; cve=CVE-2026-2001 known_affected", "iota NoFixYet CVE-2026-2001")]
    [InlineData("cve=CVE-2026-2002 known_affected; cve=CVE-26-3 known_not_affected; cve=CVE-2026-2003 known_not_affected", "iota NoFixYet CVE-2026-2002")]
    [InlineData("cve=CVE-2026-2002 known_not_affected; cve=CVE-26-3 known_affected; cve=CVE-2026-2003 known_not_affected", "iota NoFixYet A-1 CVE-26-3")]
    [InlineData("ids=CVE-2026-2001 known_not_affected; cve=CVE-2026-2001 known_affected", "iota NoFixYet CVE-2026-2001")]
    [InlineData("ids=BUG-1 known_affected; ids=BUG-2 known_not_affected", "iota NoFixYet A-1 BUG-1")]
    [InlineData("ids=BUG-1 known_affected; ids=BUG-1 known_not_affected", "iota NoFixYet A-1 BUG-1")]
    [InlineData("known_affected; known_not_affected", "iota NoFixYet A-1 vulnerabilities[0]")]
    [InlineData("cve=CVE-2026-2001 known_not_affected; ids=GHSA-w32m-9786-jp63 known_affected", "iota NoFixYet GHSA-w32m-9786-jp63")]
    [InlineData("cve=CVE-2026-2001 known_not_affected; ids=<script> known_affected", "iota NoFixYet A-1 vulnerabilities[1]")]
    [InlineData("cve=CVE-2026-2001 known_affected; ids=BUG-1 known_affected", "iota NoFixYet CVE-2026-2001 A-1 BUG-1")]
    [InlineData("cve=CVE-2026-2001 known_affected; cve=CVE-2026-2002 known_affected", "iota NoFixYet CVE-2026-2001 CVE-2026-2002")]
    [InlineData("ids=BUG-1 known_affected; ids=BUG-2 known_affected", "iota NoFixYet A-1")]
    [InlineData("ids=BUG-1 known_affected", "iota NoFixYet A-1")]
    [InlineData("cve=cve-2026-2001 known_affected", "iota NoFixYet CVE-2026-2001")]
    public void WhatIsSaidOfAVulnerabilityIsSaidOfNoOther(string vulnerabilities, string expected)
    {
        var read = Iota("cpe:/o:redhat:enterprise_linux:9", [.. vulnerabilities.Split("; ").Select(Vulnerability)]);
        Assert.Equal(expected, Matched.Text(Matched.Host("Red Hat:9", Parsed("iota 1.0-1.el9")), read.Advisories));
    }

    [Theory]
    [InlineData("cpe:/o:redhat:enterprise_linux:9", "Red Hat:9")]
    [InlineData("cpe:2.3:o:redhat:enterprise_linux:9:*:*:*:*:*:*:*", "Red Hat:9")]
    [InlineData("cpe:2.3:a:redhat:enterprise_linux:9:*:appstream:*:*:*:*:*", "Red Hat:9")]
    [InlineData("cpe:2.3:o:redhat:enterprise_linux:9:-", "Red Hat:9")]
    [InlineData("cpe:2.3:o:redhat:enterprise_linux:9\\\\", "Red Hat:9\\")]
    [InlineData("cpe:2.3:a:redhat:rhel_eus:9.2:*:*:*:*:*:*:*", "Red Hat:rhel_eus:9.2")]
    [InlineData("cpe:2.3:a:redhat:open\\\\:shift:3.11:*:*:*:*:*:*:*", "Red Hat:open:shift")]
    [InlineData("cpe:/o:redhat:enterprise_linux:10.1", "Red Hat:10")]
    [InlineData("cpe:2.3:o:redhat:enterprise_linux:10.0:*:*:*:*:*:*:*", "Red Hat:10")]
    [InlineData("cpe:/a:openEuler:openEuler:22.03-LTS-SP3", "openEuler:22.03-LTS-SP3")]
    [InlineData("cpe:2.3:o:openeuler:openeuler:22.03\\\\-lts\\\\-sp3:*:*:*:*:*:*:*", "openEuler:22.03-LTS-SP3")]
    public void TheReleaseIsToldFromACpeOfEitherVersion(string cpe, string platform)
    {
        var read = Iota(cpe, Vulnerability("cve=CVE-2026-2004 known_affected"));
        Assert.Empty(read.Refusals);
        Assert.Equal(platform, Assert.Single(read.Only.Affected).Platform);
        Assert.Equal("iota NoFixYet CVE-2026-2004", Matched.Text(Matched.Host(platform, Parsed("iota 1.0-1.el9")), read.Advisories));
    }

    // What nobody can place is said once, with where it stands and how much it is; a feed's own platform still takes it.
    [Theory]
    [InlineData("cpe:/o:example:linux:9")]
    [InlineData("cpe:2.3:o:example:linux:9:*:*:*:*:*:*:*")]
    [InlineData("cpe:2.3:")]
    [InlineData("cpe:/")]
    public void APackageWithoutAReleaseIsNotLostWithoutAWord(string cpe)
    {
        var read = Iota(cpe, Vulnerability("cve=CVE-2026-2004 known_affected"), Vulnerability("cve=CVE-2026-2005 known_not_affected"));
        var refusal = Assert.Single(read.Refusals);
        Assert.Equal("CVE-2026-2004", refusal.Position);
        Assert.StartsWith("which release product id 'r:iota' is for can't be told from its CPE or its name: ", refusal.Reason, StringComparison.Ordinal);
        Assert.Equal(0, AdvisoryIndex.Of(new NameTable(), [new IndexedAdvisory("feed/1", read.Only)]).Count);
        Assert.Equal(1, AdvisoryIndex.Of(new NameTable(), [new IndexedAdvisory("feed/1", read.Only, "Red Hat:9")]).Count);
    }

    [Fact]
    public void SeveralPackagesWithoutAReleaseAreCounted()
    {
        var read = Read($$"""{"full_product_names":[{{Product("a", "a", Purl("pkg:rpm/x/a"))}},{{Product("b", "b", Purl("pkg:deb/x/b"))}},{{Product("c", "c", Purl("pkg:npm/c"))}},{{Product("d", "d", "")}}]}""",
            Said("\"cve\":\"CVE-2026-2004\"", "\"known_affected\":[\"a\",\"b\",\"c\",\"d\"]"));
        Assert.Contains("product id 'a' is for can't be told from its CPE or its name, nor that of 1 more:", Assert.Single(read.Refusals).Reason, StringComparison.Ordinal);
        Assert.Equal(4, read.Only.Affected.Length);
    }

    // A document that is withdrawn at a time that nobody can read stands no longer either.
    [Theory]
    [InlineData("csaf_withdrawn", "\"2026-11-01T00:00:00Z\"", "\"2026-11-02T00:00:00Z\"", "2026-11-02", 0)]
    [InlineData("csaf_withdrawn", "\"2026-11-01T00:00:00Z\"", "\"soon\"", "2026-11-01", 1)]
    [InlineData("csaf_superseded", "\"2026-11-01T00:00:00Z\"", "7", "2026-11-01", 1)]
    [InlineData("csaf_withdrawn", "\"once\"", "\"soon\"", null, 3)]
    [InlineData("csaf_withdrawn", "null", "null", null, 1)]
    [InlineData("csaf_vex", "\"once\"", "\"soon\"", "stands", 2)]
    public void AWithdrawnDocumentMatchesNothing(string category, string initial, string current, string? withdrawn, int refusals)
    {
        var read = ReadFeed.OfText($$$"""
            {"document":{"csaf_version":"2.0","category":"{{{category}}}","tracking":{"id":"A-1","version":"1","initial_release_date":{{{initial}}},"current_release_date":{{{current}}} } },
             "product_tree":{{{Tree("cpe:/o:redhat:enterprise_linux:9")}}},"vulnerabilities":[{{{Vulnerability("cve=CVE-2026-2005 known_affected")}}}]}
            """, Csaf.Read);
        Assert.Equal(refusals, read.Refusals.Count);
        Assert.Equal(withdrawn is null ? [] : [withdrawn], read.Advisories.Select(a => a.Withdrawn is { } at ? $"{at:yyyy-MM-dd}" : "stands"));
        Assert.Equal(withdrawn == "stands" ? "iota NoFixYet CVE-2026-2005" : "", Matched.Text(Matched.Host("Red Hat:9", Parsed("iota 1.0-1.el9")), read.Advisories));
    }

    private static ReadFeed Iota(string cpe, params string[] vulnerabilities) => Read(Tree(cpe), string.Join(',', vulnerabilities));

    private static string Tree(string cpe) => $$"""
        {"full_product_names":[{{Product("r", "The release", $"\"cpe\":\"{cpe}\"")}},{{Product("iota", "iota", Purl("pkg:rpm/redhat/iota"))}}],
         "relationships":[{"category":"default_component_of","product_reference":"iota","relates_to_product_reference":"r","full_product_name":{"product_id":"r:iota","name":"iota on it"} }]}
        """;

    // cve=CVE-2026-2001 known_affected, ids=BUG-77 known_not_affected, known_affected
    private static string Vulnerability(string text)
    {
        var (name, status) = text.Split(' ') is [var stated, var said] ? (stated, said) : ("", text);
        var named = name.Length == 0 ? "\"title\":\"T\"" : name.StartsWith("cve=", StringComparison.Ordinal) ? $"\"cve\":\"{name[4..]}\"" : "\"ids\":[{\"system_name\":\"s\",\"text\":\"" + name[4..] + "\"}]";
        return Said(named, $"\"{status}\":[\"r:iota\"]");
    }

    private static string Purl(string purl) => $"\"purl\":\"{purl}\"";

    private static List<Advisory> OfBranch(string name, string purl, string status)
    {
        var branch = Product("p", name, $"\"purl\":\"{purl}\"");
        return Read($$"""
            {"branches":[{"category":"vendor","name":"Red Hat","branches":[{"category":"product_name","name":"R8","product":{{Rhel8}} },{"category":"product_version","name":"{{name}}","product":{{branch}} }]}],
             "relationships":[{"category":"default_component_of","product_reference":"p","relates_to_product_reference":"r8","full_product_name":{"product_id":"r8:p","name":"p on r8"} }]}
            """, Said("\"cve\":\"CVE-2024-0001\"", $"\"{status}\":[\"r8:p\"]")).Advisories;
    }

    private static string Product(string id, string name, string helper) =>
        "{\"product_id\":\"" + id + "\",\"name\":\"" + name + "\",\"product_identification_helper\":{" + helper + "}}";

    private static string Said(string name, string status) => "{" + name + ",\"product_status\":{" + status + "}}";

    private static ReadFeed Read(string tree, string vulnerabilities) => ReadFeed.OfText(
        $$$"""{"document":{"csaf_version":"2.0","tracking":{"id":"A-1","version":"1"}},"product_tree":{{{tree}}},"vulnerabilities":[{{{vulnerabilities}}}]}""", Csaf.Read);

    // Name, version, and the source package where it has another name.
    private static HostPackage Parsed(string package) => package.Split(' ') is var words && words.Length == 3
        ? new(words[0], words[1], "x86_64", words[2], words[1])
        : new(words[0], words[1], "x86_64", words[0], words[1]);
}
