using Quartz;

namespace PatchFlow.Server.Feeds;

/// <summary>
/// Notices that the machine's clock went back. Quartz keeps the moment at which each trigger fires next, and reaches it only when the clock does again: after
/// a correction by a year nothing would be fetched for a year. What fires later than its own schedule says, counted from now, is scheduled anew; and since
/// the same moments come once more, those that were claimed are free again.
/// </summary>
internal sealed class ScheduleWatch(ISchedulerFactory schedulers, FeedStore store, TimeProvider time, ILogger<ScheduleWatch> log) : BackgroundService
{
    // What is tried again after a failure is so within an hour (FeedAttempts).
    private static readonly TimeSpan LongestWait = TimeSpan.FromHours(1);

    // Clocks are set by a little all the time, and Quartz reads its own a moment before or after.
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(5);

    /// <summary>How often it looks.</summary>
    public TimeSpan Every { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Whether a trigger fires later than its schedule says.</summary>
    /// <param name="next">When it fires next; null: it does not.</param>
    /// <param name="expected">When it must at the latest.</param>
    public static bool IsLate(DateTimeOffset? next, DateTimeOffset expected) => next - Tolerance > expected;

    /// <summary>The latest moment at which a trigger fires next in order.</summary>
    /// <param name="trigger">The trigger.</param>
    /// <param name="now">The time.</param>
    public static DateTimeOffset Expected(ITrigger trigger, DateTimeOffset now) => trigger switch
    {
        ICronTrigger cron => new CronExpression(cron.CronExpressionString!, cron.TimeZone).GetNextValidTimeAfter(now) ?? DateTimeOffset.MaxValue,
        ISimpleTrigger { RepeatCount: not 0 } simple => now + simple.RepeatInterval,
        _ => now + LongestWait,
    };

    /// <summary>Schedules anew what is late. Answers how many triggers were.</summary>
    public async Task<int> LookAsync(CancellationToken cancel)
    {
        var scheduler = await schedulers.GetScheduler(cancel);
        var late = new List<ITrigger>();
        // The time is read after each trigger: one that fires meanwhile has its next moment already.
        foreach (var key in await scheduler.GetTriggerKeys(GroupMatcher<TriggerKey>.AnyGroup(), cancel))
        {
            if (await scheduler.GetTrigger(key, cancel) is { } trigger && IsLate(trigger.NextFireTimeUtc, Expected(trigger, time.GetUtcNow())))
            {
                late.Add(trigger);
            }
        }

        var now = time.GetUtcNow();
        if (late.Count > 0)
        {
            log.LogWarning("The clock went back to {Now:u}: {Count} schedules are counted from now again", now, late.Count);
            await store.ForgetClaimsAsync(now, cancel);
        }

        foreach (var trigger in late)
        {
            await scheduler.RescheduleJob(trigger.Key, Anew(trigger, now), cancel);
        }

        return late.Count;
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            // By how long it takes and not by the clock.
            await Task.Delay(Every, stoppingToken);
            try
            {
                await LookAsync(stoppingToken);
            }
            catch (Exception e) when (FeedAttempts.IsFailure(e, stoppingToken))
            {
                log.LogError(e, "Whether the clock went back can't be looked at, and is looked at again in a minute: {Message}", e.Message);
            }
        }
    }

    private ITrigger Anew(ITrigger trigger, DateTimeOffset now)
    {
        var builder = TriggerBuilder.Create(time).WithIdentity(trigger.Key).ForJob(trigger.JobKey).StartAt(now);
        return trigger switch
        {
            ICronTrigger cron => builder.WithSchedule(CronScheduleBuilder.Create(cron.CronExpressionString!).InTimeZone(cron.TimeZone)).Build(),
            ISimpleTrigger { RepeatCount: not 0 } simple => builder.WithSimpleSchedule(every => every.WithInterval(simple.RepeatInterval).RepeatForever()).Build(),
            _ => builder.Build(),
        };
    }
}
