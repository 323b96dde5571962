using System.ComponentModel;
using System.Diagnostics;

namespace PatchFlow.Cli;

/// <summary>Opens documents, compressed or not, told by the ends of their names, or where those have none by their first bytes; what comes out of a compressed one is bounded.</summary>
internal static class Decompression
{
    private const long MostBytes = 4L << 30;

    // The more a document repeats itself the better it is packed: those of vendors come to some 60 times, and a bomb to a thousand.
    private const long MostRatio = 200, AnyBytes = 16 << 20;

    // Programs of the distribution, with a limit on their memory where they have one.
    private static readonly Dictionary<string, string[]> Programs = new(StringComparer.Ordinal)
    {
        [".gz"] = ["gzip", "--decompress", "--stdout"],
        [".xz"] = ["xz", "--decompress", "--stdout", "--memlimit-decompress=256MiB"],
        [".bz2"] = ["bzip2", "--decompress", "--stdout"],
        [".zst"] = ["zstd", "--decompress", "--stdout", "--quiet", "--memory=256MB"],
        // As apt keeps its lists where it is told to.
        [".lz4"] = ["lz4", "-d", "-c", "-q"],
    };

    /// <summary>The document's bytes, decompressed; they can be read from the front again where they are those of the file.</summary>
    /// <param name="file">Its path.</param>
    /// <param name="weigh">Is told how many bytes it has, before it is opened. Nothing tells how many come out of a compressed one, or of one whose name does not say whether it is: as many as there are numbers.</param>
    /// <exception cref="InvalidDataException">It can't be decompressed here, or is another one than was weighed; where only its end is damaged, or it grows while it is read, a later read throws this.</exception>
    /// <exception cref="IOException">It can't be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static Stream Open(string file, Action<long> weigh)
    {
        var kind = FileKind.Of(file, out var size);
        if (kind is not (FileKind.Regular or FileKind.Unknown))
        {
            throw kind == FileKind.Folder ? new InvalidDataException(NoFile(file)) : PlainFile.Special(kind);
        }

        var end = Path.GetExtension(file);
        if (end == ".zck")
        {
            throw new InvalidDataException("zchunk is not read here: decompress it first (unzck), or take another form of the document");
        }

        if (end is ".zip" or ".tar" or ".tgz" || Path.GetExtension(Path.GetFileNameWithoutExtension(file)) == ".tar")
        {
            throw new InvalidDataException("an archive of documents is not read here: unpack it, and give the folder");
        }

        if (end.Length > 0 && !Programs.ContainsKey(end))
        {
            weigh(size);
            return Opened(file, size);
        }

        weigh(long.MaxValue);
        var document = Opened(file, size);
        return Programs.TryGetValue(end.Length > 0 ? end : EndOf(document), out var program)
            ? new BoundedStream(Start(program, document), Math.Clamp(size * MostRatio, AnyBytes, MostBytes))
            : document;
    }

    // A file of apt that is named by its hash does not say how it is packed.
    private static string EndOf(SizedFile document)
    {
        Span<byte> head = stackalloc byte[6];
        try
        {
            head = head[..document.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)];
            document.Position = 0;
        }
        catch
        {
            document.Dispose();
            throw;
        }

        return head.StartsWith((ReadOnlySpan<byte>)[0x1f, 0x8b]) ? ".gz"
            : head.StartsWith((ReadOnlySpan<byte>)[0xfd, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0]) ? ".xz"
            : head.StartsWith((ReadOnlySpan<byte>)[0x28, 0xb5, 0x2f, 0xfd]) ? ".zst"
            : head.StartsWith((ReadOnlySpan<byte>)[0x04, 0x22, 0x4d, 0x18]) ? ".lz4"
            : head.StartsWith("BZh"u8) ? ".bz2" : "";
    }

    // Whoever writes it may have gone on while this waited: it is read as it was weighed, or not at all.
    private static SizedFile Opened(string file, long size) => new(PlainFile.Open(file, size), size);

    private static string NoFile(string folder) => new DirectoryInfo(folder).LinkTarget is null
        ? "it can't be looked into: see that you may read it"
        : "it is a link to a folder, which is not followed: give that folder by itself";

    // An argument list and no shell, and no path: the bytes that were opened are those that it gets.
    private static ProgramOutput Start(string[] program, SizedFile document)
    {
        var start = new ProcessStartInfo(program[0], program[1..]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["LC_ALL"] = "C.UTF-8";
        try
        {
            return new ProgramOutput(Process.Start(start)!, program[0], document);
        }
        catch (Win32Exception e)
        {
            document.Dispose();
            throw new InvalidDataException($"{program[0]} can't be started ({e.Message}): install it, or decompress the document by hand", e);
        }
    }
}
