using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using PatchFlow.Client;
using PatchFlow.Core.Hosts;
using PatchFlow.Server.Hosts;
using PatchFlow.Server.Tests.Hosts;

namespace PatchFlow.Server.Tests.Api;

public sealed class HostApiTests
{
    private static readonly EnrolmentRequest Login = new("root", "no key", Fingerprint: "SHA256:abc");

    [Fact]
    public async Task ARetiredHostIsRetiredForGood()
    {
        await using var server = await ApiServer.StartAsync();
        var ada = await server.ClientAsync("ada", Role.Admin);
        await ada.AddHostAsync(new("web-1", "127.0.0.1", "web", 2222, new Dictionary<string, string> { ["env"] = "eu" }));
        Assert.Equal("eu", (await ada.HostAsync("web-1")).Labels["env"]);
        Assert.Equal(1, (await ada.HostsAsync(label: "env:eu", group: "web", state: HostStanding.Added)).Total);
        Assert.Equal(HostStanding.Retired, (await ada.RetireHostAsync("web-1")).State);
        foreach (var ask in new Func<Task>[]
        {
            () => ada.RetireHostAsync("web-1"), () => ada.EditHostAsync("web-1", new(Group: "db")), () => ada.EnrolHostAsync("web-1", Login),
            () => ada.PlanEnrolmentAsync("web-1"), () => ada.AddHostAsync(new("web-1", "127.0.0.1", "web")), () => ada.TakeInventoryAsync("web-1"),
        })
        {
            Assert.Equal(HttpStatusCode.Conflict, (await Assert.ThrowsAsync<ApiProblemException>(ask)).Status);
        }
    }

    [Fact]
    public async Task AHostThatDoesNotAnswerIsNamedWithTheRemedy()
    {
        await using var server = await ApiServer.StartAsync();
        var ada = await server.ClientAsync("ada", Role.Admin);
        await ada.AddHostAsync(new("web-1", "127.0.0.1", "web", FreePort()));
        foreach (var ask in new Func<Task>[] { () => ada.PlanEnrolmentAsync("web-1"), () => ada.EnrolHostAsync("web-1", Login) })
        {
            var refused = await Assert.ThrowsAsync<ApiProblemException>(ask);
            Assert.Equal(HttpStatusCode.Conflict, refused.Status);
            Assert.Contains("web-1", refused.Message, StringComparison.Ordinal);
        }

        Assert.Equal(HostStanding.Added, (await ada.HostAsync("web-1")).State);
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("SHA256:abc", "web-1 ssh-ed25519 AAAA")]
    public async Task EnrollingNeedsTheHostKeyConfirmedInOneWay(string? fingerprint, string? known)
    {
        await using var server = await ApiServer.StartAsync();
        var ada = await server.ClientAsync("ada", Role.Admin);
        await ada.AddHostAsync(new("web-1", "127.0.0.1", "web"));
        var refused = await Assert.ThrowsAsync<ApiProblemException>(() => ada.EnrolHostAsync("web-1", new("root", "key", fingerprint, known)));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.Status);
    }

    [Fact]
    public async Task TheInventoryIsShownAndItsBytesAreTheHostsOwn()
    {
        var text = Inventory("web-1");
        await using var server = await ApiServer.StartAsync(services =>
            services.AddSingleton<HostChannelFactory>(_ => ScriptedChannel.Saying(text)));
        var olga = await server.ClientAsync("olga", Role.Operator);
        await EnrolledAsync(server, "web-1");
        Assert.Equal(HttpStatusCode.NotFound, (await Assert.ThrowsAsync<ApiProblemException>(() => olga.InventoryAsync("web-1"))).Status);
        var taken = await olga.TakeInventoryAsync("web-1");
        Assert.Equal(("debian 12", "amd64"), (taken.Os, taken.Arch));
        Assert.Equal(["nginx"], taken.Packages.Select(p => p.Name));
        Assert.Equal(text, await olga.InventoryTextAsync("web-1"));
    }

    [Fact]
    public async Task AHostThatAnswersAsAnotherIsRefused()
    {
        await using var server = await ApiServer.StartAsync(services =>
            services.AddSingleton<HostChannelFactory>(_ => ScriptedChannel.Saying(Inventory("web-2"))));
        var olga = await server.ClientAsync("olga", Role.Operator);
        await EnrolledAsync(server, "web-1");
        var refused = await Assert.ThrowsAsync<ApiProblemException>(() => olga.TakeInventoryAsync("web-1"));
        Assert.Contains("web-2", refused.Message, StringComparison.Ordinal);
        Assert.Contains("web-2", (await olga.HostAsync("web-1")).LastError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DoctorSaysWhatStandsInTheWay()
    {
        await using var server = await ApiServer.StartAsync();
        var olga = await server.ClientAsync("olga", Role.Operator);
        await (await server.ClientAsync("ada", Role.Admin)).AddHostAsync(new("web-1", "127.0.0.1", "web"));
        var found = await olga.DoctorAsync("web-1");
        Assert.False(found.Healthy);
        Assert.Contains("patchflow hosts enrol web-1", Assert.Single(found.Findings).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnAdministratorOvertakesWithAReasonWhereAHostHasSeenMoreAndItIsAudited()
    {
        await using var server = await ApiServer.StartAsync();
        await EnrolledAsync(server, "web-1");
        var ada = await server.ClientAsync("ada", Role.Admin);
        Assert.Equal(HttpStatusCode.Conflict, (await Assert.ThrowsAsync<ApiProblemException>(() => ada.OvertakeAsync(new("none is left")))).Status);
        await server.Get<HostStore>().InventoryAsync("web-1", "inventory"u8.ToArray(), 3, 9);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await Assert.ThrowsAsync<ApiProblemException>(() => ada.OvertakeAsync(new("")))).Status);
        var view = await ada.OvertakeAsync(new("none is left"));
        Assert.Equal((4, 9, "web-1"), (view.Epoch, view.Sequence, Assert.Single(view.Hosts)));
        var entry = Assert.Single((await ada.AuditAsync(action: "installation.overtake")).Items);
        Assert.Equal(("user:ada", "reason none is left"), (entry.Actor, entry.Details[0]));
    }

    private static Task EnrolledAsync(ApiServer server, string id) => server.Get<HostStore>().AddAsync(
        new HostRow { Id = id, Address = "127.0.0.1", Group = "web", State = HostState.Enrolled }, new("system", "test", "host.add", $"host:{id}"));

    private static string Inventory(string host) => System.Text.Encoding.UTF8.GetString(new Inventory
    {
        Host = host,
        OsId = "debian",
        OsRelease = "12",
        Arch = "amd64",
        Kernel = "6.1.0",
        BootId = "0b7f9a52-1c1e-4f0e-9d53-0b6e2c1c9d10",
        InitStart = 1,
        Epoch = 1,
        Sequence = 0,
        RebootNeeded = false,
        Packages = [new("nginx", "amd64", "1.0")],
    }.ToBytes());

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
