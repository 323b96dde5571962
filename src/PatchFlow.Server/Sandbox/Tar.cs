using System.Formats.Tar;

namespace PatchFlow.Server.Sandbox;

/// <summary>Entries of a tar archive that is owned by root, whoever writes it.</summary>
internal static class Tar
{
    /// <summary>A folder.</summary>
    public static void Folder(TarWriter writer, string path, string mode) =>
        writer.WriteEntry(new PaxTarEntry(TarEntryType.Directory, path) { Mode = Mode(mode) });

    /// <summary>A file with those bytes.</summary>
    public static void File(TarWriter writer, string path, byte[] bytes, string mode)
    {
        using var data = new MemoryStream(bytes, writable: false);
        File(writer, path, data, mode);
    }

    /// <summary>A file with the bytes of a stream that knows its length.</summary>
    public static void File(TarWriter writer, string path, Stream data, string mode) => writer.WriteEntry(Entry(path, data, mode));

    /// <summary>The entry of such a file, to be written by the caller.</summary>
    public static TarEntry Entry(string path, Stream data, string mode) =>
        new PaxTarEntry(TarEntryType.RegularFile, path) { Mode = Mode(mode), DataStream = data };

    private static UnixFileMode Mode(string octal) => (UnixFileMode)Convert.ToInt32(octal, 8);
}
