using System.Text.Json;

namespace PatchFlow.Core.Advisories;

/// <summary>The products and product groups of a CSAF product tree by their ids (CSAF 3.2.2).</summary>
internal sealed class CsafProducts
{
    private readonly Dictionary<string, CsafProduct> _products = [];
    private readonly Dictionary<string, JsonElement> _relationships = [];
    private readonly Dictionary<string, string[]> _groups = [];
    private readonly HashSet<string> _ambiguous = [];
    private readonly AdvisorySink _sink;

    /// <summary>Reads a product tree; null where the document has none.</summary>
    public CsafProducts(JsonElement? tree, AdvisorySink sink)
    {
        _sink = sink;
        if (tree is not { } root)
        {
            return;
        }

        ReadBranches(root);
        foreach (var product in root.Items("full_product_names"))
        {
            Define(product, default);
        }

        ReadRelationships(root);
        ReadGroups(root);
    }

    /// <summary>The product of an id; null, and refused, where it is not defined once.</summary>
    public CsafProduct? Find(string id, string position)
    {
        if (_products.TryGetValue(id, out var product) && !_ambiguous.Contains(id))
        {
            return product;
        }

        _sink.Refuse(position, $"product id '{AptGrammar.Shown(id)}' is {(_ambiguous.Contains(id) ? "defined more than once" : "not defined in the product tree")} (CSAF 6.1.1, 6.1.2)");
        return null;
    }

    /// <summary>The product ids that an item names by itself and through groups.</summary>
    public IEnumerable<string> Named(JsonElement item, string position)
    {
        foreach (var id in item.Texts("product_ids"))
        {
            yield return id;
        }

        foreach (var group in item.Texts("group_ids"))
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

    // A stack, not recursion: the depth is the document's.
    private void ReadBranches(JsonElement root)
    {
        var open = new Stack<(JsonElement Element, CsafBranch Branch)>([(root, default)]);
        while (open.TryPop(out var at))
        {
            foreach (var child in at.Element.Items("branches").Reverse())
            {
                open.Push((child, at.Branch.Below(child)));
            }

            if (at.Element.Object("product") is { } product)
            {
                Define(product, at.Branch);
            }
        }
    }

    private void Define(JsonElement product, CsafBranch branch)
    {
        if (product.Text("product_id") is not { Length: > 0 } id)
        {
            _sink.Refuse("product_tree", "a product without product_id (CSAF 3.1.3.2)");
        }
        else if (!_products.TryAdd(id, CsafIdentity.Of(product, branch)))
        {
            Ambiguous(id);
        }
    }

    private void Ambiguous(string id)
    {
        if (_ambiguous.Add(id))
        {
            _sink.Refuse("product_tree", $"product id '{AptGrammar.Shown(id)}' is defined more than once: what names it is left out (CSAF 6.1.2)");
        }
    }

    private void ReadRelationships(JsonElement root)
    {
        foreach (var relationship in root.Items("relationships"))
        {
            var id = relationship.Object("full_product_name")?.Text("product_id");
            if (id is not { Length: > 0 })
            {
                _sink.Refuse("product_tree/relationships", "a relationship without full_product_name (CSAF 3.2.2.4)");
            }
            else if (_products.ContainsKey(id) || !_relationships.TryAdd(id, relationship))
            {
                Ambiguous(id);
            }
        }

        foreach (var id in _relationships.Keys)
        {
            Resolve(id);
        }
    }

    // Depth first with an own stack; an id that is met again while still open is a circle (CSAF 6.1.3).
    private void Resolve(string start)
    {
        var open = new Stack<string>([start]);
        var opened = new HashSet<string> { start };
        while (open.TryPeek(out var id))
        {
            var relationship = _relationships[id];
            var (component, platform) = (relationship.Text("product_reference") ?? "", relationship.Text("relates_to_product_reference") ?? "");
            var missing = new[] { component, platform }.FirstOrDefault(part => !_products.ContainsKey(part));
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
                _products.TryAdd(id, new CsafProduct { Product = relationship.Object("full_product_name")?.Text("name") ?? id });
                _ambiguous.UnionWith(circle ? [id] : []);
                continue;
            }

            _products.TryAdd(id, _products[component].On(_products[platform], relationship.Object("full_product_name")?.Text("name") ?? id));
        }
    }

    private void ReadGroups(JsonElement root)
    {
        foreach (var group in root.Items("product_groups"))
        {
            var ids = group.Texts("product_ids").Where(id => Find(id, "product_tree/product_groups") is not null).ToArray();
            if (!_groups.TryAdd(group.Text("group_id") ?? "", ids))
            {
                _sink.Refuse("product_tree/product_groups", $"group id '{AptGrammar.Shown(group.Text("group_id"))}' is defined more than once (CSAF 6.1.5)");
            }
        }
    }
}
