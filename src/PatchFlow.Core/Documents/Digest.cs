using System.Security.Cryptography;

namespace PatchFlow.Core.Documents;

/// <summary>A SHA-256 over raw bytes, written as 64 lowercase hex digits (docs/formats.md, "Canonical text").</summary>
public readonly record struct Digest : IComparable<Digest>
{
    private readonly string? _hex;

    private Digest(string hex) => _hex = hex;

    /// <summary>The 64 lowercase hex digits; of the default value, 64 zeros.</summary>
    public string Hex => _hex ?? new string('0', 64);

    /// <summary>The first 12 hex digits, as tickets and screens show them.</summary>
    public string Short => Hex[..12];

    /// <summary>The digest of <paramref name="bytes"/>.</summary>
    public static Digest Of(ReadOnlySpan<byte> bytes) => FromBytes(SHA256.HashData(bytes));

    /// <summary>The digest whose 32 raw bytes are given.</summary>
    /// <exception cref="ArgumentException">Not 32 bytes: a bug of the caller.</exception>
    public static Digest FromBytes(ReadOnlySpan<byte> raw) => raw.Length == 32
        ? new(Convert.ToHexStringLower(raw))
        : throw new ArgumentException($"a digest has 32 bytes, not {raw.Length}", nameof(raw));

    /// <summary>Reads 64 lowercase hex digits; anything else is refused.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Digest digest)
    {
        digest = default;
        if (text.Length != 64 || text.ContainsAnyExcept("0123456789abcdef"))
        {
            return false;
        }

        digest = new(text.ToString());
        return true;
    }

    /// <summary>Reads 64 lowercase hex digits.</summary>
    /// <exception cref="FormatException">The text is anything else.</exception>
    public static Digest Parse(ReadOnlySpan<char> text) => TryParse(text, out var digest)
        ? digest
        : throw new FormatException($"'{text}' is not a SHA-256 in 64 lowercase hex digits");

    /// <summary>The 32 raw bytes.</summary>
    public byte[] ToBytes() => Convert.FromHexString(Hex);

    /// <summary>Bytewise order of the hex digits.</summary>
    public int CompareTo(Digest other) => string.CompareOrdinal(Hex, other.Hex);

    /// <inheritdoc/>
    public bool Equals(Digest other) => string.Equals(Hex, other.Hex, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override int GetHashCode() => string.GetHashCode(Hex, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override string ToString() => Hex;

    /// <summary>Bytewise order.</summary>
    public static bool operator <(Digest a, Digest b) => a.CompareTo(b) < 0;

    /// <summary>Bytewise order.</summary>
    public static bool operator >(Digest a, Digest b) => a.CompareTo(b) > 0;

    /// <summary>Bytewise order.</summary>
    public static bool operator <=(Digest a, Digest b) => a.CompareTo(b) <= 0;

    /// <summary>Bytewise order.</summary>
    public static bool operator >=(Digest a, Digest b) => a.CompareTo(b) >= 0;
}
