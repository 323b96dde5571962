using System.Runtime.InteropServices;
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

    /// <summary>So many products at most are reached through groups, lists of package URLs and ids of several products; known documents stay below 2,000.</summary>
    public const int MostReached = 1_000_000;

    private const int LongestLookedUp = 192;
    private readonly AdvisorySink _sink;
    private readonly Dictionary<string, NamedProduct> _products = [];
    private readonly Dictionary<string, NamedProduct>.AlternateLookup<ReadOnlySpan<char>> _byLetters;
    private readonly List<NamedProduct> _relationships = [];
    private readonly Dictionary<string, NamedProduct[]> _groups = [];
    private NamedProduct? _defined;
    private long _reached;

    /// <summary>A tree without products.</summary>
    public ProductTree(AdvisorySink sink)
    {
        _sink = sink;
        _byLetters = _products.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>All products that are defined.</summary>
    public IEnumerable<NamedProduct> Products => _products.Values.Where(product => product.Product is not null);

    /// <summary>The product of an id, which may be defined later, or not at all.</summary>
    public NamedProduct Named(string id)
    {
        ref var product = ref CollectionsMarshal.GetValueRefOrAddDefault(_products, id, out _);
        return product ??= new NamedProduct(id);
    }

    /// <summary>The product whose id a JSON text is.</summary>
    /// <param name="text">The id.</param>
    /// <param name="last">Which one was named before it in lists of this kind; becomes this one. What followed it the last time is tried first.</param>
    public NamedProduct Named(JsonElement text, ref NamedProduct? last)
    {
        if (last?.Next is { } next && Ascii.Equals(JsonMarshal.GetRawUtf8Value(text)[1..^1], next.Id))
        {
            return last = next;
        }

        return Follow(ref last, (text.IsPlain(out var utf8) && utf8.Length <= LongestLookedUp ? ByLetters(utf8) : null) ?? Named(text.GetString()!));
    }

    // An id with a backslash is written with two, and what is written with one is another: so it is never looked for as it is written.
    private static NamedProduct Follow(ref NamedProduct? last, NamedProduct product)
    {
        if (last is not null)
        {
            last.Next = product.Id.Contains('\\', StringComparison.Ordinal) ? null : product;
        }

        return last = product;
    }

    private NamedProduct? ByLetters(ReadOnlySpan<byte> utf8)
    {
        Span<char> letters = stackalloc char[LongestLookedUp];
        return _byLetters.TryGetValue(letters[..Encoding.UTF8.GetChars(utf8, letters)], out var product) ? product : null;
    }

    /// <summary>Makes room for so many relationships.</summary>
    public void Expect(int relationships)
    {
        var most = Math.Min(relationships, MostExpected);
        _relationships.EnsureCapacity(most);
        _products.EnsureCapacity(_products.Count + most);
    }

    /// <summary>What a product is; null, and refused, where it is not defined once.</summary>
    public CsafProduct? Find(NamedProduct named, string position)
    {
        if (named is { Product: { } product, IsAmbiguous: false })
        {
            return product;
        }

        _sink.Refuse(position, $"product id '{AptGrammar.Shown(named.Id)}' {Doubt(named)}");
        return null;
    }

    /// <summary>Why it can't be told what a product is, which is not defined once.</summary>
    public static string Doubt(NamedProduct named) => named.Others is not null ? "is defined more than once, or what it is made of is (CSAF 6.1.2)"
        : named.IsAmbiguous ? "is defined by a circle (CSAF 6.1.3)"
        : "is not defined in the product tree (CSAF 6.1.1)";

    /// <summary>Everything that a product may be, counted.</summary>
    /// <exception cref="ProductLimitException">It is too much in all.</exception>
    public IReadOnlyList<NamedProduct> Definitions(NamedProduct named)
    {
        NamedProduct[] all = [.. named.Definitions];
        Reach(all.Length - 1);
        return all;
    }

    /// <summary>Counts products that are reached through something that stands for several, so that their number is not the square of the document's length.</summary>
    /// <exception cref="ProductLimitException">They are too many in all.</exception>
    public void Reach(long products)
    {
        _reached += products;
        if (_reached > MostReached)
        {
            throw new ProductLimitException();
        }
    }

    /// <summary>The products of groups (CSAF 6.1.4).</summary>
    public IEnumerable<NamedProduct> InGroups(IEnumerable<string> groups, string position)
    {
        foreach (var group in groups)
        {
            if (!_groups.TryGetValue(group, out var products))
            {
                _sink.Refuse(position, $"group id '{AptGrammar.Shown(group)}' is not defined (CSAF 6.1.4)");
                continue;
            }

            Reach(products.Length);
            foreach (var product in products)
            {
                yield return product;
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
        else if (Named(id) is { Product: null, Parts: null } named)
        {
            Follow(ref _defined, named).Product = product;
        }
        else if (!(mayRepeat && _products[id].Product?.Product == product.Product))
        {
            Ambiguous(_products[id], new NamedProduct(id) { Product = product });
        }
    }

    /// <summary>Adds a product that is one on others.</summary>
    /// <param name="named">Which it is; null where it has no id.</param>
    /// <param name="name">What it is called.</param>
    /// <param name="parts">What it is made of, at least one.</param>
    public void Relate(NamedProduct? named, string name, NamedProduct[] parts)
    {
        if (named is null)
        {
            _sink.Refuse("product_tree/relationships", "a relationship without full_product_name (CSAF 3.2.2.4)");
        }
        else if (named is { Product: null, Parts: null })
        {
            (named.Name, named.Parts) = (name, parts);
            _relationships.Add(Follow(ref _defined, named));
        }
        else
        {
            var other = new NamedProduct(named.Id) { Name = name, Parts = parts };
            _relationships.Add(other);
            Ambiguous(named, other);
        }
    }

    /// <summary>Resolves all relationships, once all products are there.</summary>
    public void Resolve()
    {
        foreach (var named in _relationships)
        {
            // One that others needed is resolved before its turn.
            if (named.Product is not null)
            {
                continue;
            }

            if (named.Missing is null)
            {
                Combine(named);
            }
            else
            {
                Resolve(named);
            }
        }
    }

    /// <summary>Adds a group of products, once all relationships are resolved; what can't be told is refused, and in it: who names the group may say that it is affected.</summary>
    public void Group(string? id, IEnumerable<NamedProduct> products)
    {
        NamedProduct[] all = [.. products];
        foreach (var product in all)
        {
            Find(product, "product_tree/product_groups");
        }

        if (!_groups.TryAdd(id ?? "", all))
        {
            _sink.Refuse("product_tree/product_groups", $"group id '{AptGrammar.Shown(id)}' is defined more than once (CSAF 6.1.5)");
        }
    }

    private void Ambiguous(NamedProduct named, NamedProduct other)
    {
        (named.Others ??= []).Add(other);
        if (!named.IsAmbiguous)
        {
            named.IsAmbiguous = true;
            _sink.Refuse("product_tree", $"product id '{AptGrammar.Shown(named.Id)}' is defined more than once (CSAF 6.1.2): whether what it may be is affected is taken as not known yet");
        }
    }

    // Depth first with an own stack; an id that is met again while still open is a circle (CSAF 6.1.3).
    private void Resolve(NamedProduct start)
    {
        var open = new Stack<NamedProduct>([start]);
        var opened = new HashSet<NamedProduct> { start };
        while (open.TryPeek(out var named))
        {
            var missing = named.Missing;
            if (missing?.Parts is not null && opened.Add(missing))
            {
                open.Push(missing);
                continue;
            }

            open.Pop();
            if (missing is null || named.Parts!.All(part => part.Product is not null))
            {
                Combine(named);
                continue;
            }

            var circle = missing.Parts is not null;
            _sink.Refuse("product_tree/relationships", circle
                ? $"product id '{AptGrammar.Shown(named.Id)}' is defined by a circle (CSAF 6.1.3)"
                : $"product id '{AptGrammar.Shown(missing.Id)}' is not defined in the product tree (CSAF 6.1.1)");
            named.Product ??= new CsafProduct { Product = named.Name };
            named.IsAmbiguous |= circle;
        }
    }

    private void Combine(NamedProduct named)
    {
        // A copy even where nothing is added: each id has a product of its own.
        var parts = named.Parts.AsSpan();
        var product = parts.Length == 1 ? parts[0].Product! with { } : parts[0].Product!;
        Reach((long)product.More.Length * parts.Length);
        foreach (var part in parts[1..])
        {
            product = product.On(part.Product!, named.Name);
        }

        named.Product ??= product;
        foreach (var part in parts)
        {
            named.IsAmbiguous |= part.IsAmbiguous;
        }

        if (named.IsAmbiguous && named.Parts!.Any(part => part.Others is not null))
        {
            CombineOthers(named);
        }
    }

    // What is made of something that may be several things may be several things.
    private void CombineOthers(NamedProduct named)
    {
        List<CsafProduct> products = [.. named.Parts![0].Definitions.Select(definition => definition.Product).OfType<CsafProduct>()];
        Reach(products.Count);
        foreach (var part in named.Parts.Skip(1))
        {
            List<CsafProduct> on = [.. part.Definitions.Select(definition => definition.Product).OfType<CsafProduct>()];
            Reach((long)products.Count * on.Count * (1 + products.Max(product => product.More.Length)));
            products = [.. products.SelectMany(product => on.Select(platform => product.On(platform, named.Name)))];
        }

        (named.Others ??= []).AddRange(products.Skip(1).Select(product => new NamedProduct(named.Id) { Product = product }));
    }
}
