using System.Text;
using System.Text.Json;

namespace PatchFlow.Core.Advisories;

/// <summary>
/// The products and product groups of a document by their ids, as CSAF 3.2.2 and CVRF 1.2 (section 5) have them. What is defined twice in
/// different ways, in a circle or not at all is refused where it is named, and the rest holds.
/// </summary>
internal sealed class ProductTree
{
    /// <summary>For so many room is made at most before they are looked at: a document can say that it has millions, and have none.</summary>
    public const int MostExpected = 4096;

    private const int LongestLookedUp = 192;
    private readonly AdvisorySink _sink;
    private readonly Dictionary<string, CsafProduct> _products = [];
    private readonly Dictionary<string, CsafProduct>.AlternateLookup<ReadOnlySpan<char>> _byLetters;
    private readonly Dictionary<string, (string Name, string[] Parts)> _relationships = [];
    private readonly Dictionary<string, string[]> _groups = [];
    private readonly HashSet<string> _ambiguous = [];

    /// <summary>A tree without products.</summary>
    public ProductTree(AdvisorySink sink)
    {
        _sink = sink;
        _byLetters = _products.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>All products by their ids.</summary>
    public IReadOnlyDictionary<string, CsafProduct> Products => _products;

    /// <summary>Whether an id is defined, be it more than once.</summary>
    public bool IsDefined(string id) => _products.ContainsKey(id);

    /// <summary>The id that a JSON text is. A defined one is not made anew: documents name each of them often.</summary>
    public string IdOf(JsonElement text) => Defined(text) ?? text.GetString()!;

    /// <summary>The id that a JSON text is, where it is defined; null where it is not, and where it must be decoded to be known.</summary>
    public string? Defined(JsonElement text)
    {
        if (!text.IsPlain(out var utf8) || utf8.Length > LongestLookedUp)
        {
            return null;
        }

        Span<char> letters = stackalloc char[LongestLookedUp];
        return _byLetters.TryGetValue(letters[..Encoding.UTF8.GetChars(utf8, letters)], out var id, out _) ? id : null;
    }

    /// <summary>Makes room for so many relationships.</summary>
    public void Expect(int relationships)
    {
        var most = Math.Min(relationships, MostExpected);
        _relationships.EnsureCapacity(most);
        _products.EnsureCapacity(_products.Count + most);
    }

    /// <summary>The product of an id; null, and refused, where it is not defined once.</summary>
    public CsafProduct? Find(string id, string position)
    {
        if (_products.TryGetValue(id, out var product) && !(_ambiguous.Count > 0 && _ambiguous.Contains(id)))
        {
            return product;
        }

        _sink.Refuse(position, $"product id '{AptGrammar.Shown(id)}' is {(_ambiguous.Contains(id) ? "defined more than once" : "not defined in the product tree")} (CSAF 6.1.1, 6.1.2)");
        return null;
    }

    /// <summary>The product ids of groups (CSAF 6.1.4).</summary>
    public IEnumerable<string> InGroups(IEnumerable<string> groups, string position)
    {
        foreach (var group in groups)
        {
            if (!_groups.TryGetValue(group, out var ids))
            {
                _sink.Refuse(position, $"group id '{AptGrammar.Shown(group)}' is not defined (CSAF 6.1.4)");
                continue;
            }

            foreach (var id in ids)
            {
                yield return id;
            }
        }
    }

    /// <summary>Adds a product.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="product">What it is.</param>
    /// <param name="mayRepeat">Whether the very same may be said again: Microsoft lists every product in its branch and once more.</param>
    public void Define(string? id, CsafProduct product, bool mayRepeat = false)
    {
        if (id is not { Length: > 0 })
        {
            _sink.Refuse("product_tree", "a product without product_id (CSAF 3.1.3.2)");
        }
        else if (!_products.TryAdd(id, product) && !(mayRepeat && _products[id].Product == product.Product))
        {
            Ambiguous(id);
        }
    }

    /// <summary>Adds a product that is one on others.</summary>
    public void Relate(string? id, string name, string[] parts)
    {
        if (id is not { Length: > 0 })
        {
            _sink.Refuse("product_tree/relationships", "a relationship without full_product_name (CSAF 3.2.2.4)");
        }
        else if (_products.ContainsKey(id) || !_relationships.TryAdd(id, (name, parts)))
        {
            Ambiguous(id);
        }
    }

    /// <summary>Resolves all relationships, once all products are there.</summary>
    public void Resolve()
    {
        foreach (var (id, (name, parts)) in _relationships)
        {
            if (Missing(parts) is null)
            {
                Combine(id, name, parts);
            }
            else
            {
                Resolve(id);
            }
        }
    }

    /// <summary>Adds a group of products, once all relationships are resolved.</summary>
    public void Group(string? id, IEnumerable<string> products)
    {
        var ids = products.Where(product => Find(product, "product_tree/product_groups") is not null).ToArray();
        if (!_groups.TryAdd(id ?? "", ids))
        {
            _sink.Refuse("product_tree/product_groups", $"group id '{AptGrammar.Shown(id)}' is defined more than once (CSAF 6.1.5)");
        }
    }

    private void Ambiguous(string id)
    {
        if (_ambiguous.Add(id))
        {
            _sink.Refuse("product_tree", $"product id '{AptGrammar.Shown(id)}' is defined more than once: what names it is left out (CSAF 6.1.2)");
        }
    }

    // Depth first with an own stack; an id that is met again while still open is a circle (CSAF 6.1.3).
    private void Resolve(string start)
    {
        var open = new Stack<string>([start]);
        var opened = new HashSet<string> { start };
        while (open.TryPeek(out var id))
        {
            var (name, parts) = _relationships[id];
            var missing = Missing(parts);
            if (missing is not null && _relationships.ContainsKey(missing) && opened.Add(missing))
            {
                open.Push(missing);
                continue;
            }

            open.Pop();
            if (missing is not null)
            {
                var circle = _relationships.ContainsKey(missing);
                _sink.Refuse("product_tree/relationships", circle
                    ? $"product id '{AptGrammar.Shown(id)}' is defined by a circle (CSAF 6.1.3)"
                    : $"product id '{AptGrammar.Shown(missing)}' is not defined in the product tree (CSAF 6.1.1)");
                _products.TryAdd(id, new CsafProduct { Product = name });
                _ambiguous.UnionWith(circle ? [id] : []);
                continue;
            }

            Combine(id, name, parts);
        }
    }

    private string? Missing(string[] parts)
    {
        foreach (var part in parts)
        {
            if (!_products.ContainsKey(part))
            {
                return part;
            }
        }

        return null;
    }

    private void Combine(string id, string name, string[] parts)
    {
        // A copy even where nothing is added: each id has a product of its own.
        var product = parts.Length == 1 ? _products[parts[0]] with { } : _products[parts[0]];
        foreach (var part in parts.AsSpan(1))
        {
            product = product.On(_products[part], name);
        }

        _products.TryAdd(id, product);
        if (_ambiguous.Count > 0 && parts.Any(_ambiguous.Contains))
        {
            _ambiguous.Add(id);
        }
    }
}
