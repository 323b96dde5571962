using System.Collections.Concurrent;
using System.Diagnostics;
using PatchFlow.Core.Hosts;

namespace PatchFlow.Server.Hosts;

/// <summary>Makes the transport to a host. Production makes <see cref="SshChannel"/>, tests a simulated host.</summary>
internal delegate IHostChannel HostChannelFactory(HostRow host);

/// <summary>
/// The channels to all hosts: one pooled connection a host, a bounded number of calls per host and over all, every call in
/// the channel log. A host's row is read at each call, so that a new address or key counts at once, and a retired host is refused.
/// </summary>
internal sealed class HostChannels : IAsyncDisposable
{
    private const int OverallLimit = 50;
    private static readonly TimeSpan _idle = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, PooledHost> _pool = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _overall = new(OverallLimit, OverallLimit);
    private readonly Func<string, HostRow> _row;
    private readonly HostChannelFactory _factory;
    private readonly ChannelLog _log;
    private readonly TimeProvider _time;
    private readonly ITimer _sweep;

    /// <summary>An empty pool.</summary>
    /// <param name="row">The host's row by id; throws where there is none.</param>
    /// <param name="factory">Makes the transport.</param>
    /// <param name="log">Where every call is written.</param>
    /// <param name="time">For idle connections.</param>
    public HostChannels(Func<string, HostRow> row, HostChannelFactory factory, ChannelLog log, TimeProvider time)
    {
        (_row, _factory, _log, _time) = (row, factory, log, time);
        _sweep = time.CreateTimer(_ => Sweep(), null, _idle / 4, _idle / 4);
    }

    /// <summary>The channel to a host. Cheap: nothing is opened before the first call. Disposing it leaves the pool alone.</summary>
    public IHostChannel For(string host) => new Line(this, () => _row(host), _pool.GetOrAdd(host, _ => new PooledHost()), isOwner: false);

    /// <summary>A channel to a host as that row describes it, outside the pool, logged like any other. Disposing it closes it.</summary>
    public IHostChannel Trial(HostRow row) => new Line(this, () => row, new PooledHost(), isOwner: true);

    /// <summary>The protocol over <see cref="For"/>.</summary>
    public HostProtocol Protocol(string host) => new(For(host));

    /// <summary>
    /// Closes the host's connection once its running calls have ended; the next call opens a new one. After an install, since
    /// the sshd process of an old connection goes on mapping the old libraries.
    /// </summary>
    public ValueTask DropAsync(string host) => _pool.TryGetValue(host, out var pooled) ? pooled.DropAsync() : ValueTask.CompletedTask;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _sweep.DisposeAsync();
        foreach (var pooled in _pool.Values)
        {
            await pooled.DropAsync();
        }
    }

    private async Task<HostReply> CallAsync(HostRow row, PooledHost pooled, HostCall call, Stream? input, CancellationToken cancel)
    {
        if (row.IsReported)
        {
            throw new HostUnreachableException(row.WhyNotDeployed);
        }

        if (row.State == HostState.Retired)
        {
            throw new HostUnreachableException($"host {row.Id} is retired: nothing is sent to it");
        }

        await pooled.Turn.WaitAsync(cancel);
        try
        {
            await _overall.WaitAsync(cancel);
            try
            {
                return await LoggedAsync(pooled, row, call, input, cancel);
            }
            finally
            {
                _overall.Release();
            }
        }
        finally
        {
            pooled.Turn.Release();
        }
    }

    private async Task<HostReply> LoggedAsync(PooledHost pooled, HostRow row, HostCall call, Stream? input, CancellationToken cancel)
    {
        var verb = call.Words[0];
        var ticket = verb is "start" or "status" or "cancel" or "complete" ? call.Words.ElementAtOrDefault(1) : null;
        var began = Stopwatch.GetTimestamp();
        int? exit = null;
        _log.Sent(row.Id, verb, ticket);
        await using var lease = pooled.Lease(row, _factory, _time.GetUtcNow());
        try
        {
            var reply = await lease.Channel.CallAsync(call, input, cancel);
            exit = reply.ExitCode;
            return reply;
        }
        finally
        {
            _log.Ended(row.Id, verb, ticket, Stopwatch.GetElapsedTime(began), exit);
        }
    }

    private void Sweep()
    {
        var before = _time.GetUtcNow() - _idle;
        foreach (var pooled in _pool.Values.Where(pooled => pooled.IsIdleSince(before)))
        {
            // Closing says good-bye over the network: not on the timer's thread.
            _ = Task.Run(async () => await pooled.DropAsync());
        }
    }

    /// <summary>What callers hold.</summary>
    private sealed class Line(HostChannels channels, Func<HostRow> row, PooledHost pooled, bool isOwner) : IHostChannel
    {
        public Task<HostReply> CallAsync(HostCall call, Stream? input, CancellationToken cancel) => channels.CallAsync(row(), pooled, call, input, cancel);

        public ValueTask DisposeAsync() => isOwner ? pooled.DropAsync() : ValueTask.CompletedTask;
    }
}
