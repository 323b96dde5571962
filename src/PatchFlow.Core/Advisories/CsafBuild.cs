using System.Buffers;

namespace PatchFlow.Core.Advisories;

/// <summary>
/// The build of rpm that a product's name stands for: <c>name-[epoch:]version-release.arch</c>, with <c>.rpm</c> behind it or not, and with a module
/// behind that or not (<c>ruby-0:2.7.4-137.x86_64-ruby:2.7</c>).
/// </summary>
/// <param name="Name">The package's name.</param>
/// <param name="Version">Epoch where one is written, version and release.</param>
/// <param name="Arch">The architecture, <c>src</c> or <c>nosrc</c>.</param>
internal sealed record CsafBuild(string Name, string Version, string Arch)
{
    private const int LongestPart = 200;
    private const int LongestEpoch = 9;

    private static readonly SearchValues<char> NameLetters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._+-");
    private static readonly SearchValues<char> VersionLetters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._+~^");
    private static readonly SearchValues<char> ModuleLetters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

    private static readonly string[] Arches =
        ["x86_64", "aarch64", "noarch", "src", "nosrc", "i386", "i486", "i586", "i686", "ppc64le", "ppc64", "ppc", "s390x", "s390", "ia64", "armv7hl", "riscv64", "loongarch64"];

    /// <summary>Whether it is a source package.</summary>
    public bool IsSource => Arch is "src" or "nosrc";

    /// <summary>The build; null where the text is none.</summary>
    public static CsafBuild? Of(string text)
    {
        var letters = text.AsSpan().IndexOfAnyExcept(NameLetters);
        var before = Math.Min(letters < 0 ? text.Length : letters, LongestPart + 2);
        if (before == 0 || !char.IsAsciiLetterOrDigit(text[0]))
        {
            return null;
        }

        // Names have hyphens too: the longest that leaves a version and a release is meant.
        for (int hyphen; (hyphen = text.AsSpan(0, before).LastIndexOf('-')) > 0; before = hyphen)
        {
            if (LengthOf(text.AsSpan(hyphen + 1), out var arch) is var length and > 0)
            {
                return new CsafBuild(text[..hyphen], text.Substring(hyphen + 1, length), arch!);
            }
        }

        return null;
    }

    // How long epoch, version and release are together; 0 where the text does not begin with them, or more follows than may.
    private static int LengthOf(ReadOnlySpan<char> text, out string? arch)
    {
        arch = null;
        var hyphen = text.IndexOf('-');
        if (hyphen < 0 || !IsVersion(text[..hyphen]))
        {
            return 0;
        }

        var rest = text[(hyphen + 1)..];
        var letters = rest.IndexOfAnyExcept(VersionLetters);
        if (letters >= 0 && !IsModule(rest[letters..]))
        {
            return 0;
        }

        var release = letters < 0 ? rest : rest[..letters];
        release = release.EndsWith(".rpm", StringComparison.Ordinal) ? release[..^4] : release;
        var dot = release.LastIndexOf('.');
        arch = dot is > 0 and <= LongestPart ? ArchOf(release[(dot + 1)..]) : null;
        return arch is null ? 0 : hyphen + 1 + dot;
    }

    private static bool IsVersion(ReadOnlySpan<char> text)
    {
        var colon = text.IndexOf(':');
        var epoch = text[..Math.Max(colon, 0)];
        var version = text[(colon + 1)..];
        return (colon < 0 || (epoch.Length is > 0 and <= LongestEpoch && !epoch.ContainsAnyExceptInRange('0', '9')))
            && version.Length is > 0 and <= LongestPart && !version.ContainsAnyExcept(VersionLetters);
    }

    // -ruby:2.7
    private static bool IsModule(ReadOnlySpan<char> text)
    {
        var colon = text.IndexOf(':');
        return colon > 1 && colon < text.Length - 1 && text[0] == '-' && !text[1..colon].ContainsAnyExcept(ModuleLetters) && !text[(colon + 1)..].ContainsAnyExcept(ModuleLetters);
    }

    private static string? ArchOf(ReadOnlySpan<char> text)
    {
        foreach (var arch in Arches)
        {
            if (text.SequenceEqual(arch))
            {
                return arch;
            }
        }

        return null;
    }
}
