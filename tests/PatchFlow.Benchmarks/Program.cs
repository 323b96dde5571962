using PatchFlow.Benchmarks;
using PatchFlow.Benchmarks.Json;
using PatchFlow.Benchmarks.Matching;
using PatchFlow.Benchmarks.Rpm;

// Ratios against the peer that does the same on this machine. Nothing here passes or fails: tests assert behaviour.
if (args is [RpmBenchmark.ReadOnce, var document])
{
    RpmBenchmark.RunOnce(document);
    return;
}

if (args is [JsonBenchmark.ReadOnce, var tracker])
{
    JsonBenchmark.RunOnce(tracker);
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

var folder = Directory.CreateTempSubdirectory("patchflow-apt-").FullName;
try
{
    var apt = new Apt(folder);
    await SideBySide.CompareAsync("archive fetched, verified, parsed and kept", "apt-get update", async () =>
    {
        using var fresh = await Archive.OpenAsync();
        await fresh.FetchAsync();
    }, async () =>
    {
        apt.Forget();
        await apt.UpdateAsync();
    });
    using var archive = await Archive.OpenAsync();
    await archive.FetchAsync();
    await SideBySide.CompareAsync("archive unchanged", "apt-get update", archive.FetchAsync, apt.UpdateAsync);
    var index = archive.LargestIndex();
    await SideBySide.CompareAsync("largest index read", "apt-cache dumpavail", () => Archive.ParseAsync(index), apt.DumpAsync);
}
finally
{
    Directory.Delete(folder, recursive: true);
}

RpmBenchmark.Run();
JsonBenchmark.Run();
MatchingBenchmark.Run();
