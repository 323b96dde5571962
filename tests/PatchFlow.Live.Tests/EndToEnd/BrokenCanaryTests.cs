using PatchFlow.Client;

namespace PatchFlow.Live.Tests.EndToEnd;

/// <summary>A patch that only production finds out: one host hears of it, and goes back.</summary>
public sealed class BrokenCanaryTests
{
    [Fact]
    public async Task ACanaryThatBreaksHaltsTheRolloutAndWaveOneNeverStarts()
    {
        await using var world = await World.StartAsync(hosts: 2, variant: "breaks-in-production");
        var change = await world.ChangeWhenAsync(c => c.Status == ChangeState.AwaitingApproval);
        await world.ApproveAsync("bob", change.Id);
        await world.ApproveAsync("carol", change.Id);
        await world.ChangeWhenAsync(c => c.Status == ChangeState.Halted);
        var tasks = (await world.Admin.HostTasksAsync(change.Id)).Items;
        Assert.Equal(HostTaskState.Failed, Assert.Single(tasks, t => t.Wave == 0).Status);
        var spared = Assert.Single(tasks, t => t.Wave == 1);
        Assert.Equal(HostTaskState.Pending, spared.Status);
        var host = world.Fleet.Hosts.Single(h => h.Name == spared.Host);
        Assert.Empty(await OwnFleet.TicketsAsync(host));
        Assert.Equal("1.0-1", (await OwnFleet.VersionsAsync(host))["pfdemo-web"]);

        // The rehearsed way back brings the canary to the versions before.
        await world.As("olga").GiveCommandAsync(change.Id, new(CommandKind.Rollback, Reason: "the canary does not answer"));
        await world.ChangeWhenAsync(c => c.Status == ChangeState.RolledBack);
        var canary = world.Fleet.Hosts.Single(h => h.Name != spared.Host);
        Assert.Equal("1.0-1", (await OwnFleet.VersionsAsync(canary))["pfdemo-web"]);
    }
}
