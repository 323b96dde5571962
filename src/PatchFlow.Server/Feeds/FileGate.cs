using System.Diagnostics;

namespace PatchFlow.Server.Feeds;

/// <summary>
/// Lets one process at a time at something on the disk, by a file that it holds open: the kernel lets go of it when the process ends, however it does.
/// Two servers on one data directory are a mistake, and this one costs nothing that was fetched.
/// </summary>
internal static class FileGate
{
    // EWOULDBLOCK: the one error that says that another holds the file.
    private const int Held = 11;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Waits until nobody else holds the file.</summary>
    /// <exception cref="IOException">Another holds it for longer than that, or it can't be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not open it.</exception>
    public static async Task<IDisposable> EnterAsync(string path, TimeSpan most, CancellationToken cancel)
    {
        for (var clock = Stopwatch.StartNew(); ; await Task.Delay(Pause, cancel))
        {
            if (TryEnter(path) is { } entered)
            {
                return entered;
            }

            if (clock.Elapsed > most)
            {
                throw new IOException($"{path} is held by another process for longer than {most.TotalSeconds:0} s: look for a second server on this data directory, and stop it");
            }
        }
    }

    /// <summary>The same for what takes no longer than writing a small file, on this thread.</summary>
    /// <inheritdoc cref="EnterAsync"/>
    public static IDisposable Enter(string path, TimeSpan most) => EnterAsync(path, most, CancellationToken.None).GetAwaiter().GetResult();

    private static FileStream? TryEnter(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (e.HResult == Held)
        {
            return null;
        }
    }
}
