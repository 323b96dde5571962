using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using PatchFlow.Live.Tests.Sandbox;
using PatchFlow.Server.Sandbox;

[assembly: AssemblyFixture(typeof(KeptImages))]

namespace PatchFlow.Live.Tests.Sandbox;

/// <summary>
/// The replica images of a whole run, removed at its end. Tests at once that have the same packages have the same image: one that removed
/// it would take it from another that has just found it.
/// </summary>
public sealed class KeptImages : IAsyncDisposable
{
    private static readonly ConcurrentBag<string> Installations = [];

    /// <summary>What this installation makes is to be removed.</summary>
    internal static void Of(string installation) => Installations.Add(installation);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        using var engine = new Engine();
        foreach (var installation in Installations.Distinct())
        {
            using var replicas = new Replicas(engine, new SandboxOptions(), installation, NullLogger<Replicas>.Instance);
            using var images = new ReplicaImages(replicas, new SandboxOptions { CachedReplicas = 0 }, NullLogger<ReplicaImages>.Instance);
            await images.ForgetOldAsync(CancellationToken.None);
        }
    }
}
