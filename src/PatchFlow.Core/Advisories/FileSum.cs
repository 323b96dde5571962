using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace PatchFlow.Core.Advisories;

/// <summary>How a file's checksum was computed; in ascending order of strength.</summary>
public enum SumKind
{
    /// <summary>MD5, which is broken.</summary>
    Md5,

    /// <summary>SHA-1, which is broken; repositories of rpm write <c>sha</c> for it too.</summary>
    Sha1,

    /// <summary>SHA-224.</summary>
    Sha224,

    /// <summary>SHA-256.</summary>
    Sha256,

    /// <summary>SHA-384.</summary>
    Sha384,

    /// <summary>SHA-512.</summary>
    Sha512,
}

/// <summary>A file's checksum as a repository publishes it.</summary>
/// <param name="Kind">How it was computed.</param>
/// <param name="Hex">Lower-case hex digits, as many as the kind has.</param>
public sealed record FileSum(SumKind Kind, string Hex)
{
    /// <summary>Whether a file may be trusted for it: SHA-256 or stronger. The others are read, so that they can be shown, and never vouch for anything.</summary>
    public bool Authorises => Kind >= SumKind.Sha256;

    /// <summary>Reads a checksum with the name of its kind, as createrepo_c (<c>sha</c>, <c>sha256</c>) and mirror lists (<c>sha-256</c>) write it.</summary>
    public static bool TryParse(string? kind, string hex, [NotNullWhen(true)] out FileSum? sum, [NotNullWhen(false)] out string? problem)
    {
        sum = null;
        if (KindOf(kind) is not { } known)
        {
            problem = $"'{XmlWalk.Shown(kind ?? "")}' is no kind of checksum that is known: md5, sha, sha1, sha224, sha256, sha384, sha512";
            return false;
        }

        var digits = hex.Trim();
        problem = digits.Length != DigitsOf(known) || digits.AsSpan().ContainsAnyExcept("0123456789abcdefABCDEF")
            ? $"a checksum of the kind {kind} has {DigitsOf(known)} hex digits, '{XmlWalk.Shown(digits)}' has {digits.Length}"
            : null;
        sum = problem is null ? new FileSum(known, digits.ToLowerInvariant()) : null;
        return problem is null;
    }

    /// <summary>Whether it is the checksum of these bytes, and a kind that <see cref="Authorises"/>.</summary>
    public bool Matches(ReadOnlySpan<byte> content) => Kind switch
    {
        SumKind.Sha256 => Hex == Convert.ToHexStringLower(SHA256.HashData(content)),
        SumKind.Sha384 => Hex == Convert.ToHexStringLower(SHA384.HashData(content)),
        SumKind.Sha512 => Hex == Convert.ToHexStringLower(SHA512.HashData(content)),
        _ => false,
    };

    /// <inheritdoc/>
    public override string ToString() => $"{Kind}".ToLowerInvariant() + ":" + Hex;

    private static SumKind? KindOf(string? name) => name switch
    {
        "sha256" or "sha-256" or "SHA256" => SumKind.Sha256,
        "sha512" or "sha-512" or "SHA512" => SumKind.Sha512,
        "sha384" or "sha-384" or "SHA384" => SumKind.Sha384,
        "sha224" or "sha-224" or "SHA224" => SumKind.Sha224,
        "sha" or "sha1" or "sha-1" or "SHA1" => SumKind.Sha1,
        "md5" or "MD5" => SumKind.Md5,
        _ => null,
    };

    private static int DigitsOf(SumKind kind) => kind switch
    {
        SumKind.Md5 => 32,
        SumKind.Sha1 => 40,
        SumKind.Sha224 => 56,
        SumKind.Sha256 => 64,
        SumKind.Sha384 => 96,
        _ => 128,
    };
}
