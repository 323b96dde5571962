using System.Collections.Immutable;
using PatchFlow.Core.Advisories;
using PatchFlow.Core.Patches;

namespace PatchFlow.Core.Matching;

/// <summary>What statements on one package name have in common that are looked up together.</summary>
/// <param name="IsSource">Whether they are on the source package.</param>
/// <param name="Scheme">How versions are ordered.</param>
/// <param name="Arch">The architecture's number; null where all are meant.</param>
/// <param name="Module">The module stream; null where none is stated.</param>
/// <param name="IsModular">Whether the fixed packages were built for a module stream.</param>
/// <param name="LacksEpochs">Whether versions are named without their epochs.</param>
internal readonly record struct StatementGroup(bool IsSource, VersionScheme Scheme, int? Arch, string? Module, bool IsModular, bool LacksEpochs)
{
    /// <summary>The group of a statement.</summary>
    public static StatementGroup Of(Statement statement) => new(statement.IsSource, statement.Scheme, statement.Arch, statement.Module, statement.IsModular, statement.LacksEpochs);
}

/// <summary>
/// All statements on one package name on one platform that hold for the same architecture and module stream, with what they say together of
/// each place of their versions, once it was asked for.
/// </summary>
internal sealed class PackageStatements
{
    private readonly Statement[] _statements;
    private PlacedStatements? _placed;
    private PlacedStatements? _earlier;

    /// <summary>
    /// The statements of one group. Where they take the place of others they are placed when they are first asked for, since a new advisory is
    /// asked for its hosts before anything else, and a package can have thousands of statements.
    /// </summary>
    public PackageStatements(StatementGroup group, Statement[] statements, PackageStatements? earlier = null)
    {
        (Group, _statements) = (group, statements);
        _earlier = earlier?._placed ?? earlier?._earlier;
        _placed = earlier is null ? PlacedStatements.Of(group.Scheme, statements, null) : null;
    }

    /// <summary>What is the same for all of them.</summary>
    public StatementGroup Group { get; }

    /// <summary>The statements.</summary>
    public ReadOnlySpan<Statement> Statements => _statements;

    // Several threads may place them at once, with the same result.
    private PlacedStatements Placed
    {
        get
        {
            if (_placed is not { } placed)
            {
                _placed = placed = PlacedStatements.Of(Group.Scheme, _statements, _earlier);
                _earlier = null;
            }

            return placed;
        }
    }

    /// <summary>
    /// Whether they hold for a package of a host with these module streams enabled. A package for every architecture can become one for a single
    /// one, and the other way round. A module's statements hold where its stream is enabled; any other for packages that were built alike, since
    /// a package of a module is another than that of the same name outside.
    /// </summary>
    public bool Hold(KnownPackage package, ImmutableArray<string> modules) =>
        IsOfArch(package) && (Group.Module is not { } module ? Group.IsModular == package.IsModular : modules.Contains(module) && (package.Package.Module ?? module) == module);

    /// <summary>
    /// Whether they may hold, and nobody can tell: the package was built for a module, and neither its label nor the streams of the host say for which
    /// stream of this one.
    /// </summary>
    public bool MayHold(KnownPackage package, ImmutableArray<string> modules) =>
        Group.Module is { } module && package.IsModular && package.Package.Module is null && IsOfArch(package)
        && module[..(module.IndexOf(':', StringComparison.Ordinal) + 1)] is var name && !modules.Any(m => m.StartsWith(name, StringComparison.Ordinal));

    /// <summary>The place of a package's version; -1 where it can't be compared.</summary>
    public int PlaceOf(KnownPackage package)
    {
        var key = package.Scheme != Group.Scheme ? VersionKey.Of(Group.Scheme, TextOf(package)) : Group.IsSource ? package.SourceKey : package.Key;
        return key is null ? -1
            : Group.LacksEpochs || (Group.IsSource && Group.Scheme == VersionScheme.Rpm && !package.Package.HasSourceEpoch) ? Placed.Bounds.PlaceWithoutEpoch(key, VersionKey.Of(Group.Scheme, package.Package.Version))
            : Placed.Bounds.PlaceOf(key);
    }

    /// <summary>What is open of the package, whose version is at that place.</summary>
    public Verdict VerdictOf(KnownPackage package, int place, Folding folding)
    {
        var placed = Placed;
        if (place >= 0 && placed.Verdicts[place] is { } known)
        {
            return known;
        }

        folding.Begin(placed.AreDisjoint, placed.AreOrdered && place >= 0);
        Judge(package, place, 0, folding);
        var verdict = folding.End();
        if (place >= 0)
        {
            placed.Verdicts[place] = verdict;
        }

        return verdict;
    }

    /// <summary>Adds what each statement says of the package, whose version is at that place.</summary>
    public void Judge(KnownPackage package, int place, int rank, Folding folding)
    {
        if (place < 0)
        {
            Placed.Judge(TextOf(package), rank, folding);
        }
        else
        {
            Placed.Judge(place, rank, folding);
        }
    }

    private bool IsOfArch(KnownPackage package) => Group.Arch is not { } arch || arch == package.Arch || package.FitsEveryArch;

    private string TextOf(KnownPackage package) => Group.IsSource ? package.Package.SourceVersion : package.Package.Version;
}
