using System.CommandLine;
using PatchFlow.Client;

namespace PatchFlow.Cli.Commands;

/// <summary><c>patchflow changes</c>, <c>show</c> and <c>plan</c>.</summary>
internal static class ChangeCommands
{
    private const int SomeCves = 8;

    public static readonly Argument<string> Id = new("change") { Description = "CHG-NUMBER" };

    public static Command List()
    {
        var open = new Option<bool>("--open") { Description = "Only those in which something is still to happen" };
        var cve = new Option<string?>("--cve") { Description = "Only those that mend this CVE" };
        var host = new Option<string?>("--host") { Description = "Only those for this host" };
        return new Command("changes", "Changes, newest first") { Propose(), open, cve, host }.Does(async (parsed, session, cancel) =>
        {
            var page = await Pages.AllAsync(next => session.Api.ChangesAsync(
                open: parsed.GetValue(open) ? true : null, host: parsed.GetValue(host), cve: parsed.GetValue(cve), limit: Pages.MostItems, cursor: next, cancel: cancel));
            return session.Print(page, terminal =>
            {
                var table = new Grid("Change", "Status", "Hosts", "CVEs", "Plan", "Title; what it waits for");
                foreach (var c in page.Items)
                {
                    var waits = c.Waiting?.Sentence ?? c.Reason;
                    table.AddRow(
                        c.Id, StatusLook.Word(c.Status), Words.Count(c.Hosts), Words.Count(c.Cves), Words.Digest(c.Plan), Words.Safe(waits is null ? c.Title : $"{c.Title}; {waits}"));
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

    public static Command Show()
    {
        var cves = new Option<bool>("--cves") { Description = $"All CVEs, not the first {SomeCves}" };
        var changelog = new Option<bool>("--changelog") { Description = "What the packages' changelogs say between old and new version, instead" };
        return new Command("show", "A change as the board reads it") { Id, cves, changelog }.Does(async (parsed, session, cancel) =>
        {
            var id = Words.ChangeId(parsed.GetValue(Id)!);
            if (parsed.GetValue(changelog))
            {
                var notes = await session.Api.NotesAsync(id, cancel);
                return session.Print(notes, terminal => Changelog.Print(notes, terminal));
            }

            var change = await session.Api.ChangeAsync(id, cancel);
            return session.Print(change, terminal =>
            {
                EightLines.Print(change, terminal);
                Details(change, parsed.GetValue(cves) ? int.MaxValue : SomeCves, terminal);
            });
        });
    }

    public static Command Plan()
    {
        var profile = new Option<string?>("--profile") { Description = "The content part of this profile" };
        var evidence = new Option<bool>("--evidence") { Description = "The evidence instead" };
        return new Command("plan", "The sealed plan, byte for byte") { Id, profile, evidence }.Does(async (parsed, session, cancel) =>
        {
            var id = Words.ChangeId(parsed.GetValue(Id)!);
            session.Out.Raw(parsed.GetValue(profile) is { } name
                ? await session.Api.PlanContentAsync(id, name, cancel)
                : parsed.GetValue(evidence) ? await session.Api.EvidenceAsync(id, cancel) : await session.Api.PlanAsync(id, cancel));
            return Exit.Ok;
        });
    }

    private static void Details(ChangeView change, int mostCves, Terminal terminal)
    {
        terminal.Line();
        var packages = new Grid("Package", "Arch", "From", "To");
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
            var more = change.Cves.Count > mostCves ? " (--cves shows all; --changelog what they are)" : "";
            terminal.Field("CVEs", Words.Safe(Words.Some(change.Cves, mostCves) + more));
        }

        terminal.Field("Hosts", Words.Safe(string.Join(", ", change.Hosts)));
        foreach (var profile in change.Tested?.Profiles ?? [])
        {
            var stages = profile.Stages.Select(s => $"{Words.Safe(s.Name)} {Words.Safe(s.State)} {Words.Duration(TimeSpan.FromSeconds(s.Seconds))}");
            terminal.Field("Tested", $"{Words.Safe(profile.Profile)}: {(profile.Stages.Count == 0 ? "no stage yet" : string.Join(", ", stages))}");
        }

        foreach (var line in change.NotTested)
        {
            terminal.Field("Not tested", Words.Safe(line));
        }
    }
}
