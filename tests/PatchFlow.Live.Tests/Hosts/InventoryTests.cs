using System.Diagnostics;
using PatchFlow.Core.Hosts;
using PatchFlow.Server.Hosts;

namespace PatchFlow.Live.Tests.Hosts;

public sealed class InventoryTests(EnrolledHost enrolled) : IClassFixture<EnrolledHost>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task AnInventoryIsKeptAndSaysWhatTheHostHas()
    {
        var inventory = await enrolled.World.Inventories.RefreshAsync("web-1", Cancel);
        var versions = (await enrolled.Host.RunAsync("dpkg-query -W -f '${Package} ${Architecture} ${Version}\\n'")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(versions.Order(StringComparer.Ordinal), inventory!.Packages.Select(p => $"{p.Name} {p.Arch} {p.Version}").Order(StringComparer.Ordinal));
        var row = enrolled.World.Hosts.Get("web-1");
        Assert.Equal(inventory.ToBytes(), new Server.Storage.Documents(enrolled.World.Database).Get(row.Inventory!.Value));
        Assert.Null(row.LastError);
    }

    [Fact]
    public async Task AHostThatDoesNotAnswerKeepsItsInventoryGetsAnErrorAndHoldsNobodyUp()
    {
        var world = enrolled.World;
        await using var gone = await SshContainer.StartAsync();
        var before = await world.EnrolAsync(gone, "web-2");
        await world.Channels.DropAsync("web-2");
        await gone.RunAsync("kill 1 || true");
        await world.Inventories.RunAsync(Cancel);
        var (good, bad) = (world.Hosts.Get("web-1"), world.Hosts.Get("web-2"));
        Assert.Null(good.LastError);
        Assert.Contains("host web-2", bad.LastError);
        Assert.Equal(before.Inventory, bad.Inventory);
        Assert.Equal(before.LastSeen, bad.LastSeen);
    }

    [Fact]
    public async Task AnAddressThatBecameAnotherHostIsNoticedThoughItsKeyWouldPass()
    {
        var world = enrolled.World;
        var row = world.Hosts.Get("web-1");
        await world.AddAsync(row with { Id = "web-9", Revision = 0 });
        Assert.Null(await world.Inventories.RefreshAsync("web-9", Cancel));
        Assert.Contains("answers as 'web-1'", world.Hosts.Get("web-9").LastError);
    }

    [Fact]
    public async Task OnlyInventoryIsInTheChannelLogOfAnInventory()
    {
        var world = enrolled.World;
        var before = ChannelLog.Read(world.Log.Path).Count();
        await world.Inventories.RefreshAsync("web-1", Cancel);
        Assert.Equal(["inventory", "inventory"], ChannelLog.Read(world.Log.Path).Skip(before).Select(entry => entry.Verb));
    }

    [Fact]
    public async Task AWarmStatusCallIsFast()
    {
        var protocol = enrolled.World.Channels.Protocol("web-1");
        var ticket = new TicketId("0123456789ab", TicketKind.Install, "web-1", 1);
        await protocol.StatusAsync(ticket, 0, 0, Cancel);
        var began = Stopwatch.GetTimestamp();
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal(TicketState.Absent, (await protocol.StatusAsync(ticket, 0, 0, Cancel)).State);
        }

        var mean = Stopwatch.GetElapsedTime(began) / 10;
        TestContext.Current.TestOutputHelper?.WriteLine($"warm status call {mean.TotalMilliseconds:0} ms");
        Assert.True(mean < TimeSpan.FromSeconds(2), $"took {mean}");
    }

    [Fact]
    public async Task TheDoctorFindsAHealthyHostHealthy()
    {
        var findings = await enrolled.World.Doctor.ExamineAsync("web-1", Cancel);
        Assert.All(findings, finding => Assert.True(finding.Ok, finding.ToString()));
        Assert.Equal(["reachable", "host-key", "sudo", "helper", "identity", "marks", "clock", "disk", "packages", "lock"], findings.Select(finding => finding.Name));
    }

    [Fact]
    public async Task TheDoctorNamesAHelperThatIsNotOurs()
    {
        await using var world = new HostsWorld();
        await using var host = await SshContainer.StartAsync();
        await world.EnrolAsync(host, "web-1");
        await host.RunAsync("echo '# older' >> /usr/local/sbin/patchflow-host");
        var finding = (await world.Doctor.ExamineAsync("web-1", Cancel)).Single(finding => finding.Name == "helper");
        Assert.False(finding.Ok);
        await world.EnrolAsync(host, "web-1");
        Assert.True((await world.Doctor.ExamineAsync("web-1", Cancel)).Single(finding => finding.Name == "helper").Ok);
        await host.RunAsync("rm /etc/sudoers.d/patchflow");
        var sudo = Assert.Single(await world.Doctor.ExamineAsync("web-1", Cancel));
        Assert.Equal(("sudo", false), (sudo.Name, sudo.Ok));
        Assert.Contains("enrol web-1", sudo.Remedy);
    }

    [Fact]
    public async Task TheDoctorNoticesAHostThatHasSeenALaterServer()
    {
        await using var world = new HostsWorld();
        await using var host = await SshContainer.StartAsync();
        await world.EnrolAsync(host, "web-1");
        await host.RunAsync("echo 101 > /var/lib/patchflow/epoch");
        Assert.False((await world.Doctor.ExamineAsync("web-1", Cancel)).Single(finding => finding.Name == "marks").Ok);
    }
}
