using System.Collections.Frozen;
using PatchFlow.Client;
using static PatchFlow.Client.Role;

namespace PatchFlow.Server.Api;

/// <summary>What an endpoint asks for. Nothing is allowed that does not name one.</summary>
internal enum Permission
{
    /// <summary>See feeds, hosts, patches, changes, health.</summary>
    View,

    /// <summary>List, make and revoke one's own tokens.</summary>
    KeepOwnTokens,

    /// <summary>Have a feed fetched beside its schedule.</summary>
    RefreshFeeds,

    /// <summary>Let a feed leap to an index that waits in quarantine.</summary>
    ReleaseFeeds,

    /// <summary>Let a feed go back to an earlier date.</summary>
    RewindFeeds,

    /// <summary>Have a host looked at.</summary>
    ProbeHosts,

    /// <summary>Report what a host has that PatchFlow can't ask.</summary>
    ReportHosts,

    /// <summary>Add, enrol, edit and retire hosts.</summary>
    ManageHosts,

    /// <summary>Decide on changes as a member of the board.</summary>
    DecideChanges,

    /// <summary>Start, pause, end and roll back rollouts.</summary>
    OperateChanges,

    /// <summary>Read the audit log.</summary>
    ReadAudit,

    /// <summary>Keep users and everybody's tokens.</summary>
    ManageUsers,
}

/// <summary>The role table: which roles have which permission. It is the only one.</summary>
internal static class Permissions
{
#pragma warning disable format // one aligned entry a line: the table is read as a table
    private static readonly FrozenDictionary<Permission, FrozenSet<Role>> Table = new Dictionary<Permission, FrozenSet<Role>>
    {
        [Permission.View]           = [Viewer, Operator, Approver, Auditor, Admin],
        [Permission.KeepOwnTokens]  = [Viewer, Operator, Approver, Auditor, Admin],
        [Permission.RefreshFeeds]   = [Operator, Admin],
        [Permission.ReleaseFeeds]   = [Admin],
        [Permission.RewindFeeds]    = [Admin],
        [Permission.ProbeHosts]     = [Operator, Admin],
        [Permission.ReportHosts]    = [Operator, Admin],
        [Permission.ManageHosts]    = [Admin],
        [Permission.DecideChanges]  = [Approver],
        [Permission.OperateChanges] = [Operator, Admin],
        [Permission.ReadAudit]      = [Auditor, Admin],
        [Permission.ManageUsers]    = [Admin],
    }.ToFrozenDictionary();
#pragma warning restore format

    /// <summary>The roles that have it, in order.</summary>
    public static IEnumerable<Role> Roles(this Permission permission) => Table[permission].Order();

    /// <summary>Whether one of the roles has it.</summary>
    public static bool IsGivenTo(this Permission permission, IEnumerable<Role> roles) => roles.Any(Table[permission].Contains);

    /// <summary>The endpoint is for callers with that permission only.</summary>
    public static TBuilder RequirePermission<TBuilder>(this TBuilder endpoint, Permission permission)
        where TBuilder : IEndpointConventionBuilder =>
        endpoint
            .WithMetadata(new PermissionMark(permission))
            .RequireAuthorization(policy => policy
                .AddAuthenticationSchemes(TokenAuthentication.Scheme)
                .RequireAuthenticatedUser()
                .RequireAssertion(context => context.Resource is HttpContext http && Caller.Find(http) is { } caller && caller.May(permission)));
}

/// <summary>Marks an endpoint with its permission, for the OpenAPI document and for refusals.</summary>
internal sealed record PermissionMark(Permission Permission);
