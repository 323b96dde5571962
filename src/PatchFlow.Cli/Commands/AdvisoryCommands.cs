using System.CommandLine;
using System.Globalization;
using PatchFlow.Client;

namespace PatchFlow.Cli.Commands;

/// <summary><c>patchflow advisories</c> and <c>patchflow exposure</c>: what vendors say, and which hosts still lack which fix.</summary>
internal static class AdvisoryCommands
{
    private const int MostNamed = 5;

    public static Command Advisories()
    {
        var cve = new Option<string?>("--cve") { Description = "Only advisories on this CVE" };
        var severity = Choice.Of<AdvisorySeverity>("--severity", "Only those that the vendor has rated so");
        var kev = new Option<bool>("--kev") { Description = "Only what is known to be exploited" };
        var feed = new Option<string?>("--feed") { Description = "Only those of this feed" };
        var limit = Limit();
        return new Command("advisories", "What vendors say, in the feeds' snapshots in use") { cve, severity, kev, feed, limit }.Does(async (parsed, session, cancel) =>
        {
            var page = await session.Api.AdvisoriesAsync(
                parsed.GetValue(cve), parsed.GetValue(severity), parsed.GetValue(kev) ? true : null, parsed.GetValue(feed), parsed.GetValue(limit), cancel: cancel);
            return session.Print(page, terminal =>
            {
                var table = new Grid("Advisory", "Severity", "KEV", "EPSS", "Feed", "CVEs", "Title");
                foreach (var a in page.Items)
                {
                    table.AddRow(
                        Words.Safe(a.Id), Coloured(a), a.Kev is { } known ? $"[red]{known.Added:yyyy-MM-dd}[/]" : "-", Share(a.Epss), Words.Safe(a.Feed), Words.Safe(Words.Some([.. a.Cves], 2)), Words.Safe(a.Title ?? ""));
                }

                var isFiltered = parsed.GetValue(kev) || new[] { parsed.GetValue(cve), parsed.GetValue(feed) }.Any(f => f is not null) || parsed.GetValue(severity) is not null;
                terminal.Rows(table, isFiltered
                    ? "No advisory that the filter lets through is in the feeds as they are now; 'patchflow feeds' shows how new they are."
                    : "No advisory: no feed of vendors' documents is configured, or none has been fetched yet; see 'patchflow feeds'.");
                More(terminal, page.Items.Count, page.Total, "--cve, --severity, --kev or --feed");
            });
        });
    }

    public static Command Exposure()
    {
        var cve = new Option<string?>("--cve") { Description = "Only this CVE" };
        var host = new Option<string?>("--host") { Description = "Only this host" };
        var group = new Option<string?>("--group") { Description = "Only hosts of this group" };
        var package = new Option<string?>("--package") { Description = "Only this package" };
        var answer = Choice.Of<ExposureAnswer>("--answer", "Only what can be answered so");
        var priority = Choice.Of<ExposurePriority>("--priority", "Only what is so urgent");
        var deadline = Choice.Of<DeadlineStanding>("--deadline", "Only what stands so");
        var ended = new Option<bool>("--ended") { Description = "What is not open any more, instead of what is" };
        var limit = Limit();
        return new Command("exposure", "Which hosts still lack which fix, since when, until when, and why it matters") { cve, host, group, package, answer, priority, deadline, ended, limit }.Does(async (parsed, session, cancel) =>
        {
            var page = await session.Api.ExposureAsync(
                parsed.GetValue(cve), parsed.GetValue(host), parsed.GetValue(group), parsed.GetValue(package), parsed.GetValue(answer), parsed.GetValue(priority), parsed.GetValue(deadline),
                parsed.GetValue(ended) ? true : null, parsed.GetValue(limit), cancel: cancel);
            var asked = Asked(
                (" of package ", parsed.GetValue(package)), (" on host ", parsed.GetValue(host)), (" in group ", parsed.GetValue(group)),
                (" with the answer ", Word(parsed.GetValue(answer))), (" with the priority ", Word(parsed.GetValue(priority))), (" with the deadline ", Word(parsed.GetValue(deadline))));
            return session.Print(page, terminal => Print(terminal, page, Nothing(page, parsed.GetValue(cve), parsed.GetValue(ended), asked)));
        });
    }

    // Only of what was asked for can it be said that nothing is open.
    private static string Asked(params (string Word, string? Value)[] filters) => string.Concat(filters.Where(f => f.Value is not null).Select(f => f.Word + Words.Safe(f.Value)));

    private static string? Word<T>(T? filter)
        where T : struct, Enum => filter is { } value ? Words.Spaced(value).ToLowerInvariant() : null;

    private static string Nothing(ExposurePage page, string? cve, bool isEnded, string asked)
    {
        if (cve is null)
        {
            return $"{(isEnded ? "Nothing has ended" : "Nothing is open")}{asked}.";
        }

        var nothing = isEnded ? $"Nothing has ended of {Words.Safe(cve)}{asked}" : asked.Length > 0 ? $"Nothing is open of {Words.Safe(cve)}{asked}" : $"No host is open to {Words.Safe(cve)}";
        return page.Advisories == 0 ? $"No feed says anything of {Words.Safe(cve)}: no host can be said to be open to it, or not."
            : $"{nothing}; {Words.Count(page.Advisories ?? 0)} {(page.Advisories == 1 ? "advisory speaks" : "advisories speak")} of it.";
    }

    private static void Print(Terminal terminal, ExposurePage page, string nothing)
    {
        var table = new Grid("Host", "Package", "Vulnerability", "Rank", "Installed", "Fixed in", "Since", "Due", "Why");
        foreach (var e in page.Items)
        {
            table.AddRow(
                Words.Safe(e.Host), Words.Safe(e.Package), Words.Safe(e.Vulnerability), Coloured(e.Priority), Words.Safe(e.Installed), Fix(e), Day(e.Since), Due(e), Words.Safe(Why(e)));
        }

        terminal.Rows(table, nothing);
        if (page.Items.Count > 0)
        {
            var deadlines = page.Deadlines.Where(d => d.Key != DeadlineStanding.None).OrderByDescending(d => d.Key).Select(d => $"{Words.Count(d.Value)} {Words.Spaced(d.Key).ToLowerInvariant()}");
            terminal.Line($"{Words.Count(page.Total)} in all{(deadlines.Any() ? $"; deadlines: {string.Join(", ", deadlines)}" : "")}");
        }

        foreach (var blind in page.Blind.Take(MostNamed))
        {
            terminal.Line($"[yellow]![/] nothing can be said of {Words.Safe(blind.Host)}: {Words.Safe(blind.Why)}");
        }

        More(terminal, Math.Min(MostNamed, page.Blind.Count), page.Blind.Count, "--host, or --json, which has the first 100");
        foreach (var old in page.Old.Take(MostNamed))
        {
            terminal.Line($"[yellow]![/] {Words.Safe(old.Host)}: {Words.Safe(old.Why)}");
        }

        More(terminal, Math.Min(MostNamed, page.Old.Count), page.Old.Count, "--host, or --json, which has the first 100");
        foreach (var feed in page.Feeds)
        {
            terminal.Line($"[yellow]![/] {Words.Safe(feed)}: what it would say now is missing here");
        }

        More(terminal, page.Items.Count, page.Total, "--cve, --host, --package, --priority or --deadline");
    }

    private static string Why(ExposureView e) => string.Join("; ",
    [
        .. e.Reasons,
        .. e.Note is { } note ? (string[])[note] : [],
        .. e.Held ? (string[])["the package is on hold"] : [],
        .. e.NeedsReboot ? (string[])["a newer kernel is installed: reboot"] : [],
        .. e.Advisories.Count > 0 ? (string[])[Words.Some([.. e.Advisories], 2)] : [],
    ]);

    private static string Fix(ExposureView e) => e.Answer switch
    {
        ExposureAnswer.FixAvailable => Words.Safe(e.Fixed ?? "a newer version"),
        ExposureAnswer.NoFixYet => "[yellow]no fix yet[/]",
        ExposureAnswer.WillNotFix => "[yellow]will not be fixed[/]",
        ExposureAnswer.SupportEnded => "[red]support ended[/]",
        ExposureAnswer.UnderInvestigation => "[grey]not known yet[/]",
        _ => "[grey]can't be told[/]",
    };

    private static string Due(ExposureView e) => e switch
    {
        { Ended: { } ended } => $"{(e.Deadline == DeadlineStanding.Missed ? "[red]late[/]" : "[green]done[/]")} {Day(ended)}",
        { Due: { } due, Deadline: DeadlineStanding.Missed } => $"[red]missed {Day(due)}[/]",
        { Due: { } due, Deadline: DeadlineStanding.AtRisk } => $"[yellow]at risk {Day(due)}[/]",
        { Due: { } due } => Day(due),
        _ => "-",
    };

    /// <summary>A rank as a coloured word.</summary>
    public static string Coloured(ExposurePriority priority) => priority switch
    {
        ExposurePriority.Kev or ExposurePriority.Critical => $"[red]{Word(priority)}[/]",
        ExposurePriority.High => $"[yellow]{Word(priority)}[/]",
        _ => Word(priority),
    };

    private static string Coloured(AdvisoryView advisory) => advisory.Withdrawn is not null ? "[grey]withdrawn[/]" : advisory.Severity switch
    {
        AdvisorySeverity.Critical => $"[red]{Word(advisory.Severity)}[/]",
        AdvisorySeverity.High => $"[yellow]{Word(advisory.Severity)}[/]",
        AdvisorySeverity.Unknown => "-",
        _ => Word(advisory.Severity),
    };

    private static string Word(Enum value) => $"{value}".ToLowerInvariant();

    private static string Share(decimal? share) => share is { } s ? s.ToString("0.0###", CultureInfo.InvariantCulture) : "-";

    private static string Day(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static Option<int> Limit() => new("--limit") { Description = "Rows at most, 1 to 500", DefaultValueFactory = _ => 200 };

    private static void More(Terminal terminal, int shown, long total, string how)
    {
        if (total > shown)
        {
            terminal.Line($"{Words.Count(shown)} of {Words.Count(total)}; narrow it with {how}");
        }
    }
}
