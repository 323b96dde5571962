using System.Diagnostics;
using System.Text;
using Docker.DotNet.Models;

namespace PatchFlow.Server.Sandbox;

/// <summary>
/// A container that stands for a host while it lives: shut in, without network, and removed with everything it left when this is disposed.
/// After a crash of the server <see cref="Replicas.SweepAsync"/> does that.
/// </summary>
internal sealed class Replica : IAsyncDisposable
{
    private const int OutputLimitBytes = 8 * 1024 * 1024;
    private static readonly TimeSpan RemovalTime = TimeSpan.FromSeconds(60);
    private readonly Replicas _owner;

    internal Replica(Replicas owner, string name, string image, InitMode init) => (_owner, Name, Image, Init) = (owner, name, image, init);

    /// <summary>The container's name.</summary>
    public string Name { get; }

    /// <summary>The id of the image that it was started from.</summary>
    public string Image { get; }

    /// <summary>What its PID 1 is.</summary>
    public InitMode Init { get; }

    private Engine Engine => _owner.Engine;

    /// <summary>Runs a program in it, as root, without a shell of ours in between.</summary>
    public Task<ExecEnd> ExecAsync(IReadOnlyList<string> command, Stream? input, CancellationToken cancel) =>
        Engine.RunAsync(Name, command, input, OutputLimitBytes, cancel);

    /// <summary>Runs one of our own scripts in it, with arguments; the script goes in by standard input and nothing is pasted into it.</summary>
    public async Task<ExecEnd> ScriptAsync(string script, IEnumerable<string> arguments, CancellationToken cancel)
    {
        using var input = new MemoryStream(Encoding.UTF8.GetBytes(script), writable: false);
        return await ExecAsync(["env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", "HOME=/root", "sh", "-s", "--", .. arguments], input, cancel);
    }

    /// <summary>Puts a tar archive's files into a folder that exists.</summary>
    public Task PutAsync(string folder, Stream tar, CancellationToken cancel) =>
        Engine.DoAsync($"putting files into {Name}", async (c, t) =>
        {
            await c.Containers.ExtractArchiveToContainerAsync(Name, new CopyToContainerParameters { Path = folder }, tar, t);
            return true;
        }, cancel);

    /// <summary>Waits until its services are up, or have settled as far as they will.</summary>
    /// <exception cref="SandboxException">It stopped, or is still starting after <paramref name="seconds"/>.</exception>
    public async Task WaitUntilUpAsync(int seconds, CancellationToken cancel)
    {
        var clock = Stopwatch.StartNew();
        while (Init == InitMode.Systemd)
        {
            var state = (await ExecAsync(["systemctl", "is-system-running"], null, cancel)).Text.Trim();
            if (state is "running" or "degraded")
            {
                return;
            }

            if (clock.Elapsed.TotalSeconds > seconds)
            {
                throw new SandboxException($"the replica {Name} is still '{state}' after {seconds} s: the machine is overloaded, or a service of the replica never starts");
            }

            await Task.Delay(100, cancel);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(RemovalTime);
        await _owner.RemoveOrLeaveAsync(Name, limit.Token);
    }
}
