using System.CommandLine;
using PatchFlow.Client;

namespace PatchFlow.Cli.Commands;

/// <summary><c>patchflow hosts</c>.</summary>
internal static class HostCommands
{
    private static readonly Argument<string> Id = new("id") { Description = "The host's id, [a-z0-9-]" };

    public static Command Root() => new Command("hosts", "Production hosts") { Add(), Enrolment.Command(Id), ReportCommand.Of(Id), List(), Show(), Doctor(), Log(), Retire(), Overtake() }.ListsByItself();

    private static Command Add()
    {
        var address = new Option<string>("--address") { Description = "Name or IP address", Required = true };
        var group = new Option<string>("--group") { Description = "Changes bundle by it", Required = true };
        var port = new Option<int>("--port") { Description = "SSH port", DefaultValueFactory = _ => 22 };
        var labels = new Option<string[]>("--label") { Description = "key=value, may be given several times", AllowMultipleArgumentsPerToken = false };
        return new Command("add", "Make a host known; nothing is done to it") { Id, address, group, port, labels }.Does(async (parsed, session, cancel) =>
        {
            var host = await session.Api.AddHostAsync(
                new(parsed.GetValue(Id)!, parsed.GetValue(address)!, parsed.GetValue(group)!, parsed.GetValue(port), Labels(parsed.GetValue(labels))), cancel: cancel);
            return session.Print(host, terminal => terminal.Line($"{Words.Safe(host.Id)} is known. Next: patchflow hosts enrol {Words.Safe(host.Id)} --user root --key FILE --fingerprint SHA256:…"));
        });
    }

    private static Dictionary<string, string>? Labels(string[]? labels) => labels is not { Length: > 0 } ? null : labels.ToDictionary(
        label => label.Split('=')[0],
        label => label.Contains('=', StringComparison.Ordinal) ? label[(label.IndexOf('=', StringComparison.Ordinal) + 1)..] : throw new UsageException($"'{label}' is no label", "labels are key=value"));

    private static Command List()
    {
        var group = new Option<string?>("--group") { Description = "Only this group" };
        return new Command("list", "All hosts") { group }.Does(async (parsed, session, cancel) =>
        {
            var page = await Pages.AllAsync(next => session.Api.HostsAsync(group: parsed.GetValue(group), limit: Pages.MostItems, cursor: next, cancel: cancel));
            return session.Print(page, terminal =>
            {
                var table = new Grid("Host", "Group", "Address", "State", "Inventory", "Problem");
                foreach (var host in page.Items)
                {
                    table.AddRow(
                        Words.Safe(host.Id), Words.Safe(host.Group), Address(host), State(host), Words.Time(host.InventoryAt), Words.Safe(host.LastError ?? "-"));
                }

                terminal.Rows(table, "No host; add one with: patchflow hosts add ID --address ADDRESS --group GROUP");
            });
        });
    }

    private static Command Show() => new Command("show", "One host: what it is, and what applies") { Id }.Does(async (parsed, session, cancel) =>
    {
        var host = await session.Api.HostAsync(parsed.GetValue(Id)!, cancel);
        if (session.Json)
        {
            session.Out.Json(host);
            return Exit.Ok;
        }

        var patches = await session.Api.PatchesAsync(host: host.Id, limit: Pages.MostItems, cancel: cancel);
        ShowHost(host, host.Inventory is null ? null : await session.Api.InventoryAsync(host.Id, cancel), patches, session.Out);
        return Exit.Ok;
    });

    private static string Address(HostView host) => host.Address.Length == 0 ? "-" : $"{Words.Safe(host.Address)}:{host.Port}";

    private static string State(HostView host) => host.State == HostStanding.Reported ? "Reported only" : Words.Spaced(host.State);

    private static void ShowHost(HostView host, InventoryView? inventory, PatchPage patches, Terminal terminal)
    {
        terminal.Line($"{Words.Safe(host.Id)}  group {Words.Safe(host.Group)}  {Address(host)}  {State(host)}  {(host.State == HostStanding.Reported ? "reported" : "seen")} {Words.Time(host.LastSeen)}");
        if (host.LastError is { } error)
        {
            terminal.Line($"[red]![/] {Words.Safe(error)}");
        }

        if (host.State == HostStanding.Reported)
        {
            terminal.Line($"It is reported on, not deployed to. What is open: patchflow exposure --host {Words.Safe(host.Id)}");
        }

        if (inventory is not null)
        {
            terminal.Field("System", $"{Words.Safe(inventory.Os)} {Words.Safe(inventory.Arch)}, kernel {Words.Safe(inventory.Kernel)}, {Words.Count(inventory.Packages.Count, "package")} at {Words.Time(inventory.At)}");
            terminal.Field(inventory.Updates.Count > 0 ? "Updates" : "Services", inventory.Updates.Count > 0 ? Words.Count(inventory.Updates.Count, "update") : $"{Words.Count(inventory.Services.Count(s => s.State == "active"))} active; restart needed: {Words.Safe(inventory.RestartNeeded.Count == 0 ? "none" : string.Join(", ", inventory.RestartNeeded))}; reboot needed: {(inventory.RebootNeeded ? "yes" : "no")}");
            terminal.Field("Holds", Words.Safe(inventory.Holds.Count == 0 ? "none" : string.Join(", ", inventory.Holds)));
        }

        if (host.State == HostStanding.Reported)
        {
            return;
        }

        var table = new Grid("Package", "Installed", "Fixed in", "Change", "Note");
        foreach (var patch in patches.Items)
        {
            table.AddRow(Words.Safe(patch.Package), Words.Safe(patch.From), Words.Safe(patch.To ?? "-"), Words.Safe(patch.Change ?? "-"), Words.Safe(patch.SetApart ?? ""));
        }

        terminal.Rows(table, "No security update applies.");
    }

    private static Command Doctor() => new Command("doctor", "Look for what stands in a host's way") { Id }.Does(async (parsed, session, cancel) =>
    {
        var doctor = await session.Api.DoctorAsync(parsed.GetValue(Id)!, cancel);
        session.Print(doctor, terminal =>
        {
            foreach (var finding in doctor.Findings)
            {
                terminal.Line($"{(finding.Good ? "[green]ok[/]  " : "[red]bad[/] ")}{Words.Safe(finding.Name)}: {Words.Safe(finding.Detail)}");
            }
        });
        return doctor.Healthy ? Exit.Ok : Exit.Refused;
    });

    private static Command Log()
    {
        var change = new Option<string?>("--change") { Description = "The change; the newest where it is left out" };
        return new Command("log", "What the host said while it was worked on") { Id, change }.Does(async (parsed, session, cancel) =>
        {
            var host = parsed.GetValue(Id)!;
            var of = parsed.GetValue(change) is { } given
                ? Words.ChangeId(given)
                : (await session.Api.TasksOfHostAsync(host, limit: 1, cancel: cancel)).Items is [var newest, ..] ? newest.Change
                    : throw new UsageException($"no change has touched {host}", "see 'patchflow changes'");
            session.Out.Text(await session.Api.HostLogAsync(of, host, cancel));
            return Exit.Ok;
        });
    }

    private static Command Overtake()
    {
        var reason = new Option<string>("--reason") { Description = "Why no newer database can be restored; recorded", Required = true };
        var yes = new Option<bool>("--yes") { Description = "Do not ask" };
        return new Command("overtake", "Go on from what hosts have seen, where this server's database is an old copy and there is no newer one") { reason, yes }.Does(async (parsed, session, cancel) =>
        {
            if (!parsed.GetValue(yes) && !session.Out.Ask("What was approved, rejected, stopped and done after this copy was made is lost. A server that still has it is refused by each host only from this one's first ticket there on: stop it first, and look at each host. Overtake?"))
            {
                return Exit.Refused;
            }

            var view = await session.Api.OvertakeAsync(new(parsed.GetValue(reason)!), cancel);
            return session.Print(view, terminal => terminal.Line($"Epoch {view.Epoch}, plans from {view.Sequence + 1} on; ahead had been {Words.Safe(string.Join(", ", view.Hosts))}."));
        });
    }

    private static Command Retire()
    {
        var yes = new Option<bool>("--yes") { Description = "Do not ask" };
        return new Command("retire", "Take a host out for good; its id stays taken") { Id, yes }.Does(async (parsed, session, cancel) =>
        {
            var id = parsed.GetValue(Id)!;
            if (!parsed.GetValue(yes) && !session.Out.Ask($"Retire {id}? It gets no patch any more, and its id stays taken."))
            {
                return Exit.Refused;
            }

            var host = await session.Api.RetireHostAsync(id, cancel: cancel);
            return session.Print(host, terminal => terminal.Line($"{Words.Safe(host.Id)} is retired."));
        });
    }
}
