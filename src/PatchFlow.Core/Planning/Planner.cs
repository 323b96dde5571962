using System.Text;
using PatchFlow.Core.Changes;

namespace PatchFlow.Core.Planning;

/// <summary>
/// What is next for a change, and what it waits for. Pure: the same change, facts, policy and moment give the same agenda, so that a
/// tick after a crash is an ordinary tick.
/// </summary>
public static partial class Planner
{
    /// <summary>The agenda.</summary>
    /// <param name="change">The change.</param>
    /// <param name="facts">Everything else that counts, of the same snapshot.</param>
    /// <param name="pipeline">Before the rollout the pipeline as its file is now; from then on as it was sealed.</param>
    /// <param name="now">The moment.</param>
    public static Agenda Next(Change change, Facts facts, Pipeline pipeline, DateTimeOffset now)
    {
        if (facts.Commands is [var command, ..])
        {
            return Agenda.Do(Operators.Apply(change, facts, pipeline, command, now), change.Waiting);
        }

        return change.Status switch
        {
            ChangeStatus.Proposed => Proposed(change, facts, now),
            ChangeStatus.Resolving => Resolving(change, facts, now),
            ChangeStatus.Testing => Testing(change, facts, pipeline, now),
            ChangeStatus.AwaitingApproval => AwaitingApproval(change, facts, pipeline, now),
            ChangeStatus.Approved => Approved(change, facts, pipeline, now),
            ChangeStatus.RollingOut => RollingOut(change, facts, pipeline, now),
            ChangeStatus.Paused => Paused(change, facts, pipeline, now),
            ChangeStatus.Halted => Halted(change, facts, pipeline, now),
            ChangeStatus.Aborted => Aborted(change, facts, pipeline, now),
            ChangeStatus.RollingBack => RollingBack(change, facts, pipeline, now),
            _ => Agenda.Nothing,
        };
    }

    /// <summary>The agenda of a change that is not in its rollout yet and whose pipeline can't be read: nothing proceeds but a person's cancelling.</summary>
    /// <param name="change">The change.</param>
    /// <param name="facts">Everything else that counts.</param>
    /// <param name="error">Names the file, the place and the remedy.</param>
    /// <param name="now">The moment.</param>
    public static Agenda WithoutPolicy(Change change, Facts facts, string error, DateTimeOffset now) => facts.Commands switch
    {
        [{ Action: CommandAction.Cancel } cancel, ..] => Agenda.Do(Operators.Cancel(change, cancel, now)),
        [var command, ..] => Agenda.Do(Operators.Refuse(change, command, error)),
        _ => Agenda.Wait("policy", error),
    };

    /// <summary>The change enters the state that it has, with an audit entry of the same name.</summary>
    public static SaveChange Enter(Change next, params string[] details) =>
        new(next, new Note(ActionOf(next.Status), [.. next.Reason is null ? details : details.Append(next.Reason)], next.Plan));

    /// <summary>The audit log's word for entering a state: <c>change.awaiting-approval</c>, <c>host.succeeded</c>.</summary>
    public static string ActionOf(string what, string status)
    {
        var action = new StringBuilder(what).Append('.');
        foreach (var letter in status)
        {
            action.Append(char.IsUpper(letter) && action[^1] != '.' ? "-" : "").Append(char.ToLowerInvariant(letter));
        }

        return action.ToString();
    }

    internal static string ActionOf(ChangeStatus status) => ActionOf("change", status.ToString());
}
