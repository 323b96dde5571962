using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using PatchFlow.Client;
using PatchFlow.Server.Api;

namespace PatchFlow.Server.Tests.Api;

public sealed class PermissionTests
{
    private static readonly string[] ForAnybody = ["GET /healthz/live", "GET /healthz/ready", "GET /metrics", "GET /openapi/{documentName}.json", "POST /api/v1/setup"];

    // The role table once more, written by hand: who may what is decided here, and only then changed there.
    private static readonly Dictionary<string, Role[]> RoleTable = new(StringComparer.Ordinal)
    {
        ["View"] = [Role.Viewer, Role.Operator, Role.Approver, Role.Auditor, Role.Admin],
        ["KeepOwnTokens"] = [Role.Viewer, Role.Operator, Role.Approver, Role.Auditor, Role.Admin],
        ["RefreshFeeds"] = [Role.Operator, Role.Admin],
        ["ReleaseFeeds"] = [Role.Admin],
        ["RewindFeeds"] = [Role.Admin],
        ["ProbeHosts"] = [Role.Operator, Role.Admin],
        ["ReportHosts"] = [Role.Operator, Role.Admin],
        ["ManageHosts"] = [Role.Admin],
        ["DecideChanges"] = [Role.Approver],
        ["OperateChanges"] = [Role.Operator, Role.Admin],
        ["ReadAudit"] = [Role.Auditor, Role.Admin],
        ["ManageUsers"] = [Role.Admin],
    };

    [Fact]
    public void TheRoleTableIsTheOneThatWasAgreed() =>
        Assert.Equal(RoleTable.OrderBy(e => e.Key, StringComparer.Ordinal), Enum.GetValues<Permission>()
            .Select(p => KeyValuePair.Create(p.ToString(), p.Roles().ToArray())).OrderBy(e => e.Key, StringComparer.Ordinal));

    [Fact]
    public async Task EveryEndpointNamesItsPermissionOrIsForAnybody()
    {
        await using var server = await ApiServer.StartAsync();
        var open = new List<string>();
        foreach (var endpoint in Endpoints(server))
        {
            var name = Name(endpoint);
            var mark = endpoint.Metadata.GetOrderedMetadata<PermissionMark>();
            if (endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null)
            {
                Assert.Empty(mark);
                open.Add(name);
                continue;
            }

            Assert.True(mark.Count == 1, $"{name} names {mark.Count} permissions: give it one with RequirePermission");
            Assert.NotEmpty(endpoint.Metadata.GetOrderedMetadata<AuthorizationPolicy>());
        }

        Assert.Equal(ForAnybody, open.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task EveryEndpointRefusesEveryRoleThatTheTableDoesNotName()
    {
        await using var server = await ApiServer.StartAsync();
        var tokens = new Dictionary<Role, string>();
        foreach (var role in Enum.GetValues<Role>())
        {
            tokens[role] = await server.TokenAsync(role.ToString().ToLowerInvariant(), role);
        }

        foreach (var endpoint in Endpoints(server).Where(e => e.Metadata.GetMetadata<PermissionMark>() is not null))
        {
            var (method, path) = (Method(endpoint), Path(endpoint));
            Assert.Equal(401, (await server.SendAsync(method, path, null)).Code);
            var allowed = endpoint.Metadata.GetMetadata<PermissionMark>()!.Permission.Roles().ToArray();
            foreach (var (role, token) in tokens.Where(t => !allowed.Contains(t.Key)))
            {
                var reply = await server.SendAsync(method, path, token);
                Assert.True(reply.Code == 403, $"{method} {path} answers {reply.Code} to {role}");
                Assert.Contains(allowed[0].ToString().ToLowerInvariant(), reply.Problem().Detail, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task EveryReadLetsThoseInThatTheTableNames()
    {
        await using var server = await ApiServer.StartAsync();
        foreach (var role in Enum.GetValues<Role>())
        {
            var token = await server.TokenAsync(role.ToString().ToLowerInvariant(), role);
            foreach (var endpoint in Endpoints(server).Where(e => Method(e) == "GET" && e.Metadata.GetMetadata<PermissionMark>()?.Permission.Roles().Contains(role) == true))
            {
                Assert.Contains((await server.SendAsync("GET", Path(endpoint), token)).Code, (int[])[200, 404, 409]);
            }
        }
    }

    private static IEnumerable<RouteEndpoint> Endpoints(ApiServer server) => server.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>();

    private static string Name(RouteEndpoint endpoint) => $"{Method(endpoint)} /{endpoint.RoutePattern.RawText!.TrimStart('/')}";

    private static string Method(RouteEndpoint endpoint) => endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods.Single();

    private static string Path(RouteEndpoint endpoint) => "/" + string.Join('/', endpoint.RoutePattern.PathSegments.Select(
        segment => segment.Parts[0] is Microsoft.AspNetCore.Routing.Patterns.RoutePatternLiteralPart literal ? literal.Content : "1"));
}
