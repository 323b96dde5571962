using System.Net;
using PatchFlow.Client;

namespace PatchFlow.Live.Tests.EndToEnd;

/// <summary>Decisions that must not count, on real hosts: each leaves every host as it was.</summary>
[Trait("campaign", "hosts")]
public sealed class ApprovalTests
{
    [Fact]
    public async Task OnOlderEvidenceExpiredOrTheProposersOwnNoApprovalReachesAHost()
    {
        await using var world = await World.StartAsync(hosts: 2, policy: shipped => shipped
            .Replace("start: by-itself ", "start: manual ", StringComparison.Ordinal)
            .Replace("decision-lifetime: P7D ", "decision-lifetime: PT1M ", StringComparison.Ordinal));
        await world.AddPersonAsync("pam", Role.Operator, Role.Approver);
        var witness = await Witness.TakeAsync(world);

        var change = await OnOlderEvidenceAsync(world);
        await ExpiredAsync(world, change);
        await witness.NothingReachedAHostAsync();
        await TheProposersOwnAsync(world);
        await witness.NothingReachedAHostAsync();
    }

    private static async Task<ChangeSummary> OnOlderEvidenceAsync(World world)
    {
        var change = await world.ChangeWhenAsync(c => c.Status == ChangeState.AwaitingApproval);
        var seen = (await world.As("carol").ChangeAsync(change.Id)).Board!;
        Assert.True((await world.CommandAsync("olga", change.Id, CommandKind.Test)).Accepted);
        var again = await world.ChangeWhenAsync(c => c.Status == ChangeState.AwaitingApproval && c.Since > change.Since);
        Assert.Equal((change.Id, change.Plan), (again.Id, again.Plan));
        var refused = await Assert.ThrowsAsync<ApiProblemException>(() =>
            world.As("carol").DecideAsync(change.Id, new(VoteKind.Approve, seen.Plan, seen.Evidence, seen.Policy)));
        Assert.Equal(HttpStatusCode.Conflict, refused.Status);
        return again;
    }

    // A quorum that nobody makes use of within its lifetime is none: the change goes back to the board, and then ends.
    private static async Task ExpiredAsync(World world, ChangeSummary change)
    {
        await world.ApproveAsync("bob", change.Id);
        await world.ApproveAsync("carol", change.Id);
        await world.ChangeWhenAsync(c => c.Status == ChangeState.Approved);
        await world.ChangeWhenAsync(c => c.Status is ChangeState.AwaitingApproval);
        Assert.False((await world.CommandAsync("olga", change.Id, CommandKind.Start)).Accepted);
        Assert.Equal(0, (await world.Admin.ChangeAsync(change.Id)).Board!.Approvals);
        var ended = await world.ChangeWhenAsync(c => c.Status == ChangeState.Expired);
        Assert.StartsWith("0 of 2 approvals by ", ended.Reason, StringComparison.Ordinal);
    }

    private static async Task TheProposersOwnAsync(World world)
    {
        var group = (await world.Admin.ChangesAsync()).Items[0].Group;
        var proposed = await world.As("pam").ProposeAsync(new(group));
        await world.ChangeWhenAsync(c => c.Id == proposed.Summary.Id && c.Status == ChangeState.AwaitingApproval);
        var refused = await Assert.ThrowsAsync<ApiProblemException>(() => world.ApproveAsync("pam", proposed.Summary.Id));
        Assert.Equal(HttpStatusCode.Forbidden, refused.Status);
        await world.ApproveAsync("bob", proposed.Summary.Id);
        var waiting = await world.ChangeWhenAsync(c => c.Waiting?.Sentence.StartsWith("approval: 1 of 2", StringComparison.Ordinal) == true);
        Assert.Contains("other than user:bob, user:pam", waiting.Waiting!.Sentence, StringComparison.Ordinal);
        Assert.False((await world.CommandAsync("olga", proposed.Summary.Id, CommandKind.Start)).Accepted);
    }
}
