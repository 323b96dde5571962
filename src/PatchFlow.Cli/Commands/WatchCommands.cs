using System.CommandLine;
using PatchFlow.Cli.Watch;

namespace PatchFlow.Cli.Commands;

/// <summary><c>patchflow watch</c> and <c>patchflow rollout watch</c>.</summary>
internal static class WatchCommands
{
    private static readonly Option<int> Timeout = new("--timeout") { Description = "Leave after so many seconds", DefaultValueFactory = _ => 86_400 };
    private static readonly Option<string> Title = new("--title") { Description = "Over the screen", DefaultValueFactory = _ => "PatchFlow" };

    public static Command Watch()
    {
        var until = new Option<string>("--until") { Description = "approval, done or forever", DefaultValueFactory = _ => "forever" };
        until.AcceptOnlyFromAmong("approval", "done", "forever");
        var atLeast = new Option<int>("--at-least") { Description = "Changes that must be there before that counts", DefaultValueFactory = _ => 1 };
        return new Command("watch", "All changes, live; a line an event where there is no terminal") { until, atLeast, Timeout, Title }.Does((parsed, session, cancel) =>
        {
            var goal = Enum.Parse<WatchGoal>(parsed.GetValue(until)!, ignoreCase: true);
            var title = $"{parsed.GetValue(Title)}  {session.Url.GetLeftPart(UriPartial.Authority)}";
            return new Watcher(session, new(title, null, goal, parsed.GetValue(atLeast), TimeSpan.FromSeconds(parsed.GetValue(Timeout)))).RunAsync(cancel);
        });
    }

    public static Command Rollout() => new Command("watch", "One rollout, live, until it ends; leaving does not stop it") { ChangeCommands.Id, Timeout }.Does((parsed, session, cancel) =>
    {
        var id = Words.ChangeId(parsed.GetValue(ChangeCommands.Id)!);
        var order = new WatchOrder($"PatchFlow  {session.Url.GetLeftPart(UriPartial.Authority)}", id, WatchGoal.Done, 1, TimeSpan.FromSeconds(parsed.GetValue(Timeout)));
        return new Watcher(session, order).RunAsync(cancel);
    });
}
