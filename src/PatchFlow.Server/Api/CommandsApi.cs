using System.Globalization;
using PatchFlow.Client;
using PatchFlow.Core.Planning;
using PatchFlow.Server.Api.Reads;
using PatchFlow.Server.Reconcile;
using PatchFlow.Server.Storage;

namespace PatchFlow.Server.Api;

/// <summary><c>…/commands</c>: what operators ask for. It is recorded here; the reconciler carries it out or refuses it with words.</summary>
internal static class CommandsApi
{
    private const int MostUnanswered = 20;

    private static readonly Listing<CommandView> List = new(
        c => Listing<CommandView>.Key(c.Id), ("id", c => Listing<CommandView>.Key(c.Id)), ("at", c => Utc.Text(c.At)));

    public static void Map(IEndpointRouteBuilder api)
    {
        var commands = api.MapGroup("/changes/{id}/commands").WithTags("commands");
        commands.MapGet("/", (string id, ListRequest list, ChangeReads reads) => List.Answer(list, reads.Commands(reads.Get(id).Change.Id), c => c))
            .WithMetadata(List).WithSummary("What operators asked for, oldest first.").RequirePermission(Permission.View);
        commands.MapGet("/{number:long}", (string id, long number, ChangeReads reads) => new Answer<CommandView>(Get(reads, reads.Get(id).Change.Id, number)))
            .WithSummary("A command and its answer.").RequirePermission(Permission.View);
        commands.MapPost("/", GiveAsync)
            .WithSummary("Gives a command. It is recorded; look at it for whether it was carried out.").RequirePermission(Permission.OperateChanges);
    }

    private static async Task<Accepted<CommandView>> GiveAsync(
        string id, CommandRequest request, Caller caller, ChangeReads reads, Inbox inbox, CancellationToken cancel)
    {
        var reason = ApiText.Reason(request.Reason);
        if (reason is null && request.Action is CommandKind.Abort or CommandKind.Rollback)
        {
            throw RefusedException.Invalid("reason", $"{request.Action} needs a reason: say why, for those who read it later".ToLowerInvariant());
        }

        var file = reads.Get(id);
        RequireHost(request, file);
        if (reads.Commands(file.Change.Id).Count(c => c.Answer is null) >= MostUnanswered)
        {
            throw RefusedException.Conflict($"{MostUnanswered} commands to {file.Change.Name} have no answer yet: wait for them, and look at the server's health");
        }

        var number = await inbox.CommandAsync(
            file.Change.Id, Wire.Same<CommandAction>(request.Action), request.Host, reason, new(caller.Subject, caller.Origin, caller.Token), cancel);
        return new(
            Get(reads, file.Change.Id, number),
            string.Create(CultureInfo.InvariantCulture, $"/api/v1/changes/{ChangeId.Text(file.Change.Id)}/commands/{number}"));
    }

    private static void RequireHost(CommandRequest request, ChangeFile file)
    {
        var isForHost = request.Action is CommandKind.Retry or CommandKind.Skip;
        if (isForHost && (request.Host is not { } host || !file.Change.Hosts.Contains(host)))
        {
            throw RefusedException.Invalid("host", $"name one of the hosts of {file.Change.Name}: see 'patchflow show {file.Change.Name}'");
        }

        if (!isForHost && request.Host is not null)
        {
            throw RefusedException.Invalid("host", "this is for the whole change: leave the host out; retry and skip are for one host");
        }
    }

    private static CommandView Get(ChangeReads reads, long change, long number) =>
        reads.Commands(change).FirstOrDefault(c => c.Id == number) ?? throw RefusedException.NotFound("there is no such command: see …/commands");
}
