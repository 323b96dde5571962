using PatchFlow.Core.Changes;
using PatchFlow.Server.Sandbox;

namespace PatchFlow.Server.Tests.Sandbox;

public sealed class AptSimulationTests
{
    [Theory]
    [InlineData(100, "E: Unable to correct problems, you have held broken packages.", true)]
    [InlineData(100, "E: Packages need to be removed but remove is disabled.", true)]
    [InlineData(100, "E: Write error - write (28: No space left on device)", false)]
    [InlineData(137, "The following packages have unmet dependencies:", false)]
    public void OnlyWhatAptSaysOfPackagesIsARefusal(int exit, string said, bool isRefusal) => Assert.Equal(isRefusal, AptSimulation.IsRefusal(exit, said));

    private const string Output = """
        NOTE: This is only a simulation!
        Reading package lists...
        The following packages will be upgraded:
          libssl3 nginx
        Inst perl-base [5.36.0-7+deb12u3] (5.36.0-7+deb12u4 Debian:12.15/stable, Debian-Security:12/stable-security [amd64])
        Conf perl-base (5.36.0-7+deb12u4 Debian-Security:12/stable-security [amd64])
        Inst libssl3 [3.0.20-1~deb12u2] (3.0.22-1~deb12u2 Debian-Security:12/stable-security [amd64]) [openssl:amd64 ]
        Inst libc6:i386 [2.36-9+deb12u14] (2.36-9+deb12u15 Debian-Security:12/stable-security [i386])
        Inst libfixdep1 (1:1.4-2 Debian:12.15/stable [all]) []
        Conf libssl3 (3.0.22-1~deb12u2 Debian-Security:12/stable-security [amd64])
        """;

    [Fact]
    public void UpgradesAndNewPackagesAreReadWithArchitectureAndVersion() => Assert.Equal(
        [
            new PackageVersion("perl-base", "amd64", "5.36.0-7+deb12u4"),
            new PackageVersion("libssl3", "amd64", "3.0.22-1~deb12u2"),
            new PackageVersion("libc6", "i386", "2.36-9+deb12u15"),
            new PackageVersion("libfixdep1", "all", "1:1.4-2"),
        ],
        AptSimulation.Parse(Output).Installs);

    [Fact]
    public void RemovalsAreNamed() =>
        Assert.Equal(["exim4", "libold"], AptSimulation.Parse("Remv exim4 [4.96]\nRemv libold:i386 [1.0] [x:amd64 ]\n").Removals);

    [Fact]
    public void ALineThatIsNotUnderstoodIsNeverLeftOut()
    {
        var answer = AptSimulation.Parse("Inst strange thing\n");
        Assert.Empty(answer.Installs);
        Assert.Equal(["Inst strange thing"], answer.Strange);
    }
}
