using System.Collections.Immutable;
using PatchFlow.Client;
using PatchFlow.Server.Storage;

namespace PatchFlow.Server.Api;

/// <summary>
/// <c>/api/v1/tokens</c>: everybody keeps their own, administrators everybody's. A token that is made with a token has no more roles
/// and lives no longer, unless an administrator makes it: one that leaks can't outlive itself.
/// </summary>
internal static class TokensApi
{
    private const int DefaultDays = 90;
    private const int MostDays = 365;

    private static readonly Listing<TokenRow> List = new(
        t => t.Id, ("createdAt", t => Utc.Text(t.At)), ("expiresAt", t => Utc.Text(t.ExpiresAt)), ("user", t => t.User))
    {
        Filters = [new("user", typeof(string), "only tokens of this user")],
    };

    public static void Map(IEndpointRouteBuilder api)
    {
        var tokens = api.MapGroup("/tokens").WithTags("tokens").RequirePermission(Permission.KeepOwnTokens);
        tokens.MapGet("/", (ListRequest list, Caller caller, UserStore store) =>
                List.Answer(list, store.Tokens().Where(t => IsFor(caller, t.User) && list.Passes("user", t.User)), t => t.View))
            .WithMetadata(List).WithSummary("Tokens: for administrators all, for others their own.");
        tokens.MapPost("/", AddAsync).WithMetadata(new ShownOnceMark()).WithSummary("Makes a token. Its secret is in the answer and nowhere else.");
        tokens.MapPost("/{id}/revoke", RevokeAsync).WithSummary("Makes a token useless at once, for good.");
    }

    private static bool IsFor(Caller caller, string user) => caller.User == user || caller.May(Permission.ManageUsers);

    private static async Task<Created<TokenMade>> AddAsync(TokenAdd add, Caller caller, UserStore store, TimeProvider time)
    {
        var id = add.User ?? caller.User;
        if (!IsFor(caller, id))
        {
            throw new RefusedException(ProblemKind.Forbidden, "a token for somebody else is made by administrators only: ask one");
        }

        var user = UsersApi.Get(store, id);
        if (user.IsDisabled)
        {
            throw RefusedException.Conflict($"user {id} is disabled: enable it first");
        }

        var now = time.GetUtcNow();
        var most = caller.May(Permission.ManageUsers) ? user.Roles : caller.Roles;
        var token = new TokenRow("", id, ApiText.Name("name", add.Name), Roles(add.Roles, most), now, Expiry(add.Days, caller, now), null);
        var secret = TokenSecret.Make();
        var made = await store.AddTokenAsync(
            token,
            secret,
            t => caller.Audit("token.add", $"token:{t.Id}", $"user {id}", $"roles {UsersApi.Words(t.Roles)}", $"expires {Utc.Text(t.ExpiresAt)}"));
        return new(new(made.View, secret), "/api/v1/tokens");
    }

    private static async Task<Answer<TokenView>> RevokeAsync(string id, Caller caller, UserStore store)
    {
        var token = store.FindToken(id);
        return token is not null && IsFor(caller, token.User)
            ? new((await store.RevokeAsync(token, caller.Audit("token.revoke", $"token:{token.Id}", $"user {token.User}"))).View)
            : throw RefusedException.NotFound("you have no such token: see 'patchflow tokens list'");
    }

    private static ImmutableArray<Role> Roles(IReadOnlyList<Role>? wanted, ImmutableArray<Role> most)
    {
        var roles = wanted is null ? most : UsersApi.Roles(wanted);
        var beyond = roles.Except(most).ToList();
        return beyond.Count == 0
            ? roles
            : throw RefusedException.Invalid("roles", $"{UsersApi.Words(beyond)} is more than this token may have: its user and the token that makes it have {UsersApi.Words(most)}");
    }

    private static DateTimeOffset Expiry(int? days, Caller caller, DateTimeOffset now)
    {
        if (days is < 1 or > MostDays)
        {
            throw RefusedException.Invalid("days", $"days must be 1 to {MostDays}");
        }

        var expiry = now.AddDays(days ?? DefaultDays);
        return caller.May(Permission.ManageUsers) || expiry <= caller.ExpiresAt ? expiry
            : days is null ? caller.ExpiresAt
            : throw RefusedException.Invalid("days", $"a token can't make one that outlives it ({caller.ExpiresAt:u}): give fewer days, or ask an administrator");
    }
}
