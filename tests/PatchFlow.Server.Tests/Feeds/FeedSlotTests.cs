using PatchFlow.Server.Feeds;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>Feeds that a slow vendor keeps waiting hold nobody up.</summary>
public sealed class FeedSlotTests
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(300), Long = TimeSpan.FromMinutes(10);

    [Fact]
    public async Task AFewBeginAtOnceAndTheNextWhenOneEnds()
    {
        using var slots = new FeedSlots(TimeProvider.System, 2, Long);
        using var first = await slots.EnterAsync(CancellationToken.None);
        var second = await slots.EnterAsync(CancellationToken.None);
        var third = slots.EnterAsync(CancellationToken.None);
        await Task.Delay(Short);
        Assert.False(third.IsCompleted);
        second.Dispose();
        second.Dispose();
        using var entered = await third.WaitAsync(TimeSpan.FromSeconds(30));
        // Given back twice it counts once.
        var fourth = slots.EnterAsync(CancellationToken.None);
        await Task.Delay(Short);
        Assert.False(fourth.IsCompleted);
        first.Dispose();
        (await fourth).Dispose();
    }

    [Fact]
    public async Task OneThatTakesLongMakesRoomOnce()
    {
        using var slots = new FeedSlots(TimeProvider.System, 1, Short);
        var slow = await slots.EnterAsync(CancellationToken.None);
        using var next = await slots.EnterAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(30));
        slow.Dispose();
        using var third = await slots.EnterAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task WhoeverWaitsCanBeStopped()
    {
        using var slots = new FeedSlots(TimeProvider.System, 1, Long);
        using var held = await slots.EnterAsync(CancellationToken.None);
        using var stop = new CancellationTokenSource(Short);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => slots.EnterAsync(stop.Token));
    }
}
