using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using PatchFlow.Client;
using PatchFlow.Server.Api;

namespace PatchFlow.Server.Tests.Api;

public sealed class ConventionTests
{
    private const string Host = """{"id":"web-1","address":"127.0.0.1","group":"web"}""";

    [Fact]
    public async Task OtherThanJsonIs415()
    {
        await using var server = await ApiServer.StartAsync();
        var reply = await server.SendAsync("POST", "/api/v1/hosts", await server.TokenAsync("ada", Role.Admin), Host, ("Content-Type", "text/plain"));
        Assert.Equal(415, reply.Code);
        reply.Problem();
    }

    // The quotes and angle brackets in it stand as they are, for people who read it as it came.
    [Theory]
    [InlineData("/healthz/live")]
    [InlineData("/api/v1/hosts")]
    public async Task NoJsonIsTakenForAPage(string path)
    {
        await using var server = await ApiServer.StartAsync();
        using var http = new HttpClient { BaseAddress = server.Address };
        using var answer = await http.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
    }

    [Fact]
    public async Task ABodyBeyondTheLimitIs413()
    {
        await using var server = await ApiServer.StartAsync();
        var reply = await server.SendAsync("POST", "/api/v1/hosts", await server.TokenAsync("ada", Role.Admin), $"\"{new string('x', ApiLimits.BodyBytes)}\"");
        Assert.Equal(413, reply.Code);
        reply.Problem();
    }

    [Fact]
    public async Task ABugIsAProblemWithoutAStackTrace()
    {
        await using var server = await ApiServer.StartAsync();
        var token = await server.TokenAsync("ada", Role.Admin);
        await server.Database.WriteAsync((c, t) => Dapper.SqlMapper.Execute(c, "INSERT INTO hosts (id, state, grp, body) VALUES ('x', 'Added', 'x', 'nonsense')", null, t));
        var reply = await server.SendAsync("GET", "/api/v1/hosts", token);
        Assert.Equal(500, reply.Code);
        reply.Problem();
        Assert.DoesNotContain("JsonException", reply.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ListsComeInPartsThatMissNothingAndRepeatNothing()
    {
        await using var server = await ApiServer.StartAsync();
        var ada = await server.ClientAsync("ada", Role.Admin);
        foreach (var number in Enumerable.Range(1, 7))
        {
            await ada.AddHostAsync(new($"h{number}", "127.0.0.1", number % 2 == 0 ? "even" : "odd"));
        }

        foreach (var sort in new string?[] { null, "-id", "group", "-group" })
        {
            var (seen, cursor) = (new List<string>(), (string?)null);
            do
            {
                var part = await ada.HostsAsync(limit: 2, sort: sort, cursor: cursor);
                Assert.Equal(7, part.Total);
                seen.AddRange(part.Items.Select(h => h.Id));
                cursor = part.Next;
                await ada.EditUserAsync("ada", new(Name: $"Ada {seen.Count}"));
            }
            while (cursor is not null);
            Assert.Equal(7, seen.Distinct().Count());
            Assert.Equal(7, seen.Count);
            Assert.Equal(sort is null || !sort.StartsWith('-'), string.CompareOrdinal(seen[0], seen[^1]) < 0 || sort is "group");
        }
    }

    [Fact]
    public async Task AnItemThatComesMeanwhileMovesNoOther()
    {
        await using var server = await ApiServer.StartAsync();
        var ada = await server.ClientAsync("ada", Role.Admin);
        foreach (var id in new[] { "b", "d", "f" })
        {
            await ada.AddHostAsync(new(id, "127.0.0.1", "g"));
        }

        var first = await ada.HostsAsync(limit: 2);
        await ada.AddHostAsync(new("a", "127.0.0.1", "g"));
        var second = await ada.HostsAsync(limit: 2, cursor: first.Next);
        Assert.Equal(["b", "d", "f"], first.Items.Concat(second.Items).Select(h => h.Id));
    }

    [Fact]
    public async Task ACursorBelongsToItsSort()
    {
        await using var server = await ApiServer.StartAsync();
        var ada = await server.ClientAsync("ada", Role.Admin);
        await ada.AddHostAsync(new("a", "127.0.0.1", "g"));
        await ada.AddHostAsync(new("b", "127.0.0.1", "g"));
        var next = (await ada.HostsAsync(limit: 1)).Next;
        Assert.Equal(System.Net.HttpStatusCode.BadRequest, (await Assert.ThrowsAsync<ApiProblemException>(() => ada.HostsAsync(cursor: next, sort: "-id"))).Status);
    }

    [Fact]
    public async Task TheAuditLogComesInPartsBothWays()
    {
        await using var server = await ApiServer.StartAsync();
        var ada = await server.ClientAsync("ada", Role.Admin);
        foreach (var number in Enumerable.Range(1, 5))
        {
            await ada.AddHostAsync(new($"h{number}", "127.0.0.1", "g"));
        }

        var all = (await ada.AuditAsync()).Items.Select(e => e.Sequence).ToList();
        var first = await ada.AuditAsync(limit: 3, sort: "-sequence");
        var second = await ada.AuditAsync(limit: 100, sort: "-sequence", cursor: first.Next);
        Assert.Equal(all.AsEnumerable().Reverse(), first.Items.Concat(second.Items).Select(e => e.Sequence));
        Assert.Equal(5, (await ada.AuditAsync(action: "host.add")).Total);
        Assert.Single((await ada.AuditAsync(of: "host:h3")).Items);
        var text = await ada.AuditTextAsync(all[^1]);
        Assert.StartsWith("patchflow-entry 1\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhoHasItGets304()
    {
        await using var server = await ApiServer.StartAsync();
        var token = await server.TokenAsync("ada", Role.Admin);
        await server.SendAsync("POST", "/api/v1/hosts", token, Host);
        var first = await server.SendAsync("GET", "/api/v1/hosts/web-1", token);
        var second = await server.SendAsync("GET", "/api/v1/hosts/web-1", token, null, ("If-None-Match", first.ETag!));
        Assert.Equal((304, ""), (second.Code, second.Body));
        await server.SendAsync("PATCH", "/api/v1/hosts/web-1", token, """{"group":"db"}""");
        Assert.Equal(200, (await server.SendAsync("GET", "/api/v1/hosts/web-1", token, null, ("If-None-Match", first.ETag!))).Code);
    }

    [Theory]
    [InlineData("PATCH", "/api/v1/hosts/web-1", """{"group":"db"}""")]
    [InlineData("POST", "/api/v1/hosts/web-1/retire", null)]
    [InlineData("PATCH", "/api/v1/users/ada", """{"name":"A"}""")]
    public async Task WhoSawAnOlderStateIsRefused(string method, string path, string? change)
    {
        await using var server = await ApiServer.StartAsync();
        var token = await server.TokenAsync("ada", Role.Admin);
        await server.SendAsync("POST", "/api/v1/hosts", token, Host);
        var seen = (await server.SendAsync("GET", path.Replace("/retire", "", StringComparison.Ordinal), token)).ETag!;
        var stale = await server.SendAsync(method, path, token, change, ("If-Match", "\"older\""));
        Assert.Equal(412, stale.Code);
        stale.Problem();
        Assert.Equal(200, (await server.SendAsync(method, path, token, change, ("If-Match", seen))).Code);
    }

    [Fact]
    public async Task WhatIsMadeHasAnAddress()
    {
        await using var server = await ApiServer.StartAsync();
        var token = await server.TokenAsync("ada", Role.Admin);
        var made = await server.SendAsync("POST", "/api/v1/hosts", token, Host);
        Assert.Equal((201, "/api/v1/hosts/web-1"), (made.Code, made.Location));
        Assert.Equal(made.Body, (await server.SendAsync("GET", made.Location!, token)).Body);
        Assert.Equal(409, (await server.SendAsync("POST", "/api/v1/hosts", token, Host)).Code);
    }

    [Fact]
    public async Task LongWorkIsAcceptedWithAPlaceToLook()
    {
        await using var server = await ApiServer.StartAsync();
        var reply = await server.SendAsync("POST", "/api/v1/feeds/own/refresh", await server.TokenAsync("olga", Role.Operator));
        Assert.Equal((202, "/api/v1/feeds/own"), (reply.Code, reply.Location));
        Assert.Equal(["own"], server.Get<System.Collections.Concurrent.ConcurrentQueue<string>>());
    }

    [Fact]
    public async Task TimesAreUtcAndNamesAreCamelCase()
    {
        await using var server = await ApiServer.StartAsync();
        var token = await server.TokenAsync("ada", Role.Admin);
        using var json = JsonDocument.Parse((await server.SendAsync("GET", "/api/v1/users/ada", token)).Body);
        Assert.Equal("2026-11-23T18:00:00+00:00", json.RootElement.GetProperty("createdAt").GetString());
        Assert.Equal("admin", json.RootElement.GetProperty("roles")[0].GetString());
    }

    [Fact]
    public async Task HealthIsForEverybody()
    {
        await using var server = await ApiServer.StartAsync(services => services.AddSingleton(new HealthProbe("docker", _ => Task.FromResult(new HealthPart("docker", false, "not running: start it")))));
        Assert.Equal(200, (await server.SendAsync("GET", "/healthz/live", null)).Code);
        var ready = await server.SendAsync("GET", "/healthz/ready", null);
        Assert.Equal(200, ready.Code);
        var view = JsonSerializer.Deserialize<HealthView>(ready.Body, PatchFlowClient.Json)!;
        Assert.False(view.Healthy);
        Assert.Equal(["database", "feed:own", "feed:own-security", "docker"], view.Parts.Select(p => p.Name));
    }

    // One part that can't even be looked at hides no other.
    [Fact]
    public async Task APartThatCannotBeLookedAtIsIllByItsName()
    {
        await using var server = await ApiServer.StartAsync(services => services
            .AddSingleton(new HealthProbe("broken", _ => throw new InvalidOperationException("out of order")))
            .AddSingleton(new HealthProbe("slow", async cancel =>
            {
                await Task.Delay(Timeout.Infinite, cancel);
                return new HealthPart("slow", true, "");
            }))
            .AddSingleton(new HealthProbe("deaf", _ => new TaskCompletionSource<HealthPart>().Task))
            .AddSingleton(new HealthProbe("well", _ => Task.FromResult(new HealthPart("well", true, "well")))));
        var ready = await server.SendAsync("GET", "/healthz/ready", null);
        var view = JsonSerializer.Deserialize<HealthView>(ready.Body, PatchFlowClient.Json)!;
        Assert.Equal(200, ready.Code);
        Assert.Contains("it can't be looked at (out of order)", ready.Body, StringComparison.Ordinal);
        Assert.Equal(
            ["broken: it can't be looked at (out of order): the log says more", "slow: it did not answer within 5 s: look at the log", "deaf: it did not answer within 5 s: look at the log", "well: well"],
            view.Parts.Skip(3).Select(p => $"{p.Name}: {p.Detail}"));
    }
}
