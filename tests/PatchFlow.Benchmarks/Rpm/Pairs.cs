using System.Diagnostics;
using System.Globalization;

namespace PatchFlow.Benchmarks.Rpm;

/// <summary>Two ways of doing the same, turn by turn in one run, so that both see the same machine: medians of wall time and of processor time.</summary>
internal sealed class Pairs
{
    private const int Repeats = 7;
    private static readonly TimeSpan Warm = TimeSpan.FromSeconds(2);
    private readonly List<Usage> _ours = [], _theirs = [];

    private Pairs()
    {
    }

    /// <summary>Times both. First turns of two seconds warm files and code, and do not count; who begins changes from turn to turn.</summary>
    /// <param name="ours">Our way.</param>
    /// <param name="theirs">The peer's.</param>
    /// <param name="prepare">What our way needs each time beforehand: it is not timed.</param>
    public static Pairs Of(Action ours, Action theirs, Action? prepare = null)
    {
        for (var clock = new Stopwatch(); clock.Elapsed < Warm;)
        {
            prepare?.Invoke();
            clock.Start();
            ours();
            clock.Stop();
        }

        theirs();
        var pairs = new Pairs();
        for (var turn = 0; turn < Repeats; turn++)
        {
            prepare?.Invoke();
            if (turn % 2 == 0)
            {
                pairs._ours.Add(Usage.Of(ours));
                pairs._theirs.Add(Usage.Of(theirs));
            }
            else
            {
                pairs._theirs.Add(Usage.Of(theirs));
                pairs._ours.Add(Usage.Of(ours));
            }
        }

        return pairs;
    }

    /// <summary>Prints medians, ranges and ratios; a ratio above one says that ours is faster.</summary>
    /// <param name="what">What is done.</param>
    /// <param name="peer">The name of the peer.</param>
    public void Print(string what, string peer) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"{what}: {Told(_ours)}; {peer}: {Told(_theirs)}; {Median(_theirs, u => u.Wall) / Median(_ours, u => u.Wall):0.00} times as fast by wall time, {Median(_theirs, u => u.Cpu) / Median(_ours, u => u.Cpu):0.00} by processor time (medians of {Repeats} pairs, ranges in brackets)"));

    /// <summary>Prints medians, ranges, and what part of the peer's work ours is.</summary>
    /// <param name="what">What is done.</param>
    /// <param name="peer">The name of the peer.</param>
    public void PrintPart(string what, string peer) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"{what}: {Told(_ours)}; {peer}: {Told(_theirs)}; {Median(_ours, u => u.Wall) / Median(_theirs, u => u.Wall):0.0 %} of it by wall time, {Median(_ours, u => u.Cpu) / Median(_theirs, u => u.Cpu):0.0 %} by processor time (medians of {Repeats} pairs, ranges in brackets)"));

    private static string Told(List<Usage> usages) => $"wall {Told(usages, u => u.Wall)}, CPU {Told(usages, u => u.Cpu)}";

    private static string Told(List<Usage> usages, Func<Usage, double> of) =>
        string.Create(CultureInfo.InvariantCulture, $"{Median(usages, of) * 1000:0.0} ms ({usages.Min(of) * 1000:0.0}-{usages.Max(of) * 1000:0.0})");

    private static double Median(List<Usage> usages, Func<Usage, double> of) => usages.Select(of).Order().ElementAt(usages.Count / 2);
}
