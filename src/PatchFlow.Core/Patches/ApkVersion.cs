using System.Diagnostics.CodeAnalysis;

namespace PatchFlow.Core.Patches;

/// <summary>
/// A version as apk knows it: <c>number{.number}{letter}{_suffix{number}}{~hash}{-r#}</c> (apk-package(5)). As apk 2 does, numbers may follow a
/// letter, which old packages of OpenSSH have (<c>6.6.2p1-r0</c>). Order and equality are apk's; the text stays as it was written.
/// </summary>
public readonly partial struct ApkVersion : IComparable<ApkVersion>, IEquatable<ApkVersion>
{
    private const int MaxLength = 256;

    // In ascending order; a version without suffix is between the first four, which come before a release, and the others.
    private static readonly string[] Suffixes = ["alpha", "beta", "pre", "rc", "", "cvs", "svn", "git", "hg", "p"];
    private const int NoSuffix = 4;

    private readonly string? _text;

    private ApkVersion(string text) => _text = text;

    // Where two versions differ in the kind of a part, the one whose kind stands first is the newer one.
    private enum Kind
    {
        First,
        Number,
        Letter,
        Suffix,
        SuffixNumber,
        Hash,
        Revision,
        End,
        Wrong,
    }

    /// <summary>The version as it was written; <c>0</c> for the default value.</summary>
    public string Text => _text ?? "0";

    /// <summary>Reads a version.</summary>
    public static bool TryParse(string text, out ApkVersion version) => TryParse(text, out version, out _);

    /// <summary>Reads a version, or says what is wrong with it.</summary>
    public static bool TryParse(string text, out ApkVersion version, [NotNullWhen(false)] out string? problem)
    {
        version = default;
        problem = text.Length is 0 or > MaxLength ? $"a version has 1 to {MaxLength} characters" : null;
        var parts = new Parts(text);
        while (problem is null && parts.Next() != Kind.End)
        {
            problem = parts.Kind != Kind.Wrong ? null
                : $"'{parts.Rest}' of '{text}' is none of apk's parts: number{{.number}}{{letter}}{{_suffix{{number}}}}{{~hash}}{{-r#}}";
        }

        version = problem is null ? new ApkVersion(text) : default;
        return problem is null;
    }

    /// <summary>Reads a version.</summary>
    /// <exception cref="FormatException">It is not one.</exception>
    public static ApkVersion Parse(string text) => TryParse(text, out var version, out var problem) ? version : throw new FormatException(problem);

    /// <summary>
    /// Compares two texts as apk does, which reads no further than to the first difference: <c>23_foo</c> is newer than <c>4_beta</c>
    /// although there is no suffix foo. False where what decides can't be read.
    /// </summary>
    public static bool TryCompare(string a, string b, out int order, [NotNullWhen(false)] out string? problem)
    {
        order = 0;
        problem = a.Length > MaxLength || b.Length > MaxLength ? $"a version has 1 to {MaxLength} characters" : null;
        if (problem is not null)
        {
            return false;
        }

        var left = new Parts(a);
        var right = new Parts(b);
        if (Compare(ref left, ref right) is { } known)
        {
            order = known;
            return true;
        }

        problem = left.Kind == Kind.Wrong ? $"'{left.Rest}' of '{a}' can't be compared" : $"'{right.Rest}' of '{b}' can't be compared";
        return false;
    }

    /// <inheritdoc/>
    public int CompareTo(ApkVersion other)
    {
        var left = new Parts(Text);
        var right = new Parts(other.Text);
        return Compare(ref left, ref right) ?? 0;
    }

    /// <inheritdoc/>
    public bool Equals(ApkVersion other) => CompareTo(other) == 0;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is ApkVersion other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        for (var parts = new Parts(Text); parts.Next() != Kind.End;)
        {
            hash.Add(parts.Kind);
            hash.Add(string.GetHashCode(parts.IsNumber && !parts.IsFraction ? parts.Value.TrimStart('0') : parts.Value, StringComparison.Ordinal));
        }

        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    public override string ToString() => Text;

    /// <summary>Equal in apk's order.</summary>
    public static bool operator ==(ApkVersion a, ApkVersion b) => a.Equals(b);

    /// <summary>Different in apk's order.</summary>
    public static bool operator !=(ApkVersion a, ApkVersion b) => !a.Equals(b);

    /// <summary>Older.</summary>
    public static bool operator <(ApkVersion a, ApkVersion b) => a.CompareTo(b) < 0;

    /// <summary>Newer.</summary>
    public static bool operator >(ApkVersion a, ApkVersion b) => a.CompareTo(b) > 0;

    /// <summary>Older or equal.</summary>
    public static bool operator <=(ApkVersion a, ApkVersion b) => a.CompareTo(b) <= 0;

    /// <summary>Newer or equal.</summary>
    public static bool operator >=(ApkVersion a, ApkVersion b) => a.CompareTo(b) >= 0;

    // Null where a part decides that can't be read.
    private static int? Compare(ref Parts a, ref Parts b)
    {
        while (true)
        {
            var (left, right) = (a.Next(), b.Next());
            if (left == Kind.Wrong || right == Kind.Wrong)
            {
                return null;
            }

            // At the end of both nothing is left to compare.
            var order = left != right ? CompareKinds(a, b) : left == Kind.End ? 0 : CompareParts(a, b);
            if (order != 0 || left == Kind.End)
            {
                return order;
            }
        }
    }

    private static int CompareKinds(in Parts a, in Parts b) => a.IsBeforeRelease ? -1 : b.IsBeforeRelease ? 1 : b.Kind.CompareTo(a.Kind);

    // A number after the first is read as a fraction where either begins with 0: 1.09 is older than 1.1.
    private static int CompareParts(in Parts a, in Parts b) =>
        a.Kind == Kind.Suffix ? a.Suffix.CompareTo(b.Suffix)
        : a.IsNumber && !(a.IsFraction || b.IsFraction) ? CompareNumbers(a.Value.TrimStart('0'), b.Value.TrimStart('0'))
        : a.Value.SequenceCompareTo(b.Value);

    // Without leading zeros the longer number is the greater one, however long both are.
    private static int CompareNumbers(ReadOnlySpan<char> a, ReadOnlySpan<char> b) => a.Length != b.Length ? a.Length - b.Length : a.SequenceCompareTo(b);

    /// <summary>Takes a version apart from left to right.</summary>
    private ref struct Parts(string text)
    {
        private const string Digits = "0123456789";
        private const string Letters = "abcdefghijklmnopqrstuvwxyz";

        private ReadOnlySpan<char> _rest = text;
        private bool _begun;

        public Kind Kind { get; private set; }

        public ReadOnlySpan<char> Value { get; private set; }

        public readonly string Rest => _rest.ToString();

        public readonly int Suffix => Array.IndexOf(Suffixes, Value.ToString());

        public readonly bool IsNumber => Kind is Kind.First or Kind.Number or Kind.SuffixNumber or Kind.Revision;

        public readonly bool IsFraction => Kind == Kind.Number && Value[0] == '0';

        public readonly bool IsBeforeRelease => Kind == Kind.Suffix && Suffix < NoSuffix;

        /// <summary>Goes to the next part; at one that can't be read it stays.</summary>
        public Kind Next()
        {
            var last = Kind;
            Kind = Kind.Wrong;
            if (!_begun)
            {
                return Take(Kind.First, 0, Digits);
            }

            return _rest switch
            {
                [] => Kind = Kind.End,
                ['.', ..] when last <= Kind.Letter => Take(Kind.Number, 1, Digits),
                [>= 'a' and <= 'z', ..] when last <= Kind.Number => Take(Kind.Letter, 0, Letters, most: 1),
                [>= '0' and <= '9', ..] when last == Kind.Letter => Take(Kind.Number, 0, Digits),
                ['_', ..] when last <= Kind.SuffixNumber => TakeSuffix(),
                [>= '0' and <= '9', ..] when last == Kind.Suffix => Take(Kind.SuffixNumber, 0, Digits),
                ['~', ..] when last < Kind.Hash => Take(Kind.Hash, 1, "0123456789abcdef"),
                ['-', 'r', ..] when last < Kind.Revision => Take(Kind.Revision, 2, Digits),
                _ => Kind,
            };
        }

        private Kind TakeSuffix()
        {
            var end = _rest[1..].IndexOfAnyExcept(Letters);
            var name = end < 0 ? _rest[1..] : _rest[1..(end + 1)];
            return !name.IsEmpty && Array.IndexOf(Suffixes, name.ToString()) >= 0 ? Take(Kind.Suffix, 1, Letters) : Kind;
        }

        private Kind Take(Kind kind, int skip, string characters, int most = MaxLength)
        {
            var end = _rest[skip..].IndexOfAnyExcept(characters);
            var length = Math.Min(most, end < 0 ? _rest.Length - skip : end);
            if (length == 0)
            {
                return Kind;
            }

            _begun = true;
            Value = _rest.Slice(skip, length);
            _rest = _rest[(skip + length)..];
            return Kind = kind;
        }
    }
}
