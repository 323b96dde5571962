using PatchFlow.Benchmarks.Archives;
using PatchFlow.Benchmarks.Json;
using PatchFlow.Benchmarks.Matching;
using PatchFlow.Benchmarks.Rpm;

// Ratios against the peer that does the same on this machine. Nothing here passes or fails: tests assert behaviour.
if (args is [RpmBenchmark.ReadOnce, var document])
{
    RpmBenchmark.RunOnce(document);
    return;
}

if (args is [JsonBenchmark.ReadOnce, var kind, .. var documents])
{
    JsonBenchmark.RunOnce(kind, documents);
    return;
}

if (args is ["json"])
{
    JsonBenchmark.Run();
    return;
}

if (args is ["rpm"])
{
    RpmBenchmark.Run();
    return;
}

if (args is ["matching"])
{
    MatchingBenchmark.Run();
    return;
}

if (args is ["archive"])
{
    await ArchiveBenchmark.RunAsync();
    return;
}

if (args is ["archive", var list])
{
    await ArchiveBenchmark.RunAsync(list);
    return;
}

if (args.Length > 0)
{
    await Console.Error.WriteLineAsync($"'{string.Join(' ', args)}' is no benchmark: archive [LIST], rpm, json or matching; none for all of them");
    Environment.ExitCode = 2;
    return;
}

await ArchiveBenchmark.RunAsync();
RpmBenchmark.Run();
JsonBenchmark.Run();
MatchingBenchmark.Run();
