using Refit;

namespace PatchFlow.Client;

public partial interface IPatchFlowApi
{
    /// <summary>Vendors' advisories in the snapshots in use.</summary>
    [Get("/api/v1/advisories")]
    Task<Page<AdvisoryView>> AdvisoriesAsync(
        string? cve = null, AdvisorySeverity? severity = null, bool? kev = null, string? feed = null, int? limit = null, string? cursor = null, string? sort = null,
        CancellationToken cancel = default);

    /// <summary>Which hosts still lack which fix, since when, until when, how urgently and why; the most urgent first.</summary>
    [Get("/api/v1/exposure")]
    Task<ExposurePage> ExposureAsync(
        string? cve = null, string? host = null, string? group = null, string? package = null, ExposureAnswer? answer = null, ExposurePriority? priority = null,
        DeadlineStanding? deadline = null, bool? ended = null, int? limit = null, string? cursor = null, string? sort = null, CancellationToken cancel = default);
}
