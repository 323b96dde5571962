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

    /// <summary>The key of the bound at a place.</summary>
    public ReadOnlySpan<byte> KeyAt(int place) => KeyOf(place / 2);

    private ReadOnlySpan<byte> KeyOf(int bound) => _keys.AsSpan(_starts[bound].._starts[bound + 1]);
}
