using PatchFlow.Client;
using PatchFlow.Server.Api.Reads;

namespace PatchFlow.Server.Api;

/// <summary><c>/api/v1/advisories</c> and <c>/api/v1/exposure</c>: what vendors say, and what of it concerns which host.</summary>
internal static class AdvisoriesApi
{
    private static readonly QueryMark Advisories = new(
        AdvisoryReads.Sorts,
        new QueryFilter("cve", typeof(string), "only advisories on this CVE, or with this id of their own or of GitHub's (GHSA)"),
        new QueryFilter("severity", typeof(AdvisorySeverity), "only those of this severity, as the vendor has it"),
        new QueryFilter("kev", typeof(bool), "only those with a CVE that is known to be exploited, or only the others"),
        new QueryFilter("feed", typeof(string), "only those of this feed"));

    private static readonly QueryMark Exposures = new(
        ExposureReads.Sorts,
        new QueryFilter("cve", typeof(string), "only this CVE, or what GitHub's id (GHSA) stands for; where it is the id of an advisory without a CVE, that"),
        new QueryFilter("host", typeof(string), "only this host"),
        new QueryFilter("group", typeof(string), "only hosts of this group"),
        new QueryFilter("package", typeof(string), "only this package"),
        new QueryFilter("answer", typeof(ExposureAnswer), "only what can be answered so"),
        new QueryFilter("priority", typeof(ExposurePriority), "only what is so urgent"),
        new QueryFilter("deadline", typeof(DeadlineStanding), "only what stands so; met is only what has ended"),
        new QueryFilter("ended", typeof(bool), "what is not open any more, instead of what is"));

    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapGet("/advisories", (ListRequest list, AdvisoryReads reads) => new Answer<Page<AdvisoryView>>(reads.Page(list)))
            .WithMetadata(Advisories).WithTags("advisories").WithSummary("Vendors' advisories in the snapshots in use.").RequirePermission(Permission.View);
        api.MapGet("/exposure", (ListRequest list, ExposureReads reads) => new Answer<ExposurePage>(reads.Page(list)))
            .WithMetadata(Exposures).WithTags("advisories")
            .WithSummary("Which hosts still lack which fix, since when, until when, how urgently and why; the most urgent first.").RequirePermission(Permission.View);
    }
}
