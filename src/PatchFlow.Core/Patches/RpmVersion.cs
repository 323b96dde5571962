using System.Diagnostics.CodeAnalysis;

namespace PatchFlow.Core.Patches;

/// <summary>
/// A version of rpm: <c>[epoch:]version[-release]</c>, ordered as rpm's <c>rpm.vercmp</c> does (rpm 4.18): tilde sorts before everything, the end
/// included; caret after the end and before anything else; digits after letters; separators do not count; no release before any release.
/// Order and equality are of that comparison; the text stays as it was written.
/// </summary>
public readonly partial struct RpmVersion : IComparable<RpmVersion>, IEquatable<RpmVersion>
{
    private const int MaxLength = 256;

    private readonly string? _text;
    private readonly int _version;
    private readonly int _release;

    private RpmVersion(string text)
    {
        var digits = text.AsSpan().IndexOfAnyExceptInRange('0', '9');
        _text = text;
        _version = digits >= 0 && text[digits] == ':' ? digits + 1 : 0;
        var hyphen = text.AsSpan(_version).LastIndexOf('-');
        _release = hyphen < 0 ? -1 : _version + hyphen + 1;
    }

    /// <summary>The version as it was written; <c>0</c> for the default value.</summary>
    public string Text => _text ?? "0";

    /// <summary>The epoch's digits; <c>0</c> where none is written.</summary>
    public ReadOnlySpan<char> Epoch => _version > 1 ? Text.AsSpan(0, _version - 1) : "0";

    /// <summary>The version without epoch and release.</summary>
    public ReadOnlySpan<char> Version => _release > 0 ? Text.AsSpan(_version, _release - 1 - _version) : Text.AsSpan(_version);

    /// <summary>Whether a release is written.</summary>
    public bool HasRelease => _release > 0;

    /// <summary>The release; empty where none is written.</summary>
    public ReadOnlySpan<char> Release => HasRelease ? Text.AsSpan(_release) : default;

    /// <summary>Reads a version.</summary>
    public static bool TryParse(string text, out RpmVersion version) => TryParse(text, out version, out _);

    /// <summary>Reads a version, or says what is wrong with it.</summary>
    public static bool TryParse(string text, out RpmVersion version, [NotNullWhen(false)] out string? problem)
    {
        var read = new RpmVersion(text);
        problem = text.Length is 0 or > MaxLength ? $"a version has 1 to {MaxLength} characters"
            : text.Any(c => char.IsWhiteSpace(c) || char.IsControl(c)) ? $"'{text}' has white space or control characters"
            : read.Version.IsEmpty ? $"'{text}' has no version: [epoch:]version[-release] is expected"
            : null;
        version = problem is null ? read : default;
        return problem is null;
    }

    /// <summary>Reads a version.</summary>
    /// <exception cref="FormatException">It is not one.</exception>
    public static RpmVersion Parse(string text) => TryParse(text, out var version, out var problem) ? version : throw new FormatException(problem);

    /// <inheritdoc/>
    public int CompareTo(RpmVersion other)
    {
        var order = Compare(Epoch, other.Epoch);
        order = order != 0 ? order : Compare(Version, other.Version);
        order = order != 0 ? order : HasRelease.CompareTo(other.HasRelease);
        return order != 0 ? order : Compare(Release, other.Release);
    }

    /// <inheritdoc/>
    public bool Equals(RpmVersion other) => CompareTo(other) == 0;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is RpmVersion other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        AddTo(ref hash, Epoch);
        AddTo(ref hash, Version);
        hash.Add(HasRelease);
        AddTo(ref hash, Release);
        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    public override string ToString() => Text;

    /// <summary>Equality as of the order.</summary>
    public static bool operator ==(RpmVersion left, RpmVersion right) => left.Equals(right);

    /// <summary>Inequality as of the order.</summary>
    public static bool operator !=(RpmVersion left, RpmVersion right) => !left.Equals(right);

    /// <summary>Whether the left is older.</summary>
    public static bool operator <(RpmVersion left, RpmVersion right) => left.CompareTo(right) < 0;

    /// <summary>Whether the left is newer.</summary>
    public static bool operator >(RpmVersion left, RpmVersion right) => left.CompareTo(right) > 0;

    /// <summary>Whether the left is not newer.</summary>
    public static bool operator <=(RpmVersion left, RpmVersion right) => left.CompareTo(right) <= 0;

    /// <summary>Whether the left is not older.</summary>
    public static bool operator >=(RpmVersion left, RpmVersion right) => left.CompareTo(right) >= 0;

    // Segment by segment, as rpmvercmp does; both sides always stand at the same kind of place.
    private static int Compare(ReadOnlySpan<char> a, ReadOnlySpan<char> b)
    {
        while (true)
        {
            var left = Next(ref a);
            var right = Next(ref b);
            if (left.IsEmpty && right.IsEmpty)
            {
                return 0;
            }

            var order = Rank(left).CompareTo(Rank(right));
            order = order != 0 || left.IsEmpty || right.IsEmpty ? order
                : char.IsAsciiDigit(left[0]) && left.Length != right.Length ? left.Length.CompareTo(right.Length)
                : left.SequenceCompareTo(right);
            if (order != 0)
            {
                return Math.Sign(order);
            }
        }
    }

    private static int Rank(ReadOnlySpan<char> segment) => segment switch
    {
        ['~', ..] => 0,
        [] => 1,
        ['^', ..] => 2,
        [>= '0' and <= '9', ..] => 4,
        _ => 3,
    };

    // A tilde, a caret, a run of digits without leading zeros (one zero stays), or a run of letters; empty at the end.
    private static ReadOnlySpan<char> Next(ref ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty && text[0] is not ('~' or '^') && !char.IsAsciiLetterOrDigit(text[0]))
        {
            text = text[1..];
        }

        var length = text.IsEmpty || text[0] is '~' or '^' ? Math.Min(1, text.Length)
            : Run(text, char.IsAsciiDigit(text[0]));
        var segment = text[..length];
        text = text[length..];
        while (segment.Length > 1 && segment[0] == '0')
        {
            segment = segment[1..];
        }

        return segment;
    }

    private static int Run(ReadOnlySpan<char> text, bool digits)
    {
        var length = 1;
        while (length < text.Length && (digits ? char.IsAsciiDigit(text[length]) : char.IsAsciiLetter(text[length])))
        {
            length++;
        }

        return length;
    }

    private static void AddTo(ref HashCode hash, ReadOnlySpan<char> text)
    {
        for (var segment = Next(ref text); !segment.IsEmpty; segment = Next(ref text))
        {
            hash.Add(string.GetHashCode(segment, StringComparison.Ordinal));
        }
    }
}
