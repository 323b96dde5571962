using System.Text.RegularExpressions;

namespace PatchFlow.Core.Advisories;

/// <summary>The product tree of a CVRF document (CVRF 1.2, section 5), of its XML or its JSON form.</summary>
internal sealed partial class CvrfProducts(AdvisorySink sink)
{
    private readonly List<(string Id, List<string> Products)> _groups = [];
    private bool _hasRelationships, _hasMore;
    private ILookup<string, NamedProduct>? _packages;

    /// <summary>The products by their ids.</summary>
    public ProductTree Tree { get; } = new(sink);

    /// <summary>How many full product names were listed.</summary>
    public int Count { get; private set; }

    /// <summary>Whether the whole tree was read, so that ids can be looked up.</summary>
    public bool IsWhole { get; private set; }

    /// <summary>Reads the element that the walk stands on.</summary>
    public void Read(XmlWalk xml)
    {
        if (IsFirst())
        {
            ReadBranch(xml, default);
            End();
        }
    }

    /// <summary>Whether no tree was read yet: a document has one (CVRF 1.2, section 5), and what a second one defines is refused where it is named.</summary>
    public bool IsFirst()
    {
        if (IsWhole && !_hasMore)
        {
            _hasMore = true;
            sink.Refuse("ProductTree", "there is more than one product tree: the first one counts");
        }

        return !IsWhole;
    }

    /// <summary>Adds a product that stands in a branch, or beside all.</summary>
    public void Define(string? id, string name, string? cpe, CsafBranch branch)
    {
        Count++;
        Tree.Define(id, OfBuild(CsafIdentity.Of(name.Trim(), cpe, null, branch), branch), mayRepeat: true);
    }

    /// <summary>Ends the tree.</summary>
    public void End()
    {
        Tree.Resolve();
        foreach (var (id, products) in _groups)
        {
            Tree.Group(id, products.Select(product => Tree.Named(product)));
        }

        IsWhole = true;
    }

    /// <summary>
    /// The products that a status means. openEuler gives the status to the release and lists the packages that it has beside it, without saying how they
    /// belong together but by their CPE: so those of that release are meant.
    /// </summary>
    public IReadOnlyList<NamedProduct> Meant(NamedProduct named)
    {
        if (_hasRelationships || named.Product is not { Name.Length: 0 } product || !product.Platform.StartsWith("openEuler:", StringComparison.Ordinal))
        {
            return [named];
        }

        _packages ??= Tree.Products.Where(p => p.Product!.Name.Length > 0).ToLookup(p => p.Product!.Platform);
        List<NamedProduct> packages = [.. _packages[product.Platform]];
        Tree.Reach(packages.Count);
        return packages.Count > 0 ? packages : [named];
    }

    // Recursion is bounded by the depth that the walk allows.
    private void ReadBranch(XmlWalk xml, CsafBranch branch)
    {
        var depth = xml.Enter();
        while (xml.Next(depth))
        {
            switch (xml.Name)
            {
                case "Branch":
                    ReadBranch(xml, branch.Below(CvrfWords.BranchOf(xml.Attribute("Type")), xml.Attribute("Name")));
                    break;
                case "FullProductName":
                    var (id, cpe) = (xml.Attribute("ProductID"), xml.Attribute("CPE"));
                    Define(id, xml.Text(), cpe, branch);
                    break;
                case "Relationship":
                    ReadRelationship(xml);
                    break;
                case "ProductGroups":
                    ReadGroups(xml);
                    break;
            }
        }
    }

    private void ReadRelationship(XmlWalk xml)
    {
        NamedProduct[] parts = [Tree.Named(xml.Attribute("ProductReference") ?? ""), Tree.Named(xml.Attribute("RelatesToProductReference") ?? "")];
        var depth = xml.Enter();
        while (xml.Next(depth))
        {
            if (xml.Name == "FullProductName")
            {
                Count++;
                _hasRelationships = true;
                var id = xml.Attribute("ProductID");
                Tree.Relate(id is { Length: > 0 } ? Tree.Named(id) : null, xml.Text().Trim(), parts);
            }
        }
    }

    private void ReadGroups(XmlWalk xml)
    {
        var depth = xml.Enter();
        while (xml.Next(depth))
        {
            if (xml.Name == "Group")
            {
                var (id, products, inner) = (xml.Attribute("GroupID") ?? "", new List<string>(), xml.Enter());
                _groups.Add((id, products));
                while (xml.Next(inner))
                {
                    products.AddRange(xml.Name == "ProductID" ? [xml.Text().Trim()] : []);
                }
            }
        }
    }

    // SUSE and Red Hat name builds without an architecture, libvirt-1.1.2-2.48.1, kernel-0:4.18.0-305.108.1.el8_4; Red Hat also modules with their builds, ruby:2.7:8080020230427102918:63b34585.
    private static CsafProduct OfBuild(CsafProduct product, CsafBranch branch)
    {
        if (branch.Version is null || product.Name.Length > 0)
        {
            return product;
        }

        var module = Module().Match(branch.Version);
        var build = Build().Match(branch.Version);
        return module.Success ? product with { Module = $"{module.Groups["name"].Value}:{module.Groups["stream"].Value}", Version = null }
            : build.Success ? product with { Build = (build.Groups["name"].Value, build.Groups["version"].Value) }
            : product;
    }

    [GeneratedRegex(@"\A(?<name>[A-Za-z0-9][A-Za-z0-9._+-]{0,200})-(?<version>(?:[0-9]{1,9}:)?[A-Za-z0-9._+~^]{1,200}-[A-Za-z0-9._+~^]{1,200})\z", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Build();

    [GeneratedRegex(@"\A(?<name>[A-Za-z0-9][A-Za-z0-9._+-]{0,200}):(?<stream>[A-Za-z0-9._+-]{1,200}):[0-9]{1,30}:[0-9a-f]{1,40}\z", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Module();
}
