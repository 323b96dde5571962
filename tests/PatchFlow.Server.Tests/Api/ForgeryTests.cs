using System.Buffers.Text;
using System.Text;
using Dapper;
using Microsoft.AspNetCore.Builder;
using PatchFlow.Client;
using PatchFlow.Server.Hosts;

namespace PatchFlow.Server.Tests.Api;

/// <summary>What no client of ours sends.</summary>
public sealed class ForgeryTests
{
    [Theory]
    [InlineData("changes?status=")]
    [InlineData("changes?status=approved,rejected")]
    [InlineData("changes?status=-1")]
    [InlineData("changes?status=3")]
    [InlineData("changes?cursor=****")]
    [InlineData("changes?cursor=-id 5")]
    [InlineData("changes?cursor=-id {}")]
    [InlineData("changes?cursor=-id [null,null]")]
    [InlineData("audit?cursor=sequence \"x\"")]
    [InlineData("audit?cursor=sequence 1.5")]
    public async Task AForgedFilterOrCursorIsMalformed(string query)
    {
        await using var server = await ApiServer.StartAsync();
        var parts = query.Split("cursor=");
        var path = parts is [var head, var cursor] && !cursor.StartsWith('*') ? $"{head}cursor={Base64Url.EncodeToString(Encoding.UTF8.GetBytes(cursor))}" : query;
        var reply = await server.SendAsync("GET", $"/api/v1/{path}", await server.TokenAsync("ada", Role.Admin));
        Assert.Equal(400, reply.Code);
        reply.Problem();
    }

    [Fact]
    public async Task AnEndpointWithoutAPermissionIsForNobody()
    {
        await using var server = await ApiServer.StartAsync(map: app => app.MapGet("/unmarked", () => "open"));
        Assert.Equal(401, (await server.SendAsync("GET", "/unmarked", null)).Code);
        Assert.Equal(403, (await server.SendAsync("GET", "/unmarked", await server.TokenAsync("ada", Enum.GetValues<Role>()))).Code);
    }

    [Fact]
    public async Task WhatAHostSaysMakesNobodysEditStale()
    {
        await using var server = await ApiServer.StartAsync();
        var token = await server.TokenAsync("ada", Role.Admin);
        await server.SendAsync("POST", "/api/v1/hosts", token, """{"id":"web-1","address":"127.0.0.1","group":"web"}""");
        var read = await server.SendAsync("GET", "/api/v1/hosts/web-1", token);
        await server.Get<HostStore>().SeenAsync("web-1", TestContext.Current.CancellationToken);
        var again = await server.SendAsync("GET", "/api/v1/hosts/web-1", token);
        Assert.NotEqual(read.ETag, again.ETag);
        Assert.Equal(200, (await server.SendAsync("PATCH", "/api/v1/hosts/web-1", token, """{"group":"db"}""", ("If-Match", read.ETag!))).Code);
        Assert.Equal(412, (await server.SendAsync("PATCH", "/api/v1/hosts/web-1", token, """{"group":"kms"}""", ("If-Match", read.ETag!))).Code);
    }

    [Fact]
    public async Task AClientThatGoesAwayFindsItsAnswerUnderItsKey()
    {
        using var gate = new SemaphoreSlim(0);
        await using var server = await ApiServer.StartAsync(map: app => app.MapPost("/api/v1/slow", async (CancellationToken cancel) =>
        {
            gate.Release();
            await Task.Delay(500, cancel);
            return "done";
        }).WithMetadata(new PatchFlow.Server.Api.PermissionMark(PatchFlow.Server.Api.Permission.View)).RequireAuthorization(policy => policy.RequireAssertion(_ => true).AddAuthenticationSchemes(PatchFlow.Server.Api.TokenAuthentication.Scheme)));
        var token = await server.TokenAsync("ada", Role.Admin);
        using (var leaving = new CancellationTokenSource())
        using (var http = new HttpClient { BaseAddress = server.Address })
        using (var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/slow"))
        {
            request.Headers.Authorization = new("Bearer", token);
            request.Headers.Add("Idempotency-Key", "k1");
            var sent = http.SendAsync(request, leaving.Token);
            await gate.WaitAsync(TestContext.Current.CancellationToken);
            await leaving.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sent);
        }

        for (var tries = 0; tries < 100 && server.Database.Read(c => c.ExecuteScalar<long>("SELECT status FROM idempotency")) == 0; tries++)
        {
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }

        Assert.Equal(200, (await server.SendAsync("POST", "/api/v1/slow", token, null, ("Idempotency-Key", "k1"))).Code);
    }
}
