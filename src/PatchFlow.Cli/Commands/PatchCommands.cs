using System.CommandLine;
using PatchFlow.Client;

namespace PatchFlow.Cli.Commands;

/// <summary><c>patchflow patches</c>: which hosts still lack which fix of an archive.</summary>
internal static class PatchCommands
{
    public static Command List()
    {
        var cve = new Option<string?>("--cve") { Description = "Only fixes of this CVE" };
        var package = new Option<string?>("--package") { Description = "Only this package" };
        var host = new Option<string?>("--host") { Description = "Only this host" };
        var group = new Option<string?>("--group") { Description = "Only hosts of this group" };
        var limit = new Option<int>("--limit") { Description = "Rows at most, 1 to 500", DefaultValueFactory = _ => 200 };
        return new Command("patches", "Which hosts still lack which fix of an archive, and the change that brings it; what vendors' advisories say is in 'patchflow exposure'") { cve, package, host, group, limit }.Does(async (parsed, session, cancel) =>
        {
            var page = await session.Api.PatchesAsync(
                parsed.GetValue(cve), parsed.GetValue(package), parsed.GetValue(host), parsed.GetValue(group), limit: parsed.GetValue(limit), cancel: cancel);
            // What is not lacking may be there, or may not be installed at all.
            var installed = page.Total == 0 && page.Blind.Count == 0 && parsed.GetValue(host) is { } id && parsed.GetValue(package) is not null && parsed.GetValue(cve) is null
                ? await session.Api.InventoryAsync(id, cancel) : null;
            return session.Print(page, terminal =>
            {
                var table = new Grid("Host", "Package", "Installed", "Fixed in", "Feed", "Change", "Note");
                foreach (var p in page.Items)
                {
                    table.AddRow(
                        Words.Safe(p.Host), Words.Safe(p.Package), Words.Safe(p.From), Words.Safe(p.To ?? "-"), Words.Safe(p.Feed ?? "-"), Words.Safe(p.Change ?? "-"), Words.Safe(p.SetApart ?? ""));
                }

                terminal.Rows(table, installed is null ? IsBlind(page, parsed.GetValue(host)) ? "Nothing is known of what it lacks." : page.Unknown > 0 ? "No host is known to lack it." : "No patch is open: what vendors' advisories say of hosts is in 'patchflow exposure'." : Installed(installed, parsed.GetValue(package)!));
                foreach (var blind in page.Blind)
                {
                    terminal.Line($"[yellow]![/] nothing can be said of {Words.Safe(blind.Host)}: {Words.Safe(blind.Why)}");
                }

                if (page.Unknown > 0)
                {
                    terminal.Line($"[yellow]![/] {Words.Count(page.Unknown)} more {(page.Unknown == 1 ? "update applies whose CVEs are" : "updates apply whose CVEs are")} not known yet: a change must resolve them first");
                }

                if (page.Total > page.Items.Count)
                {
                    terminal.Line($"{Words.Count(page.Items.Count)} of {Words.Count(page.Total)}; narrow it with --host, --group, --package or --cve");
                }
            });
        });
    }

    // That no patch of it is listed must not be said as if none were open.
    private static bool IsBlind(PatchPage page, string? host) => page.Blind.Any(b => b.Host == host);

    private static string Installed(InventoryView host, string package)
    {
        var there = host.Packages.Where(p => p.Name == package).Select(p => $"{p.Version} {p.Arch}").ToList();
        return Words.Safe(there.Count == 0
            ? $"{host.Host} does not have {package} (inventory of {Words.Time(host.At)})."
            : $"{host.Host} has {package} {string.Join(" and ", there)}, and lacks no fix of it (inventory of {Words.Time(host.At)}).");
    }
}
