using System.Collections.Immutable;
using PatchFlow.Core.Documents;

namespace PatchFlow.Core.Advisories;

/// <summary>
/// A list of mirrors of a repository's index with the checksums that it must have (Metalink 3.0, as Fedora's mirror manager writes it). It comes
/// from one place over TLS, the index from any mirror.
/// </summary>
/// <param name="Newest">The index as it is now.</param>
/// <param name="Alternates">Earlier ones, which mirrors may still have, in the order of the document.</param>
/// <param name="Mirrors">Where it can be fetched, the preferred first, equal ones in the order of the document.</param>
public sealed record Metalink(MetalinkFile Newest, ImmutableArray<MetalinkFile> Alternates, ImmutableArray<MetalinkMirror> Mirrors)
{
    /// <summary>
    /// Which of the index's editions these bytes are: the newest, an alternate, or null for none of them. Only size together with a checksum
    /// that <see cref="FileSum.Authorises"/> counts.
    /// </summary>
    public MetalinkFile? EditionOf(ReadOnlySpan<byte> content)
    {
        foreach (var file in Alternates.Prepend(Newest))
        {
            if ((file.SizeBytes is null || file.SizeBytes == content.Length) && file.Strongest is { } sum && sum.Matches(content))
            {
                return file;
            }
        }

        return null;
    }

    /// <summary>Reads a document; null when it was refused. A mirror that is wrong is refused alone.</summary>
    /// <param name="document">Its bytes.</param>
    /// <param name="file">Its name, for messages.</param>
    /// <param name="refused">Takes each part that was refused.</param>
    /// <param name="limits">What it may hold.</param>
    public static Metalink? Read(Stream document, string file, Action<Refusal> refused, AdvisoryLimits? limits = null)
    {
        var sink = new AdvisorySink(file, _ => { }, refused, limits);
        Metalink? found = null;
        var isWhole = XmlWalk.Read(document, sink.Limits, "metalink", sink.Refuse, xml =>
        {
            found = new MetalinkReader(xml, sink).Read();
            return xml.IsRecordWhole(sink);
        });
        return isWhole ? found : null;
    }
}

/// <summary>One edition of the index.</summary>
/// <param name="Made">When it was made; null where not stated.</param>
/// <param name="SizeBytes">Its size; null where not stated.</param>
/// <param name="Sums">Its checksums, the strongest first.</param>
public sealed record MetalinkFile(DateTimeOffset? Made, long? SizeBytes, ImmutableArray<FileSum> Sums)
{
    /// <summary>The strongest checksum; null where none may vouch for it.</summary>
    public FileSum? Strongest => Sums.FirstOrDefault(s => s.Authorises);
}

/// <summary>A mirror.</summary>
/// <param name="Url">The index's address there, of the scheme <c>https</c> or <c>http</c>.</param>
/// <param name="Preference">0 to 100, more is better.</param>
/// <param name="Country">Its country, two letters; null where not stated.</param>
public sealed record MetalinkMirror(string Url, int Preference, string? Country);

/// <summary>Reads the list's parts.</summary>
internal sealed class MetalinkReader(XmlWalk xml, AdvisorySink sink)
{
    private readonly List<MetalinkFile> _alternates = [];
    private readonly List<MetalinkMirror> _mirrors = [];
    private MetalinkFile? _newest;
    private bool _isTwice;

    public Metalink? Read()
    {
        if (xml.Attribute("version") is { } version && version != "3.0")
        {
            return Refused($"version {XmlWalk.Shown(version)} is not read, 3.0 is");
        }

        var depth = xml.Enter();
        while (xml.Next(depth))
        {
            if (xml.Name == "files")
            {
                ReadFiles();
            }
        }

        return _isTwice ? Refused("it has two files 'repomd.xml': which of them is meant is not known")
            : _newest?.Strongest is null ? Refused("it has no file 'repomd.xml' with a checksum that may vouch for it (sha256, sha384, sha512)")
            : new Metalink(_newest, [.. _alternates], [.. _mirrors.OrderByDescending(m => m.Preference)]);
    }

    private void ReadFiles()
    {
        var depth = xml.Enter();
        while (xml.Next(depth))
        {
            if (xml.Name == "file" && xml.Attribute("name") == "repomd.xml")
            {
                _isTwice |= _newest is not null;
                _newest = ReadFile();
            }
        }
    }

    // A file, and an alternate of it, which has neither alternates nor mirrors.
    private MetalinkFile ReadFile()
    {
        var sums = new List<FileSum>();
        long? size = null, made = null;
        var depth = xml.Enter();
        while (xml.Next(depth))
        {
            switch (xml.Name)
            {
                case "timestamp":
                    made = Number("timestamp", FeedDate.LastSecond);
                    break;
                case "size":
                    size = Number("size", long.MaxValue);
                    break;
                case "verification":
                    ReadSums(sums);
                    break;
                case "alternates":
                    ReadAlternates();
                    break;
                case "resources":
                    ReadMirrors();
                    break;
            }
        }

        return new MetalinkFile(made is { } second ? FeedDate.OfUnix(second) : null, size, [.. sums.OrderByDescending(s => s.Kind)]);
    }

    private void ReadSums(List<FileSum> sums)
    {
        var depth = xml.Enter();
        while (xml.Next(depth))
        {
            var (line, kind) = (xml.Line, xml.Attribute("type"));
            if (xml.Name != "hash")
            {
                continue;
            }

            if (FileSum.TryParse(kind, xml.Text(), out var sum, out var problem))
            {
                sums.Add(sum);
            }
            else
            {
                sink.Refuse($"line {line}", problem);
            }
        }
    }

    private void ReadAlternates()
    {
        var depth = xml.Enter();
        while (xml.Next(depth))
        {
            if (xml.Name == "alternate")
            {
                _alternates.Add(ReadFile());
            }
        }
    }

    private void ReadMirrors()
    {
        var depth = xml.Enter();
        while (xml.Next(depth))
        {
            if (xml.Name == "url")
            {
                ReadMirror();
            }
        }
    }

    // rsync and ftp are listed beside http; they are not used, and not wrong.
    private void ReadMirror()
    {
        var line = xml.Line;
        var (preference, country) = (xml.Attribute("preference"), xml.Attribute("location"));
        var url = xml.Text().Trim();
        if (!Uri.TryCreate(url, UriKind.Absolute, out var address) || address.Host.Length == 0 || address.UserInfo.Length > 0)
        {
            sink.Refuse($"line {line}", $"'{XmlWalk.Shown(url)}' is no address of a mirror");
        }
        else if (address.Scheme is "https" or "http")
        {
            var number = Numerals.TryRead(preference, out int stated) ? Math.Min(stated, 100) : 0;
            _mirrors.Add(new MetalinkMirror(url, number, country));
        }
    }

    private long? Number(string what, long most)
    {
        var line = xml.Line;
        var text = xml.Text().Trim();
        if (Numerals.TryRead(text, out long number) && number <= most)
        {
            return number;
        }

        sink.Refuse($"line {line}", $"{what} '{XmlWalk.Shown(text)}' is no number");
        return null;
    }

    private Metalink? Refused(string reason)
    {
        sink.Refuse("", reason);
        return null;
    }
}
