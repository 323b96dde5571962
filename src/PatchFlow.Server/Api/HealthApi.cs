using PatchFlow.Client;
using PatchFlow.Server.Storage;

namespace PatchFlow.Server.Api;

/// <summary>Looks at one part of the server's health. Features register theirs; it answers within seconds and does not throw for what it looks for.</summary>
internal delegate Task<HealthPart> HealthProbe(CancellationToken cancel);

/// <summary>The server's health: the database, each feed, and what features registered.</summary>
internal sealed class Health(DatabaseCheck database, FeedReads feeds, IEnumerable<HealthProbe> probes)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>All parts.</summary>
    public async Task<HealthView> LookAsync(CancellationToken cancel) => (await LookWhetherReadyAsync(cancel)).View;

    /// <summary>All parts, and whether the server can serve: not without a database that can be read and written. With any other part ill it still can, and says so.</summary>
    public async Task<(HealthView View, bool CanServe)> LookWhetherReadyAsync(CancellationToken cancel)
    {
        var state = await database.LookAsync(cancel);
        var parts = new List<HealthPart> { new("database", state.Trouble is null, state.Trouble ?? "answers") };
        if (state.CanRead)
        {
            parts.AddRange(feeds.All().Select(LookAt));
        }

        parts.AddRange(await Task.WhenAll(probes.Select(probe => LookAsync(probe, cancel))));
        return (new(parts.All(p => p.Healthy), parts), state.CanWrite);
    }

    private static HealthPart LookAt(FeedView feed) => new(
        $"feed:{feed.Name}",
        feed.State is FeedState.Fresh or FeedState.New,
        feed.State switch
        {
            FeedState.Fresh => $"snapshot of {feed.Snapshot!.Time:u}",
            FeedState.New => "not fetched yet",
            FeedState.Stale => feed.Snapshot is null ? feed.LastError! : $"stale since {feed.Snapshot.UsableUntil:u}; {feed.LastError ?? "no newer index was found"}",
            FeedState.Silent => feed.Remark!,
            FeedState.Alarm => $"ALARM: {feed.Alarm}",
            _ => feed.LastError ?? "the last fetch failed",
        });

    private static async Task<HealthPart> LookAsync(HealthProbe probe, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(Patience);
        try
        {
            return await probe(limit.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return new("probe", false, $"a part did not answer within {Patience.TotalSeconds:0} s: look at the log");
        }
    }
}

/// <summary><c>/healthz</c>: for whoever restarts the server, and for whoever watches it.</summary>
internal static class HealthApi
{
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/healthz/live", () => new Answer<HealthView>(new(true, [])))
            .WithTags("health").WithSummary("The process answers.").AllowAnonymous();
        app.MapGet("/healthz/ready", async (Health health, CancellationToken cancel) =>
            {
                var (view, canServe) = await health.LookWhetherReadyAsync(cancel);
                return new Answer<HealthView>(view, canServe ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
            })
            .WithTags("health").WithSummary("Each part's health. 503 only where the server can't serve; 'healthy' is false where any part is ill.").AllowAnonymous();
    }
}
