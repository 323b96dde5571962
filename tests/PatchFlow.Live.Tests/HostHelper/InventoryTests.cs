using PatchFlow.Core.Hosts;

namespace PatchFlow.Live.Tests.HostHelper;

/// <summary>The inventory, which the server's own parser must take.</summary>
[Collection(HostHelperCollection.Name)]
public sealed class InventoryTests(SharedHost shared)
{
    private LiveHost Host => shared.Host;

    [Fact]
    public async Task TheInventorySaysWhatIsThereInCanonicalForm()
    {
        await new DebRecipe("pfinv", "1:2.0~rc1-1") { Conffile = "shipped" }.InstallAsync(Host);
        await Host.MustAsync("""
            apt-mark hold pfinv
            echo edited > /etc/pfinv.conf
            printf '[Unit]\nDescription=x\n[Service]\nExecStart=/bin/sleep infinity\n' > '/etc/systemd/system/odd\x2dname@.service'
            systemctl daemon-reload; systemctl start 'odd\x2dname@a.service'
            mkdir -p /etc/apt/sources.list.d
            printf 'deb [arch=amd64 signed-by=/x] http://repo.example/debian stable main contrib # why\n#deb http://off.example x main\ndeb-src http://src.example stable main\n' > /etc/apt/sources.list.d/pf.list
            printf 'Types: deb deb-src\nURIs: https://a.example/x/ https://b.example/\nSuites: one two\n  three/sub\nComponents: main\n\nEnabled: no\nTypes: deb\nURIs: http://off.example\nSuites: x\n' > /etc/apt/sources.list.d/pf.sources
            systemd-run --quiet --unit=pf-listen perl -MIO::Socket::INET -e 'my $l = IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => 7777, Listen => 1); my $u = IO::Socket::INET->new(LocalAddr => "127.0.0.2", LocalPort => 7778, Proto => "udp"); sleep 1000'
            sleep 1
            """);
        var ran = await Host.CallAsync("inventory");
        Assert.True(ran.Exit == 0, ran.Error);
        var inventory = Inventory.Parse(ran.Output);
        Assert.Equal(ran.Output, inventory.ToBytes());

        Assert.Equal(("web-1", "debian", "12", "amd64"), (inventory.Host, inventory.OsId, inventory.OsRelease, inventory.Arch));
        Assert.Equal(await Host.MustAsync("cat /proc/sys/kernel/random/boot_id"), inventory.BootId);
        Assert.Contains(new("pfinv", "all", "1:2.0~rc1-1"), inventory.Packages);
        Assert.Equal(await Host.MustAsync("dpkg-query -W -f '${db:Status-Status}\\n' | grep -Ecvx 'not-installed|config-files'"), $"{inventory.Packages.Length}");
        // Other tests use this host too, and leave edited files and holds of their own.
        Assert.Contains("pfinv", inventory.Holds);
        Assert.Contains("/etc/pfinv.conf", inventory.EditedConffiles);
        Assert.Equal(
            ["http://repo.example/debian/ stable", "https://a.example/x/ one", "https://a.example/x/ three/sub", "https://a.example/x/ two", "https://b.example/ one", "https://b.example/ three/sub", "https://b.example/ two"],
            inventory.Sources.Select(s => $"{s.Uri} {s.Suite}").Where(s => s.Contains(".example", StringComparison.Ordinal)));
        Assert.Contains(new("odd%5Cx2dname@a.service", "active"), inventory.Services);
        Assert.Contains(new("tcp", "127.0.0.1", 7777), inventory.Listens);
        Assert.Contains(new("udp", "127.0.0.2", 7778), inventory.Listens);
        Assert.Contains(new("tcp", "::", 22), inventory.Listens);
        Assert.False(inventory.RebootNeeded);
        await Host.MustAsync("systemctl stop 'odd\\x2dname@a.service' pf-listen; apt-mark unhold pfinv; rm /etc/apt/sources.list.d/pf.*; dpkg -P pfinv; touch /run/reboot-required");
        var later = Inventory.Parse((await Host.CallAsync("inventory")).Output);
        Assert.True(later.RebootNeeded);
        Assert.DoesNotContain("pfinv", later.Holds);
        Assert.DoesNotContain("/etc/pfinv.conf", later.EditedConffiles);
        await Host.MustAsync("rm /run/reboot-required");
    }

    [Fact]
    public async Task TheInventoryListsTicketsEpochAndSequence()
    {
        var plan = new TestPlan(Host.Id) { Upgrades = [shared.Pair], Epoch = 3 };
        await plan.StagedAsync(Host);
        var start = plan.Start(TicketKind.Install);
        await Host.WorkAsync(start);
        var inventory = Inventory.Parse((await Host.CallAsync("inventory")).Output);
        Assert.Equal((3, plan.Sequence), (inventory.Epoch, inventory.Sequence));
        Assert.Contains(new(start.Ticket, "exited"), inventory.Tickets);
        await Host.CallAsync("complete", start.Ticket.ToString());
        Assert.Contains(new(start.Ticket, "done"), Inventory.Parse((await Host.CallAsync("inventory")).Output).Tickets);
        await Host.MustAsync("rm /var/lib/patchflow/epoch");
    }
}
