using System.Collections.Immutable;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Patches;

namespace PatchFlow.Core.Advisories;

/// <summary>One <c>package</c> of a primary document.</summary>
internal sealed class RpmPackageReader(XmlWalk xml, AdvisorySink sink, int number)
{
    private const long MostBytes = 1L << 40;
    private readonly int _line = xml.Line;
    private string? _name, _arch, _epoch, _version, _release, _location, _source, _vendor, _problem;
    private FileSum? _sum;
    private long? _size, _installed, _built;
    private ImmutableArray<RpmRelation> _provides = [], _requires = [], _obsoletes = [], _conflicts = [];
    private ImmutableArray<string>.Builder? _files;

    /// <summary>The package; null where it was refused.</summary>
    public RpmPackage? Read()
    {
        var type = xml.Attribute("type");
        var depth = xml.Enter();
        while (xml.Next(depth))
        {
            ReadChild();
        }

        _problem = xml.IsRecordTooLong ? $"it is larger than {sink.Limits.RecordBytes} bytes"
            : type is not null && type != "rpm" ? $"it is of the type '{XmlWalk.Shown(type)}', not rpm"
            : Problem() ?? _problem;
        if (_problem is null)
        {
            return Package();
        }

        sink.Refuse(_name is { Length: > 0 } ? $"{XmlWalk.Shown(_name)} (line {_line})" : $"package {number} (line {_line})", _problem);
        return null;
    }

    // What of it is missing or wrong outranks a problem that was met on the way.
    private string? Problem() =>
        !Nevra.IsName(_name) ? $"'{XmlWalk.Shown(_name ?? "")}' is no package name"
        : _epoch is { Length: > 0 } && !Nevra.IsEpoch(_epoch) ? $"epoch '{XmlWalk.Shown(_epoch)}' is no number"
        : !Nevra.IsVersion(_version) ? $"version '{XmlWalk.Shown(_version ?? "")}' is none"
        : !Nevra.IsVersion(_release) ? $"release '{XmlWalk.Shown(_release ?? "")}' is none"
        : !Nevra.IsArch(_arch) ? $"architecture '{XmlWalk.Shown(_arch ?? "")}' is none"
        : _problem is not null ? null
        : _sum is null ? "it has no checksum: nothing vouches for it"
        : _location is null ? "it has no location"
        : _size is null ? "it has no size"
        : null;

    private RpmPackage Package() => new()
    {
        Name = _name!,
        Version = Nevra.EvrOf(_epoch, _version!, _release!),
        Arch = _arch!,
        Checksum = _sum!,
        Location = _location!,
        SizeBytes = _size!.Value,
        InstalledBytes = _installed,
        Built = _built is { } second ? FeedDate.OfUnix(second) : null,
        SourceFile = string.IsNullOrEmpty(_source) ? null : _source,
        Vendor = string.IsNullOrEmpty(_vendor) ? null : _vendor,
        Provides = _provides,
        Requires = _requires,
        Obsoletes = _obsoletes,
        Conflicts = _conflicts,
        Files = _files?.DrainToImmutable() ?? [],
    };

    private void ReadChild()
    {
        switch (xml.Name)
        {
            case "name":
                _name = xml.Text();
                break;
            case "arch":
                _arch = xml.Text();
                break;
            case "version":
                (_epoch, _version, _release) = (xml.Attribute("epoch"), xml.Attribute("ver"), xml.Attribute("rel"));
                break;
            case "checksum":
                ReadSum();
                break;
            case "time":
                _built = Number("build", FeedDate.LastSecond);
                break;
            case "size":
                (_size, _installed) = (Number("package", MostBytes), Number("installed", MostBytes));
                break;
            case "location":
                ReadLocation();
                break;
            case "format":
                ReadFormat();
                break;
        }
    }

    private void ReadSum()
    {
        var kind = xml.Attribute("type");
        if (!FileSum.TryParse(kind, xml.Text(), out _sum, out var problem))
        {
            _problem ??= problem;
        }
    }

    private void ReadLocation()
    {
        var written = xml.Attribute("href") ?? "";
        var elsewhere = xml.Attribute("xml:base");
        if (elsewhere is null && RpmLocation.TryRead(written, out var path))
        {
            _location = path;
            return;
        }

        _problem ??= elsewhere is not null
            ? $"it lies elsewhere, at '{XmlWalk.Shown(elsewhere)}': only what is below the repository's address is fetched"
            : $"location '{XmlWalk.Shown(written)}' is no path below the repository's address";
    }

    private void ReadFormat()
    {
        var depth = xml.Enter();
        while (xml.Next(depth))
        {
            switch (xml.Name)
            {
                case "vendor":
                    _vendor = xml.Text();
                    break;
                case "sourcerpm":
                    _source = xml.Text();
                    break;
                case "provides":
                    _provides = ReadRelations();
                    break;
                case "requires":
                    _requires = ReadRelations();
                    break;
                case "obsoletes":
                    _obsoletes = ReadRelations();
                    break;
                case "conflicts":
                    _conflicts = ReadRelations();
                    break;
                case "file":
                    (_files ??= ImmutableArray.CreateBuilder<string>()).Add(xml.Text());
                    break;
            }
        }
    }

    private ImmutableArray<RpmRelation> ReadRelations()
    {
        var found = ImmutableArray.CreateBuilder<RpmRelation>();
        var depth = xml.Enter();
        while (xml.Next(depth))
        {
            if (xml.Name == "entry" && ReadRelation() is { } relation)
            {
                found.Add(relation);
            }
        }

        return found.DrainToImmutable();
    }

    private RpmRelation? ReadRelation()
    {
        string? name = null, flags = null, epoch = null, version = null, release = null;
        while (xml.NextAttribute())
        {
            switch (xml.AttributeName)
            {
                case "name":
                    name = xml.AttributeValue;
                    break;
                case "flags":
                    flags = xml.AttributeValue;
                    break;
                case "epoch":
                    epoch = xml.AttributeValue;
                    break;
                case "ver":
                    version = xml.AttributeValue;
                    break;
                case "rel":
                    release = xml.AttributeValue;
                    break;
            }
        }

        if (string.IsNullOrEmpty(name) || (version is null ? RpmComparison.Any : Comparison(flags)) is not { } comparison)
        {
            _problem ??= $"a relation of it, '{XmlWalk.Shown(name ?? "")}' {XmlWalk.Shown(flags ?? "")}, can't be read";
            return null;
        }

        return new RpmRelation(name, comparison, version is null ? null
            : release is not null ? Nevra.EvrOf(epoch, version, release)
            : epoch is null or "0" ? version
            : $"{epoch}:{version}");
    }

    private static RpmComparison? Comparison(string? flags) => flags switch
    {
        "EQ" => RpmComparison.Equal,
        "LT" => RpmComparison.Less,
        "LE" => RpmComparison.LessOrEqual,
        "GE" => RpmComparison.GreaterOrEqual,
        "GT" => RpmComparison.Greater,
        _ => null,
    };

    private long? Number(string attribute, long most)
    {
        if (xml.Attribute(attribute) is not { } text)
        {
            return null;
        }

        if (Numerals.TryRead(text, out long number) && number <= most)
        {
            return number;
        }

        _problem ??= $"{attribute} '{XmlWalk.Shown(text)}' is no number";
        return null;
    }
}
