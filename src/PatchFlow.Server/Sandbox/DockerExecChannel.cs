using System.Collections.Immutable;
using PatchFlow.Core.Hosts;
using PatchFlow.Server.Hosts;

namespace PatchFlow.Server.Sandbox;

/// <summary>The way to the helper in a replica: the same program and protocol as on a host, through the engine instead of ssh and sudo.</summary>
internal sealed class DockerExecChannel(Engine engine, string container) : IHostChannel
{
    private const string Helper = "/usr/local/sbin/patchflow-host";
    private const int OutputLimitBytes = 8 * 1024 * 1024;

    // The helper itself never ends like these: the engine could not begin the program, or it got SIGKILL; its container ends.
    private const int NotBegun = 126;
    private const int Killed = 137;

    /// <inheritdoc/>
    public async Task<HostReply> CallAsync(HostCall call, Stream? input, CancellationToken cancel)
    {
        try
        {
            ImmutableArray<string> command = ["env", "-i", Helper, .. call.Words];
            var end = await engine.RunAsync(container, command, input, OutputLimitBytes, cancel);
            if (end.ExitCode is NotBegun or Killed)
            {
                throw new HostUnreachableException($"the call '{call.Words[0]}' ended with {end.ExitCode} in the replica {container}: the replica has ended, or the machine is out of memory");
            }

            return end.IsCut
                ? throw new HostUnreachableException($"the replica {container} answered '{call.Words[0]}' with more than {OutputLimitBytes} bytes")
                : new HostReply(end.ExitCode, end.Output, end.Error);
        }
        catch (SandboxException e)
        {
            throw new HostUnreachableException($"the replica {container} gave no answer to '{call.Words[0]}': {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
