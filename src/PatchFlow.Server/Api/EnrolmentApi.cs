using PatchFlow.Client;
using PatchFlow.Server.Hosts;

namespace PatchFlow.Server.Api;

/// <summary><c>/api/v1/hosts/{id}/enrolment</c>, <c>…/doctor</c> and <c>…/inventory</c>: what reaches out to a host.</summary>
internal static class EnrolmentApi
{
    public static void Map(IEndpointRouteBuilder api)
    {
        var host = api.MapGroup("/hosts/{id}").WithTags("hosts");
        host.MapPost("/enrolment/plan", PlanAsync)
            .WithSummary("Says what enrolling would do on the host, and does nothing.").RequirePermission(Permission.ManageHosts);
        host.MapPost("/enrolment", EnrolAsync)
            .WithSummary("Pins the host key, installs account and helper, takes the first inventory.").RequirePermission(Permission.ManageHosts);
        host.MapPost("/doctor", ExamineAsync)
            .WithSummary("Looks for what stands in a host's way.").RequirePermission(Permission.ProbeHosts);
        host.MapPost("/inventory", TakeInventoryAsync)
            .WithSummary("Asks a host for its inventory now, beside its schedule.").RequirePermission(Permission.ProbeHosts);
    }

    private static async Task<Answer<EnrolmentPlanView>> PlanAsync(string id, HostStore store, Enrolment enrolment, CancellationToken cancel)
    {
        RefuseRetired(HostsApi.Get(store, id));
        try
        {
            var plan = await enrolment.PlanAsync(id, cancel);
            return new(new(plan.Host, [.. plan.Shown.Select(k => $"{k}")], plan.Lines));
        }
        catch (HostUnreachableException e)
        {
            throw RefusedException.Conflict(e.Message);
        }
    }

    private static async Task<Answer<HostView>> EnrolAsync(
        string id, EnrolmentRequest request, Caller caller, HostStore store, Enrolment enrolment, CancellationToken cancel)
    {
        RefuseRetired(HostsApi.Get(store, id));
        if (request.Fingerprint is null == request.KnownHosts is null)
        {
            throw RefusedException.Invalid("fingerprint", "give the host key's fingerprint as read on the host's own console, or a known_hosts file, and not both");
        }

        try
        {
            var login = new Bootstrap(request.User, request.PrivateKey, null);
            var confirmed = new HostKeyConfirmation(request.Fingerprint, request.KnownHosts);
            return new(HostsApi.View(await enrolment.RunAsync(id, login, confirmed, new(caller.Subject, caller.Origin), cancel)));
        }
        catch (EnrolmentException e)
        {
            throw RefusedException.Conflict(e.Message);
        }
    }

    private static async Task<Answer<DoctorView>> ExamineAsync(string id, HostStore store, HostDoctor doctor, CancellationToken cancel)
    {
        var findings = await doctor.ExamineAsync(HostsApi.Get(store, id).Id, cancel);
        return new(new(id, findings.All(f => f.Ok), [.. findings.Select(f => new DoctorFinding(f.Name, f.Ok, f.Remedy is null ? f.Sentence : $"{f.Sentence}: {f.Remedy}"))]));
    }

    private static async Task<Answer<InventoryView>> TakeInventoryAsync(
        string id, HostStore store, Inventories inventories, Storage.Documents documents, CancellationToken cancel)
    {
        RefuseReported(HostsApi.Get(store, id));
        if (HostsApi.Get(store, id) is not { State: HostState.Enrolled })
        {
            throw RefusedException.Conflict($"host {id} is not enrolled: 'patchflow hosts enrol {id}'");
        }

        return await inventories.RefreshAsync(id, cancel) is not null
            ? new(HostsApi.ViewInventory(HostsApi.Get(store, id), documents))
            : throw RefusedException.Conflict(HostsApi.Get(store, id).LastError ?? $"host {id} did not answer: 'patchflow hosts doctor {id}'");
    }

    private static void RefuseReported(HostRow host)
    {
        if (host.IsReported)
        {
            throw RefusedException.Conflict(host.WhyNotDeployed);
        }
    }

    private static void RefuseRetired(HostRow host)
    {
        RefuseReported(host);
        if (host.State == HostState.Retired)
        {
            throw RefusedException.Conflict($"host {host.Id} is retired, which is for good: add it under another id");
        }
    }
}
