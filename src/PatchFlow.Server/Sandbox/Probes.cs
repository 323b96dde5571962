using System.Collections.Immutable;

namespace PatchFlow.Server.Sandbox;

/// <summary>
/// What an ordinary update leaves as it is: listening ports, setuid files, users, sudoers, units and so on. What differs after the patch is
/// a finding, which the board sees; it does not fail the run.
/// </summary>
internal static class Probes
{
    private const int MostFindings = 500;

    /// <summary>The facts of a replica: one a line, sorted, each once.</summary>
    public static async Task<ImmutableSortedSet<string>> TakeAsync(Replica replica, CancellationToken cancel) =>
        (await replica.RequireAsync("probes", [], cancel)).Split('\n', StringSplitOptions.RemoveEmptyEntries).ToImmutableSortedSet(StringComparer.Ordinal);

    /// <summary>What changed between two looks, in a stable order.</summary>
    public static ImmutableArray<string> Compare(ImmutableSortedSet<string> before, ImmutableSortedSet<string> after)
    {
        var gone = before.Except(after).Select(line => (Line: line, Text: $"no longer: {line}"));
        var come = after.Except(before).Select(line => (Line: line, Text: $"new: {line}"));
        var all = gone.Concat(come).OrderBy(f => f.Line, StringComparer.Ordinal).ThenBy(f => f.Text, StringComparer.Ordinal).Select(f => f.Text).ToList();
        return all.Count <= MostFindings ? [.. all] : [.. all.Take(MostFindings), $"and {all.Count - MostFindings} more"];
    }
}
