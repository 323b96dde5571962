using System.CommandLine;
using Spectre.Console;

namespace PatchFlow.Cli.Commands;

/// <summary><c>patchflow patches</c>: which hosts still lack which fix.</summary>
internal static class PatchCommands
{
    public static Command List()
    {
        var cve = new Option<string?>("--cve") { Description = "Only fixes of this CVE" };
        var package = new Option<string?>("--package") { Description = "Only this package" };
        var host = new Option<string?>("--host") { Description = "Only this host" };
        var limit = new Option<int>("--limit") { Description = "Rows at most, 1 to 500", DefaultValueFactory = _ => 200 };
        return new Command("patches", "Which hosts still lack which fix, and the change that brings it") { cve, package, host, limit }.Does(async (parsed, session, cancel) =>
        {
            var page = await session.Api.PatchesAsync(
                parsed.GetValue(cve), parsed.GetValue(package), parsed.GetValue(host), limit: parsed.GetValue(limit), cancel: cancel);
            return session.Print(page, terminal =>
            {
                var table = Terminal.Table("Host", "Package", "Installed", "Fixed in", "Feed", "Change", "Note");
                foreach (var p in page.Items)
                {
                    table.AddRow(
                        Words.Safe(p.Host), Words.Safe(p.Package), Words.Safe(p.From), Words.Safe(p.To ?? "-"), Words.Safe(p.Feed ?? "-"), Words.Safe(p.Change ?? "-"), Words.Safe(p.SetApart ?? ""));
                }

                terminal.Rows(table, "No host lacks a fix.");
                if (page.Total > page.Items.Count)
                {
                    terminal.Line($"{Words.Count(page.Items.Count)} of {Words.Count(page.Total)}; narrow it with --host, --package or --cve");
                }
            });
        });
    }
}
