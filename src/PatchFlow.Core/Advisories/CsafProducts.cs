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

    /// <summary>Refuses what an item outside the statuses names without a definition: notes, ids, threats, scores (CSAF 6.1.1, 6.1.4).</summary>
    public void CheckReferences(JsonElement root, string position)
    {
        var open = new Stack<JsonElement>([root]);
        while (open.TryPop(out var at))
        {
            if (at.ValueKind == JsonValueKind.Array)
            {
                PushAll(open, at.EnumerateArray());
            }
            else if (at.ValueKind == JsonValueKind.Object)
            {
                PushAll(open, at.EnumerateObject().Where(property => property.Name != "product_status").Select(property => property.Value));
                foreach (var id in Named(at, position).Concat(at.Texts("products")).Where(id => !_products.ContainsKey(id)))
                {
                    Find(id, position);
                }
            }
        }
    }

    private static void PushAll(Stack<JsonElement> open, IEnumerable<JsonElement> items)
    {
        foreach (var item in items)
        {
            open.Push(item);
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
        foreach (var relationship in root.Items("relationships").Concat(root.Items("product_paths")))
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
            var parts = Parts(relationship);
            var missing = parts.Find(part => !_products.ContainsKey(part));
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

            var name = relationship.Object("full_product_name")?.Text("name") ?? id;
            _products.TryAdd(id, parts.Skip(1).Aggregate(_products[parts[0]], (product, part) => product.On(_products[part], name)));
            _ambiguous.UnionWith(parts.Exists(_ambiguous.Contains) ? [id] : []);
        }
    }

    // CSAF 2.0 relates one product to one other; 2.1 writes a path of any length (3.2.3.5).
    private static List<string> Parts(JsonElement relationship) =>
        relationship.Text("beginning_product_reference") is { } beginning
            ? [beginning, .. relationship.Items("subpaths").Select(subpath => subpath.Text("next_product_reference") ?? "")]
            : [relationship.Text("product_reference") ?? "", relationship.Text("relates_to_product_reference") ?? ""];

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
