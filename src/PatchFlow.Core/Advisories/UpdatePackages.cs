using System.Collections.Immutable;
using PatchFlow.Core.Patches;

namespace PatchFlow.Core.Advisories;

/// <summary>The <c>pkglist</c> of an update: collections, each with or without a module, of packages.</summary>
/// <param name="xml">The walk through the document.</param>
/// <param name="refuse">Takes the line and the reason of a package that is refused.</param>
internal sealed class UpdatePackages(XmlWalk xml, Action<int, string> refuse)
{
    private readonly ImmutableArray<AffectedPackage>.Builder _found = ImmutableArray.CreateBuilder<AffectedPackage>();
    private string? _module, _build;
    private bool _isUnreadable;
    private string _version = "";
    private ImmutableArray<VersionRange> _before = [];

    /// <summary>What one of the packages suggests.</summary>
    public SuggestedActions Suggested { get; private set; }

    /// <summary>Reads the element that the walk stands on.</summary>
    /// <param name="release">The update's release, which names the platform where the collection does not.</param>
    public void Read(string? release)
    {
        var depth = xml.Enter();
        while (xml.Next(depth))
        {
            if (xml.Name == "collection")
            {
                ReadCollection(release);
            }
        }
    }

    /// <summary>The packages in their order.</summary>
    public ImmutableArray<AffectedPackage> ToArray() => _found.DrainToImmutable();

    private void ReadCollection(string? release)
    {
        (_module, _build, _isUnreadable) = (null, null, false);
        string? name = null, platform = null;
        var brief = xml.Attribute("short");
        var depth = xml.Enter();
        while (xml.Next(depth))
        {
            switch (xml.Name)
            {
                case "name":
                    name = xml.Text();
                    break;
                case "module":
                    ReadModule();
                    break;
                case "package":
                    ReadPackage(platform ??= RpmPlatforms.Of(name, brief, release));
                    break;
            }
        }
    }

    private void ReadModule()
    {
        string? name = xml.Attribute("name"), stream = xml.Attribute("stream");
        _module = ModuleStream.Of(name, stream);
        _build = string.Join(':', name, stream, xml.Attribute("version"), xml.Attribute("context"), xml.Attribute("arch"));
        _isUnreadable = _module is null;
        if (_isUnreadable)
        {
            refuse(xml.Line, $"module '{XmlWalk.Shown(_build)}' has no name and stream: whom its packages concern is not known, so they are left out");
        }
    }

    private void ReadPackage(string platform)
    {
        var line = xml.Line;
        string? name = null, epoch = null, version = null, release = null, arch = null, src = null;
        while (xml.NextAttribute())
        {
            switch (xml.AttributeName)
            {
                case "name":
                    name = xml.AttributeValue;
                    break;
                case "epoch":
                    epoch = xml.AttributeValue;
                    break;
                case "version":
                    version = xml.AttributeValue;
                    break;
                case "release":
                    release = xml.AttributeValue;
                    break;
                case "arch":
                    arch = xml.AttributeValue;
                    break;
                case "src":
                    src = xml.AttributeValue;
                    break;
            }
        }

        var (file, suggested) = ReadChildren(line, src);
        if (RpmAdvisory.ProblemOf(name, epoch, version, release, arch) is { } problem)
        {
            refuse(line, problem);
        }
        else if (!_isUnreadable)
        {
            var package = RpmAdvisory.Package(platform, name!, Before(Nevra.EvrOf(epoch, version!, release!)), arch!, file, _module, _build);
            _found.Add(suggested == SuggestedActions.None ? package : package with { Suggested = suggested });
            Suggested |= suggested;
        }
    }

    private (PublishedFile? File, SuggestedActions Suggested) ReadChildren(int line, string? src)
    {
        string? filename = null;
        var suggested = SuggestedActions.None;
        FileSum? sum = null;
        var depth = xml.Enter();
        while (xml.Next(depth))
        {
            switch (xml.Name)
            {
                case "filename":
                    filename = xml.Text();
                    break;
                case "sum":
                    sum = Stronger(sum, ReadSum(line));
                    break;
                default:
                    suggested |= RpmAdvisory.Suggested(xml);
                    break;
            }
        }

        var source = RpmAdvisory.SourceOf(src);
        return (filename is null && sum is null && source is null ? null : new PublishedFile(filename ?? "", source, sum), suggested);
    }

    private FileSum? ReadSum(int line)
    {
        var kind = xml.Attribute("type");
        if (!FileSum.TryParse(kind, xml.Text(), out var sum, out var problem))
        {
            refuse(line, $"{problem}; the rest of the package is kept");
        }

        return sum;
    }

    private static FileSum? Stronger(FileSum? a, FileSum? b) => a is null || b?.Kind > a.Kind ? b ?? a : a;

    // The packages of an update mostly have one version.
    private ImmutableArray<VersionRange> Before(string version)
    {
        if (version != _version)
        {
            (_version, _before) = (version, [VersionRange.Before(version)]);
        }

        return _before;
    }
}
