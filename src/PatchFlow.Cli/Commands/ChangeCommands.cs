using System.CommandLine;
using PatchFlow.Client;
using Spectre.Console;

namespace PatchFlow.Cli.Commands;

/// <summary><c>patchflow changes</c>, <c>show</c> and <c>plan</c>.</summary>
internal static class ChangeCommands
{
    public static readonly Argument<string> Id = new("change") { Description = "CHG-NUMBER" };

    public static Command List()
    {
        var open = new Option<bool>("--open") { Description = "Only those in which something is still to happen" };
        var cve = new Option<string?>("--cve") { Description = "Only those that mend this CVE" };
        var host = new Option<string?>("--host") { Description = "Only those for this host" };
        return new Command("changes", "Changes, newest first") { Propose(), open, cve, host }.Does(async (parsed, session, cancel) =>
        {
            var page = await session.Api.ChangesAsync(
                open: parsed.GetValue(open) ? true : null, host: parsed.GetValue(host), cve: parsed.GetValue(cve), limit: 200, cancel: cancel);
            return session.Print(page, terminal =>
            {
                var table = Terminal.Table("Change", "Title", "Status", "Hosts", "CVEs", "Plan", "Waits for");
                foreach (var c in page.Items)
                {
                    table.AddRow(
                        c.Id, Words.Safe(c.Title), StatusLook.Word(c.Status), Words.Count(c.Hosts), Words.Count(c.Cves), Words.Digest(c.Plan), Words.Safe(c.Waiting?.Sentence ?? c.Reason ?? "-"));
                }

                terminal.Rows(table, "No change: nothing applies, or nothing has been looked at yet (see 'patchflow status').");
            });
        });
    }

    private static Command Propose()
    {
        var group = new Argument<string>("group") { Description = "The host group" };
        var hosts = new Option<string[]>("--host") { Description = "Only this host of it; may be given several times", AllowMultipleArgumentsPerToken = false };
        return new Command("propose", "Propose what applies to a host group now: also again, after a change was rejected, failed or expired") { group, hosts }.Does(async (parsed, session, cancel) =>
        {
            var only = parsed.GetValue(hosts) is { Length: > 0 } named ? named : null;
            var change = await session.Api.ProposeAsync(new(parsed.GetValue(group)!, only), cancel: cancel);
            return session.Print(change, terminal => terminal.Line(
                $"{change.Summary.Id} is proposed: {Words.Safe(change.Summary.Title)}, {Words.Count(change.Hosts.Count, "host")}. You proposed it, so you can't approve it."));
        });
    }

    public static Command Show() => new Command("show", "A change as the board reads it") { Id }.Does(async (parsed, session, cancel) =>
    {
        var change = await session.Api.ChangeAsync(Words.ChangeId(parsed.GetValue(Id)!), cancel);
        return session.Print(change, terminal =>
        {
            EightLines.Print(change, terminal);
            Details(change, terminal);
        });
    });

    public static Command Plan()
    {
        var profile = new Option<string?>("--profile") { Description = "The content part of this profile" };
        var evidence = new Option<bool>("--evidence") { Description = "The evidence instead" };
        return new Command("plan", "The sealed plan, byte for byte") { Id, profile, evidence }.Does(async (parsed, session, cancel) =>
        {
            var id = Words.ChangeId(parsed.GetValue(Id)!);
            // Documents are printed as they are, so that a digest can be taken from what is printed.
            Console.Out.Write(parsed.GetValue(profile) is { } name
                ? await session.Api.PlanContentAsync(id, name, cancel)
                : parsed.GetValue(evidence) ? await session.Api.EvidenceAsync(id, cancel) : await session.Api.PlanAsync(id, cancel));
            return Exit.Ok;
        });
    }

    private static void Details(ChangeView change, Terminal terminal)
    {
        terminal.Line();
        var packages = Terminal.Table("Package", "Arch", "From", "To");
        foreach (var upgrade in change.Upgrades)
        {
            packages.AddRow(Words.Safe(upgrade.Name), Words.Safe(upgrade.Arch), Words.Safe(upgrade.From), Words.Safe(upgrade.To));
        }

        foreach (var install in change.Installs)
        {
            packages.AddRow(Words.Safe(install.Name), Words.Safe(install.Arch), "(new)", Words.Safe(install.Version));
        }

        terminal.Rows(packages, "No package.");
        if (change.Cves.Count > 0)
        {
            terminal.Line($"CVEs       {Words.Safe(string.Join(", ", change.Cves))}");
        }

        terminal.Line($"Hosts      {Words.Safe(string.Join(", ", change.Hosts))}");
        foreach (var profile in change.Tested?.Profiles ?? [])
        {
            var stages = profile.Stages.Select(s => $"{Words.Safe(s.Name)} {Words.Safe(s.State)} {Words.Duration(TimeSpan.FromSeconds(s.Seconds))}");
            terminal.Line($"Tested     {Words.Safe(profile.Profile)}: {string.Join(", ", stages)}");
        }

        foreach (var line in change.NotTested)
        {
            terminal.Line($"Not tested {Words.Safe(line)}");
        }
    }
}
