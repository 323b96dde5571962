using PatchFlow.Core.Advisories;
using PatchFlow.Core.Patches;

namespace PatchFlow.Core.Matching;

/// <summary>
/// The versions that the statements on a package name, sorted. They cut all versions into places: each bound is one, and so is each gap between
/// two, before the first and behind the last. What the statements say is the same for all versions in one place, so that a version is looked up
/// once for all statements: bound number i is at place 2i + 1.
/// </summary>
internal sealed class VersionBounds
{
    private readonly Dictionary<string, int> _places = new(StringComparer.Ordinal);
    private readonly byte[] _keys;
    private readonly int[] _starts;
    private Answered _areOrdered;

    // One byte, which threads may find out at once.
    private enum Answered : byte
    {
        NotYet,
        Yes,
        No,
    }

    private VersionBounds(byte[] keys, int[] starts) => (_keys, _starts) = (keys, starts);

    /// <summary>How many places there are.</summary>
    public int PlaceCount => (2 * _starts.Length) - 1;

    /// <summary>The bounds that the statements name; what is no version of the scheme is left out.</summary>
    public static VersionBounds Of(VersionScheme scheme, IEnumerable<Statement> statements)
    {
        var named = new HashSet<string>(StringComparer.Ordinal);
        foreach (var statement in statements)
        {
            named.UnionWith(statement.NamedVersions);
        }

        var keyed = named.Select(text => (Key: VersionKey.Of(scheme, text)!, Text: text)).Where(b => b.Key is not null).ToArray();
        Array.Sort(keyed, (a, b) => a.Key.AsSpan().SequenceCompareTo(b.Key));
        return Of(keyed);
    }

    // Versions that are equal but written differently are one bound.
    private static VersionBounds Of((byte[] Key, string Text)[] sorted)
    {
        var different = sorted.Where((b, i) => i == 0 || !b.Key.AsSpan().SequenceEqual(sorted[i - 1].Key)).ToArray();
        var starts = new int[different.Length + 1];
        for (var i = 0; i < different.Length; i++)
        {
            starts[i + 1] = starts[i] + different[i].Key.Length;
        }

        var bounds = new VersionBounds([.. different.SelectMany(b => b.Key)], starts);
        foreach (var (key, text) in sorted)
        {
            bounds._places[text] = bounds.PlaceOf(key);
        }

        return bounds;
    }

    /// <summary>Whether a statement that names this version finds its place.</summary>
    public bool Names(string version) => _places.ContainsKey(version);

    /// <summary>The place of a version that a statement names; null where it can't be read.</summary>
    public int? PlaceOf(string version) => _places.TryGetValue(version, out var place) ? place : null;

    /// <summary>The place of any version.</summary>
    public int PlaceOf(ReadOnlySpan<byte> key)
    {
        var (low, high) = (0, _starts.Length - 2);
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            var order = KeyOf(middle).SequenceCompareTo(key);
            if (order == 0)
            {
                return (2 * middle) + 1;
            }

            (low, high) = order < 0 ? (middle + 1, high) : (low, middle - 1);
        }

        return 2 * low;
    }

    /// <summary>
    /// The place of a version of rpm whose epoch is not known: by all behind the epoch, of the bounds too. Where that is another order, since a
    /// vendor raised an epoch to go back to a lower version, it has the epoch of its package if a bound has it, else the lowest of the bounds:
    /// rather open than wrongly closed.
    /// </summary>
    /// <param name="key">The key of the version, with whatever epoch.</param>
    /// <param name="package">The key of the package's own version; null where it can't be read.</param>
    public int PlaceWithoutEpoch(ReadOnlySpan<byte> key, ReadOnlySpan<byte> package)
    {
        _areOrdered = _areOrdered != Answered.NotYet ? _areOrdered : AreOrderedWithoutEpochs() ? Answered.Yes : Answered.No;
        var rest = key[EpochOf(key).Length..];
        return _areOrdered == Answered.Yes ? PlaceBehindEpochs(rest) : PlaceOf((byte[])[.. EpochOf(HasEpoch(package) ? package : KeyOf(0)), .. rest]);
    }

    // Of several bounds that differ in their epochs alone the last one.
    private int PlaceBehindEpochs(ReadOnlySpan<byte> key)
    {
        var (low, high) = (0, _starts.Length - 2);
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            (low, high) = BehindEpoch(middle).SequenceCompareTo(key) <= 0 ? (middle + 1, high) : (low, middle - 1);
        }

        return high >= 0 && BehindEpoch(high).SequenceEqual(key) ? (2 * high) + 1 : 2 * low;
    }

    // Nearly always all have one epoch, and the first and the last say so.
    private bool AreOrderedWithoutEpochs()
    {
        if (_starts.Length == 1 || EpochOf(KeyOf(0)).SequenceEqual(EpochOf(KeyOf(_starts.Length - 2))))
        {
            return true;
        }

        for (var i = 1; i < _starts.Length - 1; i++)
        {
            if (BehindEpoch(i - 1).SequenceCompareTo(BehindEpoch(i)) > 0)
            {
                return false;
            }
        }

        return true;
    }

    private bool HasEpoch(ReadOnlySpan<byte> package)
    {
        for (var i = 0; i < _starts.Length - 1 && !package.IsEmpty; i++)
        {
            if (EpochOf(KeyOf(i)).SequenceEqual(EpochOf(package)))
            {
                return true;
            }
        }

        return false;
    }

    private ReadOnlySpan<byte> BehindEpoch(int bound) => KeyOf(bound)[EpochOf(KeyOf(bound)).Length..];

    private static ReadOnlySpan<byte> EpochOf(ReadOnlySpan<byte> key) => key[..RpmVersion.LengthOfEpoch(key)];

    /// <summary>The key of the bound at a place.</summary>
    public ReadOnlySpan<byte> KeyAt(int place) => KeyOf(place / 2);

    private ReadOnlySpan<byte> KeyOf(int bound) => _keys.AsSpan(_starts[bound].._starts[bound + 1]);
}
