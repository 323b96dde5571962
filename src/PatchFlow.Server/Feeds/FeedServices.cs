using Quartz;

namespace PatchFlow.Server.Feeds;

/// <summary>Registers the feeds.</summary>
internal static class FeedServices
{
    /// <summary>Adds <see cref="FeedCatalog"/>, <see cref="FileStore"/>, <see cref="FeedFetches"/>, <see cref="FeedStore"/>, and their Quartz jobs.</summary>
    /// <param name="services">Where to.</param>
    /// <param name="configuration">The root; feeds are in <c>PatchFlow:Feeds</c>.</param>
    /// <param name="dataDirectory">Where snapshots and files are kept.</param>
    public static IServiceCollection AddFeeds(this IServiceCollection services, IConfiguration configuration, string dataDirectory)
    {
        var entries = configuration.GetSection(FeedOptions.Section).Get<FeedOptions[]>() ?? [];
        services.AddSingleton(_ => FeedList.LoadAsync(entries).GetAwaiter().GetResult());
        services.AddSingleton(new FeedLimits());
        services.AddSingleton(_ => new FeedFolders(dataDirectory));
        services.AddSingleton<FeedTransport>();
        services.AddSingleton<FeedStore>();
        services.AddSingleton<FeedCatalog>();
        services.AddSingleton<AptFetcher>();
        services.AddSingleton<FeedFetches>();
        services.AddSingleton<AdvisoryStore>();
        services.AddSingleton<AdvisoryFetcher>();
        services.AddSingleton<AdvisoryFetches>();
        services.AddSingleton<AdvisoryBundles>();
        services.AddSingleton(p => ActivatorUtilities.CreateInstance<FileStore>(p, dataDirectory));
        services.AddSingleton(p => new FeedSlots(p.GetRequiredService<TimeProvider>()));
        services.AddSingleton<FeedSchedule>();
        services.AddSingleton<FeedRefresh>(p => p.GetRequiredService<FeedSchedule>().FetchNowAsync);
        AddClock(services);
        return services;
    }

    // A fetch is stopped when the server is, and waited for: nothing writes to the data directory or the database after their end.
    private static void AddClock(IServiceCollection services)
    {
        services.Configure<QuartzSchedulerOptions>(options => options.ShutdownJobInterruption = ShutdownJobInterruption.Always);
        // A job each, beside those of the hosts: what waits for a slow vendor takes no thread, and must not take the place of others.
        services.AddQuartz(quartz => quartz.UseDefaultThreadPool(pool => pool.MaxConcurrency = FeedSlots.MostFeeds + 10));
        services.AddHostedService(p => p.GetRequiredService<FeedSchedule>());
        services.AddHostedService<ScheduleWatch>();
        services.AddQuartzHostedService(options => options.WaitForJobsToComplete = true);
    }
}
