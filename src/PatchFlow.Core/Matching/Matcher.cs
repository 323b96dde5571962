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
/// <param name="remembers">
/// Whether it remembers what it found of a package, for the next set that has it on the same platforms: 8 bytes for each package and platform.
/// </param>
public sealed class Matcher(AdvisoryIndex index, bool remembers = true)
{
    private readonly Dictionary<PlatformList, Remembered> _remembered = [];
    private readonly Dictionary<(Place First, Place Second), Verdict> _ofTwo = [];
    private readonly List<Place> _places = [];
    private readonly List<PackageMatch> _found = [];
    private readonly Folding _folding = new();
    private bool _dependsOnModules;

    // Whether the statements hold for the package at all is not known where they are unclear.
    private readonly record struct Place(PackageStatements Statements, int Number, int Rank, bool IsUnclear);

    /// <summary>The statements on some platforms, and what was found of packages on them, by the package's number.</summary>
    private sealed class Remembered(PlatformTable[] tables)
    {
        private Verdict?[] _verdicts = [];

        public PlatformTable[] Tables { get; } = tables;

        public Verdict? Of(int package) => package < _verdicts.Length ? _verdicts[package] : null;

        public void Keep(int package, Verdict verdict)
        {
            if (package >= _verdicts.Length)
            {
                Array.Resize(ref _verdicts, Math.Max(package + 1, 2 * _verdicts.Length));
            }

            _verdicts[package] = verdict;
        }
    }

    /// <summary>What is open of a set.</summary>
    public SetMatch Match(PackageSet set)
    {
        var remembered = RememberedOf(set.Context);
        _found.Clear();
        for (var i = 0; i < set.Packages.Length; i++)
        {
            if (set.StandingOf(i) == PackageStanding.Older)
            {
                continue;
            }

            var verdict = remembered.Of(set.Numbers[i]) ?? VerdictOf(set.Packages[i], set.Context, remembered);
            if (!ReferenceEquals(verdict, Verdict.None))
            {
                _found.Add(new PackageMatch(set.Packages[i], verdict, set.IsHeld(i), set.StandingOf(i)));
            }
        }

        return new SetMatch(set, [.. _found]);
    }

    /// <summary>What is open of one package of a set, however it stands.</summary>
    public Verdict VerdictOf(PackageSet set, KnownPackage package) => VerdictOf(package, set.Context, RememberedOf(set.Context));

    /// <summary>
    /// What each advisory by itself says of one package of a set, also what is not open: that it is not affected, with the reason, or that the
    /// installed version is fixed. Sorted by the advisories' keys.
    /// </summary>
    public ImmutableArray<Finding> Explain(PackageSet set, KnownPackage package)
    {
        Gather(package, set.Context, RememberedOf(set.Context).Tables);
        Judge(package, set.Context);
        return [.. _folding.Judgements.Select(j => j.Finding).OrderBy(f => f.Advisory.Key, StringComparer.Ordinal)];
    }

    /// <summary>What is open of a package on hosts that are alike; null where no advisory says anything of it. The second says whether their module streams decided.</summary>
    internal (Verdict? Verdict, bool DependsOnModules) Said(KnownPackage package, MatchContext context)
    {
        Gather(package, context, RememberedOf(context).Tables);
        Judge(package, context);
        return (_folding.Judgements.Any() ? _folding.End() : null, _dependsOnModules);
    }

    private Remembered RememberedOf(MatchContext context)
    {
        if (!_remembered.TryGetValue(context.Platforms, out var remembered))
        {
            _remembered[context.Platforms] = remembered = new Remembered([.. context.Platforms.Names.Select(index.TableOf)]);
        }

        return remembered;
    }

    private Verdict VerdictOf(KnownPackage package, MatchContext context, Remembered remembered)
    {
        Gather(package, context, remembered.Tables);
        var verdict = _places.Count switch
        {
            0 => Verdict.None,
            1 when !_places[0].IsUnclear => _places[0].Statements.VerdictOf(package, _places[0].Number, _folding),
            _ => OfSeveral(package, context),
        };
        if (remembers && !_dependsOnModules)
        {
            remembered.Keep(package.Number, verdict);
        }

        return verdict;
    }

    private Verdict OfSeveral(KnownPackage package, MatchContext context)
    {
        var isKept = _places.Count == 2 && _places.TrueForAll(p => p.Number >= 0);
        if (isKept && _ofTwo.TryGetValue((_places[0], _places[1]), out var known))
        {
            return known;
        }

        Judge(package, context);
        var verdict = _folding.End();
        if (isKept)
        {
            _ofTwo[(_places[0], _places[1])] = verdict;
        }

        return verdict;
    }

    private void Judge(KnownPackage package, MatchContext context)
    {
        _folding.Begin(variants: context.Platforms.Variants, bare: context.Platforms.Bare);
        foreach (var place in _places)
        {
            _folding.IsUnclear = place.IsUnclear;
            place.Statements.Judge(package, place.Number, place.Rank, _folding);
        }
    }

    // Where the package stands among the bounds of all statements that hold for it.
    private void Gather(KnownPackage package, MatchContext context, PlatformTable[] tables)
    {
        _places.Clear();
        _dependsOnModules = false;
        for (var i = 0; i < tables.Length; i++)
        {
            var rank = context.Platforms.Ranks[i];
            Gather(tables[i].Find(package.Source)?.OfSource, package, context.Modules, rank);
            Gather(tables[i].Find(package.Name)?.OfBinary, package, context.Modules, rank);
        }
    }

    private void Gather(PackageStatements[]? all, KnownPackage package, ImmutableArray<string> modules, int rank)
    {
        foreach (var statements in all ?? [])
        {
            _dependsOnModules |= statements.Group.Module is not null;
            if (statements.Hold(package, modules) is var holds && (holds || statements.MayHold(package, modules)))
            {
                _places.Add(new Place(statements, statements.PlaceOf(package), rank, !holds));
            }
        }
    }
}
