using System.Buffers.Binary;
using System.Security.Cryptography;

namespace PatchFlow.Core.Documents;

/// <summary>A SHA-256 over raw bytes, written as 64 lowercase hex digits (docs/formats.md, "Canonical text").</summary>
public readonly record struct Digest : IComparable<Digest>
{
    private const int Size = 32;

    // Numbers and no text: an index of a suite has 63,000 of them.
    private readonly ulong _a, _b, _c, _d;

    private Digest(ReadOnlySpan<byte> raw) => (_a, _b, _c, _d) = (
        BinaryPrimitives.ReadUInt64BigEndian(raw), BinaryPrimitives.ReadUInt64BigEndian(raw[8..]), BinaryPrimitives.ReadUInt64BigEndian(raw[16..]), BinaryPrimitives.ReadUInt64BigEndian(raw[24..]));

    /// <summary>The 64 lowercase hex digits; of the default value, 64 zeros.</summary>
    public string Hex => Convert.ToHexStringLower(ToBytes());

    /// <summary>The first 12 hex digits, as tickets and screens show them.</summary>
    public string Short => Hex[..12];

    /// <summary>The digest of <paramref name="bytes"/>.</summary>
    public static Digest Of(ReadOnlySpan<byte> bytes)
    {
        Span<byte> raw = stackalloc byte[Size];
        SHA256.HashData(bytes, raw);
        return new(raw);
    }

    /// <summary>The digest whose 32 raw bytes are given.</summary>
    /// <exception cref="ArgumentException">Not 32 bytes: a bug of the caller.</exception>
    public static Digest FromBytes(ReadOnlySpan<byte> raw) => raw.Length == Size
        ? new(raw)
        : throw new ArgumentException($"a digest has {Size} bytes, not {raw.Length}", nameof(raw));

    /// <summary>Reads 64 lowercase hex digits; anything else is refused.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Digest digest)
    {
        digest = default;
        Span<byte> raw = stackalloc byte[Size];
        if (text.Length != 2 * Size || text.ContainsAnyExcept("0123456789abcdef") || Convert.FromHexString(text, raw, out _, out _) != System.Buffers.OperationStatus.Done)
        {
            return false;
        }

        digest = new(raw);
        return true;
    }

    /// <summary>Reads 64 lowercase hex digits.</summary>
    /// <exception cref="FormatException">The text is anything else.</exception>
    public static Digest Parse(ReadOnlySpan<char> text) => TryParse(text, out var digest)
        ? digest
        : throw new FormatException($"'{text}' is not a SHA-256 in 64 lowercase hex digits");

    /// <summary>The 32 raw bytes.</summary>
    public byte[] ToBytes()
    {
        var raw = new byte[Size];
        BinaryPrimitives.WriteUInt64BigEndian(raw, _a);
        BinaryPrimitives.WriteUInt64BigEndian(raw.AsSpan(8), _b);
        BinaryPrimitives.WriteUInt64BigEndian(raw.AsSpan(16), _c);
        BinaryPrimitives.WriteUInt64BigEndian(raw.AsSpan(24), _d);
        return raw;
    }

    /// <summary>Bytewise order, which is that of the hex digits.</summary>
    public int CompareTo(Digest other) => (_a, _b, _c, _d).CompareTo((other._a, other._b, other._c, other._d));

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
