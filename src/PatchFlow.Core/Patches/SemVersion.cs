using System.Diagnostics.CodeAnalysis;

namespace PatchFlow.Core.Patches;

/// <summary>
/// A version of Semantic Versioning 2.0.0: <c>major.minor.patch[-pre-release][+build]</c>. Order and equality are of precedence (clause 11), in
/// which build metadata does not count; the text stays as it was written.
/// </summary>
public readonly partial struct SemVersion : IComparable<SemVersion>, IEquatable<SemVersion>
{
    private const int MaxLength = 256;
    private static readonly System.Buffers.SearchValues<char> IdentifierCharacters =
        System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-");

    private readonly string? _text;

    private SemVersion(string text) => _text = text;

    /// <summary>The version as it was written; <c>0.0.0</c> for the default value.</summary>
    public string Text => _text ?? "0.0.0";

    private ReadOnlySpan<char> Precedence => Before(Text, '+');

    private ReadOnlySpan<char> Core => Before(Precedence, '-');

    private ReadOnlySpan<char> PreRelease => Core.Length < Precedence.Length ? Precedence[(Core.Length + 1)..] : default;

    /// <summary>Reads a version.</summary>
    public static bool TryParse(string text, out SemVersion version) => TryParse(text, out version, out _);

    /// <summary>Reads a version, or says what is wrong with it.</summary>
    public static bool TryParse(string text, out SemVersion version, [NotNullWhen(false)] out string? problem)
    {
        var read = new SemVersion(text);
        var core = read.Core;
        problem = text.Length is 0 or > MaxLength ? $"a version has 1 to {MaxLength} characters"
            : core.Count('.') != 2 || !AreIdentifiers(core, areNumbers: true, mayHaveZeros: false) ? $"'{text}' does not begin with major.minor.patch, three numbers without leading zeros"
            : core.Length < read.Precedence.Length && !AreIdentifiers(read.PreRelease, areNumbers: false, mayHaveZeros: false)
                ? $"the pre-release of '{text}' must be identifiers of letters, digits and hyphens between dots, and numbers without leading zeros"
            : read.Precedence.Length < text.Length && !AreIdentifiers(text.AsSpan(read.Precedence.Length + 1), areNumbers: false, mayHaveZeros: true)
                ? $"the build of '{text}' must be identifiers of letters, digits and hyphens between dots"
            : null;
        version = problem is null ? read : default;
        return problem is null;
    }

    /// <summary>Reads a version.</summary>
    /// <exception cref="FormatException">It is not one.</exception>
    public static SemVersion Parse(string text) => TryParse(text, out var version, out var problem) ? version : throw new FormatException(problem);

    /// <inheritdoc/>
    public int CompareTo(SemVersion other)
    {
        var order = CompareIdentifiers(Core, other.Core);
        return order != 0 ? order
            : PreRelease.IsEmpty || other.PreRelease.IsEmpty ? PreRelease.IsEmpty.CompareTo(other.PreRelease.IsEmpty)
            : CompareIdentifiers(PreRelease, other.PreRelease);
    }

    /// <inheritdoc/>
    public bool Equals(SemVersion other) => Precedence.SequenceEqual(other.Precedence);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is SemVersion other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => string.GetHashCode(Precedence, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override string ToString() => Text;

    /// <summary>Of the same precedence.</summary>
    public static bool operator ==(SemVersion a, SemVersion b) => a.Equals(b);

    /// <summary>Of different precedence.</summary>
    public static bool operator !=(SemVersion a, SemVersion b) => !a.Equals(b);

    /// <summary>Older.</summary>
    public static bool operator <(SemVersion a, SemVersion b) => a.CompareTo(b) < 0;

    /// <summary>Newer.</summary>
    public static bool operator >(SemVersion a, SemVersion b) => a.CompareTo(b) > 0;

    /// <summary>Older or equal.</summary>
    public static bool operator <=(SemVersion a, SemVersion b) => a.CompareTo(b) <= 0;

    /// <summary>Newer or equal.</summary>
    public static bool operator >=(SemVersion a, SemVersion b) => a.CompareTo(b) >= 0;

    // Clause 11.4: from left to right; the one with more identifiers is newer where all before are equal.
    private static int CompareIdentifiers(ReadOnlySpan<char> a, ReadOnlySpan<char> b)
    {
        while (!a.IsEmpty && !b.IsEmpty)
        {
            var left = Before(a, '.');
            var right = Before(b, '.');
            var order = CompareIdentifier(left, right);
            if (order != 0)
            {
                return order;
            }

            a = a[Math.Min(a.Length, left.Length + 1)..];
            b = b[Math.Min(b.Length, right.Length + 1)..];
        }

        return b.IsEmpty.CompareTo(a.IsEmpty);
    }

    // Numbers are older than words; numbers are ordered as such, words by ASCII.
    private static int CompareIdentifier(ReadOnlySpan<char> a, ReadOnlySpan<char> b) =>
        !IsNumber(a) && !IsNumber(b) ? a.SequenceCompareTo(b)
        : IsNumber(a) != IsNumber(b) ? IsNumber(b).CompareTo(IsNumber(a))
        : a.Length != b.Length ? a.Length - b.Length
        : a.SequenceCompareTo(b);

    private static bool AreIdentifiers(ReadOnlySpan<char> text, bool areNumbers, bool mayHaveZeros)
    {
        foreach (var range in text.Split('.'))
        {
            var identifier = text[range];
            var isNumber = IsNumber(identifier);
            if (identifier.IsEmpty || identifier.ContainsAnyExcept(IdentifierCharacters) || (areNumbers && !isNumber)
                || (isNumber && !mayHaveZeros && identifier.Length > 1 && identifier[0] == '0'))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsNumber(ReadOnlySpan<char> identifier) => !identifier.ContainsAnyExceptInRange('0', '9');

    private static ReadOnlySpan<char> Before(ReadOnlySpan<char> text, char end) => text.IndexOf(end) is >= 0 and var at ? text[..at] : text;
}
