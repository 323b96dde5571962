using PatchFlow.Client;
using PatchFlow.Server.Api;
using PatchFlow.Server.Feeds;
using PatchFlow.Server.Hosts;
using PatchFlow.Server.Matching;
using PatchFlow.Server.Reconcile;
using PatchFlow.Server.Sandbox;

namespace PatchFlow.Server;

/// <summary>How the features meet: what the reconciler takes from hosts, feeds and sandbox, and what health asks them.</summary>
internal static class Wiring
{
    public static IServiceCollection AddWiring(this IServiceCollection services)
    {
        services.AddSingleton<ReconcileSources>(Sources);
        services.AddSingleton(p => new HealthProbe("docker", cancel => DockerAsync(p.GetRequiredService<Engine>(), cancel)));
        services.AddSingleton(p => new HealthProbe("reconciling", _ => Task.FromResult(Reconciling(p.GetRequiredService<Reconciler>()))));
        services.AddSingleton(p => new HealthProbe("proposing", _ => Task.FromResult(Proposing(p.GetRequiredService<Proposer>()))));
        services.AddSingleton(p => new HealthProbe("matching", _ => Task.FromResult(Matching(p.GetRequiredService<FleetExposure>()))));
        return services;
    }

    private static ReconcileSources Sources(IServiceProvider services)
    {
        var catalog = services.GetRequiredService<FeedCatalog>();
        var channels = services.GetRequiredService<HostChannels>();
        return new()
        {
            Channel = channels.For,
            Drop = channels.DropAsync,
            File = services.GetRequiredService<FileStore>().Path,
            Feeds = catalog.Indices,
            StaleFeeds = now => [.. catalog.Unusable(now)],
            Resolve = services.GetRequiredService<Resolver>().ResolveAsync,
            Sandbox = services.GetRequiredService<SandboxRunner>().RunAsync,
        };
    }

    internal static async Task<HealthPart> DockerAsync(Engine engine, CancellationToken cancel)
    {
        try
        {
            await engine.PingAsync(cancel);
            return new("docker", true, "answers");
        }
        catch (SandboxException e)
        {
            return new("docker", false, e.Message);
        }
    }

    private static HealthPart Reconciling(Reconciler reconciler) =>
        new("reconciling", reconciler.Troubles.IsEmpty, reconciler.Troubles is [var trouble, ..] ? $"{trouble.Key} failed {trouble.Failures} times: {trouble.Message}" : "well");

    private static HealthPart Matching(FleetExposure fleet) => new("matching", fleet.Trouble is null, fleet.Trouble ?? "well");

    private static HealthPart Proposing(Proposer proposer) => new("proposing", proposer.Trouble is null, proposer.Trouble ?? "well");
}
