using PatchFlow.Client;
using PatchFlow.Server.Api.Reads;

namespace PatchFlow.Server.Api;

/// <summary><c>/api/v1/patches</c>: which hosts still lack the fix for a CVE, or of a package.</summary>
internal static class PatchesApi
{
    private const int MostBlind = 100;

    private static readonly Listing<PatchView> List = new(
        p => $"{p.Host} {p.Package} {p.Arch}", ("host", p => p.Host), ("package", p => p.Package), ("group", p => p.Group))
    {
        Filters =
        [
            new("cve", typeof(string), "only patches that mend this CVE; those whose CVEs are not known yet (no change has resolved them) are left out, and counted in unknown"),
            new("package", typeof(string), "only this package"),
            new("host", typeof(string), "only this host"),
            new("group", typeof(string), "only hosts of this group"),
        ],
    };

    public static void Map(IEndpointRouteBuilder api) => api.MapGet("/patches", (ListRequest list, PatchReads reads, HostFilters filters) => new Answer<PatchPage>(Read(list, reads, filters)))
        .WithMetadata(List).WithTags("patches").WithSummary("What applies where: which hosts still lack the fix for a CVE, or of a package.")
        .RequirePermission(Permission.View);

    private static PatchPage Read(ListRequest list, PatchReads reads, HostFilters filters)
    {
        filters.RefuseUnknown(list);
        var all = reads.All().Where(p => Passes(list, p)).ToList();
        var cve = list.Text("cve");
        var page = List.Part(list, all.Where(p => cve is null || p.Cves?.Contains(cve, StringComparer.OrdinalIgnoreCase) == true), p => p);
        return new(page.Items, page.Next, page.Total, cve is null ? 0 : all.Count(p => p.Cves is null), [.. filters.WithoutPatches(list).Take(MostBlind)]);
    }

    private static bool Passes(ListRequest list, PatchView patch) =>
        list.Passes("host", patch.Host)
        && list.Passes("group", patch.Group)
        && list.Passes("package", patch.Package);
}
