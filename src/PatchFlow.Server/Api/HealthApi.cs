using PatchFlow.Client;
using PatchFlow.Server.Storage;

namespace PatchFlow.Server.Api;

/// <summary>Looks at one part of the server's health. Features register theirs.</summary>
/// <param name="Name">What the part is called where it does not answer.</param>
/// <param name="LookAsync">Answers within seconds, and does not throw for what it looks for.</param>
internal sealed record HealthProbe(string Name, Func<CancellationToken, Task<HealthPart>> LookAsync);

/// <summary>The server's health: the database, each feed, and what features registered.</summary>
internal sealed class Health(DatabaseCheck database, FeedReads feeds, IEnumerable<HealthProbe> probes, ILogger<Health> log)
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

    private async Task<HealthPart> LookAsync(HealthProbe probe, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(Patience);
        try
        {
            return await probe.LookAsync(limit.Token).WaitAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return new(probe.Name, false, $"it did not answer within {Patience.TotalSeconds:0} s: look at the log");
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // One part that can't even be looked at must not hide the others.
            log.LogError(e, "The health of {Part} can't be looked at", probe.Name);
            return new(probe.Name, false, $"it can't be looked at ({e.Message}): the log says more");
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
