namespace PatchFlow.Core.Matching;

/// <summary>The statements on the packages of one platform, by the number of the name. Immutable; a change copies one page of names.</summary>
internal sealed class PlatformTable
{
    private const int PageBits = 8;
    private const int PageSize = 1 << PageBits;
    private readonly NameStatements?[]?[] _pages;

    private PlatformTable(NameStatements?[]?[] pages) => _pages = pages;

    /// <summary>No statements.</summary>
    public static PlatformTable Empty { get; } = new([]);

    /// <summary>The statements on a name; null where there are none.</summary>
    public NameStatements? Find(int name)
    {
        var page = name >> PageBits;
        return (uint)page < (uint)_pages.Length && _pages[page] is { } found ? found[name & (PageSize - 1)] : null;
    }

    /// <summary>The table in which the statements on these names are others.</summary>
    public PlatformTable With(IEnumerable<KeyValuePair<int, NameStatements?>> changed)
    {
        var pages = _pages.AsSpan().ToArray();
        var copied = new HashSet<int>();
        foreach (var (name, statements) in changed)
        {
            var page = name >> PageBits;
            if (page >= pages.Length)
            {
                Array.Resize(ref pages, page + 1);
            }

            if (copied.Add(page))
            {
                pages[page] = pages[page] is { } old ? old.AsSpan().ToArray() : new NameStatements?[PageSize];
            }

            pages[page]![name & (PageSize - 1)] = statements;
        }

        return new PlatformTable(pages);
    }
}

/// <summary>The statements on one package name on one platform, by what they are looked up by.</summary>
internal sealed class NameStatements
{
    private NameStatements(PackageStatements[] ofSource, PackageStatements[] ofBinary) => (OfSource, OfBinary) = (ofSource, ofBinary);

    /// <summary>Those on the source package of that name.</summary>
    public PackageStatements[] OfSource { get; }

    /// <summary>Those on the package itself.</summary>
    public PackageStatements[] OfBinary { get; }

    /// <summary>The statements without some and with others; what is not touched stays with all that was found out of it. Null where none are left.</summary>
    public static NameStatements? With(NameStatements? old, IReadOnlySet<Statement> removed, IReadOnlyList<Statement> added)
    {
        var groups = (old is null ? [] : old.OfSource.Concat(old.OfBinary)).ToDictionary(s => s.Group, s => (PackageStatements?)s);
        var touched = removed.Concat(added).Select(StatementGroup.Of).ToHashSet();
        foreach (var group in touched)
        {
            var before = groups.GetValueOrDefault(group);
            Statement[] after = [.. Left(before, removed), .. added.Where(s => StatementGroup.Of(s) == group)];
            groups[group] = after.Length > 0 ? new PackageStatements(group, after, before) : null;
        }

        var left = groups.Values.OfType<PackageStatements>().ToLookup(s => s.Group.IsSource);
        return left.Count == 0 ? null : new NameStatements([.. left[true]], [.. left[false]]);
    }

    private static Statement[] Left(PackageStatements? before, IReadOnlySet<Statement> removed) =>
        before is null ? [] : removed.Count == 0 ? before.Statements.ToArray() : Array.FindAll(before.Statements.ToArray(), s => !removed.Contains(s));
}
