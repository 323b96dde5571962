using PatchFlow.Core.Advisories;

namespace PatchFlow.Core.Matching;

/// <summary>The statements of a group among the bounds of their versions.</summary>
internal sealed class PlacedStatements
{
    private PlacedStatements(VersionBounds bounds, PlacedStatement[] statements)
    {
        (Bounds, Statements, Verdicts) = (bounds, statements, new Verdict?[bounds.PlaceCount]);
        Array.Sort(statements, Compare);
        var (advisories, vulnerabilities) = (new HashSet<int>(), new HashSet<int>());
        AreDisjoint = Array.TrueForAll(statements, s => advisories.Add(s.Statement.AdvisoryNumber) && Array.TrueForAll(s.Statement.VulnerabilityNumbers, vulnerabilities.Add));
    }

    /// <summary>The bounds of all versions that they name.</summary>
    public VersionBounds Bounds { get; }

    /// <summary>The statements, those that end with the newest versions first.</summary>
    public PlacedStatement[] Statements { get; }

    /// <summary>What they say together, by place; null where it was not asked for yet.</summary>
    public Verdict?[] Verdicts { get; }

    /// <summary>Whether no two are on one vulnerability, or of one advisory.</summary>
    public bool AreDisjoint { get; }

    /// <summary>Places the statements, which mostly are those that were placed before: where they name no other version, their places stay.</summary>
    public static PlacedStatements Of(VersionScheme scheme, Statement[] statements, PlacedStatements? earlier)
    {
        var known = earlier?.Statements.ToDictionary(s => s.Statement) ?? [];
        if (earlier is null || !Array.TrueForAll(statements, s => known.ContainsKey(s) || s.NamedVersions.All(earlier.Bounds.Names)))
        {
            var bounds = VersionBounds.Of(scheme, statements);
            return new(bounds, Array.ConvertAll(statements, s => new PlacedStatement(s, bounds)));
        }

        return new(earlier.Bounds, Array.ConvertAll(statements, s => known.GetValueOrDefault(s) ?? new PlacedStatement(s, earlier.Bounds)));
    }

    private static int Compare(PlacedStatement a, PlacedStatement b) =>
        b.LastEnd.CompareTo(a.LastEnd) is not 0 and var order ? order : string.CompareOrdinal(a.Statement.Advisory.Key, b.Statement.Advisory.Key);
}
