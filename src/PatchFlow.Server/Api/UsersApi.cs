using System.Collections.Immutable;
using PatchFlow.Client;
using PatchFlow.Server.Storage;

namespace PatchFlow.Server.Api;

/// <summary><c>/api/v1/users</c>: who may act, and as what.</summary>
internal static class UsersApi
{
    private static readonly Listing<UserRow> List = new(u => u.Id, ("id", u => u.Id), ("name", u => u.Name), ("createdAt", u => Utc.Text(u.At)))
    {
        Filters = [new("role", typeof(Role), "only users with this role")],
    };

    public static void Map(IEndpointRouteBuilder api)
    {
        var users = api.MapGroup("/users").WithTags("users").RequirePermission(Permission.ManageUsers);
        users.MapGet("/", (ListRequest list, UserStore store) =>
                List.Answer(list, store.Users().Where(u => list.Value<Role>("role") is not { } role || u.Roles.Contains(role)), u => u.View))
            .WithMetadata(List).WithSummary("The users.");
        users.MapGet("/{id}", (string id, UserStore store) => new Answer<UserView>(Get(store, id).View)).WithSummary("A user.");
        users.MapPost("/", AddAsync).WithSummary("Adds a user. Without a token nobody can act as it.");
        users.MapPatch("/{id}", EditAsync).WithSummary("Changes name or roles, shuts a user out or lets it in again.");
    }

    public static UserRow Get(UserStore store, string id) =>
        store.Find(id) ?? throw RefusedException.NotFound("there is no such user: see 'patchflow users list'");

    public static ImmutableArray<Role> Roles(IReadOnlyList<Role> roles) => roles.Count > 0
        ? [.. roles.Distinct().Order()]
        : throw RefusedException.Invalid("roles", "give at least one role: viewer, operator, approver, auditor, admin");

    private static async Task<Created<UserView>> AddAsync(UserAdd add, Caller caller, UserStore store, TimeProvider time)
    {
        var user = new UserRow(ApiText.Id("id", add.Id), 1, ApiText.Name("name", add.Name ?? add.Id), Roles(add.Roles), false, time.GetUtcNow());
        var audit = caller.Audit("user.add", $"user:{user.Id}", $"roles {Words(user.Roles)}");
        return await store.AddAsync(user, audit)
            ? new(user.View, $"/api/v1/users/{user.Id}")
            : throw RefusedException.Conflict($"the id '{user.Id}' is taken: ids are never reused, choose another");
    }

    private static async Task<Answer<UserView>> EditAsync(string id, UserEdit edit, HttpContext http, Caller caller, UserStore store)
    {
        var user = Get(store, id);
        Entity.RequireMatch(http, user.View);
        var next = user with
        {
            Name = edit.Name is null ? user.Name : ApiText.Name("name", edit.Name),
            Roles = edit.Roles is null ? user.Roles : Roles(edit.Roles),
            IsDisabled = edit.Disabled ?? user.IsDisabled,
        };
        var audit = caller.Audit("user.edit", $"user:{id}", $"roles {Words(next.Roles)}", next.IsDisabled ? "disabled" : "enabled");
        return await store.SaveAsync(next, audit)
            ? new(next.View)
            : throw new RefusedException(ProblemKind.Stale, $"user {id} was changed by somebody else in this moment: read it again, then decide again");
    }

    internal static string Words(IEnumerable<Role> roles) => string.Join(", ", roles).ToLowerInvariant();
}
