using System.Net;
using PatchFlow.Client;
using PatchFlow.Server.Api;

namespace PatchFlow.Server.Tests.Api;

public sealed class SetupTests
{
    [Fact]
    public async Task TheCodeMakesTheFirstAdministratorOnce()
    {
        await using var server = await ApiServer.StartAsync();
        var code = await CodeAsync(server);
        Assert.Contains(code, Assert.Single(server.Get<List<string>>()), StringComparison.Ordinal);
        var made = await server.Anonymous().SetupAsync(new(code, "ada", "Ada"));
        var me = await PatchFlowClient.Create(server.Address, made.Secret).MeAsync();
        Assert.Equal("ada", me.Id);
        Assert.Equal([Role.Admin], me.Roles);
        Assert.False(File.Exists(server.Get<SetupCode>().Path));
        var again = await Assert.ThrowsAsync<ApiProblemException>(() => server.Anonymous().SetupAsync(new(code, "eve")));
        Assert.Equal(HttpStatusCode.Conflict, again.Status);
    }

    [Fact]
    public async Task TheFileWithTheCodeIsForTheOwnerOnly()
    {
        await using var server = await ApiServer.StartAsync();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(server.Get<SetupCode>().Path));
    }

    [Fact]
    public async Task AWrongCodeMakesNobody()
    {
        await using var server = await ApiServer.StartAsync();
        var refused = await Assert.ThrowsAsync<ApiProblemException>(() => server.Anonymous().SetupAsync(new("AAAAA-BBBBB", "eve")));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.Status);
        Assert.True(server.Get<UserStore>().IsEmpty());
    }

    [Fact]
    public async Task TheCodeExpiresAfterADay()
    {
        await using var server = await ApiServer.StartAsync();
        var code = await CodeAsync(server);
        server.Clock.Advance(TimeSpan.FromHours(24));
        var refused = await Assert.ThrowsAsync<ApiProblemException>(() => server.Anonymous().SetupAsync(new(code, "ada")));
        Assert.Contains("restart", refused.Message, StringComparison.Ordinal);
        Assert.True(server.Get<UserStore>().IsEmpty());
        Assert.False(File.Exists(server.Get<SetupCode>().Path));
    }

    [Fact]
    public async Task ARestartKeepsTheCodeWhileItIsGood()
    {
        await using var server = await ApiServer.StartAsync();
        var code = await CodeAsync(server);
        await server.Get<SetupCode>().StartAsync(default);
        Assert.Equal(code, await CodeAsync(server));
        server.Clock.Advance(TimeSpan.FromHours(25));
        await server.Get<SetupCode>().StartAsync(default);
        Assert.NotEqual(code, await CodeAsync(server));
    }

    [Fact]
    public async Task ARestartWithUsersLeavesNoCode()
    {
        await using var server = await ApiServer.StartAsync();
        await server.TokenAsync("ada", Role.Admin);
        await server.Get<SetupCode>().StartAsync(default);
        Assert.False(File.Exists(server.Get<SetupCode>().Path));
    }

    private static async Task<string> CodeAsync(ApiServer server) => (await File.ReadAllTextAsync(server.Get<SetupCode>().Path)).Trim();
}
