using System.Globalization;
using PatchFlow.Benchmarks.Matching;
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
        var whole = Turns.Of(() => Archive.Open(feeds), archive => Fetch(archive, dispose: true));
        using var kept = Archive.Open(feeds);
        Fetch(kept, dispose: false);
        Print("unchanged", Turns.Of(() => kept, archive => Fetch(archive, dispose: false)), whole);
        Print("1 % of the packages changed", Turns.Of(() => Published(signed, kept), archive => Fetch(archive, dispose: false)), whole);
    }

    private static Archive Published(SignedArchive signed, Archive archive)
    {
        signed.Publish(100);
        return archive;
    }

    private static void Fetch(Archive archive, bool dispose)
    {
        archive.FetchAsync().GetAwaiter().GetResult();
        if (dispose)
        {
            archive.Dispose();
        }
    }

    private static void Print(string what, Turns turns, Turns whole) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"the same list, {what}: {turns}; that is {turns.WallMedian / whole.WallMedian:0.0 %} by wall time and {turns.CpuMedian / whole.CpuMedian:0.0 %} by processor time of the whole: {whole}"));
}
