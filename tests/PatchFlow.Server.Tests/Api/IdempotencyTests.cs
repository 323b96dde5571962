using Dapper;
using PatchFlow.Client;

namespace PatchFlow.Server.Tests.Api;

public sealed class IdempotencyTests
{
    private static readonly (string, string) Key = ("Idempotency-Key", "k1");

    [Fact]
    public async Task TheSameKeyAndBodyGetTheSameAnswer()
    {
        await using var server = await ApiServer.StartAsync();
        var token = await server.TokenAsync("ada", Role.Admin);
        var first = await server.SendAsync("POST", "/api/v1/hosts", token, Host("web-1"), Key);
        var second = await server.SendAsync("POST", "/api/v1/hosts", token, Host("web-1"), Key);
        Assert.Equal(201, first.Code);
        Assert.Equal(first, second);
        Assert.Equal(1, server.Database.Read(c => c.ExecuteScalar<long>("SELECT COUNT(*) FROM audit_entries WHERE action = 'host.add'")));
    }

    [Fact]
    public async Task ARefusalIsTheSameAnswerToo()
    {
        await using var server = await ApiServer.StartAsync();
        var token = await server.TokenAsync("ada", Role.Admin);
        await server.SendAsync("POST", "/api/v1/hosts", token, Host("web-1"));
        var first = await server.SendAsync("POST", "/api/v1/hosts", token, Host("web-1"), Key);
        var second = await server.SendAsync("POST", "/api/v1/hosts", token, Host("web-1"), Key);
        Assert.Equal(409, first.Code);
        Assert.Equal(first, second);
    }

    [Theory]
    [InlineData("/api/v1/hosts", """{"id":"web-2","address":"127.0.0.1","group":"web"}""")]
    [InlineData("/api/v1/users", """{"id":"web-1","address":"127.0.0.1","group":"web"}""")]
    public async Task TheSameKeyWithAnotherRequestIsRefused(string path, string body)
    {
        await using var server = await ApiServer.StartAsync();
        var token = await server.TokenAsync("ada", Role.Admin);
        await server.SendAsync("POST", "/api/v1/hosts", token, Host("web-1"), Key);
        var reply = await server.SendAsync("POST", path, token, body, Key);
        Assert.Equal(409, reply.Code);
        Assert.EndsWith("key-reused", reply.Problem().Type, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AKeyIsItsUsersOwn()
    {
        await using var server = await ApiServer.StartAsync();
        await server.SendAsync("POST", "/api/v1/hosts", await server.TokenAsync("ada", Role.Admin), Host("web-1"), Key);
        Assert.Equal(201, (await server.SendAsync("POST", "/api/v1/hosts", await server.TokenAsync("bob", Role.Admin), Host("web-2"), Key)).Code);
    }

    [Fact]
    public async Task AKeyIsForgottenAfterADay()
    {
        await using var server = await ApiServer.StartAsync();
        var token = await server.TokenAsync("ada", Role.Admin);
        await server.SendAsync("POST", "/api/v1/hosts", token, Host("web-1"), Key);
        server.Clock.Advance(TimeSpan.FromHours(24) + TimeSpan.FromSeconds(1));
        Assert.Equal(409, (await server.SendAsync("POST", "/api/v1/hosts", token, Host("web-1"), Key)).Code);
        Assert.Equal(201, (await server.SendAsync("POST", "/api/v1/hosts", token, Host("web-2"), ("Idempotency-Key", "k2"))).Code);
    }

    [Fact]
    public async Task ASecretIsNotKeptForTheSakeOfAKey()
    {
        await using var server = await ApiServer.StartAsync();
        var token = await server.TokenAsync("ada", Role.Admin);
        var first = await server.SendAsync("POST", "/api/v1/tokens", token, """{"name":"ci"}""", Key);
        var second = await server.SendAsync("POST", "/api/v1/tokens", token, """{"name":"ci"}""", Key);
        Assert.Equal((201, 409), (first.Code, second.Code));
        Assert.Contains("shown once", second.Problem().Detail, StringComparison.Ordinal);
        Assert.DoesNotContain(server.Database.Read(c => c.Query<byte[]>("SELECT answer FROM idempotency").ToList()), bytes => bytes.Length > 0);
    }

    [Fact]
    public async Task WorkThatWasInterruptedIsNotDoneTwice()
    {
        await using var server = await ApiServer.StartAsync();
        var token = await server.TokenAsync("ada", Role.Admin);
        await server.SendAsync("POST", "/api/v1/hosts", token, Host("web-1"), Key);
        await server.Database.WriteAsync((c, t) => c.Execute("UPDATE idempotency SET status = 0", null, t));
        var reply = await server.SendAsync("POST", "/api/v1/hosts", token, Host("web-1"), Key);
        Assert.Equal(409, reply.Code);
        Assert.Contains("new key", reply.Problem().Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AKeyThatIsNoKeyIsRefused()
    {
        await using var server = await ApiServer.StartAsync();
        Assert.Equal(400, (await server.SendAsync("POST", "/api/v1/hosts", await server.TokenAsync("ada", Role.Admin), Host("web-1"), ("Idempotency-Key", new string('k', 201)))).Code);
    }

    private static string Host(string id) => $$"""{"id":"{{id}}","address":"127.0.0.1","group":"web"}""";
}
