using System.Diagnostics;
using System.Globalization;

namespace PatchFlow.Benchmarks.Matching;

/// <summary>The same work several times: medians of wall time and of the processor time of this process.</summary>
/// <param name="Wall">Seconds, sorted.</param>
/// <param name="Cpu">Seconds, sorted.</param>
internal sealed record Turns(double[] Wall, double[] Cpu)
{
    /// <summary>How often.</summary>
    public const int Repeats = 7;

    public double WallMedian => Wall[Wall.Length / 2];

    public double CpuMedian => Cpu[Cpu.Length / 2];

    /// <summary>
    /// Does the work some times to warm the code, as it is in a server that runs for a while: what is called often is compiled for good in the
    /// background. Then it times it; what a turn needs is prepared before its clock starts.
    /// </summary>
    public static Turns Of<T>(Func<T> prepare, Action<T> work, int warm = 1)
    {
        for (var turn = 0; turn < warm; turn++)
        {
            work(prepare());
        }

        var (wall, cpu) = (new double[Repeats], new double[Repeats]);
        for (var turn = 0; turn < Repeats; turn++)
        {
            var prepared = prepare();
            GC.Collect();
            GC.WaitForPendingFinalizers();
            using var process = Process.GetCurrentProcess();
            var (before, clock) = (process.TotalProcessorTime, Stopwatch.StartNew());
            work(prepared);
            wall[turn] = clock.Elapsed.TotalSeconds;
            process.Refresh();
            cpu[turn] = (process.TotalProcessorTime - before).TotalSeconds;
        }

        Array.Sort(wall);
        Array.Sort(cpu);
        return new Turns(wall, cpu);
    }

    /// <summary>Medians and ranges in milliseconds.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"wall {WallMedian * 1000:0.00} ms ({Wall[0] * 1000:0.00}-{Wall[^1] * 1000:0.00}), CPU {CpuMedian * 1000:0.00} ms ({Cpu[0] * 1000:0.00}-{Cpu[^1] * 1000:0.00}), medians of {Repeats}");
}
