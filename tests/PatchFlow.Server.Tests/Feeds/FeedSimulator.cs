using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>An archive's web server on loopback that serves a folder, and misbehaves where a test asks it to.</summary>
internal sealed class FeedSimulator : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly string _root;

    private FeedSimulator(WebApplication app, string root) => (_app, _root) = (app, root);

    /// <summary>Its base address.</summary>
    public Uri Address => new(_app.Services.GetRequiredService<Microsoft.AspNetCore.Hosting.Server.IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single() + "/");

    /// <summary>Paths that were asked for, with the status that was answered.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>Whether it sends ETags and answers 304.</summary>
    public bool HasETags { get; set; } = true;

    /// <summary>When it says that what it serves was last changed; null where it does not say.</summary>
    public DateTimeOffset? LastModified { get; set; }

    /// <summary>Misbehaviour by end of path; true from it means that it has answered.</summary>
    public ConcurrentDictionary<string, Func<HttpContext, Task>> Misbehaviour { get; } = new();

    public static async Task<FeedSimulator> StartAsync(string root)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        var simulator = new FeedSimulator(app, root);
        app.Run(simulator.AnswerAsync);
        await app.StartAsync();
        return simulator;
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(0);
        await _app.StopAsync(now.Token).ContinueWith(_ => { }, TaskScheduler.Default);
        await _app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var path = context.Request.Path.Value!;
        try
        {
            var misbehave = Misbehaviour.FirstOrDefault(m => path.EndsWith(m.Key, StringComparison.Ordinal)).Value;
            await (misbehave ?? ServeAsync)(context);
        }
        finally
        {
            Requests.Enqueue($"{path} {context.Response.StatusCode}");
        }
    }

    /// <summary>What a well-behaved server does.</summary>
    public async Task ServeAsync(HttpContext context)
    {
        var file = Path.Combine(_root, context.Request.Path.Value!.TrimStart('/'));
        if (!File.Exists(file))
        {
            context.Response.StatusCode = 404;
            return;
        }

        var bytes = await File.ReadAllBytesAsync(file);
        var tag = $"\"{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes))[..16]}\"";
        context.Response.GetTypedHeaders().LastModified = LastModified;
        if (HasETags)
        {
            context.Response.Headers.ETag = tag;
            if (context.Request.Headers.IfNoneMatch == tag)
            {
                context.Response.StatusCode = 304;
                return;
            }
        }

        context.Response.ContentLength = bytes.Length;
        await context.Response.Body.WriteAsync(bytes);
    }
}
