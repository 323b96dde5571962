using Refit;

namespace PatchFlow.Client;

public partial interface IPatchFlowApi
{
    /// <summary>The hosts.</summary>
    [Get("/api/v1/hosts")]
    Task<Page<HostView>> HostsAsync(
        HostStanding? state = null, string? group = null, string? label = null, int? limit = null, string? cursor = null, string? sort = null, CancellationToken cancel = default);

    /// <summary>A host.</summary>
    [Get("/api/v1/hosts/{id}")]
    Task<HostView> HostAsync(string id, CancellationToken cancel = default);

    /// <summary>Adds a host: known by name and address, nothing is done to it.</summary>
    [Post("/api/v1/hosts")]
    Task<HostView> AddHostAsync([Body] HostAdd host, [Header("Idempotency-Key")] string? key = null, CancellationToken cancel = default);

    /// <summary>Changes address, group or labels.</summary>
    [Patch("/api/v1/hosts/{id}")]
    Task<HostView> EditHostAsync(string id, [Body] HostEdit edit, [Header("If-Match")] string? ifMatch = null, CancellationToken cancel = default);

    /// <summary>Says what enrolling would do on the host, and does nothing.</summary>
    [Post("/api/v1/hosts/{id}/enrolment/plan")]
    Task<EnrolmentPlanView> PlanEnrolmentAsync(string id, CancellationToken cancel = default);

    /// <summary>Pins the host key, installs account and helper, takes the first inventory.</summary>
    [Post("/api/v1/hosts/{id}/enrolment")]
    Task<HostView> EnrolHostAsync(string id, [Body] EnrolmentRequest request, CancellationToken cancel = default);

    /// <summary>Takes what is reported of a host that is not enrolled, and makes it known where it is not: it is matched against advisories, and never deployed to.</summary>
    [Put("/api/v1/hosts/{id}/report")]
    Task<HostView> ReportHostAsync(string id, [Body] HostReportRequest report, [Header("Idempotency-Key")] string? key = null, CancellationToken cancel = default);

    /// <summary>Looks for what stands in a host's way.</summary>
    [Post("/api/v1/hosts/{id}/doctor")]
    Task<DoctorView> DoctorAsync(string id, CancellationToken cancel = default);

    /// <summary>Goes on from what hosts have seen, with a higher epoch: for a server whose database is an old copy and has no newer one. 409 where no host has seen more.</summary>
    [Post("/api/v1/hosts/overtake")]
    Task<OvertakenView> OvertakeAsync([Body] OvertakeRequest request, CancellationToken cancel = default);

    /// <summary>Takes a host out of PatchFlow for good. Its id stays taken.</summary>
    [Post("/api/v1/hosts/{id}/retire")]
    Task<HostView> RetireHostAsync(string id, [Header("If-Match")] string? ifMatch = null, CancellationToken cancel = default);

    /// <summary>A host's last inventory.</summary>
    [Get("/api/v1/hosts/{id}/inventory")]
    Task<InventoryView> InventoryAsync(string id, CancellationToken cancel = default);

    /// <summary>Asks a host for its inventory now, beside its schedule.</summary>
    [Post("/api/v1/hosts/{id}/inventory")]
    Task<InventoryView> TakeInventoryAsync(string id, CancellationToken cancel = default);

    /// <summary>The bytes of a host's last inventory, as the host sent them.</summary>
    [Get("/api/v1/hosts/{id}/inventory/text")]
    Task<string> InventoryTextAsync(string id, CancellationToken cancel = default);

    /// <summary>What was done on a host, newest first.</summary>
    [Get("/api/v1/hosts/{id}/tasks")]
    Task<Page<HostTaskView>> TasksOfHostAsync(
        string id, HostTaskState? status = null, int? limit = null, string? cursor = null, string? sort = null, CancellationToken cancel = default);
}
