using System.Collections.Immutable;
using PatchFlow.Core.Advisories;
using PatchFlow.Core.Hosts;

namespace PatchFlow.Core.Patches;

/// <summary>Which installed packages a patch touches: the patched ones, and what they depend on, all the way down.</summary>
public static class DependencyClosure
{
    /// <summary>
    /// The packages of <paramref name="roots"/> with every installed package that their <c>Depends</c> and <c>Pre-Depends</c> name, and
    /// installed providers of what they name. All installed alternatives count: which of them dpkg relied on can't be told afterwards.
    /// </summary>
    /// <param name="installed">All packages of the host.</param>
    /// <param name="roots">The touched ones.</param>
    /// <param name="listed">The index entry of an installed package; null where no index lists it, then its dependencies are unknown and left out.</param>
    /// <returns>Sorted by name and architecture.</returns>
    public static ImmutableArray<InstalledPackage> Of(
        IReadOnlyCollection<InstalledPackage> installed, IEnumerable<InstalledPackage> roots, Func<InstalledPackage, AptPackage?> listed)
    {
        var providers = Providers(installed, listed);
        var found = new HashSet<InstalledPackage>(roots);
        var todo = new Queue<InstalledPackage>(found);
        while (todo.TryDequeue(out var package))
        {
            var entry = listed(package);
            foreach (var name in Names(entry?.Depends).Concat(Names(entry?.PreDepends)))
            {
                foreach (var dependency in providers[name].Where(found.Add))
                {
                    todo.Enqueue(dependency);
                }
            }
        }

        return [.. found.OrderBy(p => p.Name, StringComparer.Ordinal).ThenBy(p => p.Arch, StringComparer.Ordinal)];
    }

    /// <summary>The package names in a relationship field (Debian Policy 7.1), without versions, architectures and restrictions.</summary>
    public static IEnumerable<string> Names(string? relations)
    {
        foreach (var relation in (relations ?? "").Split(',', '|'))
        {
            var name = relation.AsSpan().Trim();
            var end = name.IndexOfAny(" \t\n:([<");
            name = end < 0 ? name : name[..end];
            if (AptGrammar.IsPackageName(name))
            {
                yield return name.ToString();
            }
        }
    }

    private static ILookup<string, InstalledPackage> Providers(IReadOnlyCollection<InstalledPackage> installed, Func<InstalledPackage, AptPackage?> listed) =>
        installed
            .SelectMany(p => Names(listed(p)?.Provides).Append(p.Name).Select(name => (Name: name, Package: p)))
            .ToLookup(pair => pair.Name, pair => pair.Package, StringComparer.Ordinal);
}
