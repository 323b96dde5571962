using System.Runtime.InteropServices;
using System.Text;
using PatchFlow.Core.Advisories;

namespace PatchFlow.Server.Feeds;

/// <summary>
/// A package index in a snapshot's folder, decompressed: whole as <c>NAME</c>, or as <c>NAME.delta</c> beside <c>NAME.base</c>, which is another name
/// (a hard link) of an earlier snapshot's whole list. Where both forms are there the whole one counts. What it gives is what the files hold: who
/// trusts it compares its digest with the signed index's.
/// </summary>
/// <param name="Folder">The snapshot's folder.</param>
/// <param name="Name">The index path with <c>_</c> for <c>/</c>, as in apt's lists.</param>
internal sealed record KeptList(string Folder, string Name)
{
    internal const string BaseSuffix = ".base", DeltaSuffix = ".delta";
    private const string Pattern = "*Packages";
    private const long MostDeltaBytes = 1 << 30;

    /// <summary>The file that holds all of it.</summary>
    public string Whole => Path.Combine(Folder, Name);

    /// <summary>The list that it is kept as a change of.</summary>
    public string Base => Whole + BaseSuffix;

    /// <summary>The change.</summary>
    public string Delta => Whole + DeltaSuffix;

    /// <summary>Whether all of it is one file.</summary>
    public bool IsWhole => File.Exists(Whole);

    /// <summary>Whether it is there, in either form.</summary>
    public bool IsThere => IsWhole || File.Exists(Delta);

    /// <summary>The names of the files that it is kept in.</summary>
    public string[] Files => IsWhole ? [Name] : [Name + BaseSuffix, Name + DeltaSuffix];

    /// <summary>The files of the form that a list is not kept in where this file is one of it.</summary>
    public static string[] OtherFiles(string file) => file.EndsWith(BaseSuffix, StringComparison.Ordinal) ? []
        : file.EndsWith(DeltaSuffix, StringComparison.Ordinal) ? [file[..^DeltaSuffix.Length]]
        : [file + DeltaSuffix, file + BaseSuffix];

    /// <summary>The lists in a folder, by name.</summary>
    public static IEnumerable<KeptList> In(string folder) => Directory.GetFiles(folder, Pattern)
        .Concat(Directory.GetFiles(folder, Pattern + DeltaSuffix).Select(path => path[..^DeltaSuffix.Length]))
        .Select(path => Path.GetFileName(path)).Distinct().Order(StringComparer.Ordinal).Select(name => new KeptList(folder, name));

    /// <summary>Its bytes, from a stream that knows its length and can be read from anywhere.</summary>
    /// <exception cref="InvalidDataException">It is kept as a change that can't be read, or of another list.</exception>
    /// <exception cref="IOException">A file can't be read.</exception>
    public Stream Open() => IsWhole ? OpenFile(Whole) : DeltaStream.Open(ReadDelta(), Base);

    /// <summary>The change that it is kept as.</summary>
    /// <exception cref="InvalidDataException">It can't be read.</exception>
    public ListDelta ReadDelta()
    {
        var problem = new FileInfo(Delta).Length > MostDeltaBytes ? $"it is larger than {MostDeltaBytes} bytes" : null;
        return problem is null && ListDelta.TryParse(File.ReadAllBytes(Delta), out var delta, out problem)
            ? delta
            : throw new InvalidDataException($"{Delta} can't be read ({problem}): fetch the feed again, and look for who wrote to {Folder}");
    }

    /// <summary>Gives the files of this list the same names in another folder, without copying their bytes where the file system can.</summary>
    public void LinkTo(string folder)
    {
        foreach (var file in Files)
        {
            var (from, to) = (Path.Combine(Folder, file), Path.Combine(folder, file));
            if (!TryLink(from, to))
            {
                Copy(from, to);
            }
        }
    }

    /// <summary>Gives a file a second name; false where the file system can't.</summary>
    public static bool TryLink(string from, string to) => Link(Text(from), Text(to)) == 0;

    internal static FileStream OpenFile(string path) => new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);

    // On the disk before the snapshot is, as a list that was fetched.
    private static void Copy(string from, string to)
    {
        File.Copy(from, to);
        using var copy = File.OpenHandle(to, FileMode.Open, FileAccess.ReadWrite);
        RandomAccess.FlushToDisk(copy);
    }

    private static byte[] Text(string path) => [.. Encoding.UTF8.GetBytes(path), 0];

    [DllImport("libc", EntryPoint = "link", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Link(byte[] from, byte[] to);
}
