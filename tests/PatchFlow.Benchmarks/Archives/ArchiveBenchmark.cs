using System.Diagnostics;
using System.Globalization;
using PatchFlow.Benchmarks.Rpm;
using PatchFlow.Server.Feeds;

namespace PatchFlow.Benchmarks.Archives;

/// <summary>This machine's archive, beside apt: over the network, and from lists that are already here.</summary>
internal static class ArchiveBenchmark
{
    /// <summary>Measures all of it.</summary>
    public static async Task RunAsync()
    {
        var folder = Directory.CreateTempSubdirectory("patchflow-apt-").FullName;
        try
        {
            var index = await OverTheNetworkAsync(new Apt(folder));
            await FromAListAsync(index, Directory.CreateDirectory(Path.Combine(folder, "archive")).FullName, new Apt(Directory.CreateDirectory(Path.Combine(folder, "own")).FullName));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Measures what takes no network, with somebody's list.</summary>
    public static async Task RunAsync(string list)
    {
        var folder = Directory.CreateTempSubdirectory("patchflow-apt-").FullName;
        try
        {
            await FromAListAsync(await File.ReadAllBytesAsync(list), Directory.CreateDirectory(Path.Combine(folder, "archive")).FullName, new Apt(Directory.CreateDirectory(Path.Combine(folder, "own")).FullName));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<byte[]> OverTheNetworkAsync(Apt apt)
    {
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
        return index;
    }

    // The list is the same file for both: verified by its signature and hash, kept, and queryable afterwards.
    private static async Task FromAListAsync(byte[] index, string folder, Apt apt)
    {
        var signed = new SignedArchive(folder, index, Programs.Run("dpkg", "--print-architecture").Trim());
        apt.Forget();
        await apt.UpdateAsync(signed);
        var feeds = await FeedList.LoadAsync([signed.Options]);
        Pairs.Of(() => Fetch(Archive.Open(feeds), dispose: true), () => apt.MakeCache())
            .Print(string.Create(CultureInfo.InvariantCulture, $"list of {signed.Count:N0} packages, {index.Length / 1e6:0.0} MB, verified, kept and queryable"), "apt-cache gencaches");
        using var kept = Archive.Open(feeds);
        Fetch(kept, dispose: false);
        Pairs.Of(() => Fetch(kept, dispose: false), () => apt.MakeCache()).PrintPart("the same list, unchanged", "apt-cache gencaches");
        // Three times as many: the peer's turns are twelve times ours, and differ by half among themselves.
        Pairs.Of(() => Fetch(kept, dispose: false), () => apt.MakeCache(), () => signed.Publish(100), repeats: 21).PrintPart("the same list, 1 % of the packages changed", "apt-cache gencaches");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"peak memory of this process: {Environment.WorkingSet >> 20} MiB now, {PeakMiB()} MiB at most"));
    }

    private static long PeakMiB()
    {
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64 >> 20;
    }

    private static void Fetch(Archive archive, bool dispose)
    {
        archive.FetchAsync().GetAwaiter().GetResult();
        if (dispose)
        {
            archive.Dispose();
        }
    }
}
