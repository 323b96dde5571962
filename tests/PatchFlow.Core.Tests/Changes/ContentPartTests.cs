using PatchFlow.Core.Changes;
using PatchFlow.Core.Tests.Documents;

namespace PatchFlow.Core.Tests.Changes;

public sealed class ContentPartTests
{
    private const string OldExpat = "irreversible libexpat1 amd64 2.5.0-1+deb12u4\n";

    [Theory]
    [InlineData("platform debian 12", "platform debian 11", "is not of the platform debian 11 amd64")]
    [InlineData("platform debian 12 amd64", "platform debian 12 arm64", "is not of the platform debian 12 arm64")]
    [InlineData("profile kms-debian", "profile debian", "is not a profile")]
    [InlineData("profile kms-debian", "profile -debian", "is not of the platform")]
    [InlineData("profile kms-debian", "profile k.ms-debian", "is not of the platform")]
    [InlineData("index debian-security", "index debian-security 2026-11-21T00:53:02Z 566a38392323fe1fd963db42c9eafd648b07d6bbd92d5d5733407adeb3316957\nindex debian-security", "must be sorted bytewise, without repeats")]
    [InlineData("upgrade libexpat1", "upgrade Libexpat1", "is not a package name")]
    [InlineData("upgrade libexpat1", "upgrade -o", "is not a package name")]
    [InlineData("upgrade libexpat1 amd64 2.5.0-1+deb12u4 2.5.0-1+deb12u5", "upgrade libexpat1 amd64 2.5.0-1+deb12u5 2.5.0-1+deb12u5", "to the same version")]
    [InlineData("upgrade libexpat1 amd64 2.5.0-1+deb12u4", "upgrade libexpat1 amd64 2.5.0_1", "is not a version")]
    [InlineData("upgrade libssl3", "upgrade libexpat1", "a second line with 'upgrade libexpat1 amd64'")]
    [InlineData("upgrade libssl3", "remove nginx amd64\nupgrade libssl3", "should begin with 'reboot'")]
    [InlineData("install libfixdep1", "install libssl3", "'libssl3' is both upgraded and newly installed")]
    [InlineData("install libfixdep1 amd64 1.4-2\n", "", "libfixdep1 amd64 1.4-2 belongs to no upgrade and no install")]
    [InlineData("install libfixdep1 amd64 1.4-2", "install libfixdep1 amd64 1.4-3", "no 'file' line for libfixdep1 amd64 1.4-3")]
    [InlineData("file libexpat1 amd64 2.5.0-1+deb12u5", "file libexpat1 amd64 2.5.0-1+deb12u6", "no 'file' line for libexpat1 amd64 2.5.0-1+deb12u5")]
    [InlineData("file libssl3 amd64 3.0.20-1~deb12u2", "file libssl3 amd64 3.0.20-1~deb12u1", "needs either a 'file' or an 'irreversible' line")]
    [InlineData("20480 0023", "0 0023", "a size in bytes")]
    [InlineData(OldExpat, "", "needs either a 'file' or an 'irreversible' line")]
    [InlineData(OldExpat, OldExpat + "irreversible libssl3 amd64 3.0.20-1~deb12u2\n", "needs either a 'file' or an 'irreversible' line")]
    [InlineData(OldExpat, OldExpat + "irreversible nginx amd64 1\n", "nginx amd64 1 belongs to no upgrade and no install")]
    [InlineData("restart ssh.service", "restart --now", "a unit, percent-encoded")]
    [InlineData("reboot no", "reboot maybe", "'maybe' is not no|yes")]
    public void AContentPartThatBreaksARuleIsRefused(string old, string changed, string reason) =>
        Refusal.Of("content-kms.txt", old, changed, reason);

    [Fact]
    public void AFileStandsOnceForAVersion()
    {
        var part = ContentPart.Parse(Golden.Bytes("content-kms.txt"));
        var twice = part with { Files = [.. part.Files, part.Files[0] with { SizeBytes = 999_999 }] };
        var refusal = Assert.Throws<Core.Documents.DocumentException>(twice.ToBytes);
        Assert.Contains("a second line with 'file libexpat1 amd64 2.5.0-1+deb12u5'", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void APartThatChangesNothingOrTrustsNoIndexIsNotWritten()
    {
        var part = ContentPart.Parse(Golden.Bytes("content-kms.txt"));
        Assert.Throws<Core.Documents.DocumentException>((part with { Upgrades = [], Installs = [], Files = [], Irreversible = [] }).ToBytes);
        Assert.Throws<Core.Documents.DocumentException>((part with { Indices = [] }).ToBytes);
    }

    [Fact]
    public void SetsAreSortedByTheWriter()
    {
        var part = ContentPart.Parse(Golden.Bytes("content-web.txt"));
        var turned = part with
        {
            Upgrades = [.. part.Upgrades.Reverse()],
            Files = [.. part.Files.Reverse()],
            Restarts = [.. part.Restarts.Reverse()],
        };
        Assert.Equal(Golden.Bytes("content-web.txt"), turned.ToBytes());
    }
}
