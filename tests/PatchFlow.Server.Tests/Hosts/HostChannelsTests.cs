using PatchFlow.Core.Hosts;
using PatchFlow.Server.Hosts;

namespace PatchFlow.Server.Tests.Hosts;

public sealed class HostChannelsTests : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("patchflow-channels-").FullName;
    private readonly Dictionary<string, HostRow> _rows = [];
    private readonly List<CountingChannel> _made = [];
    private readonly ManualTime _time = new();
    private readonly ChannelLog _log;
    private readonly HostChannels _channels;
    private readonly Gauge _gauge = new();

    public HostChannelsTests()
    {
        _log = new ChannelLog(Path.Combine(_directory, "channel.jsonl"), _time);
        _channels = new HostChannels(id => _rows[id], Make, _log, _time);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task CallsToOneHostShareAChannelAndAtMostFourRunAtOnce()
    {
        _rows["a"] = Row("a");
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Call("a")));
        Assert.Single(_made);
        Assert.Equal(PooledHost.CallLimit, _gauge.Most);
    }

    [Fact]
    public async Task AtMostFiftyCallsRunAtOnceOverAllHosts()
    {
        for (var i = 0; i < 40; i++)
        {
            _rows[$"h{i}"] = Row($"h{i}");
        }

        await Task.WhenAll(Enumerable.Range(0, 160).Select(i => Call($"h{i % 40}")));
        Assert.Equal(50, _gauge.Most);
    }

    [Fact]
    public async Task ADroppedChannelIsClosedAfterItsLastCallAndTheNextCallHasANewOne()
    {
        _rows["a"] = Row("a");
        var running = Call("a");
        await _channels.DropAsync("a");
        Assert.Equal(0, _made[0].Closed);
        await running;
        Assert.Equal(1, _made[0].Closed);
        await Call("a");
        await _channels.DropAsync("a");
        Assert.Equal([1, 1], _made.Select(channel => channel.Closed));
    }

    [Fact]
    public async Task AnIdleChannelIsClosedAfterAMinute()
    {
        _rows["a"] = Row("a");
        await Call("a");
        _time.Advance(TimeSpan.FromSeconds(50));
        await Task.Delay(50, Cancel);
        Assert.Equal(0, _made[0].Closed);
        _time.Advance(TimeSpan.FromSeconds(30));
        for (var i = 0; i < 100 && _made[0].Closed == 0; i++)
        {
            await Task.Delay(20, Cancel);
        }

        Assert.Equal(1, _made[0].Closed);
    }

    [Fact]
    public async Task AnotherAddressOrPinnedKeyMakesAnotherChannel()
    {
        _rows["a"] = Row("a");
        await Call("a");
        _rows["a"] = Row("a") with { HostKeys = [HostKey.Of("ssh-ed25519", "other"u8)] };
        await Call("a");
        _rows["a"] = _rows["a"] with { LastError = "only noted" };
        await Call("a");
        Assert.Equal(2, _made.Count);
    }

    [Fact]
    public async Task NothingIsSentToARetiredHost()
    {
        _rows["a"] = Row("a") with { State = HostState.Retired };
        await Assert.ThrowsAsync<HostUnreachableException>(() => Call("a"));
        Assert.Empty(_made);
    }

    [Fact]
    public async Task ACallIsInTheLogBeforeItGoesOutAndAgainWhenItEnded()
    {
        _rows["a"] = Row("a");
        var call = _channels.For("a").CallAsync(new HostCall(["status", "0123456789ab.install.a.a1", "0"]), null, Cancel);
        Assert.Equal(("a", "status", "0123456789ab.install.a.a1", null, null), Seen(Assert.Single(ChannelLog.Read(_log.Path))));
        await call;
        Assert.Equal(7, ChannelLog.Read(_log.Path).Last().Exit);
    }

    [Fact]
    public async Task ACallWithoutAnAnswerEndsWithoutAnExit()
    {
        _rows["broken"] = Row("broken");
        await Assert.ThrowsAsync<HostUnreachableException>(() => Call("broken"));
        var ended = ChannelLog.Read(_log.Path).Last();
        Assert.Equal((true, null), (ended.Milliseconds is not null, ended.Exit));
    }

    [Fact]
    public void TheLogIsBounded()
    {
        var path = Path.Combine(_directory, "small.jsonl");
        using var log = new ChannelLog(path, _time, limitBytes: 2000);
        for (var i = 0; i < 200; i++)
        {
            log.Sent("a", "status", $"{i}");
        }

        Assert.True(new FileInfo(path).Length + new FileInfo(path + ".1").Length < 5000);
        Assert.Equal("199", ChannelLog.Read(path).Last().Ticket);
    }

    public async ValueTask DisposeAsync()
    {
        await _channels.DisposeAsync();
        _log.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private static HostRow Row(string id) => new() { Id = id, Address = "127.0.0.1", Group = "web", State = HostState.Enrolled };

    private static (string, string, string?, long?, int?) Seen(ChannelEntry entry) => (entry.Host, entry.Verb, entry.Ticket, entry.Milliseconds, entry.Exit);

    private Task<HostReply> Call(string host) => _channels.For(host).CallAsync(new HostCall(["version"]), null, Cancel);

    private CountingChannel Make(HostRow row)
    {
        var channel = new CountingChannel(_gauge, row.Id == "broken");
        lock (_made)
        {
            _made.Add(channel);
        }

        return channel;
    }

    private sealed class Gauge
    {
        private int _now;

        public int Most { get; private set; }

        public void Enter()
        {
            lock (this)
            {
                Most = Math.Max(Most, ++_now);
            }
        }

        public void Leave()
        {
            lock (this)
            {
                _now--;
            }
        }
    }

    private sealed class CountingChannel(Gauge gauge, bool broken) : IHostChannel
    {
        public int Closed { get; private set; }

        public async Task<HostReply> CallAsync(HostCall call, Stream? input, CancellationToken cancel)
        {
            gauge.Enter();
            await Task.Delay(100, cancel);
            gauge.Leave();
            return broken ? throw new HostUnreachableException("gone") : new HostReply(7, default, "");
        }

        public ValueTask DisposeAsync()
        {
            Closed++;
            return ValueTask.CompletedTask;
        }
    }

    /// <summary>A clock that moves when it is told, and runs the timers that are due.</summary>
    private sealed class ManualTime : TimeProvider
    {
        private readonly List<(TimerCallback Callback, object? State)> _timers = [];
        private DateTimeOffset _now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => _now;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _timers.Add((callback, state));
            return new Timer(_ => { }, null, Timeout.Infinite, Timeout.Infinite);
        }

        public void Advance(TimeSpan by)
        {
            _now += by;
            _timers.ForEach(timer => timer.Callback(timer.State));
        }
    }
}
