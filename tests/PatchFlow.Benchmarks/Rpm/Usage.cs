using System.Diagnostics;
using System.Runtime.InteropServices;

namespace PatchFlow.Benchmarks.Rpm;

/// <summary>What a piece of work took.</summary>
/// <param name="Wall">Seconds of the clock.</param>
/// <param name="Cpu">Seconds of the processor, of this process and of the programs that it waited for.</param>
internal readonly record struct Usage(double Wall, double Cpu)
{
    private const int Self = 0;
    private const int Children = -1;

    /// <summary>Does the work and tells what it took. Garbage of what came before is collected first.</summary>
    public static Usage Of(Action work)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var (cpu, clock) = (CpuSeconds(), Stopwatch.StartNew());
        work();
        return new Usage(clock.Elapsed.TotalSeconds, CpuSeconds() - cpu);
    }

    /// <summary>
    /// Does the work as often as is said, in a row, and tells what one pass took. Nothing is collected before: garbage is collected within, as in a
    /// process that goes on working. After a collection that is forced single passes were
    /// measured up to three times as slow (ADR 22).
    /// </summary>
    public static Usage OfEach(Action work, int passes)
    {
        var (cpu, clock) = (CpuSeconds(), Stopwatch.StartNew());
        for (var pass = 0; pass < passes; pass++)
        {
            work();
        }

        return new Usage(clock.Elapsed.TotalSeconds / passes, (CpuSeconds() - cpu) / passes);
    }

    private static double CpuSeconds() => CpuSeconds(Self) + CpuSeconds(Children);

    // getrusage(2): two times of seconds and microseconds, and then fourteen numbers.
    private static double CpuSeconds(int who)
    {
        var usage = new long[18];
        return GetUsage(who, usage) == 0 ? usage[0] + usage[2] + ((usage[1] + usage[3]) / 1e6) : throw new InvalidOperationException("getrusage failed");
    }

    [DllImport("libc", EntryPoint = "getrusage")]
    private static extern int GetUsage(int who, [In, Out] long[] usage);
}
