using PatchFlow.Client;

namespace PatchFlow.Cli.Commands;

/// <summary>What, why now, how risky, what was tested, what could not be, what will happen, who decided, what it waits for: a line each.</summary>
internal static class EightLines
{
    public static void Print(ChangeView change, Terminal terminal)
    {
        var line = change.Summary;
        terminal.Line($"[bold]{line.Id}[/] {Words.Safe(line.Title)}  {StatusLook.Word(line.Status)}{(line.Plan is null ? "" : $"  plan {Words.Digest(line.Plan)}")}");
        terminal.Field("[bold]Waits for[/]", $"{Words.Safe(line.Waiting?.Sentence ?? line.Reason ?? "nothing")}");
        terminal.Field("What", What(change));
        terminal.Field("Why now", Why(change));
        terminal.Field("Risk", Risk(change));
        terminal.Field("Tested", Tested(change));
        terminal.Field("[yellow]NOT TESTED[/]", NotTested(change));
        terminal.Field("Will", Will(change));
        terminal.Field("Decided", Decided(change));
    }

    private static string What(ChangeView change) =>
        $"{Words.Count(change.Upgrades.Count, "package")} on {Words.Count(change.Hosts.Count, "host")}"
        + (change.Installs.Count > 0 ? $", {Words.Count(change.Installs.Count)} new" : "")
        + (change.Reboot ? ", reboot" : ", no reboot")
        + (change.Restarts.Count > 0 ? $", restarts {Words.Safe(Words.Some(change.Restarts))}" : ", no restart");

    private static string Why(ChangeView change) => change.Cves.Count > 0
        ? $"mends {Words.Count(change.Cves.Count, "CVE")}: {Words.Safe(Words.Some(change.Cves))}{Rank(change.Rank)}"
        : change.Plan is null ? "not resolved yet" : "security suite; the changelogs name no CVE";

    private static string Rank(RankView? rank) => rank is null ? ""
        : $"; {AdvisoryCommands.Coloured(rank.Priority)} is {Words.Safe(rank.Vulnerability)} on {Words.Safe(rank.Host)}: {Words.Safe(string.Join("; ", rank.Reasons))}";

    private static string Risk(ChangeView change) =>
        change.Plan is null ? "not known yet"
        : change.Irreversible.Count > 0 ? $"[red]no way back[/] for {Words.Safe(Words.Some([.. change.Irreversible.Select(p => p.Name)]))}"
        : "can be backed out: the old files are kept";

    private static string Tested(ChangeView change)
    {
        if (change.Tested is not { } run)
        {
            return "not yet";
        }

        var profiles = run.Profiles.Select(p => $"{Words.Safe(p.Profile)} {Verdict(p.Verdict)}{BackOut(p)}");
        return $"run {run.Number}, {Words.Spaced(run.Status).ToLowerInvariant()}: {string.Join("; ", profiles)}{(run.Message is { } m ? $" ({Words.Safe(m)})" : "")}";
    }

    private static string Verdict(SandboxVerdict? verdict) => verdict switch
    {
        SandboxVerdict.Pass => "[green]passed[/]",
        SandboxVerdict.Fail => "[red]failed[/]",
        SandboxVerdict.Inconclusive => "[yellow]inconclusive[/]",
        _ => "[blue]running[/]",
    };

    private static string BackOut(ProfileRunView profile) =>
        profile.Stages.FirstOrDefault(s => s is { Name: "back-out", State: "pass" }) is { } stage
            ? $", back-out rehearsed in {Words.Duration(TimeSpan.FromSeconds(stage.Seconds))}"
            : "";

    private static string NotTested(ChangeView change) => change.NotTested.Count == 0
        ? "nothing was tested yet"
        : Words.Safe(Words.Some(change.NotTested, 3));

    private static string Will(ChangeView change) => change.Plan is not { } plan
        ? "not sealed yet"
        : string.Join("; ", plan.Waves.Select(w => $"wave {w.Number}: {Words.Count(w.Hosts, "host")}, {w.Concurrency} at once, errors tolerated {w.Errors}, soak {Words.Safe(w.Soak)}"))
            + $"; no start after {Words.Time(plan.NotAfter)}";

    private static string Decided(ChangeView change)
    {
        if (change.Board is not { } board)
        {
            return "nobody can decide yet";
        }

        var decisions = board.Decisions.Select(d => $"{Words.Safe(d.Subject)} {Words.Spaced(d.Vote).ToLowerInvariant()}"
            + (d.Counts ? "" : $" (does not count: {Words.Safe(d.WhyNot)})") + (d.Reason is { } r ? $" \"{Words.Safe(r)}\"" : ""));
        return $"{board.Approvals} of {board.Needed}" + (board.Decisions.Count > 0 ? $": {string.Join("; ", decisions)}" : "");
    }
}
