using PatchFlow.Core.Documents;

namespace PatchFlow.Core.Tests.Documents;

public sealed class PercentEncodingTests
{
    [Theory]
    [InlineData("ssh.service", "ssh.service")]
    [InlineData(@"dev-disk-by\x2duuid", "dev-disk-by%5Cx2duuid")]
    [InlineData("100%", "100%25")]
    [InlineData("a b\n", "a%20b%0A")]
    [InlineData("ä", "%C3%A4")]
    [InlineData("a/b=c^d@e~f_g+h:i", "a/b=c^d@e~f_g+h:i")]
    public void ForeignNamesHaveOneSpelling(string name, string encoded)
    {
        Assert.Equal(encoded, PercentEncoding.Encode(name));
        Assert.Equal(name, PercentEncoding.Decode(encoded));
        Assert.True(PercentEncoding.IsCanonical(encoded));
    }

    [Theory]
    [InlineData("%41")]
    [InlineData("%5c")]
    [InlineData("%5")]
    [InlineData("%")]
    [InlineData("a b")]
    [InlineData("a*")]
    [InlineData("ä")]
    public void AnotherSpellingIsNotCanonical(string text) => Assert.False(PercentEncoding.IsCanonical(text));

    [Fact]
    public void BytesThatAreNoTextSurvive() => Assert.Equal("%FFx%00", PercentEncoding.Encode([0xff, (byte)'x', 0]));
}
