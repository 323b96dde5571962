using PatchFlow.Client;

namespace PatchFlow.Cli.Watch;

/// <summary>Draws a snapshot as lines of markup: pure, so that a test reads it.</summary>
internal static class Screen
{
    private const int BarWidth = 20;

    /// <summary>
    /// The whole screen: at most <paramref name="height"/> - 1 lines of at most <paramref name="width"/> cells; finished changes fold first.
    /// </summary>
    public static IReadOnlyList<string> Draw(
        Snapshot snapshot, string title, TimeSpan elapsed, bool utf8, int width, int height, IReadOnlyList<string>? foot = null)
    {
        var head = Head(snapshot, title, elapsed, utf8, width);
        List<string> below = [.. Waiting(snapshot, utf8, width), .. foot ?? []];
        var whole = snapshot.Changes.SelectMany(c => Change(snapshot, c, utf8, width, folded: false)).ToList();
        var room = Math.Max(4, height - 1 - head.Count - below.Count);
        var body = whole.Count <= room
            ? whole
            : [.. snapshot.Changes.SelectMany(c => Change(snapshot, c, utf8, width, folded: Lives.HasEnded(c.Status))).Take(room)];
        IEnumerable<string> all = [.. head, .. body, .. below];
        return [.. all.Take(Math.Max(4, height - 1)).Select(line => Layout.Cut(line, width, utf8))];
    }

    /// <summary>The waves of a rollout, and the hosts that somebody should look at.</summary>
    public static IEnumerable<string> Waves(RolloutView rollout, bool utf8, DateTimeOffset now)
    {
        foreach (var wave in rollout.Waves)
        {
            yield return $"  W{wave.Number} {Words.Safe(wave.Name),-8} {wave.Succeeded,3}/{wave.Hosts,-3} {WaveState(wave, utf8, now)}";
        }

        foreach (var host in rollout.Exceptions.Take(8))
        {
            yield return $"  [yellow]![/] {Words.Safe(host.Host)} {Words.Spaced(host.Status).ToLowerInvariant()}: {Words.Safe(host.Detail)}   patchflow hosts log {Words.Safe(host.Host)}";
        }
    }

    private static List<string> Head(Snapshot snapshot, string title, TimeSpan elapsed, bool utf8, int width)
    {
        var time = $"{(int)elapsed.TotalMinutes}:{elapsed.Seconds:00}";
        var lines = new List<string> { $"[bold]{Words.Safe(title)}[/]{new string(' ', Math.Max(2, width - title.Length - time.Length - 1))}{time}" };
        foreach (var feed in snapshot.Status.Feeds)
        {
            var (colour, glyph) = feed.State switch
            {
                FeedState.Fresh => ("green", utf8 ? "✓" : "+"),
                FeedState.New => ("blue", utf8 ? "▸" : ">"),
                FeedState.Failing => ("yellow", "!"),
                _ => ("red", utf8 ? "✗" : "x"),
            };
            lines.Add($"[{colour}]{glyph}[/] {Commands.FeedCommands.Sentence(feed)}{(feed.State == FeedState.Fresh ? ", signature good" : "")}");
        }

        var enrolled = snapshot.Status.Hosts.GetValueOrDefault(HostStanding.Enrolled);
        lines.Add($"[green]{(utf8 ? "✓" : "+")}[/] {Words.Count(enrolled, "host")} enrolled");
        lines.AddRange(snapshot.Status.HostErrors.Take(4).Select(e => $"[red]![/] {Words.Safe(e.Host)}: {Words.Safe(e.Error)}"));
        return lines;
    }

    private static IEnumerable<string> Change(Snapshot snapshot, ChangeSummary change, bool utf8, int width, bool folded)
    {
        yield return $"[bold]{change.Id}[/] {Words.Safe(change.Title)}  {StatusLook.Word(change.Status)}  {Words.Digest(change.Plan)}";
        if (folded)
        {
            yield break;
        }

        if (snapshot.RunOf(change.Id) is { } work)
        {
            foreach (var profile in work.Run.Profiles)
            {
                foreach (var line in Layout.Flow([$"{Words.Safe(work.Kind)} {Words.Safe(profile.Profile)}", .. profile.Stages.Select(s => Stage(s, utf8))], width, 2))
                {
                    yield return line;
                }
            }
        }

        if (snapshot.Rollouts.TryGetValue(change.Id, out var rollout))
        {
            foreach (var line in Waves(rollout, utf8, snapshot.Now))
            {
                yield return line;
            }

            foreach (var line in Layout.Flow(Hosts(snapshot.Tasks[change.Id], utf8), width, 2))
            {
                yield return line;
            }
        }
        else if (change.Reason is { } reason)
        {
            yield return $"  {Words.Safe(reason)}";
        }
    }

    private static string Stage(StageView stage, bool utf8)
    {
        var (colour, glyph) = StatusLook.OfStage(stage.State, utf8);
        var time = stage.State is "pending" ? "" : $" {Words.Duration(TimeSpan.FromSeconds(stage.Seconds))}";
        return $"{Words.Safe(stage.Name)} [{colour}]{glyph}[/]{time}";
    }

    private static IEnumerable<string> Hosts(IReadOnlyList<HostTaskView> tasks, bool utf8) => tasks.Take(12).Select(t =>
    {
        var (colour, glyph) = StatusLook.Of(t.Status, utf8);
        return $"[{colour}]{glyph}[/] {Words.Safe(t.Host)} {Words.Spaced(t.Status).ToLowerInvariant()}{(t.NoContact ? " (no contact)" : "")}";
    }).Concat(tasks.Count > 12 ? [$"and {tasks.Count - 12} more"] : []);

    private static string WaveState(WaveView wave, bool utf8, DateTimeOffset now)
    {
        var errors = $"errors {wave.Errors} of {wave.ErrorsTolerated} tolerated";
        return wave.State switch
        {
            Client.WaveState.Pending => "[grey].[/] waits for its turn",
            Client.WaveState.Running => $"[blue]{(utf8 ? "▸" : ">")}[/] {errors}  [blue]{Bar(wave.Ended, wave.Hosts)}[/]",
            Client.WaveState.Soaking => $"[blue]~[/] soak{(wave.SoakUntil is { } u && u > now ? $" {Words.Duration(u - now)}" : ", gate check")}  {errors}",
            Client.WaveState.Passed => $"[green]{(utf8 ? "✓" : "+")}[/] gate passed: {errors}",
            _ => $"[red]{(utf8 ? "✗" : "x")}[/] stopped: {errors}",
        };
    }

    private static string Bar(int done, int all)
    {
        var full = all == 0 ? 0 : done * BarWidth / all;
        return new string('#', full) + new string('.', BarWidth - full);
    }

    private static List<string> Waiting(Snapshot snapshot, bool utf8, int width)
    {
        var waiting = snapshot.Changes.Where(c => c.Waiting is not null && !Lives.HasEnded(c.Status)).ToList();
        return [.. waiting.Take(6).SelectMany(c => Two(Layout.Wrap($"Waits for: {c.Id} {Words.Safe(c.Waiting!.Sentence)}", width, 11), utf8)), .. waiting.Count > 6 ? [$"and {waiting.Count - 6} more"] : Array.Empty<string>()];
    }

    // Who, what and until when fit on two lines; what is longer is whole in 'patchflow show'.
    private static IEnumerable<string> Two(IReadOnlyList<string> lines, bool utf8) =>
        lines.Count <= 2 ? lines : [lines[0], lines[1] + (utf8 ? " …" : " ...")];
}
