using PatchFlow.Client;

namespace PatchFlow.Live.Tests.EndToEnd;

/// <summary>The promises of the whole, on real hosts: real sshd, apt, dpkg, Docker, and the server as a process, killed again and again.</summary>
public sealed class RolloutTests
{
    private static readonly string[] Upgrades =
        ["upgrade pfdemo-common:all 1.0-1 1.1-1", $"upgrade pfdemo-lib:{World.Arch} 1.0-1 1.1-1", $"upgrade pfdemo-web:{World.Arch} 1.0-1 1.1-1"];

    [Fact]
    public async Task WithoutAQuorumNothingReachesAHostAndKilledAtThreePointsTheRolloutStillCompletesOnce()
    {
        await using var world = await World.StartAsync(hosts: 2);
        var witness = await Witness.TakeAsync(world);

        // Killed while the sandbox is at work: nothing of that run counts, and another one is made.
        await world.ChangeWhenAsync(c => c.Status == ChangeState.Testing);
        await world.Server.KillAsync();
        await world.Server.StartAsync();
        var change = await world.ChangeWhenAsync(c => c.Status == ChangeState.AwaitingApproval);

        await NobodyOrTooFewApprove(world, change);
        await AnEditedPipelineVoidsWhatWasDecided(world, change);
        await witness.NothingReachedAHostAsync();
        await ApprovedAndKilledTwice(world, change.Id);
        await EveryHostWasUpgradedOnce(world, change.Id);
    }

    private static async Task NobodyOrTooFewApprove(World world, ChangeSummary change)
    {
        await world.ApproveAsync("bob", change.Id);
        await world.ApproveAsync("bob", change.Id);
        await Assert.ThrowsAsync<ApiProblemException>(() => world.ApproveAsync("olga", change.Id));
        await world.ChangeWhenAsync(c => c.Status == ChangeState.AwaitingApproval && c.Waiting?.Sentence.StartsWith("approval: 1 of 2", StringComparison.Ordinal) == true);
    }

    private static async Task AnEditedPipelineVoidsWhatWasDecided(World world, ChangeSummary change)
    {
        var seen = (await world.As("carol").ChangeAsync(change.Id)).Board!;
        await File.AppendAllTextAsync(world.PipelineFile, "# edited\n");
        await world.ChangeWhenAsync(c => c.Status == ChangeState.AwaitingApproval && c.Plan != change.Plan);
        var refused = await Assert.ThrowsAsync<ApiProblemException>(() =>
            world.As("carol").DecideAsync(change.Id, new(VoteKind.Approve, seen.Plan, seen.Evidence, seen.Policy)));
        Assert.Equal(System.Net.HttpStatusCode.Conflict, refused.Status);
        Assert.Equal(0, (await world.Admin.ChangeAsync(change.Id)).Board!.Approvals);
    }

    private static async Task ApprovedAndKilledTwice(World world, string change)
    {
        await world.ApproveAsync("bob", change);
        await world.ApproveAsync("carol", change);
        await world.HostWhenAsync(change, t => t.Status == HostTaskState.Running);
        await world.Server.KillAsync();
        await world.Server.StartAsync();
        await world.HostWhenAsync(change, t => t.Wave == 1 && t.Status is HostTaskState.Running or HostTaskState.Verifying);
        await world.Server.KillAsync();
        await world.Server.StartAsync();
        await world.ChangeWhenAsync(c => c.Status == ChangeState.Completed);
    }

    private static async Task EveryHostWasUpgradedOnce(World world, string change)
    {
        Assert.All((await world.Admin.HostTasksAsync(change)).Items, t => Assert.Equal(HostTaskState.Succeeded, t.Status));
        foreach (var host in world.Fleet.Hosts)
        {
            Assert.Equal(Upgrades, await OwnFleet.DpkgUpgradesAsync(host));
            Assert.Single(await OwnFleet.TicketsAsync(host), t => t.Contains(".install.", StringComparison.Ordinal));
            var versions = await OwnFleet.VersionsAsync(host);
            Assert.All(versions.Where(v => v.Key.StartsWith("pfdemo-", StringComparison.Ordinal)), v => Assert.Equal("1.1-1", v.Value));
        }
    }
}
