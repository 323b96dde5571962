using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace PatchFlow.Core.Advisories;

/// <summary>Reads what an OSV record says of packages (OSV schema, "affected[] fields").</summary>
/// <param name="order">The order of two versions in a scheme; null where they can't be compared.</param>
/// <param name="sink">Where a wrong part is refused.</param>
internal sealed class OsvPackages(Func<VersionScheme, string, string, int?> order, AdvisorySink sink)
{
    // Said of the versions that what was refused may be about, with a fix without a version, of which nobody can tell what it mends.
    private const string Unread = "a part of what the advisory says of versions can't be read";

    private readonly OsvRanges _ranges = new(order, sink);
    private Ecosystem? _ecosystem;

    private sealed record Ecosystem(byte[] Stated, string Platform, VersionScheme Scheme, bool HasSources);

    /// <summary>The packages of a record; one that is wrong is refused alone.</summary>
    public ImmutableArray<AffectedPackage> Of(string id, JsonElement value)
    {
        var packages = ImmutableArray.CreateBuilder<AffectedPackage>();
        var (number, isDenied) = (0, false);
        foreach (var affected in sink.Items(value, "affected"u8, new RecordPlace(id)))
        {
            var place = new RecordPlace(id, "affected", number++);
            if (affected.Object("package"u8) is { } package && EcosystemOf(package) is { } ecosystem && package.Text("name"u8) is { Length: > 0 } name)
            {
                var one = AddPackage(affected, ecosystem, name, ecosystem.HasSources || IsOfSources(package), place, packages);
                isDenied |= one.State == FixState.NotAffected;
                OsvBinaries.AddTo(packages, affected, one, sink, place);
            }
            else if (!IsOfCommits(affected))
            {
                sink.Refuse($"{place}", "a package with ecosystem and name is expected; the rest of the record is kept");
            }
        }

        return isDenied ? United(packages) : packages.DrainToImmutable();
    }

    // What a record says of a package in several places is a union: it is not affected only where all of them say so.
    private static ImmutableArray<AffectedPackage> United(ImmutableArray<AffectedPackage>.Builder packages)
    {
        var affected = packages.Where(p => p.State != FixState.NotAffected).Select(p => (p.Platform, p.Name, p.IsSource)).ToHashSet();
        return [.. packages.Where(p => p.State != FixState.NotAffected || !affected.Contains((p.Platform, p.Name, p.IsSource)))];
    }

    private AffectedPackage AddPackage(JsonElement affected, Ecosystem named, string name, bool isSource, RecordPlace place, ImmutableArray<AffectedPackage>.Builder packages)
    {
        var scheme = named.Scheme == VersionScheme.Unknown && IsSemVer(affected) ? VersionScheme.SemVer : named.Scheme;
        var stated = _ranges.Of(affected, scheme, place);
        var versions = ImmutableCollectionsMarshal.AsImmutableArray(sink.Texts(affected, "versions"u8, place, out var areWhole));
        var isWhole = stated.IsWhole && areWhole;
        var one = new AffectedPackage
        {
            Platform = named.Platform,
            Name = name,
            IsSource = isSource,
            Scheme = scheme,
            State = StateOf(stated, versions, isWhole),
            Ranges = stated.Ranges,
            Versions = versions,
            Note = sink.Object(affected, "ecosystem_specific"u8, place)?.Text("availability"u8),
        };
        var isBare = stated.Ranges.IsEmpty && versions.IsEmpty;
        packages.Add(isBare && !isWhole ? one with { Note = Unread } : one);
        if (!isWhole && !isBare && !stated.Ranges.Contains(VersionRange.All))
        {
            packages.Add(one with { State = FixState.Fixed, Ranges = [], Versions = [], Note = Unread });
        }

        return one;
    }

    // Only where all of it could be read, that nothing is affected means something; a fix is known only where a range says where it is.
    private static FixState StateOf(OsvStated stated, ImmutableArray<string> versions, bool isWhole) =>
        IsOpen(stated.Ranges) || (versions.Length > 0 && stated.Ranges.IsEmpty && !(stated.IsStated && isWhole)) ? FixState.NoFixYet
        : stated.IsStated && isWhole && stated.Ranges.IsEmpty && versions.IsEmpty ? FixState.NotAffected
        : FixState.Fixed;

    // The packages of a record are mostly of one ecosystem.
    private Ecosystem? EcosystemOf(JsonElement package)
    {
        if (!package.Has("ecosystem"u8, JsonValueKind.String, out var stated) || stated.ValueEquals(""u8))
        {
            return null;
        }

        if (_ecosystem is null || !stated.ValueEquals(_ecosystem.Stated))
        {
            var name = stated.GetString()!;
            _ecosystem = new Ecosystem(Encoding.UTF8.GetBytes(name), Platforms.OfEcosystem(name), Platforms.SchemeOf(name), Platforms.NamesSourcePackages(name));
        }

        return _ecosystem;
    }

    private static bool IsOfSources(JsonElement package) =>
        package.Has("purl"u8, JsonValueKind.String, out var purl)
        && (purl.IsPlain(out var utf8) ? utf8.IndexOf("arch=src"u8) >= 0 : purl.GetString()!.Contains("arch=src", StringComparison.Ordinal));

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

    // Without a package only commits can be meant, which no host has.
    private static bool IsOfCommits(JsonElement affected) =>
        affected.ValueKind == JsonValueKind.Object && IsAbsent(affected, "package")
        && (IsAbsent(affected, "ranges") || (affected.Has("ranges"u8, JsonValueKind.Array, out var ranges) && ranges.EnumerateArray().All(range => range.Is("type"u8, "GIT"u8))));

    private static bool IsAbsent(JsonElement element, string name) => !element.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null;

    private static bool IsSemVer(JsonElement affected)
    {
        foreach (var range in affected.Items("ranges"u8))
        {
            if (range.Is("type"u8, "SEMVER"u8))
            {
                return true;
            }
        }

        return false;
    }
}
