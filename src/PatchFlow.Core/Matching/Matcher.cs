using System.Collections.Immutable;

namespace PatchFlow.Core.Matching;

/// <summary>What is open of an installed package.</summary>
/// <param name="Package">The package.</param>
/// <param name="Verdict">What advisories say of it.</param>
/// <param name="IsHeld">It is on hold on its hosts, so that the patch does not come by itself.</param>
/// <param name="Standing">How it stands among others of its name.</param>
public readonly record struct PackageMatch(KnownPackage Package, Verdict Verdict, bool IsHeld, PackageStanding Standing);

/// <summary>What is open of a package set.</summary>
/// <param name="Set">The set.</param>
/// <param name="Packages">The packages of which something is open, in the order of the set.</param>
public sealed record SetMatch(PackageSet Set, ImmutableArray<PackageMatch> Packages);

/// <summary>Matches package sets against all advisories of an index. Several threads have a matcher each.</summary>
/// <param name="index">The advisories.</param>
public sealed class Matcher(AdvisoryIndex index)
{
    private readonly Dictionary<(Place First, Place Second), Verdict> _ofTwo = [];
    private readonly List<Place> _places = [];

    private readonly record struct Place(PackageStatements Statements, int Number, int Rank);

    /// <summary>What is open of a set.</summary>
    public SetMatch Match(PackageSet set)
    {
        var tables = TablesOf(set.Context);
        var found = ImmutableArray.CreateBuilder<PackageMatch>();
        for (var i = 0; i < set.Packages.Length; i++)
        {
            var standing = set.StandingOf(i);
            if (standing == PackageStanding.Older)
            {
                continue;
            }

            var verdict = VerdictOf(set.Packages[i], set.Context, tables);
            if (!verdict.IsNone)
            {
                found.Add(new PackageMatch(set.Packages[i], verdict, set.IsHeld(i), standing));
            }
        }

        return new SetMatch(set, found.DrainToImmutable());
    }

    /// <summary>What is open of one package of a set, however it stands.</summary>
    public Verdict VerdictOf(PackageSet set, KnownPackage package) => VerdictOf(package, set.Context, TablesOf(set.Context));

    /// <summary>
    /// What each advisory by itself says of one package of a set, also what is not open: that it is not affected, with the reason, or that the
    /// installed version is fixed. Sorted by the advisories' keys.
    /// </summary>
    public ImmutableArray<Finding> Explain(PackageSet set, KnownPackage package)
    {
        Gather(package, set.Context, TablesOf(set.Context));
        return [.. Judgements(package).Select(j => j.ToFinding()).OrderBy(f => f.Advisory.Key, StringComparer.Ordinal)];
    }

    /// <summary>What is open of a package on hosts that are alike; null where no advisory says anything of it.</summary>
    internal Verdict? Said(KnownPackage package, MatchContext context)
    {
        Gather(package, context, TablesOf(context));
        var judgements = Judgements(package);
        return judgements.Count > 0 ? Folding.Of(judgements) : null;
    }

    private PlatformTable[] TablesOf(MatchContext context) => [.. context.Platforms.Select(index.TableOf)];

    private Verdict VerdictOf(KnownPackage package, MatchContext context, PlatformTable[] tables)
    {
        Gather(package, context, tables);
        return _places.Count switch
        {
            0 => Verdict.None,
            1 => _places[0].Statements.VerdictOf(package, _places[0].Number),
            _ => OfSeveral(package),
        };
    }

    private Verdict OfSeveral(KnownPackage package)
    {
        var isOpen = false;
        var isReadable = true;
        foreach (var place in _places)
        {
            isOpen |= !place.Statements.VerdictOf(package, place.Number).IsNone;
            isReadable &= place.Number >= 0;
        }

        if (!isOpen || _places.Count > 2 || !isReadable)
        {
            return isOpen ? Folding.Of(Judgements(package)) : Verdict.None;
        }

        if (!_ofTwo.TryGetValue((_places[0], _places[1]), out var verdict))
        {
            _ofTwo[(_places[0], _places[1])] = verdict = Folding.Of(Judgements(package));
        }

        return verdict;
    }

    private List<Judgement> Judgements(KnownPackage package) => [.. _places.SelectMany(p => p.Statements.Judgements(package, p.Number, p.Rank))];

    // Where the package stands among the bounds of all statements that hold for it.
    private void Gather(KnownPackage package, MatchContext context, PlatformTable[] tables)
    {
        _places.Clear();
        for (var rank = 0; rank < tables.Length; rank++)
        {
            Gather(tables[rank].Find(package.Source)?.OfSource, package, context.Modules, rank);
            Gather(tables[rank].Find(package.Name)?.OfBinary, package, context.Modules, rank);
        }
    }

    private void Gather(PackageStatements[]? all, KnownPackage package, ImmutableArray<string> modules, int rank)
    {
        foreach (var statements in all ?? [])
        {
            if (statements.Group.Holds(package, modules))
            {
                _places.Add(new Place(statements, statements.PlaceOf(package), rank));
            }
        }
    }
}
