using PatchFlow.Core.Advisories;

namespace PatchFlow.Core.Patches;

/// <summary>
/// Versions as bytes whose order is that of the versions, and which are equal where the versions are: read once, compared often. A key is
/// only comparable with keys of the same scheme; it is for memory, not for storing.
/// </summary>
public static class VersionKey
{
    // A version has up to 256 characters, of which none needs more than three bytes.
    private const int Largest = 1024;

    /// <summary>The key of a version; null where the scheme has no order, or the text is no version of it.</summary>
    public static byte[]? Of(VersionScheme scheme, string text)
    {
        var writer = new VersionKeyWriter(stackalloc byte[Largest]);
        return TryWrite(scheme, text, ref writer) ? writer.Written.ToArray() : null;
    }

    private static bool TryWrite(VersionScheme scheme, string text, ref VersionKeyWriter writer)
    {
        switch (scheme)
        {
            // dpkg trims white space, which the version itself must not have.
            case VersionScheme.Deb when DebianVersion.TryParse(text.Trim(), out var version):
                version.WriteKey(ref writer);
                return true;
            case VersionScheme.Rpm when RpmVersion.TryParse(text, out var version):
                version.WriteKey(ref writer);
                return true;
            case VersionScheme.Apk when ApkVersion.TryParse(text, out var version):
                version.WriteKey(ref writer);
                return true;
            case VersionScheme.SemVer when SemVersion.TryParse(text, out var version):
                version.WriteKey(ref writer);
                return true;
            default:
                return false;
        }
    }
}

/// <summary>Writes the bytes of a <see cref="VersionKey"/>.</summary>
internal ref struct VersionKeyWriter(Span<byte> buffer)
{
    private readonly Span<byte> _buffer = buffer;
    private int _length;

    /// <summary>What was written.</summary>
    public readonly ReadOnlySpan<byte> Written => _buffer[.._length];

    /// <summary>One byte.</summary>
    public void Byte(int value) => _buffer[_length++] = (byte)value;

    /// <summary>Characters of ASCII as they are, and a 0 behind them, so that the beginning of a word comes before the word.</summary>
    public void Word(scoped ReadOnlySpan<char> text)
    {
        Characters(text);
        Byte(0);
    }

    /// <summary>A number without leading zeros: how many digits it has, since the longer number is the greater one, and the digits.</summary>
    public void Number(scoped ReadOnlySpan<char> digits)
    {
        Byte(Math.Min(digits.Length, byte.MaxValue));
        if (digits.Length >= byte.MaxValue)
        {
            Byte(digits.Length - byte.MaxValue);
        }

        Characters(digits);
    }

    private void Characters(scoped ReadOnlySpan<char> text)
    {
        foreach (var character in text)
        {
            Byte(character);
        }
    }
}
