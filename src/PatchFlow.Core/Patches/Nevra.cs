using System.Buffers;
using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using PatchFlow.Core.Documents;

namespace PatchFlow.Core.Patches;

/// <summary>
/// A package of rpm by its parts: <c>name-[epoch:]version-release[.arch]</c>, where the name may be missing too. A name and an architecture may
/// hold neither a colon nor, for the architecture, a hyphen, and a version and a release no hyphen, so there is one way to split it.
/// </summary>
public sealed record Nevra
{
    private const int MaxLength = 512;
    private const string FileEnd = ".rpm";

    // rpm 4.18 build/parsePreamble.c: ALLOWED_CHARS_NAME and ALLOWED_CHARS_VERREL, without the signs of macros, which a built package has no more.
    private static readonly SearchValues<char> NameLetters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._+");
    private static readonly SearchValues<char> VersionLetters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._+~^");
    private static readonly SearchValues<char> ArchLetters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789_");

    // rpm 4.18 rpmrc.in, arch_canon. A release may end in a dot and a word too (1.fc39), so what is an architecture must be known.
    private static readonly FrozenSet<string> Arches = """
        noarch src nosrc x86_64 x86_64_v2 x86_64_v3 x86_64_v4 amd64 ia32e em64t i386 i486 i586 i686 athlon geode pentium3 pentium4 ia64
        aarch64 armv3l armv4b armv4l armv4tl armv5l armv5tl armv5tel armv5tejl armv6l armv6hl armv7l armv7hl armv7hnl armv8l armv8hl
        ppc ppc8260 ppc8560 ppc32dy4 ppciseries ppcpseries ppc64 ppc64p7 ppc64le ppc64pseries ppc64iseries s390 s390x riscv riscv64 loongarch64
        alpha alphaev5 alphaev56 alphapca56 alphaev6 alphaev67 mips mipsel mips64 mips64el mipsr6 mipsr6el mips64r6 mips64r6el
        sparc sparcv8 sparcv9 sparcv9v sparc64 sparc64v sun4 sun4m sun4c sun4d sun4u m68k sh sh3 sh4 sh4a hppa
        """.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).ToFrozenSet();

    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> ArchesBySpan = Arches.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>The package's name; empty where only a version is written.</summary>
    public required string Name { get; init; }

    /// <summary>The epoch as written; null where none is, which is epoch 0.</summary>
    public string? Epoch { get; init; }

    /// <summary>The version, without epoch and release.</summary>
    public required string Version { get; init; }

    /// <summary>The release.</summary>
    public required string Release { get; init; }

    /// <summary>The architecture, or <c>src</c>; null where none is written.</summary>
    public string? Arch { get; init; }

    /// <summary>Whether it is a source package.</summary>
    public bool IsSource => Arch is "src" or "nosrc";

    /// <summary>Epoch, version and release as rpm compares them; epoch 0 is not written.</summary>
    public string Evr => EvrOf(Epoch, Version, Release);

    /// <summary>Reads a package with or without name, epoch, architecture and <c>.rpm</c> at its end.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out Nevra? nevra) => TryParse(text, out nevra, out _);

    /// <summary>Reads a package, or says what is wrong with it.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out Nevra? nevra, [NotNullWhen(false)] out string? problem)
    {
        nevra = null;
        if (text.Length is 0 or > MaxLength)
        {
            problem = $"a package has 1 to {MaxLength} characters";
            return false;
        }

        var isFile = text.EndsWith(FileEnd, StringComparison.Ordinal);
        var rest = isFile ? text.AsSpan(0, text.Length - FileEnd.Length) : text;
        var arch = TakeArch(ref rest, isFile);
        var release = TakeAfter(ref rest, '-');
        var hyphen = rest.LastIndexOf('-');
        var name = hyphen < 0 ? default : rest[..hyphen];
        var evr = rest[(hyphen + 1)..];
        var colon = evr.IndexOf(':');
        var epoch = colon < 0 ? default : evr[..colon];
        problem = isFile && arch.IsEmpty ? $"'{Shown(text)}' has no architecture before .rpm"
            : isFile && hyphen < 0 ? $"'{Shown(text)}' has no name: name-version-release.arch.rpm is expected"
            : hyphen >= 0 && !IsName(name) ? $"'{Shown(text)}': '{Shown(name)}' is no package name"
            : colon >= 0 && !IsEpoch(epoch) ? $"'{Shown(text)}': '{Shown(epoch)}' is no epoch"
            : !IsVersion(evr[(colon + 1)..]) ? $"'{Shown(text)}': '{Shown(evr[(colon + 1)..])}' is no version"
            : !IsVersion(release) ? $"'{Shown(text)}': '{Shown(release)}' is no release; [name-][epoch:]version-release[.arch] is expected"
            : null;
        if (problem is not null)
        {
            return false;
        }

        nevra = new Nevra
        {
            Name = name.ToString(),
            Epoch = colon < 0 ? null : epoch.ToString(),
            Version = evr[(colon + 1)..].ToString(),
            Release = release.ToString(),
            Arch = arch.IsEmpty ? null : arch.ToString(),
        };
        return true;
    }

    /// <summary>Reads the last part of a path or an address as a package file: <c>Packages/x/xz-5.2.5-8.el9_0.x86_64.rpm</c>.</summary>
    public static bool TryParseFile(string path, [NotNullWhen(true)] out Nevra? nevra, [NotNullWhen(false)] out string? problem)
    {
        nevra = null;
        var file = path[(path.LastIndexOf('/') + 1)..];
        problem = file.EndsWith(FileEnd, StringComparison.Ordinal) ? null : $"'{Shown(path)}' does not end in .rpm";
        return problem is null && TryParse(file, out nevra, out problem);
    }

    /// <summary>Whether the text is a package's name in rpm's grammar.</summary>
    public static bool IsName(ReadOnlySpan<char> text) =>
        text.Length > 0 && (char.IsAsciiLetterOrDigit(text[0]) || text[0] == '_') && !text.ContainsAnyExcept(NameLetters);

    /// <summary>Whether the text is a version without epoch, or a release, in rpm's grammar.</summary>
    public static bool IsVersion(ReadOnlySpan<char> text) => text.Length > 0 && !text.ContainsAnyExcept(VersionLetters);

    /// <summary>Whether the text is an epoch: a number of 32 bits.</summary>
    public static bool IsEpoch(ReadOnlySpan<char> text) => Numerals.TryRead(text, out long epoch) && epoch <= uint.MaxValue;

    /// <summary>Whether the text has an architecture's form; it need not be one that is known.</summary>
    public static bool IsArch(ReadOnlySpan<char> text) => text.Length is > 0 and <= 32 && !text.ContainsAnyExcept(ArchLetters);

    /// <summary>Epoch, version and release as rpm compares them; epoch 0 is not written, so that equal versions are equal text more often.</summary>
    public static string EvrOf(string? epoch, string version, string release) =>
        epoch is null || epoch.AsSpan().TrimStart('0').IsEmpty ? $"{version}-{release}" : $"{epoch}:{version}-{release}";

    /// <inheritdoc/>
    public override string ToString() =>
        $"{(Name.Length > 0 ? $"{Name}-" : "")}{(Epoch is null ? "" : $"{Epoch}:")}{Version}-{Release}{(Arch is null ? "" : $".{Arch}")}";

    // The word behind the last dot: of a file always, else only where it is a known one.
    private static ReadOnlySpan<char> TakeArch(ref ReadOnlySpan<char> text, bool isFile)
    {
        var dot = text.LastIndexOf('.');
        var word = dot < 0 ? default : text[(dot + 1)..];
        if (!IsArch(word) || (!isFile && !ArchesBySpan.Contains(word)))
        {
            return default;
        }

        text = text[..dot];
        return word;
    }

    private static ReadOnlySpan<char> TakeAfter(ref ReadOnlySpan<char> text, char mark)
    {
        var at = text.LastIndexOf(mark);
        var taken = at < 0 ? default : text[(at + 1)..];
        text = at < 0 ? text : text[..at];
        return taken;
    }

    private static string Shown(ReadOnlySpan<char> text) => Advisories.AptGrammar.Shown(text.ToString());
}
