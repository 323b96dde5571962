using PatchFlow.Core.Changes;
using PatchFlow.Server.Hosts;
using PatchFlow.Server.Sandbox;
using static PatchFlow.Server.Tests.Sandbox.SandboxSamples;

namespace PatchFlow.Server.Tests.Sandbox;

public sealed class TicketWordsTests
{
    [Theory]
    [InlineData("Exited", 0, Verdict.Pass)]
    [InlineData("Exited", 20, Verdict.Fail)]
    [InlineData("Exited", 21, Verdict.Fail)]
    [InlineData("Exited", 25, Verdict.Fail)]
    [InlineData("Exited", 40, Verdict.Fail)]
    [InlineData("Exited", 10, Verdict.Inconclusive)]
    [InlineData("Exited", 11, Verdict.Inconclusive)]
    [InlineData("Exited", 22, Verdict.Inconclusive)]
    [InlineData("Exited", 23, Verdict.Inconclusive)]
    [InlineData("Exited", 24, Verdict.Inconclusive)]
    [InlineData("Exited", 70, Verdict.Inconclusive)]
    [InlineData("Exited", 137, Verdict.Inconclusive)]
    [InlineData("Interrupted", null, Verdict.Inconclusive)]
    [InlineData("Lost", null, Verdict.Inconclusive)]
    [InlineData("Absent", null, Verdict.Inconclusive)]
    [InlineData("Done", null, Verdict.Inconclusive)]
    public void ThePatchFailsWhereThePackageManagerDidAndNothingElsePasses(string state, int? exit, Verdict verdict) =>
        Assert.Equal(verdict, TicketWords.VerdictOfPatch(End(Enum.Parse<TicketState>(state), exit)));

    [Theory]
    [InlineData("Exited", 0, Verdict.Pass)]
    [InlineData("Exited", 30, Verdict.Fail)]
    [InlineData("Exited", 31, Verdict.Fail)]
    [InlineData("Exited", 24, Verdict.Inconclusive)]
    [InlineData("Exited", 70, Verdict.Inconclusive)]
    [InlineData("Interrupted", null, Verdict.Inconclusive)]
    public void ChecksFailWhereOneOfThemDid(string state, int? exit, Verdict verdict) =>
        Assert.Equal(verdict, TicketWords.VerdictOfChecks(End(Enum.Parse<TicketState>(state), exit)));

    [Fact]
    public void AFailedCheckIsNamedWithItsDetail() => Assert.Equal(
        "check http-page: status 502, expected is 200",
        TicketWords.Why(End(TicketState.Exited, 31, "@check ssh pass 12 port 22 answers\n@check http-page fail 900 status 502, expected is 200\n")));

    [Fact]
    public void AFailedInstallSaysItsLastFail() => Assert.Equal(
        "20 apt-get ended with 100; its words are above",
        TicketWords.Why(End(TicketState.Exited, 20, "dpkg: error\n@fail 20 apt-get ended with 100; its words are above\n")));

    [Fact]
    public void AFailedVerificationIsNamed() => Assert.Equal(
        "verification of services: nginx.service is not active",
        TicketWords.Why(End(TicketState.Exited, 30, "@verify versions ok 3\n@verify services fail nginx.service is not active\n")));

    [Fact]
    public void KeptConffilesNotesAndChecksThatShouldPassAreFindings() => Assert.Equal(
        ["patch: conffile kept /etc/a new /etc/a.dpkg-dist", "patch: verify libraries note a session still runs the old code", "patch: check slow: 3 s (it should pass, and need not)"],
        TicketWords.Findings("patch", End(TicketState.Exited, 0, "@conffile kept /etc/a new /etc/a.dpkg-dist\n@verify libraries note a session still runs the old code\n@check slow should-fail 3000 3 s\n")));
}
