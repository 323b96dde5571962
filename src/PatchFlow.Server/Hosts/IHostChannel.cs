using PatchFlow.Core.Hosts;

namespace PatchFlow.Server.Hosts;

/// <summary>
/// The way to one host's <c>patchflow-host</c>: SSH in production, Docker exec for a replica, simulated in tests.
/// A channel only transports; all meaning is in <see cref="HostCall"/> and in the host's ticket directory.
/// </summary>
public interface IHostChannel : IAsyncDisposable
{
    /// <summary>Runs one call to its end. The input (at most the length that the call itself names) is sent as it is.</summary>
    /// <exception cref="HostUnreachableException">No answer: whether the call had an effect is unknown.</exception>
    Task<HostReply> CallAsync(HostCall call, Stream? input, CancellationToken cancel);
}

/// <summary>The host gave no complete answer. Whether the call had an effect is unknown; ask again.</summary>
public sealed class HostUnreachableException(string message, Exception? inner = null) : Exception(message, inner);
