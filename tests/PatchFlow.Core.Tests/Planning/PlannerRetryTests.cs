using PatchFlow.Core.Auditing;
using PatchFlow.Core.Changes;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Hosts;
using PatchFlow.Core.Planning;
using PatchFlow.Core.Rollouts;

namespace PatchFlow.Core.Tests.Planning;

/// <summary>How a person gets past what went wrong.</summary>
public sealed class PlannerRetryTests
{
    private static readonly TimeSpan Soak = TimeSpan.FromMinutes(10);

    [Fact]
    public void ATicketThatRunsForTooLongNeedsAPersonAndIsNotStopped()
    {
        var world = new World(hosts: 2).Approved();
        world.Answer = step => step is AskTicket ? new Outcome.Told(TicketStanding.Running, null, 0, null) : world.Fine(step);
        for (var i = 0; i < 59; i++)
        {
            world.Now += TimeSpan.FromMinutes(1);
            world.Tick();
        }

        Assert.Equal(HostTaskStatus.Running, world.Host("web-1").Status);
        world.Now += TimeSpan.FromMinutes(10);
        world.Tick();
        var task = world.Host("web-1");
        Assert.Equal((HostTaskStatus.NeedsAttention, 1, true), (task.Status, task.InstallAttempt, task.IsStarted));
        Assert.Contains("install.web-1.a1 has run for 60 minutes, and was not stopped: look on the host", task.Detail, StringComparison.Ordinal);

        world.Answer = world.Fine;
        world.Command(CommandAction.Retry, "web-1").Run();
        Assert.Equal((HostTaskStatus.Succeeded, 1), (world.Host("web-1").Status, world.Host("web-1").InstallAttempt));
    }

    [Fact]
    public void AHostThatIsSilentNowAndThenHasNoMoreTimeForIt()
    {
        var world = new World(hosts: 2).Approved();
        var count = 0;
        world.Answer = step => step is AskTicket
            ? ++count % 2 == 0 ? new Outcome.Failed(FailureKind.Transient, "no route") : new Outcome.Told(TicketStanding.Running, null, 0, null)
            : world.Fine(step);
        for (var i = 0; i < 70; i++)
        {
            world.Now += TimeSpan.FromMinutes(1);
            world.Tick();
        }

        Assert.Equal(HostTaskStatus.NeedsAttention, world.Host("web-1").Status);
    }

    [Fact]
    public void NoRetryPassesTheConcurrencyOfThePlan()
    {
        var world = new World(hosts: 6, edit: p => p with { Waves = [p.Waves[0], p.Waves[1] with { Errors = 5 }] }).Approved().Run();
        world.Answer = step => step is AskTicket { Task.Host: "web-2" } ? new Outcome.Told(TicketStanding.Exited, 20, 0, "apt failed")
            : step is AskTicket ? new Outcome.Told(TicketStanding.Running, null, 0, null)
            : world.Fine(step);
        world.Now += Soak;
        world.Answer = Then(world.Answer, world, step => step is AskTicket { Task.Host: "web-1" });
        for (var i = 0; i < 20; i++)
        {
            world.Tick();
        }

        Assert.Equal(2, world.Facts.Tasks.Count(t => t.Status.IsActive()));
        world.Command(CommandAction.Retry, "web-2").Tick();
        Assert.Equal(HostTaskStatus.Failed, world.Host("web-2").Status);
        Assert.Contains("the plan lets 2 hosts of wave 1 be at work at once, and web-3 is Running", world.Log, StringComparison.Ordinal);
    }

    [Fact]
    public void ARetryDeliversFilesAndChecksAgain()
    {
        var world = new World().Approved();
        world.Answer = step => step is AskTicket ? new Outcome.Told(TicketStanding.Exited, 20, 0, "apt failed") : world.Fine(step);
        world.Run();
        Assert.True(world.Host("web-1").IsDelivered);
        world.Command(CommandAction.Retry, "web-1").Tick();
        Assert.Equal((HostTaskStatus.Running, false), (world.Host("web-1").Status, world.Host("web-1").IsDelivered));
    }

    [Fact]
    public void ARollbackThatFailedIsTriedAgain()
    {
        var world = new World(hosts: 4).Approved().Run();
        world.Command(CommandAction.Pause).Run();
        world.Answer = step => step is AskTicket ? new Outcome.Told(TicketStanding.Exited, 40, 0, "libexpat1 stays") : world.Fine(step);
        world.Command(CommandAction.Rollback).Run();
        Assert.Equal((ChangeStatus.RolledBackWithExceptions, false), (world.Change.Status, world.Change.IsOpen));
        world.Answer = world.Fine;
        world.Command(CommandAction.Retry, "web-1").Run();
        Assert.Equal((ChangeStatus.RolledBack, HostTaskStatus.RolledBack, 2), (world.Change.Status, world.Host("web-1").Status, world.Host("web-1").RollbackAttempt));
    }

    [Fact]
    public void ARollbackIsNotTriedAgainUnderAnotherChange()
    {
        var world = new World(hosts: 4).Approved().Run();
        world.Command(CommandAction.Pause).Run();
        world.Answer = step => step is AskTicket ? new Outcome.Told(TicketStanding.Exited, 40, 0, "libexpat1 stays") : world.Fine(step);
        world.Command(CommandAction.Rollback).Run();
        world.Facts = world.Facts with { Others = [new(43, ChangeStatus.Testing, true, ["web-1"])] };
        world.Command(CommandAction.Retry, "web-1").Run();
        Assert.Equal(ChangeStatus.RolledBackWithExceptions, world.Change.Status);
        Assert.Contains("CHG-43 is in flight on the same hosts", world.Log, StringComparison.Ordinal);
    }

    [Fact]
    public void AHostRetriedDuringTheSoakSoaksAndIsCheckedAtTheGateAsWell()
    {
        var world = new World(edit: p => p with { Waves = [new("first", 2, null, 1, Soak, 2), p.Waves[1]] }).Approved();
        var host = world.Facts.Tasks.Last(t => t.Wave == 0).Host;
        world.Answer = step => step is AskTicket ask && ask.Task.Host == host ? new Outcome.Told(TicketStanding.Exited, 20, 0, "apt failed") : world.Fine(step);
        world.Run();
        Assert.Equal(("soak", HostTaskStatus.Failed), (world.Change.Waiting?.For, world.Host(host).Status));
        world.Wait(TimeSpan.FromMinutes(9));
        world.Answer = world.Fine;
        world.Command(CommandAction.Retry, host).Run();
        world.Wait(TimeSpan.FromMinutes(9));
        Assert.Equal(("soak", 0), (world.Change.Waiting?.For, world.Change.Wave));
        world.Wait(TimeSpan.FromMinutes(1));
        Assert.Equal((1, 2), (world.Change.Wave, world.Host(host).CheckAttempt));
    }

    [Fact]
    public void EntriesOfAWaveOfFiveThousandHostsAreNotOverTheLimit()
    {
        var hosts = Enumerable.Range(1, 5000).Select(n => $"a-host-with-rather-a-long-name-{n}").ToList();
        var details = Note.List("ticket", hosts.Select(h => $"01bf2d21334d.check-after.{h}.a2"));
        Assert.StartsWith("tickets 5000 ", Assert.Single(details), StringComparison.Ordinal);
        Assert.Equal(details, Note.List("ticket", hosts.AsEnumerable().Reverse().Select(h => $"01bf2d21334d.check-after.{h}.a2")));
        Assert.Equal(["host a", "host b"], Note.List("host", ["b", "a"]));
    }

    [Fact]
    public void TheGateOfAWaveOfFiveThousandHostsHasAnEntryThatCanBeWritten()
    {
        var world = new World(hosts: 5000, edit: p => p with { Waves = [new("all", null, 100, 0, Soak, 5000)] }).Approved();
        world.Tick();
        world.Change = world.Change.To(ChangeStatus.RollingOut, world.Now) with { Wave = 0, WaveDoneAt = world.Now };
        world.Facts = world.Facts with { Tasks = [.. world.Facts.Tasks.Select(t => t with { Status = HostTaskStatus.Succeeded })] };
        world.Now += Soak;
        var gate = Assert.Single(world.Agenda().Steps.OfType<SaveChange>());
        Assert.Equal((5000, "wave.gate"), (gate.Tasks.Length, gate.Note.Action));
        var entry = new AuditEntry { Sequence = 1, At = Samples.Start, Actor = "system", Origin = "reconciler", Action = gate.Note.Action, Object = "change:42", Details = gate.Note.Details };
        Assert.InRange(entry.ToBytes().Length, 1, DocumentLimits.EntryBytes);
    }

    private static Func<Step, Outcome> Then(Func<Step, Outcome> answer, World world, Func<Step, bool> isFine) => step => isFine(step) ? world.Fine(step) : answer(step);
}
