using System.Collections.Immutable;
using PatchFlow.Core.Advisories;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Hosts;
using PatchFlow.Core.Patches;

namespace PatchFlow.Core.Tests.Patches;

public sealed class ApplicabilityTests
{
    private const string Main = "http://archive.example/debian", Security = "http://archive.example/security";

    private static readonly ImmutableArray<PackageSource> OwnSources = [new(Main + "/", "bookworm"), new(Security, "bookworm-security")];

    private static readonly ImmutableArray<PackageSource> WithForeign = [.. OwnSources, new("https://vendor.example/apt", "stable")];

    [Fact]
    public void AnInstalledPackageWithANewerVersionInASecuritySuiteGetsAPatch() =>
        Assert.Equal([new ApplicablePatch("nginx", "amd64", "1.22.1-9", "1.22.1-9+deb12u3", "security")], Of("nginx amd64 1.22.1-9").Patches);

    [Theory]
    [InlineData("nginx amd64 1.22.1-9+deb12u3", "the newest is installed")]
    [InlineData("tzdata all 2025b-0", "it is newer in a suite that is not a security suite")]
    [InlineData("nginx i386 1.22.1-9", "another architecture")]
    public void OtherwiseThereIsNone(string package, string because)
    {
        Assert.NotNull(because);
        Assert.Empty(Of(package).Patches);
    }

    [Fact]
    public void APackageForAllArchitecturesGetsAPatchToo() =>
        Assert.Equal("2.0-1+deb12u1", Assert.Single(Of("docs all 2.0-1").Patches).To);

    [Fact]
    public void TheNewestOfSeveralVersionsIsTaken() =>
        Assert.Equal("6.1.10-1", Assert.Single(Of("linux-doc amd64 6.1.1-1").Patches).To);

    [Theory]
    [InlineData("nginx")]
    [InlineData("nginx:amd64")]
    public void AHeldPackageIsSetApartWithWhatItMisses(string hold)
    {
        var found = Of("nginx amd64 1.22.1-9", hold: hold);
        Assert.Empty(found.Patches);
        var apart = Assert.Single(found.SetApart);
        Assert.Equal((SetApartReason.Held, "1.22.1-9+deb12u3"), (apart.Reason, apart.Offered));
        Assert.Contains("apt-mark unhold nginx", apart.Detail, StringComparison.Ordinal);
    }

    // The archive lists only the newest version, so an installed one may be absent from it and still be the vendor's.
    [Theory]
    [InlineData("nginx amd64 1.22.1-9+deb12u1", true, true)]
    [InlineData("openssl amd64 3.0.15-1~deb12u1", true, true)]
    [InlineData("openssl amd64 3.0.15-1", false, true)]
    [InlineData("openssl amd64 3.0.15-1.vendor120+1", true, false)]
    [InlineData("openssl amd64 3.0.15-1~debXu1", true, false)]
    [InlineData("openssl amd64 3.5.0-1.vendor", false, false)]
    [InlineData("docker-ce amd64 5:24.0.7-1~debian.12~bookworm", true, false)]
    public void AVersionOfNoVerifiedFeedIsThirdPartyUnlessItMustBeAnOlderOneOfTheVendors(string package, bool hasForeignSource, bool isPatched)
    {
        var found = Of(package, sources: hasForeignSource ? WithForeign : OwnSources);
        Assert.Equal(isPatched, found.Patches.Length == 1);
        Assert.Equal(isPatched ? [] : [SetApartReason.ThirdParty], found.SetApart.Select(a => a.Reason));
    }

    [Fact]
    public void AThirdPartyVersionOlderThanTheSecuritySuitesIsShownWithBoth()
    {
        var apart = Assert.Single(Of("openssl amd64 3.0.15-1.vendor120+1", sources: WithForeign).SetApart);
        Assert.Equal(("3.0.15-1.vendor120+1", "3.0.22-1~deb12u2"), (apart.Version, apart.Offered));
        Assert.Contains("https://vendor.example/apt stable", apart.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void AVersionOutsideTheGrammarIsSetApart() => Assert.Equal(SetApartReason.Unreadable, Assert.Single(Of("nginx amd64 v1").SetApart).Reason);

    [Fact]
    public void AFixForAnotherArchitectureIsSetApart() =>
        Assert.Equal(SetApartReason.OtherArchitecture, Assert.Single(Of("moved amd64 1.0-1").SetApart).Reason);

    // Once for all hosts: the machine's id decides nothing.
    [Fact]
    public void AVersionThatIsPhasedIsSetApartUntilItIsForAll()
    {
        var apart = Assert.Single(Phased("jammy-updates", "curl amd64 2-1 30").SetApart);
        Assert.Equal((SetApartReason.Phased, "2-1"), (apart.Reason, apart.Offered));
        Assert.Equal("updates has 2-1, phased at 30 %: proposed when the vendor has released it to all", apart.Detail);
        Assert.Empty(Phased("jammy-updates", "curl amd64 2-1 30").Patches);
        Assert.Equal("2-1", Assert.Single(Phased("jammy-updates", "curl amd64 2-1").Patches).To);
    }

    [Fact]
    public void UnderAPhasedVersionTheNewestThatIsForAllIsTaken()
    {
        var found = Phased("jammy-updates", "curl amd64 3-1 0", "curl amd64 2-1");
        Assert.Equal("2-1", Assert.Single(found.Patches).To);
        Assert.Empty(found.SetApart);
    }

    [Theory]
    [InlineData("jammy-security")]
    [InlineData("jammy-security/")]
    public void ASecuritySuiteIsNotPhased(string suite) => Assert.Equal("2-1", Assert.Single(Phased(suite, "curl amd64 2-1 30").Patches).To);

    // A newer version of another release is no update.
    [Theory]
    [InlineData("debian", "12", "", "bookworm-security", "bookworm-security", true)]
    [InlineData("debian", "12", "", "stable-security", "bookworm-security", true)]
    [InlineData("debian", "12", "", "oldstable-security", "bullseye-security", false)]
    [InlineData("debian", "12", "", "bookworm-security", "", true)]
    [InlineData("debian", "12", "", "trixie-security", "trixie-security", false)]
    [InlineData("debian", "12", "", "trixie-security", "", false)]
    [InlineData("debian", "10", "", "buster/updates", "buster", true)]
    [InlineData("debian", "12", "", "unstable", "sid", false)]
    [InlineData("debian", "12", "", "jammy-security", "jammy", false)]
    [InlineData("ubuntu", "22.04", "", "jammy-security", "jammy", true)]
    [InlineData("ubuntu", "24.04", "", "jammy-security", "jammy", false)]
    [InlineData("debian", "12", "", "own-security", "own-security", true)]
    [InlineData("debian", "12", "", ".", "", true)]
    // Derived distributions name the suites that they take.
    [InlineData("raspbian", "12", "", "bookworm-security", "bookworm-security", false)]
    [InlineData("raspbian", "12", "http://mirror.example/ bookworm-security", "bookworm-security", "bookworm-security", true)]
    [InlineData("debian", "12", "http://vendor.example/ stable-security", "stable-security", "trixie-security", false)]
    [InlineData("debian", "12", "http://archive.example/security stable-security", "stable-security", "trixie-security", true)]
    // A vendor of single programs may name its suite as Debian does, which brings no other release of Debian's to the host.
    [InlineData("debian", "12", "https://programs.example/debian trixie", "trixie", "trixie", false)]
    // A host of the next release does not say of which it is: its sources do.
    [InlineData("debian", "", "http://mirror.example/ testing-security", "testing-security", "forky-security", true)]
    [InlineData("debian", "", "http://mirror.example/ forky-security", "trixie-security", "trixie-security", false)]
    // An own suite is not Ubuntu's because of its ending.
    [InlineData("ubuntu", "22.04", "file:///srv/acme acme-apps", "acme-apps", "", true)]
    [InlineData("ubuntu", "22.04", "", "acme-apps", "", true)]
    // Ubuntu Pro is for hosts that are attached.
    [InlineData("ubuntu", "22.04", "", "jammy-realtime", "jammy", false)]
    [InlineData("ubuntu", "22.04", "", "jammy-apps-security", "jammy", false)]
    [InlineData("ubuntu", "22.04", "http://mirror.example/ jammy-apps-security", "jammy-apps-security", "jammy", true)]
    [InlineData("ubuntu", "22.04", "http://mirror.example/ jammy-infra-security", "jammy-apps-security", "jammy", false)]
    public void ASuiteIsForHostsOfItsRelease(string os, string release, string source, string suite, string codename, bool isFor)
    {
        var host = Inventories.Of([new InstalledPackage("curl", "amd64", "1-1")]) with
        {
            OsId = os,
            OsRelease = release,
            Sources = source.Length == 0 ? [] : [new PackageSource(source.Split(' ')[0], source.Split(' ')[1])],
        };
        var feed = new FeedIndex("security", suite, Security, true, PackageIndex.Of([List("curl amd64 2-1")])) { Codename = codename };
        Assert.Equal(isFor, feed.IsFor(host));
    }

    [Fact]
    public void AFeedOfAnotherReleaseProposesNothing()
    {
        var bookworm = new FeedIndex("bookworm", "bookworm", Main, false, PackageIndex.Of([List("curl amd64 1-1")])) { Codename = "bookworm" };
        var trixie = new FeedIndex("trixie", "stable-security", Security, true, PackageIndex.Of([List("curl amd64 2-1")])) { Codename = "trixie-security" };
        var host = Inventories.Of([new InstalledPackage("curl", "amd64", "1-1")]);
        Assert.Empty(Applicability.Of(host, [bookworm, trixie]).Patches);
        Assert.Single(Applicability.Of(host, [bookworm, trixie with { Codename = "bookworm-security" }]).Patches);
    }

    // All that a feed of another release lists counts for nothing, also for telling whose version is installed.
    [Fact]
    public void AFeedOfAnotherReleaseVouchesForNothing()
    {
        var trixie = new FeedIndex("trixie", "trixie", Main, false, PackageIndex.Of([List("curl amd64 1-1")])) { Codename = "trixie" };
        Assert.Equal(SetApartReason.ThirdParty, Assert.Single(Applicability.Of(Inventories.Of([new InstalledPackage("curl", "amd64", "1-1")]), [trixie]).SetApart).Reason);
    }

    [Fact]
    public void OfTwoFilesForOneVersionTheFirstStays()
    {
        var index = PackageIndex.Of([List("a all 1-1"), new AptPackageList([Package("a all 1-1") with { Sha256 = Digest.Of("other"u8) }], [], 0)]);
        Assert.Equal((1, 1), (index.Count, index.RefusedCount));
        Assert.Equal(Package("a all 1-1").Sha256, index.Find("a", "1-1", "all")!.Sha256);
    }

    private static HostPatches Of(string package, string? hold = null, ImmutableArray<PackageSource>? sources = null)
    {
        var words = package.Split(' ');
        return Applicability.Of(
            Inventories.Of([new InstalledPackage(words[0], words[1], words[2])]) with
            {
                Holds = hold is null ? [] : [hold],
                Sources = sources ?? OwnSources,
            },
            [
                new FeedIndex("debian", "bookworm", Main, false, PackageIndex.Of([List(
                    "nginx amd64 1.22.1-9", "nginx i386 1.22.1-9+deb12u3", "tzdata all 2025b-0", "tzdata all 2026a-0", "docs all 2.0-1", "linux-doc amd64 6.1.1-1", "moved amd64 1.0-1")])),
                new FeedIndex("security", "bookworm-security", Security, true, PackageIndex.Of([List(
                    "nginx amd64 1.22.1-9+deb12u3", "openssl amd64 3.0.22-1~deb12u2", "docs all 2.0-1+deb12u1", "linux-doc amd64 6.1.9-1", "linux-doc amd64 6.1.10-1", "linux-doc amd64 6.1.2-1", "moved all 1.0-2")])),
            ]);
    }

    private static HostPatches Phased(string suite, params string[] listed) => Applicability.Of(
        Inventories.Of([new InstalledPackage("curl", "amd64", "1-1")]) with { OsId = "ubuntu", OsRelease = "22.04" },
        [new FeedIndex("updates", suite, Main, true, PackageIndex.Of([List(listed)])), new FeedIndex("release", "jammy", Main, false, PackageIndex.Of([List("curl amd64 1-1")]))]);

    private static AptPackageList List(params string[] packages) => new([.. packages.Select(Package)], [], 0);

    private static AptPackage Package(string text)
    {
        var words = text.Split(' ');
        return new AptPackage
        {
            Name = words[0],
            Arch = words[1],
            Version = words[2],
            Source = words[0],
            SourceVersion = words[2],
            Filename = $"pool/{words[0]}_{words[2]}_{words[1]}.deb",
            SizeBytes = 1,
            Sha256 = Digest.Of(System.Text.Encoding.UTF8.GetBytes(text)),
            PhasedPercent = words.Length > 3 ? int.Parse(words[3], System.Globalization.CultureInfo.InvariantCulture) : null,
        };
    }
}
