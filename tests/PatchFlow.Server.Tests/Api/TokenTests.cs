using System.Net;
using Dapper;
using PatchFlow.Client;

namespace PatchFlow.Server.Tests.Api;

public sealed class TokenTests
{
    [Fact]
    public async Task NoTokenNobody()
    {
        await using var server = await ApiServer.StartAsync();
        var reply = await server.SendAsync("GET", "/api/v1/me", null);
        Assert.Equal(HttpStatusCode.Unauthorized, reply.Status);
        Assert.Contains("Bearer", reply.Problem().Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnUnknownTokenIsNobody()
    {
        await using var server = await ApiServer.StartAsync();
        Assert.Equal(401, (await server.SendAsync("GET", "/api/v1/me", "pft_nobody")).Code);
    }

    [Fact]
    public async Task AnExpiredTokenIsNobody()
    {
        await using var server = await ApiServer.StartAsync();
        var token = await server.TokenAsync("ada", Role.Viewer);
        server.Clock.Advance(TimeSpan.FromDays(30));
        var reply = await server.SendAsync("GET", "/api/v1/me", token);
        Assert.Equal(401, reply.Code);
        Assert.Contains("expired", reply.Problem().Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ARevokedTokenIsNobodyAtOnce()
    {
        await using var server = await ApiServer.StartAsync();
        var token = await server.TokenAsync("ada", Role.Viewer);
        var api = PatchFlowClient.Create(server.Address, token);
        await api.RevokeTokenAsync((await api.MeAsync()).Token);
        Assert.Contains("revoked", (await server.SendAsync("GET", "/api/v1/me", token)).Problem().Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ADisabledUserIsNobodyAtOnce()
    {
        await using var server = await ApiServer.StartAsync();
        var token = await server.TokenAsync("eve", Role.Viewer);
        await (await server.ClientAsync("ada", Role.Admin)).EditUserAsync("eve", new(Disabled: true));
        Assert.Contains("disabled", (await server.SendAsync("GET", "/api/v1/me", token)).Problem().Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ATokenNeverHasARoleThatItsUserLost()
    {
        await using var server = await ApiServer.StartAsync();
        var api = await server.ClientAsync("bob", Role.Approver, Role.Viewer);
        await (await server.ClientAsync("ada", Role.Admin)).EditUserAsync("bob", new(Roles: [Role.Viewer]));
        Assert.Equal([Role.Viewer], (await api.MeAsync()).Roles);
    }

    [Fact]
    public async Task TheSecretIsKeptAsAHashOnly()
    {
        await using var server = await ApiServer.StartAsync();
        var made = await (await server.ClientAsync("ada", Role.Admin)).AddTokenAsync(new("ci"));
        var rows = server.Database.Read(c => c.Query("SELECT * FROM tokens").ToList());
        Assert.DoesNotContain(rows, row => ((IDictionary<string, object>)row).Values.Any(v => $"{v}" == made.Secret));
        Assert.Equal("ada", (await PatchFlowClient.Create(server.Address, made.Secret).MeAsync()).Id);
    }

    [Fact]
    public async Task ATokenMakesNoneWithMoreRoles()
    {
        await using var server = await ApiServer.StartAsync();
        var secret = await server.TokenAsync("bob", Role.Viewer, Role.Approver);
        var narrow = await PatchFlowClient.Create(server.Address, secret).AddTokenAsync(new("narrow", Roles: [Role.Viewer], Days: 1));
        var refused = await Assert.ThrowsAsync<ApiProblemException>(
            () => PatchFlowClient.Create(server.Address, narrow.Secret).AddTokenAsync(new("wide", Roles: [Role.Approver], Days: 1)));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.Status);
        Assert.Contains("roles", refused.Problem.Errors!.Keys);
    }

    [Fact]
    public async Task ATokenMakesNoneThatOutlivesIt()
    {
        await using var server = await ApiServer.StartAsync();
        var api = await server.ClientAsync("bob", Role.Viewer);
        var made = await api.AddTokenAsync(new("same"));
        Assert.True(made.Token.ExpiresAt <= (await api.MeAsync()).ExpiresAt);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await Assert.ThrowsAsync<ApiProblemException>(() => api.AddTokenAsync(new("longer", Days: 31)))).Status);
    }

    [Fact]
    public async Task OnlyAdministratorsMakeAndSeeTokensOfOthers()
    {
        await using var server = await ApiServer.StartAsync();
        var bob = await server.ClientAsync("bob", Role.Viewer);
        var ada = await server.ClientAsync("ada", Role.Admin);
        Assert.Equal(HttpStatusCode.Forbidden, (await Assert.ThrowsAsync<ApiProblemException>(() => bob.AddTokenAsync(new("x", User: "ada")))).Status);
        Assert.All((await bob.TokensAsync()).Items, t => Assert.Equal("bob", t.User));
        Assert.Equal(2, (await ada.TokensAsync()).Total);
        var adas = (await ada.TokensAsync(user: "ada")).Items[0];
        Assert.Equal(HttpStatusCode.NotFound, (await Assert.ThrowsAsync<ApiProblemException>(() => bob.RevokeTokenAsync(adas.Id))).Status);
        Assert.Equal("bob", (await ada.AddTokenAsync(new("for-bob", User: "bob"))).Token.User);
    }

    [Fact]
    public async Task TheLastAdministratorStays()
    {
        await using var server = await ApiServer.StartAsync();
        var ada = await server.ClientAsync("ada", Role.Admin);
        Assert.Equal(HttpStatusCode.Conflict, (await Assert.ThrowsAsync<ApiProblemException>(() => ada.EditUserAsync("ada", new(Roles: [Role.Viewer])))).Status);
        Assert.Equal(HttpStatusCode.Conflict, (await Assert.ThrowsAsync<ApiProblemException>(() => ada.EditUserAsync("ada", new(Disabled: true)))).Status);
        await ada.AddUserAsync(new("bob", [Role.Admin]));
        Assert.True((await ada.EditUserAsync("ada", new(Disabled: true))).Disabled);
    }

    [Fact]
    public async Task WhatIsDoneToUsersAndTokensIsInTheAuditLog()
    {
        await using var server = await ApiServer.StartAsync();
        var ada = await server.ClientAsync("ada", Role.Admin);
        await ada.AddUserAsync(new("bob", [Role.Approver], "Bob"));
        var token = await ada.AddTokenAsync(new("board", User: "bob"));
        await ada.RevokeTokenAsync(token.Token.Id);
        var entries = (await ada.AuditAsync(actor: "user:ada")).Items;
        Assert.Equal(["user.add", "token.add", "token.revoke"], entries.Select(e => e.Action));
        Assert.All(entries, e => Assert.Contains("token t1", e.Details));
        Assert.DoesNotContain(entries, e => e.Details.Any(d => d.Contains(token.Secret, StringComparison.Ordinal)));
    }
}
