namespace PatchFlow.Server.Matching;

/// <summary>Registers the matching of hosts against advisories.</summary>
internal static class MatchingServices
{
    /// <summary>Adds <see cref="FleetExposure"/> and its store. Needs feeds, hosts and the reconciler's pipelines and sources.</summary>
    public static IServiceCollection AddMatching(this IServiceCollection services)
    {
        services.AddSingleton<ExposureStore>();
        services.AddSingleton<FleetExposure>();
        services.AddHostedService(p => p.GetRequiredService<FleetExposure>());
        return services;
    }
}
