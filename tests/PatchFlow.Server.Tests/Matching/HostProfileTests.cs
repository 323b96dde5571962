using System.Text;
using PatchFlow.Core.Advisories;
using PatchFlow.Core.Hosts;
using PatchFlow.Core.Patches;
using PatchFlow.Server.Matching;
using PatchFlow.Server.Tests.Reconcile;

namespace PatchFlow.Server.Tests.Matching;

/// <summary>Which source package an installed one is of: what the host says comes first.</summary>
public sealed class HostProfileTests
{
    private static readonly Inventory Inventory = new SimulatedHost("web-1").Inventory() with
    {
        Packages = [new("bash", "amd64", "5-1"), new("libssl3", "amd64", "3.0.1-1+b2")],
    };

    [Fact]
    public void TheHostSaysWhatItsPackagesWereBuiltFrom()
    {
        var told = Inventory with { Origins = [new("libssl3", "amd64", "openssl", "3.0.1-1")] };
        Assert.Equal("bash bash 5-1, libssl3 openssl 3.0.1-1", Sources(told, "Package: libssl3\nSource: other\nVersion: 3.0.1-1+b2\n"));
    }

    [Theory]
    [InlineData("Package: libssl3\nSource: openssl (3.0.1-1)\nVersion: 3.0.1-1+b2\n", "3.0.1-1")]
    [InlineData("Package: libssl3\nSource: openssl\nVersion: 3.0.2-1\n", "3.0.1-1")]
    public void ForAnOlderHelperTheArchiveSaysIt(string listed, string version) =>
        Assert.Equal($"bash bash 5-1, libssl3 openssl {version}", Sources(Inventory, listed));

    [Fact]
    public void WhatNobodySaysIsOfItsOwnName() => Assert.Equal("bash bash 5-1, libssl3 libssl3 3.0.1-1+b2", Sources(Inventory, "Package: vim\nVersion: 1\n"));

    [Fact]
    public void TheSuitesOfAHostSayWhichPlatformsItFollows()
    {
        var ubuntu = Inventory with { OsId = "ubuntu", OsRelease = "22.04", Sources = [new("https://vendor.example/", "jammy-apps-security")] };
        Assert.Equal(["Ubuntu:Pro:22.04", "Ubuntu:22.04", "Ubuntu"], HostProfile.Of(ubuntu, () => []).Platforms);
        var debian = HostProfile.Of(Inventory, () => []);
        Assert.Equal(("Debian:12, Debian", VersionScheme.Deb), (string.Join(", ", debian.Platforms), debian.Scheme));
    }

    private static string Sources(Inventory inventory, string listed)
    {
        var stanza = $"{listed}Architecture: amd64\nFilename: pool/x.deb\nSize: 1\nSHA256: {new string('0', 64)}\n";
        FeedIndex feed = new("own", "own", "file:///", true, PackageIndex.Of([AptPackages.Parse(Encoding.UTF8.GetBytes(stanza))]));
        Assert.Equal(0, feed.Index.RefusedCount);
        return string.Join(", ", HostProfile.Of(inventory, () => [feed]).Packages.Select(p => $"{p.Name} {p.Source} {p.SourceVersion}"));
    }
}
