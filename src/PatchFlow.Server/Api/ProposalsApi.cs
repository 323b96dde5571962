using PatchFlow.Client;
using PatchFlow.Core.Planning;
using PatchFlow.Server.Api.Reads;
using PatchFlow.Server.Hosts;
using PatchFlow.Server.Reconcile;

namespace PatchFlow.Server.Api;

/// <summary><c>POST /api/v1/changes</c>: a person proposes. Who proposes does not decide.</summary>
internal static class ProposalsApi
{
    public static void Map(IEndpointRouteBuilder api) => api.MapPost("/changes", ProposeAsync)
        .WithTags("changes")
        .WithSummary("Proposes a change for what applies to a host group now: also again, after one that was rejected or expired.")
        .RequirePermission(Permission.OperateChanges);

    private static async Task<Created<ChangeView>> ProposeAsync(
        ChangeProposal request, Caller caller, HostStore hosts, PatchReads patches, ChangeReads reads, Pipelines pipelines, Inbox inbox, CancellationToken cancel)
    {
        var group = ApiText.Id("group", request.Group);
        var wanted = request.Hosts?.ToHashSet(StringComparer.Ordinal);
        var members = hosts.Enrolled().Where(h => h.Group == group && wanted?.Contains(h.Id) != false).ToList();
        RefuseReported(hosts.All().Where(h => h.State == HostState.Reported && (wanted is null ? members.Count == 0 && h.Group == group : wanted.Contains(h.Id))));
        if (members.Count == 0 || wanted?.Count > members.Count)
        {
            throw RefusedException.Invalid(wanted is null ? "group" : "hosts", $"group {group} has {(members.Count == 0 ? "no" : "not all of these")} enrolled hosts: see 'patchflow hosts list'");
        }

        var applicable = members.Select(patches.Of).Where(p => !p.Patches.IsEmpty).ToList();
        if (applicable.Count == 0)
        {
            throw RefusedException.Conflict($"nothing applies to these hosts of {group} as last seen: see 'patchflow patches'");
        }

        var name = pipelines.NameFor(group);
        var policy = pipelines.Current(name);
        var kind = policy.Pipeline?.Kind ?? throw RefusedException.Conflict($"the policy of {group} can't be read: {policy.Error}");
        var id = ChangeId.Text(await inbox.ProposeAsync(Proposals.Of(group, applicable), name, kind, new(caller.Subject, caller.Origin, caller.Token), cancel));
        return new(reads.View(id, caller), $"/api/v1/changes/{id}");
    }

    private static void RefuseReported(IEnumerable<HostRow> reported)
    {
        if (reported.FirstOrDefault() is { } host)
        {
            throw RefusedException.Conflict(host.WhyNotDeployed);
        }
    }
}
