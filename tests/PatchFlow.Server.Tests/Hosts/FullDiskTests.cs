using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using PatchFlow.Server.Auditing;
using PatchFlow.Server.Hosts;
using PatchFlow.Server.Storage;
using PatchFlow.Server.Tests.Feeds;

namespace PatchFlow.Server.Tests.Hosts;

public sealed class FullDiskTests
{
    [Fact]
    public async Task ARoundOfInventoriesGoesOnWhereNoReasonCanBeKept()
    {
        using var disk = new SmallDisk();
        using var database = new Database(Path.Combine(disk.DataDirectory, "patchflow.db"));
        var hosts = new HostStore(database, TimeProvider.System);
        foreach (var id in new[] { "a", "b", "c" })
        {
            await hosts.AddAsync(
                new HostRow { Id = id, Address = "127.0.10.1", Group = "web", State = HostState.Enrolled }, new Audit("user:alice", "api", "host.add", $"host:{id}"), TestContext.Current.CancellationToken);
        }

        // The log of calls is elsewhere, so that each gets as far as to its host.
        var elsewhere = Directory.CreateTempSubdirectory("patchflow-calls-").FullName;
        var asked = new ConcurrentQueue<string>();
        using (var log = new ChannelLog(Path.Combine(elsewhere, "channel.jsonl"), TimeProvider.System))
        {
            await using var channels = new HostChannels(hosts.Get, row => new ScriptedChannel((_, _) =>
            {
                asked.Enqueue(row.Id);
                throw new HostUnreachableException($"{row.Id} does not answer");
            }), log, TimeProvider.System);
            disk.Fill();
            await new Inventories(hosts, channels, new HostsOptions { InventoryConcurrency = 1 }, NullLogger<Inventories>.Instance).RunAsync(TestContext.Current.CancellationToken);
        }

        Assert.Equal(["a", "b", "c"], asked);
        Assert.All(hosts.Enrolled(), host => Assert.Null(host.LastError));
        Directory.Delete(elsewhere, recursive: true);
    }
}
