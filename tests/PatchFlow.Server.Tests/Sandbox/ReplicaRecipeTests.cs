using PatchFlow.Core.Hosts;
using PatchFlow.Server.Sandbox;
using static PatchFlow.Server.Tests.Sandbox.SandboxSamples;

namespace PatchFlow.Server.Tests.Sandbox;

public sealed class ReplicaRecipeTests
{
    private static readonly PresentPackage[] Base =
        [Present("bash", "5.2", essential: true), Present("libc6", "2.36-9"), Present("nano", "7.2"), Present("tzdata", "2026a", arch: "all")];

    [Fact]
    public void OnlyTheDifferenceToTheBaseIsFetched()
    {
        var recipe = Of(Host(Package("bash", "5.2"), Package("libc6", "2.36-8"), Package("nginx", "1.22"), Package("tzdata", "2026a", "all")));
        Assert.Equal(["libc6 2.36-8", "nginx 1.22"], recipe.Needed.Select(p => $"{p.Name} {p.Version}"));
        Assert.Empty(recipe.Missing);
    }

    [Fact]
    public void WhatTheHostLacksIsRemovedFromTheBaseUnlessASystemMustHaveIt()
    {
        var recipe = Of(Host(Package("libc6", "2.36-9")));
        Assert.Equal(["nano", "tzdata"], recipe.Removed.Select(p => p.Name));
    }

    [Fact]
    public void WhatNoFeedListsIsMissingAndNotAskedFor()
    {
        var recipe = Of(Host(Package("libc6", "2.36-9"), Package("acme-agent", "9.9")), nearest: p => p.Name == "acme-agent" ? null : p);
        Assert.Equal(["acme-agent"], recipe.Missing.Select(p => p.Name));
        Assert.DoesNotContain(recipe.AptWords(), w => w.StartsWith("acme-agent", StringComparison.Ordinal));
    }

    [Fact]
    public void WhatCanNotBeHadStaysAsInTheBaseAndElseTakesTheNearestVersion()
    {
        var recipe = Of(Host(Package("libc6", "2.36-9+old"), Package("libacme", "1.1")), nearest: p => p with { Version = p.Name == "libacme" ? "1.0" : "2.36-10" });
        Assert.Equal(["libacme 1.0"], recipe.Wanted.Select(p => $"{p.Name} {p.Version}"));
        Assert.Equal(["libacme 1.1", "libc6 2.36-9+old"], recipe.Missing.Select(p => $"{p.Name} {p.Version}"));
    }

    [Fact]
    public void AptIsToldEveryVersionAndEveryRemoval() => Assert.Equal(
        ["libc6:amd64=2.36-9", "tzdata=2026a", "nano:amd64-"],
        Of(Host(Package("libc6", "2.36-9"), Package("tzdata", "2026a", "all"))).AptWords());

    [Fact]
    public void TheSamePackagesOnTheSameBaseAreTheSameReplicaWhateverElseDiffers()
    {
        var one = Host(Package("libc6", "2.36-9"), Package("nginx", "1.22"));
        var other = Host(Package("nginx", "1.22"), Package("libc6", "2.36-9")) with { Host = "web-2", Kernel = "6.1.0-1", Services = [new("nginx.service", "active")] };
        Assert.Equal(Of(one).Digest, Of(other).Digest);
    }

    [Fact]
    public void AnotherBaseVersionOrSetIsAnotherReplica()
    {
        var host = Host(Package("libc6", "2.36-9"));
        Assert.Distinct([
            Of(host).Digest,
            ReplicaRecipe.Of("sha256:other", Base, host, p => p).Digest,
            Of(Host(Package("libc6", "2.36-10"))).Digest,
            Of(Host(Package("libc6", "2.36-9"), Package("nginx", "1.22"))).Digest,
        ]);
    }

    [Fact]
    public void ForeignArchitecturesAreKnownToDpkgFirst() =>
        Assert.Equal(["i386"], Of(Host(Package("libc6", "2.36-9"), Package("libc6", "2.36-9", "i386"))).ForeignArchitectures);

    [Fact]
    public void PackagesThatAreNotInstalledAreNotThere()
    {
        var present = PresentPackage.Read("bash amd64 5.2 install ok installed yes\nold amd64 1 deinstall ok config-files no\nhalf amd64 1 install reinstreq half-installed no\n");
        Assert.Equal([new PresentPackage("bash", "amd64", "5.2", true)], present);
    }

    private static ReplicaRecipe Of(Inventory host, Func<InstalledPackage, InstalledPackage?>? nearest = null) =>
        ReplicaRecipe.Of("sha256:base", Base, host, nearest ?? (p => p));
}
