using PatchFlow.Core.Advisories;

namespace PatchFlow.Core.Matching;

/// <summary>
/// All advisories on products that are mended by updates with numbers, by the products' names as published, and which update replaces which over all
/// of them: a month's document links only to the month before. One writer at a time, and nobody reads meanwhile.
/// </summary>
public sealed class ProductIndex
{
    private readonly Dictionary<string, IndexedAdvisory> _advisories = new(StringComparer.Ordinal);
    private Dictionary<string, List<(AdvisorySummary Advisory, AffectedPackage Affected)>>? _products;
    private Supersedence? _supersedence;
    private HashSet<string>? _described;

    /// <summary>How many advisories there are.</summary>
    public int Count => _advisories.Count;

    /// <summary>Which update replaces which.</summary>
    public Supersedence Supersedence => _supersedence ??= Supersedence.Of(Updates);

    private IEnumerable<VendorUpdate> Updates => _advisories.Values.SelectMany(a => a.Advisory.Affected).Select(a => a.Update is null ? null : a.Update with { Product = a.Product }).OfType<VendorUpdate>();

    /// <summary>Whether a statement is one on such a product.</summary>
    public static bool IsOnProduct(AffectedPackage affected) => affected.Product is not null && Platforms.IsReportOnly(affected.Platform);

    /// <summary>Takes an advisory, in place of one of the same key; one that says nothing of such products is left out.</summary>
    /// <returns>Whether anything may be another now.</returns>
    public bool Put(IndexedAdvisory indexed)
    {
        var advisory = indexed.Advisory;
        var says = advisory.Withdrawn is null ? advisory.Affected.Where(IsOnProduct) : [];
        if (!says.Any())
        {
            return Remove(indexed.Key);
        }

        _advisories[indexed.Key] = indexed with { Advisory = advisory with { Affected = [.. says] } };
        Forget();
        return true;
    }

    /// <summary>Forgets an advisory.</summary>
    /// <returns>Whether it was there.</returns>
    public bool Remove(string key)
    {
        var wasThere = _advisories.Remove(key);
        if (wasThere)
        {
            Forget();
        }

        return wasThere;
    }

    /// <summary>Whether anything is said of a product.</summary>
    public bool SpeaksOf(string product) => Products.ContainsKey(Named(product));

    /// <summary>Whether any document describes an update, on whatever product.</summary>
    public bool Describes(string update) => (_described ??= [.. Updates.Select(u => u.Id)]).Contains(update);

    /// <summary>What is said of an update of a product; null where no document describes it.</summary>
    internal VendorUpdate? UpdateOf(string product, string update) =>
        Products.GetValueOrDefault(Named(product), []).Select(s => s.Affected.Update).FirstOrDefault(u => u?.Id == update);

    /// <summary>Whether anything is said of a vulnerability of a product.</summary>
    public bool SaysOf(string product, string vulnerability) => On(product).Any(said => said.Key.Id == vulnerability || said.Key.Cves.Contains(vulnerability));

    /// <summary>What is said of a product, the advisories in the order of their keys.</summary>
    internal IEnumerable<IGrouping<AdvisorySummary, AffectedPackage>> On(string product) =>
        Products.GetValueOrDefault(Named(product), []).OrderBy(s => s.Advisory.Key, StringComparer.Ordinal).GroupBy(s => s.Advisory, s => s.Affected);

    private Dictionary<string, List<(AdvisorySummary Advisory, AffectedPackage Affected)>> Products => _products ??= _advisories.Values
        .SelectMany(a => Statements(a)).GroupBy(s => Named(s.Affected.Product!)).ToDictionary(g => g.Key, g => g.ToList(), StringComparer.Ordinal);

    private static IEnumerable<(AdvisorySummary Advisory, AffectedPackage Affected)> Statements(IndexedAdvisory indexed)
    {
        var a = indexed.Advisory;
        var summary = new AdvisorySummary(indexed.Key, a.Id, a.Severity, a.Cves, a.RebootSuggested, a.Published);
        return a.Affected.Select(affected => (summary, affected));
    }

    // Microsoft writes "x64-based systems" and "x64-based Systems" of one product.
    private static string Named(string product) => product.Trim().ToUpperInvariant();

    private void Forget() => (_products, _supersedence, _described) = (null, null, null);
}
