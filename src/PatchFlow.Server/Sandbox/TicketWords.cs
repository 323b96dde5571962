using PatchFlow.Core.Changes;
using PatchFlow.Server.Hosts;

namespace PatchFlow.Server.Sandbox;

/// <summary>What a ticket's end means in a sandbox, and in words. The codes are those of docs/host-protocol.md.</summary>
internal static class TicketWords
{
    private const int PackageManagerFailed = 20;
    private const int OtherThanPlanned = 21;
    private const int UnitDidNotRestart = 25;
    private const int VerificationFailed = 30;
    private const int CheckFailed = 31;
    private const int RollbackIncomplete = 40;

    /// <summary>The patch failed where the package manager, or a unit after it, did; all else says nothing about the patch.</summary>
    public static Verdict VerdictOfPatch(TicketEnd end) => end switch
    {
        { IsGood: true } => Verdict.Pass,
        { State: TicketState.Exited, ExitCode: PackageManagerFailed or OtherThanPlanned or UnitDidNotRestart or RollbackIncomplete } => Verdict.Fail,
        _ => Verdict.Inconclusive,
    };

    /// <summary>The patch failed where verification or a check did; all else says nothing about the patch.</summary>
    public static Verdict VerdictOfChecks(TicketEnd end) => end switch
    {
        { IsGood: true } => Verdict.Pass,
        { State: TicketState.Exited, ExitCode: VerificationFailed or CheckFailed } => Verdict.Fail,
        _ => Verdict.Inconclusive,
    };

    /// <summary>Why a ticket did not end well, in a sentence.</summary>
    public static string Why(TicketEnd end) => end switch
    {
        { State: TicketState.Exited, ExitCode: CheckFailed } => string.Join("; ", end.Marks("check").Where(m => m.Split(' ') is [_, _, "fail", ..]).Select(CheckOf)),
        { State: TicketState.Exited, ExitCode: VerificationFailed } => Verification(end),
        { State: TicketState.Exited } => end.Marks("fail").LastOrDefault() is { } fail ? fail[5..] : Unit(end) ?? $"it ended with {end.ExitCode}",
        _ => $"its work was {end.State.ToString().ToLowerInvariant()}",
    };

    /// <summary>What a ticket that ended well did.</summary>
    public static string Good(TicketEnd end)
    {
        var checks = end.Marks("check").Select(m => m.Split(' ')).Where(w => w.Length > 2).ToList();
        var passed = checks.Count(w => w[2] == "pass");
        return end.Marks("installed").Concat(end.Marks("rolled-back")).FirstOrDefault() is { } done ? done[(done.IndexOf(' ', StringComparison.Ordinal) + 1)..]
            : checks.Count == 0 ? "no checks" : $"{passed} of {checks.Count} checks passed";
    }

    /// <summary>What the board should know of although the run goes on: kept conffiles, checks that should pass, notes of the verification.</summary>
    public static IEnumerable<string> Findings(string stage, TicketEnd end)
    {
        var checks = end.Marks("check").Where(m => m.Split(' ') is [_, _, "should-fail", ..]).Select(m => $"{CheckOf(m)} (it should pass, and need not)");
        var notes = end.Marks("verify").Where(m => m.Split(' ') is [_, _, "note", ..]);
        return end.Marks("conffile").Concat(end.Marks("kept")).Concat(notes).Concat(checks).Select(text => $"{stage}: {text}");
    }

    private static string Verification(TicketEnd end) =>
        string.Join("; ", end.Marks("verify").Where(m => m.Split(' ') is [_, _, "fail", ..]).Take(10).Select(m => "verification of " + m["verify ".Length..].Replace(" fail ", ": ", StringComparison.Ordinal)));

    private static string? Unit(TicketEnd end) =>
        string.Join("; ", end.Marks("restart").Where(m => m.EndsWith(" failed", StringComparison.Ordinal)).Select(m => $"{m.Split(' ')[1]} did not restart")) is { Length: > 0 } text ? text : null;

    // check NAME RESULT MILLISECONDS DETAIL
    private static string CheckOf(string mark) => mark.Split(' ', 5) is [_, var name, _, _, var detail] ? $"check {name}: {detail}" : mark;
}
