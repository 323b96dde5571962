using PatchFlow.Core.Changes;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Tests.Documents;

namespace PatchFlow.Core.Tests.Changes;

public sealed class DecisionAndEvidenceTests
{
    [Theory]
    [InlineData("subject user:u3", "subject system", "a person, 'user:ID'")]
    [InlineData("decision approve", "decision veto", "'veto' is not approve|reject|abstain")]
    [InlineData("expires 2026-11-30T18:00:00Z", "expires 2026-11-23T18:00:00Z", "expires before it is made")]
    [InlineData("nonce 6f1d", "nonce 6F1D", "128 bits in 32 lowercase hex digits")]
    [InlineData("nonce 6f1d", "nonce 6f1", "128 bits in 32 lowercase hex digits")]
    [InlineData("gate change-board", "gate board!", "is not a gate")]
    public void ADecisionThatBreaksARuleIsRefused(string old, string changed, string reason) => Refusal.Of("decision.txt", old, changed, reason);

    [Fact]
    public void OnlyARejectionNeedsAReason()
    {
        var decision = Decision.Parse(Golden.Bytes("decision.txt")) with { Reason = null };
        Assert.Null(Decision.Parse(decision.ToBytes()).Reason);
        var refusal = Assert.Throws<DocumentException>((decision with { Vote = Vote.Reject }).ToBytes);
        Assert.Contains("a rejection needs a reason", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(" pass ", " ok ", "'ok' is not pass|fail|inconclusive")]
    [InlineData("run web-debian-12-amd64-5d1c77e0", "run kms-debian-12-amd64-a94b02f3", "a second line with 'run kms-debian-12-amd64-a94b02f3'")]
    public void EvidenceThatBreaksARuleIsRefused(string old, string changed, string reason) => Refusal.Of("evidence.txt", old, changed, reason);

    [Fact]
    public void EvidenceWithoutARunIsNotWritten() =>
        Assert.Throws<DocumentException>((Evidence.Parse(Golden.Bytes("evidence.txt")) with { Runs = [] }).ToBytes);

    [Theory]
    [InlineData("http-page", "HTTP", "a check's name")]
    [InlineData("must production", "may production", "'may' is not must|should")]
    [InlineData("must production", "must staging", "'staging' is not production|sandbox")]
    [InlineData("a94b02f3 sshd-effective", "a94b02f3 pkcs11-sign", "must be sorted bytewise")]
    public void ChecksThatBreakARuleAreRefused(string old, string changed, string reason) => Refusal.Of("checks.txt", old, changed, reason);

    [Fact]
    public void ACheckStandsOnceForAProfile()
    {
        var checks = ChecksPart.Parse(Golden.Bytes("checks.txt"));
        var twice = checks with { Checks = [.. checks.Checks, checks.Checks[0] with { Must = false }] };
        Assert.Contains("a second line", Assert.Throws<DocumentException>(twice.ToBytes).Message, StringComparison.Ordinal);
    }
}
