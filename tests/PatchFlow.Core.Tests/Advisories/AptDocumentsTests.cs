using System.Text;
using PatchFlow.Core.Advisories;

namespace PatchFlow.Core.Tests.Advisories;

/// <summary>What an archive of apt publishes is read as other documents are.</summary>
public sealed class AptDocumentsTests
{
    [Theory]
    [InlineData("apt/debian/dists/bookworm-updates/main/binary-amd64/Packages", 38)]
    [InlineData("apt/debian-security/dists/bookworm-security/main/binary-amd64/Packages", 3016)]
    public void EachPackageOfAnIndexIsGiven(string file, int count)
    {
        using var document = Corpus.Open(file);
        var (found, refused) = Read(DocumentKind.AptPackages, document);
        Assert.Equal((count, 0), (found.Count, refused.Count));
        using var again = Corpus.Open(file);
        var bytes = new MemoryStream();
        again.CopyTo(bytes);
        Assert.Equal(AptPackages.Parse(bytes.ToArray()).Packages, found.Cast<AptPackage>());
    }

    // What is printed of it is compared: it must not depend on the run.
    [Fact]
    public void FilesOfAReleaseAreGivenInTheOrderOfTheirNames()
    {
        using var document = Corpus.Open("apt/debian/dists/bookworm-updates/InRelease");
        var files = Assert.IsType<AptRelease>(Assert.Single(Read(DocumentKind.AptRelease, document).Found)).Files;
        Assert.Equal(480, files.Count);
        Assert.Equal(files.Keys.Order(StringComparer.Ordinal), files.Keys);
    }

    [Fact]
    public void EveryRefusedStanzaIsGivenWithItsLineHoweverManyThereAre()
    {
        var (found, refused) = Read(DocumentKind.AptPackages, Of(string.Concat(Enumerable.Range(0, 30_000).Select(i => i % 10 == 0 ? Package(i) : "Package: broken\nVersion: 1\n\n"))));
        Assert.Equal((3000, 27_000), (found.Count, refused.Count));
        Assert.StartsWith("line ", refused[^1].Position, StringComparison.Ordinal);
        Assert.Equal(27_000, refused.Select(r => r.Position).Distinct().Count());
    }

    [Fact]
    public void MorePackagesThanMayBeAreSaidToBeTooMany()
    {
        var (found, refused) = Read(Of(string.Concat(Enumerable.Range(0, 11).Select(Package))), new AdvisoryLimits(10, 1 << 20, 10));
        Assert.Equal((10, 1), (found.Count, refused.Count));
        Assert.Contains("more than 10 records", refused[0].Reason, StringComparison.Ordinal);
        Assert.True(refused[0].IsOfTheRest);
    }

    [Fact]
    public void AStanzaThatIsLongerThanMayBeEndsTheReading()
    {
        var (found, refused) = Read(Of(Package(1) + "Description: " + new string('x', 3 << 20)), new AdvisoryLimits(10, 1 << 20, 10));
        Assert.Single(found);
        Assert.Contains($"a stanza is longer than {1 << 20} bytes", Assert.Single(refused).Reason, StringComparison.Ordinal);
        Assert.True(refused[0].IsOfTheRest);
    }

    [Fact]
    public void AReleaseIsReadSignedOrNot()
    {
        foreach (var file in new[] { "InRelease", "Release" })
        {
            using var document = Corpus.Open($"apt/debian/dists/bookworm-proposed-updates/{file}");
            var release = Assert.IsType<AptRelease>(Assert.Single(Read(DocumentKind.AptRelease, document).Found));
            Assert.Equal(("Debian", "oldstable-proposed-updates", 524), (release.Origin, release.Suite, release.Files.Count));
        }
    }

    [Theory]
    [InlineData("", "the release is empty")]
    [InlineData("Suite: x\n", "there is no SHA256 section")]
    [InlineData("-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nSuite: x\n", "it was cut, or something was added to it")]
    public void WhatIsNoReleaseIsRefusedWithTheReason(string text, string reason)
    {
        var (found, refused) = Read(DocumentKind.AptRelease, Of(text));
        Assert.Empty(found);
        Assert.Contains(reason, Assert.Single(refused).Reason, StringComparison.Ordinal);
    }

    private static (List<object> Found, List<Refusal> Refused) Read(DocumentKind kind, Stream document)
    {
        var (found, refused) = (new List<object>(), new List<Refusal>());
        DocumentReader.Read(kind, document, "document", found.Add, refused.Add);
        return (found, refused);
    }

    private static (List<object> Found, List<Refusal> Refused) Read(Stream document, AdvisoryLimits limits)
    {
        var (found, refused) = (new List<object>(), new List<Refusal>());
        AptDocuments.ReadPackages(document, new AdvisorySink("document", _ => { }, refused.Add, limits), found.Add);
        return (found, refused);
    }

    private static string Package(int number) =>
        $"Package: p{number}\nVersion: 1\nArchitecture: all\nFilename: p{number}.deb\nSize: 1\nSHA256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n\n";

    private static MemoryStream Of(string text) => new(Encoding.UTF8.GetBytes(text));
}
