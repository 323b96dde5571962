using PatchFlow.Client;
using PatchFlow.Server.Api.Reads;

namespace PatchFlow.Server.Api;

/// <summary><c>/api/v1/audit</c>: the append-only log.</summary>
internal static class AuditApi
{
    private static readonly QueryMark List = new(
        ["sequence"],
        new QueryFilter("actor", typeof(string), "only entries of this actor, system or user:ID"),
        new QueryFilter("action", typeof(string), "only entries of this action, for example change.approve"),
        new QueryFilter("object", typeof(string), "only entries on this object, for example change:42"),
        new QueryFilter("since", typeof(DateTimeOffset), "only entries from this time on"));

    public static void Map(IEndpointRouteBuilder api)
    {
        var audit = api.MapGroup("/audit").WithTags("audit").RequirePermission(Permission.ReadAudit);
        audit.MapGet("/", (ListRequest list, AuditReads reads) => new Answer<Page<AuditView>>(reads.Page(list)))
            .WithMetadata(List).WithSummary("Audit entries, oldest first.");
        audit.MapGet("/{sequence:long}", (long sequence, AuditReads reads) => new Answer<AuditView>(AuditReads.View(reads.Get(sequence))))
            .WithSummary("An audit entry.");
        audit.MapGet("/{sequence:long}/text", (long sequence, AuditReads reads) => new TextAnswer(reads.Get(sequence).Bytes))
            .WithSummary("An audit entry's own bytes.");
    }
}
