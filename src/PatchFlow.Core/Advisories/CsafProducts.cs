using System.Text.Json;

namespace PatchFlow.Core.Advisories;

/// <summary>Reads the product tree of a CSAF document (CSAF 3.2.2).</summary>
internal sealed class CsafProducts
{
    private readonly ProductTree _tree;

    /// <summary>Reads a product tree; null where the document has none.</summary>
    public CsafProducts(JsonElement? tree, AdvisorySink sink)
    {
        _tree = new ProductTree(sink);
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
        foreach (var group in root.Items("product_groups"))
        {
            _tree.Group(group.Text("group_id"), group.Texts("product_ids"));
        }
    }

    /// <summary>The products by their ids.</summary>
    public ProductTree Tree => _tree;

    /// <summary>The product ids that an item names by itself and through groups.</summary>
    public IEnumerable<string> Named(JsonElement item, string position) =>
        item.Texts("group_ids") is { Length: > 0 } groups ? item.Texts("product_ids").Concat(_tree.InGroups(groups, position)) : item.Texts("product_ids");

    /// <summary>Refuses what an item outside the statuses names without a definition: notes, ids, threats, scores (CSAF 6.1.1, 6.1.4).</summary>
    public void CheckReferences(JsonElement root, string position)
    {
        var open = new Stack<JsonElement>();
        PushNested(open, root);
        while (open.TryPop(out var at))
        {
            if (at.ValueKind == JsonValueKind.Object)
            {
                CheckReferences(at, open, position);
                continue;
            }

            foreach (var item in at.EnumerateArray())
            {
                PushNested(open, item);
            }
        }
    }

    private void CheckReferences(JsonElement at, Stack<JsonElement> open, string position)
    {
        foreach (var property in at.EnumerateObject())
        {
            var value = property.Value;
            if (value.ValueKind == JsonValueKind.Object && !property.NameEquals("product_status"u8))
            {
                open.Push(value);
            }
            else if (value.ValueKind == JsonValueKind.Array)
            {
                CheckList(property, at, open, position);
            }
        }
    }

    private void CheckList(JsonProperty list, JsonElement owner, Stack<JsonElement> open, string position)
    {
        if (list.NameEquals("product_ids"u8) || list.NameEquals("products"u8))
        {
            CheckDefined(list.Value, open, position);
        }
        else if (list.NameEquals("group_ids"u8))
        {
            foreach (var id in _tree.InGroups(owner.Texts("group_ids"), position).Where(id => !_tree.IsDefined(id)))
            {
                _tree.Find(id, position);
            }
        }
        else if (!list.NameEquals("product_status"u8))
        {
            open.Push(list.Value);
        }
    }

    private void CheckDefined(JsonElement ids, Stack<JsonElement> open, string position)
    {
        foreach (var item in ids.EnumerateArray())
        {
            if (item.ValueKind == JsonValueKind.String && item.GetString()! is var id && !_tree.IsDefined(id))
            {
                _tree.Find(id, position);
            }
            else
            {
                PushNested(open, item);
            }
        }
    }

    private static void PushNested(Stack<JsonElement> open, JsonElement value)
    {
        if (value.ValueKind is JsonValueKind.Object or JsonValueKind.Array)
        {
            open.Push(value);
        }
    }

    // A stack, not recursion: the depth is the document's.
    private void ReadBranches(JsonElement root)
    {
        var open = new Stack<(JsonElement Element, CsafBranch Branch)>();
        open.Push((root, default));
        while (open.TryPop(out var at))
        {
            foreach (var child in at.Element.Items("branches").Reverse())
            {
                open.Push((child, at.Branch.Below(child.Text("category"), child.Text("name"))));
            }

            if (at.Element.Object("product") is { } product)
            {
                Define(product, at.Branch);
            }
        }
    }

    private void Define(JsonElement product, CsafBranch branch)
    {
        var helper = product.Object("product_identification_helper");
        var purl = helper?.Text("purl") ?? helper?.Texts("purls").FirstOrDefault();
        _tree.Define(product.Text("product_id"), CsafIdentity.Of(product.Text("name") ?? "", helper?.Text("cpe"), purl, branch));
    }

    private void ReadRelationships(JsonElement root)
    {
        foreach (var relationship in root.Items("relationships"))
        {
            Relate(relationship);
        }

        foreach (var path in root.Items("product_paths"))
        {
            Relate(path);
        }

        _tree.Resolve();
    }

    private void Relate(JsonElement relationship)
    {
        var product = relationship.Object("full_product_name");
        var id = product?.Text("product_id");
        _tree.Relate(id, product?.Text("name") ?? id ?? "", Parts(relationship));
    }

    // CSAF 2.0 relates one product to one other; 2.1 writes a path of any length (3.2.3.5).
    private static string[] Parts(JsonElement relationship) =>
        relationship.Text("beginning_product_reference") is { } beginning
            ? [beginning, .. relationship.Items("subpaths").Select(subpath => subpath.Text("next_product_reference") ?? "")]
            : [relationship.Text("product_reference") ?? "", relationship.Text("relates_to_product_reference") ?? ""];
}
