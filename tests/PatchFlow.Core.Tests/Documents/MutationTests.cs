using PatchFlow.Core.Documents;

namespace PatchFlow.Core.Tests.Documents;

/// <summary>Golden documents with one thing changed.</summary>
public sealed class MutationTests
{
    private static readonly byte[] Replacements = [(byte)' ', (byte)'\n', (byte)'0', 0xff];

    public static TheoryData<string> Files => [.. Golden.Files];

    [Theory]
    [MemberData(nameof(Files))]
    public void AChangedOrDroppedByteIsRefusedOrWrittenAgainAlike(string file)
    {
        var golden = Golden.Bytes(file);
        for (var i = 0; i < golden.Length; i++)
        {
            Rewriting.RefusedOrSame(file, [.. golden[..i], .. golden[(i + 1)..]]);
            foreach (var replacement in ReplacementsAt(i, golden))
            {
                Rewriting.RefusedOrSame(file, [.. golden[..i], replacement, .. golden[(i + 1)..]]);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void ADroppedDoubledOrSwappedLineIsRefusedOrWrittenAgainAlike(string file)
    {
        var lines = Golden.Text(file).Split('\n')[..^1];
        for (var i = 0; i < lines.Length; i++)
        {
            Rewriting.RefusedOrSame(file, Joined([.. lines[..i], .. lines[(i + 1)..]]));
            Rewriting.RefusedOrSame(file, Joined([.. lines[..i], lines[i], .. lines[i..]]));
            for (var j = i + 1; j < lines.Length; j++)
            {
                Rewriting.RefusedOrSame(file, Joined([.. lines[..i], lines[j], .. lines[(i + 1)..j], lines[i], .. lines[(j + 1)..]]));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void ATornDocumentIsRefusedOrWrittenAgainAlike(string file)
    {
        var golden = Golden.Bytes(file);
        for (var length = 0; length < golden.Length; length++)
        {
            Rewriting.RefusedOrSame(file, golden[..length]);
        }
    }

    [Fact]
    public void AStartInputHasNoByteThatCouldBeAnother()
    {
        var golden = Golden.Bytes("start-kms-2.txt");
        var epoch = Golden.Text("start-kms-2.txt").IndexOf("epoch 3", StringComparison.Ordinal) + "epoch ".Length;
        var kindAndAttempt = Golden.Text("start-kms-2.txt").IndexOf(".a1", StringComparison.Ordinal) + ".a".Length;
        for (var i = 0; i < golden.Length; i++)
        {
            if (i == epoch || i == kindAndAttempt)
            {
                continue;
            }

            var changed = golden.ToArray();
            changed[i] ^= 1;
            Assert.Throws<DocumentException>(() => Golden.Rewritten("start", changed));
        }
    }

    // The start input holds three other golden documents, whose bytes get all replacements already: here one each is enough.
    private static IEnumerable<byte> ReplacementsAt(int index, byte[] golden) =>
        golden.Length > 2000 ? [Replacements[index % Replacements.Length]] : Replacements.Append((byte)(golden[index] ^ 1));

    private static byte[] Joined(string[] lines) => System.Text.Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\n")));
}
