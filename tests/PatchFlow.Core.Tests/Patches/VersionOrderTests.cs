using PatchFlow.Core.Patches;
using PatchFlow.Core.Tests.Advisories;

namespace PatchFlow.Core.Tests.Patches;

public sealed class VersionOrderTests
{
    // What a scanner's suite expects for what is no version. Where apk reads no further than to the first difference the two agree; the others are
    // invalid to us, which is never guessed into an order.
    private static readonly string[] NotCompared = ["a < b"];

    [Theory]
    [InlineData("deb", "versions/deb-authoritative.tsv", 63)]
    [InlineData("deb", "versions/deb-archive-pairs.tsv", 7198)]
    [InlineData("rpm", "versions/rpm-authoritative.tsv", 59)]
    [InlineData("rpm", "versions/rpm-scanner-edge.tsv", 28)]
    [InlineData("apk", "versions/apk-authoritative.tsv", 365)]
    [InlineData("apk", "versions/apk-archive-pairs.tsv", 6985)]
    public void EveryRowOfTheTablesHasItsOrderBothWays(string ecosystem, string file, int rows)
    {
        var table = Table.Rows(file).ToList();
        Assert.Equal(rows, table.Count);
        Assert.Empty(table.Where(row => Order(ecosystem, row[0], row[2]) != row[1]).Select(row => $"{row[0]} {row[1]} {row[2]}"));
        Assert.Empty(table.Where(row => Order(ecosystem, row[2], row[0]) != Turned(row[1])).Select(row => $"turned: {row[0]} {row[1]} {row[2]}"));
    }

    [Fact]
    public void WhatIsNoVersionOfApkHasTheScannersOrderOrNone()
    {
        var wrong = Table.Rows("versions/apk-scanner-edge.tsv").Where(row => Order("apk", row[0], row[2]) is var found && found != "invalid" && found != row[1]);
        Assert.Empty(wrong.Select(row => $"{row[0]} {row[1]} {row[2]}"));
        Assert.All(NotCompared, row => Assert.Equal("invalid", Order("apk", row.Split(' ')[0], row.Split(' ')[2])));
    }

    [Fact]
    public void EveryRowOfDpkgsSyntaxIsReadOrRefused()
    {
        var table = Table.Rows("versions/deb-syntax.tsv").ToList();
        Assert.Equal(37, table.Count);
        Assert.Empty(table.Where(row => DebianVersion.TryParse(row[0], out _, out _) != (row[1] == "valid")).Select(row => row[0]));
    }

    // Semantic Versioning 2.0.0, clause 11, whose examples begin this chain.
    [Fact]
    public void PrecedenceIsThatOfSemanticVersioning()
    {
        string[] chain =
        [
            "0.0.0-0", "0.0.0", "0.9.10", "1.0.0-0", "1.0.0-1", "1.0.0-10", "1.0.0--", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2",
            "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.1", "1.2.0", "1.10.0", "2.0.0", "99999999999999999999.0.0", "100000000000000000000.0.0",
        ];
        for (var i = 0; i < chain.Length; i++)
        {
            for (var j = 0; j < chain.Length; j++)
            {
                Assert.Equal(i.CompareTo(j) switch { < 0 => "<", > 0 => ">", _ => "=" }, Order("semver", chain[i], chain[j]));
            }
        }
    }

    [Theory]
    [InlineData("1.0.0+a", "1.0.0+b")]
    [InlineData("1.0.0-rc.1+001", "1.0.0-rc.1")]
    public void TheBuildDoesNotCount(string a, string b) => Assert.Equal("=", Order("semver", a, b));

    [Theory]
    [InlineData("semver", "1.0")]
    [InlineData("semver", "1")]
    [InlineData("semver", "01.0.0")]
    [InlineData("semver", "1.0.0-01")]
    [InlineData("semver", "1.0.0-")]
    [InlineData("semver", "1.0.0-a..b")]
    [InlineData("semver", "1.0.0+")]
    [InlineData("semver", "1.0.0-ä")]
    [InlineData("semver", "v1.0.0")]
    [InlineData("npm", " 1.0.0")]
    [InlineData("npm", "")]
    [InlineData("apk", "")]
    [InlineData("apk", "-r1")]
    [InlineData("apk", "x")]
    [InlineData("deb", "")]
    [InlineData("deb", "a_b")]
    [InlineData("rpm", "")]
    [InlineData("rpm", "-1")]
    [InlineData("rpm", "1:")]
    [InlineData("rpm", "1 2")]
    public void WhatIsNoVersionIsInvalidOnEitherSideWithAReason(string ecosystem, string text)
    {
        var good = ecosystem is "deb" or "apk" ? "1.0-r1" : "1.0.0";
        Assert.False(VersionOrder.TryCompare(ecosystem, text, good, out _, out var left));
        Assert.False(VersionOrder.TryCompare(ecosystem, good, text, out _, out var right));
        Assert.All([left, right], Assert.NotEmpty);
    }

    [Theory]
    [InlineData("1.2.3", true)]
    [InlineData("1.2.3a_rc1_p2~0af-r3", true)]
    [InlineData("6.6.2p1-r0", true)]
    [InlineData("1.2.", false)]
    [InlineData("1_foo", false)]
    [InlineData("1-r", false)]
    [InlineData("1-r1-r2", false)]
    [InlineData("1.2 ", false)]
    [InlineData("1ab", false)]
    [InlineData("1~xyz", false)]
    [InlineData("1A", false)]
    public void ApksSyntaxIsRead(string text, bool valid) => Assert.Equal(valid, ApkVersion.TryParse(text, out _, out _));

    [Fact]
    public void EqualVersionsHaveEqualHashes()
    {
        foreach (var row in Table.Rows("versions/apk-authoritative.tsv").Where(row => row[1] == "=" && ApkVersion.TryParse(row[0], out _)))
        {
            Assert.Equal(ApkVersion.Parse(row[0]).GetHashCode(), ApkVersion.Parse(row[2]).GetHashCode());
        }

        foreach (var row in Table.Rows("versions/rpm-authoritative.tsv").Where(row => row[1] == "="))
        {
            Assert.Equal(RpmVersion.Parse(row[0]).GetHashCode(), RpmVersion.Parse(row[2]).GetHashCode());
        }

        Assert.Equal(ApkVersion.Parse("01.2-r0").GetHashCode(), ApkVersion.Parse("1.2-r00").GetHashCode());
        Assert.Equal(ApkVersion.Parse("01.2-r0"), ApkVersion.Parse("1.2-r00"));
    }

    [Fact]
    public void ApksSuffixesHaveTheirOrder()
    {
        string[] chain = ["1_alpha", "1_beta", "1_pre", "1_rc", "1", "1_cvs", "1_svn", "1_git", "1_hg", "1_p"];
        Assert.All(chain.Zip(chain.Skip(1)), pair => Assert.Equal("<", Order("apk", pair.First, pair.Second)));
    }

    [Fact]
    public void GosVersionsBeginWithV() => Assert.Equal("<", Order("Go", "v1.2.3", "1.10.0"));

    [Fact]
    public void AnEcosystemThatIsNotKnownHasNoOrder()
    {
        Assert.False(VersionOrder.TryCompare("cobol", "1", "2", out _, out var problem));
        Assert.Contains("cobol", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Debian:12")]
    [InlineData("Ubuntu:Pro:16.04:LTS")]
    [InlineData("Alpine:v3.16")]
    [InlineData("crates.io")]
    [InlineData("openEuler:22.03-LTS-SP3")]
    [InlineData("Azure Linux:3")]
    [InlineData("azure linux")]
    [InlineData("Amazon Linux:2")]
    [InlineData("Oracle Linux:8")]
    [InlineData("Mageia:9")]
    [InlineData("EPEL:9")]
    [InlineData("Photon OS:5.0")]
    [InlineData("Alpaquita:23")]
    [InlineData("MinimOS")]
    [InlineData("Echo")]
    [InlineData("Hex")]
    [InlineData("Pub")]
    [InlineData("Mariner:2")]
    [InlineData("CentOS:9")]
    public void AnEcosystemAsOsvWritesItIsKnown(string ecosystem) => Assert.NotEqual(default, VersionOrder.SchemeOf(ecosystem));

    // Whatever matching orders can be compared by hand, alike.
    [Fact]
    public void EveryEcosystemThatIsMatchedIsKnown() =>
        Assert.All(Core.Advisories.Platforms.Schemes, known => Assert.Equal(known.Value, VersionOrder.SchemeOf(known.Key)));

    private static string Order(string ecosystem, string a, string b) =>
        !VersionOrder.TryCompare(ecosystem, a, b, out var order, out _) ? "invalid" : order switch { < 0 => "<", > 0 => ">", _ => "=" };

    private static string Turned(string order) => order switch { "<" => ">", ">" => "<", _ => order };
}
