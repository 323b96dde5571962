using System.Diagnostics.CodeAnalysis;
using System.Text;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Patches;

namespace PatchFlow.Core.Advisories;

/// <summary>The grammar of names that come from an apt index: what is not exactly this never reaches a path, a command or a page.</summary>
public static class AptGrammar
{
    private const int MaxNameLength = 128;
    private const int MaxPathLength = 512;

    /// <summary>Whether <paramref name="name"/> is a package name (Debian Policy 5.6.1): two or more of <c>a-z 0-9 + - .</c>, first a letter or digit.</summary>
    public static bool IsPackageName(ReadOnlySpan<char> name) =>
        name.Length is >= 2 and <= MaxNameLength && char.IsAsciiLetterOrDigit(name[0]) && !name.ContainsAnyExcept("abcdefghijklmnopqrstuvwxyz0123456789+-.");

    /// <summary>Whether <paramref name="arch"/> is an architecture name.</summary>
    public static bool IsArch(ReadOnlySpan<char> arch) =>
        arch.Length is >= 2 and <= 32 && char.IsAsciiLetterOrDigit(arch[0]) && !arch.ContainsAnyExcept("abcdefghijklmnopqrstuvwxyz0123456789-");

    /// <summary>
    /// Reads a path below an archive's base address. Absolute paths, <c>..</c>, empty or dot segments, schemes, backslashes and anything
    /// outside printable ASCII are refused; a leading <c>./</c>, which apt-ftparchive writes, is dropped.
    /// </summary>
    public static bool TryPath(string text, out string path)
    {
        path = text.StartsWith("./", StringComparison.Ordinal) ? text[2..] : text;
        return path.Length is > 0 and <= MaxPathLength
            && !path.AsSpan().ContainsAnyExceptInRange('!', '~')
            && path.AsSpan().IndexOfAny("\\\"<>|?#*") < 0
            && !path.Contains(':', StringComparison.Ordinal)
            && HasPlainSegments(path);
    }

    private static bool HasPlainSegments(ReadOnlySpan<char> path)
    {
        foreach (var range in path.Split('/'))
        {
            if (path[range] is "" or "." or "..")
            {
                return false;
            }
        }

        return true;
    }

    internal static string Text(ReadOnlySpan<byte> value) => Encoding.UTF8.GetString(value);

    /// <summary>A value as it may stand in an error: short, and without control characters.</summary>
    public static string Shown(string? value) => value is null ? ""
        : new string([.. value.Take(200).Select(c => char.IsControl(c) ? '?' : c)]) + (value.Length > 200 ? "…" : "");

    internal static bool TrySize(ReadOnlySpan<byte> value, out long size) =>
        Numerals.TryRead(value, out size) && size is >= 0 and <= 1L << 40;

    internal static bool TryDigest(ReadOnlySpan<byte> value, out Digest digest)
    {
        Span<char> text = stackalloc char[64];
        digest = default;
        return value.Length == 64 && Encoding.Latin1.TryGetChars(value, text, out _) && Digest.TryParse(text, out digest);
    }

    /// <summary>Reads <c>Source: NAME</c> or <c>Source: NAME (VERSION)</c> (deb-control(5)).</summary>
    internal static bool TrySource(string text, string version, out string source, [NotNullWhen(true)] out string? sourceVersion)
    {
        var space = text.IndexOf(' ', StringComparison.Ordinal);
        source = space < 0 ? text : text[..space];
        var given = space < 0 ? null : text[(space + 1)..].Trim();
        sourceVersion = given is null ? version : given is ['(', .., ')'] ? given[1..^1] : null;
        return IsPackageName(source) && sourceVersion is not null && DebianVersion.TryParse(sourceVersion, out _);
    }
}
