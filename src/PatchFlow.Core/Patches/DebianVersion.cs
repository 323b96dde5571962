using System.Diagnostics.CodeAnalysis;
using PatchFlow.Core.Documents;

namespace PatchFlow.Core.Patches;

/// <summary>
/// A version as dpkg knows it: <c>[epoch:]upstream[-revision]</c> (deb-version(7)). Order and equality are dpkg's, so
/// <c>1.0</c> equals <c>0:1.00-0</c>; the text stays as it was written.
/// </summary>
public readonly partial struct DebianVersion : IComparable<DebianVersion>, IEquatable<DebianVersion>
{
    private const int MaxLength = 256;
    private readonly string? _text;
    private readonly int _upstream;
    private readonly int _revision;

    private DebianVersion(string text, int epoch, int upstream, int revision)
    {
        (_text, Epoch, _upstream, _revision) = (text, epoch, upstream, revision);
    }

    /// <summary>The version as it was written; <c>0</c> for the default value.</summary>
    public string Text => _text ?? "0";

    /// <summary>The epoch; 0 where none is written.</summary>
    public int Epoch { get; }

    /// <summary>The part between epoch and revision.</summary>
    public ReadOnlySpan<char> Upstream => _text is null ? "0" : Text.AsSpan(_upstream, (_revision > 0 ? _revision - 1 : Text.Length) - _upstream);

    /// <summary>The part after the last hyphen; empty where there is none.</summary>
    public ReadOnlySpan<char> Revision => _revision > 0 ? Text.AsSpan(_revision) : default;

    /// <summary>Reads a version as strictly as <c>dpkg --validate-version</c>; white space around it is refused as well.</summary>
    public static bool TryParse(string text, out DebianVersion version) => TryParse(text, out version, out _);

    /// <summary>Reads a version, or says what is wrong with it.</summary>
    public static bool TryParse(string text, out DebianVersion version, [NotNullWhen(false)] out string? problem)
    {
        version = default;
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var hyphen = text.LastIndexOf('-');
        var epoch = 0;
        problem = text.Length is 0 or > MaxLength ? $"a version has 1 to {MaxLength} characters"
            : colon >= 0 && !Numerals.TryRead(text.AsSpan(0, colon), out epoch) ? $"the epoch of '{text}' is not a number up to {int.MaxValue}"
            : null;
        if (problem is not null)
        {
            return false;
        }

        version = new DebianVersion(text, epoch, colon + 1, hyphen > colon ? hyphen + 1 : 0);
        problem = ProblemOf(version, hyphen > colon);
        return problem is null;
    }

    /// <summary>Reads a version.</summary>
    /// <exception cref="FormatException">It is not one.</exception>
    public static DebianVersion Parse(string text) => TryParse(text, out var version, out var problem) ? version : throw new FormatException(problem);

    /// <inheritdoc/>
    public int CompareTo(DebianVersion other)
    {
        var order = Epoch.CompareTo(other.Epoch);
        order = order != 0 ? order : Compare(Upstream, other.Upstream);
        return order != 0 ? order : Compare(Revision, other.Revision);
    }

    /// <inheritdoc/>
    public bool Equals(DebianVersion other) => CompareTo(other) == 0;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is DebianVersion other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add(Epoch);
        AddTo(ref hash, Upstream);
        AddTo(ref hash, Revision);
        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    public override string ToString() => Text;

    /// <summary>Equal in dpkg's order.</summary>
    public static bool operator ==(DebianVersion a, DebianVersion b) => a.Equals(b);

    /// <summary>Different in dpkg's order.</summary>
    public static bool operator !=(DebianVersion a, DebianVersion b) => !a.Equals(b);

    /// <summary>Older.</summary>
    public static bool operator <(DebianVersion a, DebianVersion b) => a.CompareTo(b) < 0;

    /// <summary>Newer.</summary>
    public static bool operator >(DebianVersion a, DebianVersion b) => a.CompareTo(b) > 0;

    /// <summary>Older or equal.</summary>
    public static bool operator <=(DebianVersion a, DebianVersion b) => a.CompareTo(b) <= 0;

    /// <summary>Newer or equal.</summary>
    public static bool operator >=(DebianVersion a, DebianVersion b) => a.CompareTo(b) >= 0;

    private static string? ProblemOf(DebianVersion version, bool hyphen) =>
        version.Upstream.IsEmpty ? $"'{version.Text}' has nothing between epoch and revision"
        : hyphen && version.Revision.IsEmpty ? $"'{version.Text}' has an empty revision"
        : !char.IsAsciiDigit(version.Upstream[0]) ? $"the upstream part of '{version.Text}' does not begin with a digit"
        : version.Upstream.ContainsAnyExcept(UpstreamCharacters) || version.Revision.ContainsAnyExcept(RevisionCharacters)
            ? $"'{version.Text}' has a character that a version may not have"
        : null;

    private static readonly System.Buffers.SearchValues<char> RevisionCharacters =
        System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.+~");

    private static readonly System.Buffers.SearchValues<char> UpstreamCharacters =
        System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.+~-:");

    // deb-version(7), "Sorting algorithm": turns of a non-digit part and a number, until one differs.
    private static int Compare(ReadOnlySpan<char> a, ReadOnlySpan<char> b)
    {
        while (!a.IsEmpty || !b.IsEmpty)
        {
            var order = CompareLetters(ref a, ref b);
            order = order != 0 ? order : CompareNumbers(ref a, ref b);
            if (order != 0)
            {
                return order;
            }
        }

        return 0;
    }

    private static int CompareLetters(ref ReadOnlySpan<char> a, ref ReadOnlySpan<char> b)
    {
        while ((!a.IsEmpty && !char.IsAsciiDigit(a[0])) || (!b.IsEmpty && !char.IsAsciiDigit(b[0])))
        {
            var order = Weight(a) - Weight(b);
            if (order != 0)
            {
                return order;
            }

            a = a[1..];
            b = b[1..];
        }

        return 0;
    }

    // A tilde sorts before the end of a part, the end before letters, letters before all else.
    private static int Weight(ReadOnlySpan<char> rest) => rest.IsEmpty || char.IsAsciiDigit(rest[0]) ? 0
        : rest[0] == '~' ? -1
        : char.IsAsciiLetter(rest[0]) ? rest[0]
        : rest[0] + 256;

    private static int CompareNumbers(ref ReadOnlySpan<char> a, ref ReadOnlySpan<char> b)
    {
        var left = TakeNumber(ref a);
        var right = TakeNumber(ref b);
        return left.Length != right.Length ? left.Length - right.Length : left.SequenceCompareTo(right);
    }

    // Without leading zeros, so that the longer number is the greater one, however long both are.
    private static ReadOnlySpan<char> TakeNumber(ref ReadOnlySpan<char> rest)
    {
        var end = rest.IndexOfAnyExceptInRange('0', '9');
        var number = end < 0 ? rest : rest[..end];
        rest = rest[number.Length..];
        return number.TrimStart('0');
    }

    // "1.0", "1." and "1.00" are equal, so a number's zeros must not count; nor may an empty part differ from "0".
    private static void AddTo(ref HashCode hash, ReadOnlySpan<char> part)
    {
        for (var first = true; !part.IsEmpty; first = false)
        {
            var end = part.IndexOfAnyInRange('0', '9');
            var letters = end < 0 ? part : part[..end];
            part = part[letters.Length..];
            var number = TakeNumber(ref part);
            if (first && letters.IsEmpty && number.IsEmpty && part.IsEmpty)
            {
                return;
            }

            hash.Add(string.GetHashCode(letters, StringComparison.Ordinal));
            hash.Add(string.GetHashCode(number, StringComparison.Ordinal));
        }
    }
}
