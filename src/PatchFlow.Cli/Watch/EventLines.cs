using PatchFlow.Client;

namespace PatchFlow.Cli.Watch;

/// <summary>What differs between two snapshots, a line an event, for where there is no terminal.</summary>
internal static class EventLines
{
    /// <summary>Lines without markup, stamped with the server's time.</summary>
    public static IEnumerable<string> Between(Snapshot? before, Snapshot after)
    {
        var stamp = Words.Time(after.Now);
        return Feeds(before, after).Concat(after.Changes.SelectMany(c => Change(before, after, c))).Select(line => $"{stamp} {Words.Clean(line)}");
    }

    /// <summary>The heartbeat: what is waited for.</summary>
    public static IEnumerable<string> Heartbeat(Snapshot now) => now.Changes.Where(c => !Lives.HasEnded(c.Status)).Select(c =>
        $"{Words.Time(now.Now)} {c.Id} {c.Status} {Words.Clean(c.Waiting is { } w ? $"waits for: {w.Sentence}" : "at work")}");

    private static IEnumerable<string> Feeds(Snapshot? before, Snapshot after)
    {
        foreach (var feed in after.Status.Feeds)
        {
            var old = before?.Status.Feeds.FirstOrDefault(f => f.Name == feed.Name);
            if (old?.State != feed.State || old?.Snapshot?.Digest != feed.Snapshot?.Digest)
            {
                yield return $"feed={feed.Name} {feed.State}{(feed.Snapshot is { } s ? $" packages={s.Packages} of={Words.Time(s.Time)}" : "")}{(feed.LastError is { } e ? $" \"{e}\"" : "")}";
            }
        }
    }

    private static IEnumerable<string> Change(Snapshot? before, Snapshot after, ChangeSummary change)
    {
        var old = before?.Changes.FirstOrDefault(c => c.Id == change.Id);
        if (old is null || old.Status != change.Status)
        {
            yield return $"{change.Id} {change.Status}{(change.Plan is { } p ? $" plan={p[..12]}" : "")} \"{change.Title}\"{(change.Reason is { } r ? $" reason=\"{r}\"" : "")}";
        }

        foreach (var line in Stages(before, after, change.Id).Concat(Tasks(before, after, change.Id)))
        {
            yield return $"{change.Id} {line}";
        }

        // A sentence with a countdown changes all the time; what is waited for does not.
        if (change.Waiting is { } waiting && (old?.Waiting?.For != waiting.For || old.Status != change.Status))
        {
            yield return $"{change.Id} waits for: {waiting.Sentence}";
        }
    }

    private static IEnumerable<string> Stages(Snapshot? before, Snapshot after, string change)
    {
        foreach (var profile in after.RunOf(change)?.Run.Profiles ?? [])
        {
            var old = before?.RunOf(change)?.Run.Profiles.FirstOrDefault(p => p.Profile == profile.Profile);
            foreach (var stage in profile.Stages.Where(s => s.State != "pending"))
            {
                if (old?.Stages.FirstOrDefault(s => s.Name == stage.Name)?.State != stage.State)
                {
                    yield return $"profile={profile.Profile} {stage.Name}={stage.State}{(stage.State == "running" ? "" : $" seconds={stage.Seconds:0}")}{(stage.Detail is { } d ? $" \"{d}\"" : "")}";
                }
            }
        }
    }

    private static IEnumerable<string> Tasks(Snapshot? before, Snapshot after, string change)
    {
        foreach (var task in after.Tasks.GetValueOrDefault(change) ?? [])
        {
            var old = before?.Tasks.GetValueOrDefault(change)?.FirstOrDefault(t => t.Host == task.Host);
            if (old is null ? task.Status != HostTaskState.Pending : old.Status != task.Status || old.Attempt != task.Attempt)
            {
                yield return $"wave={task.Wave} host={task.Host} {task.Status} attempt={task.Attempt}{(task.Detail is { } d ? $" \"{d}\"" : "")}";
            }
        }
    }
}
