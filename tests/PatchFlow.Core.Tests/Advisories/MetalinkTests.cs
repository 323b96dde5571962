using System.Security.Cryptography;
using System.Text;
using PatchFlow.Core.Advisories;

namespace PatchFlow.Core.Tests.Advisories;

public sealed class MetalinkTests
{
    private static readonly byte[] Newest = "newest"u8.ToArray(), Earlier = "earlier"u8.ToArray();

    private static readonly string Whole = $"""
        <?xml version="1.0" encoding="utf-8"?>
        <metalink version="3.0" xmlns="http://www.metalinker.org/" type="dynamic" xmlns:mm0="http://fedorahosted.org/mirrormanager">
         <files>
          <file name="other.xml"><size>1</size></file>
          <file name="repomd.xml">
           <mm0:timestamp>1769300455</mm0:timestamp>
           <size>{Newest.Length}</size>
           <verification><hash type="md5">{new string('a', 32)}</hash><hash type="sha256">{Convert.ToHexStringLower(SHA256.HashData(Newest))}</hash><hash type="sha512">{Convert.ToHexStringLower(SHA512.HashData(Newest))}</hash></verification>
           <mm0:alternates>
            <mm0:alternate><mm0:timestamp>1769200000</mm0:timestamp><size>{Earlier.Length}</size><verification><hash type="sha256">{Convert.ToHexStringLower(SHA256.HashData(Earlier))}</hash></verification></mm0:alternate>
            <mm0:alternate><mm0:timestamp>1769100000</mm0:timestamp><size>3</size><verification><hash type="md5">{new string('b', 32)}</hash></verification></mm0:alternate>
           </mm0:alternates>
           <resources maxconnections="1">
            <url protocol="http" type="http" location="FR" preference="90">http://two.example.org/repodata/repomd.xml</url>
            <url protocol="rsync" type="rsync" location="DE" preference="100">rsync://one.example.org/repodata/repomd.xml</url>
            <url protocol="https" type="https" location="DE" preference="100">https://one.example.org/repodata/repomd.xml</url>
            <url protocol="https" type="https" location="FR" preference="90">https://three.example.org/repodata/repomd.xml</url>
            <url protocol="https">https://four.example.org/repodata/repomd.xml</url>
           </resources>
          </file>
         </files>
        </metalink>
        """;

    [Fact]
    public void EditionsAndMirrorsAreReadThePreferredFirst()
    {
        var (found, refusals) = Read(Whole);
        Assert.Empty(refusals);
        Assert.Equal((DateTimeOffset.FromUnixTimeSeconds(1769300455), 6L), (found!.Newest.Made!.Value, found.Newest.SizeBytes!.Value));
        Assert.Equal([SumKind.Sha512, SumKind.Sha256, SumKind.Md5], found.Newest.Sums.Select(s => s.Kind));
        Assert.Equal([1769200000L, 1769100000L], found.Alternates.Select(a => a.Made!.Value.ToUnixTimeSeconds()));
        Assert.Equal(["one", "two", "three", "four"], found.Mirrors.Select(m => new Uri(m.Url).Host.Split('.')[0]));
        Assert.Equal([100, 90, 90, 0], found.Mirrors.Select(m => m.Preference));
        Assert.Equal(["DE", "FR", "FR", null], found.Mirrors.Select(m => m.Country));
    }

    [Fact]
    public void AMirrorsIndexIsTheNewestAnEarlierOneOrNone()
    {
        var found = Read(Whole).Found!;
        Assert.Same(found.Newest, found.EditionOf(Newest));
        Assert.Same(found.Alternates[0], found.EditionOf(Earlier));
        Assert.Null(found.EditionOf("other!"u8));
    }

    [Fact]
    public void AChecksumOfAnotherSizeVouchesForNothing() => Assert.Null(Read(Whole.Replace("<size>6</size>", "<size>7</size>", StringComparison.Ordinal)).Found!.EditionOf(Newest));

    [Fact]
    public void AnEditionWithWeakChecksumsOnlyIsNone() => Assert.Null(Read(Whole).Found!.Alternates[1].Strongest);

    [Theory]
    [InlineData("<metalink version=\"4.0\"/>", "version 4.0")]
    [InlineData("<metalink/>", "no file 'repomd.xml'")]
    [InlineData("<metalink><files><file name=\"repomd.xml\"><verification><hash type=\"md5\">aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa</hash></verification></file></files></metalink>", "may vouch")]
    [InlineData("<metalink><files><file name=\"repomd.xml\"/><file name=\"repomd.xml\"/></files></metalink>", "two files")]
    [InlineData("<metalink><files>", "not XML")]
    [InlineData("<html/>", "<metalink> is expected")]
    public void AListThatVouchesForNothingIsRefused(string text, string reason)
    {
        var (found, refusals) = Read(text);
        Assert.Null(found);
        Assert.Contains(reason, Assert.Single(refusals).Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://three.example.org/repodata/repomd.xml", "three/repomd.xml", "no address")]
    [InlineData("https://three.example.org/repodata/repomd.xml", "https://user:word@three.example.org/repomd.xml", "no address")]
    [InlineData("<size>7</size>", "<size>many</size>", "size 'many'")]
    [InlineData("type=\"md5\">b", "type=\"crc\">b", "no kind of checksum")]
    public void APartThatIsWrongIsRefusedAlone(string old, string other, string reason)
    {
        var (found, refusals) = Read(Whole.Replace(old, other, StringComparison.Ordinal));
        Assert.NotNull(found);
        Assert.Contains(reason, Assert.Single(refusals).Reason, StringComparison.Ordinal);
        Assert.StartsWith("line ", refusals[0].Position, StringComparison.Ordinal);
    }

    private static (Metalink? Found, List<Refusal> Refusals) Read(string text)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(text));
        var refusals = new List<Refusal>();
        return (Metalink.Read(stream, "metalink", refusals.Add), refusals);
    }
}
