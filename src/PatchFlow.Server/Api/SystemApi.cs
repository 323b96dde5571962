using PatchFlow.Client;

namespace PatchFlow.Server.Api;

/// <summary><c>/api/v1/setup</c> and <c>/api/v1/me</c>: the way in, and who one is.</summary>
internal static class SystemApi
{
    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapPost("/setup", async (SetupRequest request, HttpContext http, SetupCode setup) =>
                new Created<TokenMade>(await setup.RedeemAsync(request, Caller.OriginOf(http)), "/api/v1/me"))
            .WithTags("setup").WithSummary("Makes the first administrator with the one-time code that the server printed.").AllowAnonymous();
        api.MapGet("/me", (Caller caller) => new Answer<Me>(new(caller.User, caller.Name, caller.Roles, caller.Token, caller.ExpiresAt)))
            .WithTags("setup").WithSummary("Who is asking.").RequirePermission(Permission.View);
    }
}
