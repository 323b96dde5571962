using System.Diagnostics;
using System.Globalization;
using System.IO.MemoryMappedFiles;
using System.Text.Json;

namespace PatchFlow.Fuzz;

/// <summary>What one parser's time brought.</summary>
/// <param name="Seeds">Inputs that it began with.</param>
/// <param name="Inputs">Inputs read.</param>
/// <param name="Steps">Different steps through the code that they took.</param>
/// <param name="SeedSteps">Those that the seeds alone took.</param>
/// <param name="Kept">Inputs kept since they reached something new.</param>
/// <param name="SlowestMs">The longest time that an input took, in ms.</param>
/// <param name="GrownBytes">Memory that is held at the end beyond that at the start.</param>
/// <param name="Finding">How a parser broke its word; null where none did.</param>
internal sealed record Outcome(int Seeds, long Inputs, int Steps, int SeedSteps, int Kept, double SlowestMs, long GrownBytes, string? Finding);

/// <summary>
/// The process that reads inputs with one parser. The input in hand lies in a file that both this process and its parent see, so that it is
/// there also when the process dies of it.
/// </summary>
internal sealed class Worker : IDisposable
{
    /// <summary>Exit status when an input was not read within <see cref="MostMs"/>.</summary>
    public const int Hung = 3;

    // Of processor time: a machine that is busy with something else, or stands still for a while, is no finding.
    private const double MostMs = 10_000;
    private const double SlowMs = 2_000;
    private const double MostWallMs = 120_000;
    private const long MostAllocated = 256 << 20;
    private const long MostGrown = 32 << 20;

    private readonly Action<byte[]> _read;
    private readonly MemoryMappedViewAccessor _current;
    private readonly Reached _reached = new();
    // When the reading of the current input began, 0 between inputs: one number, since the guard looks at it from another thread at any moment.
    private long _begunAt;
    private long _cpuTicks;
    private long _inputs;
    private double _slowest;

    private Worker(string name, string current)
    {
        _read = Targets.All[name];
        using var file = MemoryMappedFile.CreateFromFile(current, FileMode.Open, null, Mutator.MostBytes + sizeof(int));
        _current = file.CreateViewAccessor();
    }

    /// <summary>NAME SECONDS SEED CURRENT-FILE FEEDS-FOLDER (or -): prints its <see cref="Outcome"/> as JSON.</summary>
    public static int Run(string[] words)
    {
        if (words is not [var name, var seconds, var seed, var current, var feeds])
        {
            return 2;
        }

        using var worker = new Worker(name, current);
        using var guard = new Timer(_ => worker.EndIfHung(), null, 500, 500);
        var seeds = Seeds.Gather(feeds == "-" ? null : feeds)[name];
        var outcome = worker.Spend(seeds, TimeSpan.FromSeconds(int.Parse(seconds, CultureInfo.InvariantCulture)), new Random(int.Parse(seed, CultureInfo.InvariantCulture)));
        Console.WriteLine(JsonSerializer.Serialize(outcome));
        return outcome.Finding is null ? 0 : 1;
    }

    /// <summary>Reads one input as it is: what a finding says can be looked at, in a debugger too.</summary>
    public static int Once(FuzzOptions options)
    {
        Targets.All[options.Only!](File.ReadAllBytes(options.Input!));
        Console.WriteLine($"{options.Only} read {options.Input}, or refused it as it should");
        return 0;
    }

    public void Dispose()
    {
        _current.Dispose();
        _reached.Dispose();
    }

    private Outcome Spend(List<byte[]> seeds, TimeSpan budget, Random chance)
    {
        var kept = seeds.Count == 0 ? [[]] : seeds.ToList();
        var finding = seeds.Select(TrySeed).FirstOrDefault(f => f is not null);
        var (began, seedSteps, held) = (Environment.CpuUsage.TotalTime, _reached.Count, GC.GetTotalMemory(forceFullCollection: true));
        var mutator = new Mutator(chance, Mutator.WordsOf(seeds));
        var bytes = 0L;
        while (finding is null && Environment.CpuUsage.TotalTime - began < budget)
        {
            var input = mutator.Bend(kept[chance.Next(kept.Count)], kept);
            finding = Try(input);
            if (_reached.IsNew() && bytes + input.Length < MostGrown)
            {
                kept.Add(input);
                bytes += input.Length;
            }
        }

        var grown = GC.GetTotalMemory(forceFullCollection: true) - held - bytes;
        finding ??= grown > MostGrown ? $"it holds {grown >> 20} MiB more than at the start" : null;
        return new(seeds.Count, _inputs, _reached.Count, seedSteps, kept.Count - seeds.Count, _slowest, Math.Max(grown, 0), finding);
    }

    private string? TrySeed(byte[] seed)
    {
        var finding = Try(seed);
        _reached.IsNew();
        return finding;
    }

    private string? Try(byte[] input)
    {
        _current.Write(0, input.Length);
        _current.WriteArray(sizeof(int), input, 0, input.Length);
        _reached.Forget();
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        Volatile.Write(ref _cpuTicks, Environment.CpuUsage.TotalTime.Ticks);
        var begun = Stopwatch.GetTimestamp();
        Volatile.Write(ref _begunAt, begun);
        try
        {
            _read(input);
        }
        catch (Exception e)
        {
            // Whatever it is: that is what is looked for, and it ends the run with a finding.
            return $"{e.GetType().Name}: {e.Message.ReplaceLineEndings(" ")} {e.StackTrace?.Split('\n').FirstOrDefault()?.Trim()}";
        }

        Volatile.Write(ref _begunAt, 0);
        var ms = Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
        _inputs++;
        // The first inputs pay for the compiler.
        _slowest = _inputs > 100 ? Math.Max(_slowest, ms) : _slowest;
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        var cpu = ms > SlowMs ? CpuMs() : 0;
        return cpu > SlowMs ? $"{input.Length} bytes took {cpu:0} ms"
            : allocated > MostAllocated ? $"{input.Length} bytes took {allocated >> 20} MiB of memory"
            : null;
    }

    private double CpuMs() => (Environment.CpuUsage.TotalTime.Ticks - Volatile.Read(ref _cpuTicks)) / (double)TimeSpan.TicksPerMillisecond;

    private void EndIfHung()
    {
        var begun = Volatile.Read(ref _begunAt);
        var wall = begun == 0 ? 0 : Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
        if ((wall > MostMs && CpuMs() > MostMs) || wall > MostWallMs)
        {
            Environment.Exit(Hung);
        }
    }
}
