using Refit;

namespace PatchFlow.Client;

public partial interface IPatchFlowApi
{
    /// <summary>The users.</summary>
    [Get("/api/v1/users")]
    Task<Page<UserView>> UsersAsync(Role? role = null, int? limit = null, string? cursor = null, string? sort = null, CancellationToken cancel = default);

    /// <summary>A user.</summary>
    [Get("/api/v1/users/{id}")]
    Task<UserView> UserAsync(string id, CancellationToken cancel = default);

    /// <summary>Adds a user. Without a token nobody can act as it.</summary>
    [Post("/api/v1/users")]
    Task<UserView> AddUserAsync([Body] UserAdd user, [Header("Idempotency-Key")] string? key = null, CancellationToken cancel = default);

    /// <summary>Changes name or roles, shuts a user out or lets it in again.</summary>
    [Patch("/api/v1/users/{id}")]
    Task<UserView> EditUserAsync(string id, [Body] UserEdit edit, [Header("If-Match")] string? ifMatch = null, CancellationToken cancel = default);

    /// <summary>Tokens: for administrators all, for others their own.</summary>
    [Get("/api/v1/tokens")]
    Task<Page<TokenView>> TokensAsync(string? user = null, int? limit = null, string? cursor = null, string? sort = null, CancellationToken cancel = default);

    /// <summary>Makes a token. Its secret is in the answer and nowhere else.</summary>
    [Post("/api/v1/tokens")]
    Task<TokenMade> AddTokenAsync([Body] TokenAdd token, CancellationToken cancel = default);

    /// <summary>Makes a token useless at once, for good.</summary>
    [Post("/api/v1/tokens/{id}/revoke")]
    Task<TokenView> RevokeTokenAsync(string id, CancellationToken cancel = default);
}
