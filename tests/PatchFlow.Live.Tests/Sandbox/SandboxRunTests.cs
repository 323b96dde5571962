using System.Text;
using PatchFlow.Core.Changes;
using PatchFlow.Core.Documents;
using PatchFlow.Server.Sandbox;

namespace PatchFlow.Live.Tests.Sandbox;

/// <summary>A signed repository of our own, from its index through resolving to the verdict, in real replicas.</summary>
public sealed class SandboxRunTests
{
    [Fact]
    public async Task AGoodUpdatePassesAndItsBundleTellsTheWholeStory()
    {
        await using var world = await SandboxWorld.OwnAsync();
        var (host, twin) = (world.Subject("app", await world.OwnHostAsync("app-1")), world.Subject("app", await world.OwnHostAsync("app-2")));
        var resolved = await world.ResolveAsync(null, host, twin);

        var profile = Assert.Single(resolved.Profiles);
        Assert.Equal(["app-1", "app-2"], profile.Hosts);
        Assert.StartsWith("app-debian-12-amd64-", profile.Content.Profile, StringComparison.Ordinal);
        Assert.Equal(["pfdemo-common", "pfdemo-lib", "pfdemo-web"], profile.Content.Upgrades.Select(u => u.Name).Order(StringComparer.Ordinal));
        Assert.All(profile.Content.Upgrades, u => Assert.Equal(("1.0-1", "1.1-1"), (u.From, u.To)));
        Assert.Equal(6, profile.Content.Files.Length);
        Assert.All(profile.Content.Files, f => Assert.NotNull(world.Files.Path(f.Digest)));
        Assert.Equal(["pfdemo-web.service"], profile.Content.Restarts);
        Assert.Equal(["own", "own-security"], resolved.Snapshots.Select(s => s.Feed));
        Assert.Equal(["CVE-2026-10001"], resolved.Cves);
        Assert.Contains("without a limit (CVE-2026-10001)", Encoding.UTF8.GetString(resolved.Notes), StringComparison.Ordinal);

        var progress = new Progress();
        var request = SandboxWorld.Request(resolved, [host, twin], SandboxWorld.Check("own-http"), SandboxWorld.Check("ssh-listening"));
        var result = Assert.Single(await world.RunAsync(request, progress));
        Assert.True(result.Verdict == Verdict.Pass, result.Summary);
        var bundle = Bundle.Parse(result.Bundle);
        Assert.Equal(Digest.Of(request.Head), bundle.Plan);
        Assert.Equal(ProfileRun.Stages, bundle.Stages.Select(s => s.Name));
        Assert.All(bundle.Stages, s => Assert.Equal("pass", s.State));
        Assert.Equal(["before", "patch", "after", "back-out", "rehearsed"], bundle.Logs.Select(l => l.Stage));
        Assert.Contains("Unpacking pfdemo-web (1.1-1) over (1.0-1)", Encoding.UTF8.GetString(bundle.Logs[1].Bytes.Span), StringComparison.Ordinal);
        Assert.Contains(bundle.Fidelity, line => line.StartsWith("network: none", StringComparison.Ordinal));
        Assert.Empty(bundle.Findings);
        Assert.Equal(ProfileRun.Stages, progress.Last[profile.Content.Profile].Stages.Select(s => s.Name));
        Assert.Empty(await world.ContainersAsync());
    }

    [Fact]
    public async Task AnUpdateThatBreaksACheckFails() => await FailsAsync("breaks-check", "after", "check own-http");

    [Fact]
    public async Task AnUpdateThatCanNotBeConfiguredFails() => await FailsAsync("breaks-install", "patch", "apt-get ended with 100");

    [Fact]
    public async Task WhatAnUpdateShouldLeaveAloneIsAFinding()
    {
        await using var world = await SandboxWorld.OwnAsync("adds-a-user");
        var result = await RunAsync(world, SandboxWorld.Check("own-http"));
        Assert.True(result.Verdict == Verdict.Pass, result.Summary);
        Assert.Contains("new: user pfdemo:x:4711:4711::/nonexistent:/bin/sh", Bundle.Parse(result.Bundle).Findings);
    }

    [Fact]
    public async Task ACheckThatFailsBeforeThePatchIsInconclusiveAndNoPatchIsTried()
    {
        await using var world = await SandboxWorld.OwnAsync();
        var check = "patchflow-check 1\nname needs-nginx\nkind tcp\ntimeout PT2S\naddress 127.0.0.1\nport 80\nrequires nginx\n"u8.ToArray();
        var result = await RunAsync(world, check);
        Assert.Equal(Verdict.Inconclusive, result.Verdict);
        Assert.Contains("needs the package nginx", result.Summary, StringComparison.Ordinal);
        Assert.Equal("pending", Bundle.Parse(result.Bundle).Stages[2].State);
    }

    [Fact]
    public async Task AFromVersionThatNoFeedHasCanNotBeResolvedWithAWayBack()
    {
        await using var world = await SandboxWorld.OwnAsync();
        var inventory = await world.OwnHostAsync("app-1");
        var host = new HostSubject("app-1", "app", inventory with { Packages = [.. inventory.Packages.Select(p => p.Name == "pfdemo-lib" ? p with { Version = "0.9-1" } : p)] }, [new("pfdemo-lib", "amd64", "0.9-1", "1.1-1")]);
        var e = await Assert.ThrowsAsync<UnresolvableException>(() => world.ResolveAsync(null, host));
        Assert.Contains("pfdemo-lib 0.9-1", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WithoutABaseImageTheRemedyIsNamed()
    {
        await using var world = await SandboxWorld.OwnAsync(options: new SandboxOptions { BaseImage = "patchflow/no-such-base:{os}-{release}-{arch}" });
        var host = world.Subject("app", SandboxWorld.Host("app-1", [new("pfdemo-lib", "amd64", "1.0-1")]));
        var e = await Assert.ThrowsAsync<SandboxException>(() => world.ResolveAsync(null, host));
        Assert.Contains("patchflow/no-such-base:debian-12-amd64", e.Message, StringComparison.Ordinal);
        Assert.Contains("make-base", e.Message, StringComparison.Ordinal);
    }

    private static async Task FailsAsync(string variant, string stage, string words)
    {
        await using var world = await SandboxWorld.OwnAsync(variant);
        // As shipped it gives a service that was just restarted ten seconds, which one that answers wrongly would use up.
        var check = Encoding.UTF8.GetString(SandboxWorld.Check("own-http")).Replace("timeout PT10S\n", "timeout PT3S\n", StringComparison.Ordinal);
        var result = await RunAsync(world, Encoding.UTF8.GetBytes(check));
        Assert.Equal(Verdict.Fail, result.Verdict);
        Assert.Contains(words, result.Summary, StringComparison.Ordinal);
        var stages = Bundle.Parse(result.Bundle).Stages;
        Assert.Equal("fail", stages.Single(s => s.Name == stage).State);
        Assert.Equal("pending", stages.Single(s => s.Name == "back-out").State);
        Assert.Empty(await world.ContainersAsync());
    }

    private static async Task<ProfileResult> RunAsync(SandboxWorld world, byte[] check)
    {
        var host = world.Subject("app", await world.OwnHostAsync("app-1"));
        var resolved = await world.ResolveAsync(null, host);
        return Assert.Single(await world.RunAsync(SandboxWorld.Request(resolved, [host], check)));
    }
}
