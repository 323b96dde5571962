using PatchFlow.Client;

namespace PatchFlow.Live.Tests.EndToEnd;

/// <summary>A patch that the sandbox finds out: no host hears of it.</summary>
public sealed class RejectedPatchTests
{
    [Fact]
    public async Task APatchThatFailsItsCheckInTheSandboxTouchesNoHost()
    {
        await using var world = await World.StartAsync(hosts: 2, variant: "breaks-check");
        var witness = await Witness.TakeAsync(world);
        var change = await world.ChangeWhenAsync(c => c.Status is ChangeState.TestFailed or ChangeState.AwaitingApproval);
        Assert.Equal(ChangeState.TestFailed, change.Status);
        var view = await world.Admin.ChangeAsync(change.Id);
        Assert.Equal(SandboxVerdict.Fail, Assert.Single(view.Tested!.Profiles).Verdict);
        await witness.NothingReachedAHostAsync();
    }
}
