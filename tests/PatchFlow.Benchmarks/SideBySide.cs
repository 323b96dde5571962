using System.Diagnostics;

namespace PatchFlow.Benchmarks;

/// <summary>Times two ways of doing the same, turn by turn in one run, so that both see the same machine.</summary>
internal static class SideBySide
{
    private const int Repeats = 7;

    /// <summary>Prints the medians of both and their ratio.</summary>
    /// <param name="what">What is done.</param>
    /// <param name="peer">The name of the peer.</param>
    /// <param name="ours">PatchFlow's way.</param>
    /// <param name="theirs">The peer's way.</param>
    public static async Task CompareAsync(string what, string peer, Func<Task> ours, Func<Task> theirs)
    {
        // The first turn of each warms files and code, and does not count.
        await ours();
        await theirs();
        var (mine, other) = (new List<double>(), new List<double>());
        for (var turn = 0; turn < Repeats; turn++)
        {
            mine.Add(await SecondsAsync(ours));
            other.Add(await SecondsAsync(theirs));
        }

        var (a, b) = (Median(mine), Median(other));
        Console.WriteLine($"{what}: {a:0.000} s, {peer} {b:0.000} s: {b / a:0.0} times as fast (medians of {Repeats}; ranges {mine.Min():0.000}-{mine.Max():0.000}, {other.Min():0.000}-{other.Max():0.000})");
    }

    private static async Task<double> SecondsAsync(Func<Task> work)
    {
        var clock = Stopwatch.StartNew();
        await work();
        return clock.Elapsed.TotalSeconds;
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
