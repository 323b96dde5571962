using System.Text;
using PatchFlow.Client;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Hosts;
using PatchFlow.Server.Hosts;

namespace PatchFlow.Server.Api;

/// <summary><c>PUT /api/v1/hosts/{id}/report</c>: what a host has that PatchFlow can't ask, and never deploys to.</summary>
internal static class ReportsApi
{
    // A line feed takes two characters in JSON.
    private const long BodyBytes = DocumentLimits.ReportBytes + (DocumentLimits.ReportBytes / 4);

    public static void Map(IEndpointRouteBuilder api) => api.MapPut("/hosts/{id}/report", ReportAsync)
        .WithTags("hosts").WithMetadata(new LargeBodyMark(BodyBytes))
        .WithSummary("Takes what is reported of a host that is not enrolled, and makes it known where it is not: it is matched against advisories, and never deployed to.")
        .RequirePermission(Permission.ReportHosts);

    private static async Task<Answer<HostView>> ReportAsync(string id, HostReportRequest request, Caller caller, HostStore store, CancellationToken cancel)
    {
        ApiText.Id("id", id);
        var group = request.Group is null ? null : ApiText.Id("group", request.Group);
        var report = Parsed(request.Report);
        var details = $"os {report.OsId} {report.OsRelease} packages {report.Packages.Length} products {report.Products.Length} updates {report.Updates.Length}{(report.Taken is { } taken ? $" taken {CanonicalTime.FormatSeconds(taken)}" : "")}";
        // Ids are never given twice, so whoever could report of any could use them up.
        if (store.Find(id) is null && !caller.May(Permission.ManageHosts))
        {
            throw new RefusedException(ProblemKind.Forbidden, $"host {id} is not known yet, and hosts are made known by administrators only: ask one for the first report, or look at the id");
        }

        try
        {
            // What is the same but for the time is the same inventory, and nothing is matched anew.
            return new(HostsApi.View(await store.ReportAsync(id, group, (report with { Taken = null }).ToBytes(), report.Taken, caller.Audit("host.report", $"host:{id}", details), cancel)));
        }
        catch (ArgumentException e)
        {
            throw RefusedException.Conflict(e.Message);
        }
    }

    private static HostReport Parsed(string text)
    {
        try
        {
            return HostReport.Parse(Encoding.UTF8.GetBytes(text));
        }
        catch (DocumentException e)
        {
            throw RefusedException.Invalid("report", $"{e.Message}; nothing of it was taken: see docs/formats.md, \"Report\"");
        }
    }
}
