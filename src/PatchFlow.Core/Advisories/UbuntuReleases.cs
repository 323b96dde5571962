using System.Text;
using System.Text.Json;

namespace PatchFlow.Core.Advisories;

/// <summary>
/// What a notice says of one release. Source packages are kept, and of the binary packages those that the source package's version does not
/// already stand for: metapackages and packages with versions of their own.
/// </summary>
internal static class UbuntuReleases
{
    private sealed record Package(string Name, string Version, bool IsSource, string? Source, string? Pocket);

    /// <summary>A release of usn-db: <c>sources</c> by name, and <c>allbinaries</c> (in old notices <c>binaries</c>) with pocket and source.</summary>
    public static IEnumerable<AffectedPackage> OfDatabase(string codename, JsonElement release)
    {
        var sources = Named(release, "sources", isSource: true);
        var binaries = Named(release, "allbinaries", isSource: false);
        return Affected(codename, [.. sources, .. binaries.Count > 0 ? binaries : Named(release, "binaries", isSource: false)]);
    }

    /// <summary>A release of the notices API: a list of source and binary packages.</summary>
    public static IEnumerable<AffectedPackage> OfPage(string codename, JsonElement packages) =>
        packages.ValueKind != JsonValueKind.Array ? [] : Affected(codename, [.. packages.EnumerateArray().Where(p => p.Text("name"u8) is { Length: > 0 }).Select(p =>
            new Package(p.Text("name"u8)!, p.Text("version"u8) ?? "", p.TryGetProperty("is_source"u8, out var source) && source.ValueKind == JsonValueKind.True, null, p.Text("pocket"u8)))]);

    private static List<Package> Named(JsonElement release, string list, bool isSource) =>
        release.Object(Encoding.UTF8.GetBytes(list)) is { } packages
            ? [.. packages.EnumerateObject().Select(p => new Package(p.Name, p.Value.Text("version"u8) ?? "", isSource, p.Value.Text("source"u8), p.Value.Text("pocket"u8)))]
            : [];

    private static IEnumerable<AffectedPackage> Affected(string codename, List<Package> packages)
    {
        var versions = packages.Where(p => p.IsSource).ToLookup(p => p.Version, p => p.Name);
        var pockets = packages.Where(p => !p.IsSource && p.Pocket is not null).ToLookup(p => p.Version, p => p.Pocket);
        return packages
            .Where(p => p.IsSource || !(p.Source is null ? versions.Contains(p.Version) : versions[p.Version].Contains(p.Source)))
            .Select(p => One(codename, p, p.Pocket ?? pockets[p.Version].FirstOrDefault()));
    }

    // Where no pocket is stated, a version with "esm" in it was built for the Pro repositories.
    private static AffectedPackage One(string codename, Package package, string? pocket) => new()
    {
        Platform = Platforms.OfUbuntu(codename, Platforms.IsPro(pocket ?? package.Version)),
        Name = package.Name,
        IsSource = package.IsSource,
        Scheme = VersionScheme.Deb,
        Ranges = package.Version.Length > 0 ? [VersionRange.Before(package.Version)] : [],
        Note = package.Version.Length > 0 ? null : "the notice gives no version",
    };
}
