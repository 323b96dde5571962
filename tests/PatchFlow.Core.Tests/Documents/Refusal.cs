using System.Text;
using PatchFlow.Core.Documents;

namespace PatchFlow.Core.Tests.Documents;

/// <summary>A golden document in which one text stands for another must be refused, with the reason named.</summary>
internal static class Refusal
{
    internal static void Of(string file, string old, string changed, string reason)
    {
        var text = Golden.Text(file);
        var at = text.IndexOf(old, StringComparison.Ordinal);
        Assert.True(at >= 0, $"'{old}' is not in {file}");
        Bytes(file, Encoding.UTF8.GetBytes(text[..at] + changed + text[(at + old.Length)..]), reason);
    }

    internal static void Bytes(string file, byte[] bytes, string reason)
    {
        var refusal = Assert.Throws<DocumentException>(() => Golden.Rewritten(file, bytes));
        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
    }
}
