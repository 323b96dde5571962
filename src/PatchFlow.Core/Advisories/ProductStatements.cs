using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace PatchFlow.Core.Advisories;

/// <summary>What the vulnerabilities of a document say of each product, in the words of CSAF (CSAF 3.2.3.9), which CVRF has too.</summary>
internal sealed class ProductStatements(ProductTree products, AdvisorySink sink)
{
    private const int Recommended = 4;

    /// <summary>The statuses (CSAF 3.2.3.9). The one that is safe to believe comes first.</summary>
    public static readonly string[] Statuses =
    [
        "known_affected", "first_affected", "last_affected", "under_investigation", "unknown", "fixed", "first_fixed", "known_not_affected", "recommended",
    ];

    private static readonly int Unaffected = Array.IndexOf(Statuses, "known_not_affected");

    // CSAF 6.1.6: a product is in one of these groups only.
    private static readonly int[] Groups = [0, 0, 0, 1, 1, 2, 2, 3, Recommended];

    // So many statements on one id are looked up one after another, without a hash.
    private const int Few = 8;

    private readonly List<ProductStatement> _found = [];
    private readonly Dictionary<Key, ProductStatement> _farther = [];
    private readonly HashSet<string> _names = [];
    private readonly HashSet<string> _repeated = [];
    private int _vulnerability;
    private (string Id, string Position)? _unplaced;
    private string? _version;
    private ImmutableArray<VersionRange> _before = [];
    private string? _note;
    private int _noteHash;

    // A status is one of the constants: only the note is compared as text, which is hashed once for all products.
    private readonly record struct Key(CsafProduct Product, string Status, FixState State, string? Note, int NoteHash)
    {
        public bool Equals(Key other) => ReferenceEquals(Product, other.Product) && ReferenceEquals(Status, other.Status) && State == other.State && NoteHash == other.NoteHash && Note == other.Note;

        public override int GetHashCode() => HashCode.Combine(RuntimeHelpers.GetHashCode(Product), RuntimeHelpers.GetHashCode(Status), State, NoteHash);
    }

    /// <summary>All that was said, each product and statement once, with the vulnerabilities that it is about where those are not all.</summary>
    /// <param name="names">What all vulnerabilities are called. A statement's are some of them: where they are as many, they are the same.</param>
    public ImmutableArray<AffectedPackage> All(VulnerabilityNames names)
    {
        RefuseUnplaced();
        RefuseContradictions();
        var all = ImmutableArray.CreateBuilder<AffectedPackage>(_found.Count);
        foreach (var statement in _found)
        {
            if (statement.Count > 0)
            {
                all.Add(Package(statement, statement.Count == names.Count && names.AreTheAdvisorys ? [] : statement.All));
            }
        }

        return all.DrainToImmutable();
    }

    // What one vulnerability says of a product and another with the same name says otherwise. All is known only at the end, and hardly any document has such.
    private void RefuseContradictions()
    {
        if (_repeated.Count == 0)
        {
            return;
        }

        var worst = new Dictionary<(string Name, CsafProduct Package), int>();
        var said = _found.Select(f => (Statement: f, Group: GroupOf(f.Status), Package: PackageOf(f.Product))).Where(s => s.Group != Recommended).ToList();
        foreach (var (statement, group, package) in said)
        {
            foreach (var name in statement.All.Where(_repeated.Contains))
            {
                worst[(name, package)] = Math.Min(group, worst.GetValueOrDefault((name, package), group));
            }
        }

        var refused = new Dictionary<string, List<CsafProduct>>();
        foreach (var (statement, group, package) in said)
        {
            var better = statement.All.Where(name => worst.TryGetValue((name, package), out var least) && least < group).ToHashSet();
            statement.Remove(better);
            foreach (var name in better)
            {
                (CollectionsMarshal.GetValueRefOrAddDefault(refused, name, out _) ??= []).Add(statement.Product);
            }
        }

        foreach (var (name, of) in refused)
        {
            sink.Refuse(name, $"the vulnerabilities that have it contradict each other on '{AptGrammar.Shown(of[0].Product)}'{(of.Count > 1 ? $" and {of.Count - 1} more" : "")}: "
                + "the worse status is taken (CSAF 6.1.6, 6.1.23)");
        }
    }

    private static int GroupOf(string status) => Groups[Array.IndexOf(Statuses, status)];

    // Two ids can stand for one package of a release. Of a mere product only the name is known.
    private static CsafProduct PackageOf(CsafProduct product) => product.Name.Length == 0 || product.Platform.Length == 0 ? product : product with { Product = "", More = [] };

    private void RefuseUnplaced()
    {
        if (_unplaced is not { } first)
        {
            return;
        }

        var more = _found.Select(statement => statement.Product).Where(IsUnplaced).Distinct(ReferenceEqualityComparer.Instance).Count() - 1;
        sink.Refuse(first.Position, $"which release product id '{AptGrammar.Shown(first.Id)}' is for can't be told from its CPE or its name{(more > 0 ? $", nor that of {more} more" : "")}: "
            + "what is said of the package is used only where the feed has a platform of its own");
    }

    // A package of a distribution; a product, or a package of a language, has no release.
    private static bool IsUnplaced(CsafProduct product) =>
        product.Platform.Length == 0 && product.Name.Length > 0 && product.Scheme is VersionScheme.Rpm or VersionScheme.Deb or VersionScheme.Apk;

    /// <summary>Goes on to another vulnerability, which has said nothing yet.</summary>
    public void Next() => _vulnerability++;

    /// <summary>What the vulnerability says of a product beside its statuses.</summary>
    public ProductSaid SaidOf(NamedProduct product) => (product.Said ??= new()).Of(_vulnerability);

    /// <summary>Adds the statements of the vulnerability.</summary>
    /// <param name="listed">The products that have a status, by its place in <see cref="Statuses"/>.</param>
    /// <param name="name">What the vulnerability is called.</param>
    /// <param name="position">Where it is, for a refusal.</param>
    public void Add(Func<int, ReadOnlySpan<NamedProduct>> listed, string name, string position)
    {
        var mayBeKnown = !_names.Add(name);
        if (mayBeKnown)
        {
            _repeated.Add(name);
        }

        for (var number = 0; number < Groups.Length; number++)
        {
            var products = listed(number);
            if (_found.Count == 0)
            {
                _found.EnsureCapacity(Math.Min(products.Length, ProductTree.MostExpected));
            }

            foreach (var product in products)
            {
                Add(product, number, name, mayBeKnown, position);
            }
        }
    }

    private void Add(NamedProduct named, int number, string name, bool mayBeKnown, string position)
    {
        var (said, status, group) = (SaidOf(named), Statuses[number], Groups[number]);
        if (ReferenceEquals(said.Status, status))
        {
            return;
        }

        var isFirst = said.Status is null;
        (said.Group, said.Status) = (isFirst ? group : said.Group, status);
        if (named is not { Product: { } product, IsAmbiguous: false })
        {
            AddDoubt(named, isFirst, number, name, mayBeKnown, position);
        }
        else if (IsAlone(said.Group, group, named.Id, position))
        {
            Add(named, product, status, StateOf(status, said.Remedy), said.Reason ?? said.RemedyText, name, mayBeKnown);
            _unplaced ??= IsUnplaced(product) || product.More.Any(IsUnplaced) ? (named.Id, position) : null;
        }
    }

    // What can't be told may be affected: silence would say that it is not. The first status of a product is the worst one.
    private void AddDoubt(NamedProduct named, bool isFirst, int number, string name, bool mayBeKnown, string position)
    {
        if (!isFirst)
        {
            return;
        }

        products.Find(named, position);
        if (Groups[number] >= Groups[Unaffected])
        {
            return;
        }

        var note = $"product id '{AptGrammar.Shown(named.Id)}' {ProductTree.Doubt(named)}";
        foreach (var definition in products.Definitions(named))
        {
            Add(definition, definition.Meant, Statuses[number], FixState.UnderInvestigation, note, name, mayBeKnown);
        }
    }

    private bool IsAlone(int first, int group, string id, string position)
    {
        if (group == Recommended || first == group)
        {
            return true;
        }

        sink.Refuse(position, $"product id '{AptGrammar.Shown(id)}' has contradicting statuses: the worse one is taken (CSAF 6.1.6)");
        return false;
    }

    private void Add(NamedProduct named, CsafProduct product, string status, FixState state, string? note, string name, bool mayBeKnown)
    {
        if (!ReferenceEquals(note, _note))
        {
            (_note, _noteHash) = (note, note?.GetHashCode(StringComparison.Ordinal) ?? 0);
        }

        StatementOn(named, product, status, state).Add(name, mayBeKnown);
        products.Reach(product.More.Length);
        foreach (var more in product.More)
        {
            Add(named, more, status, state, note, name, mayBeKnown);
        }
    }

    private ProductStatement StatementOn(NamedProduct named, CsafProduct product, string status, FixState state)
    {
        var count = 0;
        for (var made = named.Last; made is not null; made = made.Before)
        {
            if (made.Says(product, status, state, _note, _noteHash))
            {
                return made;
            }

            count++;
        }

        if (count < Few)
        {
            named.Last = new ProductStatement(product, status, state, _note, _noteHash) { Before = named.Last };
            _found.Add(named.Last);
            return named.Last;
        }

        ref var farther = ref CollectionsMarshal.GetValueRefOrAddDefault(_farther, new Key(product, status, state, _note, _noteHash), out var isThere);
        if (!isThere)
        {
            farther = new ProductStatement(product, status, state, _note, _noteHash);
            _found.Add(farther);
        }

        return farther!;
    }

    private AffectedPackage Package(ProductStatement statement, ImmutableArray<string> names)
    {
        var product = statement.Product;
        var (ranges, versions, isWider) = Versions(product, statement.Status);
        var isUnread = statement.State == FixState.NotAffected && (isWider || (ranges.IsEmpty && versions.IsEmpty && !IsOfAll(product.Range)));
        return new AffectedPackage
        {
            Platform = product.Platform,
            Name = product.Name,
            IsSource = product.IsSource,
            Arch = product.Arch,
            Module = product.Module,
            Scheme = product.Scheme,
            Product = product.Product,
            State = isUnread ? FixState.UnderInvestigation : statement.State,
            Ranges = ranges,
            Versions = versions,
            Note = isUnread ? $"it is said that versions '{AptGrammar.Shown(product.Range)}' are not affected: which these are can't be {(isWider ? "kept apart from the others" : "read")}" : statement.Note,
            Cves = names,
        };
    }

    // A range in words is not read, and what is said of some versions is no all-clear for all.
    private static bool IsOfAll(string? range) => range is null || range.Equals("all versions", StringComparison.OrdinalIgnoreCase);

    private static FixState StateOf(string status, string? remedy) => (status, remedy) switch
    {
        ("known_not_affected", _) => FixState.NotAffected,
        ("under_investigation" or "unknown", _) => FixState.UnderInvestigation,
        ("fixed" or "first_fixed" or "recommended", _) => FixState.Fixed,
        (_, "no_fix_planned") => FixState.WillNotFix,
        (_, "vendor_fix") => FixState.Fixed,
        _ => FixState.NoFixYet,
    };

    private (ImmutableArray<VersionRange> Ranges, ImmutableArray<string> Versions, bool IsWider) Versions(CsafProduct product, string status)
    {
        if (status is "fixed" or "first_fixed" or "recommended")
        {
            return (product.Version is { } version ? Before(version) : [], [], false);
        }

        if (product.Range is { } text && Vers.TryRead(text, out var ranges, out var versions, out var isWider))
        {
            return (ranges, versions, isWider);
        }

        return (status, product.Version) switch
        {
            ("first_affected", { } version) => ([new VersionRange(version, null, null)], [], false),
            ("last_affected", { } version) => ([new VersionRange(null, null, version)], [], false),
            (_, { } version) => ([], [version], false),
            _ => ([], [], false),
        };
    }

    // Products that follow one another mostly have one version.
    private ImmutableArray<VersionRange> Before(string version)
    {
        if (version != _version)
        {
            (_version, _before) = (version, [VersionRange.Before(version)]);
        }

        return _before;
    }
}
