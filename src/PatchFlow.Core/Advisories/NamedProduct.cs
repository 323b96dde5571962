namespace PatchFlow.Core.Advisories;

/// <summary>
/// A product as a document names it: one for each id, defined or not. What is said of it is found from here, so that an id which is named a hundred
/// times is not looked up by its letters again and again.
/// </summary>
internal sealed class NamedProduct(string id)
{
    private CsafProduct? _unknown;
    private int _resolved, _partsKnown;

    /// <summary>The id.</summary>
    public string Id => id;

    /// <summary>What it is; null where it is not defined, or not yet.</summary>
    public CsafProduct? Product { get; set; }

    /// <summary>Whether it is defined in several ways, or in a circle.</summary>
    public bool IsAmbiguous { get; set; }

    /// <summary>What else it is where it is defined in several ways; null where in one.</summary>
    public List<NamedProduct>? Others { get; set; }

    /// <summary>Everything that it is defined to be.</summary>
    public IEnumerable<NamedProduct> Definitions => Others is null ? [this] : [this, .. Others.SelectMany(other => other.Definitions)];

    /// <summary>The first of its own definitions of which it is not known what it is; null where that is known of all.</summary>
    public NamedProduct? Unresolved
    {
        get
        {
            // Where it stopped the last time it goes on: once known, a product stays so.
            while (_resolved <= (Others?.Count ?? 0) && (_resolved == 0 ? this : Others![_resolved - 1]).Product is not null)
            {
                _resolved++;
            }

            return _resolved == 0 ? this : _resolved <= (Others?.Count ?? 0) ? Others![_resolved - 1] : null;
        }
    }

    /// <summary>What it is, or one of which only the id is known.</summary>
    public CsafProduct Meant => Product ?? (_unknown ??= new CsafProduct { Product = id });

    /// <summary>Where a relationship defines it, the products that it is made of; else null.</summary>
    public NamedProduct[]? Parts { get; set; }

    /// <summary>The first thing that has to be known before what it is made of can be put together; null where all of it is known.</summary>
    public NamedProduct? Missing
    {
        get
        {
            // A path can have as many steps as the document has lines, and each may be missing at first: known ones are not looked at again.
            for (; _partsKnown < Parts!.Length; _partsKnown++)
            {
                if (Parts[_partsKnown].Unresolved is { } missing)
                {
                    return missing;
                }
            }

            return null;
        }
    }

    /// <summary>What a relationship calls it.</summary>
    public string Name { get; set; } = "";

    /// <summary>Which product was named behind it the last time: documents list the same ones in the same order again and again.</summary>
    public NamedProduct? Next { get; set; }

    /// <summary>What the last vulnerability that named it says of it; null before there is one.</summary>
    public ProductSaid? Said { get; set; }

    /// <summary>The last of the statements on it that are looked up from here.</summary>
    public ProductStatement? Last { get; set; }
}

/// <summary>What one vulnerability says of a product.</summary>
internal sealed class ProductSaid
{
    /// <summary>Which vulnerability it is; 0 for none.</summary>
    public int Vulnerability { get; private set; }

    /// <summary>The status that was looked at last; null before there is one.</summary>
    public string? Status { get; set; }

    /// <summary>The group of its first status.</summary>
    public int Group { get; set; }

    /// <summary>The category of what can be done; null where nothing is said.</summary>
    public string? Remedy { get; set; }

    /// <summary>What can be done, in words.</summary>
    public string? RemedyText { get; set; }

    /// <summary>Whether it is stated not to be affected.</summary>
    public bool IsUnaffected { get; set; }

    /// <summary>Why it is not affected; null where nothing is said.</summary>
    public string? Reason { get; set; }

    /// <summary>Itself, with nothing said where the last was another vulnerability.</summary>
    public ProductSaid Of(int vulnerability)
    {
        if (Vulnerability != vulnerability)
        {
            (Vulnerability, Status, Group, Remedy, RemedyText, IsUnaffected, Reason) = (vulnerability, null, 0, null, null, false, null);
        }

        return this;
    }
}
