using PatchFlow.Core.Auditing;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Tests.Documents;

namespace PatchFlow.Core.Tests.Auditing;

public sealed class AuditEntryTests
{
    [Theory]
    [InlineData("sequence 1042", "sequence 0", "a whole number from 1")]
    [InlineData("01.123Z", "01.12Z", "with three decimals")]
    [InlineData("01.123Z", "01Z", "with three decimals")]
    [InlineData("01.123Z", "01.1230Z", "with three decimals")]
    [InlineData("actor user:u3", "actor admin", "'system' or 'user:ID'")]
    [InlineData("object change:42\n", "object change 42\n", "follows where the line should end")]
    [InlineData("detail gate", "detail  gate", "not beginning with a space")]
    public void AnEntryThatBreaksARuleIsRefused(string old, string changed, string reason) => Refusal.Of("entry.txt", old, changed, reason);

    [Fact]
    public void DetailsStayInTheirOrderAndMayRepeat()
    {
        var entry = AuditEntry.Parse(Golden.Bytes("entry.txt")) with { Details = ["b", "a", "b"], Digest = null };
        var again = AuditEntry.Parse(entry.ToBytes());
        Assert.Equal(["b", "a", "b"], again.Details);
        Assert.Null(again.Digest);
    }

    [Fact]
    public void ATimeFinerThanAMillisecondIsNotWritten()
    {
        var entry = AuditEntry.Parse(Golden.Bytes("entry.txt"));
        Assert.Throws<DocumentException>((entry with { At = entry.At.AddTicks(1) }).ToBytes);
        Assert.Throws<DocumentException>((entry with { At = entry.At.ToOffset(TimeSpan.FromHours(1)) }).ToBytes);
    }
}
