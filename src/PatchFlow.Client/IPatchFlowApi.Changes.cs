using System.Text.Json;
using Refit;

namespace PatchFlow.Client;

public partial interface IPatchFlowApi
{
    /// <summary>The changes, newest first.</summary>
    [Get("/api/v1/changes")]
    Task<Page<ChangeSummary>> ChangesAsync(
        ChangeState? status = null, bool? open = null, string? group = null, string? host = null, string? cve = null, int? limit = null, string? cursor = null, string? sort = null, CancellationToken cancel = default);

    /// <summary>Proposes a change for what applies to a host group now: also again, after one that was rejected or expired.</summary>
    [Post("/api/v1/changes")]
    Task<ChangeView> ProposeAsync([Body] ChangeProposal proposal, [Header("Idempotency-Key")] string? key = null, CancellationToken cancel = default);

    /// <summary>A change as the board reads it.</summary>
    [Get("/api/v1/changes/{id}")]
    Task<ChangeView> ChangeAsync(string id, CancellationToken cancel = default);

    /// <summary>The sealed plan: the bytes that the board decides on.</summary>
    [Get("/api/v1/changes/{id}/plan")]
    Task<string> PlanAsync(string id, CancellationToken cancel = default);

    /// <summary>The content part of a profile: the exact packages and files.</summary>
    [Get("/api/v1/changes/{id}/plan/contents/{profile}")]
    Task<string> PlanContentAsync(string id, string profile, CancellationToken cancel = default);

    /// <summary>The checks part.</summary>
    [Get("/api/v1/changes/{id}/plan/checks")]
    Task<string> PlanChecksAsync(string id, CancellationToken cancel = default);

    /// <summary>The targets part of a wave: which hosts get which content.</summary>
    [Get("/api/v1/changes/{id}/plan/targets/{wave}")]
    Task<string> PlanTargetsAsync(string id, int wave, CancellationToken cancel = default);

    /// <summary>The pipeline as it was when the plan was sealed.</summary>
    [Get("/api/v1/changes/{id}/plan/pipeline")]
    Task<string> PlanPipelineAsync(string id, CancellationToken cancel = default);

    /// <summary>The evidence: the result of testing the plan.</summary>
    [Get("/api/v1/changes/{id}/evidence")]
    Task<string> EvidenceAsync(string id, CancellationToken cancel = default);

    /// <summary>Sandbox runs, newest first.</summary>
    [Get("/api/v1/changes/{id}/sandbox-runs")]
    Task<Page<SandboxRunView>> SandboxRunsAsync(string id, int? limit = null, string? cursor = null, string? sort = null, CancellationToken cancel = default);

    /// <summary>A sandbox run.</summary>
    [Get("/api/v1/changes/{id}/sandbox-runs/{number}")]
    Task<SandboxRunView> SandboxRunAsync(string id, int number, CancellationToken cancel = default);

    /// <summary>Everything that was done and said for one profile of a sandbox run.</summary>
    [Get("/api/v1/changes/{id}/sandbox-runs/{number}/bundles/{profile}")]
    Task<string> BundleAsync(string id, int number, string profile, CancellationToken cancel = default);

    /// <summary>Changelog entries between old and new versions.</summary>
    [Get("/api/v1/changes/{id}/notes")]
    Task<JsonElement> NotesAsync(string id, CancellationToken cancel = default);

    /// <summary>The board's decisions, oldest first.</summary>
    [Get("/api/v1/changes/{id}/decisions")]
    Task<Page<DecisionView>> DecisionsAsync(string id, int? limit = null, string? cursor = null, string? sort = null, CancellationToken cancel = default);

    /// <summary>Records a decision of the person whose token is used.</summary>
    [Post("/api/v1/changes/{id}/decisions")]
    Task<DecisionRecorded> DecideAsync(string id, [Body] DecisionRequest decision, [Header("Idempotency-Key")] string? key = null, CancellationToken cancel = default);

    /// <summary>A decision document's own bytes.</summary>
    [Get("/api/v1/changes/{id}/decisions/{digest}")]
    Task<string> DecisionTextAsync(string id, string digest, CancellationToken cancel = default);

    /// <summary>What operators asked for, oldest first.</summary>
    [Get("/api/v1/changes/{id}/commands")]
    Task<Page<CommandView>> CommandsAsync(string id, int? limit = null, string? cursor = null, string? sort = null, CancellationToken cancel = default);

    /// <summary>A command and its answer.</summary>
    [Get("/api/v1/changes/{id}/commands/{number}")]
    Task<CommandView> CommandAsync(string id, long number, CancellationToken cancel = default);

    /// <summary>Gives a command. It is recorded; look at it for whether it was carried out.</summary>
    [Post("/api/v1/changes/{id}/commands")]
    Task<CommandView> GiveCommandAsync(string id, [Body] CommandRequest command, [Header("Idempotency-Key")] string? key = null, CancellationToken cancel = default);

    /// <summary>How the rollout stands.</summary>
    [Get("/api/v1/changes/{id}/rollout")]
    Task<RolloutView> RolloutAsync(string id, CancellationToken cancel = default);

    /// <summary>The waves in order.</summary>
    [Get("/api/v1/changes/{id}/waves")]
    Task<Page<WaveView>> WavesAsync(string id, int? limit = null, string? cursor = null, string? sort = null, CancellationToken cancel = default);

    /// <summary>The hosts of a rollout.</summary>
    [Get("/api/v1/changes/{id}/host-tasks")]
    Task<Page<HostTaskView>> HostTasksAsync(
        string id, HostTaskState? status = null, int? wave = null, string? host = null, int? limit = null, string? cursor = null, string? sort = null, CancellationToken cancel = default);

    /// <summary>A host in a rollout.</summary>
    [Get("/api/v1/changes/{id}/host-tasks/{host}")]
    Task<HostTaskView> HostTaskAsync(string id, string host, CancellationToken cancel = default);

    /// <summary>What a host's tickets said, as text.</summary>
    [Get("/api/v1/changes/{id}/host-tasks/{host}/log")]
    Task<string> HostLogAsync(string id, string host, CancellationToken cancel = default);

    /// <summary>What happened to a change and who did it, oldest first.</summary>
    [Get("/api/v1/changes/{id}/timeline")]
    Task<Page<TimelineEntry>> TimelineAsync(string id, int? limit = null, string? cursor = null, string? sort = null, CancellationToken cancel = default);
}
