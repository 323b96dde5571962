using System.Collections.Immutable;
using PatchFlow.Core.Hosts;
using PatchFlow.Server.Sandbox;
using static PatchFlow.Server.Tests.Sandbox.SandboxSamples;

namespace PatchFlow.Server.Tests.Sandbox;

public sealed class ReplicaDifferenceTests
{
    [Fact]
    public void WhatAPatchAddsOrTakesAwayIsAFinding() => Assert.Equal(
        ["no longer: listening tcp 80", "new: setuid 4755 root:root /usr/bin/x"],
        Probes.Compare(Set("listening tcp 80", "user root"), Set("user root", "setuid 4755 root:root /usr/bin/x")));

    [Fact]
    public void ManyFindingsAreCountedAndNotDropped()
    {
        var findings = Probes.Compare([], Set([.. Enumerable.Range(0, 700).Select(i => $"file {i}")]));
        Assert.Equal(501, findings.Length);
        Assert.Equal("and 200 more", findings[^1]);
    }

    [Theory]
    [InlineData("kernel: 6.18, that of the sandbox's machine; the host has 6.1.0-44-amd64")]
    [InlineData("init: systemd as PID 1 of a container")]
    [InlineData("network: none")]
    [InlineData("capabilities: only CHOWN")]
    [InlineData("access: commands enter as root through the container engine")]
    [InlineData("origin: packages of patchflow/base brought to those of the host web-1")]
    [InlineData("package: acme amd64: none here, 1.0 on the host")]
    [InlineData("package: nginx amd64: 1.21 here, 1.22 on the host")]
    [InlineData("package: nano amd64: 7.2 here, none on the host")]
    [InlineData("conffile: /etc/nginx/nginx.conf is edited on the host, as shipped here")]
    [InlineData("service: acme.service is active on the host, not here")]
    [InlineData("service: udev.service is active here, not on the host")]
    public void EveryDifferenceToTheHostIsALine(string line) =>
        Assert.Contains(Lines(null), l => l.StartsWith(line, StringComparison.Ordinal));

    [Fact]
    public void WithoutSystemdTheListSaysSoAndWhy() =>
        Assert.Contains(Lines("the engine is elsewhere"), l => l.StartsWith("init: none, because the engine is elsewhere", StringComparison.Ordinal));

    [Fact]
    public void ReplicasGetNoNetworkNoPrivilegeAndOnlyTheListedCapabilities()
    {
        var container = Confinement.Container("r", "i", ["sh"], new Dictionary<string, string>(), new SandboxOptions { MemoryMiB = 512, Pids = 300 });
        Assert.Equal("none", container.HostConfig!.NetworkMode);
        Assert.Equal(["ALL"], container.HostConfig.CapDrop);
        Assert.Equal(["CHOWN", "DAC_OVERRIDE", "FOWNER", "KILL", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"], container.HostConfig.CapAdd);
        Assert.Equal(["no-new-privileges"], container.HostConfig.SecurityOpt);
        Assert.False(container.HostConfig.Privileged);
        Assert.Null(container.HostConfig.Binds);
        Assert.Equal(512L * 1024 * 1024, container.HostConfig.Memory);
        Assert.Equal(container.HostConfig.Memory, container.HostConfig.MemorySwap);
        Assert.Equal(300, container.HostConfig.PidsLimit);
    }

    [Fact]
    public void TheOnlyFolderOfTheMachineInAReplicaIsItsOwnCgroup()
    {
        var container = Confinement.Container("r", "i", ["sh"], new Dictionary<string, string>(), new SandboxOptions()).WithSystemd("/patchflow/x/r", "/sys/fs/cgroup/systemd/patchflow/x/r");
        Assert.Equal(["/sys/fs/cgroup/systemd/patchflow/x/r:/sys/fs/cgroup/systemd/patchflow/x/r:rw"], container.HostConfig!.Binds);
    }

    private static ImmutableArray<string> Lines(string? whyNoSystemd)
    {
        var host = Host(Package("nginx", "1.22"), Package("acme", "1.0")) with
        {
            EditedConffiles = ["/etc/nginx/nginx.conf"],
            Services = [new HostService("acme.service", "active"), new HostService("off.service", "inactive")],
        };
        PresentPackage[] present = [Present("nginx", "1.21"), Present("nano", "7.2")];
        var recipe = ReplicaRecipe.Of("sha256:base", present, host, _ => null);
        return Fidelity.Of(host, new ReplicaImage("sha256:i", "sha256:base", "patchflow/base", recipe, true), present, ["udev.service"], whyNoSystemd, "6.18", new SandboxOptions());
    }

    private static ImmutableSortedSet<string> Set(params string[] lines) => lines.ToImmutableSortedSet(StringComparer.Ordinal);
}
