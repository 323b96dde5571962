using PatchFlow.Client;
using PatchFlow.Core.Rollouts;
using PatchFlow.Server.Api.Reads;
using PatchFlow.Server.Hosts;
using PatchFlow.Server.Storage;

namespace PatchFlow.Server.Api;

/// <summary><c>…/rollout</c>, <c>…/waves</c>, <c>…/host-tasks</c>: the production execution.</summary>
internal static class RolloutsApi
{
    private static readonly Listing<WaveView> Waves = new(w => Listing<WaveView>.Key(w.Number), ("number", w => Listing<WaveView>.Key(w.Number)));

    private static readonly Listing<HostTask> Tasks = new(
        t => t.Host, ("wave", t => Listing<HostTask>.Key(t.Wave)), ("host", t => t.Host), ("since", t => Utc.Text(t.Since)))
    {
        Filters =
        [
            new("status", typeof(HostTaskState), "only hosts that stand so"),
            new("wave", typeof(int), "only hosts of this wave"),
            new("host", typeof(string), "only this host"),
        ],
    };

    private static readonly Listing<HostTask> TasksOfHost = new(t => Listing<HostTask>.Key(t.Change), ("-change", t => Listing<HostTask>.Key(t.Change)))
    {
        Filters = [new("status", typeof(HostTaskState), "only tasks that stand so")],
    };

    public static void Map(IEndpointRouteBuilder api)
    {
        var changes = api.MapGroup("/changes").WithTags("rollouts").RequirePermission(Permission.View);
        changes.MapGet("/{id}/rollout", (string id, ChangeReads reads) => new Answer<RolloutView>(Rollout(reads, id)))
            .WithSummary("How the rollout stands.");
        changes.MapGet("/{id}/waves", (string id, ListRequest list, ChangeReads reads) => Waves.Answer(list, Rollout(reads, id).Waves, w => w))
            .WithMetadata(Waves).WithSummary("The waves in order.");
        changes.MapGet("/{id}/host-tasks", (string id, ListRequest list, ChangeReads reads) =>
                Tasks.Answer(list, reads.Get(id).Tasks.Where(t => Passes(list, t)), Wire.Of))
            .WithMetadata(Tasks).WithSummary("The hosts of a rollout.");
        changes.MapGet("/{id}/host-tasks/{host}", (string id, string host, ChangeReads reads) => new Answer<HostTaskView>(Wire.Of(Task(reads, id, host))))
            .WithSummary("A host in a rollout.");
        changes.MapGet("/{id}/host-tasks/{host}/log", (string id, string host, ChangeReads reads) =>
                new TextAnswer(reads.Log(Task(reads, id, host).Change, host)))
            .WithSummary("What a host's tickets said, as text.");
        api.MapGet("/hosts/{id}/tasks", (string id, ListRequest list, HostStore hosts, ChangeReads reads) =>
                TasksOfHost.Answer(list, reads.TasksOf(HostsApi.Get(hosts, id).Id).Where(t => list.Passes("status", Wire.Same<HostTaskState>(t.Status))), Wire.Of))
            .WithMetadata(TasksOfHost).WithTags("hosts").WithSummary("What was done on a host, newest first.").RequirePermission(Permission.View);
    }

    private static RolloutView Rollout(ChangeReads reads, string id) =>
        reads.Get(id) is var file && RolloutReads.Of(file) is { } rollout
            ? rollout
            : throw RefusedException.NotFound($"{file.Change.Name} has no plan yet, so no waves: it is {file.Change.Status}");

    private static HostTask Task(ChangeReads reads, string id, string host)
    {
        var file = reads.Get(id);
        return file.Tasks.FirstOrDefault(t => t.Host == host)
            ?? throw RefusedException.NotFound($"{file.Change.Name} has no such host: see 'patchflow show {file.Change.Name}'");
    }

    private static bool Passes(ListRequest list, HostTask task) =>
        list.Passes("status", Wire.Same<HostTaskState>(task.Status)) && list.Passes("wave", task.Wave) && list.Passes("host", task.Host);
}
