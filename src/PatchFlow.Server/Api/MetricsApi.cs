using System.Globalization;
using System.Text;
using Dapper;
using PatchFlow.Client;
using PatchFlow.Server.Storage;

namespace PatchFlow.Server.Api;

/// <summary>What is watched, in numbers: the text format 0.0.4 of Prometheus, which other monitors read too.</summary>
internal sealed class Metrics(FeedReads feeds, Database database, TimeProvider time)
{
    // A scrape each 15 s must not count all rows each time.
    private static readonly TimeSpan CountedAgainAfter = TimeSpan.FromMinutes(1);
    private readonly Lock _gate = new();
    private (DateTimeOffset At, IReadOnlyList<(string Priority, string Standing, long Count)> Rows)? _exposures;

    /// <summary>All of it as it is now.</summary>
    public byte[] Text()
    {
        var text = new StringBuilder();
        var all = feeds.All().ToList();
        Family(text, "patchflow_feed_state", "1 for the state that the feed is in.", all.SelectMany(f => Enum.GetValues<FeedState>().Select(s => (Label(("feed", f.Name), ("state", $"{s}".ToLowerInvariant())), f.State == s ? 1d : 0))));
        Family(text, "patchflow_feed_failures", "Failed attempts in a row.", all.Select(f => (Label(("feed", f.Name)), (double)f.Failures)));
        Family(text, "patchflow_feed_last_success_timestamp_seconds", "When the feed last answered well.", Times(all, f => f.LastSuccessAt));
        Family(text, "patchflow_feed_snapshot_timestamp_seconds", "The date of the snapshot in use.", Times(all, f => f.Snapshot?.Time));
        Family(text, "patchflow_feed_usable_until_timestamp_seconds", "From when on the snapshot in use is stale.", Times(all, f => f.Snapshot?.UsableUntil));
        Family(text, "patchflow_feed_refused", "Parts of the snapshot in use that could not be read.", all.Where(f => f.Snapshot is not null).Select(f => (Label(("feed", f.Name)), (double)f.Snapshot!.Refused)));
        Family(text, "patchflow_exposures", "Open exposures of hosts, by rank and by how their deadline stands.", Exposures().Select(r => (Label(("priority", r.Priority.ToLowerInvariant()), ("deadline", r.Standing)), (double)r.Count)));
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private IReadOnlyList<(string Priority, string Standing, long Count)> Exposures()
    {
        var now = time.GetUtcNow();
        lock (_gate)
        {
            if (_exposures is not { } known || now - known.At >= CountedAgainAfter || now < known.At)
            {
                known = (now, database.Read(c => c.Query<(string, string, long)>(
                    """
                    SELECT priority, CASE WHEN due IS NULL THEN 'none' WHEN @now > due THEN 'missed' WHEN @now >= risk_at THEN 'at_risk' ELSE 'on_time' END AS standing, COUNT(*)
                    FROM exposures JOIN hosts ON id = host WHERE ended IS NULL AND state IN ('Enrolled', 'Reported') GROUP BY 1, 2 ORDER BY 1, 2
                    """,
                    new { now = Utc.Text(now) }).AsList()));
                _exposures = known;
            }

            return known.Rows;
        }
    }

    private static IEnumerable<(string Labels, double Value)> Times(IReadOnlyList<FeedView> all, Func<FeedView, DateTimeOffset?> of) =>
        all.Where(f => of(f) is not null).Select(f => (Label(("feed", f.Name)), of(f)!.Value.ToUnixTimeMilliseconds() / 1000d));

    private static void Family(StringBuilder text, string name, string help, IEnumerable<(string Labels, double Value)> samples)
    {
        text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} gauge\n");
        foreach (var (labels, value) in samples)
        {
            text.Append(CultureInfo.InvariantCulture, $"{name}{labels} {value:0.###}\n");
        }
    }

    // Values are names of feeds and words of our own, which need no escaping.
    private static string Label(params ReadOnlySpan<(string Name, string Value)> labels)
    {
        var all = new List<string>();
        foreach (var (name, value) in labels)
        {
            all.Add($"{name}=\"{value}\"");
        }

        return $"{{{string.Join(',', all)}}}";
    }
}

/// <summary><c>/metrics</c>: for monitors; like the health it names feeds and no hosts, and asks for no token.</summary>
internal static class MetricsApi
{
    public static void Map(IEndpointRouteBuilder app) => app.MapGet("/metrics", (Metrics metrics) => Results.Bytes(metrics.Text(), "text/plain; version=0.0.4; charset=utf-8"))
        .Produces<string>(StatusCodes.Status200OK, "text/plain").WithTags("health").WithSummary("The feeds' states and ages, and how many exposures are open, in the text format of Prometheus.").AllowAnonymous();
}
