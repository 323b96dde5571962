using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using PatchFlow.Core.Changes;
using PatchFlow.Server.Sandbox;

namespace PatchFlow.Live.Tests.Sandbox;

/// <summary>The engine and the server go away at the worst moment: nothing passes, and nothing stays behind.</summary>
[Collection("sandbox")]
public sealed class SandboxCrashTests
{
    [Fact]
    public async Task AReplicaThatIsKilledMidwayIsNoResultAndLeavesNothing()
    {
        await using var world = await SandboxWorld.OwnAsync();
        var (request, _) = await ResolvedAsync(world);
        var killed = new TaskCompletionSource();
        var progress = new Progress { Told = p => { if (p.Stages[2].State == "running" && killed.TrySetResult()) { _ = KillAsync(world); } } };
        await Assert.ThrowsAnyAsync<Exception>(() => world.RunAsync(request, progress));
        Assert.True(killed.Task.IsCompleted);
        Assert.Equal("inconclusive", Assert.Single(progress.Last).Value.Stages[2].State);
        await LeavesNothingAsync(world);
    }

    [Fact]
    public async Task AnEngineThatStopsMidwayIsNoResultAndTheNextSweepRemovesWhatIsLeft()
    {
        var gate = new SocketGate();
        await using (gate)
        {
            await using var world = await SandboxWorld.OwnAsync(endpoint: gate.Endpoint);
            var (request, _) = await ResolvedAsync(world);
            var progress = new Progress { Told = p => { if (p.Stages[2].State == "running") { gate.Close(); } } };
            var failed = await Assert.ThrowsAnyAsync<Exception>(() => world.RunAsync(request, progress));
            Assert.Contains("container engine", failed.Message, StringComparison.Ordinal);
            Assert.NotEmpty(await world.ContainersAsync());

            await Assert.ThrowsAsync<EngineUnavailableException>(() => world.RunAsync(request));
            using var engine = new Engine();
            using var restarted = new Replicas(engine, world.Options, world.Installation, NullLogger<Replicas>.Instance);
            Assert.Equal(1, await restarted.SweepAsync(default));
            await LeavesNothingAsync(world);
        }
    }

    [Fact]
    public async Task WithoutAnEngineTheErrorNamesItAndTheRemedy()
    {
        using var engine = new Engine("unix:///nowhere/docker.sock");
        var e = await Assert.ThrowsAsync<EngineUnavailableException>(() => engine.InfoAsync(default));
        Assert.Contains("unix:///nowhere/docker.sock", e.Message, StringComparison.Ordinal);
        Assert.Contains("start it", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ASweepRemovesWhatAKilledServerLeftAndNothingElse()
    {
        await using var world = await SandboxWorld.BareAsync();
        await using var neighbour = await SandboxWorld.BareAsync();
        var image = (await world.Engine.FindImageAsync("patchflow/base:debian-12-amd64", default))!.ID;
        await using var other = await neighbour.Replicas.StartBuilderAsync(image, "neighbour", default);
        // Never disposed: the server that had these is gone.
        var lost = await world.Replicas.StartAsync(image, "lost", default);
        Assert.True(Directory.Exists($"/sys/fs/cgroup/systemd/patchflow/{world.Installation}/{lost.Name}"));

        Assert.Equal(0, await world.Replicas.SweepAsync(default));
        using var engine = new Engine();
        using var restarted = new Replicas(engine, world.Options, world.Installation, NullLogger<Replicas>.Instance);
        Assert.Equal(1, await restarted.SweepAsync(default));
        await LeavesNothingAsync(world);
        Assert.Equal([other.Name], await neighbour.ContainersAsync());
    }

    [Fact]
    public async Task ACancelledRunLeavesNothing()
    {
        await using var world = await SandboxWorld.OwnAsync();
        var (request, _) = await ResolvedAsync(world);
        using var stop = new CancellationTokenSource();
        var progress = new Progress { Told = p => { if (p.Stages[2].State == "running") { stop.Cancel(); } } };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => world.RunAsync(request, progress, stop.Token));
        await LeavesNothingAsync(world);
    }

    private static async Task<(SandboxRequest Request, HostSubject Host)> ResolvedAsync(SandboxWorld world)
    {
        var host = world.Subject("app", await world.OwnHostAsync("app-1"));
        return (SandboxWorld.Request(await world.ResolveAsync(null, host), [host], SandboxWorld.Check("ssh-listening")), host);
    }

    private static async Task KillAsync(SandboxWorld world)
    {
        using var engine = new Engine();
        foreach (var name in await world.ContainersAsync())
        {
            await engine.RemoveContainerAsync(name, default);
        }
    }

    private static async Task LeavesNothingAsync(SandboxWorld world)
    {
        Assert.Empty(await world.ContainersAsync());
        foreach (var hierarchy in Directory.GetDirectories("/sys/fs/cgroup"))
        {
            var folder = $"{hierarchy}/patchflow/{world.Installation}";
            Assert.True(!Directory.Exists(folder) || Directory.GetDirectories(folder).Length == 0, folder);
        }
    }

    /// <summary>A socket before the engine's, which can be shut as if the engine had stopped.</summary>
    private sealed class SocketGate : IAsyncDisposable
    {
        private readonly string _path = Path.Combine(Path.GetTempPath(), $"patchflow-gate-{Guid.NewGuid():N}.sock");
        private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        private readonly List<Socket> _open = [];
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _accepting;

        public SocketGate()
        {
            _listener.Bind(new UnixDomainSocketEndPoint(_path));
            _listener.Listen(64);
            _accepting = AcceptAsync();
        }

        public string Endpoint => $"unix://{_path}";

        public void Close()
        {
            lock (_open)
            {
                _stop.Cancel();
                _listener.Dispose();
                _open.ForEach(s => s.Dispose());
                _open.Clear();
            }
        }

        public async ValueTask DisposeAsync()
        {
            Close();
            await _accepting;
            File.Delete(_path);
            _stop.Dispose();
        }

        private async Task AcceptAsync()
        {
            try
            {
                while (true)
                {
                    var near = await _listener.AcceptAsync(_stop.Token);
                    var far = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                    await far.ConnectAsync(new UnixDomainSocketEndPoint("/var/run/docker.sock"), _stop.Token);
                    lock (_open)
                    {
                        _open.AddRange([near, far]);
                    }

                    _ = PumpAsync(near, far);
                    _ = PumpAsync(far, near);
                }
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // The gate is shut.
            }
        }

        private async Task PumpAsync(Socket from, Socket to)
        {
            var buffer = new byte[64 * 1024];
            try
            {
                int read;
                while ((read = await from.ReceiveAsync(buffer, _stop.Token)) > 0)
                {
                    await to.SendAsync(buffer.AsMemory(0, read), _stop.Token);
                }

                to.Shutdown(SocketShutdown.Send);
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                from.Dispose();
                to.Dispose();
            }
        }
    }
}
