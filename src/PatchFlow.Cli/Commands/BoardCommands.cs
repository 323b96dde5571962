using System.CommandLine;
using PatchFlow.Client;

namespace PatchFlow.Cli.Commands;

/// <summary><c>patchflow approve</c> and <c>patchflow reject</c>.</summary>
internal static class BoardCommands
{
    public static Command Approve()
    {
        var reason = new Option<string?>("--reason") { Description = "Why" };
        return Decide("approve", "Approve a change for production, as the one whose token is used", VoteKind.Approve, reason);
    }

    public static Command Reject()
    {
        var reason = new Option<string?>("--reason") { Description = "Why; recorded", Required = true };
        return Decide("reject", "Reject a change; one rejection ends it", VoteKind.Reject, reason);
    }

    private static Command Decide(string name, string description, VoteKind vote, Option<string?> reason)
    {
        var yes = new Option<bool>("--yes") { Description = "Do not ask" };
        return new Command(name, description) { ChangeCommands.Id, reason, yes }.Does(async (parsed, session, cancel) =>
        {
            var id = Words.ChangeId(parsed.GetValue(ChangeCommands.Id)!);
            var change = await session.Api.ChangeAsync(id, cancel);
            if (change.Board is not { } board)
            {
                throw new UsageException($"{id} can't be decided: {change.Summary.Status} ({change.Summary.Waiting?.Sentence ?? change.Summary.Reason})", $"see 'patchflow show {id}'");
            }

            if (!parsed.GetValue(yes) && !AskWithEverythingShown(change, board, name, session.Out))
            {
                return Exit.Refused;
            }

            var request = new DecisionRequest(vote, board.Plan, board.Evidence, board.Policy, parsed.GetValue(reason));
            var recorded = await session.Api.DecideAsync(id, request, cancel: cancel);
            return session.Print(recorded, terminal => terminal.Line(
                $"Recorded as audit entry {Words.Count(recorded.Entry)}, decision {Words.Digest(recorded.Decision.Digest)}; {recorded.Approvals} of {recorded.Needed} approvals."));
        });
    }

    private static bool AskWithEverythingShown(ChangeView change, BoardView board, string verb, Terminal terminal)
    {
        EightLines.Print(change, terminal);
        terminal.Line();
        terminal.Field("Plan", Words.WholeDigest(board.Plan));
        terminal.Field("Evidence", Words.WholeDigest(board.Evidence));
        terminal.Field("Policy", Words.WholeDigest(board.Policy));
        return terminal.Ask($"{char.ToUpperInvariant(verb[0])}{verb[1..]} {change.Summary.Id} for {Words.Count(change.Hosts.Count, "host")}?");
    }
}
