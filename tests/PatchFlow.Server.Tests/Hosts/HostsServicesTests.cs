using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using PatchFlow.Server.Hosts;
using PatchFlow.Server.Storage;

namespace PatchFlow.Server.Tests.Hosts;

public sealed class HostsServicesTests
{
    [Fact]
    public async Task AKeyFileThatOthersCanReadStopsTheProgramAtItsStart()
    {
        var folder = Directory.CreateTempSubdirectory("patchflow-root-").FullName;
        var path = Path.Combine(folder, "key");
        await File.WriteAllTextAsync(path, "", TestContext.Current.CancellationToken);
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(_ => new Database(Path.Combine(folder, "patchflow.db")));
        services.Configure<PatchFlowOptions>(options => options.DataDirectory = folder);
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?> { ["PatchFlow:Hosts:KeyFile"] = path }).Build();
        services.AddSingleton<IConfiguration>(configuration);
        services.AddHosts(configuration);
        await using (var provider = services.BuildServiceProvider())
        {
            Assert.Contains(path, Assert.Throws<InvalidOperationException>(() => provider.GetRequiredService<HostChannels>()).Message);
        }

        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task TheCompositionRootFindsEverythingAboutHostsAndKeepsAFactoryThatWasThere()
    {
        var folder = Directory.CreateTempSubdirectory("patchflow-root-").FullName;
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(_ => new Database(Path.Combine(folder, "patchflow.db")));
        services.Configure<PatchFlowOptions>(options => options.DataDirectory = folder);
        HostChannelFactory simulated = _ => ScriptedChannel.Saying("");
        services.AddSingleton(simulated);
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?> { ["PatchFlow:Hosts:InventoryMinutes"] = "7" }).Build();
        services.AddSingleton<IConfiguration>(configuration);
        services.AddHosts(configuration);
        await using (var provider = services.BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true }))
        {
            Assert.Same(simulated, provider.GetRequiredService<HostChannelFactory>());
            Assert.Equal(7, provider.GetRequiredService<HostsOptions>().InventoryMinutes);
            Assert.NotNull(provider.GetRequiredService<Enrolment>());
            Assert.NotNull(provider.GetRequiredService<Inventories>());
            Assert.Equal((1L, 0L), provider.GetRequiredService<ServerMarks>()());
            Assert.True(File.Exists(Path.Combine(folder, "keys", "hosts_ecdsa")));
        }

        Directory.Delete(folder, recursive: true);
    }
}
