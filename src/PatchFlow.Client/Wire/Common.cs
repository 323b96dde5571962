namespace PatchFlow.Client;

/// <summary>A part of a list.</summary>
/// <typeparam name="T">What the list is of.</typeparam>
/// <param name="Items">The part.</param>
/// <param name="Next">The cursor of the next part; null where this is the last.</param>
/// <param name="Total">How many there are over all parts, under the same filters.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, string? Next, long Total);

/// <summary>What something waits for, as the planner said it.</summary>
/// <param name="For"><c>approval</c>, <c>resolving</c>, <c>sandbox</c>, <c>soak</c>, <c>change</c>, <c>start</c>, <c>feed</c>, <c>policy</c>, <c>hosts</c>, <c>person</c>.</param>
/// <param name="Sentence">For people, word for word the same everywhere.</param>
/// <param name="Until">Until when, where that is known.</param>
/// <param name="Person">Whether a person has to do something.</param>
public sealed record WaitingFor(string For, string Sentence, DateTimeOffset? Until, bool Person);

/// <summary>Roles; a person may have several.</summary>
public enum Role
{
    /// <summary>Sees feeds, hosts, patches and changes.</summary>
    Viewer,

    /// <summary>Starts, pauses, ends and rolls back rollouts; asks feeds and hosts to be looked at.</summary>
    Operator,

    /// <summary>Is a member of the board.</summary>
    Approver,

    /// <summary>Reads the audit log.</summary>
    Auditor,

    /// <summary>Keeps hosts, users and tokens.</summary>
    Admin,
}

/// <summary>Who is asking.</summary>
/// <param name="Id">The user's id.</param>
/// <param name="Name">The person's name.</param>
/// <param name="Roles">What the token in use may do.</param>
/// <param name="Token">The token's id.</param>
/// <param name="ExpiresAt">When the token expires.</param>
public sealed record Me(string Id, string Name, IReadOnlyList<Role> Roles, string Token, DateTimeOffset ExpiresAt);
