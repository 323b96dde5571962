using PatchFlow.Core.Documents;

namespace PatchFlow.Core.Tests;

public sealed class DigestTests
{
    [Fact]
    public void ADigestReadsOnlyLowercaseHex()
    {
        var digest = Digest.Of("abc"u8);
        Assert.Equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", digest.Hex);
        Assert.True(Digest.TryParse(digest.Hex, out var again));
        Assert.Equal(digest, again);
        Assert.False(Digest.TryParse(digest.Hex.ToUpperInvariant(), out _));
        Assert.False(Digest.TryParse(digest.Hex[..63], out _));
    }
}
