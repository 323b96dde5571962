using PatchFlow.Core.Documents;

namespace PatchFlow.Core.Tests.Documents;

/// <summary>What must hold for any bytes: they are refused, or what is read of them is written again as the same bytes.</summary>
internal static class Rewriting
{
    internal static void RefusedOrSame(string kind, byte[] bytes)
    {
        byte[] again;
        try
        {
            again = Golden.Rewritten(kind, bytes);
        }
        catch (DocumentException)
        {
            return;
        }

        Same(bytes, again);
    }

    internal static void Same(byte[] expected, byte[] actual) =>
        Assert.True(expected.AsSpan().SequenceEqual(actual), $"read:\n{System.Text.Encoding.UTF8.GetString(expected)}\nwritten:\n{System.Text.Encoding.UTF8.GetString(actual)}");
}
