using System.Text;
using PatchFlow.Core.Advisories;
using PatchFlow.Core.Documents;

namespace PatchFlow.Core.Tests.Advisories;

public sealed class AptPackagesTests
{
    private static readonly string Sha = Digest.Of("file"u8).Hex;

    private static readonly string Whole = $"""
        Package: telnet
        Source: inetutils (2:2.4-2+deb12u3)
        Version: 0.17+2.4-2+deb12u3
        Architecture: all
        Pre-Depends: dpkg (>= 1.17)
        Depends: inetutils-telnet,
         libc6 (>= 2.34)
        Provides: telnet-client
        Description: client
         folded: not a field
        Filename: pool/updates/main/i/inetutils/telnet_0.17+2.4-2+deb12u3_all.deb
        Size: 4096
        SHA256: {Sha}

        """;

    [Fact]
    public void AStanzaIsReadWithItsFoldedFields()
    {
        var package = Assert.Single(Parse(Whole).Packages);
        Assert.Equal(
            new AptPackage
            {
                Name = "telnet",
                Version = "0.17+2.4-2+deb12u3",
                Arch = "all",
                Source = "inetutils",
                SourceVersion = "2:2.4-2+deb12u3",
                Filename = "pool/updates/main/i/inetutils/telnet_0.17+2.4-2+deb12u3_all.deb",
                SizeBytes = 4096,
                Sha256 = Digest.Parse(Sha),
                PreDepends = "dpkg (>= 1.17)",
                Depends = "inetutils-telnet,\n libc6 (>= 2.34)",
                Provides = "telnet-client",
            },
            package);
    }

    [Theory]
    [InlineData("Phased-Update-Percentage: 30\n", 30)]
    [InlineData("Phased-Update-Percentage: 0\n", 0)]
    [InlineData("Phased-Update-Percentage: 100\n", null)]
    [InlineData("", null)]
    public void AStanzaSaysToHowManyMachinesItIsReleased(string field, int? percent) =>
        Assert.Equal(percent, Assert.Single(Parse(Whole.Replace("Size: 4096\n", $"Size: 4096\n{field}", StringComparison.Ordinal)).Packages).PhasedPercent);

    [Fact]
    public void WithoutASourceFieldThePackageIsItsOwnSource()
    {
        var package = Assert.Single(Parse(Whole.Replace("Source: inetutils (2:2.4-2+deb12u3)\n", "", StringComparison.Ordinal)).Packages);
        Assert.Equal(("telnet", "0.17+2.4-2+deb12u3"), (package.Source, package.SourceVersion));
    }

    [Theory]
    [InlineData("Package: telnet", "Package: ../x", 1, "package name")]
    [InlineData("Package: telnet", "Package: Telnet", 1, "package name")]
    [InlineData("Package: telnet", "Package telnet", 1, "field is expected")]
    [InlineData("Package: telnet\n", "", 1, "Package is missing")]
    [InlineData("Size: 4096", "Size: -1", 1, "Size")]
    [InlineData("Size: 4096", "Size: 0", 1, "Size")]
    [InlineData("Size: 4096", "Size: 99999999999999", 1, "Size")]
    [InlineData("Size: 4096", "Size: 1\nSize: 4096", 13, "occurs twice")]
    [InlineData("Version: 0.17+2.4", "Version: v0.17+2.4", 1, "digit")]
    [InlineData("Architecture: all", "Architecture: a/b", 1, "architecture")]
    [InlineData("Source: inetutils (2:2.4-2+deb12u3)", "Source: inetutils 2:2.4", 1, "Source")]
    [InlineData("Filename: pool/", "Filename: /pool/", 1, "Filename")]
    [InlineData("Filename: pool/", "Filename: pool/../../", 1, "Filename")]
    [InlineData("Filename: pool/", "Filename: pool//", 1, "Filename")]
    [InlineData("Filename: pool/", "Filename: pool/./", 1, "Filename")]
    [InlineData("Filename: pool/", "Filename: http://evil/pool/", 1, "Filename")]
    [InlineData("Filename: pool/", "Filename: \\\\evil\\", 1, "Filename")]
    [InlineData("Filename: pool/", "Filename: po ol/", 1, "Filename")]
    [InlineData("SHA256: ", "SHA256: A", 1, "SHA256")]
    [InlineData("Size: 4096", "Phased-Update-Percentage: 101\nSize: 4096", 1, "Phased-Update-Percentage '101'")]
    [InlineData("Size: 4096", "Phased-Update-Percentage: -1\nSize: 4096", 1, "Phased-Update-Percentage '-1'")]
    [InlineData("Size: 4096", "Phased-Update-Percentage: 30 %\nSize: 4096", 1, "Phased-Update-Percentage '30 %'")]
    [InlineData("Size: 4096", "Phased-Update-Percentage:\nSize: 4096", 12, "Phased-Update-Percentage is empty")]
    [InlineData("Size: 4096", "Phased-Update-Percentage: 100\nPhased-Update-Percentage: 1\nSize: 4096", 13, "occurs twice")]
    public void AMalformedStanzaIsRefusedWithPositionAndReasonAndTheRestGoesIn(string old, string bad, int line, string reason)
    {
        var good = Whole.Replace("Package: telnet", "Package: good", StringComparison.Ordinal);
        var list = Parse(Whole.Replace(old, bad, StringComparison.Ordinal) + "\n" + good);
        Assert.Equal("good", Assert.Single(list.Packages).Name);
        var refused = Assert.Single(list.Refused);
        Assert.Equal((1, line, 1), (refused.Stanza, refused.Line, list.RefusedCount));
        Assert.Contains(reason, refused.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void ThePositionCountsStanzasAndLinesOfTheWholeIndex()
    {
        var refused = Assert.Single(Parse($"{Whole}\n\n\n{Whole.Replace("Size: 4096", "Size 4096", StringComparison.Ordinal)}").Refused);
        Assert.Equal((2, 28), (refused.Stanza, refused.Line));
    }

    [Fact]
    public void AFoldedLineBeforeAnyFieldIsRefused() =>
        Assert.Contains("field is expected", Assert.Single(Parse(" folded\n" + Whole).Refused).Reason, StringComparison.Ordinal);

    [Fact]
    public void ControlCharactersOfAFeedDoNotReachTheReason() =>
        Assert.DoesNotContain('\u001b', Assert.Single(Parse(Whole.Replace("Package: t", "Package: \u001b[31m", StringComparison.Ordinal)).Refused).Reason);

    [Fact]
    public void ALeadingDotSlashIsDropped() =>
        Assert.StartsWith("pool/", Assert.Single(Parse(Whole.Replace("Filename: ", "Filename: ./", StringComparison.Ordinal)).Packages).Filename, StringComparison.Ordinal);

    [Fact]
    public void AListAsLongAsAnArchivesIsReadToItsEnd()
    {
        var padding = new string('x', 400);
        var text = new StringBuilder();
        for (var i = 0; i < 63_000; i++)
        {
            text.Append("Package: p").Append(i).Append("\nDescription: ").Append(padding).Append('\n').Append(Whole, Whole.IndexOf('\n', StringComparison.Ordinal) + 1, Whole.Length - 16).Append('\n');
        }

        var bytes = Encoding.UTF8.GetBytes(text.Replace("Description: client\n folded: not a field\n", "").ToString());
        Assert.Equal(63_000, AptPackages.Parse(bytes).Packages.Count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(4096)]
    public void AListThatComesInPiecesIsReadAsOneThatIsThereAtOnce(int piece)
    {
        // Longer than what is read at a time, refused stanzas with their numbers and lines among it, and a blank line that is not empty.
        var text = string.Concat(Enumerable.Range(0, 900).Select(i => (i % 100) switch
        {
            0 => $"Package: p{i}\nVersion: 1\n broken\nbroken\n\n",
            1 => Whole.Replace("Package: t", $"Package: q{i}", StringComparison.Ordinal) + "\n \t\n\n\n",
            _ => Whole.Replace("Package: t", $"Package: p{i}", StringComparison.Ordinal) + $"Description: {new string('x', 500)}\n\n",
        }));
        var (bytes, seen) = (Encoding.UTF8.GetBytes(text), new MemoryStream());
        var whole = AptPackages.Parse(bytes);
        var read = AptPackages.Read(new Pieces(bytes, piece), bytes.Length, part => seen.Write(part.Span));
        Assert.Equal(whole.Packages, read.Packages);
        Assert.Equal(whole.Refused, read.Refused);
        Assert.Equal(whole.RefusedCount, read.RefusedCount);
        Assert.NotEmpty(read.Refused);
        Assert.Equal(bytes, seen.ToArray());
    }

    [Fact]
    public void AStanzaThatIsLongerThanWhatIsReadAtATimeIsRead()
    {
        var bytes = Encoding.UTF8.GetBytes($"{Whole}Description: {new string('x', 3 << 20)}\n\n{Whole.Replace("Package: t", "Package: second-t", StringComparison.Ordinal)}");
        Assert.Equal(2, AptPackages.Read(new MemoryStream(bytes), 0, _ => { }).Packages.Count);
    }

    // Half a minute where each piece has all of it looked through again.
    [Fact]
    public void AStanzaThatComesInManyPiecesIsLookedThroughOnce()
    {
        var bytes = Encoding.UTF8.GetBytes($"{Whole}Description: {new string('x', 32 << 20)}\n\n{Whole.Replace("Package: t", "Package: second-t", StringComparison.Ordinal)}");
        var watch = System.Diagnostics.Stopwatch.StartNew();
        var read = AptPackages.Read(new Pieces(bytes, 1 << 10), 0, _ => { });
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(10));
        Assert.Equal(2, read.Packages.Count + read.RefusedCount);
    }

    // However the list is read, it is not held: 64 MiB of one stanza took as many again, and up to a gigabyte of one that is as long as a list may be.
    [Fact]
    public void AStanzaThatIsLongerThanAnyIsNotHeld()
    {
        var bytes = Encoding.UTF8.GetBytes($"{Whole}Description: {new string('x', 65 << 20)}\n\n");
        var known = AptPackages.ReadKnown(new MemoryStream(Encoding.UTF8.GetBytes(Whole)), 0, new byte[16], _ => { });
        foreach (var read in new Action<Stream>[] { s => AptPackages.Read(s, 0, _ => { }), s => AptPackages.ReadKnown(s, 0, new byte[16], _ => { }), s => known.Compare(s, long.MaxValue, _ => { }, (_, _) => 0) })
        {
            using var stream = new MemoryStream(bytes);
            Assert.Contains("a stanza is longer than 33554432 bytes", Assert.Throws<InvalidDataException>(() => read(stream)).Message, StringComparison.Ordinal);
            Assert.InRange(stream.Position, 32 << 20, 65 << 20);
        }
    }

    private sealed class Pieces(byte[] bytes, int most) : MemoryStream(bytes)
    {
        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, most));
    }

    private static AptPackageList Parse(string text) => AptPackages.Parse(Encoding.UTF8.GetBytes(text));
}
