using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace PatchFlow;

/// <summary>
/// What a path of this machine leads to, told without opening it: opening a pipe waits for whoever writes to it, and opening a device may do something by
/// itself (fifo(7), open(2)). .NET does not tell. The command line compiles this file too: neither may refer to the other.
/// </summary>
internal static class FileKind
{
    /// <summary>A file with bytes (S_IFREG, inode(7)).</summary>
    public const int Regular = 0x8000;

    /// <summary>A folder (S_IFDIR).</summary>
    public const int Folder = 0x4000;

    /// <summary>It can't be told: there is nothing, or it may not be looked at; the system's reason is the last error.</summary>
    public const int Unknown = 0;

    // AT_FDCWD, AT_EMPTY_PATH, STATX_TYPE with STATX_SIZE, and where stx_mode and stx_size lie, which is the same on every architecture (statx(2)).
    private const int FromHere = -100;
    private const int Itself = 0x1000;
    private const uint TypeAndSize = 0x201;
    private const int StatBytes = 256;
    private const int ShortName = 512;
    private const int ModeAt = 28, SizeAt = 40;
    private const int TypeMask = 0xF000;

    /// <summary>The kind of what a path leads to, through links.</summary>
    public static int Of(string path) => Of(FromHere, path, 0, out _);

    /// <summary>The same with the size in bytes, which means something of a file with bytes alone.</summary>
    public static int Of(string path, out long size) => Of(FromHere, path, 0, out size);

    /// <summary>The kind of what was found by its path, and perhaps not opened.</summary>
    public static int Of(SafeFileHandle place) => Of(place, out _);

    /// <summary>The same with the size in bytes.</summary>
    public static int Of(SafeFileHandle place, out long size) => Of((int)place.DangerousGetHandle(), "", Itself, out size);

    /// <summary>The words for a kind that is neither a file with bytes nor a folder.</summary>
    public static string Named(int kind) => kind switch
    {
        0x1000 => "a pipe",
        0xC000 => "a socket",
        0x2000 or 0x6000 => "a device",
        _ => "a special file",
    };

    private static int Of(int folder, string path, int flags, out long size)
    {
        Span<byte> stat = stackalloc byte[StatBytes];
        Span<byte> name = stackalloc byte[ShortName];
        name = Encoding.UTF8.GetMaxByteCount(path.Length) < ShortName ? name : new byte[Encoding.UTF8.GetMaxByteCount(path.Length) + 1];
        name[Encoding.UTF8.GetBytes(path, name)] = 0;
        var isFound = Stat(folder, in MemoryMarshal.GetReference(name), flags, TypeAndSize, ref MemoryMarshal.GetReference(stat)) == 0;
        size = isFound ? BitConverter.ToInt64(stat[SizeAt..]) : 0;
        return isFound ? BitConverter.ToUInt16(stat[ModeAt..]) & TypeMask : Unknown;
    }

    [DllImport("libc", EntryPoint = "statx", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Stat(int folder, in byte path, int flags, uint mask, ref byte stat);
}
