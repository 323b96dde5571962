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
        var limit = new Option<int>("--limit") { Description = "Rows at most, 1 to 500", DefaultValueFactory = _ => 200 };
        return new Command("patches", "Which hosts still lack which fix of an archive, and the change that brings it; what vendors' advisories say is in 'patchflow exposure'") { cve, package, host, limit }.Does(async (parsed, session, cancel) =>
        {
            var page = await session.Api.PatchesAsync(
                parsed.GetValue(cve), parsed.GetValue(package), parsed.GetValue(host), limit: parsed.GetValue(limit), cancel: cancel);
            // What is not lacking may be there, or may not be installed at all.
            var installed = page.Total == 0 && parsed.GetValue(host) is { } id && parsed.GetValue(package) is not null && parsed.GetValue(cve) is null
                ? await session.Api.InventoryAsync(id, cancel) : null;
            return session.Print(page, terminal =>
            {
                var table = new Grid("Host", "Package", "Installed", "Fixed in", "Feed", "Change", "Note");
                foreach (var p in page.Items)
                {
                    table.AddRow(
                        Words.Safe(p.Host), Words.Safe(p.Package), Words.Safe(p.From), Words.Safe(p.To ?? "-"), Words.Safe(p.Feed ?? "-"), Words.Safe(p.Change ?? "-"), Words.Safe(p.SetApart ?? ""));
                }

                terminal.Rows(table, installed is null ? page.Unknown > 0 ? "No host is known to lack it." : "No patch is open: what vendors' advisories say of hosts is in 'patchflow exposure'." : Installed(installed, parsed.GetValue(package)!));
                if (page.Unknown > 0)
                {
                    terminal.Line($"[yellow]![/] {Words.Count(page.Unknown)} more {(page.Unknown == 1 ? "update applies whose CVEs are" : "updates apply whose CVEs are")} not known yet: a change must resolve them first");
                }

                if (page.Total > page.Items.Count)
                {
                    terminal.Line($"{Words.Count(page.Items.Count)} of {Words.Count(page.Total)}; narrow it with --host, --package or --cve");
                }
            });
        });
    }

    private static string Installed(InventoryView host, string package)
    {
        var there = host.Packages.Where(p => p.Name == package).Select(p => $"{p.Version} {p.Arch}").ToList();
        return Words.Safe(there.Count == 0
            ? $"{host.Host} does not have {package} (inventory of {Words.Time(host.At)})."
            : $"{host.Host} has {package} {string.Join(" and ", there)}, and lacks no fix of it (inventory of {Words.Time(host.At)}).");
    }
}
