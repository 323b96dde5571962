using PatchFlow.Server.Sandbox;

namespace PatchFlow.Live.Tests.Sandbox;

/// <summary>What a replica can't do, asked from inside, as root.</summary>
[Collection("sandbox")]
public sealed class ConfinementTests
{
    private const string Base = "patchflow/base:debian-12-amd64";

    [Fact]
    public async Task AReplicaRunsSystemdAndIsShutIn()
    {
        await using var world = await SandboxWorld.BareAsync();
        var image = (await world.Engine.FindImageAsync(Base, default))!.ID;
        await using var replica = await world.Replicas.StartAsync(image, "test", default);
        await replica.WaitUntilUpAsync(90, default);

        Assert.Equal(InitMode.Systemd, replica.Init);
        Assert.Equal("systemd", await SaysAsync(replica, "cat /proc/1/comm"));
        Assert.Equal("lo", await SaysAsync(replica, "ls /sys/class/net"));
        Assert.Equal("", await SaysAsync(replica, "ip route"));
        // PostgreSQL and others listen on the name, and do not start without it.
        Assert.Contains("localhost", await SaysAsync(replica, "getent hosts localhost"), StringComparison.Ordinal);
        // CHOWN, DAC_OVERRIDE, FOWNER, KILL, SETGID, SETUID, SETPCAP, SYS_CHROOT: bits 0, 1, 3, 5, 6, 7, 8, 18.
        Assert.Equal(["CapEff:00000000000401eb", "CapBnd:00000000000401eb", "NoNewPrivs:1"], (await SaysAsync(replica, "grep -E 'CapEff|CapBnd|NoNewPrivs' /proc/1/status | tr -d '\\t '")).Split('\n'));
        Assert.Equal(["CapEff:00000000000401eb", "NoNewPrivs:1"], (await SaysAsync(replica, "grep -E 'CapEff|NoNewPrivs' /proc/self/status | tr -d '\\t '")).Split('\n'));
        Assert.Contains("denied", await SaysAsync(replica, "mount -t tmpfs none /mnt 2>&1 || true"), StringComparison.Ordinal);
        Assert.Contains("not permitted", await SaysAsync(replica, "unshare --mount true 2>&1 || true"), StringComparison.Ordinal);
        Assert.Contains("not permitted", await SaysAsync(replica, "mknod /tmp/disk b 8 0 2>&1 || true"), StringComparison.Ordinal);
        Assert.Equal("none", await SaysAsync(replica, "ls /var/run/docker.sock /run/docker.sock 2> /dev/null || echo none"));
        // Of the machine's cgroups it sees its own path, and beside it nothing.
        Assert.Equal(replica.Name, await SaysAsync(replica, $"ls /sys/fs/cgroup/systemd/patchflow/{world.Installation}"));
        Assert.Equal("patchflow", await SaysAsync(replica, "ls /sys/fs/cgroup/systemd"));
        Assert.Equal(("1024", $"{2048L * 1024 * 1024}"), await LimitsAsync(world, replica));
    }

    [Fact]
    public async Task ACommandsInputOutputAndExitStatusComeThroughWhole()
    {
        await using var world = await SandboxWorld.BareAsync();
        var image = (await world.Engine.FindImageAsync(Base, default))!.ID;
        await using var box = await world.Replicas.StartBuilderAsync(image, "test", default);
        var bytes = new byte[5_000_000];
        Random.Shared.NextBytes(bytes);

        using var input = new MemoryStream(bytes);
        var echoed = await world.Engine.RunAsync(box.Name, ["cat"], input, 8_000_000, default);
        Assert.Equal((0, false), (echoed.ExitCode, echoed.IsCut));
        Assert.Equal(bytes, echoed.Output);

        var failed = await box.ExecAsync(["sh", "-c", "echo out; echo err >&2; exit 41"], null, default);
        Assert.Equal((41, "out\n", "err\n"), (failed.ExitCode, failed.Text, failed.Error));

        // A command that does not read its input ends all the same.
        using var unread = new MemoryStream(bytes);
        Assert.Equal(0, (await world.Engine.RunAsync(box.Name, ["true"], unread, 1000, default)).ExitCode);

        var flood = await world.Engine.RunAsync(box.Name, ["sh", "-c", "head -c 3000000 /dev/zero"], null, 100_000, default);
        Assert.Equal((100_000, true), (flood.Output.Length, flood.IsCut));
    }

    [Fact]
    public async Task WithoutSystemdTheReplicaStillRunsTheHelperAndSaysWhatItLacks()
    {
        await using var world = await SandboxWorld.BareAsync(new SandboxOptions { Systemd = false });
        var image = (await world.Engine.FindImageAsync(Base, default))!.ID;
        await using var replica = await world.Replicas.StartAsync(image, "test", default);
        await replica.WaitUntilUpAsync(10, default);
        Assert.Equal(InitMode.None, replica.Init);
        Assert.NotNull(world.Replicas.WhyNoSystemd);
        var protocol = new PatchFlow.Server.Hosts.HostProtocol(new DockerExecChannel(world.Engine, replica.Name));
        Assert.Equal(1, (await protocol.VersionAsync(default)).Protocol);
        Assert.Equal("acme.service has no start script\n", await replica.RequireAsync("start-services", ["acme.service"], default));
    }

    private static async Task<(string? Pids, string? Memory)> LimitsAsync(SandboxWorld world, Replica replica)
    {
        var host = (await world.Engine.FindContainerAsync(replica.Name, default))!.HostConfig;
        return ($"{host?.PidsLimit}", $"{host?.Memory}");
    }

    private static async Task<string> SaysAsync(Replica replica, string command) =>
        (await replica.ExecAsync(["sh", "-c", command], null, default)).Text.Trim();
}
