namespace PatchFlow.Client;

/// <summary>A person. Ids are never reused.</summary>
/// <param name="Id"><c>[a-z0-9-]{1,63}</c>: decisions and audit entries name it.</param>
/// <param name="Name">For people.</param>
/// <param name="Roles">What the person may do at most.</param>
/// <param name="Disabled">None of the person's tokens works.</param>
/// <param name="CreatedAt">When it was added.</param>
public sealed record UserView(string Id, string Name, IReadOnlyList<Role> Roles, bool Disabled, DateTimeOffset CreatedAt);

/// <summary>A person to add.</summary>
/// <param name="Id"><c>[a-z0-9-]{1,63}</c>.</param>
/// <param name="Roles">At least one.</param>
/// <param name="Name">For people; the id where it is left out.</param>
public sealed record UserAdd(string Id, IReadOnlyList<Role> Roles, string? Name = null);

/// <summary>What is to be different about a person; what is left out stays.</summary>
/// <param name="Name">For people.</param>
/// <param name="Roles">All roles from now on.</param>
/// <param name="Disabled">Whether the person is shut out.</param>
public sealed record UserEdit(string? Name = null, IReadOnlyList<Role>? Roles = null, bool? Disabled = null);

/// <summary>A token, without its secret.</summary>
/// <param name="Id">Names it in decisions and audit entries.</param>
/// <param name="User">Whose it is.</param>
/// <param name="Name">What it is for.</param>
/// <param name="Roles">What it may do at most; never more than its user.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="ExpiresAt">From when on it does not work.</param>
/// <param name="RevokedAt">Since when it does not work.</param>
public sealed record TokenView(
    string Id, string User, string Name, IReadOnlyList<Role> Roles, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt, DateTimeOffset? RevokedAt);

/// <summary>A token to make.</summary>
/// <param name="Name">What it is for.</param>
/// <param name="User">Whose; one's own where it is left out.</param>
/// <param name="Roles">A part of the user's roles; all where it is left out.</param>
/// <param name="Days">How long it works, 1 to 365; 90 where it is left out.</param>
public sealed record TokenAdd(string Name, string? User = null, IReadOnlyList<Role>? Roles = null, int? Days = null);

/// <summary>A new token. The secret is shown this once.</summary>
/// <param name="Token">The token.</param>
/// <param name="Secret">What a client sends as <c>Authorization: Bearer</c>.</param>
public sealed record TokenMade(TokenView Token, string Secret);

/// <summary>Makes the first administrator.</summary>
/// <param name="Code">The one-time code that the server printed.</param>
/// <param name="User">The id, <c>[a-z0-9-]{1,63}</c>.</param>
/// <param name="Name">For people; the id where it is left out.</param>
public sealed record SetupRequest(string Code, string User, string? Name = null);
