using System.Reflection;
using PatchFlow.Client;
using PatchFlow.Core.Changes;
using PatchFlow.Server.Api.Reads;
using PatchFlow.Server.Hosts;

namespace PatchFlow.Server.Api;

/// <summary><c>/api/v1/status</c>: everything at one glance.</summary>
internal static class StatusApi
{
    private const int MostErrors = 100;
    private static readonly string Version = typeof(StatusApi).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    public static void Map(IEndpointRouteBuilder api) => api.MapGet("/status", StatusAsync)
        .WithTags("status").WithSummary("Everything at one glance: what stands where, what runs, what waits for whom.").RequirePermission(Permission.View);

    private static async Task<Answer<ServerStatus>> StatusAsync(
        Health health, FeedReads feeds, HostStore hosts, ReportAges ages, ChangeReads changes, TimeProvider time, CancellationToken cancel)
    {
        var (rows, all) = (hosts.All(), changes.All());
        var open = all.Where(c => c.Change.IsOpen).OrderByDescending(c => c.Change.Id).ToList();
        return new(new(
            Version,
            time.GetUtcNow(),
            await health.LookAsync(cancel),
            [.. feeds.All()],
            rows.GroupBy(h => h.State).OrderBy(g => g.Key).ToDictionary(g => Wire.Same<HostStanding>(g.Key), g => g.Count()),
            [.. rows.Where(h => h.IsMatched).Select(ages.Told).Where(h => h.LastError is not null).Take(MostErrors).Select(h => new HostError(h.Id, h.LastError!))],
            all.GroupBy(c => c.Change.Status).OrderBy(g => g.Key).ToDictionary(g => Wire.Same<ChangeState>(g.Key), g => g.Count()),
            [.. open.Select(c => Wire.Summary(c.Change, c.Waves))],
            [.. changes.Running().Select(r => new RunningWork(ChangeId.Text(r.Change), r.Kind == WorkKind.Resolve ? "resolve" : "sandbox", Wire.Of(r)))]));
    }
}
