using PatchFlow.Core.Changes;
using PatchFlow.Server.Sandbox;
using PatchFlow.Server.Tests.Feeds;

namespace PatchFlow.Server.Tests.Sandbox;

/// <summary>What is not released to all machines comes into no plan, whatever apt's version and the machine's id are.</summary>
public sealed class PhasedUpdateTests
{
    [Theory]
    [InlineData("demo-updates", 30)]
    [InlineData("demo-security", null)]
    public async Task ASuiteThatIsNoSecuritySuiteIsPhased(string suite, int? percent)
    {
        await using var bench = await StartAsync(suite);
        var sources = new PackageSources(bench.Catalog, bench.Files);
        Assert.Equal((percent, null), (sources.PhasedAt("pf-lib", "amd64", "2"), sources.PhasedAt("pf-lib", "amd64", "1")));
        Assert.Equal(percent is null ? [] : [("pf-lib", "2")], sources.Phased());
    }

    [Fact]
    public async Task WhatAnUpdateNeedsIsTakenInTheVersionThatIsForAll()
    {
        await using var bench = await StartAsync("demo-updates");
        Assert.Equal(["pf-lib 1", "pf-demo 1"], Simulated(bench, "pf-demo=1"));
        Assert.Equal(["pf-lib 2", "pf-demo 1"], Simulated(bench, "pf-demo=1", "pf-lib=2"));
    }

    [Fact]
    public async Task APlanThatNeedsAPhasedVersionIsRefusedByName()
    {
        await using var bench = await StartAsync("demo-updates");
        var sources = new PackageSources(bench.Catalog, bench.Files);
        var group = new HostGroup("web-debian-12-amd64-0a1b2c3d", [new HostSubject("web-1", "web", SandboxSamples.Host(), [])]);
        Resolver.RequireReleased(group, [new PackageVersion("pf-lib", "amd64", "1")], sources);
        var refused = Assert.Throws<UnresolvableException>(() => Resolver.RequireReleased(group, [new PackageVersion("pf-lib", "amd64", "2")], sources));
        Assert.Contains("pf-lib 2 (phased at 30 %)", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bookworm-updates", true)]
    [InlineData("trixie-updates", false)]
    [InlineData("demo-updates", true)]
    public async Task AHostIsResolvedFromSuitesOfItsOwnRelease(string codename, bool isUsed)
    {
        await using var bench = await StartAsync(codename);
        Assert.Equal(isUsed ? 1 : 0, new PackageSources(bench.Catalog, bench.Files).SnapshotsFor(SandboxSamples.Host()).Count());
        Assert.Equal(codename, Assert.Single(bench.Catalog.Indices()).Codename);
    }

    // pf-demo needs pf-lib, of which version 2 is released to 30 % of machines.
    private static async Task<FeedBench> StartAsync(string suite)
    {
        var bench = await FeedBench.StartAsync();
        bench.Repository.Add("pf-lib", "1");
        bench.Repository.Add("pf-lib", "2");
        bench.Repository.Add("pf-demo", "1", depends: "pf-lib");
        bench.Repository.Publish(bench.Clock.Now, bench.Clock.Now.AddDays(7), suite, index: packages => packages.Replace("Version: 2\n", "Version: 2\nPhased-Update-Percentage: 30\n", StringComparison.Ordinal));
        var dists = Path.Combine(bench.Repository.Root, "dists");
        if (suite != OwnRepository.Suite)
        {
            Directory.Move(Path.Combine(dists, OwnRepository.Suite), Path.Combine(dists, suite));
        }

        bench.Configure(bench.Feed with { Suite = suite });
        Assert.Null((await bench.FetchAsync()).LastError);
        return bench;
    }

    private static IEnumerable<string> Simulated(FeedBench bench, params string[] words)
    {
        var folder = Directory.CreateTempSubdirectory("pf-simulate-").FullName;
        try
        {
            var sources = new PackageSources(bench.Catalog, bench.Files);
            Directory.CreateDirectory(Path.Combine(folder, "lists"));
            File.WriteAllText(Path.Combine(folder, "sources.list"), AptLists.Sources(sources.Snapshots));
            File.WriteAllText(Path.Combine(folder, "preferences"), AptLists.Preferences(sources.Phased()));
            foreach (var file in AptLists.Files(sources.Snapshots))
            {
                using var from = file.Open();
                using var to = File.Create(Path.Combine(folder, file.Path));
                from.CopyTo(to);
            }

            File.WriteAllText(Path.Combine(folder, "simulate"), SandboxScript.Text("simulate"));
            var said = Tool.Run("sh", [Path.Combine(folder, "simulate"), folder, "--no-remove", .. words]);
            return [.. AptSimulation.Parse(said).Installs.Select(i => $"{i.Name} {i.Version}")];
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
