namespace PatchFlow.Server.Feeds;

/// <summary>
/// Lets one process at a time at something on the disk, by a file that it holds open: the kernel lets go of it when the process ends, however it does.
/// Two servers on one data directory are a mistake, and this one costs nothing that was fetched.
/// </summary>
internal static class FileGate
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Waits until nobody else holds the file.</summary>
    public static async Task<IDisposable> EnterAsync(string path, CancellationToken cancel)
    {
        while (true)
        {
            if (TryEnter(path) is { } entered)
            {
                return entered;
            }

            await Task.Delay(Pause, cancel);
        }
    }

    /// <summary>The same for what takes no longer than writing a small file.</summary>
    /// <exception cref="IOException">Another holds it for longer than that.</exception>
    public static IDisposable Enter(string path, TimeSpan most)
    {
        using var limit = new CancellationTokenSource(most);
        try
        {
            return EnterAsync(path, limit.Token).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException e)
        {
            throw new IOException($"{path} is held by another process for longer than {most.TotalSeconds:0} s: look for a second server on this data directory, and stop it", e);
        }
    }

    private static FileStream? TryEnter(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException) when (File.Exists(path))
        {
            return null;
        }
    }
}
