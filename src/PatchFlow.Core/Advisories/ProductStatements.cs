using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace PatchFlow.Core.Advisories;

/// <summary>What the vulnerabilities of a document say of each product, in the words of CSAF (CSAF 3.2.3.9), which CVRF has too.</summary>
internal sealed class ProductStatements(ProductTree products, AdvisorySink sink)
{
    private const int Recommended = 4;

    // CSAF 6.1.6: a product is in one of these groups only. In this order the one that is safe to believe comes first.
    private static readonly (string Name, int Group)[] Statuses =
    [
        ("known_affected", 0), ("first_affected", 0), ("last_affected", 0), ("under_investigation", 1), ("unknown", 1),
        ("fixed", 2), ("first_fixed", 2), ("known_not_affected", 3), ("recommended", Recommended),
    ];

    private readonly Dictionary<Key, Statement> _found = [];
    private readonly HashSet<string> _names = [];
    private readonly HashSet<string> _repeated = [];
    private (string Id, string Position)? _unplaced;
    private string? _version;
    private ImmutableArray<VersionRange> _before = [];
    private string? _note;
    private int _noteHash;

    // Each id has a product of its own, and a status is one of the constants: so only the note is compared as text, which is hashed once for all products.
    private readonly record struct Key(CsafProduct Product, string Status, FixState State, string? Note, int NoteHash)
    {
        public bool Equals(Key other) => ReferenceEquals(Product, other.Product) && ReferenceEquals(Status, other.Status) && State == other.State && NoteHash == other.NoteHash && Note == other.Note;

        public override int GetHashCode() => HashCode.Combine(RuntimeHelpers.GetHashCode(Product), RuntimeHelpers.GetHashCode(Status), State, NoteHash);
    }

    private sealed class Statement
    {
        private string? _first;
        private List<string>? _more;
        private HashSet<string>? _known;

        public int Count => (_first is null ? 0 : 1) + (_more?.Count ?? 0);

        public ImmutableArray<string> All => _first is null ? [] : _more is null ? [_first] : [_first, .. _more];

        public void Add(string name, bool mayBeKnown)
        {
            _known ??= mayBeKnown ? [.. All] : null;
            if (!(_known?.Add(name) ?? true))
            {
                return;
            }

            if (_first is null)
            {
                _first = name;
            }
            else
            {
                (_more ??= []).Add(name);
            }
        }

        public void Remove(IReadOnlySet<string> names)
        {
            var left = All.RemoveAll(names.Contains);
            (_first, _more) = (left.IsEmpty ? null : left[0], left.Length > 1 ? [.. left.Skip(1)] : null);
        }
    }

    /// <summary>All that was said, each product and statement once, with the vulnerabilities that it is about where those are not all.</summary>
    /// <param name="names">What all vulnerabilities are called. A statement's are some of them: where they are as many, they are the same.</param>
    public ImmutableArray<AffectedPackage> All(VulnerabilityNames names)
    {
        RefuseUnplaced();
        RefuseContradictions();
        var all = ImmutableArray.CreateBuilder<AffectedPackage>(_found.Count);
        foreach (var (key, statement) in _found)
        {
            if (statement.Count > 0)
            {
                all.Add(Package(key, statement.Count == names.Count && names.AreTheAdvisorys ? [] : statement.All));
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
        var said = _found.Select(f => (f.Key, Statement: f.Value, Group: GroupOf(f.Key.Status), Package: PackageOf(f.Key.Product))).Where(s => s.Group != Recommended).ToList();
        foreach (var (_, statement, group, package) in said)
        {
            foreach (var name in statement.All.Where(_repeated.Contains))
            {
                worst[(name, package)] = Math.Min(group, worst.GetValueOrDefault((name, package), group));
            }
        }

        var refused = new Dictionary<string, List<CsafProduct>>();
        foreach (var (key, statement, group, package) in said)
        {
            var better = statement.All.Where(name => worst.TryGetValue((name, package), out var least) && least < group).ToHashSet();
            statement.Remove(better);
            foreach (var name in better)
            {
                (CollectionsMarshal.GetValueRefOrAddDefault(refused, name, out _) ??= []).Add(key.Product);
            }
        }

        foreach (var (name, of) in refused)
        {
            sink.Refuse(name, $"the vulnerabilities that have it contradict each other on '{AptGrammar.Shown(of[0].Product)}'{(of.Count > 1 ? $" and {of.Count - 1} more" : "")}: "
                + "the worse status is taken (CSAF 6.1.6, 6.1.23)");
        }
    }

    private static int GroupOf(string status) => Array.Find(Statuses, s => ReferenceEquals(s.Name, status)).Group;

    // Two ids can stand for one package of a release. Of a mere product only the name is known.
    private static CsafProduct PackageOf(CsafProduct product) => product.Name.Length == 0 || product.Platform.Length == 0 ? product : product with { Product = "", More = [] };

    private void RefuseUnplaced()
    {
        if (_unplaced is not { } first)
        {
            return;
        }

        var more = _found.Keys.Select(key => key.Product).Where(IsUnplaced).Distinct(ReferenceEqualityComparer.Instance).Count() - 1;
        sink.Refuse(first.Position, $"which release product id '{AptGrammar.Shown(first.Id)}' is for can't be told from its CPE or its name{(more > 0 ? $", nor that of {more} more" : "")}: "
            + "what is said of the package is used only where the feed has a platform of its own");
    }

    // A package of a distribution; a product, or a package of a language, has no release.
    private static bool IsUnplaced(CsafProduct product) =>
        product.Platform.Length == 0 && product.Name.Length > 0 && product.Scheme is VersionScheme.Rpm or VersionScheme.Deb or VersionScheme.Apk;

    /// <summary>Adds the statements of one vulnerability.</summary>
    /// <param name="idsOf">The product ids that have a status, by its name.</param>
    /// <param name="remedyOf">Category and text of what can be done for a product.</param>
    /// <param name="reasonOf">Why a product is not affected; null where nothing is said.</param>
    /// <param name="name">What the vulnerability is called.</param>
    /// <param name="position">Where it is, for a refusal.</param>
    public void Add(Func<string, ReadOnlySpan<string>> idsOf, Func<string, (string Category, string? Text)> remedyOf, Func<string, string?> reasonOf, string name, string position)
    {
        var mayBeKnown = !_names.Add(name);
        if (mayBeKnown)
        {
            _repeated.Add(name);
        }

        var seen = new Dictionary<string, (int Group, string Status)>();
        foreach (var (status, group) in Statuses)
        {
            var ids = idsOf(status);
            MakeRoom(seen, ids.Length);
            foreach (var id in ids)
            {
                ref var place = ref CollectionsMarshal.GetValueRefOrAddDefault(seen, id, out var isPlaced);
                if (isPlaced && place.Status == status)
                {
                    continue;
                }

                place = (isPlaced ? place.Group : group, status);
                if (products.Find(id, position) is { } product && IsAlone(place.Group, group, id, position))
                {
                    var remedy = remedyOf(id);
                    Add(product, status, StateOf(status, remedy.Category), reasonOf(id) ?? remedy.Text, name, mayBeKnown);
                    _unplaced ??= IsUnplaced(product) || product.More.Any(IsUnplaced) ? (id, position) : null;
                }
            }
        }
    }

    // For the first ones only: making room for as many again and again would copy all that is there as often.
    private void MakeRoom(Dictionary<string, (int Group, string Status)> seen, int count)
    {
        count = Math.Min(count, ProductTree.MostExpected);
        if (seen.Count == 0)
        {
            seen.EnsureCapacity(count);
        }

        if (_found.Count == 0)
        {
            _found.EnsureCapacity(count);
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

    private void Add(CsafProduct product, string status, FixState state, string? note, string name, bool mayBeKnown)
    {
        if (!ReferenceEquals(note, _note))
        {
            (_note, _noteHash) = (note, note?.GetHashCode(StringComparison.Ordinal) ?? 0);
        }

        ref var statement = ref CollectionsMarshal.GetValueRefOrAddDefault(_found, new Key(product, status, state, note, _noteHash), out _);
        statement ??= new Statement();
        statement.Add(name, mayBeKnown);
        foreach (var more in product.More)
        {
            Add(more, status, state, note, name, mayBeKnown);
        }
    }

    private AffectedPackage Package(Key key, ImmutableArray<string> names)
    {
        var product = key.Product;
        var (ranges, versions) = Versions(product, key.Status);
        return new AffectedPackage
        {
            Platform = product.Platform,
            Name = product.Name,
            IsSource = product.IsSource,
            Arch = product.Arch,
            Module = product.Module,
            Scheme = product.Scheme,
            Product = product.Product,
            State = key.State,
            Ranges = ranges,
            Versions = versions,
            Note = key.Note,
            Cves = names,
        };
    }

    private static FixState StateOf(string status, string? remedy) => (status, remedy) switch
    {
        ("known_not_affected", _) => FixState.NotAffected,
        ("under_investigation" or "unknown", _) => FixState.UnderInvestigation,
        ("fixed" or "first_fixed" or "recommended", _) => FixState.Fixed,
        (_, "no_fix_planned") => FixState.WillNotFix,
        (_, "vendor_fix") => FixState.Fixed,
        _ => FixState.NoFixYet,
    };

    private (ImmutableArray<VersionRange> Ranges, ImmutableArray<string> Versions) Versions(CsafProduct product, string status)
    {
        if (status is "fixed" or "first_fixed" or "recommended")
        {
            return (product.Version is { } version ? Before(version) : [], []);
        }

        if (product.Range is { } text && Vers.TryRead(text, out var ranges, out var versions))
        {
            return (ranges, versions);
        }

        return (status, product.Version) switch
        {
            ("first_affected", { } version) => ([new VersionRange(version, null, null)], []),
            ("last_affected", { } version) => ([new VersionRange(null, null, version)], []),
            (_, { } version) => ([], [version]),
            _ => ([], []),
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
