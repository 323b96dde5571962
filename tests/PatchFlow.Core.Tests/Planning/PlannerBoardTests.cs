using PatchFlow.Core.Changes;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Planning;
using PatchFlow.Core.Rollouts;

namespace PatchFlow.Core.Tests.Planning;

public sealed class PlannerBoardTests
{
    [Fact]
    public void AChangeIsResolvedSealedTestedAndThenWaitsForTheBoard()
    {
        var world = new World().Run();
        Assert.Equal(
            """
            change.resolving
            run.resolve
            change.sealed
            run.sandbox
            change.awaiting-approval
            """,
            world.Log);
        Assert.Equal("approval: 0 of 2, by members of change-board other than user:tim, until Thu 26 Nov 12:00Z", world.Change.Waiting?.Sentence);
    }

    [Fact]
    public void AChangeWaitsForAnotherInFlightOnOneOfItsHosts()
    {
        var world = new World();
        world.Facts = world.Facts with { Others = [new(77, ChangeStatus.AwaitingApproval, true, ["db-1", "web-2"])] };
        Assert.Equal("CHG-77, which is in flight on web-2", world.Run().Change.Waiting?.Sentence);
        Assert.Equal(ChangeStatus.Proposed, world.Change.Status);
    }

    [Fact]
    public void OfTwoProposedChangesTheOlderGoesFirst()
    {
        var world = new World();
        world.Facts = world.Facts with { Others = [new(41, ChangeStatus.Proposed, false, ["web-2"]), new(43, ChangeStatus.Proposed, false, ["web-1"])] };
        Assert.Equal("CHG-41, which was proposed earlier on web-2", world.Run().Change.Waiting?.Sentence);
        world.Facts = world.Facts with { Others = [new(43, ChangeStatus.Proposed, false, ["web-1"])] };
        Assert.Equal(ChangeStatus.AwaitingApproval, world.Run().Change.Status);
    }

    [Fact]
    public void NothingIsResolvedAgainstAFeedThatIsStale()
    {
        var world = new World();
        world.Change = world.Change with { Feeds = ["debian-security"] };
        world.Facts = world.Facts with { StaleFeeds = [new("other", "other is old"), new("debian-security", "debian-security is 9 days old")] };
        Assert.Equal("debian-security is 9 days old", world.Run().Change.Waiting?.Sentence);
        Assert.Equal(ChangeStatus.Proposed, world.Change.Status);
    }

    [Fact]
    public void InconclusiveRunsAreRepeatedUpToThePipelinesLimitAndNeverPass()
    {
        var world = new World { Verdict = Verdict.Inconclusive }.Run();
        Assert.Equal((ChangeStatus.Testing, 1, "sandbox"), (world.Change.Status, world.Change.InconclusiveRuns, world.Change.Waiting?.For));
        Assert.Contains("came to no result", world.Change.Waiting?.Sentence, StringComparison.Ordinal);
        world.Wait(TimeSpan.FromMinutes(1)).Wait(TimeSpan.FromMinutes(2));
        Assert.Equal(ChangeStatus.TestFailed, world.Change.Status);
        Assert.Equal(3, world.Change.InconclusiveRuns);
        Assert.Equal(3, world.Log.Split("run.sandbox").Length - 1);
    }

    [Fact]
    public void AFailedCheckEndsTheChange()
    {
        var world = new World { Verdict = Verdict.Fail }.Run();
        Assert.Equal(ChangeStatus.TestFailed, world.Change.Status);
        Assert.All(world.Facts.Tasks, t => Assert.Equal(HostTaskStatus.Pending, t.Status));
    }

    [Fact]
    public void AProfileWithoutAResultIsInconclusive()
    {
        var world = new World();
        while (world.Facts.Sandbox is null)
        {
            world.Tick();
        }

        world.SetRun(world.Facts.Sandbox with { Results = world.Facts.Sandbox.Results.RemoveAt(0) });
        world.Tick();
        Assert.Equal((ChangeStatus.Testing, 1), (world.Change.Status, world.Change.InconclusiveRuns));
    }

    [Fact]
    public void ARunWhoseWorkerIsGoneIsLostAndRunAgainAtOnce()
    {
        var world = new World();
        while (world.Facts.Sandbox is null)
        {
            world.Tick();
        }

        world.SetRun(world.Facts.Sandbox with { Status = WorkStatus.Running });
        world.Run();
        Assert.Contains("run.lost\nrun.sandbox", world.Log, StringComparison.Ordinal);
        Assert.Equal(ChangeStatus.AwaitingApproval, world.Change.Status);
    }

    [Fact]
    public void AFailedRunWaitsAndSaysWhyBeforeItRunsAgain()
    {
        var world = new World();
        while (world.Facts.Resolve is null)
        {
            world.Tick();
        }

        world.SetRun(world.Facts.Resolve with { Status = WorkStatus.Failed, Message = "no Docker Engine answers: start it" });
        world.Run();
        Assert.Equal("resolve run 1 failed: no Docker Engine answers: start it; again at 12:00:05Z", world.Change.Waiting?.Sentence);
        Assert.Equal(ChangeStatus.AwaitingApproval, world.Wait(TimeSpan.FromSeconds(5)).Change.Status);
    }

    [Fact]
    public void WhatCanNotBeResolvedEndsWithItsReason()
    {
        var world = new World();
        while (world.Facts.Resolve is null)
        {
            world.Tick();
        }

        world.SetRun(world.Facts.Resolve with { Status = WorkStatus.Refused, Message = "nginx would be removed" });
        Assert.Equal((ChangeStatus.Unresolvable, "nginx would be removed"), (world.Run().Change.Status, world.Change.Reason));
    }

    [Fact]
    public void TheQuorumStartsTheRolloutByItself()
    {
        var world = new World().Run().Decide("user:ann");
        Assert.Equal(ChangeStatus.AwaitingApproval, world.Run().Change.Status);
        world.Decide("user:bob").Tick();
        world.Tick();
        Assert.Equal(ChangeStatus.RollingOut, world.Change.Status);
    }

    [Fact]
    public void ARejectionEndsTheChange()
    {
        var world = new World().Run().Decide("user:ann").Decide("user:bob", Vote.Reject).Run();
        Assert.Equal((ChangeStatus.Rejected, "user:bob rejected it: not today"), (world.Change.Status, world.Change.Reason));
    }

    [Fact]
    public void NoDecisionInTimeExpiresTheChange() =>
        Assert.Equal(ChangeStatus.Expired, new World().Run().Wait(TimeSpan.FromDays(3)).Change.Status);

    [Fact]
    public void AManualRolloutWaitsForAnOperator()
    {
        var world = new World(edit: p => p with { StartsByItself = false }).Approved().Run();
        Assert.Equal((ChangeStatus.Approved, "start"), (world.Change.Status, world.Change.Waiting?.For));
        world.Command(CommandAction.Start).Tick();
        Assert.Equal(ChangeStatus.RollingOut, world.Change.Status);
    }

    [Fact]
    public void AnApprovalThatExpiresBeforeTheStartTakesTheChangeBackToTheBoard()
    {
        var world = new World(edit: p => p with { StartsByItself = false }).Approved().Run();
        world.Wait(TimeSpan.FromDays(3));
        Assert.Equal((ChangeStatus.AwaitingApproval, "approval"), (world.Change.Status, world.Change.Waiting?.For));
        Assert.All(world.Facts.Tasks, t => Assert.Equal(HostTaskStatus.Pending, t.Status));
    }

    [Fact]
    public void AnEditedPipelineSealsAgainAndEarlierDecisionsNoLongerCount()
    {
        var world = new World(edit: p => p with { StartsByItself = false }).Approved().Run();
        var before = world.Change.Plan;
        world.Pipeline = world.Pipeline with { Approvals = 1 };
        world.Facts = world.Facts with { Policy = Samples.PolicyOf(world.Pipeline) };
        world.Run();
        Assert.Equal((ChangeStatus.AwaitingApproval, "approval: 0 of 1, by members of change-board other than user:tim, until Thu 26 Nov 12:00Z"), (world.Change.Status, world.Change.Waiting?.Sentence));
        Assert.NotEqual(before, world.Change.Plan);
    }

    [Fact]
    public void ANewSandboxRunIsNewEvidenceAndNeedsNewDecisions()
    {
        var world = new World(edit: p => p with { StartsByItself = false }).Approved().Run();
        var before = world.Change.Evidence;
        world.Command(CommandAction.Test).Run();
        Assert.NotEqual(before, world.Change.Evidence);
        Assert.Equal(ChangeStatus.AwaitingApproval, world.Change.Status);
    }

    [Fact]
    public void APlanPastItsLastMomentExpires()
    {
        var world = new World(edit: p => p with { StartsByItself = false, PlanLifetime = TimeSpan.FromDays(1) }).Approved().Run();
        Assert.Equal(ChangeStatus.Approved, world.Wait(TimeSpan.FromDays(1)).Change.Status);
        Assert.Equal(ChangeStatus.Expired, world.Wait(TimeSpan.FromSeconds(1)).Change.Status);
    }

    [Fact]
    public void AnUnreadablePolicyHoldsEverythingButCancelling()
    {
        var world = new World().Run();
        var agenda = Planner.WithoutPolicy(world.Change, world.Facts, "pipelines/normal.yaml line 3: unknown key", world.Now);
        Assert.Empty(agenda.Steps);
        Assert.Equal("pipelines/normal.yaml line 3: unknown key", agenda.Waiting?.Sentence);
        world.Command(CommandAction.Start);
        Assert.False(Assert.IsType<AnswerCommand>(Assert.Single(Planner.WithoutPolicy(world.Change, world.Facts, "unreadable", world.Now).Steps)).Answer.Accepted);
        world.Facts = world.Facts with { Commands = [new(9, CommandAction.Cancel, null, "user:op", null)] };
        var cancel = Assert.IsType<SaveChange>(Assert.Single(Planner.WithoutPolicy(world.Change, world.Facts, "unreadable", world.Now).Steps));
        Assert.Equal(ChangeStatus.Cancelled, cancel.Next.Status);
    }
}
