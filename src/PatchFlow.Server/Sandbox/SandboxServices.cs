using System.Security.Cryptography;
using Dapper;
using Microsoft.Extensions.Options;
using PatchFlow.Client;
using PatchFlow.Server.Api;
using PatchFlow.Server.Storage;

namespace PatchFlow.Server.Sandbox;

/// <summary>Registers the sandbox.</summary>
internal static class SandboxServices
{
    /// <summary>Adds <see cref="Resolver"/>, <see cref="SandboxRunner"/>, <see cref="Replicas"/> and the sweep, with their options.</summary>
    public static IServiceCollection AddSandbox(this IServiceCollection services)
    {
        services.AddOptions<SandboxOptions>().BindConfiguration(SandboxOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton(p => p.GetRequiredService<IOptions<SandboxOptions>>().Value);
        services.AddSingleton(_ => new Engine());
        services.AddSingleton(p => ActivatorUtilities.CreateInstance<Replicas>(p, Installation(p.GetRequiredService<Database>())));
        services.AddSingleton<ReplicaImages>();
        services.AddSingleton<Resolver>();
        services.AddSingleton<SandboxRunner>();
        services.AddSingleton<SandboxSweep>();
        services.AddHostedService(p => p.GetRequiredService<SandboxSweep>());
        services.AddSingleton(p => new HealthProbe("sandbox-sweep", _ => Task.FromResult(Health(p.GetRequiredService<SandboxSweep>()))));
        return services;
    }

    private static HealthPart Health(SandboxSweep sweep) =>
        new("sandbox-sweep", sweep.Trouble is null, sweep.Trouble is null ? "well" : $"leftovers of the sandbox were not removed: {sweep.Trouble}");

    // Made once, at the first start: what this installation leaves in the engine is found by it after a crash.
    private static string Installation(Database database)
    {
        var made = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
        database.WriteAsync((c, t) => c.Execute(
            "INSERT INTO meta (key, value) VALUES ('installation', @made) ON CONFLICT (key) DO NOTHING", new { made }, t)).GetAwaiter().GetResult();
        return database.Read(c => c.QuerySingle<string>("SELECT value FROM meta WHERE key = 'installation'"));
    }
}

/// <summary>Removes leftovers at the start, and every few minutes. Without an engine there are none to remove, and the server goes on.</summary>
internal sealed class SandboxSweep(Replicas replicas, SandboxOptions options, TimeProvider time, ILogger<SandboxSweep> log) : BackgroundService
{
    /// <summary>Why the last sweep failed; null when all is well.</summary>
    public string? Trouble { get; private set; }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMinutes(options.SweepMinutes), time);
        do
        {
            try
            {
                await replicas.SweepAsync(stoppingToken);
                Trouble = null;
            }
            catch (Exception e) when (e is not OutOfMemoryException && !stoppingToken.IsCancellationRequested)
            {
                // Whatever it is, what it leaves is found by the next one; the server goes on.
                Trouble = e.Message;
                log.LogWarning("leftovers of the sandbox were not looked for: {Message}", e.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }
}
