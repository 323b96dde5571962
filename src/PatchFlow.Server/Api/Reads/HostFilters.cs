using PatchFlow.Client;
using PatchFlow.Server.Hosts;
using PatchFlow.Server.Reconcile;

namespace PatchFlow.Server.Api.Reads;

/// <summary>The filters <c>host</c> and <c>group</c> of lists of what hosts lack.</summary>
internal sealed class HostFilters(HostStore hosts, Pipelines pipelines)
{
    /// <summary>Refuses a host or group that is not there: it must not pass for one that lacks nothing.</summary>
    /// <exception cref="RefusedException">There is no such host or group.</exception>
    public void RefuseUnknown(ListRequest list)
    {
        if (list.Text("host") is { } host && hosts.Find(host) is null)
        {
            throw RefusedException.NotFound($"there is no host '{host}': see 'patchflow hosts list'");
        }

        if (list.Text("group") is { } group && !pipelines.HasGroup(group) && hosts.All().All(h => h.Group != group))
        {
            throw RefusedException.NotFound($"there is no group '{group}': see 'patchflow hosts list'");
        }
    }

    /// <summary>Hosts of those that were asked about of which no list of archives' patches can say anything.</summary>
    public IEnumerable<BlindHost> WithoutPatches(ListRequest list) => hosts.All()
        .Where(h => list.Passes("group", h.Group) && (list.Text("host") is { } asked ? asked == h.Id : h.State == HostState.Enrolled))
        .Select(h => (h.Id, Why: h.State == HostState.Reported ? "it is reported on only, and no archive's patches are brought to it: see 'patchflow exposure'"
            : h.State != HostState.Enrolled ? $"it is {h.State.ToString().ToLowerInvariant()}, and patches are found for hosts that are enrolled"
            : h.Inventory is null ? h.LastError ?? "it has not told what it has yet" : null))
        .Where(h => h.Why is not null)
        .Select(h => new BlindHost(h.Id, h.Why!));
}
