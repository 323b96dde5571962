using PatchFlow.Core.Planning;
using PatchFlow.Server.Feeds;
using PatchFlow.Server.Hosts;

namespace PatchFlow.Server.Reconcile;

/// <summary>Registers the reconciler.</summary>
internal static class ReconcileServices
{
    /// <summary>
    /// Adds <see cref="Reconciler"/> with its stores, <see cref="Inbox"/>, <see cref="Pipelines"/> and <see cref="Proposer"/>. Hosts and feeds
    /// come from their own features; the composition root adds a <see cref="ResolveWork"/> and a <see cref="SandboxWork"/>.
    /// </summary>
    public static IServiceCollection AddReconcile(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton(Options<ReconcileOptions>(configuration, ReconcileOptions.Section));
        services.AddSingleton(Options<PipelineOptions>(configuration, PipelineOptions.Section));
        services.AddSingleton(Options<CheckOptions>(configuration, CheckOptions.Section));
        services.AddSingleton(Sources);
        services.AddSingleton<Pipelines>();
        services.AddSingleton<CheckFiles>();
        services.AddSingleton(p => new ChangeStore(p.GetRequiredService<Storage.Database>(), p.GetRequiredService<TimeProvider>()));
        services.AddSingleton<WorkInputs>();
        services.AddSingleton<WorkRuns>();
        services.AddSingleton<Sealing>();
        services.AddSingleton<HostEffects>();
        services.AddSingleton<Executor>();
        services.AddSingleton<Reconciler>();
        services.AddSingleton(p => new Inbox(p.GetRequiredService<Storage.Database>(), p.GetRequiredService<TimeProvider>())
        {
            Received = p.GetRequiredService<Reconciler>().Nudge,
        });
        services.AddSingleton<Proposer>();
        services.AddHostedService(p => p.GetRequiredService<Reconciler>());
        services.AddHostedService(p => p.GetRequiredService<Proposer>());
        return services;
    }

    private static ReconcileSources Sources(IServiceProvider services)
    {
        var (channels, catalog, feeds) = (services.GetRequiredService<HostChannels>(), services.GetRequiredService<FeedCatalog>(), services.GetRequiredService<FeedList>());
        return new ReconcileSources
        {
            Channel = channels.For,
            Drop = channels.DropAsync,
            File = services.GetRequiredService<FileStore>().Path,
            Feeds = catalog.Indices,
            StaleFeeds = now => [.. feeds.All.Select(f => WhyStale(f.Name, catalog.Current(f), now)).OfType<StaleFeed>()],
            Resolve = services.GetRequiredService<ResolveWork>(),
            Sandbox = services.GetRequiredService<SandboxWork>(),
        };
    }

    private static StaleFeed? WhyStale(string feed, FeedSnapshot? snapshot, DateTimeOffset now) =>
        snapshot is null ? new(feed, $"feed {feed}, which was never fetched: see 'patchflow feeds'")
        : snapshot.IsStale(now) ? new(feed, $"feed {feed}, whose index is of {snapshot.Time:u} and was good until {snapshot.UsableUntil:u}: see 'patchflow feeds' for why there is no newer one")
        : null;

    private static T Options<T>(IConfiguration configuration, string section)
        where T : class, new()
    {
        var options = configuration.GetSection(section).Get<T>() ?? new();
        System.ComponentModel.DataAnnotations.Validator.ValidateObject(options, new(options), validateAllProperties: true);
        return options;
    }
}
