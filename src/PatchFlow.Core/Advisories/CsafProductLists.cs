using System.Runtime.InteropServices;
using System.Text.Json;

namespace PatchFlow.Core.Advisories;

/// <summary>Reads lists of product ids. A document gives the same list letter for letter for many remedies, scores and vulnerabilities: the last few are kept.</summary>
internal sealed class CsafProductLists
{
    private const int MostKept = 4;

    // Shorter lists are read as quickly as they are compared.
    private const int ShortestKept = 4;

    private readonly (JsonElement List, NamedProduct[] Products)[] _kept = new (JsonElement, NamedProduct[])[MostKept];
    private readonly Func<JsonElement, NamedProduct> _named;
    private NamedProduct? _last;
    private int _count;

    /// <summary>Lists of the products of a tree.</summary>
    public CsafProductLists(ProductTree tree) => _named = text => tree.Named(text, ref _last);

    /// <summary>The products whose ids stand in a list; items that are no text are passed over, and there are none where it is no list.</summary>
    public NamedProduct[] Read(JsonElement list)
    {
        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() < ShortestKept)
        {
            return list.Texts(_named);
        }

        var utf8 = JsonMarshal.GetRawUtf8Value(list);
        for (var number = 0; number < Math.Min(_count, MostKept); number++)
        {
            if (utf8.SequenceEqual(JsonMarshal.GetRawUtf8Value(_kept[number].List)))
            {
                return _kept[number].Products;
            }
        }

        var products = list.Texts(_named);
        _kept[_count++ % MostKept] = (list, products);
        return products;
    }
}
