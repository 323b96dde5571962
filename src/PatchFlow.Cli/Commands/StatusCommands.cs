using System.CommandLine;
using PatchFlow.Client;

namespace PatchFlow.Cli.Commands;

/// <summary><c>patchflow status</c> and <c>patchflow audit</c>.</summary>
internal static class StatusCommands
{
    public static Command Status() => new Command("status", "Everything at one glance").Does(async (_, session, cancel) =>
    {
        var status = await session.Api.StatusAsync(cancel);
        return session.Print(status, terminal => Show(status, terminal));
    });

    public static Command Audit()
    {
        var of = new Option<string?>("--object") { Description = "For example change:42 or host:web-1" };
        var actor = new Option<string?>("--actor") { Description = "system or user:ID" };
        var limit = new Option<int>("--limit") { Description = "Entries at most, 1 to 500", DefaultValueFactory = _ => 50 };
        var cursor = new Option<string?>("--cursor") { Description = "Go on where a list ended" };
        var sort = new Option<string?>("--sort") { Description = "sequence or -sequence" };
        return new Command("audit", "The audit log") { of, actor, limit, cursor, sort }.Does(async (parsed, session, cancel) =>
        {
            var page = await session.Api.AuditAsync(
                parsed.GetValue(actor), of: parsed.GetValue(of), limit: parsed.GetValue(limit), cursor: parsed.GetValue(cursor), sort: parsed.GetValue(sort), cancel: cancel);
            return session.Print(page, terminal => Show(page, terminal));
        });
    }

    private static void Show(ServerStatus status, Terminal terminal)
    {
        terminal.Line($"PatchFlow {Words.Safe(status.Version)}, {Words.Time(status.Now)}");
        foreach (var part in status.Health.Parts.Where(p => !p.Healthy))
        {
            terminal.Line($"[red]![/] {Words.Safe(part.Name)}: {Words.Safe(part.Detail)}");
        }

        var hosts = status.Hosts.Where(h => h.Value > 0).Select(h => $"{Words.Count(h.Value)} {Words.Spaced(h.Key).ToLowerInvariant()}").ToList();
        terminal.Field("Hosts", hosts.Count == 0 ? "none; add one with 'patchflow hosts add'" : string.Join(", ", hosts));
        foreach (var error in status.HostErrors)
        {
            terminal.Line($"[red]![/] {Words.Safe(error.Host)}: {Words.Safe(error.Error)}");
        }

        foreach (var feed in status.Feeds)
        {
            terminal.Field("Feed", FeedCommands.Sentence(feed));
        }

        var changes = status.Changes.Where(c => c.Value > 0).Select(c => $"{Words.Count(c.Value)} {StatusLook.Word(c.Key)}").ToList();
        terminal.Field("Changes", changes.Count == 0 ? "none" : string.Join(", ", changes));
        foreach (var change in status.Open)
        {
            terminal.Line($"  {change.Id} {Words.Safe(change.Title)}  {StatusLook.Word(change.Status)}");
            if (change.Waiting is { } waiting)
            {
                terminal.Line($"    Waits for: {Words.Safe(waiting.Sentence)}");
            }
        }
    }

    private static void Show(Page<AuditView> page, Terminal terminal)
    {
        var table = new Grid("#", "At", "Actor", "Action", "Object", "Details");
        foreach (var entry in page.Items)
        {
            table.AddRow(
                $"{entry.Sequence}", Words.Time(entry.At), Words.Safe(entry.Actor), Words.Safe(entry.Action), Words.Safe(entry.Object), Words.Safe(string.Join("; ", entry.Details)));
        }

        terminal.Rows(table, "No entry.");
        if (page.Next is { } next)
        {
            terminal.Line($"{Words.Count(page.Total)} in all; go on with --cursor {Words.Safe(next)}");
        }
    }
}
