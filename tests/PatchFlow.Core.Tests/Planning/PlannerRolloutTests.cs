using PatchFlow.Core.Changes;
using PatchFlow.Core.Planning;
using PatchFlow.Core.Rollouts;

namespace PatchFlow.Core.Tests.Planning;

public sealed class PlannerRolloutTests
{
    private static readonly TimeSpan Soak = TimeSpan.FromMinutes(10);

    [Fact]
    public void ARolloutGoesWaveByWaveWithSoakAndGate()
    {
        var world = new World().Approved().Run();
        Assert.Equal("soak of wave 0 until 12:10:00Z", world.Change.Waiting?.Sentence);
        world.Wait(Soak);
        world.Wait(Soak);
        Assert.Equal(
            """
            change.approved
            change.rolling-out
            wave.begin
            web-1 host.stage
            web-1 host.install a1
            web-1 Running -> Verifying
            web-1 Verifying -> Succeeded
            wave.done
            wave.gate
            web-1 Verifying -> Succeeded
            wave.begin
            web-2 host.stage
            web-3 host.stage
            web-2 host.install a1
            web-3 host.install a1
            web-2 Running -> Verifying
            web-3 Running -> Verifying
            web-2 Verifying -> Succeeded
            web-3 Verifying -> Succeeded
            wave.done
            wave.gate
            web-2 Verifying -> Succeeded
            web-3 Verifying -> Succeeded
            change.completed
            """,
            string.Join('\n', world.Log.Split('\n').Skip(5)));
        Assert.All(world.Facts.Tasks, t => Assert.Equal((1, 2), (t.InstallAttempt, t.CheckAttempt)));
    }

    [Fact]
    public void NoMoreHostsAreAtWorkThanTheWaveAllows()
    {
        var world = new World(hosts: 8);
        world.Approved();
        world.Answer = step => step is AskTicket && world.Change.Wave == 1 ? new Outcome.Told(TicketStanding.Running, null, 0, null) : world.Fine(step);
        for (var i = 0; i < 40; i++)
        {
            world.Now += TimeSpan.FromMinutes(1);
            world.Tick();
            Assert.InRange(world.Facts.Tasks.Count(t => t.Status.IsActive()), 0, 2);
        }

        Assert.Equal(2, world.Facts.Tasks.Count(t => t.Status == HostTaskStatus.Running));
    }

    [Fact]
    public void WhenTheCanaryBreaksWaveOneNeverStarts()
    {
        var world = new World();
        world.Approved();
        world.Answer = Exits(world, "web-1", 20, "apt-get ended with 100");
        world.Run();
        Assert.Equal((ChangeStatus.Halted, "wave 0: 1 error, limit 0; web-1: apt-get ended with 100"), (world.Change.Status, world.Change.Reason));
        world.Wait(TimeSpan.FromDays(1));
        Assert.All(world.Facts.Tasks.Where(t => t.Wave == 1), t => Assert.Equal(HostTaskStatus.Pending, t.Status));
    }

    [Fact]
    public void WhenTheGateAfterTheSoakFailsWaveOneNeverStarts()
    {
        var world = new World().Approved().Run();
        world.Answer = Exits(world, "web-1", 31, "http-page failed");
        world.Wait(Soak);
        Assert.Equal(ChangeStatus.Halted, world.Change.Status);
        Assert.All(world.Facts.Tasks.Where(t => t.Wave == 1), t => Assert.Equal(HostTaskStatus.Pending, t.Status));
    }

    [Fact]
    public void ACanaryThatIsOfflineOpensNothing()
    {
        var world = new World();
        world.Approved();
        world.Answer = _ => new Outcome.Failed(FailureKind.Transient, "no answer");
        world.Run();
        for (var i = 0; i < 10; i++)
        {
            world.Wait(TimeSpan.FromMinutes(2));
        }

        Assert.Equal(HostTaskStatus.Offline, world.Host("web-1").Status);
        Assert.Equal(ChangeStatus.Halted, world.Change.Status);

        // Nothing had begun on it, so once it is back its turn comes anew.
        world.Answer = world.Fine;
        world.Command(CommandAction.Retry, "web-1").Run();
        Assert.Equal((HostTaskStatus.Succeeded, 1), (world.Host("web-1").Status, world.Host("web-1").InstallAttempt));
        Assert.Equal(ChangeStatus.RollingOut, world.Change.Status);
    }

    [Fact]
    public void WhenTheFailureThresholdIsBreachedTheRolloutHalts()
    {
        var world = new World(hosts: 6).Approved().Run();
        world.Answer = step => step is AskTicket && world.Change.Wave == 1 ? new Outcome.Told(TicketStanding.Exited, 30, 0, "verification failed") : world.Fine(step);
        world.Wait(Soak);
        Assert.Equal(ChangeStatus.Halted, world.Change.Status);
        Assert.Equal(2, world.Facts.Tasks.Count(t => t.Status == HostTaskStatus.Failed));
        Assert.Equal(3, world.Facts.Tasks.Count(t => t.Status == HostTaskStatus.Pending));
    }

    [Fact]
    public void AnErrorWithinTheLimitIsAnException()
    {
        var world = new World(hosts: 4).Approved().Run();
        world.Answer = Exits(world, "web-2", 20, "apt failed");
        world.Wait(Soak);
        world.Wait(Soak);
        Assert.Equal((ChangeStatus.CompletedWithExceptions, "web-2 Failed: apt failed"), (world.Change.Status, world.Change.Reason));
    }

    [Fact]
    public void ARetryThatSucceedsBringsAHaltedRolloutOn()
    {
        var world = new World();
        world.Approved();
        world.Answer = Exits(world, "web-1", 20, "apt failed");
        world.Run();
        world.Answer = world.Fine;
        world.Command(CommandAction.Retry, "web-1").Run();
        Assert.Equal((ChangeStatus.RollingOut, 2), (world.Change.Status, world.Host("web-1").InstallAttempt));
        world.Wait(Soak);
        Assert.Equal(ChangeStatus.Completed, world.Wait(Soak).Change.Status);
    }

    [Fact]
    public void AnInterruptedInstallIsIssuedAgainAsTheNextAttempt()
    {
        var world = new World();
        world.Approved();
        var isFirst = true;
        world.Answer = step => step is AskTicket && isFirst && !(isFirst = false) ? new Outcome.Told(TicketStanding.Interrupted, null, 0, null) : world.Fine(step);
        world.Run();
        Assert.Equal((HostTaskStatus.Succeeded, 2), (world.Host("web-1").Status, world.Host("web-1").InstallAttempt));
        Assert.Contains("web-1 Running -> Unknown", world.Log, StringComparison.Ordinal);
    }

    [Fact]
    public void AfterThePipelinesAttemptsAPersonMustLook()
    {
        var world = new World();
        world.Approved();
        world.Answer = step => step is AskTicket ? new Outcome.Told(TicketStanding.Lost, null, 0, null) : world.Fine(step);
        world.Run();
        Assert.Equal((HostTaskStatus.NeedsAttention, 3), (world.Host("web-1").Status, world.Host("web-1").InstallAttempt));
        Assert.Equal(ChangeStatus.Halted, world.Change.Status);
    }

    [Fact]
    public void AHeldLockIsTriedAgainAndThenFails()
    {
        var world = new World();
        world.Approved();
        world.Answer = Exits(world, "web-1", 22, "dpkg's lock is held by apt (pid 7)");
        world.Run();
        Assert.Equal(1, world.Host("web-1").InstallAttempt);
        for (var i = 0; i < 5; i++)
        {
            world.Wait(TimeSpan.FromMinutes(1));
        }

        Assert.Equal((HostTaskStatus.Failed, 3), (world.Host("web-1").Status, world.Host("web-1").InstallAttempt));
    }

    [Fact]
    public void AnUnreachableHostIsUnknownAndAskedAgainNeverGuessed()
    {
        var world = new World();
        world.Approved();
        world.Answer = step => step is AskTicket ? new Outcome.Failed(FailureKind.Transient, "no route") : world.Fine(step);
        world.Run();
        Assert.Equal((HostTaskStatus.Unknown, 1), (world.Host("web-1").Status, world.Host("web-1").InstallAttempt));
        Assert.Equal("web-1, which does not answer: no route", world.Change.Waiting?.Sentence);
        world.Answer = world.Fine;
        world.Wait(TimeSpan.FromSeconds(2));
        Assert.Equal((HostTaskStatus.Succeeded, 1), (world.Host("web-1").Status, world.Host("web-1").InstallAttempt));
    }

    [Fact]
    public void AStartOfWhichNobodyKnowsIsRepeatedAsTheSameTicket()
    {
        var world = new World();
        world.Approved();
        world.Answer = step => step is StartTicket ? new Outcome.Failed(FailureKind.Transient, "connection lost") : world.Fine(step);
        world.Run();
        var ticket = world.Host("web-1").Ticket;
        world.Answer = world.Fine;
        world.Now += TimeSpan.FromSeconds(2);
        Assert.Equal(ticket, Assert.IsType<StartTicket>(Assert.Single(world.Agenda().Steps)).Task.Ticket);
    }

    [Fact]
    public void AnAttemptThatTheHostNeverHadIsGivenOutAgainUnderItsNumber()
    {
        var world = new World();
        world.Approved();
        world.Answer = step => step is StartTicket ? new Outcome.Failed(FailureKind.Permanent, "start: refused with exit 54") : world.Fine(step);
        world.Run();
        Assert.Equal(HostTaskStatus.Failed, world.Host("web-1").Status);
        world.Answer = world.Fine;
        world.Command(CommandAction.Retry, "web-1").Run();
        Assert.Equal((HostTaskStatus.Succeeded, 1, 1), (world.Host("web-1").Status, world.Host("web-1").InstallAttempt, world.Host("web-1").CheckAttempt));
    }

    [Fact]
    public void ARolloutEndsOnlyWhenEveryHostHasItsTombstonesOrWasAskedOftenEnough()
    {
        var world = new World(hosts: 1).Approved();
        world.Answer = step => step is CompleteTicket ? new Outcome.Failed(FailureKind.Transient, "no answer") : world.Fine(step);
        world.Run();
        world.Wait(Soak);
        Assert.Equal((ChangeStatus.RollingOut, 3), (world.Change.Status, world.Host("web-1").Uncompleted.Length));
        for (var i = 0; i < Limits.CompleteAfter; i++)
        {
            world.Wait(TimeSpan.FromMinutes(1));
        }

        Assert.Equal(ChangeStatus.Completed, world.Change.Status);
    }

    [Fact]
    public void ADriftedHostIsLeftOutAndCountsAsNoError()
    {
        var world = new World(hosts: 4).Approved().Run();
        world.Answer = step => step is Deliver { Task.Host: "web-2" } ? new Outcome.Drifted("nginx has 1.1") : world.Fine(step);
        world.Wait(Soak);
        world.Wait(Soak);
        Assert.Equal((ChangeStatus.CompletedWithExceptions, HostTaskStatus.Drifted), (world.Change.Status, world.Host("web-2").Status));
    }

    [Fact]
    public void WhatIsPausedFinishesButStartsNothing()
    {
        var world = new World(hosts: 6).Approved().Run();
        world.Now += Soak;
        while (!world.Facts.Tasks.Any(t => t.Status == HostTaskStatus.Running && t.IsStarted))
        {
            world.Tick();
        }

        world.Command(CommandAction.Pause).Run();
        Assert.Equal(ChangeStatus.Paused, world.Change.Status);
        Assert.Equal(3, world.Facts.Tasks.Count(t => t.Status == HostTaskStatus.Succeeded));
        Assert.Equal(3, world.Facts.Tasks.Count(t => t.Status == HostTaskStatus.Pending));
        world.Command(CommandAction.Resume).Run();
        Assert.Equal(ChangeStatus.Completed, world.Wait(Soak).Change.Status);
    }

    [Fact]
    public void AHostThatIsStagedDoesNotStartWhilePaused()
    {
        var world = new World();
        world.Approved();
        while (!world.Facts.Tasks.Any(t => t.IsDelivered))
        {
            world.Tick();
        }

        world.Command(CommandAction.Pause).Run();
        Assert.Equal((HostTaskStatus.Staging, 0), (world.Host("web-1").Status, world.Host("web-1").InstallAttempt));
    }

    [Fact]
    public void AQuorumThatExpiresDuringTheRolloutLetsNoFurtherHostStart()
    {
        var world = new World(hosts: 4, edit: p => p with { DecisionLifetime = TimeSpan.FromMinutes(5) }).Approved().Run();
        world.Wait(Soak);
        Assert.Equal((ChangeStatus.RollingOut, "approval"), (world.Change.Status, world.Change.Waiting?.For));
        Assert.Equal(3, world.Facts.Tasks.Count(t => t.Status == HostTaskStatus.Pending));
        world.Decide("user:ann").Decide("user:bob").Run();
        Assert.Equal(ChangeStatus.Completed, world.Wait(TimeSpan.FromMinutes(5)).Change.Status);
    }

    [Fact]
    public void ARejectionDuringTheRolloutHaltsIt()
    {
        var world = new World().Approved().Run().Decide("user:cid", Vote.Reject).Run();
        Assert.Equal((ChangeStatus.Halted, "user:cid rejected it: not today"), (world.Change.Status, world.Change.Reason));
    }

    [Fact]
    public void AfterThePlansLastMomentNoHostStarts()
    {
        var world = new World(hosts: 4, edit: p => p with { PlanLifetime = TimeSpan.FromMinutes(5) }).Approved().Run();
        world.Wait(Soak);
        world.Wait(Soak);
        Assert.Equal(ChangeStatus.CompletedWithExceptions, world.Change.Status);
        Assert.All(world.Facts.Tasks.Where(t => t.Wave == 1), t => Assert.Equal((HostTaskStatus.Skipped, 0), (t.Status, t.InstallAttempt)));
    }

    [Fact]
    public void ARollbackBringsBackTouchedHostsAndNoOther()
    {
        var world = new World(hosts: 4).Approved().Run();
        world.Command(CommandAction.Pause).Run();
        world.Command(CommandAction.Rollback).Run();
        Assert.Equal(ChangeStatus.RolledBack, world.Change.Status);
        Assert.Equal((HostTaskStatus.RolledBack, 1, 1), (world.Host("web-1").Status, world.Host("web-1").RollbackAttempt, world.Host("web-1").RehearsedAttempt));
        Assert.All(world.Facts.Tasks.Where(t => t.Wave == 1), t => Assert.Equal((HostTaskStatus.Skipped, 0), (t.Status, t.RollbackAttempt)));
    }

    [Fact]
    public void AHostThatDoesNotGetBackIsAnException()
    {
        var world = new World(hosts: 4).Approved().Run();
        world.Command(CommandAction.Pause).Run();
        world.Answer = Exits(world, "web-1", 40, "libexpat1 stays");
        world.Command(CommandAction.Rollback).Run();
        Assert.Equal((ChangeStatus.RolledBackWithExceptions, "web-1: libexpat1 stays"), (world.Change.Status, world.Change.Reason));
    }

    [Fact]
    public void AnAbortedRolloutEndsWithItsLastHostAndCanBeRolledBack()
    {
        var world = new World(hosts: 4).Approved().Run();
        world.Command(CommandAction.Abort).Run();
        Assert.Equal((ChangeStatus.Aborted, true, false), (world.Change.Status, world.Change.IsSettled, world.Change.IsOpen));
        Assert.Equal(3, world.Facts.Tasks.Count(t => t.Status == HostTaskStatus.Skipped));
        Assert.Equal(ChangeStatus.RolledBack, world.Command(CommandAction.Rollback).Run().Change.Status);
    }

    [Fact]
    public void ACommandThatIsNotPossibleIsAnsweredWithTheReason()
    {
        var world = new World().Run().Command(CommandAction.Resume).Run();
        Assert.Contains("command.refused [CHG-42 is AwaitingApproval; resume is possible in Paused]", world.Log, StringComparison.Ordinal);
        world.Command(CommandAction.Skip, "web-9").Run();
        Assert.Empty(world.Facts.Commands);
    }

    [Fact]
    public void ASkippedHostThatFailedStillCountsAsAnError()
    {
        var world = new World();
        world.Approved();
        world.Answer = step => step is AskTicket ? new Outcome.Told(TicketStanding.Lost, null, 0, null) : world.Fine(step);
        world.Run();
        world.Command(CommandAction.Skip, "web-1").Run();
        Assert.Equal((HostTaskStatus.Skipped, ChangeStatus.Halted), (world.Host("web-1").Status, world.Change.Status));
    }

    private static Func<Step, Outcome> Exits(World world, string host, int code, string said) => step =>
        step is AskTicket ask && ask.Task.Host == host ? new Outcome.Told(TicketStanding.Exited, code, 0, said) : world.Fine(step);
}
