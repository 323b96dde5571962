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
    private readonly byte[] _keys;
    private readonly int[] _starts;
    private readonly string[] _texts;

    private VersionBounds(byte[] keys, int[] starts, string[] texts) => (_keys, _starts, _texts) = (keys, starts, texts);

    /// <summary>How many places there are.</summary>
    public int PlaceCount => (2 * _texts.Length) + 1;

    /// <summary>The bounds that the statements name; what is no version of the scheme is left out.</summary>
    public static VersionBounds Of(VersionScheme scheme, IEnumerable<Statement> statements)
    {
        var named = statements.SelectMany(s => s.Ranges.SelectMany(r => new[] { r.Introduced, r.Fixed, r.LastAffected }).OfType<string>().Concat(s.Versions));
        var keyed = named.Distinct(StringComparer.Ordinal).Select(text => (Key: VersionKey.Of(scheme, text), Text: text)).Where(b => b.Key is not null).ToArray();
        Array.Sort(keyed, (a, b) => a.Key.AsSpan().SequenceCompareTo(b.Key) is not 0 and var order ? order : string.CompareOrdinal(a.Text, b.Text));

        // Versions that are equal but written differently are one bound.
        var bounds = keyed.Where((b, i) => i == 0 || !b.Key.AsSpan().SequenceEqual(keyed[i - 1].Key)).ToArray();
        var starts = new int[bounds.Length + 1];
        for (var i = 0; i < bounds.Length; i++)
        {
            starts[i + 1] = starts[i] + bounds[i].Key!.Length;
        }

        return new VersionBounds([.. bounds.SelectMany(b => b.Key!)], starts, [.. bounds.Select(b => b.Text)]);
    }

    /// <summary>The place of a version.</summary>
    public int PlaceOf(ReadOnlySpan<byte> key)
    {
        var (low, high) = (0, _texts.Length - 1);
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            var order = KeyAt(middle).SequenceCompareTo(key);
            if (order == 0)
            {
                return (2 * middle) + 1;
            }

            (low, high) = order < 0 ? (middle + 1, high) : (low, middle - 1);
        }

        return 2 * low;
    }

    /// <summary>A version at the place of a bound.</summary>
    public string TextAt(int place) => _texts[place / 2];

    /// <summary>The key of a version at the place of a bound.</summary>
    public ReadOnlySpan<byte> KeyAtPlace(int place) => KeyAt(place / 2);

    private ReadOnlySpan<byte> KeyAt(int bound) => _keys.AsSpan(_starts[bound].._starts[bound + 1]);
}
