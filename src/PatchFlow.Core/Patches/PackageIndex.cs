using PatchFlow.Core.Advisories;

namespace PatchFlow.Core.Patches;

/// <summary>The package files that one verified snapshot lists, by name.</summary>
public sealed class PackageIndex
{
    private readonly Dictionary<string, AptPackage[]> _byName;

    private PackageIndex(Dictionary<string, AptPackage[]> byName, int count, int refused) => (_byName, Count, RefusedCount) = (byName, count, refused);

    /// <summary>How many packages it lists.</summary>
    public int Count { get; }

    /// <summary>The packages that the vendor has not released to all.</summary>
    public IEnumerable<AptPackage> Phased => _byName.Values.SelectMany(packages => packages).Where(p => p.PhasedPercent is not null);

    /// <summary>How many stanzas were refused: malformed, or a second file for the same package and version.</summary>
    public int RefusedCount { get; }

    /// <summary>The index of a suite's lists, one per component.</summary>
    public static PackageIndex Of(IEnumerable<AptPackageList> lists)
    {
        var (byName, count, refused) = (new Dictionary<string, AptPackage[]>(StringComparer.Ordinal), 0, 0);
        foreach (var list in lists)
        {
            refused += list.RefusedCount;
            foreach (var package in list.Packages)
            {
                var known = byName.GetValueOrDefault(package.Name, []);
                var same = Array.Find(known, p => p.Version == package.Version && p.Arch == package.Arch);
                if (same is not null)
                {
                    // Which of two files is meant must not depend on their order, so the first stays and the other is counted.
                    refused += same.Sha256 == package.Sha256 ? 0 : 1;
                    continue;
                }

                byName[package.Name] = [.. known, package];
                count++;
            }
        }

        return new PackageIndex(byName, count, refused);
    }

    /// <summary>Everything listed under a name: versions and architectures in the order of the index.</summary>
    public IReadOnlyList<AptPackage> Find(string name) => _byName.GetValueOrDefault(name, []);

    /// <summary>The package at exactly this version text and architecture, or null.</summary>
    public AptPackage? Find(string name, string version, string arch) =>
        Array.Find(_byName.GetValueOrDefault(name, []), p => p.Version == version && p.Arch == arch);
}
