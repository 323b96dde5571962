using PatchFlow.Core.Advisories;

namespace PatchFlow.Core.Patches;

/// <summary>The package files that one verified snapshot lists, by name.</summary>
public sealed class PackageIndex
{
    private readonly Dictionary<string, Named> _byName;
    private readonly Dictionary<string, Named> _instead;
    private readonly int _refusedStanzas;
    private readonly int _refusedRepeats;

    private PackageIndex(Dictionary<string, Named> byName, Dictionary<string, Named> instead, int count, int refusedStanzas, int refusedRepeats) =>
        (_byName, _instead, Count, _refusedStanzas, _refusedRepeats) = (byName, instead, count, refusedStanzas, refusedRepeats);

    /// <summary>How many packages it lists.</summary>
    public int Count { get; }

    /// <summary>The packages that the vendor has not released to all.</summary>
    public IEnumerable<AptPackage> Phased => _byName.Where(n => !_instead.ContainsKey(n.Key)).Concat(_instead)
        .SelectMany(n => n.Value.Packages).Where(p => p.PhasedPercent is not null);

    /// <summary>How many stanzas were refused: malformed, or a second file for the same package and version.</summary>
    public int RefusedCount => _refusedStanzas + _refusedRepeats;

    /// <summary>The index of a suite's lists, one per component.</summary>
    public static PackageIndex Of(IEnumerable<AptPackageList> lists)
    {
        var (byName, count, refused, repeats) = (new Dictionary<string, Named>(StringComparer.Ordinal), 0, 0, 0);
        foreach (var list in lists)
        {
            refused += list.RefusedCount;
            foreach (var package in list.Packages)
            {
                var (had, has) = Add(byName, package);
                count += has.Packages.Length - had.Packages.Length;
                repeats += has.Refused - had.Refused;
            }
        }

        return new PackageIndex(byName, [], count, refused, repeats);
    }

    /// <summary>
    /// The index of the states that lists have come to of which this one, an index of <see cref="Of"/>, has the known ones, all of them in the same order.
    /// It is the same as one made of the lists themselves, with the work and the memory of what changed.
    /// </summary>
    public PackageIndex With(IReadOnlyList<ListChange> lists)
    {
        var instead = new Dictionary<string, Named>(StringComparer.Ordinal);
        var gone = lists.SelectMany(l => l.Gone).CountBy(p => p.Name).ToDictionary(StringComparer.Ordinal);
        foreach (var name in gone.Keys.Concat(lists.SelectMany(l => l.New).Select(p => p.Name)))
        {
            instead[name] = Named.Nothing;
        }

        // Where a package of the same name stands elsewhere and was met again, its place among the new ones counts.
        var isElsewhere = instead.Keys.Any(name => Known(name).Listed != gone.GetValueOrDefault(name));
        foreach (var package in isElsewhere ? lists.SelectMany(l => l.Packages).Where(p => instead.ContainsKey(p.Name)) : lists.SelectMany(l => l.New))
        {
            Add(instead, package);
        }

        var count = Count + instead.Sum(n => n.Value.Packages.Length - Known(n.Key).Packages.Length);
        var repeats = _refusedRepeats + instead.Sum(n => n.Value.Refused - Known(n.Key).Refused);
        return new PackageIndex(_byName, instead, count, lists.Sum(l => l.RefusedCount), repeats);
    }

    /// <summary>Everything listed under a name: versions and architectures in the order of the index.</summary>
    public IReadOnlyList<AptPackage> Find(string name) => All(name);

    /// <summary>The package at exactly this version text and architecture, or null.</summary>
    public AptPackage? Find(string name, string version, string arch) => Array.Find(All(name), p => p.Version == version && p.Arch == arch);

    private AptPackage[] All(string name) => (_instead.TryGetValue(name, out var named) ? named : Known(name)).Packages;

    private Named Known(string name) => _byName.GetValueOrDefault(name, Named.Nothing);

    private static (Named Had, Named Has) Add(Dictionary<string, Named> byName, AptPackage package)
    {
        var had = byName.GetValueOrDefault(package.Name, Named.Nothing);
        var same = Array.Find(had.Packages, p => p.Version == package.Version && p.Arch == package.Arch);
        // Which of two files is meant must not depend on their order, so the first stays and the other is counted.
        var has = same is null
            ? had with { Packages = [.. had.Packages, package], Listed = had.Listed + 1 }
            : had with { Listed = had.Listed + 1, Refused = had.Refused + (same.Sha256 == package.Sha256 ? 0 : 1) };
        byName[package.Name] = has;
        return (had, has);
    }

    /// <summary>What is listed under one name.</summary>
    /// <param name="Packages">The packages.</param>
    /// <param name="Listed">How many stanzas, with those that repeat a package.</param>
    /// <param name="Refused">How many of them name another file for the same package and version.</param>
    private readonly record struct Named(AptPackage[] Packages, int Listed, int Refused)
    {
        public static readonly Named Nothing = new([], 0, 0);
    }
}
