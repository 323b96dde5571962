using System.Collections.Immutable;
using PatchFlow.Client;
using PatchFlow.Server.Auditing;

namespace PatchFlow.Server.Api;

/// <summary>The person behind a request, by one of that person's tokens.</summary>
/// <param name="User">The user's id.</param>
/// <param name="Name">The person's name.</param>
/// <param name="Roles">What the token may do: never more than its user may now.</param>
/// <param name="Token">The token's id.</param>
/// <param name="ExpiresAt">When the token expires.</param>
/// <param name="Origin">The address that the request came from.</param>
internal sealed record Caller(string User, string Name, ImmutableArray<Role> Roles, string Token, DateTimeOffset ExpiresAt, string Origin)
{
    private static readonly object Key = new();

    /// <summary><c>user:ID</c>, as documents name it.</summary>
    public string Subject => $"user:{User}";

    /// <summary>Whether the caller has it.</summary>
    public bool May(Permission permission) => permission.IsGivenTo(Roles);

    /// <summary>An audit entry of the caller's; which token was used is always in it.</summary>
    public Audit Audit(string action, string of, params string[] details) => new(Subject, Origin, action, of, null, [.. details, $"token {Token}"]);

    /// <summary>The caller of the request.</summary>
    /// <exception cref="InvalidOperationException">The endpoint lets anybody in, and yet asks who it is: a bug.</exception>
    public static Caller Of(HttpContext http) =>
        Find(http) ?? throw new InvalidOperationException($"{http.Request.Path} has no caller: give its endpoint a permission");

    /// <summary>The caller of the request; null where nobody is known.</summary>
    public static Caller? Find(HttpContext http) => http.Items[Key] as Caller;

    /// <summary>The address that a request came from, in the alphabet of documents.</summary>
    public static string OriginOf(HttpContext http) => http.Connection.RemoteIpAddress switch
    {
        null => "unknown",
        { IsIPv4MappedToIPv6: true } address => address.MapToIPv4().ToString(),
        var address => address.ToString().Split('%')[0],
    };

    /// <summary>Binds a handler's parameter.</summary>
    public static ValueTask<Caller?> BindAsync(HttpContext http) => ValueTask.FromResult<Caller?>(Of(http));

    /// <summary>Says who it is; only authentication does.</summary>
    internal void Enter(HttpContext http) => http.Items[Key] = this;
}
