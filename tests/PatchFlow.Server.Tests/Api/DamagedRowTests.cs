using System.Text.Json;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using PatchFlow.Client;
using PatchFlow.Core.Advisories;
using PatchFlow.Server.Api;
using PatchFlow.Server.Feeds;

namespace PatchFlow.Server.Tests.Api;

/// <summary>A row of a feed that was damaged is told by the feed's name, and hides nothing else.</summary>
public sealed class DamagedRowTests
{
    [Theory]
    [InlineData("own", "INSERT INTO feeds (name, snapshot_digest) VALUES ('own', 'no digest')")]
    [InlineData("own", "INSERT INTO feeds (name, last_success_at) VALUES ('own', 'yesterday')")]
    [InlineData("kev", "INSERT INTO advisory_feeds (name, digest) VALUES ('kev', 'no digest')")]
    [InlineData("kev", "INSERT INTO advisory_feeds (name, digest, fetched_at) VALUES ('kev', '0000000000000000000000000000000000000000000000000000000000000000', 'yesterday')")]
    public async Task AFeedWhoseRowsCanNotBeReadIsIllByNameAndEverythingElseIsTold(string feed, string damage)
    {
        await using var server = await StartAsync(damage);
        var ready = await server.SendAsync("GET", "/healthz/ready", null);
        Assert.Equal(200, ready.Code);
        var parts = JsonSerializer.Deserialize<HealthView>(ready.Body, PatchFlowClient.Json)!.Parts;
        Assert.Equal(["database", "feed:kev", "feed:own", "feed:own-security", "well"], parts.Select(p => p.Name));
        var ill = Assert.Single(parts, p => !p.Healthy);
        Assert.Equal($"feed:{feed}", ill.Name);
        Assert.Matches($"^the rows of feed {feed} in the feed store \\(patchflow.db\\) can't be read \\(.+\\): restore the newest copy of the database", ill.Detail);
        var vera = await server.TokenAsync("vera", Role.Viewer);
        foreach (var path in new[] { "/metrics", "/api/v1/status", "/api/v1/feeds", $"/api/v1/feeds/{feed}" })
        {
            Assert.Equal(200, (await server.SendAsync("GET", path, path == "/metrics" ? null : vera)).Code);
        }
    }

    private static async Task<ApiServer> StartAsync(string damage)
    {
        var server = await ApiServer.StartAsync(services =>
        {
            var own = new Feed("own", new("file:///nowhere/"), "own", ["main"], "amd64", ["/nowhere.gpg"], true, "0 17 * * * ?", TimeSpan.FromDays(10));
            var kev = new AdvisoryFeed("kev", DocumentKind.Kev, new("https://vendor.example/kev.json"), "", "0 17 * * * ?", TimeSpan.FromDays(7));
            services.AddSingleton(new FeedList([own, own with { Name = "own-security" }], [kev]));
            services.AddSingleton(new HealthProbe("well", _ => Task.FromResult(new HealthPart("well", true, "well"))));
        });
        await server.Database.WriteAsync((c, t) => c.Execute(damage, transaction: t));
        return server;
    }
}
