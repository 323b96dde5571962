using System.Collections.Immutable;
using System.Text.Json;

namespace PatchFlow.Core.Advisories;

/// <summary>
/// The binary packages that OSV records of Ubuntu and SUSE list beside a source package. Those with the source package's version are meant by
/// it already; the others (metapackages, packages with an epoch of their own) need a statement of their own.
/// </summary>
internal static class OsvBinaries
{
    /// <summary>Adds the binary packages whose fixed version is another than that of their source package.</summary>
    public static void AddTo(ImmutableArray<AffectedPackage>.Builder packages, JsonElement affected, AffectedPackage source, AdvisorySink sink, RecordPlace place)
    {
        if (source.Ranges is [{ Introduced: null, Fixed: { } version }])
        {
            AddListed(packages, sink.Items(affected.Object("ecosystem_specific"u8).GetValueOrDefault(), "binaries"u8, place), source, version);
            AddListed(packages, sink.Items(sink.Object(affected, "database_specific"u8, place).GetValueOrDefault(), "binaries"u8, place), source, version);
        }
    }

    // Two spellings: {"binary_name": …, "binary_version": …}, and before schema 1.7 as with SUSE {"name": "version", …}.
    private static void AddListed(ImmutableArray<AffectedPackage>.Builder packages, JsonElement.ArrayEnumerator binaries, AffectedPackage source, string version)
    {
        foreach (var binary in binaries)
        {
            if (binary.Text("binary_name"u8) is { } name)
            {
                Add(packages, name, binary.Text("binary_version"u8) ?? "", source, version);
            }
            else if (binary.ValueKind == JsonValueKind.Object)
            {
                AddNamed(packages, binary, source, version);
            }
        }
    }

    private static void AddNamed(ImmutableArray<AffectedPackage>.Builder packages, JsonElement binaries, AffectedPackage source, string version)
    {
        foreach (var binary in binaries.EnumerateObject())
        {
            if (binary.Value.ValueKind == JsonValueKind.String)
            {
                Add(packages, binary.Name, binary.Value.GetString()!, source, version);
            }
        }
    }

    private static void Add(ImmutableArray<AffectedPackage>.Builder packages, string name, string stated, AffectedPackage source, string version)
    {
        if (stated != version && stated.Length > 0 && name.Length > 0)
        {
            packages.Add(source with { Name = name, IsSource = false, Ranges = [VersionRange.Before(stated)], Versions = [] });
        }
    }
}
