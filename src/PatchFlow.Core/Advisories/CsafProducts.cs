using System.Runtime.InteropServices;
using System.Text.Json;

namespace PatchFlow.Core.Advisories;

/// <summary>Reads the product tree of a CSAF document (CSAF 3.2.2).</summary>
internal sealed class CsafProducts
{
    private const string Root = "product_tree";
    private readonly AdvisorySink _sink;
    private readonly ProductTree _tree;
    private readonly CsafProductLists _lists;
    private readonly Stack<JsonElement> _open = [];
    private NamedProduct? _part, _base;

    /// <summary>Reads a product tree; null where the document has none.</summary>
    public CsafProducts(JsonElement? tree, AdvisorySink sink)
    {
        _sink = sink;
        _tree = new ProductTree(sink);
        _lists = new CsafProductLists(_tree);
        if (tree is not { } root)
        {
            return;
        }

        ReadBranches(root);
        foreach (var product in root.Objects("full_product_names"u8, sink, Root))
        {
            Define(product, default);
        }

        ReadRelationships(root);
        foreach (var group in root.Objects("product_groups"u8, sink, Root))
        {
            _tree.Group(group.Text("group_id"u8, sink, Root), Listed(group, "product_tree/product_groups"));
        }
    }

    /// <summary>The products by their ids.</summary>
    public ProductTree Tree => _tree;

    /// <summary>The products that an item names by itself and through groups.</summary>
    public IEnumerable<NamedProduct> Named(JsonElement item, string position)
    {
        var groups = item.Texts("group_ids"u8, _sink, position);
        var listed = Listed(item, position);
        // One by one: a group can be named as often as it has products, and both are the document's.
        return groups.Length == 0 ? listed : listed.Concat(_tree.InGroups(groups, position));
    }

    /// <summary>The products in a list.</summary>
    public NamedProduct[] Listed(JsonElement list) => _lists.Read(list);

    /// <summary>The products in a list that a property of this name is; what is none is refused.</summary>
    public NamedProduct[] Listed(JsonElement list, string name, string position) => JsonChecked.Whole(_lists.Read(list), list, name, _sink, position);

    private NamedProduct[] Listed(JsonElement item, string position) =>
        item.ValueKind == JsonValueKind.Object && item.TryGetProperty("product_ids"u8, out var list) ? Listed(list, "product_ids", position) : [];

    /// <summary>Refuses what an item outside the statuses names without a definition: notes, ids, threats, scores (CSAF 6.1.1, 6.1.4).</summary>
    public void CheckReferences(JsonElement root, string position)
    {
        if (!MayName(root))
        {
            return;
        }

        PushNested(root);
        while (_open.TryPop(out var at))
        {
            if (at.ValueKind == JsonValueKind.Object)
            {
                CheckProperties(at, position);
                continue;
            }

            foreach (var item in at.EnumerateArray())
            {
                PushNested(item);
            }
        }
    }

    // Looking for the names in the text is far cheaper than going through the values; \u alone could hide letters of a name.
    private static bool MayName(JsonElement root)
    {
        var utf8 = JsonMarshal.GetRawUtf8Value(root);
        return utf8.IndexOf("product"u8) >= 0 || utf8.IndexOf("group_ids"u8) >= 0 || utf8.IndexOf("\\u"u8) >= 0;
    }

    private void CheckProperties(JsonElement at, string position)
    {
        foreach (var property in at.EnumerateObject())
        {
            var value = property.Value;
            if (value.ValueKind == JsonValueKind.Object && !property.NameEquals("product_status"u8))
            {
                _open.Push(value);
            }
            else if (value.ValueKind == JsonValueKind.Array)
            {
                CheckList(property, at, position);
            }
        }
    }

    private void CheckList(JsonProperty list, JsonElement owner, string position)
    {
        if (list.NameEquals("product_ids"u8) || list.NameEquals("products"u8))
        {
            CheckDefined(list.Value, position);
        }
        else if (list.NameEquals("group_ids"u8))
        {
            foreach (var product in _tree.InGroups(owner.Texts("group_ids"u8), position))
            {
                CheckDefined(product, position);
            }
        }
        else if (!list.NameEquals("product_status"u8))
        {
            _open.Push(list.Value);
        }
    }

    private void CheckDefined(JsonElement ids, string position)
    {
        var products = _lists.Read(ids);
        if (products.Length == ids.GetArrayLength())
        {
            foreach (var product in products)
            {
                CheckDefined(product, position);
            }

            return;
        }

        foreach (var item in ids.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.String)
            {
                PushNested(item);
            }
            else
            {
                CheckDefined(_tree.Named(item.GetString()!), position);
            }
        }
    }

    private void CheckDefined(NamedProduct named, string position)
    {
        if (named.Product is null)
        {
            _tree.Find(named, position);
        }
    }

    private void PushNested(JsonElement value)
    {
        if (value.ValueKind is JsonValueKind.Object or JsonValueKind.Array)
        {
            _open.Push(value);
        }
    }

    // A stack, not recursion: the depth is the document's.
    private void ReadBranches(JsonElement root)
    {
        var open = new List<(JsonElement Element, CsafBranch Branch)> { (root, default) };
        while (open.Count > 0)
        {
            var at = open[^1];
            open.RemoveAt(open.Count - 1);
            var first = open.Count;
            foreach (var child in at.Element.Objects("branches"u8, _sink, Root))
            {
                open.Add((child, at.Branch.Below(child, _sink)));
            }

            open.Reverse(first, open.Count - first);

            if (at.Element.Object("product"u8, _sink, Root) is { } product)
            {
                Define(product, at.Branch);
            }
        }
    }

    private void Define(JsonElement product, CsafBranch branch)
    {
        var id = product.Text("product_id"u8, _sink, Root);
        var position = id ?? Root;
        var helper = product.Object("product_identification_helper"u8, _sink, position);
        var (name, cpe) = (product.Text("name"u8, _sink, position) ?? "", helper?.Text("cpe"u8, _sink, position));
        var url = helper?.Text("purl"u8, _sink, position) is { } purl ? UrlOf(purl, position) : null;
        var more = helper?.Texts("purls"u8, _sink, position) ?? [];
        _tree.Define(id, more.Length == 0 ? CsafIdentity.Of(name, cpe, url, branch) : OfSeveral(name, cpe, branch, UrlsOf(url, more, position)));
    }

    // One product that is several packages (CSAF 2.1, 3.1.3.3.4): what is said of it is said of each.
    private static CsafProduct OfSeveral(string name, string? cpe, CsafBranch branch, PackageUrl?[] urls)
    {
        List<CsafProduct> all = [.. urls.OfType<PackageUrl>().DistinctBy(u => u.Text).Select(u => CsafIdentity.Of(name, cpe, u, branch)).DefaultIfEmpty(CsafIdentity.Of(name, cpe, null, branch))];
        return all[0] with { More = [.. all.Skip(1)] };
    }

    private PackageUrl?[] UrlsOf(PackageUrl? first, string[] more, string position) => [first, .. more.Select(purl => UrlOf(purl, position))];

    private PackageUrl? UrlOf(string purl, string position)
    {
        var url = PackageUrl.Of(purl);
        if (url.Type.Length == 0)
        {
            _sink.Refuse(position, $"'{AptGrammar.Shown(purl)}' is no package URL: which package is meant is told by the product's name, where that says it");
        }

        return url.Type.Length == 0 ? null : url;
    }

    private void ReadRelationships(JsonElement root)
    {
        if (root.Has("relationships"u8, JsonValueKind.Array, out var all))
        {
            _tree.Expect(all.GetArrayLength());
        }

        foreach (var relationship in root.Objects("relationships"u8, _sink, Root))
        {
            Relate(relationship);
        }

        foreach (var path in root.Objects("product_paths"u8, _sink, Root))
        {
            Relate(path);
        }

        _tree.Resolve();
    }

    private void Relate(JsonElement relationship)
    {
        var product = relationship.Object("full_product_name"u8);
        var id = product?.Text("product_id"u8);
        _tree.Relate(id is { Length: > 0 } ? _tree.Named(id) : null, product?.Text("name"u8) ?? id ?? "", Parts(relationship));
    }

    // CSAF 2.0 relates one product to one other; 2.1 writes a path of any length (3.2.3.5).
    private NamedProduct[] Parts(JsonElement relationship)
    {
        relationship.Check("subpaths"u8, JsonValueKind.Array, _sink, Root);
        return Part(relationship, "beginning_product_reference"u8, ref _part) is { } beginning
            ? [beginning, .. relationship.Items("subpaths"u8).Select(subpath => Part(subpath, "next_product_reference"u8, ref _base) ?? _tree.Named(""))]
            : [Part(relationship, "product_reference"u8, ref _part) ?? _tree.Named(""), Part(relationship, "relates_to_product_reference"u8, ref _base) ?? _tree.Named("")];
    }

    private NamedProduct? Part(JsonElement item, ReadOnlySpan<byte> name, ref NamedProduct? last) => item.Has(name, JsonValueKind.String, out var text) ? _tree.Named(text, ref last) : null;
}
