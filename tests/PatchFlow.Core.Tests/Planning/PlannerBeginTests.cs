using PatchFlow.Core.Changes;
using PatchFlow.Core.Planning;
using PatchFlow.Core.Rollouts;

namespace PatchFlow.Core.Tests.Planning;

/// <summary>What was begun on a host finishes; what the host never heard of does not start once nothing may begin.</summary>
public sealed class PlannerBeginTests
{
    private static readonly Outcome Silence = new Outcome.Failed(FailureKind.Transient, "no route");
    private static readonly Outcome Absent = new Outcome.Told(TicketStanding.Absent, null, 0, null);

    public static TheoryData<string, HostTaskStatus> Stops { get; } = new()
    {
        { "pause", HostTaskStatus.Staging },
        { "abort", HostTaskStatus.Skipped },
        { "reject", HostTaskStatus.Staging },
        { "expire", HostTaskStatus.Staging },
        { "too late", HostTaskStatus.Skipped },
    };

    [Theory]
    [MemberData(nameof(Stops))]
    public void AHostThatNeverHeardOfItsInstallIsAskedAndNotStarted(string how, HostTaskStatus then)
    {
        var world = Issued();
        Stop(world, how);
        var started = 0;
        world.Answer = step => step is AskTicket ? Absent : Counted(world, step, ref started);
        world.Wait(TimeSpan.FromMinutes(5));
        Assert.Equal((then, 0, 0), (world.Host("web-1").Status, world.Host("web-1").InstallAttempt, started));
    }

    [Theory]
    [InlineData("pause")]
    [InlineData("abort")]
    [InlineData("reject")]
    public void AHostOnWhichItHadBegunUnheardFinishes(string how)
    {
        var world = Issued();
        Stop(world, how);
        world.Answer = world.Fine;
        world.Wait(TimeSpan.FromMinutes(5));
        Assert.Equal((HostTaskStatus.Succeeded, 1), (world.Host("web-1").Status, world.Host("web-1").InstallAttempt));
    }

    [Theory]
    [InlineData(TicketStanding.Exited, 22)]
    [InlineData(TicketStanding.Exited, 11)]
    [InlineData(TicketStanding.Lost, null)]
    public void AnAttemptThatChangedNothingIsNotRepeatedAfterAnAbort(TicketStanding standing, int? exit)
    {
        var world = Started();
        world.Command(CommandAction.Abort);
        var started = 0;
        world.Answer = step => step is AskTicket ? new Outcome.Told(standing, exit, 0, "nothing changed") : Counted(world, step, ref started);
        world.Run().Wait(TimeSpan.FromMinutes(5));
        Assert.Equal((HostTaskStatus.Skipped, 0, true), (world.Host("web-1").Status, started, world.Change.IsSettled));
    }

    [Fact]
    public void AnInstallThatWasCutOffHalfwayIsMendedAlsoAfterAnAbort()
    {
        var world = Started();
        world.Command(CommandAction.Abort);
        world.Answer = step => step is AskTicket { Task.InstallAttempt: 1, Task.Status: HostTaskStatus.Running } ? new Outcome.Told(TicketStanding.Interrupted, null, 0, null) : world.Fine(step);
        world.Run();
        Assert.Equal((HostTaskStatus.Succeeded, 2, ChangeStatus.Aborted), (world.Host("web-1").Status, world.Host("web-1").InstallAttempt, world.Change.Status));
    }

    [Fact]
    public void AHostThatWentBackStartsUnderTheSameNumberAfterTheResumption()
    {
        var world = Issued();
        world.Command(CommandAction.Pause);
        world.Answer = step => step is AskTicket ? Absent : world.Fine(step);
        world.Wait(TimeSpan.FromMinutes(5));
        world.Answer = world.Fine;
        world.Command(CommandAction.Resume).Run();
        Assert.Equal((HostTaskStatus.Succeeded, 1), (world.Host("web-1").Status, world.Host("web-1").InstallAttempt));
    }

    [Fact]
    public void ARejectionOutlivesEveryDecisionAndTheRolloutStaysHalted()
    {
        var world = new World().Approved().Run().Decide("user:cid", Vote.Reject).Run();
        for (var i = 0; i < 10; i++)
        {
            world.Wait(TimeSpan.FromDays(1));
        }

        Assert.Equal(ChangeStatus.Halted, world.Change.Status);
        world.Decide("user:cid").Decide("user:ann").Decide("user:bob").Run();
        Assert.Equal(ChangeStatus.RollingOut, world.Change.Status);
    }

    [Fact]
    public void NothingBeginsAnywhereWhileAHostHasSeenMoreThanThisServer()
    {
        var world = new World(hosts: 4).Approved().Run();
        world.Facts = world.Facts with { Behind = "web-1 has seen plan sequence 99: restore the newest database" };
        world.Wait(TimeSpan.FromMinutes(10));
        world.Wait(TimeSpan.FromHours(1));
        Assert.Equal(3, world.Facts.Tasks.Count(t => t.Status == HostTaskStatus.Pending));
        Assert.Equal("web-1 has seen plan sequence 99: restore the newest database", world.Change.Waiting?.Sentence);
        world.Facts = world.Facts with { Behind = null };
        Assert.Equal(ChangeStatus.Completed, world.Run().Wait(TimeSpan.FromMinutes(5)).Change.Status);
    }

    // The install of web-1 is issued and saved, and nobody knows whether its start arrived.
    private static World Issued()
    {
        var world = new World(hosts: 2, edit: p => p with { PlanLifetime = TimeSpan.FromDays(2) }).Approved();
        world.Answer = step => step is StartTicket ? Silence : world.Fine(step);
        world.Run();
        Assert.Equal((HostTaskStatus.Unknown, false), (world.Host("web-1").Status, world.Host("web-1").IsStarted));
        return world;
    }

    private static World Started()
    {
        var world = new World(hosts: 2).Approved();
        while (!world.Host("web-1").IsStarted)
        {
            world.Tick();
        }

        return world;
    }

    private static void Stop(World world, string how)
    {
        switch (how)
        {
            case "pause":
                world.Command(CommandAction.Pause).Tick();
                break;
            case "abort":
                world.Command(CommandAction.Abort).Tick();
                break;
            case "reject":
                world.Decide("user:cid", Vote.Reject).Tick();
                break;
            case "expire":
                world.Decide("user:ann", Vote.Abstain);
                break;
            default:
                world.Now += TimeSpan.FromDays(2) + TimeSpan.FromMinutes(1);
                break;
        }
    }

    private static Outcome Counted(World world, Step step, ref int started)
    {
        started += step is StartTicket ? 1 : 0;
        return world.Fine(step);
    }
}
