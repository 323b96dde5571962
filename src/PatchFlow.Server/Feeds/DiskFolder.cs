using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;

namespace PatchFlow.Server.Feeds;

/// <summary>A folder as the disk has it: which name stands for which file is written apart from the files (fsync(2)), and the framework opens no folder.</summary>
internal static class DiskFolder
{
    // O_RDONLY | O_CLOEXEC.
    private const int ReadOnly = 0x80000;
    private const int Invalid = 22;

    /// <summary>Waits until the names in a folder are on the disk.</summary>
    /// <remarks>Where the file system has no such thing (EINVAL), as some over a network, there is nothing to wait for.</remarks>
    /// <exception cref="IOException">They can't be written, or there is no such folder.</exception>
    public static void Sync(string folder)
    {
        var handle = Open([.. Encoding.UTF8.GetBytes(folder), 0], ReadOnly);
        if (handle < 0)
        {
            throw Failed(folder);
        }

        try
        {
            if (Fsync(handle) < 0 && Marshal.GetLastPInvokeError() != Invalid)
            {
                throw Failed(folder);
            }
        }
        finally
        {
            _ = Close(handle);
        }
    }

    /// <summary>What lies in a folder that can't be looked into is not gone: then nothing is said of what the whole has.</summary>
    public static FeedException NotWhole(string folder, UnauthorizedAccessException why) =>
        new(FeedFault.Unreadable, $"{folder} can't be looked into as a whole ({why.Message}): let the server's user read it", why);

    private static IOException Failed(string folder) => new($"the folder {folder} can't be written to the disk ({new Win32Exception(Marshal.GetLastPInvokeError()).Message})");

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open(byte[] path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Fsync(int handle);

    [DllImport("libc", EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Close(int handle);
}
