using System.Text;
using Docker.DotNet;
using Docker.DotNet.Models;

namespace PatchFlow.Server.Sandbox;

/// <summary>What a command in a container said.</summary>
/// <param name="ExitCode">Its exit status.</param>
/// <param name="Output">Standard output, within the limit.</param>
/// <param name="Error">Standard error as text, within a limit of its own.</param>
/// <param name="IsCut">Whether output was beyond the limit.</param>
internal sealed record ExecEnd(int ExitCode, byte[] Output, string Error, bool IsCut)
{
    /// <summary>The output as text.</summary>
    public string Text => Encoding.UTF8.GetString(Output);
}

/// <summary>Commands in a container, entered as root: sudo can't work under no-new-privileges.</summary>
internal static class EngineExec
{
    private const int ErrorLimitBytes = 64 * 1024;
    private static readonly TimeSpan ExitTime = TimeSpan.FromSeconds(10);

    /// <summary>Runs the command to its end. When <paramref name="cancel"/> ends the call the command itself goes on until its container is removed.</summary>
    /// <exception cref="SandboxException">The container is gone or stopped, or the engine is.</exception>
    public static async Task<ExecEnd> RunAsync(
        this Engine engine, string container, IReadOnlyList<string> command, Stream? input, int outputLimit, CancellationToken cancel)
    {
        var created = new ContainerExecCreateParameters
        {
            User = "root",
            AttachStdin = input is not null,
            AttachStdout = true,
            AttachStderr = true,
            Cmd = [.. command],
        };
        return await engine.DoAsync($"running {command[0]} in the container {container}", async (c, t) =>
        {
            var exec = await c.Exec.CreateContainerExecAsync(container, created, t);
            using var stream = await c.Exec.StartContainerExecAsync(exec.ID, new ContainerExecStartParameters(), t);
            var end = await TalkAsync(stream, input, outputLimit, t);
            return end with { ExitCode = await ExitCodeAsync(c, exec.ID, container, t) };
        }, cancel, Engine.LongTime);
    }

    private static async Task<ExecEnd> TalkAsync(MultiplexedStream stream, Stream? input, int outputLimit, CancellationToken cancel)
    {
        using var feeding = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var feed = FeedAsync(stream, input, feeding.Token);
        using var output = new MemoryStream();
        using var error = new MemoryStream();
        var isCut = false;
        var buffer = new byte[64 * 1024];
        while (true)
        {
            var read = await stream.ReadOutputAsync(buffer, 0, buffer.Length, cancel);
            if (read.EOF)
            {
                break;
            }

            var (target, limit) = read.Target == MultiplexedStream.TargetStream.StandardError ? (error, ErrorLimitBytes) : (output, outputLimit);
            var kept = (int)Math.Min(read.Count, limit - target.Length);
            target.Write(buffer, 0, kept);
            isCut |= kept < read.Count && target == output;
        }

        // A command may end without reading its input (a file that is there already): then nobody waits for the rest.
        await feeding.CancelAsync();
        await feed;
        return new ExecEnd(-1, output.ToArray(), Encoding.UTF8.GetString(error.ToArray()), isCut);
    }

    private static async Task FeedAsync(MultiplexedStream stream, Stream? input, CancellationToken cancel)
    {
        if (input is null)
        {
            return;
        }

        try
        {
            var buffer = new byte[256 * 1024];
            int read;
            while ((read = await input.ReadAsync(buffer, cancel)) > 0)
            {
                await stream.WriteAsync(buffer, 0, read, cancel);
            }

            stream.CloseWrite();
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The command stopped reading; what it made of that is in its exit status, which the caller judges.
        }
    }

    private static async Task<int> ExitCodeAsync(DockerClient client, string exec, string container, CancellationToken cancel)
    {
        // The stream ends a moment before the engine has noted the exit status.
        var deadline = Environment.TickCount64 + (long)ExitTime.TotalMilliseconds;
        while (true)
        {
            var state = await client.Exec.InspectContainerExecAsync(exec, cancel);
            if (!state.Running && state.ExitCode is { } code)
            {
                return await RequireRunningAsync(client, container, (int)code, cancel);
            }

            if (Environment.TickCount64 > deadline)
            {
                throw new SandboxException($"the container {container} closed the connection of a command that goes on: it is stopping, or was paused");
            }

            await Task.Delay(20, cancel);
        }
    }

    // A container that is killed takes its commands with it; their exit status then says nothing about them.
    private static async Task<int> RequireRunningAsync(DockerClient client, string container, int code, CancellationToken cancel)
    {
        if (code is 0 or (> 0 and < 126))
        {
            return code;
        }

        var state = (await client.Containers.InspectContainerAsync(container, cancel)).State;
        return state is { Running: true } ? code : throw new SandboxException($"the container {container} stopped while a command ran in it (exit {state?.ExitCode})");
    }
}
