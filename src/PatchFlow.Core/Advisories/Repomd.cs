using System.Collections.Immutable;
using PatchFlow.Core.Documents;

namespace PatchFlow.Core.Advisories;

/// <summary>Whether a repository publishes advisories.</summary>
public enum AdvisoryData
{
    /// <summary>
    /// It lists none. That is legal, and says nothing on whether there are updates: whoever follows such a repository needs its advisories from elsewhere.
    /// </summary>
    None,

    /// <summary>It lists some, but none that can be read here: the entry was refused, or the file is packed in another way. That is a fault, and not the same as none.</summary>
    Unreadable,

    /// <summary>It lists some, at <see cref="Repomd.Advisories"/>.</summary>
    Published,
}

/// <summary>
/// The index of a repository of rpm, <c>repodata/repomd.xml</c>: which files describe its packages, with their checksums. Where a signature covers
/// it, it covers them through these.
/// </summary>
public sealed record Repomd
{
    // September 2001, before which there were no such repositories, and the year 2100.
    private const long FirstRevision = 1_000_000_000, LastRevision = 4_102_444_800;

    // What can be decompressed here; zchunk can't.
    private static readonly string[] Readable = [".xml", ".gz", ".zst", ".xz", ".bz2"];

    /// <summary>The repository's revision as published, mostly the second of its making; null where none is stated.</summary>
    public string? Revision { get; init; }

    /// <summary>The platform names in its tags, <c>cpe:/o:rocky:rocky:8</c>, in their order.</summary>
    public ImmutableArray<string> Platforms { get; init; } = [];

    /// <summary>Its files in the order of the document, without those that were refused.</summary>
    public ImmutableArray<RepomdFile> Files { get; init; } = [];

    /// <summary>
    /// When it was made: the latest of its files' times. Where it states none, its revision, if that is a second since 1970 and not a number of another
    /// sort (<c>8.4</c>, <c>20230101</c>). Null where neither tells it: then nobody can tell it from an older one.
    /// </summary>
    public DateTimeOffset? Time => Files.Max(f => f.Made) ?? (
        Numerals.TryRead(Revision, out long second) && second is >= FirstRevision and < LastRevision ? FeedDate.OfUnix(second) : null);

    /// <summary>Whether it names a file with advisories, in whatever form, also where that entry was refused.</summary>
    public bool NamesAdvisories { get; init; }

    /// <summary>Whether the repository publishes advisories.</summary>
    public AdvisoryData AdvisoryData => Advisories is not null ? AdvisoryData.Published : NamesAdvisories ? AdvisoryData.Unreadable : AdvisoryData.None;

    /// <summary>The file with advisories; null unless they are <see cref="AdvisoryData.Published"/>.</summary>
    public RepomdFile? Advisories => Find("updateinfo");

    /// <summary>The file that lists the packages; null where it is missing.</summary>
    public RepomdFile? Packages => Find("primary");

    /// <summary>The file of a type that can be read here; null where there is none.</summary>
    public RepomdFile? Find(string type) =>
        Files.FirstOrDefault(f => f.Type == type && Readable.Any(end => f.Location.EndsWith(end, StringComparison.Ordinal)));

    /// <summary>Reads a document; null when it was refused. A file that is wrong is refused alone.</summary>
    /// <param name="document">Its bytes.</param>
    /// <param name="file">Its name, for messages.</param>
    /// <param name="refused">Takes each part that was refused.</param>
    /// <param name="limits">What it may hold.</param>
    public static Repomd? Read(Stream document, string file, Action<Refusal> refused, AdvisoryLimits? limits = null)
    {
        var sink = new AdvisorySink(file, _ => { }, refused, limits);
        Repomd? found = null;
        var isWhole = XmlWalk.Read(document, sink.Limits, "repomd", sink.Refuse, xml =>
        {
            found = new RepomdReader(xml, sink).Read();
            return xml.IsRecordWhole(sink);
        });
        return isWhole ? found : null;
    }
}

/// <summary>A file that a repository's index lists.</summary>
public sealed record RepomdFile
{
    /// <summary>What it holds: <c>primary</c>, <c>filelists</c>, <c>updateinfo</c>, <c>modules</c>, or the same with how it is packed, <c>updateinfo_zck</c>.</summary>
    public required string Type { get; init; }

    /// <summary>Its path below the repository's address.</summary>
    public required string Location { get; init; }

    /// <summary>The checksum of its bytes.</summary>
    public required FileSum Checksum { get; init; }

    /// <summary>The checksum of its bytes when decompressed; null where it is not compressed, or none is stated.</summary>
    public FileSum? OpenChecksum { get; init; }

    /// <summary>Its size; null where none is stated (repositories before 2009).</summary>
    public long? SizeBytes { get; init; }

    /// <summary>Its size when decompressed; null where none is stated.</summary>
    public long? OpenSizeBytes { get; init; }

    /// <summary>When it was made; null where not stated.</summary>
    public DateTimeOffset? Made { get; init; }
}

/// <summary>Reads the index's parts.</summary>
internal sealed class RepomdReader(XmlWalk xml, AdvisorySink sink)
{
    private readonly ImmutableArray<RepomdFile>.Builder _files = ImmutableArray.CreateBuilder<RepomdFile>();
    private readonly List<string> _platforms = [];
    private readonly HashSet<string> _types = [];
    private string? _problem;
    private bool _namesAdvisories;

    public Repomd Read()
    {
        string? revision = null;
        var depth = xml.Enter();
        while (xml.Next(depth))
        {
            switch (xml.Name)
            {
                case "revision":
                    revision = xml.Text().Trim();
                    break;
                case "tags":
                    ReadTags();
                    break;
                case "data":
                    ReadFile();
                    break;
            }
        }

        return new Repomd { Revision = revision, Platforms = [.. _platforms], Files = _files.DrainToImmutable(), NamesAdvisories = _namesAdvisories };
    }

    private void ReadTags()
    {
        var depth = xml.Enter();
        while (xml.Next(depth))
        {
            if (xml.Name == "distro" && xml.Attribute("cpeid") is { Length: > 0 } platform)
            {
                _platforms.Add(platform);
            }
        }
    }

    private void ReadFile()
    {
        var line = xml.Line;
        var type = xml.Attribute("type") ?? "";
        _namesAdvisories |= type.StartsWith("updateinfo", StringComparison.Ordinal);
        _problem = type.Length == 0 ? "a file has no type" : !_types.Add(type) ? "it is listed twice: which of them is meant is not known, so the first is taken" : null;
        string? location = null;
        FileSum? sum = null, openSum = null;
        long? size = null, openSize = null, made = null;
        var depth = xml.Enter();
        while (xml.Next(depth))
        {
            switch (xml.Name)
            {
                case "location":
                    location = ReadLocation();
                    break;
                case "checksum":
                    sum = ReadSum();
                    break;
                case "open-checksum":
                    openSum = ReadSum();
                    break;
                case "size":
                    size = ReadNumber("size", long.MaxValue);
                    break;
                case "open-size":
                    openSize = ReadNumber("open-size", long.MaxValue);
                    break;
                case "timestamp":
                    made = ReadNumber("timestamp", FeedDate.LastSecond);
                    break;
            }
        }

        _problem ??= location is null ? "it has no location" : sum is null ? "it has no checksum: nothing vouches for it" : null;
        if (_problem is not null)
        {
            sink.Refuse($"{(type.Length > 0 ? XmlWalk.Shown(type) : "data")} (line {line})", _problem);
            return;
        }

        _files.Add(new RepomdFile
        {
            Type = type,
            Location = location!,
            Checksum = sum!,
            OpenChecksum = openSum,
            SizeBytes = size,
            OpenSizeBytes = openSize,
            Made = made is { } second ? FeedDate.OfUnix(second) : null,
        });
    }

    private string? ReadLocation()
    {
        var written = xml.Attribute("href") ?? "";
        var elsewhere = xml.Attribute("xml:base");
        if (elsewhere is null && RpmLocation.TryRead(written, out var path))
        {
            return path;
        }

        _problem ??= elsewhere is not null
            ? $"it lies elsewhere, at '{XmlWalk.Shown(elsewhere)}': only what is below the repository's address is fetched"
            : $"location '{XmlWalk.Shown(written)}' is no path below the repository's address";
        return null;
    }

    private FileSum? ReadSum()
    {
        var kind = xml.Attribute("type");
        if (!FileSum.TryParse(kind, xml.Text(), out var sum, out var problem))
        {
            _problem ??= problem;
        }

        return sum;
    }

    // Old writers have fractions of a second.
    private long? ReadNumber(string what, long most)
    {
        var text = xml.Text().Trim();
        var whole = what == "timestamp" ? text.Split('.')[0] : text;
        if (Numerals.TryRead(whole, out long number) && number <= most)
        {
            return number;
        }

        _problem ??= $"{what} '{XmlWalk.Shown(text)}' is no number";
        return null;
    }
}
