using System.Text.Json;

namespace PatchFlow.Core.Advisories;

/// <summary>
/// The binary packages that OSV records of Ubuntu and SUSE list beside a source package. Those with the source package's version are meant by
/// it already; the others (metapackages, packages with an epoch of their own) need a statement of their own.
/// </summary>
internal static class OsvBinaries
{
    /// <summary>The binary packages whose fixed version is another than that of their source package.</summary>
    public static IEnumerable<AffectedPackage> Of(JsonElement affected, AffectedPackage source)
    {
        if (source.Ranges is not [{ Introduced: null, Fixed: { } version }])
        {
            return [];
        }

        return Listed(affected, "ecosystem_specific").Concat(Listed(affected, "database_specific"))
            .Where(binary => binary.Version != version && binary.Version.Length > 0 && binary.Name.Length > 0)
            .Select(binary => source with { Name = binary.Name, IsSource = false, Ranges = [VersionRange.Before(binary.Version)], Versions = [] });
    }

    // Two spellings: {"binary_name": …, "binary_version": …}, and before schema 1.7 as with SUSE {"name": "version", …}.
    private static IEnumerable<(string Name, string Version)> Listed(JsonElement affected, string where) =>
        affected.Object(where) is { } own
            ? own.Items("binaries").Where(b => b.ValueKind == JsonValueKind.Object).SelectMany(binary => binary.Text("binary_name") is { } name
                ? [(name, binary.Text("binary_version") ?? "")]
                : binary.EnumerateObject().Where(p => p.Value.ValueKind == JsonValueKind.String).Select(p => (p.Name, p.Value.GetString()!)))
            : [];
}
