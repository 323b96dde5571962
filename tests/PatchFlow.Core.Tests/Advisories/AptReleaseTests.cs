using System.Text;
using PatchFlow.Core.Advisories;
using PatchFlow.Core.Documents;

namespace PatchFlow.Core.Tests.Advisories;

public sealed class AptReleaseTests
{
    private static readonly string Sha = Digest.Of("index"u8).Hex;

    private static readonly string Whole = $"""
        Origin: Debian
        Label: Debian-Security
        Suite: oldstable-security
        Codename: bookworm-security
        Date: Sat, 21 Nov 2026 00:53:02 UTC
        Valid-Until: Sat, 28 Nov 2026 00:53:02 UTC
        Acquire-By-Hash: yes
        Architectures: all amd64
        Components: updates/main updates/contrib
        SHA256:
         {Sha}  2523192 main/binary-amd64/Packages
         {Sha}       12 main/binary-amd64/Packages.xz

        """;

    [Fact]
    public void AReleaseIsRead()
    {
        var release = Read(Whole);
        Assert.Equal(("Debian", "Debian-Security", "oldstable-security", "bookworm-security"), (release.Origin, release.Label, release.Suite, release.Codename));
        Assert.Equal(new DateTimeOffset(2026, 11, 21, 0, 53, 2, TimeSpan.Zero), release.Date);
        Assert.Equal(release.Date.AddDays(7), release.ValidUntil);
        Assert.Equal(["all", "amd64"], release.Architectures);
        Assert.Equal(["updates/main", "updates/contrib"], release.Components);
        Assert.True(release.AcquireByHash);
        Assert.False(release.NotAutomatic);
        Assert.Equal(new AptReleaseFile("main/binary-amd64/Packages", 2523192, Digest.Parse(Sha)), release.Files["main/binary-amd64/Packages"]);
        Assert.Equal(2, release.Files.Count);
    }

    [Fact]
    public void WithoutValidUntilThereIsNone() =>
        Assert.Null(Read(Whole.Replace("Valid-Until: Sat, 28 Nov 2026 00:53:02 UTC\n", "", StringComparison.Ordinal)).ValidUntil);

    [Theory]
    [InlineData("Date: Sat, 21 Nov 2026 00:53:02 UTC\n", "", "Date")]
    [InlineData("Date: Sat, 21 Nov 2026 00:53:02 UTC", "Date: Sat, 21 Nov 2026 00:53:02 CET", "Date")]
    [InlineData("Date: Sat, 21", "Date: Sun, 21", "Date")]
    [InlineData("Valid-Until: Sat, 28 Nov 2026 00:53:02 UTC", "Valid-Until: never", "Valid-Until")]
    [InlineData("SHA256:", "MD5Sum:", "SHA256")]
    [InlineData("  2523192 main", "  many main", "SHA256 line")]
    [InlineData("main/binary-amd64/Packages.xz", "../../Packages", "SHA256 line")]
    [InlineData("main/binary-amd64/Packages.xz", "main/binary-amd64/Packages", "listed twice")]
    [InlineData("Origin: Debian", "Origin: Debian\nOrigin: Other", "occurs twice")]
    [InlineData("Origin: Debian", "Origin: Debian\n\nLabel: x", "second one")]
    [InlineData("Origin: Debian", "<html>", "field is expected")]
    public void AMalformedReleaseIsRefusedAsAWhole(string old, string bad, string reason)
    {
        Assert.False(AptReleaseParser.TryParse(Encoding.UTF8.GetBytes(Whole.Replace(old, bad, StringComparison.Ordinal)), out _, out var problem));
        Assert.Contains(reason, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void AnEmptyReleaseIsRefused() => Assert.False(AptReleaseParser.TryParse("\n\n"u8, out _, out _));

    private static AptRelease Read(string text)
    {
        Assert.True(AptReleaseParser.TryParse(Encoding.UTF8.GetBytes(text), out var release, out var problem), problem);
        return release;
    }
}
