using System.Collections.Immutable;
using PatchFlow.Client;
using PatchFlow.Core.Hosts;
using PatchFlow.Server.Hosts;
using PatchFlow.Server.Storage;

namespace PatchFlow.Server.Api;

/// <summary><c>/api/v1/hosts</c>: the hosts, what they have, and how they came in.</summary>
internal static class HostsApi
{
    private static readonly Listing<HostRow> List = new(
        h => h.Id, ("id", h => h.Id), ("group", h => h.Group), ("lastSeen", h => Utc.Text(h.LastSeen) ?? ""))
    {
        Filters =
        [
            new("state", typeof(HostStanding), "only hosts that stand so"),
            new("group", typeof(string), "only hosts of this group"),
            new("label", typeof(string), "only hosts with this label, key:value"),
        ],
    };

    public static void Map(IEndpointRouteBuilder api)
    {
        var hosts = api.MapGroup("/hosts").WithTags("hosts");
        hosts.MapGet("/", (ListRequest list, HostStore store, ReportAges ages) => List.Answer(list, store.All().Where(h => Passes(list, h)), h => View(ages.Told(h))))
            .WithMetadata(List).WithSummary("The hosts.").RequirePermission(Permission.View);
        hosts.MapGet("/{id}", (string id, HostStore store, ReportAges ages) => Single(ages.Told(Get(store, id))))
            .WithSummary("A host.").RequirePermission(Permission.View);
        hosts.MapGet("/{id}/inventory", (string id, HostStore store, Documents documents) => new Answer<InventoryView>(ViewInventory(Get(store, id), documents)))
            .WithSummary("A host's last inventory.").RequirePermission(Permission.View);
        hosts.MapGet("/{id}/inventory/text", (string id, HostStore store, Documents documents) => new TextAnswer(InventoryBytes(Get(store, id), documents)))
            .WithSummary("The bytes of a host's last inventory, as the host sent them; of one that is reported on, its report with the lines sorted.").RequirePermission(Permission.View);
        hosts.MapPost("/", AddAsync).WithSummary("Adds a host: known by name and address, nothing is done to it.").RequirePermission(Permission.ManageHosts);
        hosts.MapPost("/overtake", OvertakeAsync)
            .WithSummary("Goes on from what hosts have seen, with a higher epoch: for a server whose database is an old copy and has no newer one. 409 where no host has seen more.")
            .RequirePermission(Permission.ManageHosts);
        hosts.MapPatch("/{id}", EditAsync).WithSummary("Changes address, group or labels.").RequirePermission(Permission.ManageHosts);
        hosts.MapPost("/{id}/retire", RetireAsync).WithMetadata(new IfMatchMark())
            .WithSummary("Takes a host out of PatchFlow for good. Its id stays taken.").RequirePermission(Permission.ManageHosts);
    }

    public static HostRow Get(HostStore store, string id) =>
        store.Find(id) ?? throw RefusedException.NotFound("there is no such host: see 'patchflow hosts list'");

    public static HostView View(HostRow host) => new(
        host.Id,
        host.Address,
        host.Port,
        host.Group,
        host.Account,
        Enum.Parse<HostStanding>(host.State.ToString()),
        host.Labels,
        [.. host.HostKeys.Select(k => $"{k}")],
        host.Inventory?.Hex,
        host.InventoryAt,
        host.LastSeen,
        host.LastError);

    private static Answer<HostView> Single(HostRow host) => new(View(host), basis: Editable(host));

    // What an administrator changes; when the host was seen, and what it said, comes by itself all the time.
    private static object Editable(HostRow host) => new { host.Address, host.Port, host.Group, host.Labels, State = host.State.ToString() };

    private static bool Passes(ListRequest list, HostRow host) =>
        list.Passes("state", Enum.Parse<HostStanding>(host.State.ToString()))
        && list.Passes("group", host.Group)
        && (list.Text("label") is not { } label || host.Labels.Any(l => $"{l.Key}:{l.Value}" == label));

    private static async Task<Created<HostView>> AddAsync(HostAdd add, Caller caller, HostStore store)
    {
        var row = new HostRow
        {
            Id = add.Id,
            Address = add.Address,
            Port = add.Port ?? 22,
            Group = add.Group,
            Labels = add.Labels?.ToImmutableSortedDictionary(StringComparer.Ordinal) ?? ImmutableSortedDictionary<string, string>.Empty,
        };
        Check(row);
        if (store.Find(row.Id) is { } taken)
        {
            throw RefusedException.Conflict($"the id '{row.Id}' is taken ({taken.State}, {taken.Address}): ids are never reused, choose another");
        }

        var added = await store.AddAsync(row, caller.Audit("host.add", $"host:{row.Id}", $"address {row.Address} port {row.Port} group {row.Group}"));
        return new(View(added), $"/api/v1/hosts/{added.Id}", Editable(added));
    }

    private static Task<Answer<HostView>> EditAsync(string id, HostEdit edit, HttpContext http, Caller caller, HostStore store)
    {
        var host = Get(store, id);
        var next = host with
        {
            Address = edit.Address ?? host.Address,
            Port = edit.Port ?? host.Port,
            Group = edit.Group ?? host.Group,
            Labels = edit.Labels?.ToImmutableSortedDictionary(StringComparer.Ordinal) ?? host.Labels,
        };
        Check(next);
        var labels = string.Join(' ', next.Labels.Select(l => $"{l.Key}:{l.Value}"));
        string[] details = [$"address {next.Address} port {next.Port} group {next.Group}", .. labels.Length > 0 ? (string[])[$"labels {labels[..Math.Min(labels.Length, 800)]}"] : []];
        return SaveAsync(http, store, host, next, caller.Audit("host.edit", $"host:{id}", details));
    }

    private static Task<Answer<HostView>> RetireAsync(string id, HttpContext http, Caller caller, HostStore store)
    {
        var host = Get(store, id);
        return SaveAsync(http, store, host, host with { State = HostState.Retired }, caller.Audit("host.retire", $"host:{id}"));
    }

    private static async Task<Answer<OvertakenView>> OvertakeAsync(OvertakeRequest request, Caller caller, HostStore store)
    {
        var reason = ApiText.Reason(request.Reason) ?? throw RefusedException.Invalid("reason", "reason must say why no newer database can be restored");
        try
        {
            return await store.OvertakeAsync(caller.Audit("installation.overtake", "installation", $"reason {reason}")) is var (epoch, sequence, hosts)
                ? new(new OvertakenView(epoch, sequence, [.. hosts.Select(h => h.Host)]))
                : throw RefusedException.Conflict("no host has seen more than this server: there is nothing to overtake");
        }
        catch (ArgumentException e)
        {
            throw RefusedException.Conflict(e.Message);
        }
    }

    private static async Task<Answer<HostView>> SaveAsync(HttpContext http, HostStore store, HostRow host, HostRow next, Auditing.Audit audit)
    {
        if (host.State == HostState.Retired)
        {
            throw RefusedException.Conflict($"host {host.Id} is retired, which is for good: add it under another id");
        }

        Entity.RequireMatchOfPart(http, Editable(host));
        return await store.SaveAsync(next, audit) is { } saved
            ? Single(saved)
            : throw new RefusedException(ProblemKind.Stale, $"host {host.Id} was changed in this moment: read it again, then decide again");
    }

    private static void Check(HostRow row)
    {
        try
        {
            HostNames.Check(row);
        }
        catch (ArgumentException e)
        {
            throw RefusedException.Invalid("host", e.Message);
        }
    }

    private static byte[] InventoryBytes(HostRow host, Documents documents) => host.Inventory is { } digest
        ? documents.Get(digest)
        : throw RefusedException.NotFound($"host {host.Id} has no inventory yet: enrol it, or see 'patchflow hosts doctor {host.Id}'");

    public static InventoryView ViewInventory(HostRow host, Documents documents)
    {
        if (host.IsReported)
        {
            return ViewReport(host, HostReport.Parse(InventoryBytes(host, documents)));
        }

        var inventory = Inventory.Parse(InventoryBytes(host, documents));
        return new(
            host.Id,
            host.Inventory!.Value.Hex,
            host.InventoryAt,
            $"{inventory.OsId} {inventory.OsRelease}",
            inventory.Arch,
            inventory.Kernel,
            inventory.RebootNeeded,
            inventory.RestartNeeded,
            inventory.Holds,
            [.. inventory.Sources.Select(s => $"{s.Uri} {s.Suite}")],
            [.. inventory.Packages.Select(p => new InventoryPackage(p.Name, p.Arch, p.Version))],
            inventory.EditedConffiles,
            [.. inventory.Services.Select(s => new InventoryService(s.Unit, s.State))],
            [.. inventory.Listens.Select(l => $"{l.Protocol} {l.Address} {l.Port}")],
            []);
    }

    private static InventoryView ViewReport(HostRow host, HostReport report) => new(
        host.Id,
        host.Inventory!.Value.Hex,
        host.InventoryAt,
        $"{report.OsId} {report.OsRelease}".TrimEnd(),
        report.Arch,
        report.Kernel,
        false,
        [],
        report.Holds,
        report.Sources,
        [.. report.Packages.Select(p => new InventoryPackage(p.Name, p.Arch, p.Version)), .. report.Products.Select(p => new InventoryPackage(p.Name, report.Arch, p.Build ?? "-"))],
        [],
        [],
        [.. report.Listens.Select(l => $"{l.Protocol} {l.Address} {l.Port}")],
        report.Updates);
}
