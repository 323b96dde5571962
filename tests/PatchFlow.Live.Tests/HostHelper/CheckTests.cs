using System.Text;
using PatchFlow.Core.Changes;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Hosts;

namespace PatchFlow.Live.Tests.HostHelper;

/// <summary>Functional checks and verification, in a replica without systemd and on a host with it.</summary>
[Collection(HostHelperCollection.Name)]
public sealed class CheckTests(SharedHost shared)
{
    // For what fails in any case; what has to pass, or to say a certain thing, has more, since a machine may be slow.
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(1);

    private LiveHost Host => shared.Host;

    [Fact]
    public async Task AReplicaRunsAllItsChecksAndMakesTestDataOnceBeforeThePatch()
    {
        await using var replica = await LiveHost.StartReplicaAsync();
        await replica.MustAsync("""
            cat > ~root/serve.pl <<'PERL'
            use IO::Socket::INET; my $l = IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => 8080, Listen => 5, ReuseAddr => 1);
            while (my $c = $l->accept) { while (<$c>) { last if /^\r?\n$/ } print $c "HTTP/1.1 200 OK\r\n\r\nhello there\n"; close $c }
            PERL
            setsid perl ~root/serve.pl > /dev/null 2>&1 < /dev/null &
            """);
        var plan = await new TestPlan("replica")
        {
            Upgrades = [await PairAsync(replica, "pfr")],
            Checks =
            [
                (Http("http-good", 200, "hello there"), true, false),
                (Http("http-text", 200, "goodbye") with { Timeout = Short }, false, false),
                (Http("http-status", 204, null), false, false),
                (Check("tcp-good", new TcpProbe("127.0.0.1", 8080)), true, true),
                (Check("tcp-bad", new TcpProbe("127.0.0.1", 8081)) with { Timeout = Short }, false, true),
                (Command("user", "id -un; pwd; [ -z \"${SSH_ORIGINAL_COMMAND:-}\" ]; test -r ~root/kept && exit 3; touch here", text: "nobody"), true, true),
                (Command("exit", "exit 3", exit: 3), true, true),
                (Command("unset", "echo $never_set"), false, true),
                (Command("slow", "sleep 60") with { Timeout = Short }, false, true),
                (Command("loud", "head -c 5000000 /dev/zero | tr '\\0' y", text: "yyy"), true, true),
                (Command("prepared", "cat /srv/prepared; [ \"$(wc -l < /srv/prepared)\" = 1 ]", text: "made by root", prepare: "echo made by $(id -un) >> /srv/prepared\n"), true, false),
                (Check("missing", new TcpProbe("127.0.0.1", 8080)) with { Requires = ["not-installed"] }, false, true),
            ],
        }.StagedAsync(replica);

        var before = await replica.WorkAsync(plan.Start(TicketKind.CheckBefore));
        Assert.True(before.State == "exited 0", before.Log);
        Assert.Equal(
            "exit pass, http-good pass, http-status should-fail, http-text should-fail, loud pass, missing should-fail, prepared pass, slow should-fail, tcp-bad should-fail, tcp-good pass, unset should-fail, user pass",
            Results(before.Log));
        Assert.Contains("had not ended after 1 s", before.Log, StringComparison.Ordinal);
        Assert.Contains("status 200, expected is 204", before.Log, StringComparison.Ordinal);

        Assert.Equal("exited 0", (await replica.WorkAsync(plan.Start(TicketKind.Install))).State);
        var after = await replica.WorkAsync(plan.Start(TicketKind.CheckAfter));
        Assert.True(after.State == "exited 0", after.Log);
        Assert.Equal(Results(before.Log), Results(after.Log));
        Assert.Equal("exited 0", (await replica.WorkAsync(plan.Start(TicketKind.Rollback))).State);
        Assert.Equal("exited 0", (await replica.WorkAsync(plan.Start(TicketKind.CheckRehearsed))).State);
        Assert.Equal("made by root", await replica.MustAsync("cat /srv/prepared; ls -A /tmp"));
    }

    [Fact]
    public async Task AReplicaTakesNoTargetOfAFleetAndCountsAttemptsFromAnywhere()
    {
        await using var replica = await LiveHost.StartReplicaAsync();
        var plan = new TestPlan("web-1") { Upgrades = [await PairAsync(replica, "pfr")] };
        Assert.Equal(54, (await replica.StartTicketAsync(plan.Start(TicketKind.CheckBefore))).Exit);
        Assert.Equal("exited 0", (await replica.WorkAsync((plan with { Host = "replica" }).Start(TicketKind.CheckBefore, 3))).State);
    }

    [Fact]
    public async Task AFailedCheckThatMustPassFailsTheTicketAndProductionRunsItsOwnOnly()
    {
        var plan = await new TestPlan(Host.Id)
        {
            Upgrades = [shared.Pair],
            Checks =
            [
                (Command("bad", "echo reason; exit 1", prepare: "touch /srv/never\n"), true, true),
                (Command("sandbox-only", "exit 0"), true, false),
            ],
        }.StagedAsync(Host);
        var standing = await Host.WorkAsync(plan.Start(TicketKind.CheckBefore));
        Assert.Equal("exited 31", standing.State);
        Assert.Equal("bad fail", Results(standing.Log));
        Assert.Contains("reason it ended with 1, expected is 0", standing.Log, StringComparison.Ordinal);
        Assert.Equal("absent", await Host.MustAsync("[ -e /srv/never ] || echo absent"));
    }

    [Fact]
    public async Task ACheckFileThatWasNotDeliveredOrIsDamagedFails()
    {
        var check = Command("absent-file", "exit 0");
        var plan = new TestPlan(Host.Id) { Upgrades = [shared.Pair], Checks = [(check, true, true)] };
        var first = await Host.WorkAsync(plan.Start(TicketKind.CheckBefore));
        Assert.Equal(("exited 31", "absent-file fail"), (first.State, Results(first.Log)));
        await plan.StagedAsync(Host);
        Assert.Equal("exited 0", (await Host.WorkAsync(plan.Start(TicketKind.CheckBefore, 2))).State);
        await Host.MustAsync($"echo >> /var/lib/patchflow/files/{Digest.Of(check.ToBytes())}");
        Assert.Equal("exited 31", (await Host.WorkAsync(plan.Start(TicketKind.CheckBefore, 3))).State);
    }

    [Fact]
    public async Task ASecondCheckAfterStillHasItsCheckFileHoweverLongAgoItWasDelivered()
    {
        var check = Command("aged", "exit 0");
        var plan = await new TestPlan(Host.Id) { Upgrades = [await PairAsync(Host, "pfaged")], Checks = [(check, true, true)] }.StagedAsync(Host);
        Assert.Equal("exited 0", (await Host.WorkAsync(plan.Start(TicketKind.Install))).State);
        foreach (var attempt in (int[])[1, 2])
        {
            await Host.MustAsync($"touch -d '-91 days' /var/lib/patchflow/files/{Digest.Of(check.ToBytes())}");
            var start = plan.Start(TicketKind.CheckAfter, attempt);
            var standing = await Host.WorkAsync(start);
            Assert.True(standing.State == "exited 0", standing.Log);
            Assert.Equal("done", (await Host.CallAsync("complete", $"{start.Ticket}")).Text);
        }
    }

    [Theory]
    [InlineData("kind tcp\ntimeout PT1S\naddress ::1\nport 22\n", true)]
    [InlineData("kind http\ntimeout PT1S\nurl http://127.0.0.1/\nexpect-status 200\nexpect-text a  grüße\nrequires nginx\n", true)]
    [InlineData("kind service\ntimeout PT1S\nunit -x\n", false)]
    [InlineData("kind service\ntimeout PT1S\nunit a.service\nunit b.service\n", false)]
    [InlineData("kind http\ntimeout PT1S\nurl https://127.0.0.1/\nexpect-status 200\n", false)]
    [InlineData("kind command\ntimeout PT1S\nuser nobody\nexpect-exit 0\n", false)]
    [InlineData("kind tcp\ntimeout PT1S\nport 22\naddress ::1\n", false)]
    [InlineData("kind tcp\ntimeout PT1S\naddress ::1\nport 22\nrequires b1\nrequires a1\n", false)]
    public async Task ShellAndServerReadCheckFilesAlike(string rest, bool good)
    {
        var bytes = Encoding.UTF8.GetBytes("patchflow-check 1\nname alike\n" + rest);
        Assert.Equal(good, Record.Exception(() => CheckFile.Parse(bytes)) is null);
        await Host.StageAsync(bytes);
        var plan = new TestPlan(Host.Id) { Upgrades = [shared.Pair], RawChecks = [new("", "alike", Digest.Of(bytes), true, true)] };
        var standing = await Host.WorkAsync(plan.Start(TicketKind.CheckBefore));
        Assert.Equal(good, !standing.Log.Contains("its file is not a check file", StringComparison.Ordinal));
    }

    [Fact]
    public async Task VerificationFindsDamagedFilesStoppedServicesAndReplacedCode()
    {
        await Host.MustAsync("""
            printf '[Service]\nExecStart=/usr/bin/tail -f /dev/null\n' > /etc/systemd/system/pf-active.service
            printf '[Service]\nExecStart=/usr/bin/perl %%h/map.pl\n' > /etc/systemd/system/pf-mapper.service
            printf '%s\n' 'open(my $f, "<", "/usr/lib/pfv/data"); syscall(9, 0, 4096, 5, 2, fileno $f, 0); sleep 1000;' > ~root/map.pl
            systemctl daemon-reload
            systemctl start pf-active
            """);
        var from = await new DebRecipe("pfv", "1") { Kibibytes = 64, Postinst = "systemctl restart pf-mapper" }.InstallAsync(Host);
        var plan = await new TestPlan(Host.Id) { Upgrades = [(from, await new DebRecipe("pfv", "2") { Kibibytes = 64 }.MakeAsync(Host))] }.StagedAsync(Host);
        Assert.Equal("exited 0", (await Host.WorkAsync(plan.Start(TicketKind.Install))).State);
        await Host.MustAsync("systemctl stop pf-active; echo broken > /usr/share/pfv/version");
        var standing = await Host.WorkAsync(plan.Start(TicketKind.CheckAfter));
        Assert.Equal("exited 30", standing.State);
        Assert.Contains("@verify versions ok", standing.Log, StringComparison.Ordinal);
        Assert.Contains("@verify files fail ??5??????   /usr/share/pfv/version", standing.Log, StringComparison.Ordinal);
        Assert.Contains("@verify services fail pf-active.service is not active", standing.Log, StringComparison.Ordinal);
        Assert.Contains("@verify libraries fail pf-mapper.service", standing.Log, StringComparison.Ordinal);
        Assert.Contains("restart-needed", (await Host.CallAsync("inventory")).Text, StringComparison.Ordinal);
        await Host.MustAsync("echo 2 > /usr/share/pfv/version; systemctl restart pf-mapper; systemctl start pf-active");
        var mended = await Host.WorkAsync(plan.Start(TicketKind.CheckAfter, 2));
        Assert.True(mended.State == "exited 0", mended.Log);
        await Host.MustAsync("systemctl stop pf-active pf-mapper");
    }

    [Fact]
    public async Task AServiceThatStartsAgainIsWaitedForAndOneThatNothingStartsIsNot()
    {
        await Host.MustAsync("""
            printf '[Service]\nExecStartPre=/bin/sh -c "mkdir /run/pf-first && exit 1; exit 0"\nExecStart=/usr/bin/tail -f /dev/null\nRestart=on-failure\nRestartSec=5\n' > /etc/systemd/system/pf-again.service
            printf '[Service]\nExecStart=/usr/bin/tail -f /dev/null\n' > /etc/systemd/system/pf-down.service
            systemctl daemon-reload
            systemctl start --no-block pf-again
            """);
        var plan = await new TestPlan(Host.Id)
        {
            Upgrades = [shared.Pair],
            Checks = [(Service("again", "pf-again.service"), true, true), (Service("down", "pf-down.service"), false, true)],
        }.StagedAsync(Host);
        var began = TimeProvider.System.GetTimestamp();
        var standing = await Host.WorkAsync(plan.Start(TicketKind.CheckBefore));
        Assert.Equal(("exited 0", "again pass, down should-fail"), (standing.State, Results(standing.Log)));
        Assert.True(TimeProvider.System.GetElapsedTime(began) < Service("", "").Timeout);
        await Host.MustAsync("systemctl stop pf-again; rm -r /run/pf-first");

        static CheckFile Service(string name, string unit) => Check(name, new ServiceProbe(unit)) with { Timeout = TimeSpan.FromMinutes(1) };
    }

    private static CheckFile Check(string name, CheckProbe probe) => new() { Name = name, Timeout = TimeSpan.FromSeconds(2), Probe = probe };

    private static CheckFile Http(string name, int status, string? text) => Check(name, new HttpProbe("http://127.0.0.1:8080/", status, text));

    private static CheckFile Command(string name, string script, string? text = null, int exit = 0, string? prepare = null) =>
        Check(name, new CommandProbe("nobody", exit, text, prepare, script + "\n"));

    private static string Results(string log) =>
        string.Join(", ", log.Split('\n').Where(l => l.StartsWith("@check ", StringComparison.Ordinal)).Select(l => string.Join(' ', l.Split(' ')[1..3])));

    private static async Task<(Deb From, Deb To)> PairAsync(LiveHost host, string name)
    {
        var from = await new DebRecipe(name, "1").InstallAsync(host);
        return (from, await new DebRecipe(name, "2").MakeAsync(host));
    }
}
