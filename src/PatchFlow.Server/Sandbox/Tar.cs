using System.Formats.Tar;

namespace PatchFlow.Server.Sandbox;

/// <summary>A file to put into a container.</summary>
/// <param name="Path">Its path below the folder that the archive is put into.</param>
/// <param name="Mode">Its mode, in octal.</param>
/// <param name="Open">Its bytes, from a stream that knows its length.</param>
internal sealed record TarFile(string Path, string Mode, Func<Stream> Open)
{
    /// <summary>A file of this machine.</summary>
    public static TarFile Of(string path, string source, string mode = "644") => new(path, mode, () => File.OpenRead(source));

    /// <summary>A file of these bytes.</summary>
    public static TarFile Of(string path, byte[] bytes, string mode = "644") => new(path, mode, () => new MemoryStream(bytes, writable: false));
}

/// <summary>Entries of a tar archive that is owned by root, whoever writes it.</summary>
internal static class Tar
{
    /// <summary>The entry of a file.</summary>
    public static TarEntry Entry(string path, Stream data, string mode) =>
        new PaxTarEntry(TarEntryType.RegularFile, path) { Mode = Mode(mode), DataStream = data };

    private static UnixFileMode Mode(string octal) => (UnixFileMode)Convert.ToInt32(octal, 8);
}
