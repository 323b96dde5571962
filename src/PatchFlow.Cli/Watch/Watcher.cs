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
/// <param name="session">Server and terminal.</param>
/// <param name="order">What is watched.</param>
/// <param name="keys">The key that was pressed, if any; for tests.</param>
internal sealed class Watcher(Session session, WatchOrder order, Func<char?>? keys = null)
{
    private const char Pause = 'p';
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan KeyPoll = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ReadTime = TimeSpan.FromSeconds(30);
    private readonly SnapshotReader _reader = new(session.Api, order.Only);
    private readonly Judge _judge = new(order);
    private readonly Stopwatch _elapsed = Stopwatch.StartNew();
    private readonly Func<char?> _keys = keys ?? (session.Out.CanAsk ? PressedKey : () => null);
    private Snapshot? _snapshot;
    private DateTimeOffset? _silentSince;
    private TimeSpan _lastLine;
    private bool _help;
    private string? _said;

    public Task<int> RunAsync(CancellationToken cancel) => session.Out.Live && !session.Json ? DrawAsync(cancel) : PrintAsync(cancel);

    private bool IsOver => _elapsed.Elapsed >= order.Limit || (_silentSince is null && _judge.Of(_snapshot!).IsReached);

    private int ExitCode => _silentSince is null ? _judge.Of(_snapshot!).ExitCode : Exit.Unreachable;

    /// <summary>Reads; a server that is restarted is away for seconds, and what was seen last stays.</summary>
    internal async Task<Snapshot> ReadAsync(CancellationToken cancel)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limited.CancelAfter(ReadTime);
        try
        {
            _snapshot = await _reader.ReadAsync(limited.Token);
            _silentSince = null;
        }
        catch (Exception e) when (_snapshot is not null && !cancel.IsCancellationRequested && IsPassing(e))
        {
            _silentSince ??= TimeProvider.System.GetUtcNow();
        }

        return _snapshot;
    }

    private static bool IsPassing(Exception e) => CommandLine.Unreached(e) is not null || e is ApiProblemException { Status: >= System.Net.HttpStatusCode.InternalServerError };

    private async Task<int> DrawAsync(CancellationToken cancel)
    {
        while (true)
        {
            switch (await LiveAsync(cancel))
            {
                case null:
                    return ExitCode;
                case Pause:
                    await PauseAsync(cancel);
                    break;
                default:
                    return Exit.Left;
            }
        }
    }

    // Draws until it is over (null) or a key ends it.
    private async Task<char?> LiveAsync(CancellationToken cancel)
    {
        var console = session.Out.Progress;
        char? pressed = null;
        await console.Live(new Text("")).AutoClear(false).Overflow(VerticalOverflow.Crop).StartAsync(async live =>
        {
            do
            {
                var snapshot = await ReadAsync(cancel);
                var lines = Screen.Draw(snapshot, order.Title, _elapsed.Elapsed, session.Out.Utf8, console.Profile.Width, console.Profile.Height, Foot());
                live.UpdateTarget(new Rows(lines.Select(line => new Markup(line))));
            }
            while (!IsOver && (pressed = await KeyAsync(cancel)) is not ('q' or Pause));
        });
        return pressed is 'q' or Pause ? pressed : null;
    }

    private async Task<char?> KeyAsync(CancellationToken cancel)
    {
        for (var waited = TimeSpan.Zero; waited < Poll; waited += KeyPoll)
        {
            await Task.Delay(KeyPoll, cancel);
            switch (_keys())
            {
                case 'q':
                    return 'q';
                case Pause when order.Only is not null:
                    return Pause;
                case '?':
                    _help = !_help;
                    return null;
            }
        }

        return null;
    }

    private static char? PressedKey() => Console.KeyAvailable ? char.ToLowerInvariant(Console.ReadKey(intercept: true).KeyChar) : null;

    private List<string> Foot()
    {
        var lines = new List<string>();
        if (_silentSince is { } since)
        {
            lines.Add($"[yellow]![/] not connected since {Words.Time(since)}; shown as it was then, trying again");
        }

        if (_said is not null)
        {
            lines.Add(Words.Safe(_said));
        }

        if (_help)
        {
            lines.Add("q leaves; the server goes on. patchflow show CHG-n: what, tested, decided. patchflow hosts log HOST: what a host said.");
            lines.Add(order.Only is null ? "patchflow rollout pause CHG-n stops further hosts from starting." : "p pauses: running hosts finish, none starts; it asks for a reason.");
        }

        lines.Add(order.Only is null ? "q leave (the server goes on)   ? help" : "q leave (the rollout goes on)   p pause   ? help");
        return lines;
    }

    private async Task PauseAsync(CancellationToken cancel)
    {
        session.Out.Progress.Markup($"Pause {Words.Safe(order.Only)}: running hosts finish, none starts. Why? (nothing: go on) ");
        if (Console.ReadLine()?.Trim() is not { Length: > 0 } reason)
        {
            return;
        }

        try
        {
            await session.Api.GiveCommandAsync(order.Only!, new(CommandKind.Pause, null, reason), cancel: cancel);
            _said = "pause is recorded, and takes effect within seconds; 'patchflow rollout resume' goes on";
        }
        catch (ApiProblemException e)
        {
            _said = $"not paused: {e.Message}";
        }
    }

    private async Task<int> PrintAsync(CancellationToken cancel)
    {
        Snapshot? before = null;
        var wasSilent = false;
        do
        {
            if (before is not null)
            {
                await Task.Delay(Poll, cancel);
            }

            var snapshot = await ReadAsync(cancel);
            Say(_silentSince is { } since ? wasSilent ? [] : [$"{Words.Time(since)} not connected; trying again"] : wasSilent ? [$"{Words.Time(snapshot.Now)} connected again"] : []);
            wasSilent = _silentSince is not null;
            var lines = EventLines.Between(before, snapshot).ToList();
            Say(lines.Count == 0 && _elapsed.Elapsed - _lastLine >= Heartbeat ? EventLines.Heartbeat(snapshot) : lines);
            before = snapshot;
        }
        while (!IsOver);
        if (session.Json)
        {
            session.Out.Json(before.Changes);
        }

        return ExitCode;
    }

    private void Say(IEnumerable<string> lines)
    {
        foreach (var line in lines)
        {
            session.Out.Note(line);
            _lastLine = _elapsed.Elapsed;
        }
    }
}
