using System.Collections.Immutable;

namespace PatchFlow.Core.Advisories;

/// <summary>Where an update stands among those that replace one another on a product.</summary>
/// <param name="Replaces">The updates that it replaces, directly or through others, the nearest first.</param>
/// <param name="ReplacedBy">The updates that replace it, directly or through others, the nearest first.</param>
/// <param name="Newest">
/// Those of <paramref name="ReplacedBy"/> that nothing replaces: install one of these instead. Empty where it is the newest itself, and where the
/// chain ends in a circle, in which nobody can tell the newest.
/// </param>
/// <param name="Circle">Updates that replace it and that it replaces, which can't be: none of them counts as replaced by another of them.</param>
/// <param name="Unknown">Those of <paramref name="Replaces"/> that no document describes, so that what they replaced in turn is not known.</param>
/// <param name="IsWhole">Whether all was followed; else a limit was reached, and there may be more on either side.</param>
public sealed record SupersedencePlace(
    ImmutableArray<string> Replaces, ImmutableArray<string> ReplacedBy, ImmutableArray<string> Newest, ImmutableArray<string> Circle, ImmutableArray<string> Unknown, bool IsWhole)
{
    /// <summary>Whether a newer update, which can be named, does what this one does.</summary>
    public bool IsSuperseded => Newest.Length > 0;
}

/// <summary>How much is taken and followed.</summary>
/// <param name="Links">Statements that one update replaces another on a product.</param>
/// <param name="Steps">Updates that are followed on each side for one answer.</param>
public sealed record SupersedenceLimits(int Links, int Steps)
{
    /// <summary>All of Microsoft's are some hundred thousand links, and the longest chain has a few hundred updates.</summary>
    public static SupersedenceLimits Default { get; } = new(2_000_000, 5_000);
}

/// <summary>
/// Which updates replace which. Vendors state it for each product and one step at a time, often not at all, and sometimes in a circle; so a
/// chain is followed as far as it is stated, within limits, and what it can't tell is said. What is stated without a product holds for all.
/// </summary>
public sealed class Supersedence
{
    private readonly HashSet<(string Product, string Newer, string Older)> _links = [];
    private readonly Dictionary<(string Product, string Update), List<string>> _older = [];
    private readonly Dictionary<(string Product, string Update), List<string>> _newer = [];
    private readonly HashSet<(string Product, string Update)> _described = [];
    private readonly SupersedenceLimits _limits;

    private Supersedence(SupersedenceLimits limits) => _limits = limits;

    /// <summary>Whether all statements were taken; else there were more than the limit.</summary>
    public bool IsWhole { get; private set; } = true;

    /// <summary>Takes what updates say of one another.</summary>
    public static Supersedence Of(IEnumerable<VendorUpdate> updates, SupersedenceLimits? limits = null)
    {
        var found = new Supersedence(limits ?? SupersedenceLimits.Default);
        foreach (var update in updates)
        {
            found.Add(update);
        }

        return found;
    }

    /// <summary>Where an update stands on a product.</summary>
    /// <param name="product">The product's name as published.</param>
    /// <param name="update">The update's number, <c>KB3147461</c>.</param>
    public SupersedencePlace Place(string product, string update)
    {
        var older = Follow(_older, product, update, out var isDownWhole);
        var newer = Follow(_newer, product, update, out var isUpWhole);
        var circle = older.ToHashSet();
        circle.IntersectWith(newer);
        var replaces = older.Where(id => !circle.Contains(id)).ToImmutableArray();
        var replacedBy = newer.Where(id => !circle.Contains(id)).ToImmutableArray();
        return new SupersedencePlace(
            replaces,
            replacedBy,
            [.. replacedBy.Where(id => !Next(_newer, product, id).Any())],
            [.. older.Where(circle.Contains)],
            [.. replaces.Where(id => !_described.Contains((product, id)) && !_described.Contains(("", id)))],
            IsWhole && isDownWhole && isUpWhole);
    }

    private void Add(VendorUpdate update)
    {
        var product = update.Product ?? "";
        if (_described.Count < _limits.Links)
        {
            _described.Add((product, update.Id));
        }

        foreach (var older in update.Supersedes)
        {
            Link(product, update.Id, older);
        }

        foreach (var newer in update.SupersededBy)
        {
            Link(product, newer, update.Id);
        }
    }

    // Documents say the same again with each vulnerability.
    private void Link(string product, string newer, string older)
    {
        if (newer == older || _links.Contains((product, newer, older)))
        {
            return;
        }

        if (_links.Count == _limits.Links)
        {
            IsWhole = false;
            return;
        }

        _links.Add((product, newer, older));
        Listed(_older, (product, newer)).Add(older);
        Listed(_newer, (product, older)).Add(newer);
    }

    private static List<string> Listed(Dictionary<(string, string), List<string>> links, (string, string) key)
    {
        if (!links.TryGetValue(key, out var list))
        {
            links.Add(key, list = []);
        }

        return list;
    }

    // Breadth first, so that the nearest come first; each once, so that a circle ends.
    private List<string> Follow(Dictionary<(string Product, string Update), List<string>> links, string product, string start, out bool isWhole)
    {
        var (found, seen) = (new List<string>(), new HashSet<string> { start });
        isWhole = true;
        for (var at = -1; at < found.Count; at++)
        {
            foreach (var next in Next(links, product, at < 0 ? start : found[at]))
            {
                if (found.Count == _limits.Steps && !seen.Contains(next))
                {
                    isWhole = false;
                    return found;
                }

                if (seen.Add(next))
                {
                    found.Add(next);
                }
            }
        }

        return found;
    }

    private static IEnumerable<string> Next(Dictionary<(string Product, string Update), List<string>> links, string product, string update) =>
        links.GetValueOrDefault((product, update), []).Concat(product.Length > 0 ? links.GetValueOrDefault(("", update), []) : []);
}
