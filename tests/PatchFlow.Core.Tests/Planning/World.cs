using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text;
using PatchFlow.Core.Changes;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Hosts;
using PatchFlow.Core.Planning;
using PatchFlow.Core.Rollouts;

namespace PatchFlow.Core.Tests.Planning;

/// <summary>A change with its facts in memory, and an executor without effects: hosts answer what the test says.</summary>
internal sealed class World
{
    private readonly List<string> _lines = [];
    private long _runs;

    public World(int hosts = 3, Func<Pipeline, Pipeline>? edit = null)
    {
        Pipeline = edit?.Invoke(Samples.Pipeline) ?? Samples.Pipeline;
        Facts = new Facts { Policy = Samples.PolicyOf(Pipeline) };
        Change = Samples.Change(hosts);
        Answer = Fine;
    }

    public DateTimeOffset Now { get; set; } = Samples.Start;

    public Change Change { get; set; }

    public Facts Facts { get; set; }

    public Pipeline Pipeline { get; set; }

    public Verdict Verdict { get; set; } = Verdict.Pass;

    /// <summary>What a host answers to a step.</summary>
    public Func<Step, Outcome> Answer { get; set; }

    public string Log => string.Join('\n', _lines);

    public HostTask Host(string id) => Facts.Tasks.Single(t => t.Host == id);

    public Agenda Agenda() => Planner.Next(Change, Facts, Pipeline, Now);

    public Outcome Fine(Step step) => step switch
    {
        Deliver => new Outcome.Delivered(),
        StartTicket => new Outcome.Started(),
        AskTicket => new Outcome.Told(TicketStanding.Exited, 0, 0, null),
        CompleteTicket complete => new Outcome.Completed(complete.Ticket),
        _ => throw new InvalidOperationException($"no host is asked for {step}"),
    };

    /// <summary>Plans once and performs all steps; answers whether there were any.</summary>
    public bool Tick()
    {
        var agenda = Agenda();
        Change = Change with { Waiting = agenda.Waiting };
        Assert.Equal(agenda.Steps.Length, agenda.Steps.Select(s => s.Key).Distinct().Count());
        foreach (var step in agenda.Steps)
        {
            Perform(step);
        }

        return !agenda.Steps.IsEmpty;
    }

    /// <summary>Ticks until nothing is left to do at this moment.</summary>
    public World Run(int most = 200)
    {
        while (Tick())
        {
            Assert.True(most-- > 0, $"this never ends:\n{Log}");
        }

        return this;
    }

    public World Wait(TimeSpan time)
    {
        Now += time;
        return Run();
    }

    public World Decide(string subject, Vote vote = Vote.Approve, Func<Decision, Decision>? edit = null)
    {
        var decision = Samples.Decision(Change, subject, vote, Now);
        Facts = Facts with { Decisions = Facts.Decisions.Add(edit?.Invoke(decision) ?? decision) };
        return this;
    }

    public World Approved() => Run().Decide("user:ann").Decide("user:bob");

    public World Command(CommandAction action, string? host = null)
    {
        Facts = Facts with { Commands = Facts.Commands.Add(new(Facts.Commands.Length + 1, action, host, "user:op", "said so")) };
        return this;
    }

    private void Perform(Step step)
    {
        switch (step)
        {
            case SaveChange save:
                Change = save.Next with { Revision = Change.Revision + 1 };
                save.Tasks.ToList().ForEach(Set);
                Note(save.Note, save.Answer);
                break;
            case AnswerCommand answer:
                if (answer.Task is { } task)
                {
                    Set(task);
                }

                Note(answer.Note, answer.Answer);
                break;
            case SaveTask save:
                Set(save.Next);
                _lines.Add($"{save.Next.Host} {save.Note.Action}{(save.Next.IsStarted || save.Next.Ticket is null ? "" : $" a{save.Next.TicketId!.Attempt}")}");
                break;
            case BeginWork begin:
                Begin(begin);
                break;
            case LoseWork lose:
                SetRun(lose.Run with { Status = WorkStatus.Lost });
                Note(lose.Note, null);
                break;
            case SealPlan seal:
                Seal(seal);
                break;
            default:
                PerformOnHost(step);
                break;
        }
    }

    private void PerformOnHost(Step step)
    {
        var host = step.Key.Split('/')[1];
        var before = Host(host);
        var after = before.After(Answer(step), Now);
        Set(after);
        if (after.Status != before.Status)
        {
            _lines.Add($"{host} {before.Status} -> {after.Status}{(after.Detail is null ? "" : $": {after.Detail}")}");
        }
    }

    private void Begin(BeginWork begin)
    {
        Change = begin.Next;
        Note(begin.Note, null);
        SetRun(new WorkRun
        {
            Id = ++_runs,
            Change = Change.Id,
            Kind = begin.Kind,
            Number = begin.Number,
            Plan = Change.Plan,
            Status = WorkStatus.Done,
            StartedAt = Now,
            EndedAt = Now,
            Found = begin.Kind == WorkKind.Resolve ? Digest.Of("found"u8) : null,
            Results = begin.Kind == WorkKind.Sandbox ? [.. Facts.Plan!.Contents.Select(c => new EvidenceRun(c.Profile, Verdict, Digest.Of([(byte)_runs])))] : [],
        });
    }

    private void Seal(SealPlan seal)
    {
        var input = Samples.Seal(seal.Change, Pipeline, seal.Change.Hosts.Length, (seal.Change.Sequence ?? 0) + 1, Now);
        var plan = Assert.IsType<SealResult.Sealed>(PlanSealer.Seal(input));
        Facts = Facts with { Plan = plan.Plan, Tasks = plan.Tasks };
        Change = (Change.Status == ChangeStatus.Testing ? Change : Change.To(ChangeStatus.Testing, Now))
            with
        { Plan = plan.Digest, Sequence = plan.Plan.Sequence, Policy = plan.Plan.PipelineDigest, Evidence = null, SandboxRuns = 0, InconclusiveRuns = 0 };
        _lines.Add("change.sealed");
    }

    public void SetRun(WorkRun run) => Facts = run.Kind == WorkKind.Resolve ? Facts with { Resolve = run } : Facts with { Sandbox = run };

    public void Set(HostTask task) => Facts = Facts with { Tasks = [.. Facts.Tasks.Select(t => t.Host == task.Host ? task : t)] };

    private void Note(Note note, CommandAnswer? answer)
    {
        _lines.Add(new StringBuilder(note.Action).Append(answer is null ? "" : $" [{answer.Text}]").ToString());
        if (answer is not null)
        {
            Facts = Facts with { Commands = [.. Facts.Commands.Where(c => c.Id != answer.Command)] };
        }
    }
}
