using System.Globalization;

namespace PatchFlow.Core.Documents;

/// <summary>
/// Numbers in text, of digits alone. .NET reads a number also where characters with the code 0 follow it, so that what is hashed could be written in two ways
/// and mean the same.
/// </summary>
public static class Numerals
{
    /// <summary>Reads a whole number without a sign.</summary>
    public static bool TryRead(ReadOnlySpan<char> text, out long number)
    {
        number = 0;
        return !text.ContainsAnyExceptInRange('0', '9') && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }

    /// <inheritdoc cref="TryRead(ReadOnlySpan{char}, out long)"/>
    public static bool TryRead(ReadOnlySpan<char> text, out int number)
    {
        number = 0;
        return !text.ContainsAnyExceptInRange('0', '9') && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }

    /// <inheritdoc cref="TryRead(ReadOnlySpan{char}, out long)"/>
    /// <param name="utf8">The text.</param>
    /// <param name="number">The number.</param>
    public static bool TryRead(ReadOnlySpan<byte> utf8, out long number)
    {
        number = 0;
        return !utf8.ContainsAnyExceptInRange((byte)'0', (byte)'9') && long.TryParse(utf8, NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }

    /// <summary>Reads a decimal number in the invariant culture's form.</summary>
    /// <param name="text">The text.</param>
    /// <param name="styles">What it may have beside digits.</param>
    /// <param name="number">The number.</param>
    public static bool TryRead(ReadOnlySpan<char> text, NumberStyles styles, out decimal number)
    {
        number = 0;
        return !text.Contains('\0') && decimal.TryParse(text, styles, CultureInfo.InvariantCulture, out number);
    }
}
