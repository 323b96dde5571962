using PatchFlow.Core.Advisories;

namespace PatchFlow.Core.Matching;

/// <summary>The statements of a group among the bounds of their versions.</summary>
internal sealed class PlacedStatements
{
    private readonly PlacedStatement[] _statements;
    private readonly PlacedStatement[] _others;
    private readonly SoleRange[] _ranges;

    private PlacedStatements(VersionBounds bounds, PlacedStatement[] statements)
    {
        (Bounds, _statements, Verdicts) = (bounds, statements, new Verdict?[bounds.PlaceCount]);
        _ranges = [.. statements.Select(s => s.Sole).OfType<SoleRange>()];
        _others = Array.FindAll(statements, s => s.Sole is null);
        Array.Sort(_ranges, SoleRange.Compare);
        var (advisories, vulnerabilities) = (new HashSet<int>(), new HashSet<int>());
        AreDisjoint = Array.TrueForAll(statements, s => advisories.Add(s.Statement.AdvisoryNumber) && Array.TrueForAll(s.Statement.VulnerabilityNumbers, vulnerabilities.Add));
        AreOrdered = _others.Length == 0 && Array.TrueForAll(_ranges, r => r.IsOrdered);
    }

    /// <summary>The bounds of all versions that they name.</summary>
    public VersionBounds Bounds { get; }

    /// <summary>What they say together, by place; null where it was not asked for yet.</summary>
    public Verdict?[] Verdicts { get; }

    /// <summary>Whether no two are on one vulnerability, or of one advisory.</summary>
    public bool AreDisjoint { get; }

    /// <summary>Whether <see cref="Judge(int, int, Folding)"/> adds what they say in the order that verdicts have.</summary>
    public bool AreOrdered { get; }

    /// <summary>Places the statements, which mostly are those that were placed before: where they name no other version, their places stay.</summary>
    public static PlacedStatements Of(VersionScheme scheme, Statement[] statements, PlacedStatements? earlier)
    {
        var known = earlier?._statements.ToDictionary(s => s.Statement) ?? [];
        if (earlier is null || !Array.TrueForAll(statements, s => known.ContainsKey(s) || s.NamedVersions.All(earlier.Bounds.Names)))
        {
            var bounds = VersionBounds.Of(scheme, statements);
            return new(bounds, Array.ConvertAll(statements, s => new PlacedStatement(s, bounds)));
        }

        return new(earlier.Bounds, Array.ConvertAll(statements, s => known.GetValueOrDefault(s) ?? new PlacedStatement(s, earlier.Bounds)));
    }

    /// <summary>Adds what each statement says of a version at a place.</summary>
    public void Judge(int place, int rank, Folding folding)
    {
        foreach (ref readonly var range in _ranges.AsSpan())
        {
            if (range.TryJudge(place, out var judgement))
            {
                folding.Add(judgement with { Rank = rank });
            }
        }

        foreach (var statement in _others)
        {
            if (statement.TryJudge(place, out var judgement))
            {
                folding.Add(judgement with { Rank = rank });
            }
        }
    }

    /// <summary>Adds what each statement says of a version that can't be compared.</summary>
    public void Judge(string version, int rank, Folding folding)
    {
        foreach (var statement in _statements)
        {
            if (statement.TryJudge(version, out var judgement))
            {
                folding.Add(judgement with { Rank = rank });
            }
        }
    }
}
