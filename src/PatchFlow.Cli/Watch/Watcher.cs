using System.Diagnostics;
using PatchFlow.Client;
using Spectre.Console;

namespace PatchFlow.Cli.Watch;

/// <summary>Until when a watcher stays.</summary>
internal enum WatchGoal
{
    /// <summary>Until it is interrupted.</summary>
    Forever,

    /// <summary>Until every change is before the board, or past it.</summary>
    Approval,

    /// <summary>Until nothing more happens by itself.</summary>
    Done,
}

/// <summary>What is watched, and how long.</summary>
/// <param name="Title">Over the screen.</param>
/// <param name="Only">One change, or null for all.</param>
/// <param name="Goal">Until when.</param>
/// <param name="AtLeast">Changes that must be there before the goal counts as reached.</param>
/// <param name="Limit">The longest time.</param>
internal sealed record WatchOrder(string Title, string? Only, WatchGoal Goal, int AtLeast, TimeSpan Limit);

/// <summary>Draws what happens until the goal is reached. The server goes on whether or not somebody watches.</summary>
internal sealed class Watcher(Session session, WatchOrder order)
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(30);
    private readonly SnapshotReader _reader = new(session.Api, order.Only);
    private readonly Stopwatch _elapsed = Stopwatch.StartNew();
    private TimeSpan _lastLine;

    public Task<int> RunAsync(CancellationToken cancel) => session.Out.Live && !session.Json ? DrawAsync(cancel) : PrintAsync(cancel);

    private async Task<int> DrawAsync(CancellationToken cancel)
    {
        var exit = Exit.Ok;
        var console = session.Out.Progress;
        await console.Live(new Text("")).AutoClear(false).Overflow(VerticalOverflow.Crop).StartAsync(async live =>
        {
            await foreach (var snapshot in SnapshotsAsync(cancel))
            {
                var lines = Screen.Draw(snapshot, order.Title, _elapsed.Elapsed, session.Out.Utf8, console.Profile.Width, console.Profile.Height);
                live.UpdateTarget(new Rows(lines.Select(line => new Markup(line) { Overflow = Overflow.Ellipsis })));
                exit = Result(snapshot);
            }
        });
        return exit;
    }

    private async Task<int> PrintAsync(CancellationToken cancel)
    {
        Snapshot? before = null;
        var exit = Exit.Ok;
        await foreach (var snapshot in SnapshotsAsync(cancel))
        {
            var lines = EventLines.Between(before, snapshot).ToList();
            if (lines.Count == 0 && _elapsed.Elapsed - _lastLine >= Heartbeat)
            {
                lines = [.. EventLines.Heartbeat(snapshot)];
            }

            foreach (var line in lines)
            {
                await Console.Error.WriteLineAsync(line);
                _lastLine = _elapsed.Elapsed;
            }

            before = snapshot;
            exit = Result(snapshot);
        }

        if (session.Json && before is not null)
        {
            Terminal.Json(before.Changes);
        }

        return exit;
    }

    /// <summary>Snapshots until the goal or the limit is reached; the last one decides the exit code.</summary>
    private async IAsyncEnumerable<Snapshot> SnapshotsAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        while (true)
        {
            var snapshot = await _reader.ReadAsync(cancel);
            yield return snapshot;
            if (IsReached(snapshot) || _elapsed.Elapsed >= order.Limit)
            {
                yield break;
            }

            await Task.Delay(Poll, cancel);
        }
    }

    private bool IsReached(Snapshot snapshot) => order.Goal switch
    {
        WatchGoal.Approval => snapshot.Changes.Count >= order.AtLeast && snapshot.Changes.All(c => Lives.IsPastTesting(c.Status)),
        WatchGoal.Done => snapshot.Changes.Count >= order.AtLeast && snapshot.Changes.All(c => Lives.HasEnded(c.Status) || Stands(c)),
        _ => false,
    };

    // Halted, paused, or waiting for a person: it does not go on by itself.
    private static bool Stands(ChangeSummary change) => change.Status is ChangeState.Halted or ChangeState.Paused;

    private int Result(Snapshot snapshot)
    {
        if (snapshot.Changes.Any(c => Lives.WentWrong(c.Status)))
        {
            return Exit.WentWrong;
        }

        if (!IsReached(snapshot) && order.Goal != WatchGoal.Forever)
        {
            return Exit.TimedOut;
        }

        return order.Goal == WatchGoal.Done && snapshot.Changes.Any(c => !Lives.HasEnded(c.Status)) ? Exit.NeedsPerson : Exit.Ok;
    }
}
