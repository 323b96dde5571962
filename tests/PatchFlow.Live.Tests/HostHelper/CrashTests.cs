using PatchFlow.Core.Documents;
using PatchFlow.Core.Hosts;

namespace PatchFlow.Live.Tests.HostHelper;

/// <summary>Work that is killed at its worst moments, on hosts of its own.</summary>
public sealed class CrashTests
{
    private const string Killed = "test -e /run/patchflow-test-again || { touch /run/patchflow-test-reached; sleep 600; }";

    [Fact]
    public async Task AKilledPackageManagerIsInterruptedAndTheNextAttemptMends()
    {
        await using var host = await LiveHost.StartAsync("web-1");
        var plan = await PlanAsync(host);
        var first = await ReachedAsync(host, plan);

        // The helper alone is killed: its dpkg still works, so nothing may follow yet.
        var pid = await host.MustAsync($"cut -d' ' -f3 /var/lib/patchflow/tickets/{first.Ticket}/launched");
        await host.MustAsync($"kill -9 {pid}");
        Assert.Equal("running", (await host.StatusAsync(first.Ticket, wait: 30)).State);
        Assert.Equal(60, (await host.StartTicketAsync(plan.Start(TicketKind.Install, 2))).Exit);

        // Everything of its session, dpkg in the middle of unpacking among it.
        await host.MustAsync($"pkill -9 -s {pid}; touch /run/patchflow-test-again");
        Assert.Equal("interrupted", (await host.UntilAsync(first.Ticket, s => s.State != "running")).State);
        Assert.NotEqual("installed", (await host.VersionAsync("pfb")).Split(' ')[0]);

        var second = await host.WorkAsync(plan.Start(TicketKind.Install, 2));
        Assert.True(second.State == "exited 0", second.Log);
        await AtNewVersionsAsync(host);
        Assert.Equal("interrupted", (await host.StatusAsync(first.Ticket)).State);
        var after = await host.WorkAsync(plan.Start(TicketKind.CheckAfter));
        Assert.True(after.State == "exited 0", after.Log);
    }

    [Fact]
    public async Task AKilledPackageManagerIsMendedByTheRollbackToo()
    {
        await using var host = await LiveHost.StartAsync("web-1");
        var plan = await PlanAsync(host);
        var first = await ReachedAsync(host, plan);
        await host.MustAsync("touch /run/patchflow-test-again; pkill -9 -x dpkg");
        Assert.Equal("exited 20", (await host.UntilAsync(first.Ticket, s => s.State != "running")).State);
        var back = await host.WorkAsync(plan.Start(TicketKind.Rollback));
        Assert.True(back.State == "exited 0", back.Log);
        Assert.Equal(("installed 1", "installed 1", "installed 1"), (await host.VersionAsync("pfa"), await host.VersionAsync("pfb"), await host.VersionAsync("pfc")));
        Assert.Equal("exited 0", (await host.WorkAsync(plan.Start(TicketKind.CheckRehearsed))).State);
    }

    [Fact]
    public async Task AHostThatIsRestartedInTheMiddleIsInterruptedAndTheNextAttemptMends()
    {
        await using var host = await LiveHost.StartAsync("web-1");
        var plan = await PlanAsync(host);
        var first = await ReachedAsync(host, plan);
        await host.CutPowerAsync();
        Assert.Equal("interrupted", (await host.StatusAsync(first.Ticket)).State);
        await host.MustAsync("touch /run/patchflow-test-again; for i in $(seq 100); do systemctl is-system-running >/dev/null && break; sleep 0.1; done");
        var second = await host.WorkAsync(plan.Start(TicketKind.Install, 2));
        Assert.True(second.State == "exited 0", second.Log);
        await AtNewVersionsAsync(host);
    }

    [Fact]
    public async Task WhatAnInterruptedAttemptBeganIsFinishedAfterThePlansTimeAndAnotherPlanIsNotBegun()
    {
        await using var host = await LiveHost.StartAsync("web-1");
        var staged = await PlanAsync(host);
        var notAfter = CanonicalTime.ToSeconds(DateTimeOffset.UtcNow.AddSeconds(12));
        var plan = staged with { NotAfter = notAfter };
        var first = await ReachedAsync(host, plan);
        var pid = await host.MustAsync($"cut -d' ' -f3 /var/lib/patchflow/tickets/{first.Ticket}/launched");
        await host.MustAsync($"kill -9 {pid}; pkill -9 -s {pid}; touch /run/patchflow-test-again");
        Assert.Equal("interrupted", (await host.UntilAsync(first.Ticket, s => s.State != "running")).State);
        while (DateTimeOffset.UtcNow < notAfter.AddSeconds(2))
        {
            await Task.Delay(500);
        }

        Assert.Equal(57, (await host.StartTicketAsync((staged with { NotAfter = notAfter.AddSeconds(-1), Sequence = plan.Sequence + 1000 }).Start(TicketKind.Install))).Exit);
        var second = await host.WorkAsync(plan.Start(TicketKind.Install, 2));
        Assert.True(second.State == "exited 0", second.Log);
        await AtNewVersionsAsync(host);
    }

    [Fact]
    public async Task ATicketThatWasNeverLaunchedIsLostForGood()
    {
        await using var host = await LiveHost.StartAsync("web-1");
        var plan = await PlanAsync(host);
        await host.MustAsync("touch /run/patchflow-test-again; printf '#!/bin/sh\\nexit 0\\n' > /usr/local/bin/none; mv /usr/bin/systemd-run /usr/bin/systemd-run.kept; cp /usr/local/bin/none /usr/bin/systemd-run; chmod 755 /usr/bin/systemd-run");
        var first = plan.Start(TicketKind.Install);

        // The starter waits for the work's own record; it is killed while it does, as by a broken connection.
        var starting = host.StartTicketAsync(first);
        await host.MustAsync($"until [ -d /var/lib/patchflow/tickets/{first.Ticket} ]; do sleep 0.05; done");
        Assert.Equal("pending", (await host.StatusAsync(first.Ticket)).State);
        await host.MustAsync("pkill -9 -f '[p]atchflow-host start'");
        await starting;
        Assert.Equal("lost", (await host.UntilAsync(first.Ticket, s => s.State != "pending")).State);

        // The init system comes to it late: it must do nothing.
        await host.MustAsync($"mv /usr/bin/systemd-run.kept /usr/bin/systemd-run; /usr/local/sbin/patchflow-host payload {first.Ticket}");
        Assert.Equal("lost", (await host.StatusAsync(first.Ticket)).State);
        Assert.Equal("installed 1", await host.VersionAsync("pfa"));
        Assert.Equal("exists", (await host.StartTicketAsync(first)).Text);
        Assert.Equal("exited 0", (await host.WorkAsync(plan.Start(TicketKind.Install, 2))).State);
    }

    [Fact]
    public async Task WithoutSpaceNothingIsKeptAndNothingChanges()
    {
        await using var host = await LiveHost.StartAsync("web-1", "--tmpfs", "/var/lib/patchflow:size=40m,mode=700");
        var plan = await PlanAsync(host);
        var large = new byte[30 * 1024 * 1024];
        var refused = await host.CallAsync(large, "stage", PatchFlow.Core.Documents.Digest.Of(large).Hex, $"{large.Length}");
        Assert.Equal(23, refused.Exit);
        Assert.Contains("no space", refused.Error, StringComparison.Ordinal);
        await host.MustAsync("head -c 15000000 /dev/zero > /var/lib/patchflow/ballast");
        var standing = await host.WorkAsync(plan.Start(TicketKind.Install));
        Assert.Equal("exited 23", standing.State);
        Assert.Contains("no space", standing.Log, StringComparison.Ordinal);
        await host.MustAsync("rm /var/lib/patchflow/ballast; touch /run/patchflow-test-again");
        Assert.Equal("exited 0", (await host.WorkAsync(plan.Start(TicketKind.Install, 2))).State);
    }

    private static async Task<TestPlan> PlanAsync(LiveHost host)
    {
        var pairs = new List<(Deb From, Deb To)>();
        foreach (var name in (string[])["pfa", "pfb", "pfc"])
        {
            var from = await new DebRecipe(name, "1").InstallAsync(host);
            pairs.Add((from, await new DebRecipe(name, "2") { Preinst = name == "pfb" ? Killed : null, Kibibytes = 64 }.MakeAsync(host)));
        }

        return await new TestPlan(host.Id) { Upgrades = pairs }.StagedAsync(host);
    }

    // dpkg is in the middle: some packages are unpacked, one is half way, one is old.
    private static async Task<StartInput> ReachedAsync(LiveHost host, TestPlan plan)
    {
        var start = plan.Start(TicketKind.Install);
        Assert.Equal("started", (await host.StartTicketAsync(start)).Text);
        await host.MustAsync("for i in $(seq 1200); do [ -e /run/patchflow-test-reached ] && exit 0; sleep 0.1; done; exit 1");
        return start;
    }

    private static async Task AtNewVersionsAsync(LiveHost host) =>
        Assert.Equal(("installed 2", "installed 2", "installed 2"), (await host.VersionAsync("pfa"), await host.VersionAsync("pfb"), await host.VersionAsync("pfc")));
}
