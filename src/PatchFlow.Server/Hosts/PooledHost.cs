namespace PatchFlow.Server.Hosts;

/// <summary>One host in the pool: at most one current channel, which is closed when it was dropped and nobody uses it any more.</summary>
internal sealed class PooledHost
{
    /// <summary>Calls at once to one host.</summary>
    public const int CallLimit = 4;

    private readonly Lock _gate = new();
    private Pooled? _current;
    private DateTimeOffset _lastUse;

    /// <summary>Bounds the calls to this host.</summary>
    public SemaphoreSlim Turn { get; } = new(CallLimit, CallLimit);

    /// <summary>The channel for one call: the current one, or a new one where there is none or the host's address or keys changed.</summary>
    public HostLease Lease(HostRow row, HostChannelFactory factory, DateTimeOffset now)
    {
        lock (_gate)
        {
            _lastUse = now;
            var route = Route.Of(row);
            if (_current is { } old && old.Route != route)
            {
                _current = null;
                old.Dropped = true;
                CloseSoon(old);
            }

            _current ??= new Pooled(route, factory(row));
            _current.Users++;
            return new HostLease(this, _current);
        }
    }

    /// <summary>Takes the current channel out of use; closes it now, or with the last call on it.</summary>
    public async ValueTask DropAsync()
    {
        Pooled? unused = null;
        lock (_gate)
        {
            if (_current is { } old)
            {
                _current = null;
                old.Dropped = true;
                unused = old.Users == 0 ? old : null;
            }
        }

        await CloseAsync(unused);
    }

    /// <summary>Whether a channel stands that no call uses, or used after that time.</summary>
    public bool IsIdleSince(DateTimeOffset before)
    {
        lock (_gate)
        {
            return _current is { Users: 0 } && _lastUse < before;
        }
    }

    internal async ValueTask ReturnAsync(Pooled used)
    {
        bool unused;
        lock (_gate)
        {
            used.Users--;
            unused = used is { Dropped: true, Users: 0 };
        }

        await CloseAsync(unused ? used : null);
    }

    /// <summary>Closing says good-bye over the network, for which no lock is held.</summary>
    private static void CloseSoon(Pooled dropped)
    {
        if (dropped.Users == 0)
        {
            _ = Task.Run(async () => await dropped.Channel.DisposeAsync());
        }
    }

    private static ValueTask CloseAsync(Pooled? unused) => unused is null ? ValueTask.CompletedTask : unused.Channel.DisposeAsync();

    /// <summary>A channel with its users.</summary>
    internal sealed class Pooled(Route route, IHostChannel channel)
    {
        public Route Route { get; } = route;

        public IHostChannel Channel { get; } = channel;

        public int Users { get; set; }

        public bool Dropped { get; set; }
    }

    /// <summary>What a channel was made from: another value needs another channel.</summary>
    internal sealed record Route(string Address, int Port, string Account, string Keys)
    {
        public static Route Of(HostRow row) => new(row.Address, row.Port, row.Account, string.Join(' ', row.HostKeys.Select(key => key.Raw)));
    }
}

/// <summary>The use of a pooled channel for one call.</summary>
internal sealed class HostLease(PooledHost host, PooledHost.Pooled pooled) : IAsyncDisposable
{
    public IHostChannel Channel => pooled.Channel;

    public ValueTask DisposeAsync() => host.ReturnAsync(pooled);
}
