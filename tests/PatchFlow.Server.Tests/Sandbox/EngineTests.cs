using System.Net;
using System.Net.Sockets;
using PatchFlow.Server.Sandbox;

namespace PatchFlow.Server.Tests.Sandbox;

public sealed class EngineTests
{
    [Fact]
    public async Task AnEngineThatHangsIsGivenUp()
    {
        using var deaf = new TcpListener(IPAddress.Loopback, 0);
        deaf.Start();
        using var engine = new Engine($"tcp://127.0.0.1:{((IPEndPoint)deaf.LocalEndpoint).Port}") { CallTime = TimeSpan.FromMilliseconds(300) };
        var e = await Assert.ThrowsAsync<SandboxException>(() => engine.FindImageAsync("any", CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Contains("it hangs", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OneProfileThatCanNotBeResolvedIsSetApart()
    {
        var group = new HostGroup("web-debian-12-amd64-0a1b2c3d", [new HostSubject("web-1", "web", SandboxSamples.Host(), [])]);
        var (content, leftOut) = await Resolver.TryAsync(group, () => throw new UnresolvableException("nginx is held"));
        Assert.Null(content);
        Assert.Equal("left out: web-1, because nginx is held", leftOut?.ToString());
    }
}
