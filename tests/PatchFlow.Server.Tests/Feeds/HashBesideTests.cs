using System.Security.Cryptography;
using System.Text;
using PatchFlow.Core.Advisories;
using PatchFlow.Core.Documents;
using PatchFlow.Server.Feeds;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>A list is hashed over the bytes that were read, also where its reader is far ahead.</summary>
public sealed class HashBesideTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(400_000)]
    public async Task ItsDigestIsThatOfAllBytes(int stanzas)
    {
        var text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, stanzas).Select(i => $"Package: p{i}\nVersion: {i}\nArchitecture: all\nFilename: p{i}.deb\n\n")));
        using var hash = new HashBeside();
        AptPackages.Read(new MemoryStream(text), text.Length, hash.Append);
        hash.End();
        Assert.Equal((text.Length, Digest.FromBytes(SHA256.HashData(text))), (hash.Count, await hash.Sha256));
    }

    [Fact]
    public async Task OneThatWasNotEndedEndsWhenItIsDisposedOf()
    {
        var hash = new HashBeside();
        hash.Dispose();
        Assert.Equal(Digest.FromBytes(SHA256.HashData([])), await hash.Sha256);
    }
}
