using PatchFlow.Core.Changes;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Planning;
using PatchFlow.Core.Tests.Planning;

namespace PatchFlow.Core.Tests.Changes;

public sealed class ApprovalsTests
{
    private static readonly DateTimeOffset Now = Samples.Start;
    private static readonly Digest Other = Digest.Of("other"u8);

    private static readonly Change Change = Samples.Change(2) with
    {
        Status = ChangeStatus.AwaitingApproval,
        ProposedBy = "user:pam",
        Plan = Digest.Of("plan"u8),
        Evidence = Digest.Of("evidence"u8),
        Policy = Digest.Of("policy"u8),
    };

    [Fact]
    public void TwoMembersReachAQuorumOfTwo() => Assert.True(Count(Yes("user:ann"), Yes("user:bob")).IsReached);

    [Fact]
    public void OneMemberTwiceIsOneApproval() => Assert.False(Count(Yes("user:ann"), Yes("user:ann")).IsReached);

    [Fact]
    public void NobodyIsNoQuorum() => Assert.False(Count().IsReached);

    [Theory]
    [InlineData("user:pam")]
    [InlineData("user:tim")]
    public void WhoProposedOrTriggeredNeverCounts(string subject) => Assert.False(Count(Yes("user:ann"), Yes(subject)).IsReached);

    [Fact]
    public void ADecisionOnAnythingElseCountsForNothing()
    {
        Func<Decision, Decision>[] edits =
        [
            d => d with { Plan = Other }, d => d with { Evidence = Other }, d => d with { Policy = Other }, d => d with { Gate = "lunch-club" }, d => d with { Change = 43 },
        ];
        Assert.All(edits, edit => Assert.False(Count(Yes("user:ann"), edit(Yes("user:bob"))).IsReached));
        Assert.All(edits, edit => Assert.Null(Count(Yes("user:ann"), edit(No("user:bob"))).Rejection));
    }

    [Fact]
    public void WithoutPlanEvidenceOrPolicyNothingCounts()
    {
        Change[] changes = [Change with { Plan = null }, Change with { Evidence = null }, Change with { Policy = null }];
        Assert.All(changes, c => Assert.Empty(Approvals.Count(c, Samples.Pipeline, [Samples.Decision(c, "user:ann", Vote.Approve, Now)], Now).Approvals));
    }

    [Fact]
    public void AnExpiredDecisionDoesNotCount()
    {
        var expired = Yes("user:bob") with { Expires = Now + TimeSpan.FromHours(1) };
        Assert.True(Count(Now + TimeSpan.FromHours(1) - TimeSpan.FromTicks(1), Yes("user:ann"), expired).IsReached);
        Assert.False(Count(Now + TimeSpan.FromHours(1), Yes("user:ann"), expired).IsReached);
    }

    [Fact]
    public void NoDecisionOutlivesWhatThePipelineAllows() =>
        Assert.False(Count(Now + Samples.Pipeline.DecisionLifetime, Yes("user:ann") with { Expires = Now + TimeSpan.FromDays(365) }, Yes("user:bob") with { Expires = Now + TimeSpan.FromDays(365) }).IsReached);

    [Fact]
    public void ARejectionStandsUntilThatPersonDecidesAnew()
    {
        var late = Now + TimeSpan.FromDays(400);
        Assert.Equal("user:cid", Count(late, No("user:cid")).Rejection?.Subject);
        Assert.Null(Count(late, No("user:cid"), Yes("user:cid")).Rejection);
    }

    [Fact]
    public void ThePersonsLatestDecisionCounts()
    {
        Assert.False(Count(Yes("user:ann"), Yes("user:bob"), Yes("user:bob") with { Vote = Vote.Abstain }).IsReached);
        Assert.Null(Count(No("user:ann"), Yes("user:ann")).Rejection);
    }

    [Fact]
    public void OneRejectionEndsItWhateverOthersSay()
    {
        var quorum = Count(Yes("user:ann"), Yes("user:bob"), No("user:cid"));
        Assert.False(quorum.IsReached);
        Assert.Equal("user:cid", quorum.Rejection?.Subject);
    }

    [Fact]
    public void TheSentenceSaysHowManyByWhomAndUntilWhen() => Assert.Equal(
        "approval: 1 of 2, by members of change-board other than user:ann, user:pam, user:tim, until Thu 26 Nov 12:00Z",
        Approvals.Sentence(Change, Samples.Pipeline, Count(Yes("user:ann")), Now + TimeSpan.FromDays(3)));

    private static Quorum Count(params Decision[] decisions) => Count(Now, decisions);

    private static Quorum Count(DateTimeOffset now, params Decision[] decisions) => Approvals.Count(Change, Samples.Pipeline, decisions, now);

    private static Decision Yes(string subject) => Samples.Decision(Change, subject, Vote.Approve, Now);

    private static Decision No(string subject) => Samples.Decision(Change, subject, Vote.Reject, Now);
}
