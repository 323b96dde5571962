using PatchFlow.Core.Advisories;

namespace PatchFlow.Core.Matching;

/// <summary>
/// All advisories on products that are mended by updates with numbers, by the products' names as published, and which update replaces which over all
/// of them: a month's document links only to the month before, and what it leaves out, lists of updates may say. One user at a time.
/// </summary>
public sealed class ProductIndex
{
    private const int MostPlaces = 100_000;
    private readonly Dictionary<string, IndexedAdvisory> _advisories = new(StringComparer.Ordinal);
    private readonly Dictionary<string, VendorUpdate> _listed = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Product, string Update), SupersedencePlace> _places = [];
    private Dictionary<string, List<(AdvisorySummary Advisory, AffectedPackage Affected)>>? _products;
    private Dictionary<string, List<VendorUpdate>>? _listedOf;
    private Supersedence? _supersedence;
    private HashSet<string>? _described;

    /// <summary>How many advisories there are.</summary>
    public int Count => _advisories.Count;

    private IEnumerable<VendorUpdate> Updates => _advisories.Values.SelectMany(a => a.Advisory.Affected).Select(a => a.Update is null ? null : a.Update with { Product = a.Product }).OfType<VendorUpdate>()
        .Concat(_listed.Values).Select(u => u.Product is null ? u : u with { Product = Named(u.Product) });

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

    /// <summary>Takes what a list says of an update, a deployment or a page of a catalogue: what it replaces, not what it mends.</summary>
    /// <param name="key">What tells it from others.</param>
    /// <param name="update">The update; null where the list does not have it any more.</param>
    /// <returns>Whether anything may be another now.</returns>
    public bool Put(string key, VendorUpdate? update)
    {
        if (update is null ? !_listed.Remove(key) : _listed.GetValueOrDefault(key) is { } known && IsSame(known, update))
        {
            return false;
        }

        if (update is not null)
        {
            _listed[key] = update;
        }

        Forget();
        return true;
    }

    /// <summary>Where an update stands among those that replace one another on a product.</summary>
    public SupersedencePlace Place(string product, string update)
    {
        var key = (Named(product), update);
        if (!_places.TryGetValue(key, out var place))
        {
            place = (_supersedence ??= Supersedence.Of(Updates)).Place(key.Item1, update);
            // Hosts can report whatever they like.
            if (_places.Count < MostPlaces)
            {
                _places.Add(key, place);
            }
        }

        return place;
    }

    /// <summary>Whether anything is said of a product.</summary>
    public bool SpeaksOf(string product) => Products.ContainsKey(Named(product));

    /// <summary>Whether any document describes an update, on whatever product.</summary>
    public bool Describes(string update) => (_described ??= [.. Updates.Select(u => u.Id)]).Contains(update);

    /// <summary>What is said of an update of a product; null where no document describes it.</summary>
    internal VendorUpdate? UpdateOf(string product, string update) =>
        Products.GetValueOrDefault(Named(product), []).Select(s => s.Affected.Update).FirstOrDefault(u => u?.Id == update)
        ?? ListedOf.GetValueOrDefault(Named(product), []).Find(u => u.Id == update);

    /// <summary>Whether anything is said of a vulnerability of a product.</summary>
    public bool SaysOf(string product, string vulnerability) => On(product).Any(said => said.Key.Id == vulnerability || said.Key.Cves.Contains(vulnerability));

    /// <summary>What is said of a product, the advisories in the order of their keys.</summary>
    internal IEnumerable<IGrouping<AdvisorySummary, AffectedPackage>> On(string product) =>
        Products.GetValueOrDefault(Named(product), []).OrderBy(s => s.Advisory.Key, StringComparer.Ordinal).GroupBy(s => s.Advisory, s => s.Affected);

    private Dictionary<string, List<(AdvisorySummary Advisory, AffectedPackage Affected)>> Products => _products ??= _advisories.Values
        .SelectMany(a => Statements(a)).GroupBy(s => Named(s.Affected.Product!)).ToDictionary(g => g.Key, g => g.ToList(), StringComparer.Ordinal);

    private Dictionary<string, List<VendorUpdate>> ListedOf => _listedOf ??= _listed.Values
        .Where(u => u.Product is not null).GroupBy(u => Named(u.Product!)).ToDictionary(g => g.Key, g => g.ToList(), StringComparer.Ordinal);

    // Lists in a record are compared by what they hold.
    private static bool IsSame(VendorUpdate a, VendorUpdate b) =>
        a.Supersedes.SequenceEqual(b.Supersedes) && a.SupersededBy.SequenceEqual(b.SupersededBy) && a == b with { Supersedes = a.Supersedes, SupersededBy = a.SupersededBy };

    private static IEnumerable<(AdvisorySummary Advisory, AffectedPackage Affected)> Statements(IndexedAdvisory indexed)
    {
        var a = indexed.Advisory;
        var summary = new AdvisorySummary(indexed.Key, a.Id, a.Severity, a.Cves, a.RebootSuggested, a.Published);
        return a.Affected.Select(affected => (summary, affected));
    }

    // Microsoft writes "x64-based systems" and "x64-based Systems" of one product.
    private static string Named(string product) => product.Trim().ToUpperInvariant();

    private void Forget()
    {
        (_products, _listedOf, _supersedence, _described) = (null, null, null, null);
        _places.Clear();
    }
}
