using System.Buffers;

namespace PatchFlow.Core.Documents;

/// <summary>The grammars of values in documents (docs/formats.md, "Canonical text"). Every one is a subset of <see cref="IsWord"/>.</summary>
public static class Grammar
{
    private const string Lower = "abcdefghijklmnopqrstuvwxyz";
    private const string Digits = "0123456789";
    private static readonly SearchValues<char> IdChars = SearchValues.Create(Lower + Digits + "-");
    private static readonly SearchValues<char> FeedChars = SearchValues.Create(Lower + Digits + ".-");
    private static readonly SearchValues<char> OsChars = SearchValues.Create(Lower + Digits + "._-");
    private static readonly SearchValues<char> NameChars = SearchValues.Create(Lower + Digits + "+.-");
    private static readonly SearchValues<char> VersionChars = SearchValues.Create(Lower + "ABCDEFGHIJKLMNOPQRSTUVWXYZ" + Digits + ".+~-");
    private static readonly SearchValues<char> Hex = SearchValues.Create("0123456789abcdef");

    /// <summary>Any value: not empty, of the alphabet, and <c>%</c> only in canonical percent-encoding.</summary>
    public static bool IsWord(ReadOnlySpan<char> text) => text.Length > 0 && PercentEncoding.IsCanonical(text);

    /// <summary>Ids of hosts, groups, users, pipelines, gates, checks, services: <c>[a-z0-9-]{1,63}</c>.</summary>
    public static bool IsId(ReadOnlySpan<char> text) => text.Length is >= 1 and <= 63 && !text.ContainsAnyExcept(IdChars);

    /// <summary>A feed's name: <c>[a-z0-9.-]{1,63}</c>.</summary>
    public static bool IsFeed(ReadOnlySpan<char> text) => text.Length is >= 1 and <= 63 && !text.ContainsAnyExcept(FeedChars);

    /// <summary><c>system</c> or <c>user:ID</c>.</summary>
    public static bool IsSubject(ReadOnlySpan<char> text) => text is "system" || IsUser(text);

    /// <summary><c>user:ID</c>: a person.</summary>
    public static bool IsUser(ReadOnlySpan<char> text) => text.StartsWith("user:") && IsId(text["user:".Length..]);

    /// <summary>os-release's ID and VERSION_ID: <c>[a-z0-9._-]</c>, at most 63.</summary>
    public static bool IsOsWord(ReadOnlySpan<char> text) => text.Length is >= 1 and <= 63 && !text.ContainsAnyExcept(OsChars);

    /// <summary>An architecture as the package manager names it: <c>[a-z0-9-]{1,63}</c>, beginning with a letter or digit.</summary>
    public static bool IsArch(ReadOnlySpan<char> text) => IsId(text) && text[0] != '-';

    /// <summary><c>{group}-{os}-{release}-{arch}-{8 hex}</c>, at most 200.</summary>
    public static bool IsProfile(ReadOnlySpan<char> text) =>
        text.Length is >= 16 and <= 200 && text[^9] == '-' && !text[^8..].ContainsAnyExcept(Hex)
        && !text.ContainsAnyExcept(OsChars) && text[..^9].Count('-') >= 3;

    /// <summary>A Debian package name (Debian Policy 5.6.7): <c>[a-z0-9][a-z0-9+.-]+</c>, at most 128.</summary>
    public static bool IsPackageName(ReadOnlySpan<char> text) =>
        text.Length is >= 2 and <= 128 && !text.ContainsAnyExcept(NameChars) && (char.IsAsciiLetterLower(text[0]) || char.IsAsciiDigit(text[0]));

    /// <summary>A Debian version (Debian Policy 5.6.12): <c>[epoch:]upstream[-revision]</c>, at most 256.</summary>
    public static bool IsPackageVersion(ReadOnlySpan<char> text)
    {
        if (text.IndexOf(':') is var colon and >= 0)
        {
            if (colon is 0 or > 9 || text[..colon].ContainsAnyExcept(Digits))
            {
                return false;
            }

            text = text[(colon + 1)..];
        }

        return text.Length is >= 1 and <= 256 && char.IsAsciiDigit(text[0]) && text[^1] != '-' && !text.ContainsAnyExcept(VersionChars);
    }

    /// <summary>A service unit's name, percent-encoded, at most 256; none begins with a hyphen, where a program would read an option.</summary>
    public static bool IsUnit(ReadOnlySpan<char> text) => IsWord(text) && text.Length <= 256 && text[0] != '-';

    /// <summary>Lowercase hex digits, exactly so many.</summary>
    public static bool IsHex(ReadOnlySpan<char> text, int length) => text.Length == length && !text.ContainsAnyExcept(Hex);
}
