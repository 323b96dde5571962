using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace PatchFlow.Server.Feeds;

/// <summary>
/// A file of this machine that a feed's <c>file:</c> address leads to: a regular one, or it is refused. Whoever may write into a vendor's folder must not
/// have the server wait at a pipe that nobody writes to (fifo(7): opening it blocks, and nothing ends that), nor open a device, which may do something by itself.
/// </summary>
internal static class LocalFile
{
    // O_PATH | O_CLOEXEC: finds out which file a path stands for, and opens nothing (open(2)).
    private const int WithoutOpening = 0x200000 | 0x80000;

    private const int NoEntry = 2, NoFolder = 20;

    /// <summary>Opens the file for reading. The one whose kind was looked at is the one that is opened, whatever takes its place meanwhile.</summary>
    /// <exception cref="FeedException">It is not there (<see cref="FeedFault.NotFound"/>), is no regular file, or may not be read (<see cref="FeedFault.Unreadable"/>).</exception>
    public static FileStream Open(string path)
    {
        // Paths of folders may end in a slash and others not: a person is told one with single ones.
        path = Path.GetFullPath(path);
        using var place = Find(path);
        var kind = place.IsInvalid ? FileKind.Folder : KindOf(place, path);
        if (kind == FileKind.Folder)
        {
            throw new FeedException(FeedFault.NotFound, $"{path} does not exist: {FeedException.CheckAddress}");
        }

        if (kind != FileKind.Regular)
        {
            throw new FeedException(FeedFault.Unreadable, $"{path} is {FileKind.Named(kind)} and no file with bytes: it is not opened; take it away, or mend the feed's address");
        }

        try
        {
            return new FileStream($"/proc/self/fd/{place.DangerousGetHandle()}", FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);
        }
        catch (UnauthorizedAccessException e)
        {
            throw Forbidden(path, "Permission denied", e);
        }
    }

    /// <summary>The address of a folder, to which the escaped names of its files can be added: of a bare path .NET takes the names that are added to it as they are.</summary>
    public static Uri FolderAddress(string folder) => new($"file://{string.Join('/', Path.GetFullPath(folder).TrimEnd('/').Split('/').Select(Uri.EscapeDataString))}/");

    /// <summary>Whether a path leads to a regular file.</summary>
    public static bool IsRegular(string path)
    {
        try
        {
            using var place = Find(path);
            return !place.IsInvalid && KindOf(place, path) == FileKind.Regular;
        }
        catch (FeedException)
        {
            return false;
        }
    }

    // Invalid where there is nothing.
    private static SafeFileHandle Find(string path)
    {
        var place = new SafeFileHandle((nint)OpenPath(Text(path), WithoutOpening), ownsHandle: true);
        return !place.IsInvalid || Marshal.GetLastPInvokeError() is NoEntry or NoFolder ? place : throw Failed(path);
    }

    private static int KindOf(SafeFileHandle place, string path) => FileKind.Of(place) is var kind and not FileKind.Unknown ? kind : throw Failed(path);

    private static FeedException Failed(string path)
    {
        var why = new Win32Exception(Marshal.GetLastPInvokeError());
        return Forbidden(path, why.Message, why);
    }

    private static FeedException Forbidden(string path, string why, Exception inner) => new(FeedFault.Unreadable, $"{path} can't be read ({why}): let the server's user read it", inner);

    private static byte[] Text(string path) => [.. Encoding.UTF8.GetBytes(path), 0];

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int OpenPath(byte[] path, int flags);
}
