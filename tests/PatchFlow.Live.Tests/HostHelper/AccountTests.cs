using PatchFlow.Core.Documents;
using PatchFlow.Core.Hosts;

namespace PatchFlow.Live.Tests.HostHelper;

/// <summary>What the account can reach through its key and sudo: this one program, and no more of it than its calls.</summary>
public sealed class AccountTests
{
    private const string Ssh = "ssh -T -i ~root/key -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR patchflow@127.0.0.1";

    [Fact]
    public async Task TheAccountsKeyReachesTheHelpersCallsAndNothingElse()
    {
        await using var host = await LiveHost.StartAsync("web-1");
        await EnrolAsync(host);
        Assert.StartsWith("patchflow-host 1 ", await host.MustAsync($"{Ssh} version"), StringComparison.Ordinal);
        Assert.Equal(await host.MustAsync("patchflow-host version"), await host.MustAsync($"{Ssh} version"));
        Assert.StartsWith("patchflow-inventory 1\n", await host.MustAsync($"{Ssh} inventory"), StringComparison.Ordinal);
        foreach (var call in (string[])["id", "'version; id'", "'version $(id)'", "'version `id`'", "'version\nid'", "'*'", "payload 01bf2d21334d.install.web-1.a1", "''", "'status ../../../etc/shadow 0'"])
        {
            var ran = await host.RunAsync(["sh", "-c", $"{Ssh} {call}"]);
            Assert.True(ran is { Exit: 50, Text: "" }, $"{call} ended with {ran.Exit}: {ran.Text}");
        }

        Assert.Equal(50, (await host.RunAsync(["runuser", "-u", "patchflow", "--", "sudo", "-n", "/usr/local/sbin/patchflow-host", "payload", "01bf2d21334d.install.web-1.a1"])).Exit);
        Assert.NotEqual(0, (await host.RunAsync(["runuser", "-u", "patchflow", "--", "sudo", "-n", "/bin/sh", "-c", "id"])).Exit);
        Assert.NotEqual(0, (await host.RunAsync(["runuser", "-u", "patchflow", "--", "ls", "/var/lib/patchflow"])).Exit);
    }

    [Fact]
    public async Task WorkGoesOnWhenTheConnectionIsCut()
    {
        await using var host = await LiveHost.StartAsync("web-1");
        await EnrolAsync(host);
        var from = await new DebRecipe("pfa", "1").InstallAsync(host);
        var plan = await new TestPlan(host.Id) { Upgrades = [(from, await new DebRecipe("pfa", "2") { Postinst = "sleep 2" }.MakeAsync(host))] }.StagedAsync(host);
        var start = plan.Start(TicketKind.Install);
        var document = start.ToBytes();
        await host.RunAsync(["sh", "-c", "cat > ~root/start"], document);

        // start answers and closes by itself although its work goes on; then every process of the connection is killed.
        Assert.Equal("started", await host.MustAsync($"timeout 60 {Ssh} start {start.Ticket} {document.Length} {Digest.Of(document)} < ~root/start"));
        await host.MustAsync("pkill -9 -u patchflow || true; pkill -9 -f '[s]shd: patchflow' || true");
        var standing = await host.UntilAsync(start.Ticket, s => s.State != "running");
        Assert.True(standing.State == "exited 0", standing.Log);
        Assert.Equal("installed 2", await host.VersionAsync("pfa"));
    }

    // As enrolment does it.
    private static Task<string> EnrolAsync(LiveHost host) => host.MustAsync("""
        useradd --system --create-home --home-dir /var/lib/patchflow-account --shell /bin/sh patchflow
        ssh-keygen -q -t ed25519 -N '' -f ~root/key
        install -d -m 700 -o patchflow /var/lib/patchflow-account/.ssh
        printf 'restrict,command="/usr/local/sbin/patchflow-host" %s\n' "$(cat ~root/key.pub)" > /var/lib/patchflow-account/.ssh/authorized_keys
        chown patchflow /var/lib/patchflow-account/.ssh/authorized_keys
        echo 'patchflow ALL=(root) NOPASSWD: /usr/local/sbin/patchflow-host' > /etc/sudoers.d/patchflow
        chmod 440 /etc/sudoers.d/patchflow
        """);
}
