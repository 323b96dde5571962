using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using SharpFuzz;

namespace PatchFlow.Fuzz;

/// <summary>Gives every parser its time, one after the other, each in a process of its own on an instrumented copy of the code.</summary>
internal sealed class Campaign(FuzzOptions options)
{
    private readonly string _folder = Directory.CreateTempSubdirectory("patchflow-fuzz-").FullName;

    /// <summary>Runs it and prints a line a parser.</summary>
    /// <returns>0 when no parser broke its word.</returns>
    public int Run()
    {
        var feeds = Feeds();
        if (feeds is null && Environment.GetEnvironmentVariable("CI") == "true")
        {
            Console.Error.WriteLine("fuzz: shared/feeds is missing: put it beside the repository, or set PATCHFLOW_FEEDS");
            return 1;
        }

        try
        {
            Instrument();
            Console.WriteLine($"{options.Seconds} s of processor time each, seed {options.Seed}, {(feeds is null ? "without vendors' documents: shared/feeds is not there" : "from vendors' documents")}");
            Console.WriteLine($"{"parser",-24}{"seeds",6}{"inputs",10}{"a second",10}{"steps",8}{"by seeds",10}{"kept",7}{"slowest",10}{"grown",9}");
            var names = options.Only is { } only ? [only] : Targets.All.Keys.ToArray();
            var ends = names.AsParallel().AsOrdered().WithDegreeOfParallelism(Environment.ProcessorCount).WithMergeOptions(ParallelMergeOptions.NotBuffered).Select(name => Give(name, feeds ?? "-"));
            var broken = 0;
            foreach (var (text, finding) in ends)
            {
                Console.WriteLine(text);
                broken += finding ? 1 : 0;
            }

            return broken == 0 ? 0 : 1;
        }
        finally
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    private (string Text, bool IsBroken) Give(string name, string feeds)
    {
        var current = Path.Combine(_folder, $"current-{name}");
        File.WriteAllBytes(current, new byte[Mutator.MostBytes + sizeof(int)]);
        string[] words = [Path.Combine(_folder, "PatchFlow.Fuzz.dll"), "worker", name, Text(options.Seconds), Text(options.Seed), current, feeds];
        using var worker = Process.Start(new ProcessStartInfo("dotnet", words) { RedirectStandardOutput = true })!;
        var answer = worker.StandardOutput.ReadToEnd();
        worker.WaitForExit();
        var outcome = answer.StartsWith('{') ? JsonSerializer.Deserialize<Outcome>(answer) : null;
        var finding = outcome is not null ? outcome.Finding : worker.ExitCode == Worker.Hung ? "an input was not read in 10 s of processor time, or in two minutes" : $"the process ended with {worker.ExitCode}";
        var line = outcome is null
            ? name
            : string.Create(CultureInfo.InvariantCulture, $"{name,-24}{outcome.Seeds,6}{outcome.Inputs,10}{outcome.Inputs / options.Seconds,10}{outcome.Steps,8}{outcome.SeedSteps,10}{outcome.Kept,7}{outcome.SlowestMs,7:0.0} ms{outcome.GrownBytes >> 10,6} KiB");
        return (finding is null ? line : $"{line}\n{Keep(name, current, finding)}", finding is not null);
    }

    private string Keep(string name, string current, string finding)
    {
        var bytes = File.ReadAllBytes(current);
        bytes = bytes[sizeof(int)..(sizeof(int) + BinaryPrimitives.ReadInt32LittleEndian(bytes))];
        Directory.CreateDirectory(options.Out);
        var kept = Path.Combine(options.Out, $"{name}-{Convert.ToHexStringLower(SHA256.HashData(bytes))[..12]}");
        File.WriteAllBytes(kept, bytes);
        return $"  BROKEN: {finding}\n  again:  dotnet run --project tests/PatchFlow.Fuzz -c Release -- --only {name} --input {kept}";
    }

    // A copy, so that what was built stays as it was built.
    private void Instrument()
    {
        foreach (var file in Directory.EnumerateFiles(AppContext.BaseDirectory, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(_folder, Path.GetRelativePath(AppContext.BaseDirectory, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        var types = Fuzzer.Instrument(Path.Combine(_folder, "PatchFlow.Core.dll"), type => type.StartsWith("PatchFlow.Core.", StringComparison.Ordinal), Options.Value).ToList();
        if (types is [])
        {
            throw new InvalidOperationException("no type was instrumented: nothing would guide the inputs");
        }
    }

    private static string? Feeds()
    {
        if (Environment.GetEnvironmentVariable("PATCHFLOW_FEEDS") is { Length: > 0 } set)
        {
            return Directory.Exists(set) ? set : null;
        }

        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (Path.Combine(at.FullName, "shared", "feeds") is var feeds && Directory.Exists(feeds))
            {
                return feeds;
            }
        }

        return null;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
