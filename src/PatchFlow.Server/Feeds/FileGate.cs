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
    public static async Task<IDisposable> EnterAsync(string path, TimeSpan most, CancellationToken cancel) => await TryEnterAsync(path, most, cancel) ?? throw StillHeld(path, most);

    /// <summary>The same, but null where another holds it for longer than that.</summary>
    /// <inheritdoc cref="EnterAsync"/>
    public static async Task<IDisposable?> TryEnterAsync(string path, TimeSpan most, CancellationToken cancel)
    {
        for (var clock = Stopwatch.StartNew(); ; await Task.Delay(Pause, cancel))
        {
            if (TryEnter(path) is { } entered)
            {
                return entered;
            }

            if (clock.Elapsed > most)
            {
                return null;
            }
        }
    }

    /// <summary>The same for what takes no longer than writing a small file: on this thread, and on no other, which might be all that there are.</summary>
    /// <inheritdoc cref="EnterAsync"/>
    public static IDisposable Enter(string path, TimeSpan most) => Until(() => TryEnter(path), path, most);

    /// <summary>Enters with others that share it, once nobody has it alone.</summary>
    /// <inheritdoc cref="EnterAsync"/>
    public static IDisposable Share(string path, TimeSpan most) => Until(() => TryOpen(path, FileAccess.Read, FileShare.Read), path, most);

    /// <summary>Enters alone at once; null where anybody else has it, or shares it.</summary>
    /// <inheritdoc cref="EnterAsync"/>
    public static IDisposable? TryEnter(string path) => TryOpen(path, FileAccess.ReadWrite, FileShare.None);

    private static IDisposable Until(Func<IDisposable?> tryEnter, string path, TimeSpan most)
    {
        IDisposable? entered = null;
        return SpinWait.SpinUntil(() => (entered = tryEnter()) is not null, most) ? entered! : throw StillHeld(path, most);
    }

    private static IOException StillHeld(string path, TimeSpan most) =>
        new($"{path} is held by another process for longer than {most.TotalSeconds:0} s: look for a second server on this data directory, and stop it");

    private static FileStream? TryOpen(string path, FileAccess access, FileShare share)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, access, share);
        }
        catch (IOException e) when (e.HResult == Held)
        {
            return null;
        }
    }
}
