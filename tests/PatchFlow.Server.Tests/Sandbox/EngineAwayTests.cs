using Microsoft.Extensions.DependencyInjection;
using PatchFlow.Server.Api;
using PatchFlow.Server.Sandbox;
using PatchFlow.Server.Tests.Api;

namespace PatchFlow.Server.Tests.Sandbox;

/// <summary>Where no container engine is, health says so, and what needs none works.</summary>
public sealed class EngineAwayTests
{
    [Theory]
    [InlineData("tcp://127.0.0.1:9")]
    [InlineData("unix:///nowhere/docker.sock")]
    public async Task ThatNobodyListensIsSaidWithTheRemedy(string endpoint)
    {
        using var engine = new Engine(endpoint);
        var away = await Assert.ThrowsAsync<EngineUnavailableException>(() => engine.PingAsync(TestContext.Current.CancellationToken));
        Assert.StartsWith($"no container engine answers at {endpoint} (", away.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnEngineThatListensAndSaysNothingIsNamedInHealth()
    {
        using var silent = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
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
