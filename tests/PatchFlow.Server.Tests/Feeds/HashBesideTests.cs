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

    // A block is as large as the longest stanza: what is held by blocks of any size is no more than by small ones.
    [Theory]
    [InlineData(1 << 18)]
    [InlineData(1 << 22)]
    [InlineData(1 << 25)]
    public async Task ItIsBehindBySoManyBytesOrOneBlock(int size)
    {
        using var hash = new HashBeside();
        var (blocks, most) = (new List<SharedBlock>(), 0L);
        for (var i = 0; i < 80; i++)
        {
            var block = SharedBlock.Rent(size);
            hash.Append(new BlockPart(block, 0, size));
            block.Release();
            blocks.Add(block);
            most = Math.Max(most, blocks.Where(IsHeld).Sum(b => (long)b.Length));
        }

        hash.End();
        await hash.Sha256;
        Assert.InRange(most, 0, Math.Max(16 << 20, size));
        Assert.DoesNotContain(blocks, IsHeld);
    }

    private static bool IsHeld(SharedBlock block)
    {
        try
        {
            block.Hold();
        }
        catch (ObjectDisposedException)
        {
            return false;
        }

        block.Release();
        return true;
    }
}
