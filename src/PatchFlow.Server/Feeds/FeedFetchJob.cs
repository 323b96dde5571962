using Quartz;

namespace PatchFlow.Server.Feeds;

/// <summary>
/// Quartz is only the clock: the job's key names the feed, the row in <c>job_fires</c> decides that a fire counts once, and the feed's row
/// says when to try again. Where neither can be written, as on a full disk, the feed says so and is tried again all the same.
/// </summary>
[DisallowConcurrentExecution]
internal sealed class FeedFetchJob(FeedList feeds, FeedFetches fetches, AdvisoryFetches advisories, FeedStore store, AdvisoryStore documents, FeedSlots slots, TimeProvider time, ILogger<FeedFetchJob> log) : IJob
{
    internal const string Group = "feeds";

    /// <inheritdoc/>
    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken)
    {
        var feed = context.JobDetail.Key.Name;
        var again = await AttemptAsync(feed, context.ScheduledFireTimeUtc ?? context.FireTimeUtc, cancellationToken);
        if (again is { } next && (context.NextFireTimeUtc is not { } regular || next < regular))
        {
            await RetryAsync(context, feed, next, cancellationToken);
        }
    }

    // When to try again; null where all went well.
    private async Task<DateTimeOffset?> AttemptAsync(string feed, DateTimeOffset fire, CancellationToken cancel)
    {
        var areDocuments = feeds.FindAdvisories(feed) is not null;
        try
        {
            if (!await store.ClaimAsync($"{Group}/{feed}", fire, cancel))
            {
                return null;
            }

            using var slot = await slots.EnterAsync(cancel);
            return areDocuments ? (await advisories.FetchAsync(feed, cancel)).NextAttemptAt : (await fetches.FetchAsync(feed, cancel)).NextAttemptAt;
        }
        catch (Exception e) when (FeedAttempts.IsFailure(e, cancel))
        {
            // A fetch writes down by itself that it failed: what comes here could not even be claimed, or not be read.
            var message = FeedAttempts.Why(feed, e);
            log.LogError(e, "Feed {Feed}: {Message}", feed, message);
            return (areDocuments ? documents.Attempts : store.Attempts).Unwritten(feed, message, time.GetUtcNow());
        }
    }

    private async Task RetryAsync(IJobExecutionContext context, string feed, DateTimeOffset at, CancellationToken cancel)
    {
        var key = new TriggerKey("retry", $"{Group}/{feed}");
        var trigger = TriggerBuilder.Create(time).WithIdentity(key).ForJob(context.JobDetail.Key).StartAt(at).Build();
        await context.Scheduler.UnscheduleJob(key, cancel);
        await context.Scheduler.ScheduleJob(trigger, cancellationToken: cancel);
    }
}

/// <summary>
/// Asks for a fetch of a feed now, beside its schedule. It is the schedule's own job that fetches, so a failure is tried again as any other,
/// and the server does not end before the job has.
/// </summary>
internal delegate Task FeedRefresh(string feed, CancellationToken cancel);

/// <summary>Gives each configured feed its job: at once, and then as its schedule says. What an earlier process left half taken in is removed first.</summary>
internal sealed class FeedSchedule(ISchedulerFactory schedulers, FeedList feeds, FeedFolders folders, FeedStore store, TimeProvider time) : IHostedService
{
    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (folders.Sweep())
        {
            throw new InvalidOperationException($"another server has the data directory {folders.DataDirectory} (PatchFlow:DataDirectory), and each would take the other's work for lost: stop it first, or give this one a directory of its own");
        }

        await store.Debuts.KnowAsync([.. feeds.Schedules.Select(f => f.Name)], time.GetUtcNow(), cancellationToken);
        var scheduler = await schedulers.GetScheduler(cancellationToken);
        foreach (var feed in feeds.Schedules)
        {
            var job = JobBuilder.Create<FeedFetchJob>().WithIdentity(feed.Name, FeedFetchJob.Group).Build();
            // By the scheduler's own clock: where a trigger has another one that is behind, the scheduler mends its missed moment without end.
            var now = TriggerBuilder.Create(time).WithIdentity("start", $"{FeedFetchJob.Group}/{feed.Name}").StartNow().Build();
            var regular = TriggerBuilder.Create(time)
                .WithIdentity("regular", $"{FeedFetchJob.Group}/{feed.Name}")
                .WithSchedule(CronScheduleBuilder.Create(feed.Schedule).InTimeZone(TimeZoneInfo.Utc))
                .Build();
            await scheduler.ScheduleJob(job, [now, regular], cancellationToken: cancellationToken);
        }
    }

    /// <summary>Fetches a feed now: see <see cref="FeedRefresh"/>.</summary>
    public async Task FetchNowAsync(string feed, CancellationToken cancel) =>
        await (await schedulers.GetScheduler(cancel)).TriggerJob(new JobKey(feed, FeedFetchJob.Group), cancellationToken: cancel);

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
