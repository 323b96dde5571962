using System.Diagnostics;
using System.Globalization;

namespace PatchFlow.Benchmarks.Rpm;

/// <summary>Two ways of doing the same, turn by turn in one run, so that both see the same machine: medians of wall time and of processor time.</summary>
internal sealed class Pairs
{
    private const int Repeats = 7;
    private const int WarmPasses = 100;
    private static readonly TimeSpan Warm = TimeSpan.FromSeconds(2), MostWarm = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LeastTurn = TimeSpan.FromMilliseconds(100);
    private readonly List<Usage> _ours = [], _theirs = [];
    private string _turns = "";

    private Pairs()
    {
    }

    /// <summary>
    /// Times both. First turns of two seconds and a hundred passes warm files and code, and do not count: what is called once a pass is compiled for good at its thirtieth and sixtieth, beside
    /// the work. Who begins changes from turn to turn.
    /// </summary>
    /// <param name="ours">Our way.</param>
    /// <param name="theirs">The peer's.</param>
    /// <param name="prepare">What our way needs each time beforehand: it is not timed.</param>
    /// <param name="repeats">How many pairs.</param>
    public static Pairs Of(Action ours, Action theirs, Action? prepare = null, int repeats = Repeats)
    {
        var clock = new Stopwatch();
        for (var passes = 0; clock.Elapsed < Warm || (passes < WarmPasses && clock.Elapsed < MostWarm); passes++)
        {
            prepare?.Invoke();
            clock.Start();
            ours();
            clock.Stop();
        }

        theirs();
        var pairs = new Pairs { _turns = $"medians of {repeats} pairs, ranges in brackets" };
        pairs.TakeTurns(() => Usage.Of(ours), () => Usage.Of(theirs), prepare, repeats);
        return pairs;
    }

    /// <summary>
    /// Times both in the state that lasts: a turn is as many passes in a row as take a tenth of a second, the same number in every turn, and counts as
    /// one of them. Our garbage is collected within the turns, and not before them (<see cref="Usage.OfEach"/> says why).
    /// </summary>
    /// <param name="ours">Our way.</param>
    /// <param name="theirs">The peer's.</param>
    public static Pairs OfPasses(Action ours, Action theirs)
    {
        Passes(ours, Warm);
        var (ourPasses, theirPasses) = (Passes(ours, Warm / 4), Passes(theirs, Warm / 4));
        var pairs = new Pairs { _turns = $"medians of {Repeats} pairs of turns of {ourPasses} and {theirPasses} passes in a row, of one pass, ranges in brackets; our garbage is collected within the turns" };
        pairs.TakeTurns(() => Usage.OfEach(ours, ourPasses), () => Usage.OfEach(theirs, theirPasses), null, Repeats);
        return pairs;
    }

    private static int Passes(Action work, TimeSpan time)
    {
        var (clock, passes) = (Stopwatch.StartNew(), 0);
        for (; clock.Elapsed < time; passes++)
        {
            work();
        }

        return (int)Math.Ceiling(passes * (LeastTurn / clock.Elapsed));
    }

    private void TakeTurns(Func<Usage> ours, Func<Usage> theirs, Action? prepare, int repeats)
    {
        for (var turn = 0; turn < repeats; turn++)
        {
            prepare?.Invoke();
            if (turn % 2 == 0)
            {
                _ours.Add(ours());
                _theirs.Add(theirs());
            }
            else
            {
                _theirs.Add(theirs());
                _ours.Add(ours());
            }
        }
    }

    /// <summary>Prints medians, ranges and ratios; a ratio above one says that ours is faster.</summary>
    /// <param name="what">What is done.</param>
    /// <param name="peer">The name of the peer.</param>
    public void Print(string what, string peer) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"{what}: {Told(_ours)}; {peer}: {Told(_theirs)}; {Median(_theirs, u => u.Wall) / Median(_ours, u => u.Wall):0.00} times as fast by wall time, {Median(_theirs, u => u.Cpu) / Median(_ours, u => u.Cpu):0.00} by processor time ({_turns})"));

    /// <summary>Prints medians, ranges, and what part of the peer's work ours is.</summary>
    /// <param name="what">What is done.</param>
    /// <param name="peer">The name of the peer.</param>
    public void PrintPart(string what, string peer) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"{what}: {Told(_ours)}; {peer}: {Told(_theirs)}; {Median(_ours, u => u.Wall) / Median(_theirs, u => u.Wall):0.0 %} of it by wall time, {Median(_ours, u => u.Cpu) / Median(_theirs, u => u.Cpu):0.0 %} by processor time ({_turns})"));

    private static string Told(List<Usage> usages) => $"wall {Told(usages, u => u.Wall)}, CPU {Told(usages, u => u.Cpu)}";

    private static string Told(List<Usage> usages, Func<Usage, double> of) =>
        string.Create(CultureInfo.InvariantCulture, $"{Median(usages, of) * 1000:0.0} ms ({usages.Min(of) * 1000:0.0}-{usages.Max(of) * 1000:0.0})");

    private static double Median(List<Usage> usages, Func<Usage, double> of) => usages.Select(of).Order().ElementAt(usages.Count / 2);
}
