using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace PatchFlow.Server.Api;

/// <summary>Bearer tokens. Each request looks the token up, so that revoking one, or disabling its user, counts at once.</summary>
internal sealed class TokenAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory log, UrlEncoder encoder, UserStore users, TimeProvider time)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, log, encoder)
{
    /// <summary>The scheme's name.</summary>
    public new const string Scheme = "Bearer";

    private const int MostChars = 200;

    /// <inheritdoc/>
    protected override Task<AuthenticateResult> HandleAuthenticateAsync() => Task.FromResult(Authenticate());

    /// <inheritdoc/>
    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.Headers.WWWAuthenticate = Scheme;
        var why = Authenticate().Failure?.Message ?? "send a token: 'Authorization: Bearer pft_…'";
        return Problems.WriteAsync(Context, ProblemKind.Unauthenticated, why);
    }

    /// <inheritdoc/>
    protected override Task HandleForbiddenAsync(AuthenticationProperties properties)
    {
        var caller = Caller.Of(Context);
        var needed = Context.GetEndpoint()?.Metadata.GetMetadata<PermissionMark>()?.Permission;
        var roles = needed is { } permission ? string.Join(" or ", permission.Roles()).ToLowerInvariant() : "nobody";
        var has = caller.Roles.IsEmpty ? "no role" : string.Join(", ", caller.Roles).ToLowerInvariant();
        return Problems.WriteAsync(
            Context,
            ProblemKind.Forbidden,
            $"this needs the role {roles}; the token {caller.Token} of {caller.User} has {has}: ask an administrator for the role, and for a token that has it");
    }

    private AuthenticateResult Authenticate()
    {
        var header = Request.Headers.Authorization.ToString();
        if (header.Length == 0)
        {
            return AuthenticateResult.NoResult();
        }

        if (header.Length > MostChars || !header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
        {
            return AuthenticateResult.Fail("the Authorization header is not 'Bearer' and a token: send 'Authorization: Bearer pft_…'");
        }

        var now = time.GetUtcNow();
        var found = users.FindBySecret(header["Bearer ".Length..].Trim());
        if (found?.WhyNot(now) is { } why)
        {
            return AuthenticateResult.Fail(why);
        }

        if (found is null)
        {
            return AuthenticateResult.Fail("nobody has this token: it was mistyped or is of another server; ask an administrator for one");
        }

        found.Caller(Caller.OriginOf(Context)).Enter(Context);
        return AuthenticateResult.Success(new(new ClaimsPrincipal(new ClaimsIdentity([new(ClaimTypes.NameIdentifier, found.User.Id)], Scheme)), Scheme));
    }
}
