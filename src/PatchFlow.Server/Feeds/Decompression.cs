namespace PatchFlow.Server.Feeds;

/// <summary>Decompresses an index whose compressed bytes were verified, within limits all the same: a signature does not make a file harmless.</summary>
internal static class Decompression
{
    private const string XzMemory = "--memlimit-decompress=256MiB", ZstdMemory = "--memory=256MB";

    /// <summary>Index files in the order in which they are preferred.</summary>
    public static readonly IReadOnlyList<string> Suffixes = [".xz", ".gz", ".zst", ""];

    /// <summary>Writes the decompressed bytes of <paramref name="from"/> to <paramref name="to"/>, synced: at most <paramref name="maxBytes"/>.</summary>
    public static async Task RunAsync(string suffix, string from, string to, long maxBytes, FeedLimits limits, string what, CancellationToken cancel)
    {
        await using var output = new FileStream(to, FileMode.Create, FileAccess.Write);
        await ReadAsync(suffix, from, maxBytes, limits, what, (stream, token) => stream.CopyToAsync(output, 1 << 17, token), cancel);
        output.Flush(flushToDisk: true);
    }

    /// <summary>Gives the decompressed bytes of <paramref name="from"/> to <paramref name="read"/>, which reads all of them: at most <paramref name="maxBytes"/>.</summary>
    public static async Task ReadAsync(
        string suffix, string from, long maxBytes, FeedLimits limits, string what, Func<Stream, CancellationToken, Task> read, CancellationToken cancel)
    {
        var most = Math.Min(maxBytes, new FileInfo(from).Length * limits.Ratio);
        await using var input = File.OpenRead(from);
        async Task<bool> ReadAllAsync(Stream stream, CancellationToken token)
        {
            var limited = new LimitedStream(stream, most, () => new FeedException(FeedFault.TooLarge,
                $"{what} grows beyond the {most} bytes that it may have when decompressed: it is not used; tell the vendor"), stop: token);
            await read(limited, token);
            return true;
        }

        switch (suffix)
        {
            case ".xz":
                var end = await ExternalProgram.RunAsync("xz", ["--decompress", "--stdout", XzMemory], limits.TimeFor(most), input, ReadAllAsync, cancel);
                RefuseFailed("xz", end, what);
                break;
            case ".zst":
                RefuseFailed("zstd", await ExternalProgram.RunAsync("zstd", ["--decompress", "--stdout", "--quiet", ZstdMemory], limits.TimeFor(most), input, ReadAllAsync, cancel), what);
                break;
            case ".bz2":
                RefuseFailed("bzip2", await ExternalProgram.RunAsync("bzip2", ["--decompress", "--stdout"], limits.TimeFor(most), input, ReadAllAsync, cancel), what);
                break;
            case ".gz":
                // The library takes a file that is cut for a whole one, and bytes behind its end for nothing; the program says so.
                RefuseFailed("gzip", await ExternalProgram.RunAsync("gzip", ["--decompress", "--stdout"], limits.TimeFor(most), input, ReadAllAsync, cancel), what);
                break;
            default:
                await ReadAllAsync(input, cancel);
                break;
        }
    }

    // The first line says what is wrong; some go on with advice.
    private static string Words(string errors) => errors.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) is [var first, ..] ? first : "it does not say why";

    private static void RefuseFailed(string program, ProgramEnd end, string what)
    {
        if (end.ExitCode != 0)
        {
            throw new FeedException(FeedFault.Malformed, $"{what} can't be decompressed ({program}: {Words(end.Errors)}): tell the vendor");
        }
    }
}
