using System.Text.Json;

namespace PatchFlow.Live.Tests.EndToEnd;

/// <summary>What every host and the channel log said at one moment, so that a test can say that nothing reached a host since.</summary>
internal sealed class Witness
{
    private readonly World _world;
    private readonly string[] _logs;
    private readonly int _calls;

    private Witness(World world, string[] logs)
    {
        _world = world;
        _logs = logs;
        _calls = Calls(world).Count;
    }

    public static async Task<Witness> TakeAsync(World world) => new(world, await LogsAsync(world));

    /// <summary>No ticket on any host, dpkg's logs byte for byte as they were, and no call but <c>inventory</c>.</summary>
    public async Task NothingReachedAHostAsync()
    {
        Assert.All(Calls(_world).Skip(_calls), call => Assert.Equal("inventory", call));
        Assert.Equal(_logs, await LogsAsync(_world));
        foreach (var host in _world.Fleet.Hosts)
        {
            Assert.Empty(await OwnFleet.TicketsAsync(host));
        }
    }

    /// <summary>The word of each call that went to a host, from the channel log.</summary>
    public static List<string> Calls(World world) =>
        [.. File.ReadAllLines(Path.Combine(world.Server.DataDirectory, "logs", "channel.jsonl"))
            .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("verb").GetString()!)];

    private static Task<string[]> LogsAsync(World world) => Task.WhenAll(
        world.Fleet.Hosts.Select(h => OwnFleet.OnAsync(h, "sh", "-c", "sha256sum /var/log/dpkg.log || echo none")));
}
