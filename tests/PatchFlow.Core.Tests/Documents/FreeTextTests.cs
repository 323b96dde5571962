using System.Text;
using PatchFlow.Core.Documents;

namespace PatchFlow.Core.Tests.Documents;

public sealed class FreeTextTests
{
    [Theory]
    [InlineData("dpkg: error\nsecond line\t!", "dpkg: error second line !")]
    [InlineData("  padded  ", "padded")]
    [InlineData("\u001b[31mred", "[31mred")]
    [InlineData("\n", "-")]
    [InlineData("", "-")]
    public void AnyMessageBecomesTextThatADocumentTakes(string message, string text)
    {
        Assert.Equal(text, FreeText.From(message));
        Assert.True(FreeText.IsValid(FreeText.From(message)));
    }

    // No attribute can hold half a surrogate pair.
    [Fact]
    public void HalfACharacterIsNoText()
    {
        Assert.Equal("?x", FreeText.From("\ud800x"));
        Assert.False(FreeText.IsValid("\ud800x"));
    }

    [Fact]
    public void ALongMessageIsCutBetweenCharactersToFitItsLine()
    {
        var text = FreeText.From(new string('x', 957) + "\U0001F600\U0001F600");
        Assert.Equal(957, Encoding.UTF8.GetByteCount(text));
    }
}
