using System.Collections.Immutable;

namespace PatchFlow.Core.Advisories;

/// <summary>What the vulnerabilities of a document say of each product, in the words of CSAF (CSAF 3.2.3.9), which CVRF has too.</summary>
internal sealed class ProductStatements(ProductTree products, AdvisorySink sink)
{
    // CSAF 6.1.6: a product is in one of these groups only. In this order the one that is safe to believe comes first.
    private static readonly (string Name, int Group)[] Statuses =
    [
        ("known_affected", 0), ("first_affected", 0), ("last_affected", 0), ("under_investigation", 1), ("unknown", 1),
        ("fixed", 2), ("first_fixed", 2), ("known_not_affected", 3), ("recommended", 4),
    ];

    private readonly Dictionary<(string Id, string Status, FixState State, string? Note), (AffectedPackage Package, List<string> Cves)> _found = [];

    /// <summary>All that was said, each product and statement once, with its CVEs.</summary>
    public IEnumerable<AffectedPackage> All(int cves) =>
        _found.Values.Select(f => f.Package with { Cves = f.Cves.Count == cves ? [] : [.. f.Cves] });

    /// <summary>Adds the statements of one vulnerability.</summary>
    /// <param name="idsOf">The product ids that have a status, by its name.</param>
    /// <param name="remedyOf">Category and text of what can be done for a product.</param>
    /// <param name="reasonOf">Why a product is not affected; null where nothing is said.</param>
    /// <param name="cve">The vulnerability's CVE; null where it has none.</param>
    /// <param name="position">Where it is, for a refusal.</param>
    public void Add(Func<string, IEnumerable<string>> idsOf, Func<string, (string Category, string? Text)> remedyOf, Func<string, string?> reasonOf, string? cve, string position)
    {
        var seen = new Dictionary<string, int>();
        foreach (var (name, group) in Statuses)
        {
            foreach (var id in idsOf(name).Distinct())
            {
                if (products.Find(id, position) is { } product && IsAlone(seen, id, group, position))
                {
                    Add(id, name, Package(product, name, remedyOf(id), reasonOf(id)), cve);
                }
            }
        }
    }

    private bool IsAlone(Dictionary<string, int> seen, string id, int group, string position)
    {
        if (group == 4 || seen.TryAdd(id, group) || seen[id] == group)
        {
            return true;
        }

        sink.Refuse(position, $"product id '{AptGrammar.Shown(id)}' has contradicting statuses: the worse one is taken (CSAF 6.1.6)");
        return false;
    }

    private void Add(string id, string status, AffectedPackage package, string? cve)
    {
        var key = (id, status, package.State, package.Note);
        if (!_found.TryGetValue(key, out var entry))
        {
            _found.Add(key, entry = (package, []));
        }

        if (cve is not null && !entry.Cves.Contains(cve))
        {
            entry.Cves.Add(cve);
        }
    }

    private static AffectedPackage Package(CsafProduct product, string status, (string Category, string? Text) remedy, string? reason)
    {
        var (ranges, versions) = Versions(product, status);
        return new AffectedPackage
        {
            Platform = product.Platform,
            Name = product.Name,
            IsSource = product.IsSource,
            Arch = product.Arch,
            Module = product.Module,
            Scheme = product.Scheme,
            Product = product.Product,
            State = StateOf(status, remedy.Category),
            Ranges = ranges,
            Versions = versions,
            Note = reason ?? remedy.Text,
        };
    }

    private static FixState StateOf(string status, string? remedy) => (status, remedy) switch
    {
        ("known_not_affected", _) => FixState.NotAffected,
        ("under_investigation" or "unknown", _) => FixState.UnderInvestigation,
        ("fixed" or "first_fixed" or "recommended", _) => FixState.Fixed,
        (_, "no_fix_planned") => FixState.WillNotFix,
        (_, "vendor_fix") => FixState.Fixed,
        _ => FixState.NoFixYet,
    };

    private static (ImmutableArray<VersionRange> Ranges, ImmutableArray<string> Versions) Versions(CsafProduct product, string status)
    {
        if (status is "fixed" or "first_fixed" or "recommended")
        {
            return (product.Version is { } version ? [VersionRange.Before(version)] : [], []);
        }

        if (product.Range is { } text && Vers.TryRead(text, out var ranges, out var versions))
        {
            return (ranges, versions);
        }

        return (status, product.Version) switch
        {
            ("first_affected", { } version) => ([new VersionRange(version, null, null)], []),
            ("last_affected", { } version) => ([new VersionRange(null, null, version)], []),
            (_, { } version) => ([], [version]),
            _ => ([], []),
        };
    }
}
