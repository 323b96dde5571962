using System.Text;
using PatchFlow.Core.Auditing;
using PatchFlow.Core.Documents;

namespace PatchFlow.Core.Tests.Documents;

/// <summary>The rules that hold for every document.</summary>
public sealed class CanonicalTextTests
{
    [Theory]
    [InlineData("patchflow-decision 1", "patchflow-decision 2", "the first line must be")]
    [InlineData("patchflow-decision 1", "patchflow-decision 01", "the first line must be")]
    [InlineData("patchflow-decision 1\n", "", "the first line must be")]
    [InlineData("patchflow-decision 1", "\ufeffpatchflow-decision 1", "the first line must be")]
    [InlineData("change 42\n", "change 42\r\n", "is not a change")]
    [InlineData("change 42\n", "change 42\n\n", "line 3: the line is empty")]
    [InlineData("change 42\n", "change 42 \n", "line 2: the line ends with a space")]
    [InlineData("change 42", "change  42", "'' is not a change")]
    [InlineData("change 42", "change\t42", "line 2: the line should begin with 'change'")]
    [InlineData("change 42", "change 42 43", "'43' follows where the line should end")]
    [InlineData("change 42", "change", "the line ends where there should be a change")]
    [InlineData("change 42", "change 042", "without leading zeros")]
    [InlineData("change 42", "change +42", "is not a change")]
    [InlineData("change 42", "change 0", "a whole number from 1")]
    [InlineData("change 42", "change 1000000000000000", "is not a change")]
    [InlineData("change 42", "change 99999999999999999999", "is not a change")]
    [InlineData("change 42\n", "change 42\nchange 42\n", "line 3: the line should begin with 'plan'")]
    [InlineData("change 42\n", "change 42\nremark x\n", "line 3: the line should begin with 'plan'")]
    [InlineData("change 42\n", "", "line 2: the line should begin with 'change'")]
    [InlineData("policy 1a75", "policy 1A75", "64 lowercase hex digits")]
    [InlineData("policy 1a75", "policy 1a7", "64 lowercase hex digits")]
    [InlineData("18:00:00Z\nexpires", "18:00:00.000Z\nexpires", "a time in UTC to the second")]
    [InlineData("18:00:00Z\nexpires", "18:00:00+00:00\nexpires", "a time in UTC to the second")]
    [InlineData("18:00:00Z\nexpires", "18:00:60Z\nexpires", "a time in UTC to the second")]
    [InlineData("at 2026-11-23T", "at 2026-02-30T", "a time in UTC to the second")]
    [InlineData("accepted.\n", "accepted.", "has no line feed at its end")]
    [InlineData("accepted.\n", "accepted.\nreason again\n", "line 13: the line is unknown, out of order or repeated")]
    [InlineData("reason Read", "reason  Read", "not beginning with a space")]
    [InlineData("Read the", "Read\u0007the", "without control characters")]
    [InlineData("Read the", "Read\u0085the", "without control characters")]
    [InlineData("Read the", "Read\u2028the", "without control characters")]
    [InlineData("Read the", "Read \u202ethe", "without control characters")]
    [InlineData("Read the", "Read \u2066the", "without control characters")]
    public void TextThatIsNotCanonicalIsRefused(string old, string changed, string reason) =>
        Refusal.Of("decision.txt", old, changed, reason);

    [Fact]
    public void BytesThatAreNoUtf8AreRefused()
    {
        var bytes = Golden.Bytes("decision.txt");
        bytes[^5] = 0xc0;
        Refusal.Bytes("decision.txt", bytes, "line 12: the line is not valid UTF-8");
    }

    [Fact]
    public void ALineHasAtMost1024Bytes()
    {
        var reason = "reason " + new string('ä', (1024 - 7) / 2) + "x";
        var fits = Golden.Text("decision.txt").Split("reason ")[0] + reason + "\n";
        Rewriting.Same(Encoding.UTF8.GetBytes(fits), Golden.Rewritten("decision.txt", Encoding.UTF8.GetBytes(fits)));
        Refusal.Bytes("decision.txt", Encoding.UTF8.GetBytes(fits[..^1] + "x\n"), "line 12: the line has 1025 bytes; at most 1024 are allowed");
    }

    [Theory]
    [InlineData("plan.txt", DocumentLimits.HeadBytes)]
    [InlineData("content-kms.txt", DocumentLimits.ContentBytes)]
    [InlineData("checks.txt", DocumentLimits.ChecksBytes)]
    [InlineData("evidence.txt", DocumentLimits.EvidenceBytes)]
    [InlineData("decision.txt", DocumentLimits.DecisionBytes)]
    [InlineData("entry.txt", DocumentLimits.EntryBytes)]
    [InlineData("inventory.txt", DocumentLimits.InventoryBytes)]
    [InlineData("start-kms-2.txt", DocumentLimits.StartBytes)]
    [InlineData("targets-wave-0.txt", DocumentLimits.TargetsBytes)]
    public void ADocumentOverItsLimitIsRefusedUnread(string file, int limit) =>
        Refusal.Bytes(file, new byte[limit + 1], $"{limit + 1} bytes; at most {limit} are allowed");

    [Fact]
    public void NoBytesAreNoDocument() => Refusal.Bytes("plan.txt", [], "the first line must be 'patchflow-plan 1'");

    [Theory]
    [InlineData("two words")]
    [InlineData("a\nactor user:u1")]
    [InlineData("100%")]
    [InlineData("%41")]
    [InlineData("")]
    [InlineData("naïve")]
    public void AValueThatIsNotOneWordIsNotWritten(string value)
    {
        var entry = AuditEntry.Parse(Golden.Bytes("entry.txt")) with { Object = value };
        Assert.Contains("in 'object' is not a value", Assert.Throws<DocumentException>(entry.ToBytes).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a\nb")]
    [InlineData(" a")]
    [InlineData("a ")]
    [InlineData("")]
    [InlineData("\ufffd")]
    public void TextThatWouldBreakItsLineIsNotWritten(string text)
    {
        var entry = AuditEntry.Parse(Golden.Bytes("entry.txt")) with { Details = [text] };
        Assert.Contains("the text of 'detail'", Assert.Throws<DocumentException>(entry.ToBytes).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AnEntryOfTooManyDetailsIsNotWritten()
    {
        var entry = AuditEntry.Parse(Golden.Bytes("entry.txt")) with { Details = [.. Enumerable.Repeat(new string('x', 1000), 70)] };
        Assert.Contains($"at most {DocumentLimits.EntryBytes}", Assert.Throws<DocumentException>(entry.ToBytes).Message, StringComparison.Ordinal);
    }
}
