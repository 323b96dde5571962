using System.Text.Json;
using PatchFlow.Client;

namespace PatchFlow.Live.Tests.EndToEnd;

/// <summary>Hosts that are killed while they install, as the server sees it.</summary>
[Trait("campaign", "hosts")]
public sealed class KilledHostTests
{
    private const string Reached = "/var/tmp/pfdemo-reached";
    private const string GoOn = "/var/tmp/pfdemo-go-on";

    [Fact]
    public async Task TheNextAttemptStartsOnlyWhenTheLastIsProvenDeadAndEndsAtThePlansVersions()
    {
        await using var world = await World.StartAsync(hosts: 3, variant: "waits-in-production");
        var change = await world.ChangeWhenAsync(c => c.Status == ChangeState.AwaitingApproval);
        await world.ApproveAsync("bob", change.Id);
        await world.ApproveAsync("carol", change.Id);

        var canary = await ReachedAsync(world, change.Id, t => t.Wave == 0);
        var away = await SwitchOneOffAsync(world, change.Id);
        await KillThePackageManagerAsync(world, canary);
        var rest = await ReachedAsync(world, change.Id, t => t.Wave == 1 && t.Host != away.Name);
        await RestartAsync(rest);

        // One that does not answer is left to its next change, and holds up neither its wave nor the rollout.
        await world.ChangeWhenAsync(c => c.Status == ChangeState.CompletedWithExceptions);
        Assert.Equal(HostTaskState.Offline, (await world.Admin.HostTasksAsync(change.Id)).Items.Single(t => t.Host == away.Name).Status);
        await Repository.RunAsync("docker", ["start", away.Container]);
        await HasAsync(away, installs: 0, version: "1.0-1");
        await HasAsync(canary, installs: 2, version: "1.1-1");
        await HasAsync(rest, installs: 2, version: "1.1-1");
    }

    private static async Task HasAsync(FleetHost host, int installs, string version)
    {
        Assert.Equal(installs, (await OwnFleet.TicketsAsync(host)).Count(t => t.Contains(".install.", StringComparison.Ordinal)));
        var versions = await OwnFleet.VersionsAsync(host);
        Assert.All(versions.Where(v => v.Key.StartsWith("pfdemo-", StringComparison.Ordinal)), v => Assert.Equal(version, v.Value));
    }

    private static async Task<FleetHost> SwitchOneOffAsync(World world, string change)
    {
        var name = (await world.Admin.HostTasksAsync(change)).Items.First(t => t.Wave == 1).Host;
        var host = world.Fleet.Hosts.Single(h => h.Name == name);
        await Repository.RunAsync("docker", ["kill", host.Container]);
        return host;
    }

    // First the helper alone: its dpkg lives, so however often the server asks, no second attempt may start. Then the whole session.
    private static async Task KillThePackageManagerAsync(World world, FleetHost host)
    {
        var pid = (await OwnFleet.OnAsync(host, "sh", "-c", "cut -d' ' -f3 /var/lib/patchflow/tickets/*.install.*.a1/launched")).Trim();
        await OwnFleet.OnAsync(host, "kill", "-9", pid);
        var asked = StatusCalls(world, host);
        await UntilAsync(() => Task.FromResult(StatusCalls(world, host) >= asked + 3), "the server asks for the ticket");
        Assert.Single(await OwnFleet.TicketsAsync(host), t => t.Contains(".install.", StringComparison.Ordinal));

        await OwnFleet.OnAsync(host, "touch", GoOn);
        await OwnFleet.OnAsync(host, "pkill", "-9", "-s", pid);
    }

    private static async Task RestartAsync(FleetHost host)
    {
        await OwnFleet.OnAsync(host, "touch", GoOn);
        await Repository.RunAsync("docker", ["kill", host.Container]);
        await Repository.RunAsync("docker", ["start", host.Container]);
    }

    private static async Task<FleetHost> ReachedAsync(World world, string change, Func<HostTaskView, bool> which)
    {
        await world.HostWhenAsync(change, t => which(t) && t.Status == HostTaskState.Running);
        var name = (await world.Admin.HostTasksAsync(change)).Items.Single(which).Host;
        var host = world.Fleet.Hosts.Single(h => h.Name == name);
        await UntilAsync(async () => await OwnFleet.OnAsync(host, "sh", "-c", $"test -e {Reached} && echo yes || true") != "", $"{name} is in the middle of its install");
        return host;
    }

    private static int StatusCalls(World world, FleetHost host) =>
        File.ReadAllLines(Path.Combine(world.Server.DataDirectory, "logs", "channel.jsonl"))
            .Select(line => JsonDocument.Parse(line).RootElement)
            .Count(call => call.GetProperty("verb").GetString() == "status" && call.GetProperty("host").GetString() == host.Name);

    private static async Task UntilAsync(Func<Task<bool>> holds, string what)
    {
        for (var i = 0; i < 600; i++)
        {
            if (await holds())
            {
                return;
            }

            await Task.Delay(100);
        }

        throw new TimeoutException($"not in 60 s: {what}");
    }
}
