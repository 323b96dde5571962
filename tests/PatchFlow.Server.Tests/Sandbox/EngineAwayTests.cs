using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using PatchFlow.Server.Api;
using PatchFlow.Server.Sandbox;
using PatchFlow.Server.Tests.Api;

namespace PatchFlow.Server.Tests.Sandbox;

/// <summary>Where no container engine is, health says so, and what needs none works.</summary>
public sealed class EngineAwayTests
{
    [Theory]
    [InlineData("tcp://127.0.0.1:9", "Connection refused")]
    [InlineData("unix:///nowhere/docker.sock", "")]
    public async Task ThatNobodyListensIsSaidWithTheRemedy(string endpoint, string why)
    {
        using var engine = new Engine(endpoint);
        var away = await Assert.ThrowsAsync<EngineUnavailableException>(() => engine.PingAsync(TestContext.Current.CancellationToken));
        Assert.StartsWith($"no container engine answers at {endpoint} ({why}", away.Message, StringComparison.Ordinal);
    }

    // "full" has no place for another connection, so that none is made: as behind a firewall that drops what comes.
    [Theory]
    [InlineData("unix")]
    [InlineData("tcp")]
    [InlineData("full")]
    public async Task AnEngineThatSaysNothingIsGivenUpWithinSeconds(string sort)
    {
        var folder = Directory.CreateTempSubdirectory("pf-silent-").FullName;
        using var silent = sort == "unix" ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) : new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        silent.Bind(sort == "unix" ? new UnixDomainSocketEndPoint($"{folder}/docker.sock") : new IPEndPoint(IPAddress.Loopback, 0));
        silent.Listen(sort == "full" ? 0 : 9);
        using var taken = new TcpClient();
        if (sort == "full")
        {
            await taken.ConnectAsync((IPEndPoint)silent.LocalEndPoint!, TestContext.Current.CancellationToken);
        }

        try
        {
            using var engine = new Engine(sort == "unix" ? $"unix://{folder}/docker.sock" : $"tcp://{silent.LocalEndPoint}");
            var away = await Assert.ThrowsAsync<EngineUnavailableException>(() => engine.PingAsync(TestContext.Current.CancellationToken)).WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
            Assert.Contains($"no container engine answers at {engine.Endpoint} (it says nothing for 3 s): start it", away.Message, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task AnEngineThatListensAndSaysNothingIsNamedInHealth()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        await using var server = await ApiServer.StartAsync(services =>
        {
            services.AddSingleton(_ => new Engine($"tcp://{silent.LocalEndpoint}"));
            services.AddSingleton(p => new HealthProbe("docker", cancel => Wiring.DockerAsync(p.GetRequiredService<Engine>(), cancel)));
        });
        var parts = (await server.Get<Health>().LookAsync(TestContext.Current.CancellationToken)).Parts;
        Assert.Contains("no container engine answers at tcp://127.0.0.1:", Assert.Single(parts, p => p.Name == "docker").Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task HealthIsIllAndAnswersAllTheSame()
    {
        await using var server = await ApiServer.StartAsync(services =>
        {
            services.AddSingleton(_ => new Engine("tcp://127.0.0.1:9"));
            services.AddSingleton(p => new HealthProbe("docker", cancel => Wiring.DockerAsync(p.GetRequiredService<Engine>(), cancel)));
        });
        var part = Assert.Single((await server.Get<Health>().LookAsync(TestContext.Current.CancellationToken)).Parts, p => p.Name == "docker");
        Assert.False(part.Healthy);
        Assert.Contains("start it (for example with 'service docker start'", part.Detail, StringComparison.Ordinal);
    }
}
