namespace PatchFlow.Core.Tests.Documents;

/// <summary>The parser accepts exactly what the writer writes, on random documents.</summary>
public sealed class RoundTripTests
{
    private const int DocumentsOfAKind = 2000;

    // A start input is four other documents, each of which has its own 2,000.
    private const int StartInputs = 400;

    public static TheoryData<string> Kinds =>
        ["plan", "content", "checks", "evidence", "decision", "targets", "inventory", "entry", "start"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void WhatIsWrittenIsReadAndWrittenAgainAlike(string kind)
    {
        var random = new RandomDocuments(seed: 20261123);
        for (var i = 0; i < (kind == "start" ? StartInputs : DocumentsOfAKind); i++)
        {
            var bytes = random.Bytes(kind);
            Rewriting.Same(bytes, Golden.Rewritten(kind, bytes));
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            Rewriting.RefusedOrSame(kind, bytes);
        }
    }
}
