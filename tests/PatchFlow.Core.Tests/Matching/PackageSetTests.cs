using PatchFlow.Core.Advisories;
using PatchFlow.Core.Matching;

namespace PatchFlow.Core.Tests.Matching;

/// <summary>Which hosts have one package set, and how packages stand in it.</summary>
public sealed class PackageSetTests
{
    private static readonly HostPackage Curl = Package("curl", "7.88");
    private static readonly HostPackages Host = Matched.Debian(Curl, Package("bash", "5.2"));

    public static TheoryData<string, HostPackages, bool> Others { get; } = new()
    {
        { "the same in another order, and twice", Host with { Packages = [Package("bash", "5.2"), Curl, Curl] }, true },
        { "a module stream", Host with { Modules = ["a:1"] }, false },
        { "a kernel that has no packages", Host with { Kernel = "6.1.0-18-amd64" }, true },
        { "a hold of what is not there", Host with { Holds = ["zsh"] }, true },
        { "a hold", Host with { Holds = ["curl"] }, false },
        { "another version", Host with { Packages = [Curl with { Version = "7.89" }, Package("bash", "5.2")] }, false },
        { "another architecture", Host with { Packages = [Curl with { Arch = "arm64" }, Package("bash", "5.2")] }, false },
        { "another source", Host with { Packages = [Curl with { Source = "curl2" }, Package("bash", "5.2")] }, false },
        { "another version of the source", Host with { Packages = [Curl with { SourceVersion = "7.87" }, Package("bash", "5.2")] }, false },
        { "a source of which the epoch is not known", Host with { Packages = [Curl with { HasSourceEpoch = false }, Package("bash", "5.2")] }, false },
        { "built for a module", Host with { Packages = [Curl with { Module = "a:1" }, Package("bash", "5.2")] }, false },
        { "another platform", Host with { Platforms = ["Debian:11"] }, false },
        { "a further platform", Host with { Platforms = ["Debian:12", "Debian:11"] }, false },
        { "another order of versions", Host with { Scheme = VersionScheme.Rpm }, false },
        { "a package less", Host with { Packages = [Curl] }, false },
    };

    [Theory]
    [MemberData(nameof(Others))]
    public void HostsThatAreEqualInAllThatDecidesHaveOneSet(string what, HostPackages other, bool equal)
    {
        var sets = new PackageSets(new NameTable());
        var (one, two) = (sets.Of(Host), sets.Of(other));
        Assert.True(equal == ReferenceEquals(one, two), what);
        Assert.Equal((equal ? 1 : 2, equal), (sets.SetCount, one.Digest == two.Digest));
    }

    [Fact]
    public void StreamsAreASet()
    {
        var sets = new PackageSets(new NameTable());
        Assert.Same(sets.Of(Host with { Modules = ["a:1", "b:1"] }), sets.Of(Host with { Modules = ["b:1", "a:1", "a:1"] }));
    }

    [Fact]
    public void PackagesThatSetsHaveInCommonAreThereOnce()
    {
        var sets = new PackageSets(new NameTable());
        Assert.Same(sets.Of(Host).Packages[1], sets.Of(Matched.Debian(Curl)).Packages[0]);
        Assert.Equal(2, sets.PackageCount);
    }

    [Theory]
    [InlineData("curl", true)]
    [InlineData("curl:amd64", true)]
    [InlineData("curl:arm64", false)]
    [InlineData("cur", false)]
    public void AHoldIsSaidAndTheFixStaysKnown(string hold, bool held) =>
        Assert.Equal($"curl{(held ? " (held)" : "")} fix 8 closes DSA-1", Matched.Text(Matched.Debian(Curl) with { Holds = [hold] }, Matched.Advisory("DSA-1", Matched.Fixed("curl", "8"))));

    // Several kernels are installed beside each other; the newest is what the next boot takes, and the running one is open until then.
    [Theory]
    [InlineData("6.1.0-18-amd64", "linux-image-6.1.0-18-amd64 (RunningOlder) fix 6.1.80-1 closes DSA-1")]
    [InlineData("6.1.0-26-amd64", "")]
    [InlineData("", "linux-image-6.1.0-18-amd64 (PerhapsRunning) fix 6.1.80-1 closes DSA-1 | linux-image-6.1.0-9-amd64 (PerhapsRunning) fix 6.1.80-1 closes DSA-1")]
    public void OfSeveralKernelsTheNewestCountsAndTheRunningOne(string running, string expected)
    {
        var host = Matched.Debian(Kernel("6.1.0-9-amd64", "6.1.27-1"), Kernel("6.1.0-18-amd64", "6.1.76-1"), Kernel("6.1.0-26-amd64", "6.1.112-1")) with { Kernel = running };
        Assert.Equal(expected, Matched.Text(host, Matched.Advisory("DSA-1", Matched.Fixed("linux", "6.1.80-1"))));
    }

    [Fact]
    public void TheNewestKernelIsMatchedLikeAnyPackage() =>
        Assert.Equal(
            "linux-image-6.1.0-18-amd64 (RunningOlder) fix 6.1.120-1 closes DSA-1 | linux-image-6.1.0-26-amd64 fix 6.1.120-1 closes DSA-1",
            Matched.Text(Matched.Debian(Kernel("6.1.0-18-amd64", "6.1.76-1"), Kernel("6.1.0-26-amd64", "6.1.112-1")) with { Kernel = "6.1.0-18-amd64" }, Matched.Advisory("DSA-1", Matched.Fixed("linux", "6.1.120-1"))));

    [Theory]
    [InlineData("5.14.0-362.8.1.el9_3.x86_64", "kernel (RunningOlder) fix 5.14.0-400.el9 closes RLSA-1")]
    [InlineData("5.14.0-427.13.1.el9_4.x86_64", "")]
    public void KernelsOfRpmHaveOneName(string running, string expected)
    {
        var host = Matched.Host("Rocky Linux:9", Rpm("5.14.0-362.8.1.el9_3"), Rpm("5.14.0-427.13.1.el9_4")) with { Kernel = running };
        var affected = new AffectedPackage { Platform = "Rocky Linux:9", Name = "kernel", Scheme = VersionScheme.Rpm, Ranges = [VersionRange.Before("5.14.0-400.el9")] };
        Assert.Equal(expected, Matched.Text(host, Matched.Advisory("RLSA-1", affected)));
    }

    [Fact]
    public void WhatIsInstalledForTwoArchitecturesCountsTwice() =>
        Assert.Equal("curl fix 8 closes DSA-1 | curl fix 8 closes DSA-1", Matched.Text(Matched.Debian(Curl, Curl with { Arch = "i386", Version = "7.99", SourceVersion = "7.99" }), Matched.Advisory("DSA-1", Matched.Fixed("curl", "8"))));

    [Fact]
    public void AVersionThatCantBeReadIsNotHiddenBehindANewerOne() =>
        Assert.StartsWith("curl Undetermined DSA-1", Matched.Text(Matched.Debian(Curl with { Version = "1_0", SourceVersion = "1_0" }, Package("curl", "9")), Matched.Advisory("DSA-1", Matched.Fixed("curl", "8"))), StringComparison.Ordinal);

    private static HostPackage Package(string name, string version) => new(name, version, "amd64", name, version);

    private static HostPackage Kernel(string release, string version) => HostPackage.OfDeb($"linux-image-{release}", version, "amd64", "linux-signed-amd64", version.Replace('-', '+'));

    private static HostPackage Rpm(string version) => HostPackage.OfRpm("kernel", version, "x86_64", $"kernel-{version}.src.rpm");
}
