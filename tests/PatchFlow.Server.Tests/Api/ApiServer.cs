using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using PatchFlow.Client;
using PatchFlow.Server.Api;
using PatchFlow.Server.Auditing;
using PatchFlow.Server.Feeds;
using PatchFlow.Server.Hosts;
using PatchFlow.Server.Matching;
using PatchFlow.Server.Reconcile;
using PatchFlow.Server.Storage;
using PatchFlow.Server.Tests.Reconcile;

namespace PatchFlow.Server.Tests.Api;

/// <summary>The real API over a real socket, on a real database in a folder of its own.</summary>
internal sealed class ApiServer : IAsyncDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 11, 23, 18, 0, 0, TimeSpan.Zero);
    private readonly WebApplication _app;
    private readonly string _folder;

    private ApiServer(WebApplication app, string folder)
    {
        (_app, _folder) = (app, folder);
        Address = new(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
    }

    public Uri Address { get; }

    public ManualTime Clock => (ManualTime)_app.Services.GetRequiredService<TimeProvider>();

    public Database Database => Get<Database>();

    public string DataDirectory => _folder;

    /// <summary>Starts it. What <paramref name="more"/> registers counts instead of what is registered here.</summary>
    public static async Task<ApiServer> StartAsync(Action<IServiceCollection>? more = null, Action<WebApplication>? map = null, string? dataDirectory = null)
    {
        var folder = dataDirectory ?? Directory.CreateTempSubdirectory("patchflow-api-").FullName;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Services.AddLogging(log => log.ClearProviders());
        builder.Services.AddOptions<PatchFlowOptions>().Configure(o => o.DataDirectory = folder);
        var console = new List<string>();
        builder.Services.AddSingleton(console);
        builder.Services.AddSingleton<ServerConsole>(console.Add);
        builder.Services.AddSingleton<TimeProvider>(new ManualTime(Start));
        builder.Services.AddSingleton(_ => new Database(Path.Combine(folder, "patchflow.db")));
        builder.Services.AddSingleton<Documents>();
        builder.Services.AddHosts(builder.Configuration);
        AddFeeds(builder.Services, folder);
        AddReconcile(builder.Services, folder);
        builder.Services.AddApi();
        more?.Invoke(builder.Services);
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        app.MapApi();
        map?.Invoke(app);
        await app.StartAsync();
        return new(app, folder);
    }

    public T Get<T>()
        where T : notnull => _app.Services.GetRequiredService<T>();

    /// <summary>A user with a token of these roles; answers the token's secret.</summary>
    public async Task<string> TokenAsync(string user, params Role[] roles)
    {
        var store = Get<UserStore>();
        var (now, system) = (Clock.GetUtcNow(), new Audit("system", "test", "user.add", $"user:{user}"));
        await store.AddAsync(new(user, 1, user, [.. roles], false, now), system);
        var secret = TokenSecret.Make();
        await store.AddTokenAsync(new("", user, "test", [.. roles], now, now.AddDays(30), null), secret, _ => system);
        return secret;
    }

    /// <summary>A client as a user of these roles; none: nobody.</summary>
    public async Task<IPatchFlowApi> ClientAsync(string user, params Role[] roles) => PatchFlowClient.Create(Address, await TokenAsync(user, roles));

    public IPatchFlowApi Anonymous() => PatchFlowClient.Create(Address, null);

    /// <summary>One bare request.</summary>
    public async Task<Reply> SendAsync(string method, string path, string? token, string? json = null, params (string Name, string Value)[] headers)
    {
        using var http = new HttpClient { BaseAddress = Address };
        using var request = new HttpRequestMessage(new(method), path);
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        request.Content = json is null ? null : new StringContent(json, Encoding.UTF8, "application/json");
        foreach (var (name, value) in headers)
        {
            if (!request.Headers.TryAddWithoutValidation(name, value))
            {
                request.Content!.Headers.Remove(name);
                request.Content.Headers.TryAddWithoutValidation(name, value);
            }
        }

        using var response = await http.SendAsync(request);
        return new(response.StatusCode, await response.Content.ReadAsStringAsync(), response.Headers.ETag?.ToString(),
            response.Headers.Location?.ToString(), response.Content.Headers.ContentType?.MediaType);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static void AddFeeds(IServiceCollection services, string folder)
    {
        var feed = new Feed("own", new($"file://{folder}/feed/"), "own", ["main"], "amd64", [$"{folder}/none.gpg"], true, "0 17 * * * ?", TimeSpan.FromDays(10));
        services.AddSingleton(new FeedList([feed, feed with { Name = "own-security" }]));
        services.AddSingleton(new FeedLimits());
        services.AddSingleton(new FeedFolders(folder));
        services.AddSingleton<FeedStore>();
        services.AddSingleton<FeedCatalog>();
        services.AddSingleton<FeedTransport>();
        services.AddSingleton<AptFetcher>();
        services.AddSingleton<FeedFetches>();
        services.AddSingleton<AdvisoryStore>();
        services.AddSingleton<AdvisoryFetcher>();
        services.AddSingleton<AdvisoryFetches>();
        services.AddSingleton<AdvisoryBundles>();
        services.AddSingleton<ExposureStore>();
        services.AddSingleton<FleetExposure>();
        var refreshed = new System.Collections.Concurrent.ConcurrentQueue<string>();
        services.AddSingleton(refreshed);
        services.AddSingleton<FeedRefresh>((name, _) =>
        {
            refreshed.Enqueue(name);
            return Task.CompletedTask;
        });
    }

    // Everything of the reconciler but its loop: what people say is taken in, and nothing is carried out.
    private static void AddReconcile(IServiceCollection services, string folder)
    {
        services.AddSingleton(new PipelineOptions { Directory = Path.Combine(folder, "pipelines") });
        services.AddSingleton<Pipelines>();
        services.AddSingleton(p => new ChangeStore(p.GetRequiredService<Database>(), p.GetRequiredService<TimeProvider>()));
        services.AddSingleton(p => new Inbox(p.GetRequiredService<Database>(), p.GetRequiredService<TimeProvider>()));
        services.AddSingleton(new ReconcileSources
        {
            Channel = host => throw new InvalidOperationException($"nothing goes to {host} here"),
            Drop = _ => ValueTask.CompletedTask,
            File = _ => null,
            Feeds = () => [],
            StaleFeeds = _ => [],
            Resolve = (_, _, _) => throw new InvalidOperationException("nothing is resolved here"),
            Sandbox = (_, _, _) => throw new InvalidOperationException("nothing is tested here"),
        });
    }
}

/// <summary>What came back.</summary>
internal sealed record Reply(HttpStatusCode Status, string Body, string? ETag, string? Location, string? MediaType)
{
    public int Code => (int)Status;

    /// <summary>The problem; fails the test where it is none.</summary>
    public ProblemBody Problem()
    {
        Assert.Equal("application/problem+json", MediaType);
        var problem = System.Text.Json.JsonSerializer.Deserialize<ProblemBody>(Body, PatchFlowClient.Json)!;
        Assert.StartsWith("urn:patchflow:problem:", problem.Type, StringComparison.Ordinal);
        Assert.False(string.IsNullOrWhiteSpace(problem.Detail));
        return problem;
    }
}
