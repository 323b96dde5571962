using System.Collections.Concurrent;
using System.Security.Cryptography;
using Docker.DotNet.Models;

namespace PatchFlow.Server.Sandbox;

/// <summary>
/// Starts replicas and removes them. All that this installation makes in the engine carries the label <c>patchflow.sandbox</c> with the
/// installation's id, so that leftovers of a killed server are found and nothing else is touched.
/// </summary>
internal sealed class Replicas(Engine engine, SandboxOptions options, string installation, ILogger<Replicas> log) : IDisposable
{
    /// <summary>The label of containers and images; its value is the installation's id.</summary>
    public const string Label = "patchflow.sandbox";

    private const string HelperResource = "patchflow-host";
    private readonly ConcurrentDictionary<string, bool> _alive = new(StringComparer.Ordinal);
    private readonly CgroupTree _cgroups = new(installation);
    private readonly SemaphoreSlim _slots = new(options.Concurrency, options.Concurrency);

    /// <summary>The engine they live in.</summary>
    public Engine Engine => engine;

    /// <summary>The installation's id.</summary>
    public string Installation => installation;

    /// <summary>Why systemd can't be PID 1 of a replica here, or null where it can.</summary>
    public string? WhyNoSystemd => options.Systemd ? _cgroups.WhyNot(engine) : "the sandbox's settings switch it off";

    /// <summary>Waits for one of the places that replicas may take at once; dispose what comes back to give it up.</summary>
    public async Task<IDisposable> TakePlaceAsync(CancellationToken cancel)
    {
        await _slots.WaitAsync(cancel);
        return new Place(_slots);
    }

    /// <summary>Starts a replica of a host from its image, with the helper and the replica's marker in it.</summary>
    /// <param name="image">The image's id.</param>
    /// <param name="run">What it is for, for the label.</param>
    /// <param name="cancel">Ends the wait; the container is removed then.</param>
    public Task<Replica> StartAsync(string image, string run, CancellationToken cancel)
    {
        var init = WhyNoSystemd is null ? InitMode.Systemd : InitMode.None;
        string[] command = init == InitMode.Systemd ? ["/sbin/init"] : Idle;
        return StartAsync(image, run, command, init, HostFiles(init), cancel);
    }

    /// <summary>Starts a container in which a replica is made: no service runs in it.</summary>
    public Task<Replica> StartBuilderAsync(string image, string run, CancellationToken cancel) => StartAsync(image, run, Idle, InitMode.None, [], cancel);

    /// <summary>Removes a container of ours and its cgroups. The container may be gone already.</summary>
    public async Task RemoveAsync(string name, CancellationToken cancel)
    {
        try
        {
            await engine.RemoveContainerAsync(name, cancel);
            _cgroups.Remove(name);
        }
        finally
        {
            // What could not be removed now is a leftover: the next sweep takes it.
            _alive.TryRemove(name, out _);
        }
    }

    /// <summary>Removes a container; where the engine can't do it now, the next sweep does.</summary>
    public async Task RemoveOrLeaveAsync(string name, CancellationToken cancel)
    {
        try
        {
            await RemoveAsync(name, cancel);
        }
        catch (Exception e) when (e is SandboxException or OperationCanceledException)
        {
            log.LogWarning("the replica {Replica} could not be removed now ({Message}); the next sweep removes it", name, e.Message);
        }
    }

    /// <summary>Removes what earlier runs left: containers, cgroups, half-made images. What is at work in this process stays.</summary>
    /// <returns>How many containers were removed.</returns>
    public async Task<int> SweepAsync(CancellationToken cancel)
    {
        var filters = new Dictionary<string, IDictionary<string, bool>> { ["label"] = new Dictionary<string, bool> { [$"{Label}={installation}"] = true } };
        var found = await engine.DoAsync(
            "looking for leftovers", (c, t) => c.Containers.ListContainersAsync(new ContainersListParameters { All = true, Filters = filters }, t), cancel);
        var leftovers = found.Select(c => c.Names[0].TrimStart('/')).Where(name => !_alive.ContainsKey(name)).ToList();
        foreach (var name in leftovers)
        {
            log.LogWarning("removing the replica {Replica}, which an earlier run of this server left behind", name);
            await RemoveAsync(name, cancel);
        }

        foreach (var name in _cgroups.Replicas().Where(name => !_alive.ContainsKey(name)))
        {
            _cgroups.Remove(name);
        }

        _cgroups.RemoveParents();
        return leftovers.Count;
    }

    /// <inheritdoc/>
    public void Dispose() => _slots.Dispose();

    /// <summary>The labels of everything made here.</summary>
    public Dictionary<string, string> Labels(params ReadOnlySpan<(string Key, string Value)> more)
    {
        var labels = new Dictionary<string, string> { [Label] = installation };
        foreach (var (key, value) in more)
        {
            labels[key] = value;
        }

        return labels;
    }

    private static string[] Idle => ["sh", "-c", "trap 'exit 0' TERM; while :; do sleep 3600 & wait $!; done"];

    private async Task<Replica> StartAsync(string image, string run, string[] command, InitMode init, IEnumerable<TarFile> files, CancellationToken cancel)
    {
        var name = $"patchflow-replica-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6))}";
        var container = Confinement.Container(name, image, command, Labels(("patchflow.run", run)), options);
        // Known as alive before it exists, so that no sweep takes it away in between.
        _alive[name] = true;
        var replica = new Replica(this, name, image, init);
        try
        {
            if (init == InitMode.Systemd)
            {
                _cgroups.Make(name);
                container.WithSystemd(_cgroups.NameOf(name), _cgroups.FolderOf(name));
            }

            await engine.DoAsync($"making the container {name}", (c, t) => c.Containers.CreateContainerAsync(container, t), cancel);
            await replica.PutFilesAsync("/", files, cancel);
            await engine.DoAsync($"starting the container {name}", (c, t) => c.Containers.StartContainerAsync(name, new ContainerStartParameters(), t), cancel);
            return replica;
        }
        catch
        {
            await replica.DisposeAsync();
            throw;
        }
    }

    // What enrolment gives a host, and the marker that makes the helper take targets without a path.
    private static IEnumerable<TarFile> HostFiles(InitMode init) =>
    [
        TarFile.Of("etc/patchflow/replica", "a sandbox of PatchFlow\n"u8.ToArray()),
        TarFile.Of("usr/local/sbin/patchflow-host", Helper(), "755"),
        // Without systemd a package starts its service through this policy only.
        .. init == InitMode.None ? [TarFile.Of("usr/sbin/policy-rc.d", "#!/bin/sh\nexit 0\n"u8.ToArray(), "755")] : Array.Empty<TarFile>(),
    ];

    private static byte[] Helper()
    {
        using var resource = typeof(Replicas).Assembly.GetManifestResourceStream(HelperResource)
            ?? throw new InvalidOperationException("the program was built without the resource patchflow-host");
        using var bytes = new MemoryStream();
        resource.CopyTo(bytes);
        return bytes.ToArray();
    }

    private sealed class Place(SemaphoreSlim slots) : IDisposable
    {
        private SemaphoreSlim? _slots = slots;

        public void Dispose() => Interlocked.Exchange(ref _slots, null)?.Release();
    }
}
