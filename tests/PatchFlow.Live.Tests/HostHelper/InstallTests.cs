using PatchFlow.Core.Hosts;

namespace PatchFlow.Live.Tests.HostHelper;

/// <summary>Installs and rollbacks of small packages by the real apt and dpkg.</summary>
[Collection(HostTicketCollection.Name)]
public sealed class InstallTests(SharedHost shared)
{
    private static int _packages;

    private readonly string _name = $"pfi{Interlocked.Increment(ref _packages)}";

    private LiveHost Host => shared.Host;

    [Fact]
    public async Task EachPlannedPackageIsUpgradedOnceAndBackAgainByTheSamePlan()
    {
        var native = new DebRecipe($"{_name}n", "1:1.0-1") { Arch = "amd64" };
        var dependency = await new DebRecipe($"{_name}d", "1").MakeAsync(Host);
        var plan = await new TestPlan(Host.Id)
        {
            Upgrades =
            [
                await PairAsync(new(_name, "1.0-1"), new(_name, "1.0-2")),
                await PairAsync(native, native with { Version = "1:1.0-1+deb12u1", Depends = $"{_name}d" }),
            ],
            Installs = [dependency],
        }.StagedAsync(Host);
        await Host.MustAsync($"apt-mark auto {_name}");

        Assert.Equal("exited 0", (await Host.WorkAsync(plan.Start(TicketKind.Install))).State);
        var again = await Host.WorkAsync(plan.Start(TicketKind.Install, 2));
        Assert.Equal("exited 0", again.State);
        Assert.Contains("@note every package is at its version already", again.Log, StringComparison.Ordinal);

        Assert.Equal(
            [$"upgrade {_name}:all 1.0-1 1.0-2", $"upgrade {_name}n:amd64 1:1.0-1 1:1.0-1+deb12u1"],
            (await Host.DpkgLinesAsync("upgrade")).Where(l => l.Contains(_name, StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.Equal($"{_name}\n{_name}d", await Host.MustAsync($"apt-mark showauto | grep ^{_name}"));
        var after = await Host.WorkAsync(plan.Start(TicketKind.CheckAfter));
        Assert.True(after.State == "exited 0", after.Log);

        var back = await Host.WorkAsync(plan.Start(TicketKind.Rollback));
        Assert.Equal("exited 0", back.State);
        Assert.Contains($"@kept {_name}d all 1", back.Log, StringComparison.Ordinal);
        Assert.Equal(("installed 1.0-1", "installed 1:1.0-1"), (await Host.VersionAsync(_name), await Host.VersionAsync($"{_name}n")));
        Assert.Equal("exited 0", (await Host.WorkAsync(plan.Start(TicketKind.CheckRehearsed))).State);
    }

    [Fact]
    public async Task EightStartsAtOnceRunOnce()
    {
        var plan = await PlanAsync(new(_name, "2") { Postinst = "sleep 1" });
        var start = plan.Start(TicketKind.Install);
        var answers = (await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Host.StartTicketAsync(start)))).Select(r => r.Text).Order().ToArray();
        Assert.Equal(["exists", "exists", "exists", "exists", "exists", "exists", "exists", "started"], answers);
        Assert.Equal("exited 0", (await EndAsync(start)).State);
        Assert.Single((await Host.DpkgLinesAsync("upgrade")), l => l.StartsWith($"upgrade {_name}:", StringComparison.Ordinal));
        Assert.Equal("exists", (await Host.StartTicketAsync(start)).Text);
    }

    [Fact]
    public async Task OneTicketAtATimeAndNoNextAttemptWhileOneRuns()
    {
        var plan = await PlanAsync(new(_name, "2") { Postinst = "sleep 3" });
        var start = plan.Start(TicketKind.Install);
        Assert.Equal("started", (await Host.StartTicketAsync(start)).Text);
        foreach (var early in (StartInput[])[plan.Start(TicketKind.Install, 2), plan.Start(TicketKind.Rollback)])
        {
            var refused = await Host.StartTicketAsync(early);
            Assert.Equal((60, ""), (refused.Exit, refused.Text));
        }

        Assert.Equal(60, (await Host.CallAsync("complete", start.Ticket.ToString())).Exit);
        Assert.Equal("exited 0", (await EndAsync(start)).State);
    }

    [Fact]
    public async Task ACompletedTicketLeavesATombstone()
    {
        var plan = await PlanAsync(new(_name, "2"));
        var start = plan.Start(TicketKind.Install);
        Assert.Equal("exited 0", (await Host.WorkAsync(start)).State);
        await Host.MustAsync("touch -d '-91 days' /var/lib/patchflow/files/" + new string('0', 64));
        Assert.Equal("done", (await Host.CallAsync("complete", start.Ticket.ToString())).Text);
        Assert.DoesNotContain(new string('0', 64), (await Host.CallAsync("staged")).Text, StringComparison.Ordinal);
        Assert.Contains(plan.Upgrades[0].From.File.Digest.Hex, (await Host.CallAsync("staged")).Text, StringComparison.Ordinal);
        Assert.Equal("done", (await Host.CallAsync("complete", start.Ticket.ToString())).Text);
        Assert.Equal("done", (await Host.StatusAsync(start.Ticket)).State);
        Assert.Equal("exists", (await Host.StartTicketAsync(start)).Text);
        Assert.Equal(60, (await Host.CallAsync("complete", start.Ticket.Next().ToString())).Exit);
    }

    [Fact]
    public async Task WhatAStartNamesIsKeptHoweverLongAgoItWasDelivered()
    {
        var plan = await PlanAsync(new(_name, "2"));
        var start = plan.Start(TicketKind.Install);
        await Host.MustAsync("touch -d '-91 days' /var/lib/patchflow/files/*");
        Assert.Equal("exited 0", (await Host.WorkAsync(start)).State);
        Assert.Equal("done", (await Host.CallAsync("complete", start.Ticket.ToString())).Text);
        var kept = (await Host.CallAsync("staged")).Text;
        Assert.Contains(plan.Upgrades[0].From.File.Digest.Hex, kept, StringComparison.Ordinal);
        Assert.Contains(plan.Upgrades[0].To.File.Digest.Hex, kept, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AServiceThatRunsALibraryUnderItsOldFileNameFailsVerification()
    {
        await Host.MustAsync($$"""
            printf '%s\n' 'open(my $f, "<", "/usr/lib/{{_name}}/lib.so.1") or die; syscall(9, 0, 4096, 5, 2, fileno $f, 0); sleep 1000;' > ~root/old.pl
            printf '[Service]\nExecStart=/usr/bin/perl %%h/old.pl\n' > /etc/systemd/system/pf-old.service
            systemctl daemon-reload
            """);
        var from = await new DebRecipe(_name, "1") { Kibibytes = 64, DataFile = "lib.so.1" }.InstallAsync(Host);
        var to = await new DebRecipe(_name, "2") { Kibibytes = 64, DataFile = "lib.so.2" }.MakeAsync(Host);
        await Host.MustAsync("systemctl start pf-old; sleep 1");
        var plan = await new TestPlan(Host.Id) { Upgrades = [(from, to)] }.StagedAsync(Host);
        Assert.Equal("exited 0", (await Host.WorkAsync(plan.Start(TicketKind.Install))).State);
        var standing = await Host.WorkAsync(plan.Start(TicketKind.CheckAfter));
        Assert.Equal("exited 30", standing.State);
        Assert.Contains($"@verify libraries fail pf-old.service", standing.Log, StringComparison.Ordinal);
        await Host.MustAsync("sed -i s/lib.so.1/lib.so.2/ ~root/old.pl; systemctl restart pf-old; sleep 1");
        Assert.Equal("exited 0", (await Host.WorkAsync(plan.Start(TicketKind.CheckAfter, 2))).State);
        await Host.MustAsync("systemctl stop pf-old; rm /etc/systemd/system/pf-old.service; systemctl daemon-reload");
    }

    [Fact]
    public async Task ADriftedPackageStopsBeforeAnythingChanges()
    {
        var plan = await PlanAsync(new(_name, "2"));
        await new DebRecipe(_name, "1.5").InstallAsync(Host);
        var standing = await UnchangedAsync(plan.Start(TicketKind.Install));
        Assert.Equal("exited 10", standing.State);
        Assert.Contains($"@drifted {_name} all has 1.5, planned 2", standing.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ATamperedOrMissingFileStopsBeforeAnythingChanges()
    {
        var plan = await PlanAsync(new(_name, "2"));
        var file = $"/var/lib/patchflow/files/{plan.Upgrades[0].To.File.Digest}";
        await Host.MustAsync($"cp {file} ~root/kept; printf X | dd of={file} conv=notrunc bs=1 seek=200 2>/dev/null");
        var damaged = await UnchangedAsync(plan.Start(TicketKind.Install));
        Assert.Equal("exited 11", damaged.State);
        Assert.Contains($"@fail 11 {_name} all 2 was damaged", damaged.Log, StringComparison.Ordinal);

        // It is no longer among what the host keeps, so that the server delivers it again.
        Assert.DoesNotContain(plan.Upgrades[0].To.File.Digest.Hex, (await Host.CallAsync("staged")).Text, StringComparison.Ordinal);
        Assert.Equal("exited 11", (await UnchangedAsync(plan.Start(TicketKind.Install, 2))).State);
        await Host.StageAsync(plan.Upgrades[0].To.Bytes);
        Assert.Equal("exited 0", (await Host.WorkAsync(plan.Start(TicketKind.Install, 3))).State);
    }

    [Fact]
    public async Task AFileThatIsAnotherPackageThanPlannedIsNotInstalled()
    {
        var plan = await PlanAsync(new(_name, "2"));
        var impostor = await new DebRecipe($"{_name}x", "9").MakeAsync(Host);
        var (from, to) = plan.Upgrades[0];
        var false_ = await (plan with { Upgrades = [(from, to with { Bytes = impostor.Bytes })] }).StagedAsync(Host);
        Assert.Equal("exited 11", (await UnchangedAsync(false_.Start(TicketKind.Install))).State);
    }

    [Fact]
    public async Task AHeldPackageIsLeftAlone()
    {
        var plan = await PlanAsync(new(_name, "2"));
        await Host.MustAsync($"apt-mark hold {_name}");
        Assert.Equal("exited 12", (await UnchangedAsync(plan.Start(TicketKind.Install))).State);
        await Host.MustAsync($"apt-mark unhold {_name}");
    }

    [Fact]
    public async Task WhatAptWouldDoOtherwiseThanPlannedIsNotDone()
    {
        var plan = await PlanAsync(new(_name, "2") { Depends = "a-package-that-nobody-has" });
        Assert.Equal("exited 21", (await UnchangedAsync(plan.Start(TicketKind.Install))).State);
    }

    [Fact]
    public async Task AHeldDpkgLockIsNamedAfterItsTime()
    {
        var plan = await PlanAsync(new(_name, "2"));
        await Host.MustAsync("echo 2 > /etc/patchflow/lock-seconds");
        await HoldLockAsync();
        var standing = await UnchangedAsync(plan.Start(TicketKind.Install));
        Assert.Equal("exited 22", standing.State);
        Assert.Contains("(perl)", standing.Log, StringComparison.Ordinal);
        await Host.MustAsync("systemctl stop lock-holder; rm /etc/patchflow/lock-seconds");
        Assert.Equal("exited 0", (await Host.WorkAsync(plan.Start(TicketKind.Install, 2))).State);
    }

    // Whoever waited for the lock has it right after the failure: that must not pass for "nothing was changed".
    [Fact]
    public async Task AFailureBehindWhichAnotherTakesTheLockIsAFailure()
    {
        await Host.MustAsync("""
            printf '%s\n' 'open(my $f, "+<", "/var/lib/dpkg/lock-frontend");' 'my $l = pack("s s x![q] q q i x![q]", F_WRLCK, 0, 0, 0, 0);' 'fcntl($f, F_SETLKW, $l) or exit 1; sleep 600;' > ~root/wait.pl
            """);
        var plan = await PlanAsync(new(_name, "2") { Postinst = "systemd-run --quiet --unit=lock-waiter --collect perl -MFcntl ~root/wait.pl; sleep 1; exit 1" });
        var standing = await Host.WorkAsync(plan.Start(TicketKind.Install));
        await Host.MustAsync("systemctl stop lock-waiter");
        Assert.Equal("exited 20", standing.State);
        Assert.Contains($"{_name} all is not properly installed and configured at 2", standing.Log, StringComparison.Ordinal);
        Assert.Equal("exited 0", (await Host.WorkAsync(plan.Start(TicketKind.Rollback))).State);
    }

    [Fact]
    public async Task APackageThatFailsToConfigureIsMendedByTheRollback()
    {
        var plan = await PlanAsync(new(_name, "2") { Postinst = "echo no; exit 1" });
        var failed = await Host.WorkAsync(plan.Start(TicketKind.Install));
        Assert.Equal("exited 20", failed.State);
        var why = failed.Log.Split('\n').Last(l => l.StartsWith("@fail 20 ", StringComparison.Ordinal));
        Assert.Contains($"{_name} all is not properly installed and configured at 2; it said: no - ", why, StringComparison.Ordinal);
        Assert.Contains("roll back, or mend", why, StringComparison.Ordinal);
        Assert.Equal("half-configured 2", await Host.VersionAsync(_name));
        Assert.Equal("exited 30", (await Host.WorkAsync(plan.Start(TicketKind.CheckAfter))).State);
        Assert.Equal("exited 0", (await Host.WorkAsync(plan.Start(TicketKind.Rollback))).State);
        Assert.Equal("installed 1", await Host.VersionAsync(_name));
        Assert.Equal("exited 0", (await Host.WorkAsync(plan.Start(TicketKind.CheckRehearsed))).State);
    }

    [Fact]
    public async Task AnEditedConffileIsKeptAndTheNewOneReported()
    {
        var plan = new TestPlan(Host.Id)
        {
            Upgrades = [await PairAsync(new(_name, "1") { Conffile = "old" }, new(_name, "2") { Conffile = "new" })],
        };
        await plan.StagedAsync(Host);
        await Host.MustAsync($"echo mine > /etc/{_name}.conf");
        var standing = await Host.WorkAsync(plan.Start(TicketKind.Install));
        Assert.Equal("exited 0", standing.State);
        Assert.Contains($"@conffile kept /etc/{_name}.conf new /etc/{_name}.conf.dpkg-dist", standing.Log, StringComparison.Ordinal);
        Assert.Equal("mine", await Host.MustAsync($"cat /etc/{_name}.conf"));
        var after = await Host.WorkAsync(plan.Start(TicketKind.CheckAfter));
        Assert.True(after.State == "exited 0", after.Log);
    }

    [Fact]
    public async Task WhatIsIrreversibleStaysAndTheRollbackSaysSo()
    {
        var plan = await (await PlanAsync(new(_name, "2")) with { Reversible = false }).StagedAsync(Host);
        Assert.Equal("exited 0", (await Host.WorkAsync(plan.Start(TicketKind.Install))).State);
        var standing = await Host.WorkAsync(plan.Start(TicketKind.Rollback));
        Assert.Equal("exited 40", standing.State);
        Assert.Contains($"@irreversible {_name} all 1", standing.Log, StringComparison.Ordinal);
        Assert.Equal("installed 2", await Host.VersionAsync(_name));
    }

    [Fact]
    public async Task PlannedUnitsThatAreActiveAreRestartedAndOthersStayAsTheyAre()
    {
        await Host.MustAsync("printf '[Service]\\nExecStart=/bin/sleep infinity\\n' | tee /etc/systemd/system/pf-on.service /etc/systemd/system/pf-off.service; systemctl daemon-reload; systemctl start pf-on");
        var before = await Host.MustAsync("systemctl show -p MainPID pf-on");
        var plan = await PlanAsync(new(_name, "2"));
        var standing = await Host.WorkAsync((plan with { Restarts = ["pf-on.service", "pf-off.service"] }).Start(TicketKind.Install));
        Assert.Equal("exited 0", standing.State);
        Assert.NotEqual(before, await Host.MustAsync("systemctl show -p MainPID pf-on"));
        Assert.Equal("inactive", (await Host.RunAsync(["systemctl", "is-active", "pf-off"])).Text);
        Assert.Contains("@restart pf-off.service skipped", standing.Log, StringComparison.Ordinal);
        await Host.MustAsync("systemctl stop pf-on");
    }

    [Fact]
    public async Task TheLogIsReadFromACursorOnAndBounded()
    {
        var plan = await PlanAsync(new(_name, "2") { Postinst = "head -c 6000000 /dev/zero | tr '\\0' x; echo; echo the-end" });
        var start = plan.Start(TicketKind.Install);
        Assert.Equal("exited 0", (await Host.WorkAsync(start)).State);
        var whole = new List<byte>();
        while (true)
        {
            var output = (await Host.CallAsync("status", start.Ticket.ToString(), $"{whole.Count}")).Output;
            var second = Array.IndexOf(output, (byte)'\n', Array.IndexOf(output, (byte)'\n') + 1) + 1;
            Assert.Equal($"exited 0\nlog {whole.Count + output.Length - second}\n", System.Text.Encoding.UTF8.GetString(output[..second]));
            if (output.Length == second)
            {
                break;
            }

            Assert.True(output.Length - second <= 262144);
            whole.AddRange(output[second..]);
        }

        var log = System.Text.Encoding.UTF8.GetString([.. whole]);
        Assert.InRange(log.Length, 4194304, 4194304 + 100);
        Assert.EndsWith("@log cut at its limit\n", log, StringComparison.Ordinal);
        Assert.Equal(whole.Count, int.Parse(await Host.MustAsync($"stat -c %s /var/lib/patchflow/tickets/{start.Ticket}/log"), System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task ACancelledTicketEndsBeforeThePackageManagerAndNeverWithinIt()
    {
        var plan = await PlanAsync(new(_name, "2") { Postinst = "sleep 3" });
        await Host.MustAsync("echo 30 > /etc/patchflow/lock-seconds");
        await HoldLockAsync();
        var first = plan.Start(TicketKind.Install);
        await Host.StartTicketAsync(first);
        await Host.UntilAsync(first.Ticket, s => s.Log.Contains("@waiting", StringComparison.Ordinal));
        Assert.Equal("running", (await Host.CallAsync("cancel", first.Ticket.ToString())).Text);
        await Host.MustAsync("systemctl stop lock-holder; rm /etc/patchflow/lock-seconds");
        Assert.Equal("exited 24", (await EndAsync(first)).State);
        Assert.Equal("installed 1", await Host.VersionAsync(_name));

        var second = plan.Start(TicketKind.Install, 2);
        await Host.StartTicketAsync(second);
        await Host.UntilAsync(second.Ticket, s => s.Log.Contains("Setting up", StringComparison.Ordinal));
        Assert.Equal("running", (await Host.CallAsync("cancel", second.Ticket.ToString())).Text);
        Assert.Equal("exited 0", (await EndAsync(second)).State);
        Assert.Equal("installed 2", await Host.VersionAsync(_name));
    }

    // As another package manager holds it.
    private Task<string> HoldLockAsync() => Host.MustAsync("""
        printf '%s\n' 'open(my $f, "+<", "/var/lib/dpkg/lock-frontend");' 'my $l = pack("s s x![q] q q i x![q]", F_WRLCK, 0, 0, 0, 0); fcntl($f, F_SETLK, $l) or exit 1;' '$| = 1; print "held\n"; sleep 600;' > ~root/hold.pl
        systemd-run --quiet --unit=lock-holder --collect perl -MFcntl ~root/hold.pl
        for i in $(seq 100); do [ -n "$(journalctl -q -o cat _SYSTEMD_UNIT=lock-holder.service -n 1 --grep held)" ] && break; sleep 0.1; done
        """);

    private async Task<Standing> UnchangedAsync(StartInput start)
    {
        var before = await Host.MustAsync("sha256sum < /var/log/dpkg.log");
        var standing = await Host.WorkAsync(start);
        Assert.Equal(before, await Host.MustAsync("sha256sum < /var/log/dpkg.log"));
        return standing;
    }

    private Task<Standing> EndAsync(StartInput start) => Host.UntilAsync(start.Ticket, s => s.State is not ("running" or "pending"));

    private async Task<(Deb From, Deb To)> PairAsync(DebRecipe from, DebRecipe to)
    {
        var old = await from.InstallAsync(Host);
        return (old, await to.MakeAsync(Host));
    }

    private async Task<TestPlan> PlanAsync(DebRecipe to) =>
        await new TestPlan(Host.Id) { Upgrades = [await PairAsync(new(_name, "1"), to)] }.StagedAsync(Host);
}
