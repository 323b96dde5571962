using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace PatchFlow.Cli;

/// <summary>Opens a file with bytes that was looked at before: what may have taken its place since is refused, and nobody waits for it.</summary>
internal static class PlainFile
{
    // O_NONBLOCK | O_NOCTTY | O_CLOEXEC, for reading: opening a pipe does not wait for whoever writes to it (open(2), fifo(7)).
    private const int WithoutWaiting = 0x800 | 0x100 | 0x80000;

    private const int NotPermitted = 1, NoEntry = 2, Denied = 13, NoFolder = 20;

    /// <summary>Opens it.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="size">How many bytes it had when it was looked at.</param>
    /// <exception cref="InvalidDataException">It is no file with bytes any more, or has another size.</exception>
    /// <exception cref="IOException">It is not there, or can't be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static SafeFileHandle Open(string path, long size)
    {
        var file = new SafeFileHandle((nint)OpenFile([.. Encoding.UTF8.GetBytes(path), 0], WithoutWaiting), ownsHandle: true);
        if (file.IsInvalid)
        {
            throw Failed(path, Marshal.GetLastPInvokeError());
        }

        var kind = FileKind.Of(file, out var now);
        if (kind == FileKind.Regular && now == size)
        {
            return file;
        }

        file.Dispose();
        throw kind == FileKind.Regular ? Changed($"it had {size} bytes when it was looked at, and has {now} now") : Special(kind);
    }

    /// <summary>What is to be said of something else than a file with bytes.</summary>
    /// <param name="kind">What it is.</param>
    public static InvalidDataException Special(int kind) =>
        new($"it is {(kind == FileKind.Folder ? "a folder" : FileKind.Named(kind))} and no file with bytes, so it is not opened: write what comes from it into a file, and give that");

    /// <summary>What is to be said of a file that somebody writes to.</summary>
    /// <param name="how">How that is seen.</param>
    public static InvalidDataException Changed(string how) => new($"{how}: somebody writes to it, so it is not read to its end; give it again when it is whole");

    private static Exception Failed(string path, int error) => error switch
    {
        NoEntry or NoFolder => new FileNotFoundException($"Could not find file '{path}'.", path),
        NotPermitted or Denied => new UnauthorizedAccessException($"Access to the path '{path}' is denied."),
        _ => new IOException($"{path} can't be opened: {new Win32Exception(error).Message}"),
    };

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int OpenFile(byte[] path, int flags);
}
