using PatchFlow.Core.Advisories;
using PatchFlow.Core.Hosts;
using PatchFlow.Core.Patches;

namespace PatchFlow.Core.Tests.Patches;

public sealed class ProfilesTests
{
    private static readonly InstalledPackage Nginx = new("nginx", "amd64", "1"), Common = new("nginx-common", "all", "1"),
        Libc = new("libc6", "amd64", "2"), Exim = new("exim4", "amd64", "3"), Unrelated = new("vim", "amd64", "9"), Loop = new("loop", "amd64", "1");

    // The hex is that of: printf 'package libc6 amd64 2\npackage nginx amd64 1\n' | sha256sum
    [Fact]
    public void TheNameEndsInTheHashOfTheSortedPackageLines()
    {
        Assert.Equal("web-debian-12-amd64-4926bd40", Profiles.NameOf("web", "debian", "12", "amd64", [Nginx, Libc]));
        Assert.Equal(Profiles.NameOf("web", "debian", "12", "amd64", [Libc, Nginx]), Profiles.NameOf("web", "debian", "12", "amd64", [Nginx, Libc]));
    }

    [Fact]
    public void TheClosureFollowsDependenciesProvidersAndLoopsButNothingElse() =>
        Assert.Equal([Exim, Libc, Loop, Nginx, Common], DependencyClosure.Of([Unrelated, Nginx, Common, Libc, Exim, Loop], [Nginx], Listed));

    [Fact]
    public void APackageThatNoIndexListsHasNoKnownDependencies() => Assert.Equal([Unrelated], DependencyClosure.Of([Unrelated, Nginx], [Unrelated], Listed));

    [Theory]
    [InlineData("libc6 (>= 2.34), default-mta | mail-transport-agent", "libc6 default-mta mail-transport-agent")]
    [InlineData("python3:any (>= 3.11),\n perl [amd64] <!nocheck>", "python3 perl")]
    [InlineData(null, "")]
    public void NamesAreReadFromRelations(string? relations, string names) => Assert.Equal(names, string.Join(' ', DependencyClosure.Names(relations)));

    private static AptPackage? Listed(InstalledPackage package) => package.Name switch
    {
        "nginx" => Entry(package) with { Depends = "nginx-common (= 1), absent | mail-transport-agent", PreDepends = "libc6" },
        "exim4" => Entry(package) with { Provides = "mail-transport-agent (= 1)", Depends = "loop" },
        "loop" => Entry(package) with { Depends = "nginx" },
        "vim" => null,
        _ => Entry(package),
    };

    private static AptPackage Entry(InstalledPackage package) => new()
    {
        Name = package.Name,
        Arch = package.Arch,
        Version = package.Version,
        Source = package.Name,
        SourceVersion = package.Version,
        Filename = "x",
        SizeBytes = 1,
        Sha256 = default,
    };
}
