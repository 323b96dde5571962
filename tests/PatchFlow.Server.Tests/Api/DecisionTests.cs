using PatchFlow.Client;
using PatchFlow.Core.Changes;
using PatchFlow.Core.Documents;
using PatchFlow.Server.Tests.Reconcile;

namespace PatchFlow.Server.Tests.Api;

public sealed class DecisionTests
{
    private const string Other = "00000000000000000000000000000000000000000000000000000000000000aa";

    public static TheoryData<string, string> Rules => new()
    {
        { "the proposer's own", "you proposed" },
        { "the trigger's own", "you triggered" },
        { "without the role", "role approver" },
        { "another plan", "the plan is" },
        { "another evidence", "the evidence is" },
        { "another policy", "the policy is" },
        { "an edited pipeline", "was edited" },
        { "an unreadable pipeline", "can't be read" },
        { "a stale feed", "9 days old" },
        { "after the board's time", "was over" },
        { "a change that was rejected", "Rejected" },
        { "a rejection without a reason", "needs a reason" },
        { "a reason with a control character", "control characters" },
        { "a reason that is too long", "longer than" },
        { "a digest that is none", "64 lowercase hex" },
    };

    [Theory]
    [MemberData(nameof(Rules))]
    public async Task IsRefusedInWordsAndNothingIsRecorded(string which, string words)
    {
        await using var room = await Boardroom.OpenAsync();
        var request = await Arrange(room, which);
        var before = room.Count("audit_entries");
        var refused = await room.RefusedAsync("bob", request);
        Assert.Contains(words, refused.Message, StringComparison.Ordinal);
        Assert.Equal(before, room.Count("audit_entries"));
        await room.Reconciling.TickAsync();
        Assert.NotEqual(ChangeStatus.Approved, room.Reconciling.Change.Status);
    }

    [Fact]
    public async Task TwoMembersApproveAndTheChangeIsApproved()
    {
        await using var room = await Boardroom.OpenAsync();
        var first = await room.DecideAsync("bob");
        Assert.Equal((1, 2), (first.Approvals, first.Needed));
        await room.Reconciling.TickAsync();
        Assert.Equal(ChangeStatus.AwaitingApproval, room.Reconciling.Change.Status);
        var second = await room.DecideAsync("carol", reason: "as planned");
        Assert.Equal((2, 2), (second.Approvals, second.Needed));
        await room.Reconciling.TickAsync();
        Assert.Equal(ChangeStatus.Approved, room.Reconciling.Change.Status);
    }

    [Fact]
    public async Task OneMemberTwiceIsOneApproval()
    {
        await using var room = await Boardroom.OpenAsync();
        await room.DecideAsync("bob");
        Assert.Equal(1, (await room.DecideAsync("bob")).Approvals);
    }

    [Fact]
    public async Task AnAbstentionWithdrawsOnesApproval()
    {
        await using var room = await Boardroom.OpenAsync();
        await room.DecideAsync("bob");
        Assert.Equal(0, (await room.DecideAsync("bob", VoteKind.Abstain)).Approvals);
    }

    [Fact]
    public async Task TheBoardSeesWhoseApprovalDoesNotCountAnyMoreAndWhy()
    {
        await using var room = await Boardroom.OpenAsync();
        await room.DecideAsync("bob");
        await room.Server.Database.WriteAsync((c, t) => Dapper.SqlMapper.Execute(c, "UPDATE users SET disabled = 1 WHERE id = 'bob'", transaction: t));
        var board = (await (await room.AsAsync("carol")).ChangeAsync("CHG-1")).Board!;
        Assert.Equal(0, board.Approvals);
        var decision = Assert.Single(board.Decisions);
        Assert.Equal((VoteKind.Approve, false), (decision.Vote, decision.Counts));
        Assert.Contains("may not approve any more", decision.WhyNot, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OneRejectionEndsIt()
    {
        await using var room = await Boardroom.OpenAsync();
        await room.DecideAsync("bob", VoteKind.Reject, "the canary serves payments");
        await room.Reconciling.TickAsync();
        Assert.Equal(ChangeStatus.Rejected, room.Reconciling.Change.Status);
    }

    [Fact]
    public async Task AStaleFeedDoesNotKeepAnybodyFromRejecting()
    {
        await using var room = await Boardroom.OpenAsync();
        var seen = await room.SeenAsync("bob", VoteKind.Reject, "no");
        room.Ground.StaleFeeds = [new("debian-security", "debian-security is 9 days old: fetch it")];
        await (await room.AsAsync("bob")).DecideAsync("CHG-1", seen);
        Assert.Equal(1, room.Count("decisions"));
    }

    // An approval lets the hosts begin that have not yet.
    [Theory]
    [InlineData(ChangeStatus.RollingOut)]
    [InlineData(ChangeStatus.Paused)]
    [InlineData(ChangeStatus.Halted)]
    public async Task NothingIsApprovedOnAStaleFeedWhileItRollsOutEither(ChangeStatus status)
    {
        await using var room = await Boardroom.OpenAsync();
        await room.RewriteAsync(c => c with { Status = status });
        room.Ground.StaleFeeds = [new("debian-security", "debian-security is 9 days old: fetch it")];
        Assert.Contains("debian-security is 9 days old", (await room.RefusedAsync("bob", await room.SeenAsync("bob"))).Message, StringComparison.Ordinal);
        await (await room.AsAsync("bob")).DecideAsync("CHG-1", await room.SeenAsync("bob", VoteKind.Abstain));
        Assert.Equal(1, room.Count("decisions"));
    }

    [Fact]
    public async Task TheDocumentTheRowAndTheEntryAreOne()
    {
        await using var room = await Boardroom.OpenAsync();
        var recorded = await room.DecideAsync("bob", reason: "Read the evidence.");
        var bob = await room.AsAsync("bob");
        var decision = Decision.Parse(System.Text.Encoding.UTF8.GetBytes(await bob.DecisionTextAsync("CHG-1", recorded.Decision.Digest)));
        var change = room.Reconciling.Change;
        Assert.Equal((1, "user:bob", "change-board", Vote.Approve), (decision.Change, decision.Subject, decision.Gate, decision.Vote));
        Assert.Equal((change.Plan, change.Evidence, change.Policy), (decision.Plan, decision.Evidence, decision.Policy));
        Assert.Equal((TimeSpan.FromDays(7), "Read the evidence."), (decision.Expires - decision.At, decision.Reason));
        var entry = room.Reconciling.Audit().Single(e => e.Sequence == recorded.Entry);
        Assert.Equal(("change.approve", "change:1", "user:bob", "127.0.0.1"), (entry.Action, entry.Object, entry.Actor, entry.Origin));
        Assert.Equal(recorded.Decision.Digest, entry.Digest!.Value.Hex);
        Assert.Equal(["gate change-board", $"token {recorded.Decision.Token}", "votes 1 of 2", "reason Read the evidence."], entry.Details);
    }

    [Fact]
    public async Task EachDecisionHasANonceOfItsOwn()
    {
        await using var room = await Boardroom.OpenAsync();
        Assert.NotEqual((await room.DecideAsync("bob")).Decision.Digest, (await room.DecideAsync("bob")).Decision.Digest);
    }

    [Fact]
    public async Task AnEarlierDecisionSaysWhyItNoLongerCounts()
    {
        await using var room = await Boardroom.OpenAsync();
        await room.DecideAsync("bob");
        await room.DecideAsync("bob", VoteKind.Abstain);
        await room.RewriteAsync(c => c with { Evidence = Digest.Parse(Other) });
        await room.RewriteAsync(c => c with { Evidence = room.Reconciling.Store.Decisions(1)[0].Evidence });
        var decisions = (await (await room.AsAsync("bob")).DecisionsAsync("CHG-1")).Items;
        Assert.Equal([false, true], decisions.Select(d => d.Counts));
        Assert.Contains("decided again", decisions[0].WhyNot, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnExpiredDecisionDoesNotCount()
    {
        await using var room = await Boardroom.OpenAsync();
        await room.DecideAsync("bob");
        room.Ground.Time.Advance(TimeSpan.FromDays(7));
        var carol = await room.Server.ClientAsync("carol", Role.Viewer);
        Assert.Contains("expired", Assert.Single((await carol.DecisionsAsync("CHG-1")).Items).WhyNot, StringComparison.Ordinal);
        Assert.Equal(0, (await carol.ChangeAsync("CHG-1")).Board!.Approvals);
    }

    [Fact]
    public async Task TheBoardsViewSaysWhoMayNotDecideAndWhy()
    {
        await using var room = await Boardroom.OpenAsync();
        await room.RewriteAsync(c => c with { ProposedBy = "user:bob" });
        Assert.Contains("you proposed", (await (await room.AsAsync("bob")).ChangeAsync("CHG-1")).Board!.WhyNot, StringComparison.Ordinal);
        Assert.True((await (await room.AsAsync("carol")).ChangeAsync("CHG-1")).Board!.YouMay);
        Assert.Contains("approver", (await (await room.AsAsync("olga", Role.Operator)).ChangeAsync("CHG-1")).Board!.WhyNot, StringComparison.Ordinal);
    }

    private static async Task<DecisionRequest> Arrange(Boardroom room, string which)
    {
        _ = which == "without the role" ? await room.AsAsync("bob", Role.Operator, Role.Admin) : await room.AsAsync("bob");
        var seen = await room.SeenAsync("bob");
        switch (which)
        {
            case "the proposer's own":
                await room.RewriteAsync(c => c with { ProposedBy = "user:bob" });
                break;
            case "the trigger's own":
                await room.RewriteAsync(c => c with { TriggeredBy = "user:bob" });
                break;
            case "an edited pipeline":
                room.Ground.WritePipeline(Ground.Pipeline.Replace("approvals: 2", "approvals: 1", StringComparison.Ordinal));
                break;
            case "an unreadable pipeline":
                room.Ground.WritePipeline("approvals: many");
                break;
            case "a stale feed":
                room.Ground.StaleFeeds = [new("debian-security", "debian-security is 9 days old: fetch it")];
                break;
            case "after the board's time":
                room.Ground.Time.Advance(TimeSpan.FromDays(7));
                break;
            case "a change that was rejected":
                await room.DecideAsync("carol", VoteKind.Reject, "no");
                await room.Reconciling.TickAsync();
                break;
        }

        return which switch
        {
            "another plan" => seen with { Plan = Other },
            "another evidence" => seen with { Evidence = Other },
            "another policy" => seen with { Policy = Other },
            "a rejection without a reason" => seen with { Vote = VoteKind.Reject },
            "a reason with a control character" => seen with { Reason = "fine\u001b[2J" },
            "a reason that is too long" => seen with { Reason = new string('x', 901) },
            "a digest that is none" => seen with { Plan = seen.Plan[..12] },
            _ => seen,
        };
    }
}
