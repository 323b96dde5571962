using System.CommandLine;
using System.Net.Sockets;
using PatchFlow.Client;

namespace PatchFlow.Cli.Commands;

/// <summary><c>patchflow feeds</c>.</summary>
internal static class FeedCommands
{
    private static readonly Argument<string> Name = new("name") { Description = "The feed" };
    private static readonly Argument<string> Index = new("digest") { Description = "The index's SHA-256 as 'patchflow feeds show' has it, all 64 digits" };
    private static readonly Argument<string> Archive = new("file") { Description = "The tar archive" };

    public static Command Root() => new Command("feeds", "Vendors' feeds") { List(), Show(), Refresh(), Release(), Rewind(), Export(), Import(), FeedInspection.Inspect() }.ListsByItself();

    /// <summary>A feed in one line of markup.</summary>
    public static string Sentence(FeedView feed)
    {
        var state = feed.State switch
        {
            FeedState.Fresh => "[green]fresh[/]",
            FeedState.New => "[grey]not fetched yet[/]",
            FeedState.Failing => "[yellow]failing[/]",
            FeedState.Quarantined => "[red]quarantined[/]",
            FeedState.Alarm => "[red]ALARM[/]",
            FeedState.Silent => "[yellow]no advisory data[/]",
            _ => "[red]stale[/]",
        };
        var snapshot = feed.Snapshot is { } s ? $", {Words.Count(s.Packages)} {(feed.Kind == "apt" ? "packages" : "records")} of {Words.Time(s.Time)}" : "";
        var error = feed.Alarm is { } alarm ? $": {Words.Safe(alarm)}" : feed.LastError is { } e ? $": {Words.Safe(e)}" : feed.Remark is { } remark ? $": {Words.Safe(remark)}" : "";
        return $"{Words.Safe(feed.Name)} {state}{snapshot}{error}";
    }

    private static Command List() => new Command("list", "All feeds").Does(async (_, session, cancel) =>
    {
        var page = await Pages.AllAsync(next => session.Api.FeedsAsync(limit: Pages.MostItems, cursor: next, cancel: cancel));
        return session.Print(page, terminal =>
        {
            foreach (var feed in page.Items)
            {
                terminal.Line(Sentence(feed));
            }

            if (page.Items.Count == 0)
            {
                terminal.Line("No feed; declare one under PatchFlow:Feeds in appsettings.json.");
            }
        });
    });

    private static Command Show() => new Command("show", "One feed") { Name }.Does(async (parsed, session, cancel) =>
    {
        var feed = await session.Api.FeedAsync(parsed.GetValue(Name)!, cancel);
        return session.Print(feed, terminal => FeedDetail.Print(terminal, feed));
    });

    private static Command Refresh() => new Command("refresh", "Fetch a feed now") { Name }.Does(async (parsed, session, cancel) =>
    {
        var feed = await session.Api.RefreshFeedAsync(parsed.GetValue(Name)!, cancel);
        return session.Print(feed, terminal => terminal.Line($"{Words.Safe(feed.Name)} is being fetched; see how it went with: patchflow feeds show {Words.Safe(feed.Name)}"));
    });

    private static Command Release() => new Command("release", "Let a feed leap to the index that waits in quarantine and that you have looked at") { Name, Index }.Does(async (parsed, session, cancel) =>
    {
        var feed = await session.Api.ReleaseFeedAsync(parsed.GetValue(Name)!, new(parsed.GetValue(Index)!), cancel);
        return session.Print(feed, terminal => terminal.Line($"{Words.Safe(feed.Name)} is released and being fetched; see how it went with: patchflow feeds show {Words.Safe(feed.Name)}"));
    });

    private static Command Rewind()
    {
        var to = new Option<string>("--to") { Description = "What is as new as this, or newer, counts again: a day such as 2026-11-23 (UTC), or a moment such as 2026-11-23T12:00:00Z", Required = true };
        to.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !IsoTime.TryParse(token.Value, out _))
            {
                result.AddError($"--to '{token.Value}' is no date: {IsoTime.Expected}");
            }
        });
        var reason = new Option<string>("--reason") { Description = "Why what was newer does not count; recorded", Required = true };
        return new Command("rewind", "Let a feed go back to a date, where what was newer was rightly taken back or was wrong") { Name, to, reason }.Does(async (parsed, session, cancel) =>
        {
            var feed = await session.Api.RewindFeedAsync(parsed.GetValue(Name)!, new(parsed.GetValue(to)!, parsed.GetValue(reason)!), cancel);
            return session.Print(feed, terminal => terminal.Line($"{Words.Safe(feed.Name)} may go back and is being fetched; see how it went with: patchflow feeds show {Words.Safe(feed.Name)}"));
        });
    }

    private static Command Export() => new Command("export", "Write a feed to a file, to carry it across an air gap: its verified snapshot, or what a vendor's documents were read from") { Name, Archive }.Does(async (parsed, session, cancel) =>
    {
        var (name, path) = (parsed.GetValue(Name)!, parsed.GetValue(Archive)!);
        var feed = await session.Api.FeedAsync(name, cancel);
        using var content = await session.Api.ExportFeedAsync(name, cancel);
        await SaveAsync(content, path, cancel);
        return session.Print(feed, terminal => terminal.Line($"{Words.Safe(path)} has the feed {Words.Safe(name)}; on the other side: patchflow feeds import {Words.Safe(name)} FILE"));
    });

    // What is there by the name is whole. What a run left that was killed is written over by the next.
    private static async Task SaveAsync(HttpContent content, string path, CancellationToken cancel)
    {
        var part = path + ".part";
        try
        {
            await using var file = File.Create(part);
            try
            {
                await using var from = await content.ReadAsStreamAsync(cancel);
                await from.CopyToAsync(file, cancel);
                file.Flush(flushToDisk: true);
                File.Move(part, path, overwrite: true);
            }
            catch
            {
                File.Delete(part);
                throw;
            }
        }
        catch (IOException e) when (e is HttpIOException or { InnerException: SocketException })
        {
            // A connection that is cut is told by the one or the other, and is no matter of the disk.
            throw new HttpRequestException(e.Message, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{path} can't be written: {e.Message}", "make room, or name a file in a folder that you may write to; nothing is left of it");
        }
    }

    private static Command Import() => new Command("import", "Take a feed from such a file; it is verified as a fetch is") { Name, Archive }.Does(async (parsed, session, cancel) =>
    {
        await using var file = File.OpenRead(parsed.GetValue(Archive)!);
        var feed = await session.Api.ImportFeedAsync(parsed.GetValue(Name)!, file, cancel);
        return session.Print(feed, terminal => terminal.Line(Sentence(feed)));
    });
}
