using PatchFlow.Client;

namespace PatchFlow.Server.Tests.Api;

public sealed class RefusalTests(RefusalTests.Shared shared) : IClassFixture<RefusalTests.Shared>
{
    [Theory]
    [InlineData("GET", "/api/v1/nothing", null, 404)]
    [InlineData("GET", "/api/v2/hosts", null, 404)]
    [InlineData("GET", "/api/v1/hosts/nobody", null, 404)]
    [InlineData("GET", "/api/v1/audit/99999", null, 404)]
    [InlineData("DELETE", "/api/v1/hosts", null, 405)]
    [InlineData("GET", "/api/v1/hosts?nonsense=1", null, 400)]
    [InlineData("GET", "/api/v1/hosts/nobody?limit=5", null, 400)]
    [InlineData("GET", "/api/v1/hosts?limit=501", null, 400)]
    [InlineData("GET", "/api/v1/hosts?limit=0", null, 400)]
    [InlineData("GET", "/api/v1/hosts?limit=x", null, 400)]
    [InlineData("GET", "/api/v1/hosts?limit=1&limit=2", null, 400)]
    [InlineData("GET", "/api/v1/hosts?sort=body", null, 400)]
    [InlineData("GET", "/api/v1/hosts?cursor=zzz", null, 400)]
    [InlineData("GET", "/api/v1/hosts?state=1", null, 400)]
    [InlineData("GET", "/api/v1/hosts?state=asleep", null, 400)]
    [InlineData("GET", "/api/v1/audit?since=yesterday", null, 400)]
    [InlineData("POST", "/api/v1/hosts", "{", 400)]
    [InlineData("POST", "/api/v1/hosts", """{"id":"a"}""", 400)]
    [InlineData("POST", "/api/v1/hosts", """{"id":"a","address":"a","group":"a","colour":"red"}""", 400)]
    [InlineData("POST", "/api/v1/hosts", """{"id":null,"address":"a","group":"a"}""", 400)]
    [InlineData("POST", "/api/v1/hosts", """{"id":"A B","address":"a","group":"a"}""", 422)]
    [InlineData("POST", "/api/v1/users", """{"id":"x","roles":[]}""", 422)]
    [InlineData("POST", "/api/v1/users", """{"id":"x","roles":["king"]}""", 400)]
    [InlineData("POST", "/api/v1/users", """{"id":"x","name":"a\u0007b","roles":["viewer"]}""", 422)]
    [InlineData("POST", "/api/v1/users", """{"id":"x","name":"a\u202eb","roles":["viewer"]}""", 422)]
    [InlineData("POST", "/api/v1/tokens", """{"name":"x","days":366}""", 422)]
    public async Task WhatCannotBeServedIsAProblemThatSaysWhatToDo(string method, string path, string? body, int status)
    {
        var reply = await shared.Server.SendAsync(method, path, shared.Admin, body);
        Assert.Equal(status, reply.Code);
        var problem = reply.Problem();
        Assert.Equal(path.Split('?')[0], problem.Instance);
        Assert.Equal(status == 422, problem.Errors is not null);
        Assert.DoesNotContain("   at ", reply.Body, StringComparison.Ordinal);
    }

    /// <summary>One server for the whole table: none of its requests changes anything.</summary>
    public sealed class Shared : IAsyncLifetime
    {
        internal ApiServer Server { get; private set; } = null!;

        internal string Admin { get; private set; } = "";

        public async ValueTask InitializeAsync()
        {
            Server = await ApiServer.StartAsync();
            Admin = await Server.TokenAsync("ada", Role.Admin);
        }

        public ValueTask DisposeAsync() => Server.DisposeAsync();
    }
}
