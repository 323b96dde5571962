using PatchFlow.Client;
using PatchFlow.Server.Api;
using PatchFlow.Server.Hosts;
using PatchFlow.Server.Reconcile;
using PatchFlow.Server.Sandbox;
using PatchFlow.Server.Storage;

namespace PatchFlow.Server;

/// <summary>How the features meet: what the reconciler takes from the sandbox, and what health asks of them.</summary>
internal static class Wiring
{
    public static IServiceCollection AddWiring(this IServiceCollection services)
    {
        services.AddSingleton<ResolveWork>(p => p.GetRequiredService<Resolver>().ResolveAsync);
        services.AddSingleton<SandboxWork>(p => p.GetRequiredService<SandboxRunner>().RunAsync);
        services.AddSingleton<ServerMarks>(p => () => p.GetRequiredService<Database>().Read(c => (Installation.Epoch(c), Installation.Sequence(c))));
        services.AddSingleton<HealthProbe>(p => cancel => DockerAsync(p.GetRequiredService<Engine>(), cancel));
        services.AddSingleton<HealthProbe>(p => _ => Task.FromResult(Proposing(p.GetRequiredService<Proposer>())));
        return services;
    }

    private static async Task<HealthPart> DockerAsync(Engine engine, CancellationToken cancel)
    {
        try
        {
            await engine.InfoAsync(cancel);
            return new("docker", true, "answers");
        }
        catch (SandboxException e)
        {
            return new("docker", false, e.Message);
        }
    }

    private static HealthPart Proposing(Proposer proposer) => new("proposing", proposer.Trouble is null, proposer.Trouble ?? "well");
}
