using Dapper;
using PatchFlow.Server.Hosts;

namespace PatchFlow.Live.Tests.Hosts;

public sealed class EnrolmentTests(EnrolledHost enrolled) : IClassFixture<EnrolledHost>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task AnEnrolledHostAnswersToItsAccountAndTheSecondTimeChangesNothing()
    {
        await using var world = new HostsWorld();
        await using var host = await SshContainer.StartAsync();
        var row = await world.EnrolAsync(host, "web-1");
        Assert.Equal((HostState.Enrolled, host.Fingerprint, true), (row.State, row.HostKeys.Single().Fingerprint, row.Inventory is not null));
        const string look = "stat -c '%n %U %G %a %s' /usr/local/sbin/patchflow-host /etc/sudoers.d/patchflow /var/lib/patchflow-account /var/lib/patchflow-account/.ssh /var/lib/patchflow-account/.ssh/authorized_keys; cat /etc/patchflow/host /etc/sudoers.d/patchflow /var/lib/patchflow-account/.ssh/authorized_keys; getent passwd patchflow; getent shadow patchflow; id patchflow";
        var first = await host.RunAsync(look);
        Assert.Contains("/usr/local/sbin/patchflow-host root root 755", first);
        Assert.Contains("/etc/sudoers.d/patchflow root root 440", first);
        Assert.Contains("/var/lib/patchflow-account/.ssh/authorized_keys root root 644", first);
        Assert.Contains("patchflow:*:", first);
        await world.EnrolAsync(host, "web-1");
        Assert.Equal(first, await host.RunAsync(look));
        Assert.Equal(["host.add", "host.enrol-start", "host.enrol", "host.enrol-start", "host.enrol"], Entries(world));
    }

    [Fact]
    public async Task ThePlanSaysWhatWillBeDoneAndChangesNothing()
    {
        await using var world = new HostsWorld();
        await using var host = await SshContainer.StartAsync();
        await world.AddAsync(host.Row("web-1"));
        var plan = await world.Enrolment.PlanAsync("web-1", Cancel);
        Assert.Equal(host.Fingerprint, plan.Shown.Single().Fingerprint);
        Assert.Contains(plan.Lines, line => line.Contains(EnrolmentScript.HelperDigest.Hex, StringComparison.Ordinal));
        Assert.Contains(plan.Lines, line => line.Contains("restrict,command=", StringComparison.Ordinal));
        Assert.Contains(plan.Lines, line => line.Contains("NOPASSWD: /usr/local/sbin/patchflow-host", StringComparison.Ordinal));
        Assert.Equal("", await host.RunAsync("getent passwd patchflow || true"));
        Assert.Equal(HostState.Added, world.Hosts.Get("web-1").State);
        Assert.Empty(ChannelLog.Read(world.Log.Path));
    }

    [Theory]
    [InlineData("SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", null)]
    [InlineData(null, "")]
    [InlineData(null, null)]
    public async Task AKeyThatNobodyConfirmedStopsItBeforeAnythingIsSent(string? fingerprint, string? knownHosts)
    {
        await using var world = new HostsWorld();
        await world.AddAsync(enrolled.Host.Row("web-1"));
        const string look = "sha256sum /var/lib/patchflow-account/.ssh/authorized_keys";
        var before = await enrolled.Host.RunAsync(look);
        var login = new Bootstrap("root", enrolled.Host.PrivateKey, null);
        var stopped = await Assert.ThrowsAsync<EnrolmentException>(
            () => world.Enrolment.RunAsync("web-1", login, new HostKeyConfirmation(fingerprint, knownHosts), HostsWorld.Actor, Cancel));
        Assert.Equal("host key", stopped.Step);
        Assert.Contains(enrolled.Host.Fingerprint, stopped.Message);
        Assert.Equal(before, await enrolled.Host.RunAsync(look));
        Assert.Equal((HostState.Added, 0), (world.Hosts.Get("web-1").State, world.Hosts.Get("web-1").HostKeys.Length));
    }

    [Fact]
    public async Task AKnownHostsFileConfirmsAKeyOfAnyKind()
    {
        await using var world = new HostsWorld();
        await using var host = await SshContainer.StartAsync();
        var key = (await host.RunAsync("cat /etc/ssh/ssh_host_ed25519_key.pub")).Split(' ');
        await world.AddAsync(host.Row("web-1"));
        var confirmed = new HostKeyConfirmation(null, $"[{host.Address}]:{host.Port} {key[0]} {key[1]}\n");
        var row = await world.Enrolment.RunAsync("web-1", new Bootstrap("root", host.PrivateKey, null), confirmed, HostsWorld.Actor, Cancel);
        Assert.Equal(new HostKey(key[0], key[1].Trim()), row.HostKeys.Single());
    }

    [Fact]
    public async Task TheAccountCanDoNothingButTheHelper()
    {
        var (world, host) = (enrolled.World, enrolled.Host);
        string[] login = ["-i", world.KeyPath, "-p", $"{host.Port}", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes", "-o", "LogLevel=ERROR"];
        var account = $"patchflow@{host.Address}";
        foreach (var command in (string[])["id", "sh -c id", "version; id", "$(id)", "version\nid", "payload x"])
        {
            var (exit, output) = await LoopbackSshd.ProcessAsync("ssh", [.. login, account, command]);
            Assert.True(exit == 50, $"'{command}' gave {exit}: {output}");
            Assert.DoesNotContain("uid=", output);
        }

        var (forwarded, greeting) = await LoopbackSshd.ProcessAsync("ssh", [.. login, "-W", "127.0.0.1:22", account]);
        Assert.Equal((255, false), (forwarded, greeting.Contains("SSH-2.0", StringComparison.Ordinal)));
        var (subsystem, _) = await LoopbackSshd.ProcessAsync("ssh", [.. login, "-s", account, "sftp"]);
        Assert.NotEqual(0, subsystem);
    }

    [Theory]
    [InlineData("sudo -n id")]
    [InlineData("sudo -n sh -c id")]
    [InlineData("sudo -n /bin/cat /etc/shadow")]
    [InlineData("sudo -n -u nobody /usr/local/sbin/patchflow-host version")]
    [InlineData("sudo -n PATH=/tmp /usr/local/sbin/patchflow-host version")]
    [InlineData("sudo -n -E FOO=1 /usr/local/sbin/patchflow-host version")]
    [InlineData("sh -c 'echo x >> /var/lib/patchflow-account/.ssh/authorized_keys'")]
    [InlineData("sh -c 'echo x >> /usr/local/sbin/patchflow-host'")]
    public async Task SudoIsLimitedToTheHelperAndTheAccountOwnsNothing(string command)
    {
        Assert.Equal("refused", (await enrolled.Host.RunAsync($"runuser -u patchflow -- {command} >/dev/null 2>&1 && echo done || echo refused")).Trim());
    }

    [Fact]
    public async Task SudoLetsTheHelperThrough()
    {
        Assert.Contains("patchflow-host 1 ", await enrolled.Host.RunAsync("runuser -u patchflow -- /usr/local/sbin/patchflow-host version"));
    }

    [Fact]
    public async Task AFailureNamesItsStepAndLeavesNoWayIn()
    {
        await using var world = new HostsWorld();
        await using var host = await SshContainer.StartAsync();
        await host.RunAsync("sed -i /includedir/d /etc/sudoers");
        var failed = await Assert.ThrowsAsync<EnrolmentException>(() => world.EnrolAsync(host, "web-1"));
        Assert.Equal("sudo", failed.Step);
        Assert.Contains("@includedir", failed.Message);
        Assert.Equal("", await host.RunAsync("ls /var/lib/patchflow-account/.ssh/authorized_keys /etc/sudoers.d/patchflow 2>/dev/null || true"));
        Assert.Equal(HostState.Added, world.Hosts.Get("web-1").State);
    }

    [Fact]
    public async Task WhatWasInstalledIsWithdrawnWhenTheNewWayInDoesNotWork()
    {
        await using var world = new HostsWorld();
        await using var host = await SshContainer.StartAsync();
        await host.RunAsync("echo 'AllowUsers root' >> /etc/ssh/sshd_config && kill -HUP 1");
        await Task.Delay(1000, Cancel);
        var failed = await Assert.ThrowsAsync<EnrolmentException>(() => world.EnrolAsync(host, "web-1"));
        Assert.Equal("version", failed.Step);
        Assert.Contains("AllowUsers", failed.Message);
        Assert.Equal("", await host.RunAsync("ls /var/lib/patchflow-account/.ssh/authorized_keys /etc/sudoers.d/patchflow 2>/dev/null || true"));
        Assert.Equal((HostState.Added, 0), (world.Hosts.Get("web-1").State, world.Hosts.Get("web-1").HostKeys.Length));
    }

    [Fact]
    public async Task AHostThatIsEnrolledUnderAnotherIdIsRefused()
    {
        await using var world = new HostsWorld();
        await using var host = await SshContainer.StartAsync();
        await world.EnrolAsync(host, "web-1");
        var failed = await Assert.ThrowsAsync<EnrolmentException>(() => world.EnrolAsync(host, "web-2"));
        Assert.Equal("host-id", failed.Step);
        Assert.Contains("'web-1'", failed.Message);
    }

    [Fact]
    public async Task AnotherInstallationThatIsRefusedDoesNotLockTheFirstOut()
    {
        await using var first = new HostsWorld();
        await using var second = new HostsWorld();
        await using var host = await SshContainer.StartAsync();
        await first.EnrolAsync(host, "web-1");
        var failed = await Assert.ThrowsAsync<EnrolmentException>(() => second.EnrolAsync(host, "web-2"));
        Assert.Equal("host-id", failed.Step);
        Assert.All(await first.Doctor.ExamineAsync("web-1", Cancel), finding => Assert.True(finding.Ok, finding.ToString()));
    }

    [Fact]
    public async Task AnEnrolmentThatFailsLatePutsBackWhatItReplaced()
    {
        await using var first = new HostsWorld();
        await using var second = new HostsWorld();
        await using var host = await SshContainer.StartAsync();
        await first.EnrolAsync(host, "web-1");
        await host.RunAsync("sed -i /includedir/d /etc/sudoers");
        Assert.Equal("sudo", (await Assert.ThrowsAsync<EnrolmentException>(() => second.EnrolAsync(host, "web-1"))).Step);
        await host.RunAsync("echo '@includedir /etc/sudoers.d' >> /etc/sudoers");
        Assert.All(await first.Doctor.ExamineAsync("web-1", Cancel), finding => Assert.True(finding.Ok, finding.ToString()));
    }

    [Fact]
    public async Task AnAccountThatSomebodyElseMadeIsRefused()
    {
        await using var world = new HostsWorld();
        await using var host = await SshContainer.StartAsync();
        await host.RunAsync("useradd -m patchflow");
        var failed = await Assert.ThrowsAsync<EnrolmentException>(() => world.EnrolAsync(host, "web-1"));
        Assert.Equal("account", failed.Step);
    }

    [Fact]
    public async Task ALoginThatIsNotRootNeedsSudoWithoutAPassword()
    {
        await using var world = new HostsWorld();
        await using var host = await SshContainer.StartAsync();
        await host.RunAsync("useradd -m ada && usermod -p '*' ada && cp -r ~root/.ssh ~ada/ && chown -R ada: ~ada/.ssh");
        await world.AddAsync(host.Row("web-1"));
        var login = new Bootstrap("ada", host.PrivateKey, null);
        var confirmed = new HostKeyConfirmation(host.Fingerprint, null);
        var failed = await Assert.ThrowsAsync<EnrolmentException>(() => world.Enrolment.RunAsync("web-1", login, confirmed, HostsWorld.Actor, Cancel));
        Assert.Equal("root", failed.Step);
        await host.RunAsync("echo 'ada ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/ada && chmod 440 /etc/sudoers.d/ada");
        Assert.Equal(HostState.Enrolled, (await world.Enrolment.RunAsync("web-1", login, confirmed, HostsWorld.Actor, Cancel)).State);
    }

    [Fact]
    public async Task APasswordIsUsedOnceAndKeptNowhere()
    {
        await using var world = new HostsWorld();
        await using var host = await SshContainer.StartAsync();
        await host.RunAsync("echo 'root:correct-horse-7' | chpasswd && echo 'PermitRootLogin yes' >> /etc/ssh/sshd_config && kill -HUP 1");
        await Task.Delay(1000, Cancel);
        await world.AddAsync(host.Row("web-1"));
        var login = new Bootstrap("root", null, "correct-horse-7");
        Assert.DoesNotContain("correct", login.ToString());
        await world.Enrolment.RunAsync("web-1", login, new HostKeyConfirmation(host.Fingerprint, null), HostsWorld.Actor, Cancel);
        foreach (var file in Directory.GetFiles(Path.GetDirectoryName(world.Log.Path)!, "*", SearchOption.AllDirectories))
        {
            using var reader = new StreamReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite), System.Text.Encoding.Latin1);
            Assert.DoesNotContain("correct-horse-7", await reader.ReadToEndAsync(Cancel));
        }
    }

    private static List<string> Entries(HostsWorld world) =>
        world.Database.Read(c => c.Query<string>("SELECT action FROM audit_entries ORDER BY sequence").ToList());
}
