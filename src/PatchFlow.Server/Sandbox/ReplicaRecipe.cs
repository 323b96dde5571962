using System.Collections.Immutable;
using System.Text;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Hosts;

namespace PatchFlow.Server.Sandbox;

/// <summary>A package of a base image or replica.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Arch">Its architecture.</param>
/// <param name="Version">Its version.</param>
/// <param name="Essential">Whether a system must have it: it is never removed.</param>
internal sealed record PresentPackage(string Name, string Arch, string Version, bool Essential)
{
    /// <summary>Reads what the script <c>packages</c> prints; packages that are not installed (removed, half-installed) are left out.</summary>
    public static ImmutableArray<PresentPackage> Read(string lines) =>
        [.. lines.Split('\n').Select(line => line.Split(' ')).Where(w => w is [_, _, _, _, "ok", "installed", _]).Select(w => new PresentPackage(w[0], w[1], w[2], w[6] == "yes"))];

    /// <summary>The package as inventories name it.</summary>
    public InstalledPackage Installed => new(Name, Arch, Version);
}

/// <summary>How a base becomes the replica of a host: by its packages alone, so that hosts with the same packages share one.</summary>
internal sealed record ReplicaRecipe
{
    // A change to how replicas are made must not find images that were made otherwise.
    private const int Edition = 2;

    /// <summary>All packages that the replica will have of the host's, bytewise sorted.</summary>
    public required ImmutableArray<InstalledPackage> Wanted { get; init; }

    /// <summary>Those of them that the base lacks, or has at another version: their files are needed.</summary>
    public required ImmutableArray<InstalledPackage> Needed { get; init; }

    /// <summary>Packages of the base that the host lacks.</summary>
    public required ImmutableArray<InstalledPackage> Removed { get; init; }

    /// <summary>Packages of the host that can't be had at their version: neither the base has it nor a feed lists it.</summary>
    public required ImmutableArray<InstalledPackage> Missing { get; init; }

    /// <summary>Foreign architectures, to be known to dpkg first.</summary>
    public required ImmutableArray<string> ForeignArchitectures { get; init; }

    /// <summary>Names what comes out.</summary>
    public required Digest Digest { get; init; }

    /// <summary>The difference between a base and a host.</summary>
    /// <param name="baseId">The id of the base image.</param>
    /// <param name="present">What the base has.</param>
    /// <param name="inventory">What the host has.</param>
    /// <param name="nearest">The package where its file can be had, else the nearest version that can, else null.</param>
    public static ReplicaRecipe Of(
        string baseId, IReadOnlyCollection<PresentPackage> present, Inventory inventory, Func<InstalledPackage, InstalledPackage?> nearest)
    {
        var inBase = present.Select(p => p.Installed).ToHashSet();
        var known = present.Select(p => (p.Name, p.Arch)).ToHashSet();
        // What can't be had stays as the base has it; what the base lacks takes the nearest version, so that others can lean on it.
        var chosen = inventory.Packages.Select(p => inBase.Contains(p) ? p : nearest(p) is { } n && (n == p || !known.Contains((p.Name, p.Arch))) ? n : null);
        var wanted = chosen.OfType<InstalledPackage>().OrderBy(Line, StringComparer.Ordinal).ToImmutableArray();
        var missing = inventory.Packages.Except(wanted).OrderBy(Line, StringComparer.Ordinal).ToImmutableArray();
        var names = inventory.Packages.Select(p => (p.Name, p.Arch)).ToHashSet();
        var removed = present.Where(p => !p.Essential && !names.Contains((p.Name, p.Arch))).Select(p => p.Installed);
        return new ReplicaRecipe
        {
            Wanted = wanted,
            Needed = [.. wanted.Where(p => !inBase.Contains(p))],
            Removed = [.. removed.OrderBy(Line, StringComparer.Ordinal)],
            Missing = missing,
            ForeignArchitectures = [.. wanted.Select(p => p.Arch).Where(a => a != "all" && a != inventory.Arch).Distinct().Order(StringComparer.Ordinal)],
            Digest = DigestOf(baseId, wanted, inventory.Arch),
        };
    }

    /// <summary>The words for apt: every wanted package with its version, and what is to go.</summary>
    public IEnumerable<string> AptWords() => Wanted.Select(AptWord).Concat(Removed.Select(p => $"{NameOf(p)}-"));

    /// <summary>A package at its version, as apt takes it.</summary>
    public static string AptWord(InstalledPackage package) => $"{NameOf(package)}={package.Version}";

    /// <summary>A package's name, as apt and dpkg take it: with its architecture where it has one.</summary>
    public static string NameOf(InstalledPackage package) => package.Arch == "all" ? package.Name : $"{package.Name}:{package.Arch}";

    private static Digest DigestOf(string baseId, IEnumerable<InstalledPackage> wanted, string arch)
    {
        var text = new StringBuilder($"recipe {Edition}\nbase {baseId}\narch {arch}\n");
        foreach (var package in wanted)
        {
            text.Append(Line(package)).Append('\n');
        }

        return Digest.Of(Encoding.UTF8.GetBytes(text.ToString()));
    }

    private static string Line(InstalledPackage p) => $"package {p.Name} {p.Arch} {p.Version}";
}
