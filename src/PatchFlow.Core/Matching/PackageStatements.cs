using System.Collections.Immutable;
using PatchFlow.Core.Advisories;
using PatchFlow.Core.Patches;

namespace PatchFlow.Core.Matching;

/// <summary>
/// All statements on one package name on one platform that hold for the same architecture and module stream, with what they say together of
/// each place of their versions, once it was asked for.
/// </summary>
internal sealed class PackageStatements
{
    private readonly StatementGroup _group;
    private readonly Statement[] _statements;
    private Compiled? _compiled;

    /// <summary>The statements of one group.</summary>
    public PackageStatements(Statement[] statements)
    {
        _statements = statements;
        _group = StatementGroup.Of(statements[0]);
    }

    private sealed class Compiled
    {
        public Compiled(VersionScheme scheme, Statement[] statements)
        {
            Bounds = VersionBounds.Of(scheme, statements);
            Statements = Array.ConvertAll(statements, s => new PlacedStatement(s, Bounds));
            Verdicts = new Verdict?[Bounds.PlaceCount];
        }

        public VersionBounds Bounds { get; }

        public PlacedStatement[] Statements { get; }

        public Verdict?[] Verdicts { get; }
    }

    /// <summary>What is the same for all of them.</summary>
    public StatementGroup Group => _group;

    /// <summary>The statements.</summary>
    public ReadOnlySpan<Statement> Statements => _statements;

    // Two threads may both compile; both get the same.
    private Compiled Ready => _compiled ??= new Compiled(_group.Scheme, _statements);

    /// <summary>The place of a package's version; -1 where it can't be compared.</summary>
    public int PlaceOf(KnownPackage package)
    {
        var key = package.Scheme != _group.Scheme ? VersionKey.Of(_group.Scheme, TextOf(package)) : _group.IsSource ? package.SourceKey : package.Key;
        return key is null ? -1 : Ready.Bounds.PlaceOf(key);
    }

    /// <summary>What is open of the package, whose version is at that place.</summary>
    public Verdict VerdictOf(KnownPackage package, int place)
    {
        if (place < 0)
        {
            return Folding.Of(Judgements(package, place));
        }

        var verdicts = Ready.Verdicts;
        return verdicts[place] ??= Folding.Of(Judgements(package, place));
    }

    /// <summary>What each statement says of the package, whose version is at that place.</summary>
    public List<Judgement> Judgements(KnownPackage package, int place, int rank = 0)
    {
        var found = new List<Judgement>(_statements.Length);
        foreach (var statement in Ready.Statements)
        {
            if ((place < 0 ? statement.Of(TextOf(package)) : statement.At(place)) is { } judgement)
            {
                found.Add(judgement with { Rank = rank });
            }
        }

        return found;
    }

    private string TextOf(KnownPackage package) => _group.IsSource ? package.Package.SourceVersion : package.Package.Version;
}

/// <summary>What statements on one package name have in common that are looked up together.</summary>
/// <param name="IsSource">Whether they are on the source package.</param>
/// <param name="Scheme">How versions are ordered.</param>
/// <param name="Arch">The architecture; null where all are meant.</param>
/// <param name="Module">The module stream; null where none is stated.</param>
/// <param name="IsModular">Whether the fixed packages were built for a module stream.</param>
internal sealed record StatementGroup(bool IsSource, VersionScheme Scheme, string? Arch, string? Module, bool IsModular)
{
    /// <summary>The group of a statement.</summary>
    public static StatementGroup Of(Statement statement) => new(statement.IsSource, statement.Scheme, statement.Arch, statement.Module, statement.IsModular);

    /// <summary>
    /// Whether it holds for a package of a host with these module streams enabled. A package for every architecture can become one for a single
    /// one, and the other way round. A module's statement holds where its stream is enabled; any other for packages that were built alike, since
    /// a package of a module is another than that of the same name outside.
    /// </summary>
    public bool Holds(KnownPackage package, ImmutableArray<string> modules) =>
        (Arch is null || Arch == package.Package.Arch || package.FitsEveryArch || Archs.IsIndependent(Arch))
        && (Module is null ? IsModular == package.IsModular : modules.Contains(Module) && (package.Package.Module ?? Module) == Module);
}
