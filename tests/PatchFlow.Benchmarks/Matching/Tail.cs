using System.Diagnostics;
using System.Globalization;

namespace PatchFlow.Benchmarks.Matching;

/// <summary>Each of many pieces of work timed by itself, several times over: the slowest hundredth, and the slowest of all.</summary>
/// <param name="NinetyNinths">The 99th percentile of each turn in milliseconds, sorted.</param>
/// <param name="Slowest">The slowest of each turn in milliseconds, sorted.</param>
/// <param name="All">All of them together.</param>
internal sealed record Tail(double[] NinetyNinths, double[] Slowest, Turns All)
{
    /// <summary>How often the work is done: once to warm the code.</summary>
    public const int Rounds = Turns.Repeats + 1;

    public double P99 => NinetyNinths[NinetyNinths.Length / 2];

    /// <summary>Times the work on each of these.</summary>
    public static Tail Of<T>(T[] pieces, Action<T> work)
    {
        var rounds = new List<double[]>();
        var all = Turns.Of(() => new double[pieces.Length], times =>
        {
            for (var i = 0; i < pieces.Length; i++)
            {
                var clock = Stopwatch.GetTimestamp();
                work(pieces[i]);
                times[i] = Stopwatch.GetElapsedTime(clock).TotalMilliseconds;
            }

            rounds.Add([.. times.Order()]);
        });
        return new([.. rounds.Skip(1).Select(r => r[r.Length * 99 / 100]).Order()], [.. rounds.Skip(1).Select(r => r[^1]).Order()], all);
    }

    /// <summary>Medians and ranges.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{P99:0.00} ms ({NinetyNinths[0]:0.00}-{NinetyNinths[^1]:0.00}), slowest {Slowest[Slowest.Length / 2]:0.00} ms ({Slowest[0]:0.00}-{Slowest[^1]:0.00})");
}
