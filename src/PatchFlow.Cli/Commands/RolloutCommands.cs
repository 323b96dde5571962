using System.CommandLine;
using PatchFlow.Client;

namespace PatchFlow.Cli.Commands;

/// <summary><c>patchflow rollout</c>.</summary>
internal static class RolloutCommands
{
    private static readonly Argument<string> Host = new("host") { Description = "The host" };
    private static readonly Option<string?> Reason = new("--reason") { Description = "Why; recorded, and required for abort and rollback" };
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(20);

    public static Command Root() => new("rollout", "Watch and steer a rollout")
    {
        Show(), WatchCommands.Rollout(),
        Give("start", "Begin the rollout of an approved change", CommandKind.Start),
        Give("pause", "Running hosts finish, none starts", CommandKind.Pause),
        Give("resume", "Go on after a pause, or after a halt once errors are within the limit", CommandKind.Resume),
        Give("abort", "End it: running hosts finish", CommandKind.Abort),
        Give("rollback", "Bring touched hosts back to the versions before", CommandKind.Rollback),
        Give("cancel", "Withdraw a change before its rollout", CommandKind.Cancel),
        Give("test", "Run the sandbox again before deciding", CommandKind.Test),
        Give("retry", "Try a failed host again", CommandKind.Retry, Host),
        Give("skip", "Leave a host out", CommandKind.Skip, Host),
    };

    private static Command Give(string name, string description, CommandKind kind, Argument<string>? host = null)
    {
        var command = new Command(name, description) { ChangeCommands.Id };
        if (host is not null)
        {
            command.Add(host);
        }

        command.Add(Reason);
        return command.Does(async (parsed, session, cancel) =>
        {
            var id = Words.ChangeId(parsed.GetValue(ChangeCommands.Id)!);
            var given = await session.Api.GiveCommandAsync(
                id, new(kind, host is null ? null : parsed.GetValue(host), parsed.GetValue(Reason)), cancel: cancel);
            var answered = await AwaitAnswerAsync(session, id, given, cancel);
            session.Print(answered, terminal => terminal.Line(answered.Accepted switch
            {
                true => $"{Words.Spaced(kind)} {id}: {Words.Safe(answered.Answer)}",
                false => $"[red]Refused[/]: {Words.Safe(answered.Answer)}",
                _ => $"Recorded; not yet carried out after {AnswerTime.TotalSeconds} s. See 'patchflow show {id}'.",
            }));
            return answered.Accepted switch { true => Exit.Ok, false => Exit.Refused, _ => Exit.TimedOut };
        });
    }

    private static async Task<CommandView> AwaitAnswerAsync(Session session, string id, CommandView given, CancellationToken cancel)
    {
        var deadline = TimeProvider.System.GetUtcNow() + AnswerTime;
        while (given.Accepted is null && TimeProvider.System.GetUtcNow() < deadline)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(250), cancel);
            given = await session.Api.CommandAsync(id, given.Id, cancel);
        }

        return given;
    }

    private static Command Show() => new Command("show", "How a rollout stands") { ChangeCommands.Id }.Does(async (parsed, session, cancel) =>
    {
        var rollout = await session.Api.RolloutAsync(Words.ChangeId(parsed.GetValue(ChangeCommands.Id)!), cancel);
        return session.Print(rollout, terminal =>
        {
            terminal.Line($"{rollout.Change}  {StatusLook.Word(rollout.Status)}");
            foreach (var line in Watch.Screen.Waves(rollout, terminal.Utf8, TimeProvider.System.GetUtcNow()))
            {
                terminal.Line(line);
            }

            terminal.Line($"Waits for: {Words.Safe(rollout.Waiting?.Sentence ?? "nothing")}");
        });
    });
}
