using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace PatchFlow.Core.Advisories;

/// <summary>Where an affected package stands, which becomes text only for a refusal.</summary>
/// <param name="Id">The record's id.</param>
/// <param name="Number">Its place among those that are affected, from 0.</param>
internal readonly record struct OsvPlace(string Id, int Number)
{
    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Id} affected[{Number}]");
}

/// <summary>Reads what an OSV record says of packages (OSV schema, "affected[] fields").</summary>
/// <param name="order">The order of two versions in a scheme; null where they can't be compared.</param>
/// <param name="sink">Where a wrong part is refused.</param>
internal sealed class OsvPackages(Func<VersionScheme, string, string, int?> order, AdvisorySink sink)
{
    private readonly OsvRanges _ranges = new(order, sink);
    private Ecosystem _ecosystem;

    private readonly record struct Ecosystem(string? Name, string Platform, VersionScheme Scheme, bool HasSources);

    /// <summary>The packages of a record; one that is wrong is refused alone.</summary>
    public ImmutableArray<AffectedPackage> Of(string id, JsonElement value)
    {
        var packages = ImmutableArray.CreateBuilder<AffectedPackage>();
        var number = 0;
        foreach (var affected in value.Items("affected"))
        {
            var place = new OsvPlace(id, number++);
            if (affected.Object("package") is { } package && package.Text("ecosystem") is { Length: > 0 } ecosystem && package.Text("name") is { Length: > 0 } name)
            {
                var one = PackageOf(affected, ecosystem, name, package.Text("purl"), place);
                packages.Add(one);
                OsvBinaries.AddTo(packages, affected, one);
            }
            else if (StatesVersions(affected) || affected.Object("package") is not null)
            {
                sink.Refuse($"{place}", "a package with ecosystem and name is expected; the rest of the record is kept");
            }
        }

        return packages.DrainToImmutable();
    }

    private AffectedPackage PackageOf(JsonElement affected, string ecosystem, string name, string? purl, OsvPlace place)
    {
        var named = EcosystemOf(ecosystem);
        var scheme = named.Scheme == VersionScheme.Unknown && IsSemVer(affected) ? VersionScheme.SemVer : named.Scheme;
        var ranges = _ranges.Of(affected, scheme, place);
        var versions = ImmutableCollectionsMarshal.AsImmutableArray(affected.Texts("versions"));
        var stated = StatesVersions(affected);
        return new AffectedPackage
        {
            Platform = named.Platform,
            Name = name,
            IsSource = named.HasSources || (purl?.Contains("arch=src", StringComparison.Ordinal) ?? false),
            Scheme = scheme,
            State = IsOpen(ranges) || (versions.Length > 0 && !stated) ? FixState.NoFixYet
                : stated && ranges.IsEmpty && versions.IsEmpty ? FixState.NotAffected
                : FixState.Fixed,
            Ranges = ranges,
            Versions = versions,
            Note = affected.Object("ecosystem_specific")?.Text("availability"),
        };
    }

    // The packages of a record are mostly of one ecosystem.
    private Ecosystem EcosystemOf(string name)
    {
        if (_ecosystem.Name != name)
        {
            _ecosystem = new Ecosystem(name, Platforms.OfEcosystem(name), Platforms.SchemeOf(name), Platforms.NamesSourcePackages(name));
        }

        return _ecosystem;
    }

    private static bool IsOpen(ImmutableArray<VersionRange> ranges)
    {
        foreach (var range in ranges)
        {
            if (range.Fixed is null && range.LastAffected is null)
            {
                return true;
            }
        }

        return false;
    }

    // Ranges of commits say nothing of versions.
    private static bool StatesVersions(JsonElement affected)
    {
        foreach (var range in affected.Items("ranges"))
        {
            if (!range.Is("type", "GIT"))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsSemVer(JsonElement affected)
    {
        foreach (var range in affected.Items("ranges"))
        {
            if (range.Is("type", "SEMVER"))
            {
                return true;
            }
        }

        return false;
    }
}
