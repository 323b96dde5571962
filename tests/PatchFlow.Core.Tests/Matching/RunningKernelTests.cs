using PatchFlow.Core.Advisories;
using PatchFlow.Core.Matching;

namespace PatchFlow.Core.Tests.Matching;

/// <summary>Which of several kernels is matched: the running one by each way in which it names itself, and all where nobody knows which runs.</summary>
public sealed class RunningKernelTests
{
    // The package, the older version and the newer one, and what uname -r says while the older one runs.
    [Theory]
    [InlineData("kernel-core", "5.14.0-427.13.1.el9_4", "5.14.0-427.50.1.el9_4", "5.14.0-427.13.1.el9_4.x86_64")]
    [InlineData("kernel-rt-core", "5.14.0-427.13.1.el9_4", "5.14.0-427.50.1.el9_4", "5.14.0-427.13.1.el9_4.x86_64+rt")]
    [InlineData("kernel-rt", "4.18.0-553.rt7.342.el8_10", "4.18.0-553.8.1.rt7.349.el8_10", "4.18.0-553.rt7.342.el8_10.x86_64")]
    [InlineData("kernel-64k-core", "5.14.0-427.13.1.el9_4", "5.14.0-427.50.1.el9_4", "5.14.0-427.13.1.el9_4.x86_64+64k")]
    [InlineData("kernel-rt-debug-core", "5.14.0-427.13.1.el9_4", "5.14.0-427.50.1.el9_4", "5.14.0-427.13.1.el9_4.x86_64+rt-debug")]
    [InlineData("kernel-debug", "3.10.0-1160.el7", "3.10.0-1160.119.1.el7", "3.10.0-1160.el7.x86_64.debug")]
    [InlineData("kernel-uek-core", "5.15.0-200.131.27.el9uek", "5.15.0-210.163.7.el9uek", "5.15.0-200.131.27.el9uek.x86_64")]
    [InlineData("kernel", "6.6.51.1-1.azl3", "6.6.64.2-1.azl3", "6.6.51.1-1.azl3")]
    [InlineData("linux-esx", "6.1.10-11.ph5", "6.1.10-15.ph5", "6.1.10-11.ph5-esx")]
    [InlineData("linux", "6.1.10-11.ph5", "6.1.10-15.ph5", "6.1.10-11.ph5")]
    [InlineData("kernel-default", "5.14.21-150500.55.7.1", "5.14.21-150500.55.88.1", "5.14.21-150500.55.7-default")]
    [InlineData("kernel-default", "5.14.21-150500.55.7.1", "5.14.21-150500.55.70.1", "5.14.21-150500.55.7-default")]
    [InlineData("kernel-azure", "4.12.14-16.100.2", "4.12.14-16.124.1", "4.12.14-16.100-azure")]
    [InlineData("kernel-default-base", "5.14.21-150500.55.7.1.150500.6.2.5", "5.14.21-150500.55.88.1.150500.6.40.1", "5.14.21-150500.55.7-default")]
    [InlineData("kernel-desktop", "6.5.13-5.mga9", "6.6.22-1.mga9", "6.5.13-desktop-5.mga9")]
    public void TheRunningKernelIsRecognisedByEachWayInWhichItNamesItself(string name, string older, string newer, string uname)
    {
        Assert.Equal(PackageStanding.RunningOlder, Older(uname, Rpm(name, older), Rpm(name, newer)));
        // What runs is the newer one then, so that the older one is not what counts.
        Assert.Equal(PackageStanding.Older, Older(uname, Rpm(name, Before(older)), Rpm(name, older)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("6.9.1-custom")]
    [InlineData("5.14.0-427.13.1.el9_4.x86_64+rt")]
    [InlineData("5.14.0-427.13.1.el9_4.aarch64")]
    [InlineData("5.14.0-427.1")]
    public void WhereNoneIsKnownToRunAllAreMatched(string uname)
    {
        var host = Rocky(uname, Rpm("kernel-core", "5.14.0-427.13.1.el9_4"), Rpm("kernel-core", "5.14.0-427.50.1.el9_4"), Rpm("curl", "1-1"), Rpm("curl", "2-1"));
        Assert.Equal("kernel-core (PerhapsRunning) fix 0:5.14.0-427.40.1.el9_4 closes RLSA-1", Matched.Text(host, Kernels));
    }

    // Another kernel than the running one is not what counts, of whatever flavour; and headers of the running one do not show that it is still there.
    [Theory]
    [InlineData("kernel-rt-core", "kernel-core", PackageStanding.Older)]
    [InlineData("kernel-modules", "kernel-core", PackageStanding.Older)]
    [InlineData("kernel-core", "kernel-devel", PackageStanding.PerhapsRunning)]
    [InlineData("kernel-core", "kernel-headers", PackageStanding.PerhapsRunning)]
    [InlineData("kernel-core", "bpftool", PackageStanding.PerhapsRunning)]
    public void OneThatIsKnownToRunSpeaksForAll(string name, string running, PackageStanding expected) =>
        Assert.Equal(expected, Older("5.14.0-427.20.1.el9_4.x86_64", Rpm(name, "5.14.0-427.13.1.el9_4"), Rpm(name, "5.14.0-427.50.1.el9_4"), Rpm(running, "5.14.0-427.20.1.el9_4")));

    [Fact]
    public void WhatIsNoKernelIsNeverPerhapsRunning() =>
        Assert.Equal(PackageStanding.Older, Older("", Rpm("gpg-pubkey", "1-1"), Rpm("gpg-pubkey", "2-1")));

    [Fact]
    public void TheRowSaysThatNobodyKnowsWhichRuns()
    {
        var host = Rocky("", Rpm("kernel-core", "5.14.0-427.13.1.el9_4"), Rpm("kernel-core", "5.14.0-427.50.1.el9_4"));
        var facts = new ExposureFacts("h", Core.Patches.Exposure.None, id => new Core.Patches.Threat(id), Core.Patches.DeadlinePolicy.None, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch);
        Assert.Equal("a newer one is installed beside it, and which of them runs is not known", Assert.Single(ExposureRows.Of(Matched.Match(host, Kernels), [], facts)).Note);
    }

    private static Advisory Kernels => Matched.Advisory("RLSA-1", new AffectedPackage
    {
        Platform = "Rocky Linux:9",
        Name = "kernel",
        IsSource = true,
        Scheme = VersionScheme.Rpm,
        Ranges = [VersionRange.Before("0:5.14.0-427.40.1.el9_4")],
    });

    // How the package with the lowest version stands.
    private static PackageStanding Older(string uname, params HostPackage[] packages)
    {
        var set = new PackageSets(new NameTable()).Of(Rocky(uname, packages));
        return set.StandingOf(Enumerable.Range(0, set.Packages.Length).First(i => set.Packages[i].Package == packages[0]));
    }

    private static string Before(string version) => "1" + version[version.IndexOf('.', StringComparison.Ordinal)..];

    private static HostPackages Rocky(string uname, params HostPackage[] packages) => Matched.Host("Rocky Linux:9", packages) with { Kernel = uname };

    private static HostPackage Rpm(string name, string version) => HostPackage.OfRpm(name, version, "x86_64", $"{name.Split('-')[0]}-{version}.src.rpm");
}
