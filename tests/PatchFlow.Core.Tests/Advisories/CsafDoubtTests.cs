using PatchFlow.Core.Advisories;
using PatchFlow.Core.Tests.Matching;

namespace PatchFlow.Core.Tests.Advisories;

/// <summary>What a CSAF document says in two ways, misspells, or says of several packages at once: nothing of it makes a host look patched.</summary>
public sealed class CsafDoubtTests
{
    private const string Cve = "CVE-2026-0001";
    private const string Debian = "pkg:deb/debian/curl?arch=source&distro=bookworm";

    // In either order, and of one package under two ids; the better status is told and left out.
    [Theory]
    [InlineData("known_affected p", "known_not_affected p", "NoFixYet", 1)]
    [InlineData("known_not_affected p", "known_affected p", "NoFixYet", 1)]
    [InlineData("known_not_affected p", "known_affected same", "NoFixYet", 1)]
    [InlineData("known_not_affected p", "under_investigation p", "UnderInvestigation", 1)]
    [InlineData("fixed p", "known_not_affected p", "Fixed", 1)]
    [InlineData("fixed p", "known_affected p", "NoFixYet", 1)]
    [InlineData("known_affected p", "known_affected p", "NoFixYet", 0)]
    [InlineData("known_affected p", "recommended p", "Fixed NoFixYet", 0)]
    [InlineData("known_affected p", "known_not_affected other", "NoFixYet NotAffected", 0)]
    [InlineData("known_affected p", "known_not_affected bare", "NoFixYet NotAffected", 0)]
    public void OfOneCveInTwoVulnerabilitiesTheWorseStatusIsTaken(string first, string second, string expected, int contradictions)
    {
        var feed = Read(Tree(("p", Debian), ("same", Debian), ("other", "pkg:deb/debian/curl?arch=source&distro=trixie"), ("bare", null)), [.. new[] { first, second }.Select(Vulnerability)]);
        Assert.Equal(expected, string.Join(' ', feed.Only.Affected.Select(a => $"{a.State}").Order(StringComparer.Ordinal)));
        var contradiction = feed.Refusals.Where(r => r.Reason.Contains("contradict", StringComparison.Ordinal)).ToList();
        Assert.Equal(contradictions, contradiction.Count);
        Assert.All(contradiction, r => Assert.Equal((Cve, true), (r.Position, r.Reason.Contains("'N ", StringComparison.Ordinal))));
    }

    // What else is said of the same product stands.
    [Fact]
    public void OtherVulnerabilitiesOfTheProductStayAsTheyAre()
    {
        var feed = Read(Tree(("p", Debian)), Vulnerability("known_not_affected p"), Vulnerability("known_not_affected p", "CVE-2026-0002"), Vulnerability("known_affected p"));
        Assert.Equal(["NoFixYet CVE-2026-0001", "NotAffected CVE-2026-0002"], feed.Only.Affected.Select(a => $"{a.State} {string.Join(' ', a.Cves)}").Order(StringComparer.Ordinal));
        Assert.Equal("curl NoFixYet CVE-2026-0001", Matched.Text(Matched.Debian(new Core.Matching.HostPackage("curl", "1-1", "amd64", "curl", "1-1")), feed.Only));
    }

    [Theory]
    [InlineData("known_afected")]
    [InlineData("KNOWN_AFFECTED")]
    [InlineData("knownaffected")]
    public void AStatusThatNobodyKnowsIsToldAndMayBeAffected(string status)
    {
        var feed = Read(Tree(("p", Debian), ("q", "pkg:deb/debian/vim?arch=source&distro=bookworm")), $$"""{"cve":"{{Cve}}","product_status":{"{{status}}":["p"],"x":["p"],"known_affected":["q"]} }""");
        Assert.Equal(["curl UnderInvestigation", "vim NoFixYet"], feed.Only.Affected.Select(a => $"{a.Name} {a.State}").Order(StringComparer.Ordinal));
        var told = Assert.Single(feed.Refusals);
        Assert.Equal((Cve, true), (told.Position, told.Reason.StartsWith($"product_status has '{status}' and 1 more, ", StringComparison.Ordinal)));
    }

    [Fact]
    public void AStatusThatNobodyKnowsDeniesNothingAndHidesNothing() => Assert.Equal(
        "NoFixYet", string.Join(' ', Read(Tree(("p", Debian)), $$"""{"cve":"{{Cve}}","product_status":{"known_affected":["p"],"known_not_afected":["p"]} }""").Only.Affected.Select(a => a.State)));

    // Of each, also where it is one on a platform.
    [Theory]
    [InlineData("\"purls\":[\"pkg:deb/debian/curl?distro=bookworm\",\"pkg:deb/debian/libcurl4?distro=bookworm\",\"pkg:deb/debian/curl?distro=bookworm\"]", "Debian:12 curl, Debian:12 libcurl4", 0)]
    [InlineData("\"purl\":\"pkg:deb/debian/curl?distro=bookworm\",\"purls\":[\"pkg:deb/debian/libcurl4?distro=trixie\"]", "Debian:12 curl, Debian:13 libcurl4", 0)]
    [InlineData("\"purls\":[\"curl\",\"pkg:deb/debian/libcurl4?distro=bookworm\"]", "Debian:12 libcurl4", 1)]
    [InlineData("\"purl\":\"pkg:curl\"", " ", 1)]
    [InlineData("\"purls\":[\"x\",\"y\"]", " ", 2)]
    public void AProductIsAllThePackagesOfItsUrls(string helper, string expected, int refused)
    {
        var feed = Read($$$"""{"full_product_names":[{"product_id":"p","name":"N p","product_identification_helper":{{{{helper}}}}}]}""", Vulnerability("known_affected p"));
        Assert.Equal(expected, string.Join(", ", feed.Only.Affected.Select(a => $"{a.Platform} {a.Name}")));
        Assert.Equal(refused, feed.Refusals.Count(r => r.Position == "p" && r.Reason.Contains("is no package URL", StringComparison.Ordinal)));
        Assert.Equal(refused, feed.Refusals.Count);
    }

    [Fact]
    public void AProductOfSeveralPackagesIsSoOnItsPlatform()
    {
        var feed = Read("""
            {"full_product_names":[{"product_id":"p","name":"N p","product_identification_helper":{"purls":["pkg:rpm/redhat/curl","pkg:rpm/redhat/libcurl"]}},
              {"product_id":"os","name":"OS","product_identification_helper":{"cpe":"cpe:/o:redhat:enterprise_linux:9"}}],
             "relationships":[{"category":"default_component_of","product_reference":"p","relates_to_product_reference":"os","full_product_name":{"product_id":"r","name":"p on OS"}}]}
            """, Vulnerability("known_affected r"));
        Assert.Equal(["Red Hat:9 curl", "Red Hat:9 libcurl"], feed.Only.Affected.Select(a => $"{a.Platform} {a.Name}"));
        Assert.Empty(feed.Refusals);
    }

    // As the systems' own os-release names them, and as the national database does; what is not certain stays unknown.
    [Theory]
    [InlineData("cpe:/o:almalinux:almalinux:9::baseos", "AlmaLinux:9")]
    [InlineData("cpe:2.3:o:almalinux:almalinux:9.4:*:*:*:*:*:*:*", "AlmaLinux:9")]
    [InlineData("cpe:/o:rocky:rocky:8:GA", "Rocky Linux:8")]
    [InlineData("cpe:/o:rocky:rocky:9::baseos", "Rocky Linux:9")]
    [InlineData("cpe:/o:oracle:linux:9:4:server", "Oracle Linux:9")]
    [InlineData("cpe:/a:oracle:linux:8::appstream", "Oracle Linux:8")]
    [InlineData("cpe:2.3:o:debian:debian_linux:12.0:*:*:*:*:*:*:*", "Debian:12")]
    [InlineData("cpe:/o:debian:debian_linux:9", "Debian:9")]
    [InlineData("cpe:/o:debian:debian_linux:6.0", "Debian:6.0")]
    [InlineData("cpe:2.3:o:canonical:ubuntu_linux:22.04:*:*:*:lts:*:*:*", "Ubuntu:22.04")]
    [InlineData("cpe:2.3:o:canonical:ubuntu_linux:16.04:*:*:*:esm:*:*:*", "Ubuntu:Pro:16.04")]
    [InlineData("cpe:2.3:o:canonical:ubuntu_linux:-:*:*:*:*:*:*:*", "")]
    [InlineData("cpe:/o:debian:debian_linux:unstable", "")]
    [InlineData("cpe:/a:oracle:mysql:8", "")]
    [InlineData("cpe:/o:almalinux:almalinux:x", "")]
    [InlineData("cpe:/o:almalinux:almalinux", "")]
    public void APlatformIsToldByItsCpe(string cpe, string platform) => Assert.Equal(platform, Assert.Single(Read(
        $$$"""{"full_product_names":[{"product_id":"p","name":"Product 9","product_identification_helper":{"cpe":"{{{cpe}}}","purl":"pkg:generic/curl"} }]}""", Vulnerability("known_affected p")).Only.Affected).Platform);

    private static string Vulnerability(string said) => Vulnerability(said, Cve);

    private static string Vulnerability(string said, string cve) => $$"""{"cve":"{{cve}}","product_status":{"{{said.Split(' ')[0]}}":["{{said.Split(' ')[1]}}"]} }""";

    private static string Tree(params (string Id, string? Purl)[] products) => $$"""{"full_product_names":[{{string.Join(',', products.Select(p =>
        $$"""{"product_id":"{{p.Id}}","name":"N {{p.Id}}"{{(p.Purl is null ? "" : $$""","product_identification_helper":{"purl":"{{p.Purl}}"}""")}}}"""))}}]}""";

    private static ReadFeed Read(string tree, params string[] vulnerabilities) => ReadFeed.OfText(
        $$$"""{"document":{"csaf_version":"2.0","tracking":{"id":"A-1","version":"1"}},"product_tree":{{{tree}}},"vulnerabilities":[{{{string.Join(',', vulnerabilities)}}}]}""", Csaf.Read);
}
