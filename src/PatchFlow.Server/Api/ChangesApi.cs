using System.Globalization;
using System.Text.Json;
using PatchFlow.Client;
using PatchFlow.Core.Changes;
using PatchFlow.Core.Documents;
using PatchFlow.Server.Api.Reads;
using PatchFlow.Server.Storage;
using ListedChange = (PatchFlow.Core.Changes.Change Change, int Waves);

namespace PatchFlow.Server.Api;

/// <summary><c>/api/v1/changes</c>: the changes, and the documents that the board decides on.</summary>
internal static class ChangesApi
{
    private static readonly Listing<ListedChange> List = new(
        c => Listing<ListedChange>.Key(c.Change.Id),
        ("-id", c => Listing<ListedChange>.Key(c.Change.Id)),
        ("since", c => Utc.Text(c.Change.Since)),
        ("status", c => c.Change.Status.ToString()))
    {
        Filters =
        [
            new("status", typeof(ChangeState), "only changes that stand so"),
            new("open", typeof(bool), "only changes in which something is still to happen, or only the others"),
            new("group", typeof(string), "only changes of this host group"),
            new("host", typeof(string), "only changes that this host is in"),
            new("cve", typeof(string), "only changes that mend this CVE"),
        ],
    };

    private static readonly QueryMark Timeline = new(["sequence"]);

    public static void Map(IEndpointRouteBuilder api)
    {
        var changes = api.MapGroup("/changes").WithTags("changes").RequirePermission(Permission.View);
        changes.MapGet("/", (ListRequest list, ChangeReads reads) =>
                List.Answer(list, reads.All().Where(c => Passes(list, c.Change)), c => Wire.Summary(c.Change, c.Waves)))
            .WithMetadata(List).WithSummary("The changes, newest first.");
        changes.MapGet("/{id}", (string id, Caller caller, ChangeReads reads) => new Answer<ChangeView>(reads.View(id, caller)))
            .WithSummary("A change as the board reads it.");
        changes.MapGet("/{id}/timeline", (string id, ListRequest list, ChangeReads reads, AuditReads audit) =>
                new Answer<Page<TimelineEntry>>(audit.Timeline(list, reads.Get(id).Change.Id)))
            .WithMetadata(Timeline).WithSummary("What happened to a change and who did it, oldest first.");
        changes.MapGet("/{id}/notes", (string id, ChangeReads reads) => new Answer<JsonElement>(Notes(reads.Document(id, f => f.Change.Notes, "notes"))))
            .WithSummary("Changelog entries between old and new versions, by package.");
        MapPlan(changes);
        SandboxRunsApi.Map(changes);
    }

    private static void MapPlan(RouteGroupBuilder changes)
    {
        changes.MapGet("/{id}/plan", (string id, ChangeReads reads) => new TextAnswer(reads.Document(id, f => f.Change.Plan, "plan")))
            .WithSummary("The sealed plan: the bytes that the board decides on.");
        changes.MapGet("/{id}/plan/contents/{profile}", (string id, string profile, ChangeReads reads) =>
                new TextAnswer(reads.Document(id, f => f.Plan?.Contents.FirstOrDefault(c => c.Profile == profile)?.Content, "such profile")))
            .WithSummary("The content part of a profile: the exact packages and files.");
        changes.MapGet("/{id}/plan/checks", (string id, ChangeReads reads) => new TextAnswer(reads.Document(id, f => f.Plan?.Checks, "checks")))
            .WithSummary("The checks part.");
        changes.MapGet("/{id}/plan/targets/{wave:int}", (string id, int wave, ChangeReads reads) =>
                new TextAnswer(reads.Document(id, f => wave < f.Change.Targets.Length ? f.Change.Targets[wave] : null, $"wave {wave.ToString(CultureInfo.InvariantCulture)}")))
            .WithSummary("The targets part of a wave: which hosts get which content.");
        changes.MapGet("/{id}/plan/pipeline", (string id, ChangeReads reads) => new TextAnswer(reads.Document(id, f => f.Change.Policy, "policy")))
            .WithSummary("The pipeline as it was when the plan was sealed.");
        changes.MapGet("/{id}/evidence", (string id, ChangeReads reads) => new TextAnswer(reads.Document(id, f => f.Change.Evidence, "evidence")))
            .WithSummary("The evidence: the result of testing the plan.");
    }

    private static bool Passes(ListRequest list, Change change) =>
        list.Passes("status", Wire.Same<ChangeState>(change.Status))
        && list.Passes("open", change.IsOpen)
        && list.Passes("group", change.Group)
        && (list.Text("host") is not { } host || change.Hosts.Contains(host))
        && (list.Text("cve") is not { } cve || change.Cves.Contains(cve, StringComparer.OrdinalIgnoreCase));

    private static JsonElement Notes(byte[] bytes)
    {
        using var document = JsonDocument.Parse(bytes);
        return document.RootElement.Clone();
    }
}

/// <summary><c>…/sandbox-runs</c>: what was tested, and everything that was said.</summary>
internal static class SandboxRunsApi
{
    private static readonly Listing<WorkRun> List = new(
        r => Listing<WorkRun>.Key(r.Id), ("-number", r => Listing<WorkRun>.Key(r.Number)), ("startedAt", r => Utc.Text(r.StartedAt)));

    public static void Map(IEndpointRouteBuilder changes)
    {
        changes.MapGet("/{id}/sandbox-runs", (string id, ListRequest list, ChangeReads reads) => List.Answer(list, Runs(reads, id), Wire.Of))
            .WithMetadata(List).WithSummary("Sandbox runs, newest first.");
        changes.MapGet("/{id}/sandbox-runs/{number:int}", (string id, int number, ChangeReads reads) => new Answer<SandboxRunView>(Wire.Of(Get(reads, id, number))))
            .WithSummary("A sandbox run.");
        changes.MapGet("/{id}/sandbox-runs/{number:int}/bundles/{profile}", (string id, int number, string profile, ChangeReads reads) =>
                new TextAnswer(reads.Document(id, f => Bundle(f, number, profile), "such bundle")))
            .WithSummary("Everything that was done and said for one profile of a sandbox run.");
    }

    private static IEnumerable<WorkRun> Runs(ChangeReads reads, string id) => reads.Get(id).Runs.Where(r => r.Kind == WorkKind.Sandbox);

    private static WorkRun Get(ChangeReads reads, string id, int number) =>
        Runs(reads, id).FirstOrDefault(r => r.Number == number)
        ?? throw RefusedException.NotFound($"there is no sandbox run {number.ToString(CultureInfo.InvariantCulture)}: see …/sandbox-runs");

    private static Digest? Bundle(ChangeFile file, int number, string profile) => file.Runs
        .FirstOrDefault(r => r.Kind == WorkKind.Sandbox && r.Number == number)?.Results.FirstOrDefault(r => r.Profile == profile)?.Bundle;
}
