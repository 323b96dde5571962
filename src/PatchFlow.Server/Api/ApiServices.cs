using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.DependencyInjection.Extensions;
using PatchFlow.Server.Api.Reads;
using PatchFlow.Server.Storage;

namespace PatchFlow.Server.Api;

/// <summary>The part of the composition root that is about the API.</summary>
internal static class ApiServices
{
    /// <summary>
    /// Registers the API. Needs Database, Documents, TimeProvider, the server's options, and the features' own services. Features add
    /// <see cref="HealthProbe"/>s for what they depend on.
    /// </summary>
    public static IServiceCollection AddApi(this IServiceCollection services)
    {
        services.AddAuthentication(TokenAuthentication.Scheme)
            .AddScheme<AuthenticationSchemeOptions, TokenAuthentication>(TokenAuthentication.Scheme, null);

        // Denied unless an endpoint says by whom it may be used.
        services.AddAuthorizationBuilder().SetFallbackPolicy(new AuthorizationPolicyBuilder(TokenAuthentication.Scheme).RequireAssertion(_ => false).Build());
        services.ConfigureHttpJsonOptions(options => WireJson.Configure(options.SerializerOptions));
        services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
        services.AddSingleton<UserStore>();
        services.AddSingleton<Idempotency>();
        services.AddSingleton<ApiAudit>();
        services.AddSingleton<FeedReads>();
        services.AddSingleton<AdvisoryReads>();
        services.AddSingleton<AuditReads>();
        services.AddSingleton<BoardReads>();
        services.AddSingleton<ChangeReads>();
        services.AddSingleton<HostFilters>();
        services.AddSingleton<ExposureReads>();
        services.AddSingleton<PatchReads>();
        services.TryAddSingleton<DatabaseCheck>();
        services.AddSingleton<Health>();
        services.AddSingleton<Metrics>();
        services.TryAddSingleton<ServerConsole>(Console.WriteLine);
        services.AddSingleton<SetupCode>();
        services.AddHostedService(provider => provider.GetRequiredService<SetupCode>());
        return services.AddApiDocument();
    }

    /// <summary>Puts the API's pipeline and endpoints into the application. Middleware that comes after is not reached by its requests.</summary>
    public static WebApplication MapApi(this WebApplication app)
    {
        var log = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("PatchFlow.Server.Api");
        var idempotency = app.Services.GetRequiredService<Idempotency>();
        app.Use((http, next) => IsApi(http) ? Problems.GuardAsync(http, () => next(http), log) : next(http));
        app.UseRouting();
        app.Use((http, next) => IsApi(http) && http.GetEndpoint() is not RouteEndpoint ? Missing(http) : next(http));
        app.UseAuthentication();
        app.UseAuthorization();
        app.Use((http, next) =>
        {
            if (!IsApi(http))
            {
                return next(http);
            }

            StrictRequests.Check(http);
            return idempotency.RunAsync(http, () => Problems.GuardAsync(http, () => next(http), log));
        });
        MapEndpoints(app);
        return app;
    }

    private static void MapEndpoints(WebApplication app)
    {
        HealthApi.Map(app);
        MetricsApi.Map(app);
        app.MapOpenApi("/openapi/{documentName}.json").AllowAnonymous();
        var api = app.MapGroup("/api/v1");
        SystemApi.Map(api);
        FeedsApi.Map(api);
        FeedBundlesApi.Map(api);
        HostsApi.Map(api);
        UsersApi.Map(api);
        TokensApi.Map(api);
        AuditApi.Map(api);
        StatusApi.Map(api);
        ChangesApi.Map(api);
        RolloutsApi.Map(api);
        EnrolmentApi.Map(api);
        ReportsApi.Map(api);
        ProposalsApi.Map(api);
        DecisionsApi.Map(api);
        CommandsApi.Map(api);
        PatchesApi.Map(api);
        AdvisoriesApi.Map(api);
    }

    private static bool IsApi(HttpContext http) =>
        http.Request.Path.StartsWithSegments("/api") || http.Request.Path.StartsWithSegments("/healthz") || http.Request.Path.StartsWithSegments("/metrics") || http.Request.Path.StartsWithSegments("/openapi");

    // Routing answers 405 and 415 with endpoints of its own, which nobody is permitted to reach.
    private static Task Missing(HttpContext http)
    {
        http.Response.StatusCode = StatusCodes.Status404NotFound;
        return http.GetEndpoint()?.RequestDelegate?.Invoke(http) ?? Task.CompletedTask;
    }
}
