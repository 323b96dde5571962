namespace PatchFlow.Server.Reconcile;

/// <summary>Registers the reconciler.</summary>
internal static class ReconcileServices
{
    /// <summary>
    /// Adds <see cref="Reconciler"/> with its stores, <see cref="Inbox"/>, <see cref="Pipelines"/> and <see cref="Proposer"/>. The
    /// composition root adds <see cref="ReconcileSources"/>, which says where hosts, feeds, files, resolving and the sandbox come from.
    /// </summary>
    public static IServiceCollection AddReconcile(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton(Options<ReconcileOptions>(configuration, ReconcileOptions.Section));
        services.AddSingleton(Options<PipelineOptions>(configuration, PipelineOptions.Section));
        services.AddSingleton(Options<CheckOptions>(configuration, CheckOptions.Section));
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

    private static T Options<T>(IConfiguration configuration, string section)
        where T : class, new()
    {
        var options = configuration.GetSection(section).Get<T>() ?? new();
        System.ComponentModel.DataAnnotations.Validator.ValidateObject(options, new(options), validateAllProperties: true);
        return options;
    }
}
